"""Voices: a person's first, in one order, and the rest by the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.casting import Casting, Character, castfile
from flows.making.decisions import read_decisions
from flows.making.engines import Engines
from flows.making.voices import best_voice, choose_voices, with_consents
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import tone_project
from tts_core.engine import VoicePreset

CASTING = Casting("en", (Character("Ann", lines=3), Character("Tom", lines=2)), ((),))


@pytest.fixture
def project(tmp_path: Path, book: Path) -> Project:
    return open_project(tone_project(tmp_path / "project", book), {"series": str(tmp_path / "series")})


def chosen(project: Project, wanted: dict[str, str] | None = None) -> dict[str, str]:
    return choose_voices(project, read_decisions(project), CASTING, "en", Engines(project), wanted=wanted)


def test_settings_come_before_the_cast_file_and_that_before_the_series(project: Project) -> None:
    assert project.series_cast_file is not None
    project.series_cast_file.parent.mkdir()
    castfile.save(project.series_cast_file, CASTING, {"Ann": "high", "Tom": "high", "narrator": "low"})
    assert (chosen(project)["Ann"], chosen(project)["narrator"]) == ("high", "low")
    castfile.save(project.cast_file, CASTING, {"Ann": "middle"})
    assert (chosen(project)["Ann"], chosen(project)["Tom"]) == ("middle", "high")
    assert chosen(project, {"Ann": "low"})["Ann"] == "low"


@pytest.mark.parametrize("where", ["cast.yaml, line 2", "dub.yaml, voices, Ann", "the narrator's voice"])
def test_a_voice_that_is_not_there_is_refused_with_the_place_that_names_it(
    project: Project, where: str
) -> None:
    wanted = {}
    if where.startswith("cast"):
        project.cast_file.write_text("characters:\n  - {name: Ann, voice: none}\n", "utf-8")
    elif where.startswith("dub"):
        wanted = {"Ann": "none"}
    else:
        project = open_project(project.folder, {"voice": "none"})
    with pytest.raises(DuoyinError) as caught:
        chosen(project, wanted)
    assert where in (caught.value.where or "")


def test_without_a_casting_the_narrator_reads_everybody(project: Project) -> None:
    engines = Engines(project)
    assert set(choose_voices(project, read_decisions(project), None, "en", engines)) == {"narrator"}


def test_the_best_voice_is_recommended_and_of_the_language() -> None:
    voices = [
        VoicePreset("a", "zh", "female", recommended=True),
        VoicePreset("b", "en", "female"),
        VoicePreset("c", "en", "male", recommended=True),
    ]
    assert best_voice(voices, "en") == "c"
    assert best_voice(voices[:2], "en") == "b"
    assert best_voice(voices, "es") == "a"


def test_each_voice_is_used_under_its_licence(project: Project) -> None:
    engines = Engines(project)
    licences = {preset.name: preset.licence for preset in engines.main.voices()}
    voices = with_consents(project, {"narrator": "low", "Ann": "high"}, (), engines)
    assert voices.consents == {"low": licences["low"], "high": licences["high"]}
