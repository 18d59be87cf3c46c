"""Spanish as it is said: 231 cases written before the rules, 200 after them, and the laws of its numerals."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers import normalize, split
from normalizers.languages import language_of
from normalizers.spanish import headings
from normalizers.spanish.gender import counted
from normalizers.spanish.numerals import cardinal, number, ordinal

CASES = Path(__file__).with_name("normalize_es.tsv")


def fold(text: str) -> str:
    """Case, marks and blanks do not count; accents do."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w%&@#*/\\]|_", "", folded)


def cases() -> list[tuple[str, list[str], str]]:
    rows = [line.split("\t") for line in CASES.read_text("utf-8").splitlines() if not line.startswith("#!")]
    return [(row[0], row[1].split(" || "), row[2]) for row in rows]


def test_every_kind_is_read_as_well_as_it_once_was() -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for text, answers, kind in cases():
        total[kind] += 1
        right[kind] += fold(normalize(text, "es")) in map(fold, answers)
    assert sum(total.values()) > 420
    assert {kind: right[kind] for kind in total} == {
        kind: total[kind] - (kind == "cardinal") for kind in total
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [(16, "dieciséis"), (21, "veintiuno"), (101, "ciento uno"), (1001, "mil uno"), (1_000_000, "un millón"),
    (21_000, "veintiún mil")],
)  # fmt: skip
def test_cardinals(value: int, words: str) -> None:
    assert cardinal(value) == words


def test_the_noun_decides_gender_and_short_form() -> None:
    assert counted(" rosas") == ("feminine", True)
    assert counted(" problemas") == ("masculine", True)
    assert counted(" aprobaron") == ("masculine", False)
    assert cardinal(221, "feminine", noun=True) == "doscientas veintiuna"
    assert cardinal(31, noun=True) == "treinta y un"
    assert ordinal(3, noun=True) == "tercer"


@given(st.integers(0, 999_999_999))
def test_a_number_is_the_same_however_its_thousands_are_parted(value: int) -> None:
    grouped = f"{value:,}"
    assert number(grouped.replace(",", ".")) == number(grouped.replace(",", " ")) == cardinal(value)


@given(st.integers(1, 199))
def test_a_heading_in_words_is_read_back(value: int) -> None:
    assert headings.read(cardinal(value)) == value


def test_headings_and_announcements() -> None:
    assert headings.read_heading("CAPÍTULO IV. El duelo") == ("capítulo", 4)
    assert headings.read_heading("Capítulo treinta y dos") == ("capítulo", 32)
    assert headings.read_heading("Parte segunda") == ("parte", 2)
    assert headings.announce("3") == "Capítulo 3"


def test_abbreviations_end_no_sentence() -> None:
    assert split("El Sr. López vio al Dr. Ruiz. Luego se fue.", "es") == [
        "El Sr. López vio al Dr. Ruiz.",
        "Luego se fue.",
    ]
    assert split("—¿Vienes? —preguntó Ana—. Es tarde.", "es")[0] == "—¿Vienes? —preguntó Ana—."


def test_spanish_is_told_from_english() -> None:
    assert language_of("—¿Dónde está mi hermana? —preguntó el niño.") == "es"
    assert language_of("The house was empty when we came to it at dawn.") == "en"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [("la 22nd Street", "la veintidós nd Street"), ("un 5th", "un cinco th"), ("el B2B", "el B dos B")],
)
def test_a_digit_within_a_foreign_word_is_said(written: str, spoken: str) -> None:
    assert normalize(written, "es") == spoken
