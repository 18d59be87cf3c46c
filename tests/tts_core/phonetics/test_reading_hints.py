"""Reading hints of every alphabet."""

from __future__ import annotations

from typing import Literal

import pytest

from normalizers import DuoyinError, Hint
from tts_core.phonetics.reading_hints import hint_symbols

Alphabet = Literal["pinyin", "ipa", "arpabet", "respell"]


def symbols(alphabet: Alphabet, value: str) -> str:
    return hint_symbols(Hint(0, 1, alphabet, value, "project"), lambda words: f"<{words}>")


def test_pinyin_gives_syllables() -> None:
    assert symbols("pinyin", "zhong1 guo2") == "ꭧʊ→ŋkwo↗"


def test_ipa_is_taken_as_dictionaries_write_it() -> None:
    assert symbols("ipa", "/ˈtʃeɪn.dʒɚ/") == "ʧˈAnʤəɹ"
    assert symbols("ipa", "ˈwɔːtə") == "wˈɔːtə"


def test_arpabet_has_stress_before_its_vowel_and_weak_vowels() -> None:
    assert symbols("arpabet", "ah0 b aw1 t") == "əbˈWt"


def test_a_respelling_is_read_by_the_language_it_is_in() -> None:
    assert symbols("respell", "her my oh knee") == "<her my oh knee>"


@pytest.mark.parametrize(
    ("alphabet", "value", "message"),
    [
        ("ipa", "h§", "not a known IPA symbol"),
        ("arpabet", "HH QQ1", "not an ARPAbet phone"),
        ("pinyin", "xyz1", "not a pinyin syllable"),
    ],
)
def test_what_no_alphabet_has_is_an_error_for_people(alphabet: Alphabet, value: str, message: str) -> None:
    with pytest.raises(DuoyinError, match=message):
        symbols(alphabet, value)
