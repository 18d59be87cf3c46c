"""Other takes of a dub's lines: as long as the first, so that nothing moves, whoever chose them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from flows.making import dubbing
from flows.making import proof as proving
from flows.making import retake as making
from flows.making.dub.programme import read_programme
from flows.making.dub.timing import EDGE_NOISE, FRAME, as_long, ask_takes
from flows.making.engines import Engines
from flows.making.retake import Wish, retake
from flows.mastering.dub.plan import Plan
from flows.proof.heard import Asked
from flows.proof.verdict import Fault, Finding, Outcome, Verdict
from flows.workspace.ledger import Ledger, Why
from flows.workspace.project import Project, create_project, open_project
from tests.flows.conftest import tone_project
from tests.flows.making.test_repair_run import Speaking, speak, step
from tts_core.registry import describe

SUBTITLES = """1
00:00:00,500 --> 00:00:02,000
MARY: Where were you?

2
00:00:02,300 --> 00:00:04,000
JOHN: At the station, waiting for the train.

3
00:00:04,700 --> 00:00:05,600
MARY: All night?
"""
SUSPECT = "At the station, waiting for the train."


class Doubting:
    """A listener that doubts the first take of `SUSPECT`."""

    version = "doubting 1"
    heard: ClassVar[list[tuple[str, int]]] = []

    def __init__(self, *, threads: int = 1) -> None:
        assert threads >= 1

    def listen(
        self, takes: Sequence[Asked], known: Collection[str] = (), look: Callable[[], None] = lambda: None
    ) -> Iterator[list[Verdict]]:
        for take in [take for take in takes if take.key not in known]:
            Doubting.heard.append((take.text, len(takes)))
            if take.text == SUSPECT and take.load().evidence["seed"] == 0:
                finding = Finding(Fault.CUT, 0.9, said="train")
                yield [Verdict(take.key, Outcome.DOUBTFUL, (finding,), score=-0.9)]
            else:
                yield [Verdict(take.key, Outcome.CLEAN, score=1.0)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(proving, "Listener", Doubting)
    monkeypatch.setattr(proving, "missing_package", lambda: "")
    monkeypatch.setattr(making, "speak_here", speak)
    (tmp_path / "talk.srt").write_text(SUBTITLES, encoding="utf-8")
    folder = tone_project(tmp_path / "project", tmp_path / "talk.srt")
    settings = folder / "project.yaml"
    settings.write_text(
        settings.read_text().replace("tests.engines:ToneEngine", f"{Speaking.__module__}:Speaking")
    )
    return open_project(folder, product="dub")


def timeline(project: Project) -> dict[str, tuple[float, float]]:
    plan = Plan.from_json(json.loads(project.timeline_file.read_text()))
    return {line.id: (line.start, line.end) for line in plan.lines}


def test_a_repaired_line_keeps_its_place_and_the_others_theirs(project: Project) -> None:
    quiet = open_project(project.folder, {"proof": "off"}, product="dub")
    with Ledger(project.ledger_file) as ledger:
        dubbing.make(quiet, ledger, speak=speak, step=step)
        before = timeline(project)
        delivery = dubbing.make(project, ledger, speak=speak, step=step)
        assert timeline(project) == before
        (repaired,) = delivery.proof["repaired"]
        assert (repaired["text"], repaired["take"], repaired["because"]) == (SUSPECT, 2, "cut “train”")
        assert delivery.proof["doubtful_lines"] == []
        assert [choice.why for choice in ledger.history(repaired["id"])] == [Why.PLANNED, Why.REPAIRED]


def test_a_persons_take_is_planned_with_its_own_length_and_used(project: Project) -> None:
    with Ledger(project.ledger_file) as ledger:
        made = retake(project, ledger, "at the station", Wish(take=3))
        assert made.line.take == 3 and made.file.is_file()
        assert made.verdict is not None and made.verdict.outcome is Outcome.CLEAN
        delivery = dubbing.make(project, ledger, speak=speak, step=step)
        assert delivery.proof["repaired"] == [], "what a person chose is not taken again"
        assert ledger.choices()[made.line.line.id] == made.line.key, "and is what the dub has"


def test_a_retake_is_heard_among_the_other_takes(project: Project) -> None:
    quiet = open_project(project.folder, {"proof": "off"}, product="dub")
    with Ledger(project.ledger_file) as ledger:
        dubbing.make(quiet, ledger, speak=speak, step=step)
        Doubting.heard = []
        made = retake(project, ledger, "at the station", Wish(take=2))
        lines = len(timeline(project))
    assert made.line.utterance is not None
    assert Doubting.heard == [(made.line.utterance.text, lines)], (
        "its voice is compared; nothing else is judged"
    )


def test_takes_of_the_embedded_engine_are_as_long_as_the_first(tmp_path: Path) -> None:
    (tmp_path / "talk.srt").write_text(SUBTITLES, encoding="utf-8")
    project = create_project(tmp_path / "talk.srt", tmp_path / "project", product="dub")
    engines = Engines(project)
    programme = read_programme(project, engines)
    other, lengths = as_long(engines), []
    for first in ask_takes(project, programme, programme.lines, engines):
        assert first.prepared is not None
        engine, edge = engines.engine(first.engine), describe(first.engine).edge_seconds
        wanted = engine.predict_seconds(first.prepared) - edge
        for number in (2, 3):
            found = other(first, number)
            if found is not None and found.prepared is not None:
                assert found.key != first.key and found.take == number
                lengths.append((engine.predict_seconds(found.prepared) - edge, wanted))
    assert len(lengths) >= 4, "most lines have two takes more at their length"
    assert all(abs(length - wanted) <= max(FRAME, EDGE_NOISE * wanted) for length, wanted in lengths)
