"""What of a processor decides the shape of a loop."""

from __future__ import annotations

import pytest

from tts_core.loops import filters, machine
from tts_core.loops.machine import Cpu, cpu, widest


def test_vectors_are_as_wide_as_the_columns_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cpu", lambda: Cpu(16, 32, True, 127, True))
    assert [widest(columns) for columns in (256, 24, 12, 16)] == [16, 8, 4, 16]


@pytest.mark.parametrize(("lanes", "registers"), [(16, 32), (8, 16), (4, 32), (4, 16)])
def test_kernels_lie_alike_for_all_processors_that_compute_alike(
    monkeypatch: pytest.MonkeyPatch, lanes: int, registers: int
) -> None:
    """A store of models that is copied to another machine serves it."""
    monkeypatch.setattr(filters, "cpu", lambda: Cpu(lanes, registers, True, 127, lanes >= 8))
    its = filters.shape.__wrapped__(None)
    assert its.layout == ("16-64-int16" if lanes >= 8 else "16-64-float32")
    assert its.rows * its.vectors + its.vectors + 1 <= registers


def test_this_processor_is_one_of_them() -> None:
    assert (cpu().lanes, cpu().registers) in {(16, 32), (8, 16), (4, 32), (4, 16)}
