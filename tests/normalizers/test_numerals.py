"""The one reader of numerals."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from normalizers import roman
from normalizers.chinese import numerals as chinese_numerals
from normalizers.english import numerals as english_numerals
from normalizers.numerals import read_numeral


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("１２", 12), (" 7 ", 7), ("XIV", 14), ("xiv", 14), ("IIII", 4), ("twelve", 12),
        ("Twenty-One", 21), ("the first", 1),
        ("one hundred", 100), ("the last", 999), ("一", 1), ("十", 10), ("一百零五", 105), ("一百〇五", 105),
        ("两百", 200), ("兩百", 200), ("二〇二四", 2024),
        ("壹拾贰", 12), ("廿四", 24), ("一万二千", 12000),
        # where cn2an (0.5, "normal") is not right, and our own spelling of it is read
        ("百二十", 120), ("千", 1000), ("萬", 10000), ("卅", 30), ("卌五", 45), ("○一", 1), ("參", 3),
        ("一百五", 105), ("三百五", 305),
        ("", None), ("Part", None), ("封", None), ("一点五", None), ("负一", None), ("-3", None), ("1.5",
        None), ("十百", None), ("IVX", None),
    ],
)  # fmt: skip
def test_numerals(text: str, value: int | None) -> None:
    assert read_numeral(text) == value


@given(st.integers(1, 10**8 - 1))
def test_what_the_chinese_writer_writes_is_read_back(number: int) -> None:
    assert read_numeral(chinese_numerals.cardinal(number)) == number


@given(st.integers(1, 99))
def test_what_the_english_writer_writes_is_read_back(number: int) -> None:
    assert read_numeral(english_numerals.cardinal(number)) == number


@given(st.integers(1, 3999))
def test_what_the_roman_writer_writes_is_read_back(number: int) -> None:
    assert read_numeral(roman.write(number)) == number


@given(st.text("零〇一二九十百千万亿两廿", min_size=1, max_size=9))
@example("一十零")
@example("零亿零")
def test_chinese_digits_in_any_order_are_a_number_or_none(characters: str) -> None:
    value = read_numeral(characters)
    assert value is None or value >= 0
