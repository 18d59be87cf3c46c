"""The one reader of numerals: digits of any script, Roman, and the words and characters of every language."""

from __future__ import annotations

from normalizers import roman
from normalizers.languages import LANGUAGES

OTHER_WORDS = frozenset(("once",))
"""Numbers of one language that are commoner as words of another: once is eleven in Spanish, a chapter in English."""


def read_numeral(text: str) -> int | None:
    """The value of a whole number as headings and lists write it; None where it is none.

    `12`, `１２`, XII (well formed, in capitals or small letters), `twelve`, `the twelfth`, 十二, 壹拾贰,
    二〇二四. How Chinese numerals are read, and where that departs from `cn2an`, stands in
    `normalizers.chinese.headings.read`.

    >>> [read_numeral(written) for written in ("ＸＩＩ", "１２", "twenty-one", "廿四", "Part")]
    [None, 12, 21, 24, None]
    """
    text = text.strip()
    if text.lower() in OTHER_WORDS:
        return None
    if text.isdecimal():
        return int(text)
    value = roman.parse(text)
    if value is not None:
        return value
    return next(
        (value for record in LANGUAGES.values() if (value := record.read_number(text)) is not None), None
    )
