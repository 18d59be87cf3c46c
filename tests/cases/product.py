"""What scorers and harnesses outside ask of the product, by the names they know, from wherever it lives now.

`cases/public/score_public.py` and `tools/fuzz.py` of the shared folder look here first.
A name moves: its row here follows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flows import casting as product_casting
from flows.casting import Casting
from flows.casting.castfile import load as load_cast
from flows.casting.nouns import GENDER_LETTERS, as_gender
from flows.making.book import UNSPOKEN_KINDS
from flows.making.plan import plan_lines
from flows.script.build import book_language
from flows.script.line import NARRATOR, Line
from flows.sources import read
from flows.sources.subtitles import read_subtitles, spoken_lines
from flows.workspace.project import open_project
from normalizers import DuoyinError, Lexicon, normalize, normalize_spans
from tts_core.kokoro import reading
from tts_core.kokoro.engine import KokoroEngine
from tts_core.phonetics.pinyin import syllable_symbols

__all__ = [
    "UNSPOKEN_KINDS",
    "DuoyinError",
    "KokoroEngine",
    "Lexicon",
    "assign_voices",
    "book_language",
    "cast_book",
    "engine",
    "genders",
    "load_cast",
    "normalize",
    "normalize_spans",
    "open_project",
    "read",
    "read_subtitles",
    "sounds",
    "spoken_lines",
    "syllable_symbols",
]


def cast_book(*given: Any) -> Casting:
    """Who speaks in a book, with the genders of characters as the cases write them: F and M."""
    return _with_genders(product_casting.cast_book(*given), lambda gender: gender and GENDER_LETTERS[gender])


def assign_voices(casting: Casting, *given: Any) -> dict[str, str]:
    """Voices for a casting of `cast_book`."""
    return product_casting.assign_voices(_with_genders(casting, as_gender), *given)


def genders(*given: Any, **named: Any) -> dict[str, str | None]:
    """The gender of each name, F, M or None, for `score_quotes.py --genders`."""
    told = product_casting.genders(*given, **named)
    return {name: gender and GENDER_LETTERS[gender] for name, gender in told.items()}


def _with_genders(casting: Casting, written: Callable[[Any], Any]) -> Casting:
    characters = tuple(replace(c, gender=written(c.gender)) for c in casting.characters)
    return replace(casting, characters=characters)


@functools.cache
def engine() -> KokoroEngine:
    """The embedded engine, once."""
    return KokoroEngine()


def sounds(text: str, language: str, voice: str) -> tuple[str, Sequence[Any]]:
    """A line of a book as the embedded engine gets it.

    Returns: the spoken text, and its sounds (`symbols`, `start` and `end` in the spoken text, `word`).
    """
    line = Line("case", 0, 0, 0, len(text), "narration", NARRATOR, text, language, 0.0)
    (planned,) = plan_lines(
        [line], {NARRATOR: voice}, Lexicon.empty(), lambda name: ("kokoro", engine(), name)
    )
    assert planned.utterance is not None, "nothing to say"
    return planned.utterance.text, reading.phonemize(planned.utterance)
