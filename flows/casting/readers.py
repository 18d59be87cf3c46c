"""The languages that casting reads: one row each. Any other is read by `plain.py`."""

from __future__ import annotations

from collections.abc import Mapping

from flows.casting import chinese, english, spanish
from flows.casting.plain import plain_reader
from flows.casting.reader import Reader

READERS: Mapping[str, Reader] = {
    reader.language: reader for reader in (english.READER, chinese.READER, spanish.READER)
}


def reader_for(language: str) -> Reader:
    """The reader of a language by its code; the plain one where it has none of its own."""
    return READERS.get(language) or plain_reader(language)
