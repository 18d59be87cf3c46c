"""Voices taken out of a mix by Hybrid Demucs (Défossez 2021, "Hybrid Spectrogram and Waveform Source Separation"), as
torchaudio has it.

Optional: torch comes with the `clone` extra, the weights are a file that the user has put on disk (torchaudio's
`hdemucs_high_trained.pt`, trained on MUSDB HQ and more; their licence allows no commercial use). Sound streams
through in overlapping segments, so that hours need no more memory than one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from normalizers import DuoyinError
from tts_core.extras import extra
from tts_core.sound import Samples, resampled_blocks

MODEL_RATE = 44_100
"""Hz: what Hybrid Demucs was trained at."""
SOURCES = ("drums", "bass", "other", "vocals")
SEGMENT_SECONDS = 10.0
"""Of sound in one pass of the model: about the length that it was trained on."""
OVERLAP_SECONDS = 1.0
"""Of two neighbouring segments that are faded into each other."""
_SILENT = 1e-8

# Channels that are separated together, by their number (L R C LFE Ls Rs); a channel alone is given to both ears of
# the model. The LFE holds no voices and is left as it is.
_PAIRS = {
    1: ((0, 0),), 2: ((0, 1),), 3: ((0, 1), (2, 2)), 4: ((0, 1), (2, 3)), 5: ((0, 1), (2, 2), (3, 4)),
    6: ((0, 1), (2, 2), (4, 5)),
}  # fmt: skip


class Background(Protocol):
    """What is left of a stereo segment `[2, T]` at `MODEL_RATE` when its voices are taken out; the same shape."""

    def __call__(self, segment: Samples) -> Samples: ...


def load_background(weights: Path, *, device: str = "cpu", model: Any = None) -> Background:
    """Hybrid Demucs with weights from disk.

    Args:
        weights: a state dictionary.
        device: of torch.
        model: the module they belong to; torchaudio's `hdemucs_high` when not given.

    Raises:
        DuoyinError: the extra or the file is missing, or the weights are another model's.
    """
    if not weights.is_file():
        raise DuoyinError(
            "the weights that take voices out of a mix are not on this disk",
            where=str(weights),
            hint="Get hdemucs_high_trained.pt (torchaudio's HDEMUCS_HIGH_MUSDB_PLUS) and name it in"
            " `separation_weights`, or use bed: duck.",
        )
    with extra("clone", what="taking voices out of a mix", otherwise="use bed: duck."):
        import torch
        from torchaudio.models import hdemucs_high
    network = model if model is not None else hdemucs_high(list(SOURCES))
    try:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except Exception as error:  # whatever torch makes of a file that is none of its own
        raise DuoyinError(
            f"these are no weights of Hybrid Demucs ({str(error).splitlines()[0]})", where=str(weights)
        ) from error
    network = network.to(device).eval()

    def background(segment: Samples) -> Samples:
        with torch.inference_mode():
            mix = torch.from_numpy(segment).to(device)
            level = mix.mean(dim=0).std()
            if float(level) < _SILENT:
                return segment
            parts = network((mix / level)[None])[0] * level  # [source, 2, T]
            voices = parts[SOURCES.index("vocals")].cpu().numpy()
        return np.asarray(segment - voices, np.float32)

    return background


def without_voices(
    blocks: Iterable[Samples], rate: int, channels: int, background: Background
) -> Iterator[Samples]:
    """Blocks `[T, C]` with the voices taken out; the same length in all, to the sample.

    Args:
        blocks: float32 `[T, C]` at `rate` Hz, 1 to 6 channels in the order L R C LFE Ls Rs.
    """
    fed = given = 0

    def counted() -> Iterator[Samples]:
        nonlocal fed
        for block in blocks:
            fed += len(block)
            yield block

    there = resampled_blocks(counted(), rate, MODEL_RATE, channels=channels)
    back = resampled_blocks(_separated(there, channels, background), MODEL_RATE, rate, channels=channels)
    for block in back:
        block = block[: max(0, fed - given)] if given + len(block) > fed else block
        given += len(block)
        if len(block):
            yield block
    if given < fed:
        yield np.zeros((fed - given, channels), np.float32)


def _separated(blocks: Iterable[Samples], channels: int, background: Background) -> Iterator[Samples]:
    """Segments through the model, neighbours faded into each other; their weights add up to one everywhere."""
    segment, overlap = round(SEGMENT_SECONDS * MODEL_RATE), round(OVERLAP_SECONDS * MODEL_RATE)
    rise = ((np.arange(overlap, dtype=np.float32) + 0.5) / overlap)[:, None]
    waiting = np.zeros((0, channels), np.float32)
    tail: Samples | None = None  # what the segment before made of the overlap

    def joined(sound: Samples, *, last: bool) -> Samples:
        nonlocal tail
        done = _segment(sound, channels, background)
        if tail is not None:
            done[:overlap] = done[:overlap] * rise + tail * (1 - rise)
        tail = None if last else done[-overlap:].copy()
        return done if last else done[:-overlap]

    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) >= segment + overlap:  # so that the last segment is longer than an overlap
            yield joined(waiting[:segment], last=False)
            waiting = waiting[segment - overlap :]
    if len(waiting):
        yield joined(waiting, last=True)


def _segment(sound: Samples, channels: int, background: Background) -> Samples:
    out = sound.copy()
    for left, right in _PAIRS[channels]:
        found = background(np.ascontiguousarray(sound[:, (left, right)].T))
        out[:, left] = found.mean(axis=0) if left == right else found[0]
        if left != right:
            out[:, right] = found[1]
    return out
