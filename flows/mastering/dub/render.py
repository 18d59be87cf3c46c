"""Planned lines to sound on a timeline, sample by sample, whatever the programme's length.

Positions are integers: a line's first spoken sample lies on `round(start · rate)`, the stem has exactly
`round(programme · rate)` samples. Blocks stream; no more than the lines that sound at once are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from flows.mastering.dub.plan import PlacedLine
from flows.mastering.dub.speech import PAD_SECONDS, SHORTEST_STRETCH, speech_bounds, stretched
from normalizers.errors import DuoyinError
from tts_core.sound import RoomTone, Samples, fade, resampled

DUB_RATE = 48_000
"""Hz: the sample rate of broadcast and film sound (Netflix sound mix specification, EBU R 128 s1)."""
FADE_IN_SECONDS = 0.005
FADE_OUT_SECONDS = 0.010
BLOCK = 10 * DUB_RATE
"""Samples of a rendered block."""
ROOM_TONE_SEED = 20_260_101

SoundOfLine = Callable[[str], tuple[Samples, int]]
"""Line id → samples `[T]` of its take and their rate."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A line's sound on the timeline.

    Args:
        first: sample of the timeline on which `samples` begin.
        onset, offset: samples of the timeline between which words are heard.
        samples: float32 `[T]` at `DUB_RATE`, faded at both ends.
        stretch: tempo that was applied to the take.
    """

    id: str
    first: int
    onset: int
    offset: int
    samples: Samples
    stretch: float

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


def make_clip(line: PlacedLine, take: Samples, sample_rate: int, *, rate: int = DUB_RATE) -> Clip:
    """Bring a take to its planned length and place.

    The words keep their planned start; of the quiet around them `PAD_SECONDS` stay, outside of the planned times.

    Args:
        line: where it goes.
        take: float32 `[T]` as the engine gave it.
        sample_rate: of the take, Hz.
        rate: of the timeline, Hz.
    """
    if not len(take) or not np.isfinite(take).all():
        raise DuoyinError(
            "the take of a line has no usable sound",
            where=f"cue {line.cue}",
            hint="delete the take and run again",
        )
    bounds = speech_bounds(take, sample_rate)
    pad = round(PAD_SECONDS * sample_rate)
    begin, end = max(0, bounds.first - pad), min(len(take), bounds.last + pad)
    sound = np.asarray(take[begin:end], np.float32)
    lead, spoken = (bounds.first - begin) / sample_rate, bounds.samples / sample_rate
    wanted = line.end - line.start
    tempo = 1.0
    if line.stretch != 1.0 and abs(spoken - wanted) > SHORTEST_STRETCH:
        tempo = spoken / wanted
        sound = stretched(sound, sample_rate, tempo)
        lead, spoken = lead / tempo, spoken / tempo
    sound = np.array(resampled(sound, sample_rate, rate))
    fade(sound, round(FADE_IN_SECONDS * rate), round(FADE_OUT_SECONDS * rate))
    onset = round(line.start * rate)
    first = onset - round(lead * rate)
    if first < 0:  # the programme's very beginning: the quiet before the first word is not needed
        sound, first = sound[-first:], 0
    return Clip(line.id, first, onset, onset + round(spoken * rate), sound, tempo)


def clips(lines: Iterable[PlacedLine], sound_of: SoundOfLine, *, rate: int = DUB_RATE) -> Iterator[Clip]:
    """The clips of all placed lines, in order of start, made as they are asked for."""
    for line in sorted((line for line in lines if line.placed), key=lambda line: line.start):
        samples, sample_rate = sound_of(line.id)
        yield make_clip(line, samples, sample_rate, rate=rate)


def timeline(placed: Iterable[Clip], length: int, *, block: int = BLOCK) -> Iterator[Samples]:
    """Blocks of the speech stem, float32 `[T]`, `length` samples in all.

    Args:
        placed: clips in order of onset (a clip's lead may reach back up to one block).
        length: of the programme, samples.

    Raises: `DuoyinError` when a clip's words reach past the programme's end (the plan never does that).
    """
    source = iter(placed)
    waiting = next(source, None)
    sounding: list[Clip] = []
    for start in range(0, length, block):
        stop = min(start + block, length)
        out = np.zeros(stop - start, np.float32)
        # A clip sounds PAD_SECONDS before its onset, so look a little further than this block.
        while waiting is not None and waiting.onset < stop + block:
            if waiting.offset > length + 1:
                raise DuoyinError(
                    f"line {waiting.id} ends {waiting.offset - length} samples after the programme",
                    hint="plan again with this programme's length",
                )
            sounding.append(waiting)
            waiting = next(source, None)
        for clip in sounding:
            first, last = max(start, clip.first), min(stop, clip.end)
            if last > first:
                out[first - start : last - start] += clip.samples[first - clip.first : last - clip.first]
        sounding = [clip for clip in sounding if clip.end > stop]
        yield out


def with_room_tone(blocks: Iterable[Samples], level_db: float) -> Iterator[Samples]:
    """Add low noise of an RMS of `level_db` dBFS, the same in every run: pauses are not dead."""
    # Half the sum of neighbours: a gentle low-pass of power 1/2 for white noise of power 1.
    gain = float(np.float32(10 ** (level_db / 20) / np.sqrt(0.5)))
    tone = RoomTone([0.5, 0.5], [1.0], seed=ROOM_TONE_SEED, gain=gain, dtype=np.float32)
    for block in blocks:
        yield block + tone.next(len(block))
