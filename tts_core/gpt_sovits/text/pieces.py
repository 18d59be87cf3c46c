"""Long lines are spoken in pieces: the models were trained on sentences, and lose words in paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from normalizers import split_spans
from tts_core.engine import Take, TokenTime, Utterance

LONGEST_PIECE = {"zh": 60, "en": 180}  # characters: about 15 s of speech
SILENCE_SECONDS = 0.2  # of a line without a word


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an utterance: what to speak, where it starts in the text, and the silence after it in seconds."""

    utterance: Utterance
    start: int
    pause: float


def cut(utterance: Utterance) -> list[Piece]:
    """The pieces of an utterance: one where it is short, none where it has nothing but marks."""
    text = utterance.text
    if not any(character.isalnum() for character in text):
        return []
    longest = LONGEST_PIECE.get(utterance.language, 60)
    if len(text) <= longest:
        return [Piece(utterance, 0, 0.0)]
    pieces: list[Piece] = []
    for sentence in split_spans(text, utterance.language, max_chars=longest):
        part = text[sentence.start : sentence.end]
        if not any(character.isalnum() for character in part):
            continue
        hints = tuple(
            hint.moved(-sentence.start)
            for hint in utterance.hints
            if sentence.start <= hint.start < hint.end <= sentence.end
        )
        spoken = replace(utterance, text=part, hints=hints)
        pieces.append(Piece(spoken, sentence.start, sentence.pause_seconds / utterance.speed))
    return pieces


def joined(pieces: Sequence[Piece], takes: Sequence[Take], sample_rate: int) -> Take:
    """One take from those of the pieces, with their pauses, times moved to their places, and evidence of each."""
    if not pieces:
        silence = np.zeros(int(SILENCE_SECONDS * sample_rate), dtype=np.float32)
        return Take(
            silence, sample_rate, (), {"flags": [], "silence": "there is nothing to say in this line"}
        )
    if len(pieces) == 1:
        return takes[0]
    parts: list[np.ndarray] = []
    times: list[TokenTime] = []
    at = 0
    for number, (piece, take) in enumerate(zip(pieces, takes, strict=True)):
        begin = at / sample_rate
        times += [
            TokenTime(
                time.start_char + piece.start,
                time.end_char + piece.start,
                time.start + begin,
                time.end + begin,
            )
            for time in take.times
        ]
        pause = 0 if number == len(pieces) - 1 else int(piece.pause * sample_rate)
        parts += [take.samples, np.zeros(pause, dtype=np.float32)]
        at += len(take.samples) + pause
    flags = list(dict.fromkeys(flag for take in takes for flag in take.evidence["flags"]))
    evidence = {"flags": flags, "pieces": [take.evidence for take in takes]}
    return Take(np.concatenate(parts), sample_rate, tuple(times), evidence)
