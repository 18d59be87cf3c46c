"""The first hearing in a language without an ear: how well the known words of a take are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flows.proof.evidence import Evidence
from flows.proof.heard import Asked
from flows.proof.signals import HOP_SECONDS, LOUD_PERCENTILE, levels
from normalizers.traditional import simplified
from tts_core.engine import Take
from tts_core.recognizer import AlignedToken, Recognizer
from tts_core.sound import Samples, resampled

WINDOW_SECONDS = 28.0
"""Of takes that are heard at once; the recognizer hears 30 s."""
GAP_SECONDS = 0.4
"""Of silence between two takes of a window."""
PRIOR_SHARE = 0.5
"""Of a word's improbability that its words alone explain."""
USUAL_NATS = 0.75
"""Improbability of a word that is right."""
ACTIVE_DB = -30.0
"""Level below a take's loud parts from which something is said."""
USUAL_LENGTH = 2.5
"""Of a word against the median of its line: longer ones hold more than the word."""


def words_aligned(takes: Sequence[tuple[Asked, Take]], recognizer: Recognizer) -> list[Evidence]:
    """The strangest stretch of each take of a window, by how well the known words are there, and how long."""
    rate = takes[0][1].sample_rate
    gap = np.zeros(round(GAP_SECONDS * rate), np.float32)
    parts: list[Samples] = []
    starts: list[float] = []
    at = 0
    for _, take in takes:
        sound = resampled(take.samples, take.sample_rate, rate)
        starts.append(at / rate)
        parts += [sound, gap]
        at += len(sound) + len(gap)
    texts = [simplified(asked.text) for asked, _ in takes]
    aligned = recognizer.align(np.concatenate(parts), rate, texts, takes[0][0].language)
    return [
        _strangest(asked, take, tokens, start)
        for (asked, take), tokens, start in zip(takes, aligned, starts, strict=True)
    ]


def _strangest(asked: Asked, take: Take, tokens: Sequence[AlignedToken], start: float) -> Evidence:
    """Of one take, from the tokens of its text; `start`: where it begins in the window."""
    words = asked.words
    costs: list[float] = []
    begins: list[float] = []
    for word in words:
        own = [token for token in tokens if token.start < word.end and token.end > word.start]
        nats = sum(-token.likelihood + PRIOR_SHARE * token.prior for token in own)
        costs.append(max(nats, 0.0) - USUAL_NATS)
        begins.append(max(own[0].at - start, 0.0) if own else (begins[-1] if begins else 0.0))
    excess, first, end = _segment(costs)
    begins.append(take.seconds)
    longest, place = _too_long(asked, take, begins)
    if longest > excess:
        return Evidence(longest, place, place + 1, begins[place], begins[place + 1], added=round(longest))
    ends = begins[min(end, len(begins) - 1)]
    return Evidence(excess, first, end, begins[first] if words else 0.0, ends, swapped=end - first)


NATS_A_SECOND = 12.0
"""What a second of speech that belongs to no word weighs."""


def _too_long(asked: Asked, take: Take, begins: Sequence[float]) -> tuple[float, int]:
    """Nats for speech within a word beyond what a word takes, and the word."""
    level = levels(take.samples, take.sample_rate)
    if len(level) < 2 or len(asked.words) < 2:
        return 0.0, 0
    active = np.concatenate([[0], np.cumsum(level > np.percentile(level, LOUD_PERCENTILE) + ACTIVE_DB)])
    marks = np.clip((np.array(begins) / HOP_SECONDS).astype(int), 0, len(level))
    spoken = np.diff(active[marks]) * HOP_SECONDS
    sounds = np.array([len(word.symbols) for word in asked.words])
    beyond = spoken - USUAL_LENGTH * np.median(spoken / sounds) * np.maximum(sounds, 3)
    place = int(beyond.argmax())
    return max(float(beyond[place]) * NATS_A_SECOND, 0.0), place


def _segment(costs: Sequence[float]) -> tuple[float, int, int]:
    best, sum_, first = (0.0, 0, 0), 0.0, 0
    for number, cost in enumerate(costs):
        sum_ += cost
        if sum_ <= 0:
            sum_, first = 0.0, number + 1
        elif sum_ > best[0]:
            best = (sum_, first, number + 1)
    return best
