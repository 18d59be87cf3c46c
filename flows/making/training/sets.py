"""A clean set kept on the disk: listening to recordings takes minutes, and is done once for the same of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from flows.making.training.looking import look_through
from flows.making.training.material import Material
from flows.making.training.order import Order
from tts_core.files import atomic_path, file_digest, write_atomically
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.material.cleaning import CleanSet, Clip, LeftOut
from tts_core.gpt_sovits.training.material.judging import Measures
from tts_core.sound import reading_sound, writing_sound

SET_FILE = "set.json"
SET = 1
"""Raise it when the same recordings give another set."""


def kept_set(order: Order, given: Material) -> CleanSet:
    """The set of the order's recordings, from the disk where it was made before. Raises `DuoyinError`."""
    content = [
        SET,
        [[file.name, file_digest(file), given.text_of(file)] for file in given.files],
        order.language,
        order.denoise,
        *([] if order.most is None else [order.most]),
    ]
    key = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]
    folder = order.folder / "sets" / key
    if not (folder / SET_FILE).is_file():
        _write(look_through(given, order.language, denoise=order.denoise, most=order.most), folder)
    return _read(folder)  # the first time, too: a training is known by the sound that is kept


def _write(made: CleanSet, folder: Path) -> None:
    """First the sound, then what tells of it."""
    clips = []
    for number, clip in enumerate(made.clips, 1):
        path = folder / f"{number:03d}.flac"
        with atomic_path(path) as beside, writing_sound(beside):
            whole = np.clip(np.round(clip.samples * 32_768), -32_768, 32_767).astype(np.int16)
            soundfile.write(str(beside), whole, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        told = {name: getattr(clip, name) for name in Clip.__slots__ if name not in ("samples", "measures")}
        clips.append({**told, "measures": asdict(clip.measures), "file": path.name})
    content = {
        "language": made.language,
        "clips": clips,
        "left_out": [asdict(row) for row in made.left_out],
        "warnings": list(made.warnings),
    }
    write_atomically(folder / SET_FILE, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _read(folder: Path) -> CleanSet:
    content = json.loads((folder / SET_FILE).read_text(encoding="utf-8"))
    return CleanSet(
        content["language"],
        tuple(_clip(told, folder) for told in content["clips"]),
        tuple(LeftOut(**row) for row in content["left_out"]),
        tuple(content["warnings"]),
    )


def _clip(told: dict[str, Any], folder: Path) -> Clip:
    path = folder / told.pop("file")
    with reading_sound(path):
        samples, _ = soundfile.read(str(path), dtype="float32")
    return Clip(
        **{
            **told,
            "samples": samples,
            "measures": Measures(**told["measures"]),
            "notes": tuple(told["notes"]),
        }
    )
