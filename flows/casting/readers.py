"""The languages that casting reads: one row each. Any other is read by `plain.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from flows.casting.reader import Reader
from normalizers.languages.chinese import CHINESE
from normalizers.languages.english import ENGLISH
from normalizers.languages.spanish import SPANISH

READERS: Mapping[str, str] = {
    ENGLISH.code: "flows.casting.english",
    CHINESE.code: "flows.casting.chinese",
    SPANISH.code: "flows.casting.spanish",
}
"""Language code → the package that holds its `READER`; imported when a book in it is cast."""


@cache
def reader_for(language: str) -> Reader:
    """The reader of a language by its code; the plain one where it has none of its own."""
    if language not in READERS:
        from flows.casting.plain import plain_reader

        return plain_reader(language)
    reader: Reader = import_module(READERS[language]).READER
    return reader
