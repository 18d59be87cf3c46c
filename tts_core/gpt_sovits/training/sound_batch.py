"""Recordings for the sound stage, padded to a batch (module/data_utils.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from normalizers import DuoyinError
from tts_core.gpt_sovits.model.spectrogram import linear_spectrogram


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

    def to(self, device: torch.device) -> SoundBatch:
        """The same batch on a device."""
        given = {name: getattr(self, name) for name in self.__slots__}
        return replace(self, **{name: x.to(device) for name, x in given.items() if x is not None})


def sound_batch(lines: Sequence[SoundLine]) -> SoundBatch:
    """Pad recordings to the longest of them.

    Raises:
        DuoyinError: features that do not fit their recording.
    """
    spectrograms = [linear_spectrogram(line.samples[None])[0] for line in lines]
    order = sorted(range(len(lines)), key=lambda at: -spectrograms[at].shape[1])
    lines, spectrograms = [lines[at] for at in order], [spectrograms[at] for at in order]
    features = [
        _as_long_as(line, spectrogram.shape[1]) for line, spectrogram in zip(lines, spectrograms, strict=True)
    ]
    frames = [spectrogram.shape[1] for spectrogram in spectrograms]
    room = 2 * (frames[0] // 2 + 1)
    speakers = [line.speaker for line in lines if line.speaker is not None]
    return SoundBatch(
        samples=pad_sequence([line.samples for line in lines], batch_first=True)[:, None],
        sample_counts=torch.tensor([len(line.samples) for line in lines]),
        spectrograms=torch.stack([F.pad(x, (0, room - x.shape[1])) for x in spectrograms]),
        frame_counts=torch.tensor(frames),
        features=torch.stack([F.pad(x, (0, room - x.shape[1])) for x in features]),
        feature_counts=torch.tensor([x.shape[1] for x in features]),
        phones=pad_sequence([line.phones for line in lines], batch_first=True),
        phone_counts=torch.tensor([len(line.phones) for line in lines]),
        speakers=torch.stack(speakers) if len(speakers) == len(lines) else None,
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
