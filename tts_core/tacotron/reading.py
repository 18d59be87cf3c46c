"""An utterance as Tacotron 2 is given it: pieces of the GPT-SoVITS models' phonemes, and their pauses."""

from __future__ import annotations

from dataclasses import replace

from tts_core.engine import Prepared, Utterance
from tts_core.gpt_sovits.text import reading
from tts_core.gpt_sovits.text.frontend import LANGUAGES
from tts_core.gpt_sovits.text.reading import GivenPiece, given
from tts_core.tacotron.model import SYMBOLS

__all__ = ["LANGUAGES", "GivenPiece", "given", "read"]


def read(utterance: Utterance) -> Prepared:
    """Read an utterance; nothing is kept of what BERT would be asked, which this model has no ear for. Raises as
    `gpt_sovits.text.reading.read`."""
    prepared = reading.read(utterance, SYMBOLS)
    language, pieces = given(prepared)
    return replace(prepared, given=(language, tuple(piece._replace(passages=()) for piece in pieces)))
