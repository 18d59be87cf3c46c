"""Rayas: `—Hola —dijo Ana—. ¿Vienes?`, and the hyphens that stand for them in plain texts: `-Hola -dijo Ana-.`"""

from __future__ import annotations

import re

from flows.casting.quotes import DASH_START, aside_between_dashes

_OPENS_WITH_HYPHEN = r"\s*-(?=[¡¿«“\"…(]*[A-ZÁÉÍÓÚÜÑ…])"
RAYA_START = re.compile(f"{DASH_START.pattern}|{_OPENS_WITH_HYPHEN}")
"""What a line of speech opens with. No word of Spanish begins with a hyphen and a capital."""
_HYPHEN = re.compile(_OPENS_WITH_HYPHEN)
_ASIDE_OPENS = re.compile(r"(?<=[\w.,;:!?…»”\"])\s+-(?=[a-záéíóúüñ])")
_ASIDE_CLOSES = re.compile(r"(?<=[\w.,;:!?…»”\")])-(?:[.,;:…]+|(?=\s|$))\s*")


def next_aside(text: str, at: int) -> tuple[int, int] | None:
    """Where the next aside begins from `at`, and where the speech goes on; the end of the text where it does not."""
    if not _HYPHEN.match(text):
        return aside_between_dashes(text, at)
    opening = _ASIDE_OPENS.search(text, at)
    if opening is None:
        return None
    closing = _ASIDE_CLOSES.search(text, opening.end())
    return opening.start(), closing.end() if closing else len(text)
