"""From subtitles to a judged dub with the embedded engine: the verbs in order, an edit, a wording that fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.casting import castfile
from flows.making.dub import dubbing
from flows.making.dub.dubbing import Programme
from flows.making.dub.wording import write_alternatives
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.production import Voices
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.plan import Plan
from flows.workspace.project import Project, create_project, open_project
from flows.workspace.settings import DubSettings
from normalizers import DuoyinError
from tests.flows.conftest import tone_project

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
    return create_project(source, folder / "project")


@dataclass
class Run:
    programme: Programme
    voices: Voices
    takes: list[PlannedLine]
    predicted: dict[str, float]
    forecast: Plan
    plan: Plan
    delivery: DubDelivery
    spoken: int
    moved: list[str]


@pytest.fixture(scope="module")
def engines(project: Project) -> Engines:
    return Engines(project)


def run(project: Project, engines: Engines, config: DubSettings, name: str) -> Run:
    """The flow dub/dub without Prefect and processes."""
    config = config.model_copy(update={"output": f"{name}.flac"})
    programme = dubbing.read_programme(project, config)
    voices = dubbing.choose_voices(project, config, programme, engines)
    natural = dubbing.ask_takes(project, programme.lines, voices, engines)
    predicted = dubbing.predict(natural, engines)
    forecast, _ = dubbing.first_plan(project, config, programme, natural, predicted)
    write_alternatives(project.alternatives_file, forecast, {t.line.id: t.line.text for t in natural})
    shorter = dubbing.use_alternatives(project, config, programme, forecast, predicted, voices, engines)
    if shorter is not programme:
        programme = shorter
        natural = dubbing.ask_takes(project, programme.lines, voices, engines)
        predicted = dubbing.predict(natural, engines)
        forecast, _ = dubbing.first_plan(project, config, programme, natural, predicted)
    takes = dubbing.ask_takes(project, dubbing.paced(natural, forecast, predicted, engines), voices, engines)
    spoken = 0
    for take in takes:
        if take.utterance is not None and not project.takes.has(take.key):
            project.takes.write(take.key, next(iter(engines.main.speak([take.prepared]))))
            spoken += 1
    plan, lines = dubbing.replan(project, config, programme, natural, takes, predicted)
    delivery = dubbing.deliver(project, config, programme, takes, plan, lines)
    dubbing.keep_plan(project, forecast, "forecast")
    moved = dubbing.keep_plan(project, plan, "timeline")
    return Run(programme, voices, takes, predicted, forecast, plan, delivery, spoken, moved)


def test_a_dub_is_made_edited_and_shortened(project: Project, engines: Engines) -> None:
    config = project.dub
    first = run(project, engines, config, "first")
    assert first.spoken == 4
    assert first.delivery.passed, [gate for gate in first.delivery.scorecard.gates if not gate.passed]
    assert first.voices.by_speaker["MARY"] != first.voices.by_speaker["JOHN"]
    for line in first.plan.lines:
        expected = next(x for x in first.forecast.lines if x.id == line.id)
        assert line.end - line.start == pytest.approx(expected.end - expected.start, abs=0.2), (
            "lengths were foreseen"
        )

    again = run(project, engines, config, "again")
    assert again.spoken == 0 and again.moved == []
    assert again.delivery.scorecard.to_json() == first.delivery.scorecard.to_json()

    # One line becomes far too long: it alone is spoken anew, it is whole, and it says why it does not fit.
    project.source.write_text(SUBTITLES.format(third=LONG))
    edited = run(project, engines, config, "edited")
    flagged = edited.forecast.flagged
    assert [line.cue for line in flagged] == [3] or 3 in {line.cue for line in flagged}
    assert edited.delivery.scorecard.metrics["overlap_ms"] == 0
    assert edited.delivery.scorecard.metrics["rate_max"] <= 1.305
    assert edited.plan.lines[0].start == first.plan.lines[0].start
    alternatives = project.folder / config.alternatives
    assert LONG in alternatives.read_text()

    # A person fills in a shorter wording: it is spoken, the text shown stays.
    alternatives.write_text(
        alternatives.read_text().replace("alternatives: []", "alternatives: ['All night?']", 1)
    )
    shortened = run(project, engines, config, "shortened")
    third = next(line for line in shortened.programme.lines if line.text == LONG)
    assert third.say == SHORT
    assert not shortened.plan.flagged
    assert shortened.delivery.passed


def test_engine_speed_meets_planned_lengths(project: Project, engines: Engines) -> None:
    config = project.dub
    programme = dubbing.read_programme(project, config)
    voices = dubbing.choose_voices(project, config, programme, engines)
    takes = dubbing.ask_takes(project, programme.lines, voices, engines)
    take = max(takes, key=lambda item: len(item.line.text))
    assert take.utterance is not None
    for ratio in (0.85, 0.95, 1.1, 1.25):
        wanted = engines.main.predict_seconds(take.prepared) * ratio
        _, seconds = engines.main.speed_for(take.prepared, wanted)  # type: ignore[attr-defined]
        assert seconds == pytest.approx(wanted, rel=0.02)


def test_a_language_no_engine_speaks_is_refused_with_its_cue(shared: Path, tmp_path: Path) -> None:
    source = tmp_path / "sintel-de.vtt"
    source.write_bytes((shared / "corpus/srt/sintel-de.vtt").read_bytes())
    project = create_project(source, tmp_path / "p")
    with pytest.raises(DuoyinError, match="cue 2 is in de"):
        dubbing.read_programme(project, project.dub)


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
    config = project.dub
    return project, dubbing.choose_voices(
        project, config, dubbing.read_programme(project, config), Engines(project)
    )


def test_speakers_of_the_subtitles_reach_the_cast_file(tmp_path: Path) -> None:
    project, voices = cast_of(tmp_path)
    assert set(voices.by_speaker) >= {"Roger", "ANNA", "narrator"}
    text = project.cast_file.read_text("utf-8")
    assert "name: Roger" in text and "name: ANNA" in text


def test_a_cast_may_mix_engines(tmp_path: Path) -> None:
    project, _ = cast_of(tmp_path)
    other = "tests.engines:LowRateEngine/high"
    castfile.revoice_character(project.cast_file, "ANNA", other)
    engines, config = Engines(project), project.dub
    programme = dubbing.read_programme(project, config)
    voices = dubbing.choose_voices(project, config, programme, engines)
    assert voices.by_speaker["ANNA"] == other and other in voices.consents
    takes = dubbing.ask_takes(project, programme.lines, voices, engines)
    assert {take.engine for take in takes} == {"tests.engines:ToneEngine", "tests.engines:LowRateEngine"}
    for take in takes:
        assert take.utterance is not None
        project.takes.write(take.key, next(iter(engines.engine(take.engine).speak([take.prepared]))))
    plan, lines = dubbing.replan(project, config, programme, takes, takes, dubbing.predict(takes, engines))
    delivery = dubbing.deliver(project, config, programme, takes, plan, lines)
    assert all(line.heard for line in delivery.scorecard.lines), "16 and 24 kHz on one timeline"


def test_a_series_keeps_its_voices(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, _ = cast_of(tmp_path / "one", tmp_path / "series")
    castfile.revoice_character(tmp_path / "series" / first.cast_file.name, "ANNA", "middle")
    _, voices = cast_of(tmp_path / "two", tmp_path / "series")
    assert voices.by_speaker["ANNA"] == "middle"
