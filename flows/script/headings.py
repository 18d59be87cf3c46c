"""Chapter headings as they are spoken: what a bare numeral announces, and whether two headings name one chapter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from normalizers.languages import LANGUAGES, language
from normalizers.numerals import read_numeral

_BARE = re.compile(
    r"[(（\[【]?\s*(?P<number>[^\s()（）\[\]【】.．、。][^()（）\[\]【】.．、。]*?)\s*[)）\]】]?[.．、。]?"
)
_NUMBERED = re.compile(r"(?P<number>\d{1,4})(?:\s*[、.．:：]\s*|\s+)\S")
_NUMERAL = re.compile(r"(?P<number>[IVXLC]+|\d+)\.?")
BARE = ""
"""Unit of a heading that is but a numeral: it may be any."""


@dataclass(frozen=True, slots=True)
class ChapterNumber:
    """`unit` as the heading's language writes it (chapter, 回; `BARE` for a numeral alone) and its number."""

    unit: str
    number: int


def chapter_number(title: str) -> ChapterNumber | None:
    """Unit and number of a heading, None where it has none: `CHAPTER IV. The Duel`, 第十二回, `ONE`, `3. The Road`."""
    line = " ".join(title.split()).strip("*_= —–-")
    for record in LANGUAGES.values():
        found = record.read_heading(line)
        if found is not None:
            return ChapterNumber(*found)
    bare = _BARE.fullmatch(line)
    number = read_numeral(bare["number"]) if bare else None
    if number is not None:
        return ChapterNumber(BARE, number)
    numbered = _NUMBERED.match(line)
    return ChapterNumber("numbered", int(numbered["number"])) if numbered else None


def same_chapter(title: str, printed: str) -> bool:
    """Whether two headings name one chapter: Chapter 1 is CHAPTER ONE, and a bare 1 or ONE is either; Book 1 is not."""
    named, found = chapter_number(title), chapter_number(printed)
    if named is None or found is None or named.number != found.number:
        return False
    return named.unit == found.unit or BARE in (named.unit, found.unit)


def announcement(heading: str, code: str) -> str:
    """What is said for a heading that is a bare numeral; '' for every other.

    Words and characters are announced in their own language, digits and Roman numerals in that of the book.

    Args:
        code: language of the book.
    """
    bare, book = heading.strip(), language(code)
    for record in LANGUAGES.values():
        if record is not book and record.latin and book.latin:
            continue  # Once is a word of an English book, whatever it counts in Spanish
        if re.fullmatch(record.number_words, bare, re.IGNORECASE) and not bare.islower():
            return record.announce(bare)
    numeral = _NUMERAL.fullmatch(bare)
    return book.announce(numeral["number"]) if numeral else ""
