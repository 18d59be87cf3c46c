"""A recording → passages short enough to be heard at once, and their words → clips of 3 to 12 s.

A clip ends where a sentence ends and the voice rests. A pause inside a sentence is taken where there is no such place,
and no cut is made where there is no pause: half a word at an end teaches the voice to swallow words.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.slicer import frame_levels
from tts_core.sound import Samples

SHORTEST, LONGEST = 3.0, 12.0  # seconds of a clip
LONGEST_PASSAGE = 24.0  # seconds: the recogniser hears 30 at once
EDGE = 0.2  # seconds of silence kept at a clip's ends
LEAST_PAUSE = 0.12  # seconds between two words where a cut is possible
GOOD_PAUSE = 0.3  # seconds: so long a rest is a place to cut without a stop, too
HOP = 0.01  # seconds between two levels
PAUSE_DB = 18.0  # below the passage's speech a frame counts as rest
_AFTER_SENTENCE, _AFTER_PAUSE, _AFTER_BREATH = 0.0, 1.5, 4.0  # cost of a cut, and of what is left too short:
_TOO_SHORT = 6.0
_STOPS = frozenset("。！？!?….")
_CLOSERS = "”」』》）)\"'’ "


@dataclass(frozen=True, slots=True)
class Said:
    """A word with its place in the recording.

    Args:
        start, end: seconds.
        text: the word with the marks after it, as it stands in a label.
        heard: as the recogniser wrote it.
        probability: how sure it was, 0 to 1; 1 where nobody was asked.
    """

    start: float
    end: float
    text: str
    heard: str
    probability: float = 1.0

    @property
    def ends_sentence(self) -> bool:
        return self.text.rstrip(_CLOSERS)[-1:] in _STOPS


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a recording, in seconds, with the words said in it.

    Args:
        whole: it begins and ends where sentences do.
        why_not: why it cannot be a clip; "" where it can.
    """

    start: float
    end: float
    words: tuple[Said, ...]
    whole: bool
    why_not: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.start


