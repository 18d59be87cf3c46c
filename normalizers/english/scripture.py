"""Books of the Bible before chapter and verse: Gen. 1:3, 1 Cor. 13, II Kings 2."""

from __future__ import annotations

import re

from normalizers.english.numerals import cardinal
from normalizers.roman import parse
from normalizers.rules import Place, Rulebook, Spoken

WORD_RULES = Rulebook()
DIGIT_RULES = Rulebook()
ROMAN_RULES = Rulebook()

BOOKS = {
    "Gen": "Genesis", "Exod": "Exodus", "Ex": "Exodus", "Lev": "Leviticus", "Num": "Numbers",
    "Deut": "Deuteronomy", "Josh": "Joshua", "Judg": "Judges",
    "Sam": "Samuel", "Kgs": "Kings", "Chron": "Chronicles", "Chr": "Chronicles", "Neh": "Nehemiah",
    "Ps": "Psalm", "Pss": "Psalms", "Prov": "Proverbs",
    "Eccl": "Ecclesiastes", "Eccles": "Ecclesiastes", "Isa": "Isaiah", "Jer": "Jeremiah",
    "Lam": "Lamentations", "Ezek": "Ezekiel", "Dan": "Daniel",
    "Hos": "Hosea", "Mic": "Micah", "Hab": "Habakkuk", "Zech": "Zechariah", "Mal": "Malachi",
    "Matt": "Matthew", "Rom": "Romans", "Cor": "Corinthians",
    "Gal": "Galatians", "Eph": "Ephesians", "Phil": "Philippians", "Col": "Colossians",
    "Thess": "Thessalonians", "Tim": "Timothy", "Heb": "Hebrews",
    "Jas": "James", "Pet": "Peter", "Rev": "Revelation",
}  # fmt: skip
"""Abbreviated books (after the list of the Society of Biblical Literature's Handbook of Style, with older forms)."""

_NUMBERED = (
    "Samuel|Sam|Kings|Kgs|Chronicles|Chron|Chr|Corinthians|Cor|Thessalonians|Thess|Timothy|Tim|Peter|Pet|"
    "John|Maccabees|Macc"
)
"""Books there are several of; a numeral before them is an ordinal."""
_ORDINALS = {
    "1": "First",
    "2": "Second",
    "3": "Third",
    "I": "First",
    "II": "Second",
    "III": "Third",
}

PATTERN = "|".join(BOOKS)
"""The books' abbreviations, for the scanner."""


@WORD_RULES.rule(
    "abbreviation", "scripture", rf"(?P<book>{PATTERN})(?P<stop>\.?)(?=\s(?:\d{{1,3}}|[ivxlc]+\.\s?\d))"
)
def _book(m: re.Match[str], place: Place) -> str | None:
    after = place.after(m.end(), 12)
    verse = re.match(r"\s(?:\d{1,3}:\d|[ivxlc]+\.\s?\d)", after)
    numbered = re.search(r"(?:\b[1-3]|\bI{1,3}|First|Second|Third)\s$", place.before(8))
    if m["book"] in ("Ps", "Pss") and m["stop"]:
        return BOOKS[m["book"]]
    if verse or (numbered and m["stop"] and m["book"] in _NUMBERED.split("|")):
        return BOOKS[m["book"]]
    return None


_WHOLE_NAMES = "|".join(
    sorted(
        {
            *BOOKS.values(),
            "Luke",
            "Mark",
            "John",
            "Acts",
            "Job",
            "Ruth",
            "Esther",
            "Ezra",
            "Amos",
            "Joel",
            "Titus",
        }
    )
)
_BOOK_BEFORE = re.compile(rf"\b(?:{PATTERN}|{_WHOLE_NAMES})\.?\s$")


def behind_book(place: Place) -> bool:
    """Whether a book of the Bible stands before it."""
    return _BOOK_BEFORE.search(place.before(16)) is not None


@ROMAN_RULES.rule(
    "verse",
    "chapter-and-verse",
    r"(?P<chapter>[ivxlc]{1,7}|[IVXLC]{1,7})[.:]\s?(?P<verse>\d{1,3})(?:\s?[-–]\s?(?P<last>\d{1,3}))?(?![\d:])",
)
def _chapter_and_verse(m: re.Match[str], place: Place) -> str | None:
    """Rev. xxi. 4, Psalm XC. 4."""
    chapter = parse(m["chapter"].upper())
    if chapter is None or not behind_book(place):
        return None
    return f"{cardinal(chapter)} {cardinal(m['verse'])}" + (f" to {cardinal(m['last'])}" if m["last"] else "")


@DIGIT_RULES.rule(
    "verse", "and-following", r"(?P<chapter>\d{1,3}):(?P<verse>\d{1,3})\s?ff?\b(?:\.(?!\s*(?:$|[A-Z])))?"
)
def _and_following(m: re.Match[str], place: Place) -> str | None:
    """Matt. 5:3ff."""
    if not re.search(r"[A-Za-z]\.?\s$", place.before(4)):
        return None
    return f"{cardinal(m['chapter'])} {cardinal(m['verse'])} and following"


@DIGIT_RULES.rule("ordinal", "scripture-book", rf"(?P<which>[123])(?=\s(?:{_NUMBERED})\b\.?\s\d)")
def _numbered_book(m: re.Match[str], place: Place) -> str | None:
    return None if place.before(1).isalnum() or place.before(1) in (".", ",") else _ORDINALS[m["which"]]


@ROMAN_RULES.rule("ordinal", "scripture-book", rf"(?P<which>I{{1,3}})(?=\s(?:{_NUMBERED})\b\.?\s\d)")
def _roman_book(m: re.Match[str], place: Place) -> str:
    return _ORDINALS[m["which"]]


@DIGIT_RULES.rule(
    "verse",
    "verse-range",
    r"(?P<chapter>\d{1,3}):(?P<first>[1-9]\d{0,2})\s?[-–—]\s?(?P<last>\d{1,3})(?![\d:])",
)
def _verses(m: re.Match[str], place: Place) -> Spoken | None:
    """Acts 2:1–4; after anything but a name two clock times or scores are likelier."""
    if not re.search(r"\b[A-Z][a-z]+\.?\s$", place.before(16)):
        return None
    return Spoken(f"{cardinal(m['chapter'])} {cardinal(m['first'])} to {cardinal(m['last'])}")
