"""The lines of the listener's benchmark: how they are spoken."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.planted import Speaker
from tests.engines import ToneEngine


def test_a_line_is_spoken_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "spoken"
    for _ in range(2):  # two runs of the benchmark
        speaker = Speaker(ToneEngine(log=str(log)), tmp_path / "takes")
        line, other = (speaker.read(text, "en", "low") for text in ("The old keeper.", "A ship."))
        take, spent = speaker.take(line)
        again, told = speaker.take(line)
        assert told == spent and (again.samples == take.samples).all()
        assert len(speaker.take(other)[0].samples) != len(take.samples)
    assert [row.split(maxsplit=1)[1] for row in log.read_text().splitlines()] == [
        "The old keeper.",
        "A ship.",
    ]
