"""The sound stage while it learns: a recording is taken apart and made anew.

Everything of the decoder (`model/sovits.py`) and the posterior encoder. The voice's vector comes from the recording
itself; a random segment of the posterior's latent is decoded, so a step's memory does not grow with the recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import SOVITS_KINDS, Kind, fold_weight_norm
from tts_core.gpt_sovits.model.generator import flat_kernels
from tts_core.gpt_sovits.model.prior import counted_mask
from tts_core.gpt_sovits.model.sovits import CODEBOOK, SPEAKER_WIDTH, Sovits, SovitsDims, nearest, sovits_dims
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN
from tts_core.gpt_sovits.training.codebook import Codebook
from tts_core.gpt_sovits.training.posterior import PREFIX, PosteriorDims, PosteriorEncoder, posterior_dims
from tts_core.gpt_sovits.training.sound_batch import SoundBatch
from tts_core.gpt_sovits.training.weights import CPU, PublishedWeights

SEGMENT_FRAMES = 32  # 0.64 s
FROZEN = ("ssl_proj.",)
"""What a small set of recordings must not change: the tokens of the text stage are its codes."""


@dataclass(frozen=True, slots=True)
class SoundDraws:
    """The random numbers of a step.

    Args:
        noise: standard normal `[B, latent, T]`.
        slices: uniform in [0, 1), `[B]`: where the segments are cut.
    """

    noise: Tensor
    slices: Tensor

    @classmethod
    def drawn(cls, batch: SoundBatch, latent: int) -> SoundDraws:
        """From torch's own source, on the CPU: the same on any device."""
        frames = batch.spectrograms.shape[2]
        return cls(torch.randn(len(batch), latent, frames), torch.rand(len(batch)))

    def rows(self, places: Sequence[int]) -> SoundDraws:
        """Those of some of the recordings."""
        return SoundDraws(self.noise[list(places)], self.slices[list(places)])


@dataclass(frozen=True, slots=True)
class Sounded:
    """A batch taken apart and made anew.

    Args:
        samples: `[B, 1, N]`, made; starts: int64 `[B]`, the frame each segment begins at.
        z: the posterior's sample, `[B, latent, T]`; z_p: the flow's of it.
        m_p, logs_p, m_q, logs_q: mean and log deviation of prior and posterior.
        mask: `[B, 1, T]`.
        codes: int64 `[B, T / 2]`; quantized: `[B, 768, T]`.
        commitment: of the quantizer, 0 where it is frozen.
    """

    samples: Tensor
    starts: Tensor
    z: Tensor
    z_p: Tensor
    m_p: Tensor
    logs_p: Tensor
    m_q: Tensor
    logs_q: Tensor
    mask: Tensor
    codes: Tensor
    quantized: Tensor
    commitment: Tensor


