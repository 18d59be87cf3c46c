"""A third language plugs in with its record alone: the engine asks nothing but the record."""

from __future__ import annotations

import dataclasses
import re

import pytest

from normalizers import normalize, split
from normalizers.languages import LANGUAGES, language_of
from normalizers.languages.english import ENGLISH
from normalizers.rules import Place, Rulebook

TOKI_NUMBERS, TOKI_WORDS = Rulebook(), Rulebook()


@TOKI_NUMBERS.rule("number", "count", r"\d+")
def _count(m: re.Match[str], place: Place) -> str:
    return "-".join("wan" for _ in range(int(m[0])))


@TOKI_WORDS.rule("abbreviation", "title", r"j\.")
def _title(m: re.Match[str], place: Place) -> str:
    return "jan"


TOKI = dataclasses.replace(
    ENGLISH,
    code="tok",
    tags=(),
    name="Toki Pona",
    number_rules=TOKI_NUMBERS,
    word_rules=TOKI_WORDS,
    roman_rules=Rulebook(),
    scanned_words=r"j\.",
    common_words=frozenset(["jan", "li", "e", "pona", "toki", "mi", "sina", "ona", "la"]),
    signs=dataclasses.replace(ENGLISH.signs, words={**ENGLISH.signs.words, "+": "en"}),
    sentences=dataclasses.replace(ENGLISH.sentences, ends=lambda stop: not stop.before.endswith("j")),
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "tok", TOKI)


def test_numbers_words_and_signs_are_said_by_its_rules() -> None:
    assert normalize("j. Lisa li jo e kili 2 + 3.", "tok") == "jan Lisa li jo e kili wan-wan en wan-wan-wan."
    assert normalize("Mr. Lisa, XIV", "tok") == "Mr. Lisa, XIV"  # no English rule is asked


def test_numbers_beside_han_stay_chinese() -> None:
    assert normalize("mi toki e 有3只狗 e kili 2", "tok") == "mi toki e 有三只狗 e kili wan-wan"


def test_its_full_stops_are_its_own() -> None:
    assert split("mi toki e j. Lisa. sina pona. Jan Sonja li toki.", "tok") == [
        "mi toki e j. Lisa. sina pona.",
        "Jan Sonja li toki.",
    ]


def test_it_is_told_by_its_common_words() -> None:
    assert language_of("jan li toki e ni: sina pona tawa mi") == "tok"
    assert language_of("The jan was there, and he said that it is so") == "en"
