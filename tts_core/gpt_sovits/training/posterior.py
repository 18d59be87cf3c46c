"""The posterior encoder: a recording's spectrogram → the latent it is made of. Training only (VITS, Kim et al. 2021,
section 2.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts_core.gpt_sovits.model.flow import WaveNet

PREFIX = "enc_q."


@dataclass(frozen=True, slots=True)
class PosteriorDims:
    """Bins of the spectrogram, hidden and latent channels, kernel and layers of the WaveNet, width of the voice."""

    bins: int
    hidden: int
    latent: int
    kernel: int
    layers: int
    voice: int


class PosteriorEncoder(nn.Module):
    """`enc_q`."""

    def __init__(self, dims: PosteriorDims) -> None:
        super().__init__()
        self.latent = dims.latent
        self.pre = nn.Conv1d(dims.bins, dims.hidden, 1)
        self.enc = WaveNet(dims.hidden, dims.kernel, dims.layers, dims.voice)
        self.proj = nn.Conv1d(dims.hidden, 2 * dims.latent, 1)

    def forward(
        self, spectrogram: Tensor, mask: Tensor, voice: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Args:
            spectrogram: linear, `[B, bins, T]`; mask `[B, 1, T]`.
            voice: `[B, G, 1]`; nothing is learned about it from here.
            noise: standard normal `[B, latent, T]`.

        Returns:
            a sample, mean and log deviation, `[B, latent, T]` each.
        """
        x = self.enc(self.pre(spectrogram) * mask, mask, voice.detach())
        mean, deviation = (self.proj(x) * mask).split(self.latent, dim=1)
        return (mean + noise * torch.exp(deviation)) * mask, mean, deviation


def posterior_dims(weights: Mapping[str, Tensor]) -> PosteriorDims:
    """Sizes read from folded weights (published names). Raises KeyError where there is no posterior encoder."""
    hidden, bins, _ = weights["enc_q.pre.weight"].shape
    kernel = weights["enc_q.enc.in_layers.0.weight"].shape[2]
    layers = sum(name.startswith("enc_q.enc.in_layers.") and name.endswith(".weight") for name in weights)
    return PosteriorDims(
        bins,
        hidden,
        weights["enc_q.proj.weight"].shape[0] // 2,
        kernel,
        layers,
        weights["enc_q.enc.cond_layer.weight"].shape[1],
    )
