"""The second hearing, of suspects only: written down in full, and compared by sound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from flows.proof.evidence import Evidence, evidence_of, spread
from flows.proof.heard import SILENT_SYMBOLS, Asked
from flows.proof.pairs import PairCosts, worst_stretch
from normalizers import normalize
from tts_core.engine import Take, Utterance
from tts_core.kokoro.reading import phonemize
from tts_core.recognizer import Recognizer

SAME = PairCosts({}, {}, {})
"""Sounds of two readings: the same, or not."""
USUAL_DIFFERENCE = 2.5
LOOP = 10
"""Sounds beyond twice those asked for."""
LEAST_SURE = 0.35
"""Mean probability of a transcription that says something."""


_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard, its sounds, the strangest stretch of them, and whether the recognizer was sure."""

    text: str
    symbols: tuple[str, ...]
    evidence: Evidence
    sure: bool


def transcribed(asked: Asked, take: Take, recognizer: Recognizer) -> Transcript:
    """A take written down, and where its sounds differ from what was asked for: homophones and numbers do not."""
    heard = recognizer.transcribe(take.samples, take.sample_rate, asked.language, words=True)
    symbols: list[str] = []
    times: list[tuple[float, float]] = []
    spoken: list[str] = []
    for word in heard.words:
        sounds = _symbols(asked, word.text)
        symbols += sounds
        spoken += [word.text] * len(sounds)
        length = (word.end - word.start) / max(len(sounds), 1)
        times += [(word.start + n * length, word.start + (n + 1) * length) for n in range(len(sounds))]
    if asked.text and heard.text:  # read whole: a sentence reads its words by each other
        whole = _symbols(asked, heard.text)
        if abs(len(whole) - len(symbols)) <= max(3, len(whole) // 5):
            times = _stretched(times, len(whole), (0.0, 0.0))
            spoken = _stretched(spoken, len(whole), "")
            symbols = whole
    sounds, owners = spread(asked)
    steps = SAME.align(sounds, symbols)
    stretch = worst_stretch(steps, USUAL_DIFFERENCE)
    places = [s.heard for s in steps[stretch.first : stretch.end] if s.heard is not None]
    words = " ".join(dict.fromkeys(spoken[place] for place in places if place < len(spoken)))
    sure = bool(heard.words) and sum(w.probability for w in heard.words) / len(heard.words) >= LEAST_SURE
    evidence = evidence_of(steps, stretch, owners, symbols, times, words)
    if loops(len(sounds), len(symbols)):  # it says nothing of the take
        evidence, sure = replace(evidence, excess=0.0), False
    return Transcript(heard.text, tuple(symbols), evidence, sure)


def loops(asked: int, heard: int) -> bool:
    """Whether a transcription has so many more sounds than were asked for that it talks to itself: a take with
    everything said twice has not."""
    return heard > 2 * asked + LOOP


def _stretched(items: list[_Item], count: int, nothing: _Item) -> list[_Item]:
    """As many items as wanted, each where it stands in proportion."""
    if not items:
        return [nothing] * count
    return [items[n * len(items) // count] for n in range(count)]


def _symbols(asked: Asked, text: str) -> list[str]:
    """The sounds of a text, read as the line was."""
    spoken = normalize(text, asked.language)
    sounds = phonemize(Utterance(spoken, asked.language, asked.reader))
    return [
        symbol for sound in sounds if sound.word for symbol in sound.symbols if symbol not in SILENT_SYMBOLS
    ]
