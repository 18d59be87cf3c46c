"""From subtitles to a judged dub with the embedded engine: the verbs in order, an edit, a wording that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from flows.casting import castfile
from flows.making import dubbing
from flows.making import engines as engines_module
from flows.making.dub.programme import read_programme
from flows.making.dub.timing import draft, kept_plan
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.voices import Voices
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.plan import Plan
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Silent, reporting
from flows.workspace.project import Project, create_project, open_project
from normalizers import DuoyinError
from tests.engines import embedded
from tests.flows.conftest import tone_project
from tts_core.engine import Engine, TempoSearch
from tts_core.registry import load_engine

T = TypeVar("T")

SUBTITLES = """1
00:00:00,500 --> 00:00:02,000
MARY: Where were you?

2
00:00:02,300 --> 00:00:04,600
JOHN: At the station, waiting for the train.

3
00:00:04,700 --> 00:00:05,600
MARY: {third}

4
00:00:05,800 --> 00:00:06,600
MARY: Come in.
"""
SHORT, LONG = "All night?", "All night long, and into the early hours of the morning?"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("dub")
    source = folder / "talk.srt"
    source.write_text(SUBTITLES.format(third=SHORT))
    settings = create_project(source, folder / "project").folder / "project.yaml"
    settings.write_text(settings.read_text("utf-8") + 'proof: "off"\n', "utf-8")
    return open_project(folder / "project")


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run has engines of its own; the embedded one is the same, and loaded."""

    def load(name: str, **options: Any) -> Engine:
        return embedded() if name == "kokoro" and not options else load_engine(name, **options)

    monkeypatch.setattr(engines_module, "load_engine", load)


def run_here(name: str, work: Callable[[], T]) -> T:
    """A step without Prefect."""
    return work()


@dataclass
class Speaker:
    """Speaks here what is missing, and keeps what was asked."""

    spoken: int = 0
    lines: tuple[PlannedLine, ...] = ()
    voices: Voices | None = None

    def __call__(
        self, project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
    ) -> None:
        self.lines, self.voices = tuple(lines), voices
        for line in lines:
            if line.prepared is not None and not project.takes.has(line.key):
                take = next(iter(engines.engine(line.engine).speak([line.prepared])))
                project.takes.write(line.key, take)
                self.spoken += 1


