"""Who is speaking: ERes2NetV2 (Chen et al. 2024) on Kaldi filter banks; v2Pro and v2ProPlus condition on it.

The same numbers tell whether two clips are of one person (`similarity`).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.files.checkpoints import load_strictly

SPEAKER_RATE = 16_000
BANDS = 80
CHANNELS = 64
BASE_WIDTH = 24  # of 64: how wide a block's branches are
BRANCHES = 4
EXPANSION = 4
BLOCKS = (3, 4, 6, 3)
CEILING = 20.0  # of the clipped ReLU


def filter_banks(samples: Tensor) -> Tensor:
    """Log mel energies `[F, 80]` of samples `[N]` at 16 kHz: Kaldi's defaults (25/10 ms, Povey window), no dither."""
    from torchaudio.compliance import kaldi

    banks: Tensor = kaldi.fbank(samples[None], num_mel_bins=BANDS, sample_frequency=SPEAKER_RATE, dither=0.0)
    return banks


def _clipped(x: Tensor) -> Tensor:
    return F.hardtanh(x, 0.0, CEILING)


def _norm_conv(wide: int, narrow: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(wide, narrow, kernel, stride, padding=kernel // 2, bias=False)


class _Fusion(nn.Module):
    """Attentional feature fusion (Dai et al. 2021), local branch only: a weighted sum, weights from both inputs."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        inner = channels // reduction
        self.local_att = nn.Sequential(
            nn.Conv2d(2 * channels, inner, 1),
            nn.BatchNorm2d(inner),
            nn.SiLU(),
            nn.Conv2d(inner, channels, 1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        lean = torch.tanh(self.local_att(torch.cat([x, y], dim=1)))
        return x * (1 + lean) + y * (1 - lean)


class _Block(nn.Module):
    """Res2Net block: branches convolved one after another, each fed with the one before; `fused` = by attention, else
    by sum."""

    def __init__(self, wide: int, planes: int, stride: int, fused: bool) -> None:
        super().__init__()
        width, out = planes * BASE_WIDTH // 64, planes * EXPANSION
        self.width = width
        self.conv1, self.bn1 = (
            _norm_conv(wide, width * BRANCHES, stride=stride),
            nn.BatchNorm2d(width * BRANCHES),
        )
        self.convs = nn.ModuleList(_norm_conv(width, width, 3) for _ in range(BRANCHES))
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(BRANCHES))
        self.fuse_models = nn.ModuleList(_Fusion(width) for _ in range(BRANCHES - 1)) if fused else None
        self.conv3, self.bn3 = _norm_conv(width * BRANCHES, out), nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential()
        if stride != 1 or wide != out:
            self.shortcut = nn.Sequential(_norm_conv(wide, out, stride=stride), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.split(_clipped(self.bn1(self.conv1(x))), self.width, dim=1)
        branches: list[Tensor] = []
        for index, part in enumerate(parts):
            if branches:
                part = (
                    branches[-1] + part
                    if self.fuse_models is None
                    else self.fuse_models[index - 1](branches[-1], part)
                )
            branches.append(_clipped(self.bns[index](self.convs[index](part))))
        return _clipped(self.bn3(self.conv3(torch.cat(branches, dim=1))) + self.shortcut(x))


class SpeakerEncoder(nn.Module):
    """ERes2NetV2 w24s4ep4 up to the fusion of its last two stages."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = _norm_conv(1, CHANNELS, 3), nn.BatchNorm2d(CHANNELS)
        self._wide = CHANNELS
        self.layer1 = self._stage(1, BLOCKS[0], 1, fused=False)
        self.layer2 = self._stage(2, BLOCKS[1], 2, fused=False)
        self.layer3 = self._stage(4, BLOCKS[2], 2, fused=True)
        self.layer4 = self._stage(8, BLOCKS[3], 2, fused=True)
        self.layer3_ds = _norm_conv(4 * CHANNELS * EXPANSION, 8 * CHANNELS * EXPANSION, 3, stride=2)
        self.fuse34 = _Fusion(8 * CHANNELS * EXPANSION)

    def _stage(self, factor: int, blocks: int, stride: int, *, fused: bool) -> nn.Sequential:
        layers = []
        for block in range(blocks):
            layers.append(_Block(self._wide, factor * CHANNELS, stride if block == 0 else 1, fused))
            self._wide = factor * CHANNELS * EXPANSION
        return nn.Sequential(*layers)

    def forward(self, banks: Tensor) -> Tensor:
        """Filter banks `[B, F, 80]` → `[B, 20480]`: 2048 channels × 10 bands, averaged over time."""
        x = F.relu(self.bn1(self.conv1(banks.transpose(1, 2)[:, None])))
        third = self.layer3(self.layer2(self.layer1(x)))
        fused: Tensor = self.fuse34(self.layer4(third), self.layer3_ds(third))
        return fused.flatten(1, 2).mean(dim=-1)

    @torch.inference_mode()
    def embed(self, samples: Tensor) -> Tensor:
        """Samples `[N]` at 16 kHz → `[1, 20480]`."""
        weight = self.conv1.weight
        embedding: Tensor = self(filter_banks(samples.float().cpu())[None].to(weight))
        return embedding.float()


def load_speaker_encoder(weights: Mapping[str, Tensor], *, where: str = "ERes2NetV2") -> SpeakerEncoder:
    """Build the encoder and load it strictly; the published file's classifier (`seg_*`) is not needed."""
    model = SpeakerEncoder()
    load_strictly(model, weights, where=where, ignored=("seg_", "pool."))
    return model.requires_grad_(False).eval()


def similarity(one: Tensor, other: Tensor) -> float:
    """Cosine of two embeddings, -1…1."""
    return float(F.cosine_similarity(one.flatten().float(), other.flatten().float(), dim=0))
