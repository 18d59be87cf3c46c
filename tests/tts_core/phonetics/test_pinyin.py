"""Syllables of pinyin in the symbols of the phonetics."""

from __future__ import annotations

import pytest

from normalizers import DuoyinError
from tts_core.phonetics.phonemes import SYMBOLS
from tts_core.phonetics.pinyin import syllable_symbols


@pytest.mark.parametrize(
    ("pinyin", "symbols"),
    [
        ("ma1", "ma→"), ("ma2", "ma↗"), ("ma3", "ma↓"), ("ma4", "ma↘"), ("ma5", "ma"),
        ("zhi1", "ꭧɨ→"), ("ri4", "ɻɨ↘"), ("si4", "sɨ↘"), ("ji1", "ʨi→"), ("qu4", "ʨʰy↘"), ("xun2", "ɕy↗n"),
        ("lv4", "ly↘"), ("lü4", "ly↘"), ("lve4", "lɥe↘"), ("nue4", "nɥe↘"), ("yuan2", "ɥɛ↗n"), ("weng1", "wə→ŋ"),
        ("liu2", "ljou↗"), ("gui4", "kwei↘"), ("dun4", "twə↘n"), ("bo1", "pwo→"), ("er2", "ɚ↗"), ("xiong2", "ɕjʊ↗ŋ"),
        ("zher4", "ꭧɤ↘ɚ"),
    ],
)  # fmt: skip
def test_syllables(pinyin: str, symbols: str) -> None:
    assert syllable_symbols(pinyin) == symbols and set(symbols) <= SYMBOLS


def test_what_is_no_syllable_is_an_error_for_people() -> None:
    for text in ("xyz1", "bq3", ""):
        with pytest.raises(DuoyinError, match="not a pinyin syllable"):
            syllable_symbols(text)