class SoundModel(Sovits):
    """Args:
    posterior: sizes of the posterior encoder.
    dropped: share of the attention encoders' dropout; the reference encoder's is always its own.
    codebook: learns where given; else the codes stay as they are.

    `segment`: frames of each line that are decoded; fewer where the shortest line of a batch has fewer.
    """

    def __init__(
        self,
        dims: SovitsDims,
        kind: Kind,
        posterior: PosteriorDims,
        dropped: float,
        codebook: Codebook | None = None,
    ) -> None:
        super().__init__(dims, kind)
        self.enc_q = PosteriorEncoder(posterior)
        self.learning_codebook = codebook
        self.segment = SEGMENT_FRAMES
        for encoder in (self.enc_p.encoder_ssl, self.enc_p.encoder_text, self.enc_p.encoder2):
            for module in encoder.modules():
                if isinstance(module, nn.Dropout):
                    module.p = dropped

    def forward(self, batch: SoundBatch, draws: SoundDraws) -> Sounded:
        mask = counted_mask(batch.frame_counts, batch.spectrograms.shape[2]).to(batch.spectrograms)
        text_mask = counted_mask(batch.phone_counts, batch.phones.shape[1]).to(mask)
        voice, text_voice = self._voice(batch, mask)
        with torch.autocast(mask.device.type, enabled=False):  # other products would be other tokens
            codes, quantized, commitment = self._quantized(batch.features)
        m_p, logs_p, _ = self.enc_p(
            quantized, mask, batch.phones, text_mask, text_voice, [1.0] * len(batch), []
        )
        m_p, logs_p = m_p * mask, logs_p * mask
        z, m_q, logs_q = self.enc_q(batch.spectrograms, mask, voice, draws.noise.to(mask))
        z_p = self.flow.towards_prior(z, mask, voice)
        segment = min(self.segment, int(batch.frame_counts.min()))
        starts = (draws.slices.to(mask) * (batch.frame_counts - segment + 1)).long()
        samples = self.dec(cut(z, starts, segment), voice)
        return Sounded(samples, starts, z, z_p, m_p, logs_p, m_q, logs_q, mask, codes, quantized, commitment)

    def _voice(self, batch: SoundBatch, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The vector of each recording's own voice, for decoder and for MRTE."""
        voice = self.ref_enc(batch.spectrograms * mask, mask)
        if not self.dims.speaker:
            return voice, voice
        if batch.speakers is None:
            raise DuoyinError(
                f"{self.kind} learns with a speaker vector a recording, and some have none",
                hint=f"Give {SPEAKER_WIDTH} numbers of ERes2NetV2 each.",
            )
        voice = self.prelu(voice + self.sv_emb(batch.speakers)[..., None])
        return voice, self.ge_to512(voice.transpose(1, 2)).transpose(1, 2)

    def _quantized(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if self.learning_codebook is not None:
            book, projected = self.learning_codebook, self.ssl_proj(features)
            learned = book.learn(projected) if self.training else book.quantized(projected)
            return learned.codes, _at_50_hertz(learned.frames), learned.commitment
        with torch.no_grad():
            projected = self.ssl_proj(features).transpose(1, 2)
            codes = nearest(projected.flatten(0, 1), self.codebook).view(projected.shape[:2])
            frames = F.embedding(codes, self.codebook).transpose(1, 2)
        return codes, _at_50_hertz(frames), torch.zeros((), device=features.device)


def cut(x: Tensor, starts: Tensor, length: int) -> Tensor:
    """`[B, C, T]` → `[B, C, length]`, each item from its own start."""
    return torch.stack(
        [row[:, start : start + length] for row, start in zip(x, starts.tolist(), strict=True)]
    )


def sound_model(
    weights: Mapping[str, Tensor],
    config: Mapping[str, Any],
    kind: Kind,
    *,
    where: str,
    learn_codebook: bool = False,
    device: torch.device = CPU,
) -> PublishedWeights:
    """The generator of a SoVITS checkpoint with its posterior encoder, ready to learn.

    Args:
        weights: published names; exports leave the posterior encoder out, so those must be joined with a base's.
        config: of the checkpoint; its `p_dropout` counts.
        learn_codebook: for training from scratch; on the CPU.

    Raises:
        DuoyinError: not a SoVITS checkpoint that can be trained, or parts are missing.
    """
    if kind not in SOVITS_KINDS:
        raise DuoyinError(
            f"{kind} cannot be trained yet", where=where, hint=f"Use {', '.join(SOVITS_KINDS)}."
        )
    if not any(name.startswith(PREFIX) for name in weights):
        raise DuoyinError(
            "the file has no posterior encoder (enc_q): it is an export, made for speaking",
            where=where,
            hint="Train from a base model (s2G…pth), or give one beside the export.",
        )
    folded = fold_weight_norm(weights)
    try:
        dims, posterior = sovits_dims(folded, config), posterior_dims(folded)
    except (KeyError, IndexError, ValueError) as error:
        raise DuoyinError(f"the checkpoint lacks parts of a {kind} model ({error})", where=where) from error
    book = codebook_of(weights) if learn_codebook else None
    settings = config.get("model")
    given = settings.get("p_dropout") if isinstance(settings, dict) else None
    dropped = float(given) if isinstance(given, int | float) else (0.0 if dims.speaker else 0.1)
    with torch.device("meta"):
        module = SoundModel(dims, kind, posterior, dropped, book)
    state = (f"{CODEBOOK}inited", f"{CODEBOOK}cluster_size", f"{CODEBOOK}embed_avg")
    learned = {name: tensor for name, tensor in weights.items() if name not in state}
    if book is not None:
        learned[f"{CODEBOOK}embed"] = book.embed
    fixed = (CODEBOOK,) if learn_codebook else (CODEBOOK, *FROZEN)
    return PublishedWeights(
        module.train(),
        learned,
        fixed=fixed,
        shaped=lambda kernels: flat_kernels(kernels, "dec."),
        device=device,
    )


def codebook_of(weights: Mapping[str, Tensor]) -> Codebook:
    """The codes of a checkpoint with their running counts; without a place yet where the checkpoint says so."""
    embed = weights[f"{CODEBOOK}embed"].float().clone()
    inited = weights.get(f"{CODEBOOK}inited")
    size, mean = weights.get(f"{CODEBOOK}cluster_size"), weights.get(f"{CODEBOOK}embed_avg")
    return Codebook(
        embed,
        None if size is None else size.float().clone(),
        None if mean is None else mean.float().clone(),
        ready=inited is not None and bool(inited.any()),
    )


def _at_50_hertz(frames: Tensor) -> Tensor:
    return frames.repeat_interleave(FRAMES_PER_TOKEN, dim=2)
