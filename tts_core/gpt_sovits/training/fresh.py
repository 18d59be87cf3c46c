"""Models that know nothing yet, under their published names: where training begins without a base."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, gain_and_direction
from tts_core.gpt_sovits.model.generator import GeneratorDims
from tts_core.gpt_sovits.model.prior import SSL_WIDTH, PriorDims
from tts_core.gpt_sovits.model.sovits import CODEBOOK, PUBLISHED_RATES, Sovits, SovitsDims
from tts_core.gpt_sovits.model.spectrogram import REFERENCE_BINS
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN, VOCABULARY
from tts_core.gpt_sovits.training.base import Base
from tts_core.gpt_sovits.training.discriminators import PERIODS, discriminator_weights
from tts_core.gpt_sovits.training.posterior import PosteriorDims, PosteriorEncoder
from tts_core.gpt_sovits.training.sound_learner import RATE

NOTHING = "none"
"""Stands for a base where there is none."""
SYMBOLS, VOICE = 732, 512
BINS_OF_VOICE = 704  # what the reference encoder of v2 looks at
WEIGHT_NORMED = ("dec.ups.", "dec.resblocks.", "flow.flows.", "enc_q.enc.")


@dataclass(frozen=True, slots=True)
class SoundSize:
    """Sizes of a sound stage of v2; where nothing is said, as small as learns at all.

    Args:
        latent, channels, hidden: of prior and posterior; hidden of its feed-forward layers.
        layers: of the prior's three encoders: content, text, both.
        decoder, rates, up_kernels: first channels of the decoder, its up-sampling.
        kernels, dilations: of its residual blocks.
        flows, flow_layers, posterior_layers: as many.
        periods, narrowing: of the discriminators.
        codes: of the codebook.
    """

    latent: int = 48
    channels: int = 64
    hidden: int = 128
    layers: tuple[int, int, int] = (1, 2, 1)
    decoder: int = 128
    rates: tuple[int, ...] = (10, 8, 8)
    up_kernels: tuple[int, ...] = (20, 16, 16)
    kernels: tuple[int, ...] = (5,)
    dilations: tuple[int, ...] = (1,)
    flows: int = 2
    flow_layers: int = 2
    posterior_layers: int = 3
    periods: tuple[int, ...] = (3, 7)
    narrowing: int = 32
    codes: int = 512

    def dims(self) -> SovitsDims:
        prior = PriorDims(SYMBOLS, self.latent, self.channels, self.hidden, 2, *self.layers, 3, 4)
        decoder = GeneratorDims(
            self.latent,
            self.decoder,
            VOICE,
            self.rates,
            self.up_kernels,
            self.kernels,
            (self.dilations,) * len(self.kernels),
            False,
        )
        return SovitsDims(
            prior,
            decoder,
            self.flows,
            self.flow_layers,
            5,
            self.channels,
            BINS_OF_VOICE,
            5,
            self.codes,
            False,
        )

    def config(self) -> dict[str, Any]:
        """What a checkpoint of this size carries."""
        model = {
            "version": "v2",
            "p_dropout": 0.0,
            "upsample_rates": list(self.rates),
            "resblock_dilation_sizes": [list(self.dilations)] * len(self.kernels),
        }
        return {"model": model, "data": {"sampling_rate": 32_000}}


PUBLISHED = SoundSize(
    latent=192,
    channels=192,
    hidden=768,
    layers=(3, 6, 3),
    decoder=512,
    rates=PUBLISHED_RATES,
    up_kernels=(16, 16, 8, 2, 2),
    kernels=(3, 7, 11),
    dilations=(1, 3, 5),
    flows=4,
    flow_layers=4,
    posterior_layers=16,
    periods=PERIODS,
    narrowing=1,
    codes=1024,
)
"""Of v2."""

MIDDLE = replace(
    PUBLISHED,
    latent=64,
    channels=64,
    hidden=128,
    layers=(1, 2, 1),
    decoder=256,
    rates=(10, 8, 8),
    up_kernels=(20, 16, 16),
    kernels=(3, 7),
    dilations=(1, 3),
    flows=2,
    flow_layers=3,
    posterior_layers=5,
    periods=(2, 3, 5, 7),
    narrowing=8,
    codes=512,
)
"""Wide enough to be understood; a card learns it in minutes."""


@dataclass(frozen=True, slots=True)
class FreshSize:
    """Of both stages; rate: that the sound stage learns at."""

    sound: SoundSize
    text: T2SDims
    rate: float


FRESH_SIZES: dict[str, FreshSize] = {
    "published": FreshSize(PUBLISHED, T2SDims(512, 16, 24, SYMBOLS), RATE),
    "small": FreshSize(
        replace(MIDDLE, periods=PERIODS, codes=VOCABULARY - 1), T2SDims(256, 4, 6, SYMBOLS), 1e-3
    ),
}


def fresh_base(size: str, seed: int = 0) -> Base:
    """A pair and discriminators that know nothing. Raises `DuoyinError` for a size that is none."""
    if size not in FRESH_SIZES:
        raise DuoyinError(f"{size!r} is no size", hint=f"Known are {', '.join(FRESH_SIZES)}.")
    asked = FRESH_SIZES[size]
    sound, text = fresh_sound(asked.sound, seed=seed), fresh_text(asked.text, seed)
    digest = hashlib.sha256(f"{asked} {seed}".encode()).hexdigest()
    heads = {
        "head": asked.text.heads,
        "n_layer": asked.text.layers,
        "vocab_size": VOCABULARY,
        "EOS": VOCABULARY - 1,
    }
    return Base(
        NOTHING,
        Path(),
        Checkpoint("t2s", text, {"model": heads, "data": {"max_sec": 54}}, "", digest, NOTHING),
        Checkpoint("v2", sound, asked.sound.config(), "", digest, NOTHING),
        digest,
        discriminator_weights(PERIODS, asked.sound.narrowing, seed=seed),
        asked.rate,
    )


def fresh_text(dims: T2SDims, seed: int = 0) -> dict[str, Tensor]:
    """Published names → weights as torch draws them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        drawn = Text2Semantic(dims).state_dict()
        for name, tensor in drawn.items():
            if name.endswith("in_proj_weight"):
                nn.init.xavier_uniform_(tensor)  # as torch's own attention has it
            elif name.endswith("in_proj_bias"):
                nn.init.zeros_(tensor)
    return drawn


