"""The normalizing flow between the prior and the decoder's latent (VITS, Kim et al. 2021). Speech runs it backwards,
training forwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts_core.gpt_sovits.loops.convolutions import Convolution
from tts_core.gpt_sovits.model.prior import masked


class WaveNet(nn.Module):
    """Gated convolutions conditioned on the voice (van den Oord et al. 2016), without dilation."""

    def __init__(self, channels: int, kernel: int, layers: int, voice: int) -> None:
        super().__init__()
        self.channels = channels
        self.in_layers = nn.ModuleList(
            Convolution(channels, 2 * channels, kernel, padding=kernel // 2) for _ in range(layers)
        )
        self.res_skip_layers = nn.ModuleList(
            nn.Conv1d(channels, channels if layer == layers - 1 else 2 * channels, 1)
            for layer in range(layers)
        )
        self.cond_layer = nn.Conv1d(voice, 2 * channels * layers, 1)

    def forward(self, x: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        conditions = self.cond_layer(voice).split(2 * self.channels, dim=1)
        out: Tensor | None = None
        for enter, leave, condition in zip(self.in_layers, self.res_skip_layers, conditions, strict=True):
            shape, gate = (enter(x) + condition).chunk(2, dim=1)
            both = leave(torch.tanh(shape) * torch.sigmoid(gate))
            skip = both
            if both.shape[1] > self.channels:
                residual, skip = both.chunk(2, dim=1)
                x = masked(x + residual, mask)
            out = skip if out is None else out + skip
        assert out is not None
        return masked(out, mask)


class Coupling(nn.Module):
    """Mean-only affine coupling: half the channels shift the other half."""

    def __init__(self, channels: int, hidden: int, kernel: int, layers: int, voice: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(channels // 2, hidden, 1)
        self.enc = WaveNet(hidden, kernel, layers, voice)
        self.post = nn.Conv1d(hidden, channels // 2, 1)

    def forward(self, x: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        kept, moved = x.chunk(2, dim=1)
        return torch.cat([kept, masked(moved - self._shift(kept, mask, voice), mask)], dim=1)

    def undone(self, x: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        """What `forward` makes this of."""
        kept, moved = x.chunk(2, dim=1)
        return torch.cat([kept, masked(moved + self._shift(kept, mask, voice), mask)], dim=1)

    def _shift(self, kept: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        shift: Tensor = self.post(self.enc(masked(self.pre(kept), mask), mask, voice))
        return shift


class Flow(nn.Module):
    """Couplings with the channels reversed in between; published under even indices, the reversals take the odd
    ones."""

    def __init__(self, channels: int, hidden: int, kernel: int, layers: int, flows: int, voice: int) -> None:
        super().__init__()
        self.flows = nn.ModuleDict(
            {str(2 * index): Coupling(channels, hidden, kernel, layers, voice) for index in range(flows)}
        )

    def forward(self, z: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        """Prior sample `[B, C, T]` → decoder latent."""
        for coupling in reversed(list(self.flows.values())):
            z = coupling(z.flip(1), mask, voice)
        return z

    def towards_prior(self, z: Tensor, mask: Tensor | None, voice: Tensor) -> Tensor:
        """Decoder latent `[B, C, T]` → prior sample: what `forward` undoes."""
        for coupling in self.flows.values():
            assert isinstance(coupling, Coupling)
            z = coupling.undone(z, mask, voice).flip(1)
        return z
