"""What a stretch of sound is like, in numbers, and which numbers keep it out of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.voice.clips import (
    CLIPPED_SHARE,
    GOOD_RATE,
    LOWEST_RATE,
    NOISY_DB,
    QUIET_DB,
    VERY_NOISY_DB,
    levels_of,
)
from tts_core.sound import Samples

NARROW_HZ, FULL_HZ = 5_500.0, 9_000.0
"""Highest frequency of the voice: a telephone's 3.4 or 4 kHz is refused, less than the second is told."""
BAND_DB = 70.0  # a band so far below the strongest holds nothing of the voice
ECHO_SECONDS = 0.5
"""Time in which the sound falls by 60 dB where the voice stops; more is told. Measured on 21 people's recordings: 0.18
to 0.49 as they are, 0.42 to 0.77 in a room that rings for 0.8 s. Too close together to refuse anything."""
FEWEST_DECAYS = 4  # ends of stretches that must be measured before an echo is believed
_FRAME = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a stretch of sound.

    Args:
        snr_db: level of the speech over that of the pauses; None where there is no pause to measure.
        level_db: of the speech, full scale.
        clipped: share of the samples at full scale.
        bandwidth_hz: the highest frequency at which there is speech.
        echo_seconds: time in which the sound falls by 60 dB after the voice stops; None where it could not be measured.
    """

    snr_db: float | None
    level_db: float
    clipped: float
    bandwidth_hz: float
    echo_seconds: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Errors keep a stretch out of training, notes do not; sentences for people, with their numbers."""

    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: Judgement) -> Judgement:
        return Judgement((*self.errors, *other.errors), (*self.notes, *other.notes))


def measured(samples: Samples, speech: Sequence[tuple[float, float]], clipped: float = 0.0) -> Measures:
    """Args:
    samples: `[N]` at 32 kHz.
    speech: stretches of speech (start, end) in it, seconds.
    clipped: share of its samples at full scale, as recorded.
    """
    level, floor, _ = levels_of(samples, SAMPLE_RATE, speech)
    return Measures(
        None if floor is None else level - floor,
        level,
        clipped,
        bandwidth(samples, speech),
        echo(samples),
    )


def judged(told: Measures) -> Judgement:
    """What the numbers mean."""
    errors: list[str] = []
    notes: list[str] = []
    if told.clipped > CLIPPED_SHARE:
        errors.append(f"clipped: {100 * told.clipped:.2f} % of the samples stand at full scale")
    if told.snr_db is not None and told.snr_db < VERY_NOISY_DB:
        errors.append(f"noisy: speech is only {told.snr_db:.0f} dB above the background")
    elif told.snr_db is not None and told.snr_db < NOISY_DB:
        notes.append(f"some noise: speech is {told.snr_db:.0f} dB above the background")
    if told.bandwidth_hz < NARROW_HZ:
        errors.append(f"nothing above {told.bandwidth_hz / 1000:.1f} kHz, as from a telephone")
    elif told.bandwidth_hz < FULL_HZ:
        notes.append(f"nothing above {told.bandwidth_hz / 1000:.1f} kHz: the voice will sound dull")
    if told.echo_seconds is not None and told.echo_seconds > ECHO_SECONDS:
        notes.append(f"some echo: the room rings for {told.echo_seconds:.1f} s")
    if told.level_db < QUIET_DB:
        notes.append(f"quiet: speech at {told.level_db:.0f} dB")
    return Judgement(tuple(errors), tuple(notes))


def judged_rate(rate: int) -> Judgement:
    """Of a whole recording."""
    if rate < LOWEST_RATE:
        return Judgement(
            (f"{rate} Hz; at least {LOWEST_RATE} Hz are needed, {GOOD_RATE} Hz or more are good",)
        )
    if rate < GOOD_RATE:
        return Judgement((), (f"{rate} Hz: the upper part of the timbre is missing",))
    return Judgement()


def bandwidth(samples: Samples, speech: Sequence[tuple[float, float]]) -> float:
    """Hz below which the spectrum of the speech lies: the highest band of 250 Hz that holds anything. Background noise
    counts: nothing is said of a voice that is hidden in it.

    The spectrum is each bin's upper twentieth: hisses are seldom, and reach highest.
    """
    size = 1024
    cut = [samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] for start, end in speech]
    spoken = np.concatenate(cut) if cut else samples
    if len(spoken) < 4 * size:
        return SAMPLE_RATE / 2
    frames = np.lib.stride_tricks.sliding_window_view(spoken, size)[:: size // 2] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    spectrum = 10 * np.log10(np.quantile(power, 0.95, axis=0) + 1e-12)
    width = round(250 / (SAMPLE_RATE / size))
    bands = spectrum[: len(spectrum) // width * width].reshape(-1, width).mean(axis=1)
    (present,) = np.nonzero(bands > float(bands.max()) - BAND_DB)
    return float((present[-1] + 1) * width * SAMPLE_RATE / size)


def echo(samples: Samples) -> float | None:
    """Seconds in which the sound would fall by 60 dB where the voice stops, by the median slope of the falls of 12 dB
    or more; None where there are too few. The next syllable hides most of a long echo: those are underestimated."""
    hop = int(_FRAME * SAMPLE_RATE)
    whole = len(samples) // hop
    power = np.mean(samples[: whole * hop].reshape(whole, hop).astype(np.float64) ** 2, axis=1)
    smooth = np.convolve(power, np.ones(3) / 3, mode="same")
    level: npt.NDArray[np.float64] = 10 * np.log10(smooth + 1e-10)
    slopes = []
    at = 1
    while at < len(level) - 1:
        if level[at] < level[at - 1] or level[at] < level[at + 1] or level[at] < float(level.max()) - 25:
            at += 1
            continue
        end = at
        while end + 1 < len(level) and level[end + 1] < level[end] + 0.5:
            end += 1
        fall = float(level[at] - level[at : end + 1].min())
        if fall >= 12:
            bottom = at + int(np.argmin(level[at : end + 1]))
            upper = level[at : bottom + 1]
            inside = np.flatnonzero((upper <= upper[0] - 2) & (upper >= upper[0] - min(fall - 2, 25)))
            if len(inside) >= 4:
                slopes.append(-float(np.polyfit(inside * _FRAME, upper[inside], 1)[0]))
        at = end + 1
    if len(slopes) < FEWEST_DECAYS:
        return None
    return 60.0 / max(float(np.median(slopes)), 1.0)
