"""The levels of stitched chapters, measured once and kept beside their sound."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from flows.mastering.encode import cancellable
from flows.mastering.loudness import Levels, measure
from flows.mastering.stitch import ChapterSound, blocks
from tts_core.description import TextCode
from tts_core.files import write_atomically
from tts_core.sealed import seal, unseal

CODE = TextCode(
    ("flows.mastering.loudness", "flows.mastering.true_peak", "tts_core.loops.weighing"),
    ("numpy", "scipy", "pyloudnorm"),
)
"""What decides levels besides the sound: by its content, so that another meter measures all chapters anew."""
SUFFIX = ".levels.json"


def chapter_levels(sound: ChapterSound, cancel: threading.Event | None = None) -> Levels:
    """The levels of a chapter at its own rate, or what was measured of the same samples before.

    Args:
        cancel: stops within a block.

    Raises:
        Cancelled: it was set.
        DuoyinError: the chapter's file is not whole, or what was measured cannot be written.
    """
    path = sound.path.with_suffix(SUFFIX)
    made_of = f"{sound.digest} {sound.sample_rate} {CODE.digest()}"
    try:
        record = unseal(path.read_bytes())
        if record.pop("of") == made_of:
            return _levels(record)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none yet, or a damaged one
    levels = measure(cancellable(blocks(sound), cancel), sound.sample_rate)
    record = {name: np.asarray(value).tolist() for name, value in asdict(levels).items()}
    write_atomically(path, seal({"of": made_of, **record}).encode())
    return levels


def _levels(record: Mapping[str, Any]) -> Levels:
    """What was kept. Raises `TypeError` or `ValueError` where it is of another form."""
    values: dict[str, Any] = dict(record)
    for name, value in record.items():
        if isinstance(value, list):
            values[name] = np.array(value, np.float64)
    return Levels(**values)
