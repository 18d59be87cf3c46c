"""`duoyin say`: one decision on the language for the words, the reasons and the voice."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from flows.cli.say import AUTO, say
from normalizers import DuoyinError
from tests.engines import ToneEngine
from tts_core.engine import Prepared, Utterance, read_and_speak


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
    monkeypatch.setattr("tts_core.registry.load_engine", lambda _: engine)
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


@pytest.mark.parametrize("engine", ["tests.engines:StreamingEngine", "tests.engines:ToneEngine"])
def test_a_stream_on_standard_output_is_the_take_and_nothing_else(
    engine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", output)
    say("Dr. No has 2 cats.", stream=True, out="-", engine=engine)
    heard, rate = soundfile.read(io.BytesIO(output.buffer.getvalue()), dtype="float32")
    (take,) = read_and_speak(ToneEngine(), [Utterance("Doctor No has two cats.", "en", "low")])
    assert rate == take.sample_rate and np.abs(heard - take.samples).max() < 1e-4
    told = capsys.readouterr().err
    assert (
        told.startswith(f"Loading  {engine}\nSpeaking  low\nDoctor No has two cats.\n")
        and f"{take.seconds:.1f} s of sound, the first after" in told
    )


@pytest.mark.parametrize(
    "wrong",
    [{"out": "-"}, {"stream": True, "out": "said.wav"}, {"stream": True, "audio": Path("said.wav")}],
    ids=["out alone", "a file", "both"],
)
def test_a_stream_goes_to_one_place(wrong: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DuoyinError, match="--audio"):
        say("Hello.", **wrong)  # type: ignore[arg-type]
    assert not capsys.readouterr().out
