"""Known sound looked for in a decoded stream: where each line really lies in a finished file, and whether it is whole.

Each line's own take is correlated with the decoded file around the place where it ought to be. That is blind to level
and to what a codec adds, and tells to a fraction of a millisecond where the line lies. Then the line is compared piece
by piece, so that a part that is missing shows, and between the lines nothing may be heard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from tts_core.sound import SILENT, Samples, decibels, resampled

LISTEN_RATE = 8_000
"""Hz: speech has its energy below 4 kHz, and a delay is still good to 0.05 ms."""
SEARCH_SECONDS = 0.1
"""How far around its place a line is looked for."""
SILENT_BELOW = 1e-3
"""RMS (-60 dBFS) below which a line's sound is none."""
PRE_EMPHASIS = 0.9
"""Of the first difference both sides are compared in: it flattens speech, so that two voices of one pitch differ."""
PIECE_SECONDS = 0.1
"""A line is compared in pieces of this length."""
FOUND = 0.65
"""Correlation from which a line is there. Measured over AAC, MP3, Opus and FLAC behind 12 dB of limiting, on lines of a
third of a second: those that are there reach 0.75 and more (sentences 0.91), chance stays below 0.54 (sentences 0.07).
"""
LOST = 0.4
"""Correlation below which a piece of a line that is there is not: pieces that are there reach 0.59."""
LOUD_PIECE = 0.1
"""Pieces softer than this share of their line's RMS are not judged: a codec may drop them."""
AT_ONCE = 0.8
"""Correlation at which a line that lies within `NEAR` samples of its place need not be looked for elsewhere."""
NEAR = 2
"""Samples."""
FOUND_HERE = 0.4
"""Correlation from which a line is there that lies where it ought to, within `HERE_MS`: a hissed word may be coded
badly. So near, one in a thousand other pieces of the same voice reaches 0.17 by chance."""
HERE_MS = 0.4
QUIET_SHARE = 1e-3
"""Stretches of less than this share of the energy of the loudest (-30 dB) count as being that loud."""
PAUSE_BELOW = -50.0
"""dBFS of the loudest 50 ms that a pause between two lines may have; codecs leave less than -70."""
PAUSE_FRAME = 0.05
GUARD_SECONDS = 0.06
"""At the edges of a pause that codecs smear sound into (a frame of AAC at 24 kHz is 43 ms)."""


class Recent:
    """The recent past of a stream of samples `[T]`."""

    def __init__(self) -> None:
        self._blocks: list[Samples] = []
        self._begin = 0
        self.end = 0

    def add(self, block: Samples) -> None:
        self._blocks.append(block)
        self.end += len(block)

    def forget(self, before: int) -> None:
        """Whole blocks that end before a sample are not needed any more."""
        while self._blocks and self._begin + len(self._blocks[0]) <= before:
            self._begin += len(self._blocks.pop(0))

    def between(self, first: int, last: int) -> Samples:
        """Samples `first` to `last`; silence before the stream, nothing after it."""
        parts: list[Samples] = [np.zeros(max(0, min(last, 0) - first), np.float32)] if first < 0 else []
        at = self._begin
        for block in self._blocks:
            part = block[max(0, first - at) : max(0, last - at)]
            if len(part):
                parts.append(part)
            at += len(block)
            if at >= last:
                break
        return np.concatenate([*parts, np.zeros(0, np.float32)])


@dataclass(frozen=True, slots=True)
class Sought:
    """A line that ought to be in a file.

    Args:
        start: seconds in the file where its sound begins. seconds: length of the sound.
        load: gives the sound, `[T]`, and its rate in Hz.
    """

    id: str
    start: float
    seconds: float
    load: Callable[[], tuple[Samples, int]]


@dataclass(frozen=True, slots=True)
class Located:
    """A line as it lies in the file.

    Args:
        delay_ms: how much later than sought it begins; 0.0 where it is not found.
        correlation: with its own sound, 0 to 1.
        silent: its sound is none, so that there is nothing to find.
        lost: seconds of the line, from and to, that are not in the file.
        noise: dBFS of what is heard in the pause before it; `SILENT` for nothing.
    """

    id: str
    delay_ms: float
    correlation: float
    silent: bool = False
    lost: tuple[tuple[float, float], ...] = ()
    noise: float = SILENT

    @property
    def found(self) -> bool:
        here = abs(self.delay_ms) <= HERE_MS and self.correlation >= FOUND_HERE
        return self.silent or here or self.correlation >= FOUND

    @property
    def disturbed(self) -> bool:
        """Whether something is heard in the pause before it that does not belong there."""
        return self.noise > PAUSE_BELOW


