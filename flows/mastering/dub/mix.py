"""Speech over the original sound: the bed ducked by the speech, in its own channels, at the profile's loudness.

The side chain is the speech's own timeline rather than its level: the bed is down before the first word and
does not pump between syllables. Two passes: the first measures speech and bed, the second mixes with the
gains that follow and limits the true peak. Neither holds more than a block in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from flows.mastering.dub.profiles import DubProfile, dub_profile
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.dub.spans import merged
from flows.mastering.dub.voice import VoiceFinder
from flows.mastering.limiter import limited
from flows.mastering.loudness import Levels, Meter, integrated, true_peak
from tts_core.sound import Samples, amplitude, raised_cosine

Floats = npt.NDArray[np.float64]
Blocks = Callable[[], Iterable[Samples]]
"""Starts a stream of blocks anew; each pass reads it once."""

DUCK_DB = -15.0
"""The bed under speech: original voices stay present but below understanding; WCAG 2.1, 1.4.7 asks for 20 dB below
the foreground at most, EBU Tech 3341 listeners prefer 10 to 15 LU."""
DUCK_ATTACK = 0.20
"""Seconds before the first word in which the bed goes down."""
DUCK_RELEASE = 0.50
"""Seconds after the last word in which it comes back."""
DUCK_HOLD = 1.2
"""Pauses between lines shorter than this stay ducked: no pumping."""
PEAK_MARGIN = 0.5
"""dB below the profile's peak that the mix is limited to: lossy codecs overshoot."""
LEVEL_RANGE_DB = 30.0
"""No gain is ever larger than this: it would only lift noise."""
QUIETEST_SPEECH, LOUDEST_SPEECH = -31.0, -16.0
"""LUFS between which the speech of a dub stays whatever the original does: from what streaming services deliver at the
softest (Netflix: dialogue -27 ±2) with 2 LU to spare, to the loudest that is asked for anywhere (-16, podcasts)."""
WORDLESS_PROFILE = "ebu-r128"
"""Whose level the speech gets where nobody speaks in the original."""
OVER_WORDLESS = 10.0
"""LU that the speech then stands above what is left of the original: EBU Tech 3341's listeners want 10 to 15."""
LEAST_DIALOGUE_SECONDS = 0.8
LEAST_DIALOGUE_SHARE = 0.1
"""Of the cues: less speech than that in the original tells nothing of its level."""
LEAST_OVER_BED = 4.0
"""LU between speech and background that keep words understandable (UK DPP technical standards, 2.3)."""

Span = tuple[int, int]


