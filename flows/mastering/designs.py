"""Coefficients of filters, designed once a machine: what designs them takes a second of processor to import."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tts_core.files import cache_folder, keep, kept

Floats = npt.NDArray[np.float64]
Design = Callable[[int], Floats]


def designed(design: Design, number: int, packages: tuple[str, ...]) -> Floats:
    """`design(number)`, flat, or what it gave before: kept by its module's text and the versions of `packages`."""
    made_of = [
        Path(inspect.getfile(design)).read_text("utf-8"),
        design.__name__,
        number,
        *(version(name) for name in packages),
    ]
    path = cache_folder() / "filters" / hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]
    content = kept(path)
    if content is None:
        content = design(number).astype("<f8").tobytes()
        keep(path, content)
    return np.frombuffer(content, "<f8")
