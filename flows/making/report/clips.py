"""Short sounds of a finished file, small enough to stand within a page."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as graph

from flows.mastering import ffmpeg

CLIP_RATE = 24_000
CLIP_BITS = 32_000
"""MP3 at a constant rate, which every browser plays: words can be judged by it, a second is 5.3 kB of a page."""
MOST_CLIPS = 60
MOST_CHARACTERS = 6_000_000
"""Of a page, for all its clips together."""
AROUND = 0.5
"""Seconds that are heard before and after a line: a cut end is only heard where it ends."""
SAMPLE_SECONDS = 4.0
"""Length of a line that shows what a voice is like."""
MOST_SAMPLES = 12
"""Voices of which a line is heard, those who are heard first."""
LONGEST = 30.0
"""Seconds of a clip; a line that is longer is heard this far."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a finished file: `seconds` of audio stream `stream`, from `at` on."""

    id: str
    file: Path
    at: float
    seconds: float
    stream: int = 0

    @property
    def begin(self) -> float:
        return max(0.0, self.at - AROUND)

    @property
    def length(self) -> float:
        return min(LONGEST, self.at + self.seconds + AROUND - self.begin)

    @property
    def characters(self) -> int:
        """Of its clip in a page, about."""
        return round(self.length * CLIP_BITS / 8 * 4 / 3)


def clips(stretches: Sequence[Stretch], workers: int) -> dict[str, str]:
    """`data:` addresses of stretches by their ids: of the first ones, as far as a page has room for."""
    chosen, cancel = list(_fitting(stretches)), threading.Event()
    with ThreadPoolExecutor(workers, thread_name_prefix="clip") as pool:
        try:
            made = list(pool.map(lambda stretch: _clip(stretch, cancel), chosen))
        except BaseException:
            cancel.set()  # the run is stopped: what is begun ends with it, what waits gives up as it begins
            raise
    return {stretch.id: address for stretch, address in zip(chosen, made, strict=True)}


def _fitting(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    room = MOST_CHARACTERS
    for count, stretch in enumerate(stretches):
        room -= stretch.characters
        if room < 0 or count == MOST_CLIPS:
            return
        yield stretch


def _clip(stretch: Stretch, cancel: threading.Event) -> str:
    if cancel.is_set():
        raise ffmpeg.Cancelled(where=str(stretch.file))
    sound = graph.input(str(stretch.file), ss=f"{stretch.begin:.3f}", t=f"{stretch.length:.3f}", threads=1)
    made = sound[f"a:{stretch.stream}"].output(
        "pipe:",
        format="mp3",
        ac=1,
        ar=CLIP_RATE,
        audio_bitrate=CLIP_BITS,
        write_xing=0,  # it would have to be written last, and a pipe has no way back
        id3v2_version=0,
        map_metadata=-1,
        threads=1,
    )
    return data_address("audio/mpeg", ffmpeg.run(made, cancel=cancel, where=str(stretch.file)))


def data_address(media_type: str, data: bytes) -> str:
    """Bytes as the address of themselves (RFC 2397)."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def samples(lines: Iterable[tuple[str, Stretch]]) -> list[Stretch]:
    """A line of each voice, the one whose length is nearest `SAMPLE_SECONDS`; its id is the voice.

    Args:
        lines: (voice, where a line of it is heard), in any order; voices come out in the order of their first lines.
    """
    best: dict[str, Stretch] = {}
    for voice, stretch in lines:
        own = Stretch(voice, stretch.file, stretch.at, stretch.seconds, stretch.stream)
        if voice not in best or _strange(own) < _strange(best[voice]):
            best[voice] = own
    return list(best.values())[:MOST_SAMPLES]


def _strange(stretch: Stretch) -> float:
    return abs(stretch.seconds - SAMPLE_SECONDS)
