"""The benchmark of the listener, small, on the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.bench_proof import EXAMPLES, listened
from tests.benchmarks.planted import FAULTS, Speaker, specimens
from tts_core.registry import load_engine

LINES = 10
"""One of each fault; of a voice there are too few takes to tell another by."""


@pytest.mark.benchmark
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("language", EXAMPLES)
def test_most_faults_are_found_and_few_lines_accused(language: str, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the proof extra is not installed")
    speaker = Speaker(load_engine(), tmp_path)
    items = list(specimens(EXAMPLES[language], language, speaker, lines=LINES, seed=3))
    figures, _ = listened(items)
    kinds = figures["kinds"]
    assert set(kinds) <= set(FAULTS) and figures["good_lines"] == LINES
    assert figures["false_alarms"] == 0
    found, lines = (sum(kind[name] for kind in kinds.values()) for name in ("found", "lines"))
    assert found >= 0.8 * lines
    for kind in ("noise_burst", "silence_long", "cut_tail"):
        assert kinds[kind]["found"] == kinds[kind]["lines"]
