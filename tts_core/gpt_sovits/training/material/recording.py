"""A recording as it comes: one channel of it at the rate that is trained on, and what is known of its words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.voice.clips import at_full_scale
from tts_core.sound import Samples, resampled

DEAD_SIDE_DB = 30.0  # a channel so far below another holds nothing of the voice
OPPOSED = -0.5  # correlation below which two channels take each other away


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of a person's speech.

    Args:
        name: for messages.
        samples: `[N]` at 32 kHz.
        rate: Hz, as recorded.
        digest: hex SHA-256 of the file.
        text: what is said in it, in whole or among more (a chapter, a book); "" where nobody wrote it down.
        notes: what was done to it.
        clipped: seconds at which samples stand at full scale, as recorded: another rate hides them.
    """

    name: str
    samples: Samples
    rate: int
    digest: str
    text: str = ""
    notes: tuple[str, ...] = ()
    clipped: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)

    def clipped_share(self, start: float, end: float) -> float:
        """Share of the samples between two moments (seconds) that stand at full scale."""
        first, last = np.searchsorted(self.clipped, (start, end))
        return float(last - first) / max(1.0, (end - start) * self.rate)

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def recording(name: str, samples: Samples, rate: int, *, digest: str, text: str = "") -> Recording:
    """Samples `[T]` or `[T, C]` as a recording.

    Args:
        rate: of the samples, as recorded.

    Raises:
        DuoyinError: no sound at all.
    """
    if not len(samples):
        raise DuoyinError("the recording is empty", where=name)
    clean = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    mono, note = one_channel(clean)
    peak = float(np.abs(mono).max())
    if peak > 1.0:  # a float file beyond full scale
        mono = mono / np.float32(peak)
    return Recording(
        name,
        np.ascontiguousarray(resampled(mono, rate, SAMPLE_RATE)),
        rate,
        digest,
        text,
        (note,) if note else (),
        np.flatnonzero(at_full_scale(mono)) / rate,
    )


def one_channel(samples: Samples) -> tuple[Samples, str]:
    """`[T]` or `[T, C]` → `[T]`, and in words where that is not simply the mean.

    A side that is (nearly) silent would halve the voice and add its noise; sides of opposite sign would cancel it.
    """
    if samples.ndim == 1:
        return samples, ""
    levels = np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=0))
    loudest = int(np.argmax(levels))
    living = [at for at, level in enumerate(levels) if level > levels[loudest] * 10 ** (-DEAD_SIDE_DB / 20)]
    if len(living) < len(levels):
        mono: Samples = samples[:, living].mean(axis=1).astype(np.float32)
        return mono, f"{len(levels) - len(living)} of {len(levels)} channels hold nothing and are left out"
    if len(levels) == 2:
        left, right = samples[:, 0].astype(np.float64), samples[:, 1].astype(np.float64)
        power = float(np.sqrt((left @ left) * (right @ right)))
        if power and float(left @ right) / power < OPPOSED:
            return np.ascontiguousarray(samples[:, loudest]), "the channels are of opposite sign; one is used"
    mean: Samples = samples.mean(axis=1).astype(np.float32)
    return mean, ""
