"""The second hearing: what is written down, compared by sound with what was asked for."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from flows.proof.evidence import Evidence
from flows.proof.heard import Asked, Wording, asked_words
from flows.proof.judging import thresholds
from flows.proof.second import (
    LEAST_SURE,
    Transcript,
    likelier_so,
    likelier_without,
    reworded,
    transcribed,
    without,
)
from flows.proof.verdict import Fault
from tts_core.engine import Take, Utterance
from tts_core.kokoro import reading
from tts_core.recognizer import Recognizer, Written

TAKE = Take(np.zeros(24_000, np.float32), 24_000)
VOICES = {"en": "af_heart", "zh": "zf_xiaoxiao"}


class Scribe:
    """A recognizer that writes down what it was told to."""

    def __init__(self, text: str, probability: float = 0.9) -> None:
        self._written = Written(text, probability)

    def likelihoods(self, samples: object, rate: int, texts: list[str], language: str) -> list[float]:
        return [-float(len(text)) for text in texts]

    def written(self, samples: object, sample_rate: int, language: str) -> Written:
        return self._written


def asked_of(line: str, language: str) -> Asked:
    voice = VOICES[language]
    words = asked_words(reading.read(Utterance(line, language, voice)))
    return Asked("key", line, language, voice, words, voice, lambda: TAKE, TAKE.seconds)


def heard_as(line: str, language: str, text: str, probability: float = 0.9) -> Transcript:
    return transcribed(asked_of(line, language), TAKE, cast(Recognizer, Scribe(text, probability)))


@pytest.mark.parametrize(
    ("line", "language", "text"),
    [
        ("She knew their colour by twenty three.", "en", "She new there color by 23"),
        ("他们走了二十三里。", "zh", "她门走了23里"),
    ],
)
def test_homophones_spellings_and_numbers_are_no_differences(line: str, language: str, text: str) -> None:
    heard = heard_as(line, language, text)
    assert heard.evidence.excess == 0 and heard.sure and heard.text == text


@pytest.mark.parametrize(
    ("line", "language", "text", "fault", "said", "words"),
    [
        ("The old keeper sleeps late.", "en", "The old sleeps late.", Fault.DROPPED, "keeper", ""),
        (
            "The old keeper sleeps late.",
            "en",
            "The old lighthouse sleeps late.",
            Fault.SWAPPED,
            "keeper",
            "lighthouse",
        ),
        ("老人慢慢地走上山去。", "zh", "老人走上山去", Fault.DROPPED, "慢慢地", ""),
        ("老人慢慢地走上山去。", "zh", "老人慢慢地跳下海去", Fault.SWAPPED, "走上山", "跳下海"),
    ],
)
def test_what_is_missing_or_other_is_told_with_its_words(
    line: str, language: str, text: str, fault: Fault, said: str, words: str
) -> None:
    evidence = heard_as(line, language, text).evidence
    asked = asked_words(reading.read(Utterance(line, language, VOICES[language])))
    assert evidence.excess >= thresholds(language).second
    assert evidence.fault(len(asked)) is fault
    assert said in line[asked[evidence.first].start : asked[evidence.end - 1].end]
    assert words in evidence.heard if words else len(evidence.heard) <= len(line)


def test_a_recognizer_in_doubt_or_that_talks_to_itself_says_nothing() -> None:
    line = "The old keeper sleeps late."
    assert not heard_as(line, "en", line, LEAST_SURE - 0.01).sure
    assert not heard_as(line, "en", "").sure
    looped = heard_as(line, "en", "The old keeper. " * 9)
    assert not looped.sure and looped.evidence.excess == 0


@pytest.mark.parametrize(
    ("line", "language", "first", "end", "rest"),
    [
        ("Though I say it, he left.", "en", 0, 1, "I say it, he left."),
        ("The keeper and his dog left.", "en", 0, 1, "Keeper and his dog left."),
        ("He said, and in spite of it, no.", "en", 2, 4, "He said, spite of it, no."),
        ("He gave it, she said to him.", "en", 5, 7, "He gave it, she said."),
        ("他慢慢地走了。", "zh", 5, 6, "他慢慢地走。"),
    ],
)
def test_the_text_without_some_words_reads_as_a_line(
    line: str, language: str, first: int, end: int, rest: str
) -> None:
    words = asked_words(reading.read(Utterance(line, language, VOICES[language])))
    asked = Asked("key", line, language, "", words, "", lambda: TAKE, TAKE.seconds)
    assert without(asked, first, end) == rest
    gone = Evidence(20.0, first, end)
    scribe = cast(Recognizer, Scribe(""))
    assert likelier_without(asked, gone, TAKE, scribe) == len(line) - len(rest)
    long = Take(np.zeros(31 * 24_000, np.float32), 24_000)
    assert likelier_without(asked, gone, long, scribe) is None


@pytest.mark.parametrize(
    ("line", "language", "text", "so"),
    [
        ("他觉得趙太爺高人一等了。", "zh", "他觉得赵太爷低人一等了。", [("高", "低", "他觉得趙太爺低人一等了。")]),
        (
            "老人慢慢地走上山去。",
            "zh",
            "老人慢慢地走下山来。",
            [("上", "下", "老人慢慢地走下山去。"), ("去", "来", "老人慢慢地走上山来。")],
        ),
        ("The old keeper sleeps late.", "en", "The old lamp sleeps", [("keeper", "lamp", "The old lamp sleeps late.")]),
        ("老人慢慢地走上山去。", "zh", "老人门慢慢地走上山去。", []),
        ("老人慢慢地走上山去。", "zh", "老人走上山去。", []),
        ("老人慢慢地走上山去。", "zh", "老人慢慢的走上山去。", []),
    ],
)  # fmt: skip
def test_words_written_in_place_of_others_are_told_one_for_one(
    line: str, language: str, text: str, so: list[tuple[str, str, str]]
) -> None:
    asked = asked_of(line, language)
    found = heard_as(line, language, text).wordings
    assert [(asked.said(w.first, w.end), w.text, reworded(asked, w)) for w in found] == so


@pytest.mark.parametrize(
    ("line", "language", "text", "heard"),
    [
        ("一為伐魏，一為和蜀。", "zh", "一为伐魏，一为何蜀。", "和"),
        ("大家起身，閒步一步。", "zh", "代家起身，闲步一步。", ""),
        ("大家起身，閒步一步。", "zh", "大家启身，闲步一步。", "起"),
        ("他笑著，走了。", "zh", "他笑着，走了。", ""),  # 着 has other readings, as 著 has
        ("I have read the book.", "en", "I have red the book.", "read"),
        ("I have read the book.", "en", "I have read the book.", ""),
    ],
)
def test_a_word_that_is_written_as_another_of_its_sounds_was_heard_and_not_guessed(
    line: str, language: str, text: str, heard: str
) -> None:
    asked = asked_of(line, language)
    found = heard_as(line, language, text).homophones
    assert "".join(asked.said(number, number + 1) for number in sorted(found)) == heard


def test_a_line_is_weighed_in_another_wording() -> None:
    asked = asked_of("The old keeper sleeps late.", "en")
    lamp = Wording(2, 3, "læmp", "lamp")
    scribe = cast(Recognizer, Scribe(""))
    assert likelier_so(asked, lamp, TAKE, scribe) == len("keeper") - len("lamp")
    assert likelier_so(asked, lamp, Take(np.zeros(31 * 24_000, np.float32), 24_000), scribe) is None
