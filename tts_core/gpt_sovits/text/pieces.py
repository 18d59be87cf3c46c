"""Long lines are spoken in pieces: the models were trained on sentences, and lose words in paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from normalizers import split_spans
from tts_core.engine import Take, Utterance
from tts_core.sound import Samples

LONGEST_PIECE = {"zh": 60, "en": 180}  # characters: about 15 s of speech
SILENCE_SECONDS = 0.2  # of a line without a word


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an utterance: what to speak, where it starts in the text, and the silence after it in seconds
    at speed 1."""

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
        pieces.append(Piece(spoken, sentence.start, sentence.pause_seconds))
    return pieces


def silence(seconds: float, sample_rate: int) -> Samples:
    """Zeros `[T]`, rounded down to whole samples."""
    return np.zeros(int(seconds * sample_rate), np.float32)


def joined(takes: Sequence[Take], pauses: Sequence[float], sample_rate: int) -> Take:
    """One take from those of the pieces, with the pauses after them (seconds; the last is not heard), and
    evidence of each.

    The silence between two pieces is a unit of its own in the times.
    """
    if not takes:
        evidence: dict[str, Any] = {"flags": [], "silence": "there is nothing to say in this line"}
        return Take(silence(SILENCE_SECONDS, sample_rate), sample_rate, (), evidence)
    if len(takes) == 1:
        return takes[0]
    parts: list[Samples] = []
    times: list[float] = []
    at = 0
    for number, (take, seconds) in enumerate(zip(takes, pauses, strict=True), 1):
        begin = at / sample_rate
        times += [time + begin for time in take.times]
        pause = silence(0.0 if number == len(takes) else seconds, sample_rate)
        parts += [take.samples, pause]
        at += len(take.samples) + len(pause)
    flags = list(dict.fromkeys(flag for take in takes for flag in take.evidence["flags"]))
    evidence = {"flags": flags, "pieces": [take.evidence for take in takes]}
    return Take(np.concatenate(parts), sample_rate, tuple(times), evidence)
