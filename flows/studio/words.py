"""What the studio says, one file a language: `text/CODE.json`. No word of it stands in code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from flows.making.report.pagewords import PageWords
from normalizers.languages import DEFAULT_LANGUAGE, primary

TEXT = Path(__file__).with_name("text")
Translate = Callable[[str, str], str]
"""Code of a language and a sentence of the rooms below, in English → it in that language, where it is known."""


def as_written(code: str, sentence: str) -> str:
    """The sentence as it is."""
    return sentence


@cache
def languages() -> tuple[str, ...]:
    """The languages that the studio is written in."""
    return tuple(sorted(file.stem for file in TEXT.glob("*.json")))


@cache
def words(code: str) -> PageWords:
    """The words of a language of `languages`."""
    return PageWords(json.loads((TEXT / f"{code}.json").read_text("utf-8")))


def choose(wishes: Iterable[str]) -> str:
    """The first of some wishes (tags as browsers and locales write them) that the studio is written in."""
    for wish in wishes:
        code = primary(wish.replace("_", "-").partition(".")[0])
        if code in languages():
            return code
    return DEFAULT_LANGUAGE


def told() -> list[str]:
    """What `DUOYIN_LANG` asks for; nothing where it says nothing."""
    wish = os.environ.get("DUOYIN_LANG", "")
    return [wish] if wish else []
