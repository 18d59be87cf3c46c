"""Other ways to say a line with the embedded engine."""

from __future__ import annotations

import numpy as np

from tts_core.engine import Prepared, Utterance, word_times
from tts_core.kokoro.engine import KokoroEngine
from tts_core.kokoro.retakes import WAYS, cut_in_two, pieces_of, retake

LONG = "In the morning it had stopped, and nobody in the house could say at what hour."


def every_take(prepared: Prepared, *, at_tempo: bool = False) -> list[Prepared]:
    found = (retake(prepared, number, at_tempo=at_tempo) for number in range(2, 20))
    return [take for take in found if take is not None]


def test_no_two_takes_of_a_line_are_the_same(engine: KokoroEngine) -> None:
    for text in ("Yes.", LONG):
        prepared = engine.read(Utterance(text, "en", "bm_george"))
        takes = [prepared, *every_take(prepared)]
        assert len({(take.given, take.speed) for take in takes}) == len(takes)
    assert len(takes) == len(WAYS) + 1


def test_where_the_tempo_is_somebody_elses_no_way_changes_it(engine: KokoroEngine) -> None:
    prepared = engine.read(Utterance(LONG, "en", "bm_george", speed=1.1))
    takes = every_take(prepared, at_tempo=True)
    assert len(takes) >= 2 and {take.speed for take in takes} == {1.1}


def test_a_line_is_cut_where_a_speaker_would_pause(engine: KokoroEngine) -> None:
    prepared = engine.read(Utterance(LONG, "en", "bm_george"))
    halves = cut_in_two(prepared)
    assert halves is not None
    first, second = pieces_of(halves)
    assert first.symbols.endswith("stˈɒpt,") and first.border == "clause" and second.border == ""
    assert first.symbols + " " + second.symbols == prepared.given[0][0]  # type: ignore[index]


def test_a_single_word_is_not_cut(engine: KokoroEngine) -> None:
    assert cut_in_two(engine.read(Utterance("Yes.", "en", "bm_george"))) is None


def test_a_silence_has_one_take() -> None:
    assert retake(Prepared((), "bm_george", "en"), 2, at_tempo=False) is None


def test_takes_sound_different_and_their_words_stand_where_they_are_heard(engine: KokoroEngine) -> None:
    prepared = engine.read(Utterance("It had stopped, said Ann.", "en", "bm_george"))
    chosen = [prepared, *every_take(prepared)[:3]]
    sounds = list(engine.speak(chosen))
    assert len({sound.samples.tobytes() for sound in sounds}) == len(chosen)
    for take, sound in zip(chosen, sounds, strict=True):
        words = word_times(take, sound.times)
        assert [prepared.text[w.start_char : w.end_char] for w in words] == [
            "It",
            "had",
            "stopped",
            "said",
            "Ann",
        ]
        for word in words:
            inside = sound.samples[round(word.start * 24_000) : round(word.end * 24_000)]
            assert word.end > word.start and float(np.abs(inside).max()) > 0.01
        assert abs(sound.seconds - engine.predict_seconds(take)) < 1e-6
