"""Semantic tokens and phonemes → the prior of the latent: the encoder half of SoVITS (`enc_p`).

VITS transformer encoders (Kim et al. 2021) with relative positions (Shaw et al. 2018), and the MRTE: semantic frames
attend to the phonemes, and the voice's vector is added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.loops.convolutions import Convolution

SSL_WIDTH = 768  # HuBERT base
MRTE_WIDTH = 512
MRTE_HEADS = 4
_MASKED = -1e4  # score of what must not be seen; exp(-1e4) is 0 in float32


class ChannelNorm(nn.Module):
    """Layer norm over the channels of `[B, C, T]`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta, 1e-5).transpose(1, 2)


class Attention(nn.Module):
    """Multi-head attention over `[B, C, T]`; with `window` > 0, learnt key and value offsets for distances up to it."""

    def __init__(self, channels: int, heads: int, window: int = 0) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.drop = nn.Dropout(0.0)
        self.conv_q = nn.Conv1d(channels, channels, 1)
        self.conv_k = nn.Conv1d(channels, channels, 1)
        self.conv_v = nn.Conv1d(channels, channels, 1)
        self.conv_o = nn.Conv1d(channels, channels, 1)
        if window:
            self.emb_rel_k = nn.Parameter(torch.zeros(1, 2 * window + 1, channels // heads))
            self.emb_rel_v = nn.Parameter(torch.zeros(1, 2 * window + 1, channels // heads))

    def forward(self, x: Tensor, context: Tensor, mask: Tensor | None) -> Tensor:
        """Args: x `[B, C, T]` asks, context `[B, C, S]` answers; mask `[B, 1, S]` is 1 where context is real."""
        batch, channels, queries = x.shape
        width = channels // self.heads
        q = self.conv_q(x).view(batch, self.heads, width, queries).transpose(2, 3) / math.sqrt(width)
        k = self.conv_k(context).view(batch, self.heads, width, -1)
        v = self.conv_v(context).view(batch, self.heads, width, -1).transpose(2, 3)
        scores = q @ k
        if self.window:
            scores = scores + self._spread(q @ self.emb_rel_k[0].T)
        if mask is not None:
            scores = scores.masked_fill(mask[:, :, None] == 0, _MASKED)
        weights = self.drop(torch.softmax(scores, dim=-1))
        heard = weights @ v
        if self.window:
            heard = heard + self._gather(weights) @ self.emb_rel_v[0]
        out: Tensor = self.conv_o(heard.transpose(2, 3).reshape(batch, channels, queries))
        return out

    def _offsets(self, length: int, device: torch.device) -> Tensor:
        at = torch.arange(length, device=device)
        return at[None, :] - at[:, None]

    def _spread(self, near: Tensor) -> Tensor:
        """Scores by distance `[B, H, T, 2w + 1]` → scores by position `[B, H, T, T]`, 0 beyond the window."""
        padded = F.pad(near, (1, 1))
        distance = (
            self._offsets(near.shape[2], near.device).clamp(-self.window - 1, self.window + 1)
            + self.window
            + 1
        )
        return padded.gather(3, distance.expand(*near.shape[:2], -1, -1))

    def _gather(self, weights: Tensor) -> Tensor:
        """Weights by position `[B, H, T, T]` → by distance `[B, H, T, 2w + 1]`."""
        length = weights.shape[-1]
        at = torch.arange(length, device=weights.device)[:, None] + torch.arange(
            2 * self.window + 1, device=weights.device
        )
        padded = F.pad(weights, (self.window, self.window))
        return padded.gather(3, at.expand(*weights.shape[:2], -1, -1))


class FeedForward(nn.Module):
    def __init__(self, channels: int, hidden: int, kernel: int) -> None:
        super().__init__()
        self.conv_1 = Convolution(channels, hidden, kernel, padding=kernel // 2)
        self.conv_2 = Convolution(hidden, channels, kernel, padding=kernel // 2)
        self.drop = nn.Dropout(0.0)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        hidden = self.drop(F.relu_(self.conv_1(masked(x, mask))))
        return masked(self.conv_2(masked(hidden, mask)), mask)


class Encoder(nn.Module):
    """Post-norm transformer encoder with convolutional feed-forward layers. Training sets the share that the dropouts
    forget; outside of it they do nothing."""

    def __init__(self, channels: int, hidden: int, heads: int, layers: int, kernel: int, window: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.0)
        self.attn_layers = nn.ModuleList(Attention(channels, heads, window) for _ in range(layers))
        self.norm_layers_1 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))
        self.ffn_layers = nn.ModuleList(FeedForward(channels, hidden, kernel) for _ in range(layers))
        self.norm_layers_2 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = masked(x, mask)
        for attend, norm_1, feed, norm_2 in zip(
            self.attn_layers, self.norm_layers_1, self.ffn_layers, self.norm_layers_2, strict=True
        ):
            x = norm_1(x + self.drop(attend(x, x, mask)))
            x = norm_2(x + self.drop(feed(x, mask)))
        return masked(x, mask)


class Mrte(nn.Module):
    """Multi-reference timbre encoder: semantic frames look up their phonemes and take on the voice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cross_attention = Attention(MRTE_WIDTH, MRTE_HEADS)
        self.c_pre = nn.Conv1d(channels, MRTE_WIDTH, 1)
        self.text_pre = nn.Conv1d(channels, MRTE_WIDTH, 1)
        self.c_post = nn.Conv1d(MRTE_WIDTH, channels, 1)

    def forward(
        self, frames: Tensor, frame_mask: Tensor | None, text: Tensor, text_mask: Tensor | None, voice: Tensor
    ) -> Tensor:
        asked = self.c_pre(frames)
        x = self.cross_attention(asked, self.text_pre(text), text_mask) + asked + voice
        out: Tensor = self.c_post(masked(x, frame_mask))
        return out


@dataclass(frozen=True, slots=True)
class PriorDims:
    """Sizes of `enc_p`: symbols known, latent and hidden channels, feed-forward width, heads, layers of the three
    encoders, ..."""

    symbols: int
    latent: int
    channels: int
    hidden: int
    heads: int
    ssl_layers: int
    text_layers: int
    joint_layers: int
    kernel: int
    window: int


class PriorEncoder(nn.Module):
    """`enc_p`: quantized HuBERT frames, phonemes and the voice → mean and log deviation of the latent."""

    def __init__(self, dims: PriorDims) -> None:
        super().__init__()
        self.latent = dims.latent

        def encoder(layers: int) -> Encoder:
            return Encoder(dims.channels, dims.hidden, dims.heads, layers, dims.kernel, dims.window)

        self.ssl_proj = nn.Conv1d(SSL_WIDTH, dims.channels, 1)
        self.encoder_ssl = encoder(dims.ssl_layers)
        self.encoder_text = encoder(dims.text_layers)
        self.text_embedding = nn.Embedding(dims.symbols, dims.channels)
        self.mrte = Mrte(dims.channels)
        self.encoder2 = encoder(dims.joint_layers)
        self.proj = nn.Conv1d(dims.channels, 2 * dims.latent, 1)

    def forward(
        self,
        frames: Tensor,
        frame_mask: Tensor | None,
        phones: Tensor,
        text_mask: Tensor | None,
        voice: Tensor,
        speeds: list[float],
        counts: list[int],
    ) -> tuple[Tensor, Tensor, list[int]]:
        """Args:
            frames: `[B, 768, T]` at 50 Hz; frame_mask `[B, 1, T]` or None where all have length T.
            phones: `[B, X]`; text_mask `[B, 1, X]` or None.
            voice: `[B, 512, 1]`.
            speeds: tempo factor of each; counts: frames of each.

        Returns:
            mean and log deviation `[B, latent, T']`, and the frames of each after the change of tempo.
        """
        y = self.encoder_ssl(masked(self.ssl_proj(masked(frames, frame_mask)), frame_mask), frame_mask)
        text = self.encoder_text(self.text_embedding(phones).transpose(1, 2), text_mask)
        y = self.mrte(y, frame_mask, text, text_mask, voice)
        y = self.encoder2(y, frame_mask)
        y, counts = at_speed(y, speeds, counts)
        mean, deviation = self.proj(y).split(self.latent, dim=1)
        return mean, deviation, counts


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """Zero where `mask` is 0; unchanged where there is no mask."""
    return x if mask is None else x * mask


def length_mask(counts: list[int], total: int, like: Tensor) -> Tensor | None:
    """`[B, 1, total]` of 1 and 0 for lengths `counts`, or None where all are `total`."""
    if min(counts) == total:
        return None
    return counted_mask(torch.tensor(counts, device=like.device), total).to(like.dtype)


def counted_mask(counts: Tensor, total: int) -> Tensor:
    """bool `[B, 1, total]`, true within lengths `counts` `[B]`."""
    at = torch.arange(total, device=counts.device)
    return (at < counts[:, None])[:, None]


def at_speed(y: Tensor, speeds: list[float], counts: list[int]) -> tuple[Tensor, list[int]]:
    """Stretch each item of `[B, C, T]` along time, linearly, to int(frames / speed) + 1; at speed 1 nothing changes."""
    if all(speed == 1.0 for speed in speeds):
        return y, counts
    pieces = [
        item[None, :, :count]
        if speed == 1.0
        else F.interpolate(item[None, :, :count], size=int(count / speed) + 1, mode="linear")
        for item, speed, count in zip(y, speeds, counts, strict=True)
    ]
    lengths = [piece.shape[2] for piece in pieces]
    return torch.cat([F.pad(piece, (0, max(lengths) - piece.shape[2])) for piece in pieces]), lengths
