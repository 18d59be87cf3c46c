"""Recordings for the sound stage, padded to a batch (module/data_utils.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from normalizers import DuoyinError
from tts_core.gpt_sovits.model.spectrogram import linear_spectrogram
from tts_core.gpt_sovits.training.weights import CPU


@dataclass(frozen=True, slots=True)
class SoundLine:
    """One recording to learn.

    Args:
        samples: float32 `[N]` at 32 kHz.
        features: of HuBERT, `[768, T]` at 50 Hz.
        phones: int64 `[X]`.
        speaker: `[20480]` for v2Pro and v2ProPlus.
        name: for messages.
    """

    samples: Tensor
    features: Tensor
    phones: Tensor
    speaker: Tensor | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SoundBatch:
    """Recordings, longest first, padded with zeros.

    Args:
        samples: `[B, 1, N]`; sample_counts `[B]`.
        spectrograms: linear, `[B, 1025, T]` with T even and greater than any count; frame_counts `[B]`.
        features: `[B, 768, T]`; feature_counts `[B]`.
        phones: int64 `[B, X]`; phone_counts `[B]`.
        speakers: `[B, 20480]` or None.
    """

    samples: Tensor
    sample_counts: Tensor
    spectrograms: Tensor
    frame_counts: Tensor
    features: Tensor
    feature_counts: Tensor
    phones: Tensor
    phone_counts: Tensor
    speakers: Tensor | None

    def __len__(self) -> int:
        return len(self.samples)

    def rows(self, places: Sequence[int]) -> SoundBatch:
        """Some of the recordings, padded as all of them are."""
        picked = (
            None if part is None else part[list(places)]
            for part in map(self.__getattribute__, self.__slots__)
        )
        return SoundBatch(*picked)  # type: ignore[arg-type]


def sound_batch(lines: Sequence[SoundLine], device: torch.device = CPU) -> SoundBatch:
    """Pad recordings to the longest of them.

    Args:
        device: of the batch; spectrograms are computed there.

    Raises:
        DuoyinError: features that do not fit their recording.
    """
    recorded = [line.samples.to(device) for line in lines]
    spectrograms = [linear_spectrogram(samples[None])[0] for samples in recorded]
    order = sorted(range(len(lines)), key=lambda at: -spectrograms[at].shape[1])
    lines, spectrograms = [lines[at] for at in order], [spectrograms[at] for at in order]
    features = [
        _as_long_as(line, spectrogram.shape[1]) for line, spectrogram in zip(lines, spectrograms, strict=True)
    ]
    frames = [spectrogram.shape[1] for spectrogram in spectrograms]
    room = 2 * (frames[0] // 2 + 1)
    speakers = [line.speaker for line in lines if line.speaker is not None]
    return SoundBatch(
        samples=pad_sequence([recorded[at] for at in order], batch_first=True)[:, None],
        sample_counts=torch.tensor([len(line.samples) for line in lines], device=device),
        spectrograms=torch.stack([F.pad(x, (0, room - x.shape[1])) for x in spectrograms]),
        frame_counts=torch.tensor(frames, device=device),
        features=torch.stack([F.pad(x, (0, room - x.shape[1])) for x in features]).to(device),
        feature_counts=torch.tensor([x.shape[1] for x in features], device=device),
        phones=pad_sequence([line.phones for line in lines], batch_first=True).to(device),
        phone_counts=torch.tensor([len(line.phones) for line in lines], device=device),
        speakers=torch.stack(speakers).to(device) if len(speakers) == len(lines) else None,
    )


def _as_long_as(line: SoundLine, frames: int) -> Tensor:
    """The features, the last one said twice where they are not as many as the spectrogram's frames."""
    features = line.features.float()
    if features.shape[1] != frames:
        features = F.pad(features, (0, 1), mode="replicate")
    if features.shape[1] != frames:
        raise DuoyinError(
            f"{line.features.shape[1]} frames of content features for {frames} frames of sound",
            where=line.name or None,
            hint="They were made of another recording; make them anew.",
        )
    return features