def fresh_sound(size: SoundSize, codes: Tensor | None = None, seed: int = 0) -> dict[str, Tensor]:
    """Published names → weights as torch draws them; the projection means pairs of frames, couplings begin as the
    identity (VITS).

    Args:
        codes: `[size.codes, 768]`; None: they get their first places from the first batch that is learned.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        drawn = Sovits(size.dims(), "v2").state_dict()
        posterior = PosteriorEncoder(
            PosteriorDims(REFERENCE_BINS, size.channels, size.latent, 5, size.posterior_layers, VOICE)
        )
        drawn |= {f"enc_q.{name}": tensor for name, tensor in posterior.state_dict().items()}
        for name, tensor in drawn.items():
            if name.endswith(("emb_rel_k", "emb_rel_v")):
                drawn[name] = torch.randn(tensor.shape) * tensor.shape[-1] ** -0.5
    drawn["enc_p.text_embedding.weight"] *= size.channels**-0.5
    for name in [name for name in drawn if ".post." in name]:
        drawn[name] = torch.zeros_like(drawn[name])
    identity = torch.eye(SSL_WIDTH)[..., None]
    drawn["ssl_proj.weight"] = identity.repeat(1, 1, FRAMES_PER_TOKEN) / FRAMES_PER_TOKEN
    drawn["ssl_proj.bias"] = torch.zeros(SSL_WIDTH)
    if codes is not None:
        drawn[f"{CODEBOOK}embed"] = codes.clone()
        return _published(drawn)
    return {**_published(drawn), f"{CODEBOOK}inited": torch.zeros(1)}


def _published(drawn: dict[str, Tensor]) -> dict[str, Tensor]:
    """Kernels as files have them: three axes, and those with weight norm as gain and direction."""
    made = {}
    for name, kernel in drawn.items():
        tensor = kernel[:, :, 0] if kernel.ndim == 4 else kernel
        layer = name.removesuffix(".weight")
        if layer != name and name.startswith(WEIGHT_NORMED) and not layer.endswith((".pre", ".post")):
            made[f"{layer}.weight_g"], made[f"{layer}.weight_v"] = gain_and_direction(tensor)
        else:
            made[name] = tensor
    return made
