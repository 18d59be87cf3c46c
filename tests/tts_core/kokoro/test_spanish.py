"""Spanish on the embedded engine: phonemes with their places, a voice of its own, and what a listener understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import Hint
from tts_core.engine import Utterance
from tts_core.kokoro.g2p_es import SpanishG2P
from tts_core.kokoro.reading import phonemize, stretches

SENTENCES = Path(__file__).with_name("heard_es.txt")
MOST_ERRORS = 0.03
"""Share of words that a recognizer may get wrong over the fifty sentences."""


def symbols(text: str) -> str:
    return "".join(sound.symbols for sound in SpanishG2P().sounds(text))


def test_words_keep_their_places() -> None:
    text = "¿Dónde está el perro?"
    words = [text[s.start : s.end] for s in SpanishG2P().sounds(text) if s.word]
    assert words == ["Dónde", "está", "el", "perro"]


def test_words_of_a_clause_are_said_in_one_breath() -> None:
    assert symbols("un vaso") == "ˈum bˈaso"
    assert symbols("mi dedo, dedo") == "mi ðˈeðo, dˈeðo"


def test_a_hint_is_said_instead() -> None:
    sounds = phonemize(
        Utterance("Vive en Texas.", "es", "ef_dora", hints=(Hint(8, 13, "respell", "tejas", "project"),))
    )
    assert "tˈexas" in "".join(sound.symbols for sound in sounds)


def test_chinese_in_a_spanish_line_is_read_by_its_own_module() -> None:
    assert [language for _, _, language in stretches("Dijo 你好 y se fue.", "es")] == ["es", "zh", "es"]


@pytest.mark.slow
def test_a_recognizer_understands_fifty_sentences() -> None:
    pytest.importorskip("faster_whisper", reason="the proof extra is not installed")
    from tts_core.recognizer import Recognizer, Score, errors
    from tts_core.registry import load_engine

    engine, recognizer, total = load_engine("kokoro"), Recognizer(), Score(0, 0)
    lines = SENTENCES.read_text("utf-8").splitlines()
    prepared = [engine.read(Utterance(line, "es", "ef_dora")) for line in lines]
    for line, take in zip(lines, engine.speak(prepared), strict=True):
        total += errors(line, recognizer.transcribe(take.samples, take.sample_rate, "es").text, "es")
    assert total.total > 450
    assert total.rate <= MOST_ERRORS
