"""An ear: known sounds laid over the frames of a take, where they part, and which reading is heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from flows.proof.ear import (
    LEAST_FRAMES,
    SILENCE,
    USUAL,
    Ear,
    Sounds,
    ear,
    fits_so,
    heard_sounds,
    lay,
    marked,
    missing,
    quiet_frames,
    reading_heard,
    stretches,
)
from flows.proof.evidence import Evidence
from flows.proof.heard import Asked, AskedWord, Wording, asked_words
from flows.proof.judging import thresholds
from flows.proof.readings import OtherReading
from flows.proof.verdict import Fault
from normalizers.languages import LANGUAGES
from tts_core.engine import Take, Utterance
from tts_core.kokoro import reading
from tts_core.recognizer import TOKEN_SECONDS

NAMES = (SILENCE, *"abcdefghijklmnopqrstuvwxyz")
TOY = Ear(
    NAMES,
    np.stack([np.zeros((27, 27)), 9 * np.eye(27), np.zeros((27, 27))]).astype(np.float32),
    np.zeros(27, np.float32),
    np.full(27, -3.3, np.float32),
)
"""Hears the letter that a frame is."""
FRAMES = 4
"""Of a letter as it is said here."""


def features(said: str) -> np.ndarray:
    """The frames of a text whose sounds are its letters; a blank is silence."""
    numbers = [NAMES.index(letter if letter != " " else SILENCE) for letter in said for _ in range(FRAMES)]
    return np.eye(27, dtype=np.float32)[numbers]


def sounds(said: str) -> Sounds:
    return Sounds(TOY, TOY.hear(features(said)))


def as_long(*said: tuple[str, int]) -> Sounds:
    """Letters, each with its frames."""
    numbers = [NAMES.index(letter) for letter, frames in said for _ in range(frames)]
    return Sounds(TOY, TOY.hear(np.eye(27, dtype=np.float32)[numbers]))


def words(text: str) -> tuple[AskedWord, ...]:
    found, at = [], 0
    for word in text.split():
        found.append(AskedWord(at, at + len(word), word))
        at += len(word) + 1
    return tuple(found)


def found(asked: str, said: str) -> Evidence:
    return strange(words(asked), sounds(said))


def strange(asked: Sequence[AskedWord], said: Sounds) -> Evidence:
    return stretches(asked, said, lay(asked, said))[0]


def read_as(asked: Sequence[AskedWord], said: str, other: OtherReading) -> tuple[OtherReading, float] | None:
    return reading_heard(asked, sounds(said), lay(asked, sounds(said)), [other])


def test_a_line_that_is_right_costs_nothing_and_each_word_has_its_frames() -> None:
    laid = lay(words("the old keeper"), sounds("theold keeper"))
    assert laid.total == pytest.approx(0, abs=1e-3)
    assert laid.span(0, 1) == (0, 3 * FRAMES) and laid.span(2, 3) == (7 * FRAMES, 13 * FRAMES)
    assert set(laid.owners[6 * FRAMES : 7 * FRAMES]) == {-1}, "a pause belongs to no word"


@pytest.mark.parametrize(
    ("said", "fault", "word"),
    [
        ("the old sleeps", Fault.DROPPED, 2),
        ("old keeper sleeps", Fault.DROPPED, 0),
        ("the old mallow sleeps", Fault.SWAPPED, 2),
        ("the old keeper keeper sleeps", Fault.REPEATED, 2),
        ("the old keeper sleeps keeper sleeps", Fault.REPEATED, 2),
        ("the old keeper bcdfghjklmnpq sleeps", Fault.ADDED, 2),
    ],
)
def test_what_is_wrong_is_found_where_it_is(said: str, fault: Fault, word: int) -> None:
    evidence = found("the old keeper sleeps", said)
    assert evidence.excess > thresholds("en").suspicious
    assert evidence.fault(4) is fault
    assert evidence.first - 1 <= word <= evidence.end
    assert 0 <= evidence.start < evidence.end_at <= len(said) * FRAMES * TOKEN_SECONDS


def test_the_worst_of_several_strange_stretches_comes_first_and_none_holds_another() -> None:
    long = "keeperofthelighthousebeyondthesea"
    asked, said = words(f"the old {long} sleeps here"), sounds(f"the mallow {long} here")
    told = stretches(asked, said, lay(asked, said))
    assert [[n for n in (1, 3) if each.first <= n < each.end] for each in told[:2]] in (
        [[1], [3]],
        [[3], [1]],
    )
    assert told[0].excess >= told[1].excess > thresholds("en").beside


@pytest.mark.parametrize(
    ("said", "gone", "after"),
    [
        ("the old sleeps a lot", ["keeper"], "the old "),
        ("old keeper sleeps a lot", ["the"], ""),
        ("the old keeper sleeps lot", ["a"], "the old keeper sleeps "),
        ("the old keeper sleeps", ["a", "lot"], "the old keeper sleeps"),
        ("keeper sleeps a lot", ["the", "old"], ""),
    ],
)
def test_words_that_are_missing_are_those_without_which_a_take_fits_best(
    said: str, gone: list[str], after: str
) -> None:
    asked, heard = words("the old keeper sleeps a lot"), sounds(said)
    lost = missing(asked, heard)
    assert lost is not None and [word.symbols for word in asked[lost.first : lost.end]] == gone
    assert lost.excess > thresholds("en").missing and lost.missed == len("".join(gone))
    rest = [*asked[: lost.first], *asked[lost.end :]]
    assert lost.excess == pytest.approx(lay(asked, heard).total - lay(rest, heard).total, abs=0.01)
    assert lost.start == pytest.approx(len(after) * FRAMES * TOKEN_SECONDS)


@pytest.mark.parametrize("said", ["sleeps a lot", "the old", "mallow old sleeps a a lot", "lot"])
def test_what_a_take_costs_without_some_words_is_what_the_others_laid_anew_cost(said: str) -> None:
    asked, heard = words("the old keeper sleeps a lot"), sounds(said + " " * 20)
    lost = missing(asked, heard)
    runs = [(first, first + count) for count in (1, 2) for first in range(len(asked) - count + 1)]
    costs = [lay([*asked[:first], *asked[end:]], heard).total for first, end in runs]
    assert lost is not None and lost.excess == pytest.approx(lay(asked, heard).total - min(costs), abs=0.01)
    assert (lost.first, lost.end) == runs[int(np.argmin(costs))]
    for run, cost in zip(runs, costs):
        there = missing(asked, heard, [run])
        assert there is not None and (there.first, there.end) == run
        assert there.excess == pytest.approx(lay(asked, heard).total - cost, abs=0.01)


def test_without_a_word_that_is_there_a_take_fits_worse() -> None:
    asked = words("the old keeper sleeps a lot")
    here = missing(asked, sounds("the old keeper sleepsalot"))
    assert here is not None and here.excess < 0
    assert missing(words("keeper"), sounds("keeper")) is None, "something must be left"
    assert missing(asked, Sounds(TOY, sounds("the").scores[:3])) is None


def test_a_pause_lies_at_a_mark_or_between_words_that_have_none() -> None:
    text = "the old, keeper"
    line = Asked(
        "", text, "en", "", words(text.replace(",", " ")), "", lambda: Take(np.zeros(0, np.float32), 1), 1.0
    )
    laid = lay(line.words, sounds("the old keeper"))
    pauses = [(at * FRAMES * TOKEN_SECONDS, (at + 1) * FRAMES * TOKEN_SECONDS) for at in (3, 7)]
    assert [marked(line, laid, *pause) for pause in pauses] == [False, True]
    assert marked(line, laid, 0.0, 0.0), "the ends are no gaps between words"


def test_a_missing_end_is_found_and_a_take_too_short_for_its_words_is_strange_at_once() -> None:
    assert found("the old keeper sleeps", "the old keeper").excess > thresholds("en").suspicious
    short = Sounds(TOY, sounds("the").scores[: LEAST_FRAMES * 2])
    assert strange(words("the old keeper sleeps"), short).excess > thresholds("en").alone


def test_sounds_of_another_language_are_neither_right_nor_wrong() -> None:
    line = (*words("the old"), AskedWord(8, 9, "ʘ"), AskedWord(10, 16, "sleeps"))
    laid = lay(line, sounds("the old xyz sleeps"))
    first, end = laid.span(2, 3)
    assert laid.costs[first:end].max() <= USUAL
    assert strange(line, sounds("the old xyz sleeps")).excess < 1


def test_the_reading_that_is_heard_is_told() -> None:
    line = (AskedWord(0, 3, "the"), AskedWord(4, 8, "led"), AskedWord(9, 13, "pipe"))
    other = OtherReading(1, "lid", "L IY1 D")
    heard = read_as(line, "the lid pipe", other)
    assert heard is not None and heard[0] is other and heard[1] > thresholds("en").reading
    right = read_as(line, "the led pipe", other)
    assert right is not None and right[1] < 0
    said = sounds("the led pipe")
    assert reading_heard(line, said, lay(line, said), []) is None


def test_a_reading_of_more_sounds_gains_nothing_by_their_being_shorter() -> None:
    """In the frames of two words there is room for two of each of their sounds, not for two of each of one more. That
    next to none of the second word is heard costs the more, the longer its sounds have to be."""
    line = (AskedWord(0, 1, "abc"), AskedWord(1, 2, "defgh"))
    said = as_long(("a", 3), ("b", 3), ("c", 4), ("g", 3), ("h", 3))
    told = reading_heard(line, said, lay(line, said), [OtherReading(0, "xabc", "x")])
    assert told is not None and told[1] < 0


def test_nothing_is_said_where_a_take_is_quiet() -> None:
    rate, hop = 24_000, round(24_000 * TOKEN_SECONDS)
    tone = 0.1 * np.sin(np.arange(20 * hop) * 2 * np.pi * 200 / rate)
    samples = np.concatenate([tone, np.zeros(10 * hop), tone, np.zeros(3 * hop), tone, np.zeros(5 * hop)])
    take = Take(samples.astype(np.float32), rate)
    quiet = quiet_frames(take, 78)
    assert quiet[21:29].all() and not quiet[:20].any()
    assert not quiet[50:53].any(), "the closure of a stop"
    assert quiet[74:].all()
    chatter = np.tile(features("x")[:1], (78, 1))
    heard = {name for name, first, _ in heard_sounds(chatter, take, TOY).heard() if quiet[first + 1]}
    assert heard == set(), "what the encoder notes in silence is no sound"


@pytest.mark.parametrize(("code", "voice"), [("en", "af_heart"), ("en", "bm_george"), ("zh", "zf_xiaoxiao")])
def test_the_ears_know_the_sounds_of_their_language(code: str, voice: str) -> None:
    learned = ear(code)
    assert learned is not None and learned.weights.shape == (3, 512, len(learned.sounds))
    probe = LANGUAGES[code].probe
    asked = asked_words(reading.read(Utterance(probe, code, voice)))
    assert {sound for word in asked for sound in word.symbols} <= set(learned.sounds)
    assert thresholds(code).suspicious < thresholds(code).alone
    assert ear("tlh") is None


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("the old lamp sleeps", True),
        ("the old keeper sleeps", False),
        ("the lamp keeper sleeps", False),
    ],
)
def test_a_take_fits_better_with_the_words_that_are_said_where_they_are_said(said: str, fits: bool) -> None:
    line, heard = words("the old keeper sleeps"), sounds(said)
    gain = fits_so(line, heard, lay(line, heard), Wording(2, 3, "lamp", "lamp"))
    assert gain > 20 if fits else gain < -20
