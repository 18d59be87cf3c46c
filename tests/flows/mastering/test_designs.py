"""Filters are designed once a machine, and never taken from a file that is not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flows.mastering import designs, loudness
from flows.mastering.designs import Floats, designed

asked: list[int] = []


def ramp(number: int) -> Floats:
    asked.append(number)
    return np.arange(number) / 3


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(designs, "cache_folder", lambda: tmp_path)
    asked.clear()
    return tmp_path / "filters"


def test_a_design_is_made_once_for_each_number_and_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert designed(ramp, 5, ("numpy",)).tolist() == ramp(5).tolist()
    designed(ramp, 6, ("numpy",))
    assert [number for number in asked if number == 6] == [6] and asked.count(
        5
    ) == 3  # two of them the test's own
    monkeypatch.setattr(designs, "version", lambda name: "another")
    designed(ramp, 6, ("numpy",))
    assert asked.count(6) == 2 and len(list(folder.iterdir())) == 3


def test_a_damaged_file_is_designed_anew(folder: Path) -> None:
    wanted = designed(ramp, 5, ()).tolist()
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], b""):
        file.write_bytes(damaged)
        assert designed(ramp, 5, ()).tolist() == wanted and file.read_bytes() == whole


def test_k_weighting_that_was_kept_is_the_design_to_the_last_bit() -> None:
    loudness.k_weighting.cache_clear()
    first = loudness.k_weighting(22_050)
    loudness.k_weighting.cache_clear()
    assert np.array_equal(first, loudness.k_weighting(22_050))
    assert np.array_equal(first.reshape(-1), loudness._k_weighting(22_050).reshape(-1))
    loudness.k_weighting.cache_clear()
