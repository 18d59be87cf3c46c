"""What scorers and harnesses outside ask of the product, by the names they know, from wherever it lives now.

`cases/public/score_public.py` and `tools/fuzz.py` of the shared folder look here first. A name moves: its row here follows.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from flows.casting import assign_voices, cast_book
from flows.casting.castfile import load as load_cast
from flows.making.plan import plan_lines
from flows.making.production import UNSPOKEN_KINDS
from flows.script.build import book_language
from flows.script.line import NARRATOR, Line
from flows.sources import read
from flows.sources.subtitles import read_subtitles, spoken_lines
from flows.workspace.project import open_project
from normalizers import DuoyinError, Lexicon, normalize, normalize_spans
from tts_core.kokoro.engine import KokoroEngine
from tts_core.kokoro.g2p_zh import syllable_symbols

__all__ = [
    "UNSPOKEN_KINDS",
    "DuoyinError",
    "KokoroEngine",
    "Lexicon",
    "assign_voices",
    "book_language",
    "cast_book",
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


@functools.cache
def _engine() -> KokoroEngine:
    return KokoroEngine()


def sounds(text: str, language: str, voice: str) -> tuple[str, Sequence[Any]]:
    """A line of a book as the embedded engine gets it.

    Returns: the spoken text, and its sounds (`symbols`, `start` and `end` in the spoken text, `word`).
    """
    line = Line("case", 0, 0, 0, len(text), "narration", NARRATOR, text, language, 0.0)
    (planned,) = plan_lines(
        [line], {NARRATOR: voice}, Lexicon.empty(), lambda name: ("kokoro", _engine(), name)
    )
    assert planned.utterance is not None, "nothing to say"
    return planned.utterance.text, _engine().phonemize(planned.utterance)
