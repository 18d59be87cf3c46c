"""What is known of a line before it is drawn, and where its phonemes are heard: the same for every engine that speaks
with these models. Nothing here needs torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import accumulate

from tts_core.gpt_sovits.model.guards import Expectation
from tts_core.gpt_sovits.model.tokens import MOST_TOKENS, TOKENS_PER_SECOND
from tts_core.gpt_sovits.text.chinese import MARKS
from tts_core.gpt_sovits.text.frontend import PACE, Spoken
from tts_core.gpt_sovits.text.reading import GivenPiece

MARK_SECONDS = 0.25
ROOM = 3.0  # times the predicted length a line may take before it counts as endless
ROOM_SECONDS = 4.0


def expected(words: Spoken, pace: float | None, language: str) -> Expectation:
    """How long a line should be. `pace`: seconds a phoneme of the voice's prompt, or None."""
    marks = sum(phone in MARKS.values() for phone in words.phones[:-1])
    usual = PACE[language]
    # The prompt's pace counts its pauses too; a strange prompt text must not make it absurd.
    pace = usual if pace is None else min(max(pace, 0.6 * usual), 1.8 * usual)
    return Expectation(words.voiced, max(0.4, words.voiced * pace + marks * MARK_SECONDS))


def most_tokens(expectation: Expectation) -> int:
    """How many tokens a line may take before it counts as endless."""
    return min(MOST_TOKENS, int((ROOM * expectation.seconds + ROOM_SECONDS) * TOKENS_PER_SECOND))


def seed_of(content: tuple[str, GivenPiece], seed: int, attempt: int) -> int:
    """63 bits from what is given (language and piece), the line's seed and the attempt: the same wherever and with
    whatever it is drawn."""
    language, piece = content
    drawn = json.dumps([language, piece.phones, piece.passages, seed, attempt], ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:8], "big") >> 1


def times(phones: Sequence[str], seconds: float) -> tuple[float, ...]:
    """Times by phoneme counts: the models do not tell where a word is. A mark weighs as much as three phonemes."""
    weights = [3 if phone in MARKS.values() else 1 for phone in phones]
    total = sum(weights) or 1
    return tuple(seconds * at / total for at in accumulate(weights, initial=0))
