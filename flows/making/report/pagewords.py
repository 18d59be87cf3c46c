"""The words of the page, one file a language: `words/CODE.json`. A new language is one file more."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from normalizers.languages import DEFAULT_LANGUAGE, primary

WORDS = Path(__file__).with_name("words")
_CODE = re.compile("`([^`]+)`")


@dataclass(frozen=True, slots=True)
class PageWords:
    """What the page says, in one language."""

    texts: Mapping[str, str]

    @property
    def lang(self) -> str:
        """BCP 47 tag of the language."""
        return self.texts["lang"]

    def has(self, key: str) -> bool:
        return key in self.texts

    def say(self, key: str, *values: object, **named: object) -> Markup:
        """A text with its values filled in and escaped; what stands between backticks is code."""
        return Markup(self.texts[key]).format(
            *map(escape, values), **{k: escape(v) for k, v in named.items()}
        )

    def coded(self, key: str, **named: object) -> Markup:
        """A text in which what stands between backticks is code."""
        return Markup(_CODE.sub(r"<code>\1</code>", str(self.say(key, **named))))

    def count(self, key: str, number: int) -> Markup:
        """A number of things: the first form of the text for one, the last for more."""
        forms = self.texts[f"n.{key}"].split("|")
        return Markup(forms[0 if number == 1 else -1]).format(n=f"{number:,}")

    def percent(self, share: float, decimals: int = 0) -> Markup:
        return self.say("percent", f"{100 * share:.{decimals}f}")


@cache
def page_words(code: str) -> PageWords:
    """The words in a book's language, or in the default one where nobody has written them in it."""
    file = WORDS / f"{primary(code)}.json"
    if not file.is_file():
        file = WORDS / f"{DEFAULT_LANGUAGE}.json"
    return PageWords(json.loads(file.read_text("utf-8")))


def number(value: float | None, decimals: int = 1) -> str:
    """A figure with a real minus; a dash where there is none."""
    return "–" if value is None else f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")
