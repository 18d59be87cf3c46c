"""What the command line says, in the language of the person: `text/CODE.json`, beside English, in which it is written.

A table has the sentences as code has them, `{}` for what is filled in, each with its translation, where `{0}` is the
first that was filled in. What a table does not have is said in English: a message that nobody translated is better
than none. What is filled in may be a sentence, too, or several. The head of a column has a `|` before it in the table:
"line" may be a word of a book elsewhere. `DUOYIN_LANG` chooses, else the locale.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalizers import DuoyinError

TEXT = Path(__file__).with_name("text")
WISHES = ("DUOYIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that name a language, the first that is set counts."""
MARK = "{}"
HEAD = "|"
BETWEEN = ("; ", ", ")
"""What stands between sentences that are filled in together."""
FEW_WORDS = 3
"""Of a sentence that other sentences may hold by chance, such as `{} to go`."""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a language: those that stand as they are, and those with something filled in.

    Args:
        filled: the longest stretch that stands in each as it is, the sentence, its translation; longest first.
    """

    whole: Mapping[str, str]
    filled: tuple[tuple[str, str, str], ...]

    def say(self, text: str) -> str:
        """A sentence in this language; as it is where it is not in the table."""
        if text in self.whole:
            return self.whole[text]
        for stretch, sentence, translation in self.filled:
            if stretch in text and (found := _pattern(sentence).fullmatch(text)):
                return translation.format(*map(self._filled_in, found.groups()))
        return text

    def _filled_in(self, text: str) -> str:
        """What stands in a sentence: sentences of their own are told in this language, names and numbers stay."""
        if " " not in text:
            return text
        begun = next((mark for mark in BETWEEN if text.startswith(mark)), None)
        if begun is not None:
            return begun + self._filled_in(text.removeprefix(begun))
        told = self.say(text)
        between = next((mark for mark in BETWEEN if mark in text), None)
        if told != text or between is None:
            return told
        return between.join(map(self._filled_in, text.split(between)))


def say(text: str) -> str:
    """A sentence in the language of the person."""
    words = _words(_wish())
    return words.say(text) if words is not None else text


def say_in(code: str, text: str) -> str:
    """A sentence in a language, by its code."""
    words = _words(code)
    return words.say(text) if words is not None else text


def say_head(text: str) -> str:
    """The head of a column in the language of the person."""
    words = _words(_wish())
    return words.whole.get(HEAD + text, text) if words is not None else text


def say_lines(text: str) -> str:
    """A text line by line, each as far in as it was."""
    if _words(_wish()) is None:
        return text
    rows = [(len(row) - len(row.lstrip()), row.strip()) for row in text.split("\n")]
    return "\n".join(" " * indent + say(row) for indent, row in rows)


def say_error(error: DuoyinError) -> str:
    """An error with its place and what to do about it."""
    from normalizers import DuoyinError  # seldom needed: a command starts without it

    where = say(error.where) if error.where else None
    return str(DuoyinError(say(error.message), where=where, hint=say(error.hint) if error.hint else None))


def _wish() -> str:
    """The code of the language that is wanted, "" for none: `zh` of `zh_CN.UTF-8`."""
    told = next((value for name in WISHES if (value := os.environ.get(name))), "")
    return re.split(r"[-_.@]", told.lower())[0]


@cache
def _words(code: str) -> Words | None:
    """The sentences of a language; None for English, and where there is no table."""
    file = TEXT / f"{code}.json"
    if not code.isalpha() or not file.is_file():
        return None
    table: dict[str, str] = json.loads(file.read_text("utf-8"))
    filled = [(max(key.split(MARK), key=len), key, value) for key, value in table.items() if MARK in key]
    return Words(
        {key: value for key, value in table.items() if MARK not in key},
        tuple(sorted(filled, key=lambda row: -len(row[0]))),
    )


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """What a sentence looks like with something filled in; where a short one begins with that, it is a single word."""
    parts = key.split(MARK)
    short = len(re.findall(r"[A-Za-z]+", key)) <= FEW_WORDS
    first = r"(\S+)" if short and not parts[0] else "(.*?)"
    return re.compile(re.escape(parts[0]) + first + "(.*?)".join(re.escape(part) for part in parts[1:]), re.S)