class Locator:
    """Finds lines in a stream while it is decoded. Memory: the longest line and twice the margin.

    Args:
        sought: in order of `start`, none over another.
        rate: of the stream, Hz. channels: of the stream.
        margin: seconds around its place in which a line is looked for.
    """

    def __init__(
        self, sought: Sequence[Sought], rate: int, channels: int, *, margin: float = SEARCH_SECONDS
    ) -> None:
        self._sought = list(sought)
        self._channels = channels
        self._margin = round(margin * LISTEN_RATE)
        self._stream = soxr.ResampleStream(rate, LISTEN_RATE, 1, dtype="float32", quality="LQ")
        self._recent = Recent()
        self._located: list[Located] = []
        self._heard_to = 0
        self.noise_after = SILENT
        """dBFS of what is heard behind the last line."""

    def push(self, block: Samples) -> None:
        """The next block, `[T]` or `[T, C]`."""
        self._add(block if self._channels == 1 else block.mean(axis=1, dtype=np.float32))

    def finish(self) -> list[Located]:
        """Every line that was sought, in order."""
        self._recent.add(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        self._settle(math.inf)
        return self._located

    def _add(self, mono: Samples) -> None:
        ready = self._stream.resample_chunk(np.ascontiguousarray(mono, np.float32))
        if len(ready):
            self._recent.add(ready)
            self._settle(self._recent.end)

    def _settle(self, until: float) -> None:
        while len(self._located) < len(self._sought):
            line = self._sought[len(self._located)]
            first = round(line.start * LISTEN_RATE)
            if (line.start + line.seconds) * LISTEN_RATE + self._margin > until:
                self._recent.forget(min(self._heard_to, first - self._margin))
                return
            self._located.append(self._find(line, first))
            self._heard_to = round((line.start + line.seconds) * LISTEN_RATE)
        pause = self._recent.end - self._heard_to
        if pause >= 2 * LISTEN_RATE or until == math.inf:
            last = self._recent.end + round(GUARD_SECONDS * LISTEN_RATE)
            self.noise_after = max(self.noise_after, self._noise(self._heard_to, last))
            self._heard_to = self._recent.end - round(GUARD_SECONDS * LISTEN_RATE)
        self._recent.forget(self._heard_to)

    def _find(self, line: Sought, first: int) -> Located:
        samples, rate = line.load()
        sound = _emphasized(resampled(samples, rate, LISTEN_RATE, quality="LQ"))
        noise = self._noise(self._heard_to, first)
        if _silent(sound):
            return Located(line.id, 0.0, 0.0, silent=True, noise=noise)
        end = first + len(sound)
        window = _emphasized(self._recent.between(first - self._margin, end + self._margin))
        here = delay, correlation = _near(sound, window, self._margin)
        if correlation < AT_ONCE:
            delay, correlation = locate(sound, window, self._margin)
        if correlation < FOUND:
            delay, correlation = here
        if correlation < FOUND_HERE:
            return Located(line.id, 0.0, max(0.0, correlation), noise=noise)
        poor = correlation < FOUND  # what is coded badly all over says nothing of its pieces
        lost = () if poor else tuple(_lost_pieces(sound, window[round(delay) + self._margin :]))
        late = (first + delay) / LISTEN_RATE - line.start
        return Located(line.id, late * 1000, correlation, lost=lost, noise=noise)

    def _noise(self, first: int, last: int) -> float:
        """Level of the loudest frame between two lines, their edges left out, dBFS."""
        guard, frame = round(GUARD_SECONDS * LISTEN_RATE), round(PAUSE_FRAME * LISTEN_RATE)
        pause = self._recent.between(first + (guard if self._located else 0), last - guard)
        whole = len(pause) - len(pause) % frame
        if whole <= 0:
            return SILENT
        power = np.square(pause[:whole].reshape(-1, frame), dtype=np.float64).mean(axis=1)
        return decibels(math.sqrt(float(power.max())))


def _emphasized(sound: Samples) -> Samples:
    changed = np.array(sound, np.float32)
    changed[1:] -= np.float32(PRE_EMPHASIS) * sound[:-1]
    return changed


def _silent(sound: Samples) -> bool:
    return len(sound) < 2 or float(np.dot(sound, sound)) < len(sound) * SILENT_BELOW**2


def _near(sound: Samples, window: Samples, margin: int) -> tuple[float, float]:
    """As `locate`, but within `NEAR` samples of the place: (0.0, 0.0) where the best is not clearly there."""
    lags = range(-NEAR, NEAR + 1)
    if len(window) < margin + len(sound) + NEAR or margin < NEAR:
        return 0.0, 0.0
    parts = [window[margin + lag : margin + lag + len(sound)] for lag in lags]
    products = [float(np.dot(part, sound)) for part in parts]
    best = max(range(len(parts)), key=lambda i: products[i])
    if not 0 < best < len(parts) - 1:
        return 0.0, 0.0
    energies = float(np.dot(sound, sound)) * float(np.dot(parts[best], parts[best]))
    correlation = products[best] / math.sqrt(max(energies, 1e-20))
    return lags[best] + _vertex(*products[best - 1 : best + 2]), correlation


def _vertex(left: float, middle: float, right: float) -> float:
    """Where the parabola through three values has its top, from the middle one."""
    curve = left - 2 * middle + right
    return 0.5 * (left - right) / curve if curve else 0.0


def _lost_pieces(sound: Samples, heard: Samples) -> Iterator[tuple[float, float]]:
    """Seconds of a line whose sound is not heard where the line was found: runs of pieces, from and to."""
    size = round(PIECE_SECONDS * LISTEN_RATE)
    floor = LOUD_PIECE**2 * float(np.dot(sound, sound)) / len(sound)
    run: tuple[int, int] | None = None
    for at in range(0, len(sound) - size // 2, size):
        piece = sound[at : at + size]
        energy = float(np.dot(piece, piece))
        if energy < floor * len(piece):
            continue
        if max(_alike(piece, energy, heard[max(0, at + lag) :]) for lag in (-1, 0, 1)) >= LOST:
            if run is not None:
                yield run[0] / LISTEN_RATE, run[1] / LISTEN_RATE
            run = None
        else:
            run = (run[0] if run else at, at + len(piece))
    if run is not None:
        yield run[0] / LISTEN_RATE, run[1] / LISTEN_RATE


def _alike(piece: Samples, energy: float, heard: Samples) -> float:
    """Normalized correlation of a piece with what is heard; less of it counts as silence."""
    part = heard[: len(piece)]
    product = float(np.dot(piece[: len(part)], part))
    return product / math.sqrt(max(energy * float(np.dot(part, part)), 1e-20))


def locate(sound: Samples, window: Samples, margin: int) -> tuple[float, float]:
    """Delay of `sound` within `window` in samples, and the normalized correlation there; zeros for a silent sound.

    `window` begins `margin` samples before the place of `sound`. A window too short for the sound (the track
    ended early) is filled with silence, so that what is missing lowers the correlation.
    """
    wanted = len(sound) + 2 * margin
    if len(window) < wanted:
        window = np.concatenate([window, np.zeros(wanted - len(window), np.float32)])
    if _silent(sound):
        return 0.0, 0.0
    energy = float(np.dot(sound.astype(np.float64), sound))
    size = 1 << (len(window) - 1).bit_length()  # what wraps around does not reach the products that are whole
    spectrum = np.fft.rfft(window, size) * np.fft.rfft(sound[::-1], size)
    product = np.fft.irfft(spectrum, size)[len(sound) - 1 : len(window)]
    total = np.concatenate([[0.0], np.cumsum(np.square(window, dtype=np.float64))])
    local = total[len(sound) :] - total[: -len(sound)]
    # not where it is loudest but where it is most alike; near silence nothing is
    alike = product / np.sqrt(energy * np.maximum(local, QUIET_SHARE * float(local.max(initial=0.0)) + 1e-20))
    best = int(np.argmax(alike))
    inside = 0 < best < len(alike) - 1
    fraction = _vertex(*map(float, alike[best - 1 : best + 2])) if inside else 0.0
    return best + fraction - margin, float(alike[best])
