"""`duoyin say`: one decision on the language for the words, the reasons and the voice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli.say import AUTO, say
from tests.engines import ToneEngine
from tts_core.engine import Prepared, Utterance


class Listening(ToneEngine):
    """Keeps what it was given to read."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Utterance] = []

    def read(self, utterance: Utterance) -> Prepared:
        self.heard.append(utterance)
        return super().read(utterance)


@pytest.mark.parametrize(
    ("text", "asked", "language", "voice"),
    [
        ("版本 3.5 Ultimate Edition", AUTO, "zh", "低"),
        ("版本 3.5 Ultimate Edition", "en", "en", "low"),
        ("Version 3.5", AUTO, "en", "low"),
    ],
)
def test_what_is_normalized_explained_and_spoken_is_of_one_language(
    text: str, asked: str, language: str, voice: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    engine = Listening()
    monkeypatch.setattr("tts_core.registry.load_engine", lambda: engine)
    say(text, language=asked, explain=True, audio=tmp_path / "said.wav", as_json=True)
    told = json.loads(capsys.readouterr().out)
    (utterance,) = engine.heard
    assert (told["explanation"]["language"], utterance.language, utterance.voice) == (
        language,
        language,
        voice,
    )
    assert told["spoken"] == utterance.text
    assert (tmp_path / "said.wav").is_file()