class Warned(Silent):
    """Keeps what a person was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def warn(self, message: str) -> None:
        self.messages.append(message)


@dataclass
class Run:
    """What a run of `make` did, said and left."""

    voices: Voices
    lines: tuple[PlannedLine, ...]
    forecast: Plan
    plan: Plan
    delivery: DubDelivery
    spoken: int
    messages: list[str]


def run(project: Project, name: str = "dub") -> Run:
    """The dub as the flow makes it, without Prefect and processes."""
    project = replace(project, dub=project.dub.model_copy(update={"output": f"{name}.flac"}))
    speak, told = Speaker(), Warned()
    with Ledger(project.ledger_file) as ledger, reporting(told):
        delivery = dubbing.make(project, ledger, speak=speak, step=run_here)
    forecast, plan = kept_plan(project.forecast_file), kept_plan(project.timeline_file)
    assert forecast is not None and plan is not None and speak.voices is not None
    return Run(speak.voices, speak.lines, forecast, plan, delivery, speak.spoken, told.messages)


def test_a_dub_is_made_edited_and_shortened(project: Project) -> None:
    first = run(project, "first")
    assert first.spoken == 4
    assert first.delivery.passed, [gate for gate in first.delivery.scorecard.gates if not gate.passed]
    assert first.voices.by_speaker["MARY"] != first.voices.by_speaker["JOHN"]
    for line in first.plan.lines:
        expected = next(x for x in first.forecast.lines if x.id == line.id)
        assert line.end - line.start == pytest.approx(expected.end - expected.start, abs=0.2), (
            "lengths were foreseen"
        )

    again = run(project, "again")
    assert again.spoken == 0 and not [text for text in again.messages if text.startswith("moved")]
    assert again.delivery.scorecard.to_json() == first.delivery.scorecard.to_json()

    # One line becomes far too long: it alone is spoken anew, it is whole, and it says why it does not fit.
    project.source.write_text(SUBTITLES.format(third=LONG))
    edited = run(project, "edited")
    flagged = edited.forecast.flagged
    assert [line.cue for line in flagged] == [3] or 3 in {line.cue for line in flagged}
    assert edited.delivery.scorecard.metrics["overlap_ms"] == 0
    assert edited.delivery.scorecard.metrics["rate_max"] <= 1.305
    assert edited.plan.lines[0].start == first.plan.lines[0].start
    alternatives = project.alternatives_file
    assert LONG in alternatives.read_text()
    assert any(str(alternatives) in text for text in edited.messages)

    # A person fills in a shorter wording: it is spoken, the text shown stays.
    alternatives.write_text(
        alternatives.read_text().replace("alternatives: []", "alternatives: ['All night?']", 1)
    )
    shortened = run(project, "shortened")
    third = next(item.line for item in shortened.lines if item.line.text == LONG)
    assert third.say == SHORT
    assert not shortened.plan.flagged
    assert shortened.delivery.passed


def test_a_forecast_places_lines_and_speaks_nothing(project: Project) -> None:
    with Ledger(project.ledger_file) as ledger:
        expected = dubbing.forecast(project, ledger)
    assert [line.cue for line in expected.plan.lines] == [1, 2, 3, 4]
    assert expected.to_text().startswith("4 lines over ")
    assert set(expected.to_json()) >= {"lines", "metrics", "warnings"}


def test_engine_speed_meets_planned_lengths(project: Project) -> None:
    engines = Engines(project)
    takes = draft(project, read_programme(project, engines), engines).takes
    take = max(takes, key=lambda item: len(item.line.text))
    assert take.prepared is not None and isinstance(engines.main, TempoSearch)
    for ratio in (0.85, 0.95, 1.1, 1.25):
        wanted = engines.main.predict_seconds(take.prepared) * ratio
        _, seconds = engines.main.speed_for(take.prepared, wanted)
        assert seconds == pytest.approx(wanted, rel=0.02)


def test_a_language_no_engine_speaks_is_refused_with_its_cue(shared: Path, tmp_path: Path) -> None:
    source = tmp_path / "sintel-de.vtt"
    source.write_bytes((shared / "corpus/srt/sintel-de.vtt").read_bytes())
    project = create_project(source, tmp_path / "p")
    with pytest.raises(DuoyinError, match="cue 2 is in de"):
        read_programme(project, Engines(project))


CAST = """1
00:00:00,500 --> 00:00:02,500
<v Roger>Where were you?</v>

2
00:00:03,000 --> 00:00:05,000
ANNA: At the station.

3
00:00:06,000 --> 00:00:08,000
Somebody else was there.
"""


def cast_of(folder: Path, series: Path | None = None) -> tuple[Project, Voices]:
    source = folder / "talk.srt"
    source.write_text(CAST)
    project = open_project(tone_project(folder / "p", source), {"series": str(series)} if series else {})
    return project, read_programme(project, Engines(project)).voices


def test_speakers_of_the_subtitles_reach_the_cast_file(tmp_path: Path) -> None:
    project, voices = cast_of(tmp_path)
    assert set(voices.by_speaker) >= {"Roger", "ANNA", "narrator"}
    text = project.cast_file.read_text("utf-8")
    assert "name: Roger" in text and "name: ANNA" in text


def test_a_cast_may_mix_engines(tmp_path: Path) -> None:
    project, _ = cast_of(tmp_path)
    other = "tests.engines:LowRateEngine/high"
    castfile.revoice_character(project.cast_file, "ANNA", other)
    made = run(project)
    assert made.voices.by_speaker["ANNA"] == other and other in made.voices.consents
    assert {take.engine for take in made.lines} == {"tests.engines:ToneEngine", "tests.engines:LowRateEngine"}
    assert all(line.heard for line in made.delivery.scorecard.lines), "16 and 24 kHz on one timeline"


def test_a_series_keeps_its_voices(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, _ = cast_of(tmp_path / "one", tmp_path / "series")
    castfile.revoice_character(tmp_path / "series" / first.cast_file.name, "ANNA", "middle")
    _, voices = cast_of(tmp_path / "two", tmp_path / "series")
    assert voices.by_speaker["ANNA"] == "middle"
