"""What a listener is asked to hear, word by word."""

from __future__ import annotations

from flows.proof.heard import asked_words
from tts_core.engine import Utterance
from tts_core.kokoro import reading
from tts_core.kokoro.retakes import WAYS, retake

LINE = "In the morning it had stopped, and nobody could say at what hour."


def test_every_take_of_a_line_is_to_have_the_same_words() -> None:
    first = reading.read(Utterance(LINE, "en", "bm_george"))
    words = asked_words(first)
    assert [LINE[word.start : word.end] for word in words][:3] == ["In", "the", "morning"]
    for number in range(2, len(WAYS) + 2):
        take = retake(first, number, at_tempo=False)
        assert take is not None and asked_words(take) == words


def test_a_syllable_without_a_tone_is_weak_and_so_is_no_word_of_a_language_without_tones() -> None:
    line = "醫生在那裡看，用著藥總不見效。"
    words = asked_words(reading.read(Utterance(line, "zh", "zm_yunxia")))
    assert [line[word.start : word.end] for word in words if word.weak] == ["裡", "著"]
    assert not any(word.weak for word in asked_words(reading.read(Utterance(LINE, "en", "bm_george"))))