def passages(speech: Sequence[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    """Stretches of at most about `LONGEST_PASSAGE` that hold all speech, parted at the longest rests.

    Args:
        speech: stretches of speech (start, end), seconds; seconds: of the recording.
    """
    found: list[tuple[float, float]] = []
    queue = [list(speech)] if speech else []
    while queue:
        part = queue.pop(0)
        if part[-1][1] - part[0][0] <= LONGEST_PASSAGE or len(part) == 1:
            found.append((max(0.0, part[0][0] - EDGE), min(seconds, part[-1][1] + EDGE)))
            continue
        rests = [after[0] - before[1] for before, after in itertools.pairwise(part)]
        # The longest rest, but rather one in the middle: a scrap at an edge helps nobody.
        middle = (part[0][0] + part[-1][1]) / 2
        reach = part[-1][1] - part[0][0]
        at = max(range(len(rests)), key=lambda k: rests[k] * (1.2 - abs(part[k][1] - middle) / reach))
        queue[:0] = [part[: at + 1], part[at + 1 :]]
    return [piece for passage in found for piece in _divided(passage)]


def _divided(passage: tuple[float, float]) -> list[tuple[float, float]]:
    """A stretch that has no rest at all is heard in windows."""
    start, end = passage
    count = max(1, int(np.ceil((end - start) / (LONGEST_PASSAGE + 2 * EDGE))))
    edges = np.linspace(start, end, count + 1)
    return list(itertools.pairwise(float(edge) for edge in edges))


def cuts(samples: Samples, words: Sequence[Said], passage: tuple[float, float]) -> list[Cut]:
    """The clips of a passage, and what of it makes none.

    Args:
        samples: of the whole recording, `[N]` at 32 kHz.
        words: of the passage, in order.
    """
    if not words:
        return []
    places = _places(samples, words, passage)
    made = []
    for first, last in itertools.pairwise(_best(words, places)):
        before, after = places[first], places[last]
        start = before.rest_end - (before.kept if first else 0.0)
        end = after.rest_start + (after.kept if last < len(words) else 0.0)
        inside = tuple(words[first:last])
        begins_whole = first == 0 or words[first - 1].ends_sentence
        why = ""
        if end - start < SHORTEST:
            why = f"{end - start:.1f} s; at least {SHORTEST:g} s are needed"
        elif end - start > LONGEST + 2 * EDGE:
            why = f"{end - start:.1f} s without a pause to cut at; at most {LONGEST:g} s can be used"
        made.append(Cut(start, end, inside, begins_whole and inside[-1].ends_sentence, why))
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the voice rests around the gap before a word, seconds; cost of a cut there, None where it cannot be."""

    rest_start: float
    rest_end: float
    cost: float | None

    @property
    def kept(self) -> float:
        """Seconds of the rest that each side keeps; no moment is in two clips."""
        return min(EDGE, (self.rest_end - self.rest_start) / 2)


def _places(samples: Samples, words: Sequence[Said], passage: tuple[float, float]) -> list[_Place]:
    """The gap before each word, and the two ends."""
    first = int(passage[0] * SAMPLE_RATE)
    hop = int(HOP * SAMPLE_RATE)
    levels = frame_levels(samples[first : int(passage[1] * SAMPLE_RATE)], 2 * hop, hop)
    decibel: npt.NDArray[np.float64] = 20 * np.log10(levels.astype(np.float64) + 1e-7)
    quiet = decibel < float(np.quantile(decibel, 0.9)) - PAUSE_DB
    places = [_Place(*_edge(quiet, passage, at_start=True), cost=0.0)]
    for before, after in itertools.pairwise(words):
        start, end = _rest(quiet, before, after, passage[0])
        pause = end - start
        cost: float | None = None
        if pause >= LEAST_PAUSE:
            if before.ends_sentence:
                cost = _AFTER_SENTENCE
            else:
                cost = _AFTER_PAUSE if pause >= GOOD_PAUSE else _AFTER_BREATH
        places.append(_Place(start, end, cost))
    places.append(_Place(*_edge(quiet, passage, at_start=False), cost=0.0))
    return places


def _rest(quiet: npt.NDArray[np.bool_], before: Said, after: Said, offset: float) -> tuple[float, float]:
    """The longest run of quiet frames about the gap between two words: a recogniser's times are a tenth or two off."""
    low = max(0, int(((before.start + before.end) / 2 - offset) / HOP))
    high = min(len(quiet), int(((after.start + after.end) / 2 - offset) / HOP) + 1)
    best = (0, 0)
    start = None
    for at in range(low, high + 1):
        if at < high and quiet[at]:
            start = at if start is None else start
        elif start is not None:
            best = max(best, (at - start, start))
            start = None
    length, begin = best
    if not length:
        middle = (before.end + after.start) / 2
        return middle, middle
    return offset + begin * HOP, offset + (begin + length) * HOP


def _edge(
    quiet: npt.NDArray[np.bool_], passage: tuple[float, float], *, at_start: bool
) -> tuple[float, float]:
    """Start or end of the passage, all but `EDGE` of its silence taken away."""
    loud = np.flatnonzero(~quiet)
    if not len(loud):
        return (passage[0], passage[0]) if at_start else (passage[1], passage[1])
    if at_start:
        start = max(passage[0], passage[0] + float(loud[0]) * HOP - EDGE)
        return start, start
    end = min(passage[1], passage[0] + float(loud[-1] + 1) * HOP + EDGE)
    return end, end


def _best(words: Sequence[Said], places: Sequence[_Place]) -> list[int]:
    """Word numbers at which to cut, both ends among them: the cheapest way to cut into pieces of 3 to 12 s."""
    count = len(words)
    costs, previous = [0.0] + [np.inf] * count, [0] * (count + 1)
    for last in range(1, count + 1):
        cost = places[last].cost
        if cost is None:
            continue
        for first in range(last):
            if places[first].cost is None or costs[first] == np.inf:
                continue
            seconds = places[last].rest_start - places[first].rest_end
            if seconds > LONGEST and any(places[at].cost is not None for at in range(first + 1, last)):
                continue
            total = costs[first] + cost + (_TOO_SHORT if seconds < SHORTEST else 0.0) + 0.2
            if total < costs[last]:
                costs[last], previous[last] = total, first
    cut = [count]
    while cut[-1]:
        cut.append(previous[cut[-1]])
    return cut[::-1]
