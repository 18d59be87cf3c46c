"""Trained weights in the published formats, so that other programs read them (the reference's process_ckpt.py).

Half precision, without what only training needs; the first two bytes of a v2Pro or v2ProPlus file name its version.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.archive import VERSION_HEADERS
from tts_core.gpt_sovits.files.checkpoints import Kind
from tts_core.gpt_sovits.training.posterior import PREFIX

TEXT_PREFIX = "model."  # the reference's module holds its model under this name
_MARKED: tuple[Kind, ...] = ("v2Pro", "v2ProPlus")


def export_text(weights: Mapping[str, Tensor], config: Mapping[str, Any], info: str, path: Path) -> None:
    """Write a GPT `.ckpt`.

    Args:
        weights: published names, without `model.`.
        config: as the base's; readers take the number of heads from it.
        info: the trainer's note.

    Raises:
        CannotWrite: no room, or no right.
    """
    named = {f"{TEXT_PREFIX}{name}": tensor for name, tensor in weights.items()}
    _write(named, config, info, path, b"PK")


def export_sound(
    weights: Mapping[str, Tensor],
    config: Mapping[str, Any],
    kind: Kind,
    info: str,
    path: Path,
    *,
    as_base: bool = False,
) -> None:
    """Write a SoVITS `.pth`, without its posterior encoder unless `as_base`. Other arguments and errors as of
    `export_text`."""
    spoken = {name: tensor for name, tensor in weights.items() if as_base or not name.startswith(PREFIX)}
    header = b"PK"
    if kind in _MARKED:
        (header,) = (
            mark for mark, (version, lora) in VERSION_HEADERS.items() if version == kind and not lora
        )
    _write(spoken, config, info, path, header)


def _write(
    weights: Mapping[str, Tensor], config: Mapping[str, Any], info: str, path: Path, header: bytes
) -> None:
    halves = {
        name: tensor.detach().cpu().half() if tensor.is_floating_point() else tensor.detach().cpu()
        for name, tensor in weights.items()
    }
    with atomic_path(path) as beside:
        torch.save({"weight": halves, "config": dict(config), "info": info}, beside)
        with beside.open("r+b") as file:
            file.write(header)