def centre_gains(channels: int) -> tuple[float, ...]:
    """Gain of the speech in each channel (order L R C LFE Ls Rs).

    The centre where there is one, else a phantom centre: -3 dB in left and right, so that its power is that of
    the mono signal.
    """
    half = math.sqrt(0.5)
    return {
        1: (1.0,),
        2: (half, half),
        3: (0.0, 0.0, 1.0),
        4: (half, half, 0.0, 0.0),
        5: (0.0, 0.0, 1.0, 0.0, 0.0),
        6: (0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
    }[channels]


def duck_spans(spoken: Iterable[Span], *, rate: int = DUB_RATE) -> list[Span]:
    """Stretches during which the bed is down: spoken spans with short pauses closed."""
    return merged(spoken, round(DUCK_HOLD * rate))


class DuckGain:
    """The bed's gain over time: raised-cosine ramps in decibels between 0 dB and `depth_db`.

    Asked for consecutive stretches; costs nothing where nobody speaks.
    """

    def __init__(self, ducked: Sequence[Span], *, depth_db: float = DUCK_DB, rate: int = DUB_RATE) -> None:
        self._ducked = list(ducked)
        self._depth = depth_db
        self._attack, self._release = round(DUCK_ATTACK * rate), round(DUCK_RELEASE * rate)
        self._at = 0

    def over(self, start: int, stop: int) -> Samples | None:
        """Gain of samples `start` to `stop`, float32 `[T]`; None for 0 dB throughout."""
        while self._at < len(self._ducked) and self._ducked[self._at][1] + self._release <= start:
            self._at += 1
        down: Samples | None = None
        for first, last in self._ducked[self._at :]:
            if first - self._attack >= stop:
                break
            if down is None:
                down = np.zeros(stop - start, np.float32)
            begin, end = max(start, first), min(stop, last)
            if end > begin:
                down[begin - start : end - start] = 1.0
            self._ramp(down, start, stop, first - self._attack, first, rising=True)
            self._ramp(down, start, stop, last, last + self._release, rising=False)
        if down is None:
            return None
        return np.asarray(np.power(np.float32(10.0), down * np.float32(self._depth / 20)), np.float32)

    def _ramp(self, down: Samples, start: int, stop: int, first: int, last: int, *, rising: bool) -> None:
        begin, end = max(start, first), min(stop, last)
        if end <= begin:
            return
        wave = raised_cosine(last - first)
        wave = wave if rising else wave[::-1]
        part = down[begin - start : end - start]
        np.maximum(part, wave[begin - first : end - first], out=part)


@dataclass(frozen=True, slots=True)
class Measured:
    """First pass.

    Args:
        speech: levels of the speech stem (mono).
        bed: of the ducked bed; None without a bed.
        original: of the original as it is; None without one.
        original_dialogue: loudness of the original where somebody speaks within the cues, LUFS; -inf where nobody does.
        dialogue_share: part of the programme that is spoken.
        under_speech: loudness of the bed where the dub speaks, LUFS; -inf without one.
    """

    speech: Levels
    bed: Levels | None
    original: Levels | None
    original_dialogue: float
    dialogue_share: float
    under_speech: float = -math.inf


@dataclass(frozen=True, slots=True)
class MixGains:
    """Decibels for speech and bed, and the ceiling of the limiter, dBTP."""

    speech_db: float
    bed_db: float
    ceiling: float


def measure_parts(
    speech: Levels,
    bed: Blocks | None,
    channels: int,
    ducked: Sequence[Span],
    cues: Sequence[Span],
    length: int,
    original: tuple[Blocks, int] | None = None,
) -> Measured:
    """Measure the original, and what is left of it under the speech, in one pass.

    Args:
        speech: levels of the speech stem. bed: blocks `[T, C]` on the same time axis, or None.
        ducked: where the bed is down. cues: where the original speaks (samples).
        length: of the programme, samples.
        original: blocks and channels of the original where the bed is something else.
    """
    within = merged(((max(0, first), min(length, last)) for first, last in cues), 0)
    share = sum(last - first for first, last in within) / max(1, length)
    if bed is None:
        return Measured(speech, None, None, -math.inf, share)
    voices = VoiceFinder(within, channels if original is None else original[1])
    under = _levels(bed, channels, voices if original is None else None)
    before = under if original is None else _levels(*original, voices)
    left = _ducked(under, ducked)
    dialogue = _dialogue(before, within, voices.finish())
    return Measured(speech, left, before, dialogue, share, loudness_within(left, ducked or within))


def _levels(blocks: Blocks, channels: int, voices: VoiceFinder | None = None) -> Levels:
    meter = Meter(DUB_RATE, channels, peaks=False)
    for block in blocks():
        meter.push(block)
        if voices is not None:
            voices.push(block)
    return meter.finish()


def _dialogue(levels: Levels, cues: Sequence[Span], voices: Sequence[Span]) -> float:
    """Loudness of the voices within the cues, LUFS; -inf where there is hardly one."""
    seconds = sum(last - first for first, last in voices) / DUB_RATE
    whole = sum(last - first for first, last in cues) / DUB_RATE
    if seconds < max(LEAST_DIALOGUE_SECONDS, LEAST_DIALOGUE_SHARE * whole):
        return -math.inf
    return loudness_within(levels, voices)


def _ducked(levels: Levels, ducked: Sequence[Span]) -> Levels:
    """The levels of the bed when it is down: the ramps are slow against a hop, so its gain is that of its middle."""
    gain, power = DuckGain(ducked), np.ones(len(levels.weighted))
    for k in range(len(power)):
        middle = k * levels.hop + levels.hop // 2
        curve = gain.over(middle, middle + 1)
        if curve is not None:
            power[k] = float(curve[0]) ** 2
    return replace(levels, weighted=levels.weighted * power)


def loudness_within(levels: Levels, spans: Sequence[Span]) -> float:
    """Integrated loudness of the hops that lie within `spans` (a dialogue gate by timeline), LUFS."""
    keep = np.zeros(len(levels.weighted), bool)
    for first, last in spans:
        keep[-(-first // levels.hop) : last // levels.hop] = True
    if keep.sum() < 8:  # less than 0.8 s of dialogue tells nothing
        return -math.inf
    return integrated(
        [replace(levels, weighted=levels.weighted[keep], plain=levels.plain[: len(keep)][keep])]
    )


@dataclass(frozen=True, slots=True)
class SpeechLevel:
    """How loud the speech is to be beside the original, LUFS, and what a person should know of it."""

    lufs: float
    notes: tuple[str, ...] = ()


def speech_level(measured: Measured, profile: DubProfile) -> SpeechLevel:
    """The level of the speech before it is moved to a profile's target, if the profile has one.

    As loud as the original's dialogue. Where nobody speaks in the original (music, a quiet scene, a silent track), as
    loud as the profile asks, and well above what is left of the original.
    """
    dialogue = measured.original_dialogue
    if profile.gate != "source":
        whole = integrated([measured.original]) if measured.original is not None else -math.inf
        return SpeechLevel(dialogue if math.isfinite(dialogue) else max(whole, profile.target_lufs))
    if measured.original is None:
        return SpeechLevel(profile.target_lufs)
    if not math.isfinite(dialogue):
        asked = dub_profile(WORDLESS_PROFILE).target_lufs
        level = max(asked, measured.under_speech + OVER_WORDLESS)
        level = min(level, LOUDEST_SPEECH, _beside(measured.under_speech, LOUDEST_SPEECH))
        return SpeechLevel(
            level,
            (
                f"nobody speaks in the original within the cues, so there is no level to match: the speech is at "
                f"{level:.0f} LUFS (profile {WORDLESS_PROFILE} asks for {asked:.0f}); --profile chooses another",
            ),
        )
    level = min(LOUDEST_SPEECH, max(QUIETEST_SPEECH, dialogue))
    if abs(level - dialogue) < 0.5:
        return SpeechLevel(level)
    what = "quiet" if dialogue < level else "loud"
    return SpeechLevel(
        level,
        (
            f"the original's dialogue is {what}, at {dialogue:.0f} LUFS: the speech is kept at {level:.0f} LUFS; "
            "--profile chooses another level",
        ),
    )


def _beside(bed: float, together: float) -> float:
    """LUFS of speech that is `together` with a bed; at the least a little further above it than words have to be."""
    left = amplitude(together) ** 2 - amplitude(bed) ** 2
    return max(10 * math.log10(left) if left > 0 else bed, bed + LEAST_OVER_BED + 1.0)


def _together(level: float, other: float) -> float:
    """LUFS of two sounds that have nothing in common."""
    return 10 * math.log10(amplitude(level) ** 2 + amplitude(other) ** 2)


def over_bed(measured: Measured, gains: MixGains) -> float:
    """LU that the speech stands above what is left of the original under it; inf where nothing is."""
    return integrated([measured.speech]) + gains.speech_db - (measured.under_speech + gains.bed_db)


def mix_gains(measured: Measured, profile: DubProfile, channels: int) -> MixGains:
    """Gains that bring the mix to the profile.

    Speech is first set to the original's dialogue, so that the bed keeps its balance; then both are moved
    together to the profile's target. Speech and bed are uncorrelated: their hop energies add.
    """
    ceiling = profile.max_true_peak - PEAK_MARGIN
    speech_lufs = integrated([measured.speech])
    if not math.isfinite(speech_lufs):
        return MixGains(0.0, 0.0, ceiling)
    speech_db = _bounded(speech_level(measured, profile).lufs - speech_lufs)
    if profile.gate == "source":
        return MixGains(speech_db, 0.0, ceiling)
    dialogue = profile.gate == "dialogue" and measured.dialogue_share >= profile.least_dialogue
    target = profile.target_lufs
    if profile.gate == "dialogue" and not dialogue and profile.fallback_lufs is not None:
        target = profile.fallback_lufs
    level = (
        speech_lufs + speech_db if dialogue or measured.bed is None else _mixed(measured, speech_db, channels)
    )
    move = _bounded(target - level)
    return MixGains(speech_db + move, move, ceiling)


def _mixed(measured: Measured, speech_db: float, channels: int) -> float:
    assert measured.bed is not None
    speech, bed = measured.speech, measured.bed
    count = min(len(speech.weighted), len(bed.weighted))
    power = amplitude(speech_db) ** 2 * sum(g * g for g in centre_gains(channels))
    weighted = bed.weighted[:count] + speech.weighted[:count] * power
    return integrated([replace(bed, weighted=weighted)])


def _bounded(db: float) -> float:
    return min(LEVEL_RANGE_DB, max(-LEVEL_RANGE_DB, db))


def mixed(
    speech: Iterable[Samples],
    bed: Iterable[Samples] | None,
    channels: int,
    ducked: Sequence[Span],
    gains: MixGains,
) -> Iterator[Samples]:
    """Blocks `[T, C]` of the finished mix, true peaks limited; as long as the speech stem.

    Args:
        speech: mono blocks `[T]`. bed: blocks `[T, C]`, at least as long, or None for speech only.
    """
    yield from limited(_added(speech, bed, channels, ducked, gains), DUB_RATE, 1.0, gains.ceiling)


def _added(
    speech: Iterable[Samples],
    bed: Iterable[Samples] | None,
    channels: int,
    ducked: Sequence[Span],
    gains: MixGains,
) -> Iterator[Samples]:
    place = np.array(centre_gains(channels), np.float32) * np.float32(amplitude(gains.speech_db))
    bed_gain = np.float32(amplitude(gains.bed_db))
    under = None if bed is None else _Cursor(iter(bed), channels)
    duck, at = DuckGain(ducked), 0
    for block in speech:
        out = block[:, None] * place
        if under is not None:
            piece = under.take(len(block))
            curve = duck.over(at, at + len(block))
            out += piece * (bed_gain if curve is None else (curve * bed_gain)[:, None])
        at += len(block)
        yield out


class _Cursor:
    """Reads a stream of blocks in pieces of any length; silence after its end."""

    def __init__(self, blocks: Iterator[Samples], channels: int) -> None:
        self._blocks = blocks
        self._rest = np.zeros((0, channels), np.float32)

    def take(self, count: int) -> Samples:
        parts = [self._rest]
        have = len(self._rest)
        while have < count:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((count - have, self._rest.shape[1]), np.float32)
            parts.append(block)
            have += len(block)
        joined = np.concatenate(parts)
        self._rest = joined[count:]
        return joined[:count]


@dataclass(frozen=True, slots=True)
class DeliveredLoudness:
    """Loudness of a delivered dub: `programme` and `dialogue` in LUFS, `peak` in dBTP; `judged` against the profile."""

    profile: str
    programme: float
    dialogue: float
    peak: float
    target: float
    tolerance: float
    judged: float
    passed: bool


def judge_loudness(
    levels: Levels, spoken: Sequence[Span], measured: Measured, profile: DubProfile
) -> DeliveredLoudness:
    """Measure a decoded dub against its profile.

    Args:
        levels: of the delivered track. spoken: where the dub speaks, samples.
        measured: the first pass, for what the original asks of `match-source`.
    """
    programme, dialogue = integrated([levels]), loudness_within(levels, spoken)
    judged, target, tolerance = programme, profile.target_lufs, profile.tolerance
    if profile.gate == "source":
        # what is under the speech adds to it: 3 LU where bed and speech are alike, less than 1 when ducked
        level = speech_level(measured, profile).lufs
        judged, target = dialogue, _together(level, measured.under_speech)
        tolerance = profile.tolerance + (1.0 if measured.original is not None else 0.0)
    elif profile.gate == "dialogue":
        if measured.dialogue_share >= profile.least_dialogue:
            judged = dialogue
        elif profile.fallback_lufs is not None and profile.fallback_tolerance is not None:
            target, tolerance = profile.fallback_lufs, profile.fallback_tolerance
    peak = true_peak([levels])
    close = not math.isfinite(judged) or abs(judged - target) <= tolerance + 1e-6
    return DeliveredLoudness(
        profile.name,
        programme,
        dialogue,
        peak,
        target,
        tolerance,
        judged,
        close and peak <= profile.max_true_peak + 0.05,
    )
