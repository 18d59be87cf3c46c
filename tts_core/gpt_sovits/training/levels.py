"""Levels of what is trained on: half as recorded, half brought to one peak.

The mixes are the reference's (prepare_datasets/2-get-hubert-wav32k.py, tools/slice_audio.py). Where its 16-bit files
wrap around at full scale, ours are clipped unless asked to be compatible.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tts_core.gpt_sovits.model.features import HUBERT_RATE
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.sound import Samples, resampled

PEAK = 0.95
SHARE = 0.5  # of the signal brought to that peak; the rest stays as recorded
LOUDEST = 2.2  # peaks beyond are no recording of speech
TRAINING_SCALE = 32_768.0
HUBERT_SCALE = 1145.14
"""HuBERT's input in training; its first layer normalises each channel, so hardly anything but the fixtures cares."""
SLICE_PEAK, SLICE_SHARE, SLICE_SCALE = 0.9, 0.25, 32_767.0


def training_sound(samples: Samples, *, wrap: bool = False) -> npt.NDArray[np.int16]:
    """Samples `[N]` at 32 kHz → what the sound stage learns from.

    Args:
        wrap: let what is beyond 16 bits wrap around (clicks), as the reference does; else it is clipped.
    """
    return _sixteen_bits(mixed(samples, PEAK, SHARE) * np.float32(TRAINING_SCALE), wrap)


def hubert_sound(samples: Samples) -> Samples:
    """Samples `[N]` at 32 kHz → `[N / 2]` at 16 kHz as HuBERT is given them for training."""
    return resampled(mixed(samples, PEAK, SHARE) * np.float32(HUBERT_SCALE), SAMPLE_RATE, HUBERT_RATE)


def sliced_sound(samples: Samples) -> npt.NDArray[np.int16]:
    """A piece of a recording `[N]` → the 16-bit file the reference's slicer writes."""
    peak = float(np.abs(samples).max(initial=0.0))
    calm = samples / np.float32(peak) if peak > 1 else samples
    share = np.float32(SLICE_PEAK * SLICE_SHARE) / np.float32(peak or 1.0)
    return _sixteen_bits((calm * share + calm * np.float32(1 - SLICE_SHARE)) * np.float32(SLICE_SCALE), False)


def mixed(samples: Samples, peak: float, share: float) -> Samples:
    """`share` of the signal brought to `peak`, the rest as it is; silence stays silence."""
    loudest = float(np.abs(samples).max(initial=0.0)) or 1.0
    made: Samples = samples * np.float32(peak * share / loudest + (1 - share))
    return made


def _sixteen_bits(scaled: Samples, wrap: bool) -> npt.NDArray[np.int16]:
    if wrap:
        return scaled.astype(np.int64).astype(np.int16)
    return np.clip(scaled, -32_768, 32_767).astype(np.int16)
