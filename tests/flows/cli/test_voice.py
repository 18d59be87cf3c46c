"""Voices of one's own at the terminal: a consent that is taken back, a voice of another engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flows.cli.voice import withdraw_consent
from flows.making.engines import Engines
from flows.workspace.project import open_project
from normalizers import DuoyinError
from tests.flows.making.test_delivery import make, project_of
from tts_core.consent import Consent
from tts_core.files import file_digest
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, load_voice, save_voice

RIVER = "# The River\n\n## One\n\nA boat went by.\n"


@pytest.fixture
def low(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClonedVoice:
    folder = tmp_path / "voices" / "low"
    folder.mkdir(parents=True)
    (folder / "clip.wav").write_bytes(b"a recording")
    clip = Clip("clip.wav", file_digest(folder / "clip.wav"), "Hello.")
    voice = ClonedVoice("low", "model", clip, (clip,), "en", Consent("By letter."), folder=folder)
    save_voice(voice)
    monkeypatch.setenv("DUOYIN_VOICES", str(folder.parent))
    return voice


def another(voice: ClonedVoice, name: str, recording: bytes = b"a recording") -> None:
    folder = voice.folder.parent / name
    folder.mkdir()
    (folder / "clip.wav").write_bytes(recording)
    clip = replace(voice.prompt, sha256=file_digest(folder / "clip.wav"))
    save_voice(replace(voice, name=name, prompt=clip, references=(clip,), folder=folder))


def test_a_file_that_was_made_twice_stands_there_once(
    low: ClonedVoice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project_of(tmp_path, RIVER, "river")
    for tempo in (1.0, 1.1):
        made = make(folder, voice="low", speed=tempo)
    withdraw_consent("low", tmp_path)
    told = capsys.readouterr().out
    assert told.count(made.path.name) == 1 and "does not speak any more" in told and "recordings" not in told
    assert load_voice(low.folder).consent.withdrawn == date.today()


def test_voices_of_the_same_recordings_are_named(
    low: ClonedVoice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    another(low, "low-half")
    another(low, "high", b"somebody else")
    withdraw_consent("low", tmp_path)
    assert "The same recordings still speak as low-half: withdraw each, too." in capsys.readouterr().out
    withdraw_consent("low-half", tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out)["same_recordings"] == []


def test_a_voice_of_another_engine_is_refused_with_the_engine_that_has_it(
    low: ClonedVoice, tmp_path: Path
) -> None:
    (tmp_path / "book.txt").write_text("One.\n", encoding="utf-8")
    (tmp_path / "project.yaml").write_text("source: book.txt\n", encoding="utf-8")
    engines = Engines(open_project(tmp_path))
    with pytest.raises(DuoyinError, match="there is no voice 'low'") as refused:
        engines.check_voices([("low", "the cast")], "en")
    hint = "It is a voice of gpt-sovits: --engine gpt-sovits, or gpt-sovits/low in the cast."
    assert (refused.value.hint, refused.value.where) == (hint, "the cast")
