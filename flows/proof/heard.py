"""What a listener is given: a take, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tts_core.engine import Prepared, Take


@dataclass(frozen=True, slots=True)
class Asked:
    """A take that is to be heard, and what it should be.

    Args:
        key: of the take.
        text: what is to be said, spoken text.
        language: of the line.
        voice: as the cast names it; takes of one voice are compared with each other.
        prepared: the text as its engine reads it.
        load: reads the take. Raises `CorruptTake`.
        seconds: of the take.
    """

    key: str
    text: str
    language: str
    voice: str
    prepared: Prepared
    load: Callable[[], Take]
    seconds: float
