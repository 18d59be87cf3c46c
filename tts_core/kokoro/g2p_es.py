"""Spanish text → sounds, word by word: every word keeps its place in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from normalizers import Hint, normalize
from tts_core.phonetics.phonemes import Sound, mark
from tts_core.phonetics.reading_hints import hint_symbols, hinted_tokens
from tts_core.phonetics.spanish import Accent, say

ACCENT: Accent = "castilian"
"""Kokoro's Spanish voices were trained on Castilian phonemes (misaki's `es`)."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\.\s?\.\s?\.+|--+|\s+|.", re.DOTALL)
_SIGNS = {
    "&": "y",
    "%": "por ciento",
    "+": "más",
    "=": "igual a",
    "@": "arroba",
    "#": "número",
    "°": "grados",
}
_WITHIN_A_CLAUSE = frozenset((" ", ""))
"""What may stand between two words that are said in one breath."""


class SpanishG2P:
    """Phonemes of Spanish stretches."""

    def sounds(self, text: str, hints: Sequence[Hint] = ()) -> list[Sound]:
        """Sounds of `text` (offsets into it), marks and spaces included. `hints` replace the words they cover."""
        pieces = hinted_tokens(text, hints, _TOKEN)
        result: list[Sound] = []
        before = ""  # symbols of the word before in the same clause
        for index, (start, end, hint) in enumerate(pieces):
            token = text[start:end]
            if hint is not None:
                before = hint_symbols(hint, self.say_plain)
                result.append(Sound(before, start, end))
            elif token[0].isalpha():
                before = say(token, accent=ACCENT, previous=before, following=_ahead(text, pieces, index))
                result += [Sound(before, start, end)] if before else []
            elif (
                token.isdigit() or token in _SIGNS
            ):  # spoken text has none; what slipped through is read all the same
                before = self.say_plain(_SIGNS.get(token) or normalize(token, "es"))
                gap = Sound(" ", start, start, word=False)
                result += [gap, Sound(before, start, end), gap]
            else:
                symbol = _mark(token, text, start, end)
                result += [Sound(symbol, start, end, word=False)] if symbol else []
                before = before if symbol in _WITHIN_A_CLAUSE else ""
        return result

    def say_plain(self, words: str) -> str:
        """Symbols of plain words, for respellings."""
        said: list[str] = []
        for word in re.findall(r"[^\W\d_]+", words):
            said.append(say(word, accent=ACCENT, previous=said[-1] if said else ""))
        return " ".join(said)


def _ahead(text: str, pieces: Sequence[tuple[int, int, Hint | None]], index: int) -> str:
    """Symbols of the next word, '' where a mark or the end comes first."""
    for start, end, hint in pieces[index + 1 :]:
        token = text[start:end]
        if hint is not None:
            return ""
        if token[0].isalpha():
            return say(token, accent=ACCENT)
        if not token.isspace():
            return ""
    return ""


def _mark(token: str, text: str, start: int, end: int) -> str:
    """The symbol of a space or a mark; '' for one that is not heard."""
    if token.isspace():
        return " "
    if token.startswith(".") and len(token) > 1:
        return "…"
    if token == "-" or token.startswith("--"):
        inside = text[:start][-1:].isalpha() and text[end:][:1].isalpha()
        return "" if inside and token == "-" else "—" if token != "-" or text[:start][-1:].isspace() else ""
    return mark(token[0]) or (" " if token in "/_·•|" else "")
