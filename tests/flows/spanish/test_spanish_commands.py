"""Spanish at the command line: its voices, its rules, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli.say import AUTO, say
from flows.cli.voices import voices
from flows.workspace.project import open_project
from normalizers import DuoyinError
from tests.engines import ToneEngine
from tests.flows.conftest import tone_project
from tts_core.engine import VoicePreset
from tts_core.kokoro.voice_bank import presets

NOVEL = Path(__file__).with_name("el-faro.txt")


class Voices(ToneEngine):
    """The voices of the embedded engine."""

    def voices(self) -> list[VoicePreset]:
        return presets()


@pytest.mark.parametrize(
    ("text", "asked", "said"),
    [
        ("Tenía 21 años y 3,50 €.", "es", "Tenía veintiún años y tres euros con cincuenta."),
        ("¿Vienes el 3/4?", AUTO, "¿Vienes el tres de abril?"),
        ("Doña Inés vivía en el 2.º piso.", AUTO, "Doña Inés vivía en el segundo piso."),
    ],
)
def test_say_reads_by_spanish_rules(
    text: str, asked: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(text, language=asked, as_json=True)
    assert json.loads(capsys.readouterr().out)["spoken"] == said


def test_the_best_voice_of_spanish_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []

    class Listening(Voices):
        def voice_digest(self, voice: str, language: str) -> str:
            heard.append(f"{voice} {language}")
            return super().voice_digest(voice, language)

    monkeypatch.setattr("tts_core.registry.load_engine", lambda name: Listening())
    say("Hola.", language="es", audio=tmp_path / "hola.wav", as_json=True)
    assert set(heard) == {"ef_dora es"}


def test_its_voices_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("flows.cli.voices.load_engine", lambda name: Voices())
    voices("kokoro", language="es", as_json=True)
    told = {voice["name"]: voice for voice in json.loads(capsys.readouterr().out)}
    assert set(told) == {"ef_dora", "em_alex", "em_santa"}


def test_settings_take_it_and_refuse_what_nobody_speaks(tmp_path: Path) -> None:
    folder = tone_project(tmp_path / "p", NOVEL)
    settings = folder / "project.yaml"
    kept = settings.read_text()
    settings.write_text(kept + "language: es\n")
    assert open_project(folder).settings.language == "es"
    settings.write_text(kept + "language: fr\n")
    with pytest.raises(DuoyinError, match="auto, zh, en, es"):
        open_project(folder)
