"""Semantic tokens → waveform: the SoVITS decoder (v1, v2, v2Pro, v2ProPlus), and HuBERT features → semantic tokens.

All sizes are read from the weights; the few that shapes do not tell (rates, dilations) come from the config and are
checked against the shapes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import (
    SOVITS_KINDS,
    Checkpoint,
    Kind,
    fold_weight_norm,
    load_strictly,
)
from tts_core.gpt_sovits.model.flow import Flow
from tts_core.gpt_sovits.model.generator import Generator, GeneratorDims, flat_kernels
from tts_core.gpt_sovits.model.prior import MRTE_WIDTH, PriorDims, PriorEncoder, length_mask
from tts_core.gpt_sovits.model.reference import ReferenceEncoder
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN, NOISE_SCALE

SAMPLE_RATE = 32_000
SAMPLES_PER_TOKEN = 1280  # 25 tokens a second
SPEAKER_WIDTH = 20_480  # ERes2NetV2, flattened
FIRST_STRETCH = 32
"""Frames of the first stretch of a stream: 0.64 s."""
STRETCH_GROWTH = 1.5
"""How much longer each further stretch is: one is made while the one before it is heard, and the longer they are the
less is computed twice."""
LONGEST_STRETCH = 250
"""Frames of a stretch at most: 5 s."""

PUBLISHED_RATES = (10, 8, 2, 2, 2)  # configs/s2.json
PUBLISHED_DILATIONS = ((1, 3, 5), (1, 3, 5), (1, 3, 5))

CODEBOOK = "quantizer.vq.layers.0._codebook."
IGNORED = (
    "enc_q.",  # posterior encoder: training only
    f"{CODEBOOK}inited",
    f"{CODEBOOK}cluster_size",
    f"{CODEBOOK}embed_avg",
)


@dataclass(frozen=True, slots=True)
class SovitsDims:
    prior: PriorDims
    generator: GeneratorDims
    flows: int
    flow_layers: int
    flow_kernel: int
    flow_hidden: int
    bins: int
    style_kernel: int
    codes: int
    speaker: bool


@dataclass(frozen=True, slots=True)
class VoiceVector:
    """What the decoder knows of a voice: `decoder` `[1, G, 1]` for flow and generator, `text` `[1, 512, 1]` for the
    MRTE."""

    decoder: Tensor
    text: Tensor


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One line to turn into sound.

    Args:
        tokens: int64 `[T]`, T ≥ 1, of the line only.
        phones: int64 `[X]`, X ≥ 1, of the line only.
        voice: from `Sovits.voice`.
        speed: tempo factor.
        seed: draws the noise.
        noise: `[latent, ≥ frames]` instead of drawing it.
        noise_scale: 0 = the mean of the prior.
    """

    tokens: Tensor
    phones: Tensor
    voice: VoiceVector
    speed: float = 1.0
    seed: int = 0
    noise: Tensor | None = None
    noise_scale: float = NOISE_SCALE


class _Codebook(nn.Module):
    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Parameter(torch.zeros(codes, width))


class Sovits(nn.Module):
    """The decoder's parameters under their published names."""

    def __init__(self, dims: SovitsDims, kind: Kind) -> None:
        super().__init__()
        self.dims, self.kind = dims, kind
        latent, voice = dims.prior.latent, dims.generator.voice
        self.enc_p = PriorEncoder(dims.prior)
        self.flow = Flow(latent, dims.flow_hidden, dims.flow_kernel, dims.flow_layers, dims.flows, voice)
        self.dec = Generator(dims.generator)
        self.ref_enc = ReferenceEncoder(dims.bins, voice, dims.style_kernel)
        self.ssl_proj = nn.Conv1d(768, 768, 2, stride=2)
        codebook = _Codebook(dims.codes, 768)
        self.quantizer = nn.ModuleDict(
            {"vq": nn.ModuleDict({"layers": nn.ModuleList([nn.ModuleDict({"_codebook": codebook})])})}
        )
        if dims.speaker:
            self.sv_emb = nn.Linear(SPEAKER_WIDTH, voice)
            self.ge_to512 = nn.Linear(voice, MRTE_WIDTH)
            self.prelu = nn.PReLU(voice)

    @property
    def codebook(self) -> Tensor:
        return self.get_parameter(f"{CODEBOOK}embed")

    @property
    def device(self) -> torch.device:
        return self.codebook.device

    @property
    def dtype(self) -> torch.dtype:
        return self.codebook.dtype

    def speak_in(self, dtype: torch.dtype) -> None:
        """Decode in another precision. The quantizer and the voice's vector stay as they are: they are computed once
        a voice, and rounding there would change tokens and timbre for good."""
        for part in (self.enc_p, self.flow, self.dec):
            part.to(dtype)

    @property
    def symbol_set(self) -> str:
        return "v1" if self.kind == "v1" else "v2"

    @torch.inference_mode()
    def semantic_tokens(self, features: Tensor) -> Tensor:
        """HuBERT features `[1, 768, T]` at 50 Hz → int64 `[T // 2]`: the nearest codes by squared distance."""
        projected: Tensor = self.ssl_proj(features.to(self.device, self.dtype))[0].T.float()
        return nearest(projected, self.codebook.float())

    @torch.inference_mode()
    def voice(self, spectrograms: Sequence[Tensor], speakers: Sequence[Tensor] = ()) -> VoiceVector:
        """The voice of one or more reference clips: the mean of their vectors.

        Args:
            spectrograms: `[1, 1025, F]` each.
            speakers: `[1, 20480]` each, for v2Pro and v2ProPlus.
        """
        vectors = []
        for index, spectrogram in enumerate(spectrograms):
            vector = self.ref_enc(spectrogram.to(self.device, self.dtype))
            if self.dims.speaker:
                vector = vector + self.sv_emb(speakers[index].to(self.device, self.dtype))[..., None]
                vector = self.prelu(vector)
            vectors.append(vector)
        mean = torch.stack(vectors).mean(dim=0)
        text = self.ge_to512(mean.transpose(1, 2)).transpose(1, 2) if self.dims.speaker else mean
        return VoiceVector(mean, text)

    @torch.inference_mode()
    def decode(self, requests: Sequence[SpeechRequest]) -> list[Tensor]:
        """Samples float32 `[T]` of each line, on the CPU.

        Lines of different lengths are padded and masked at every layer, so each sounds as if decoded alone.
        """
        z, voice, counts = self._latents(requests)
        audio = self.dec(z, voice, counts).float().cpu()
        samples = math.prod(self.dims.generator.rates)
        return [audio[row, 0, : count * samples].clone() for row, count in enumerate(counts)]

    @torch.inference_mode()
    def stream(self, request: SpeechRequest) -> Iterator[Tensor]:
        """The samples of `decode`, float32 `[T]` on the CPU, stretch by stretch, each when it is made.

        Encoder and flow, whose attention sees the whole line and which cost a twentieth, run once over all of it. The
        generator, whose convolutions do not see further than `GeneratorDims.reach`, runs over a stretch with that many
        frames around it: all that a sample hangs on, so that stretches meet as in the whole line but for rounding.
        """
        z, voice, (count,) = self._latents([request])
        reach, samples = self.dims.generator.reach, math.prod(self.dims.generator.rates)
        for first, last in stretches(count):
            begin, end = max(0, first - reach), min(count, last + reach)
            audio = self.dec(z[:, :, begin:end], voice)
            yield audio[0, 0, (first - begin) * samples : (last - begin) * samples].float().cpu().clone()

    @torch.inference_mode()
    def latent(self, request: SpeechRequest) -> Tensor:
        """What the generator is given for a line, float32 `[latent, frames]`, on the CPU."""
        z, _, (count,) = self._latents([request])
        return z[0, :, :count].float().cpu().clone()

    def _latents(self, requests: Sequence[SpeechRequest]) -> tuple[Tensor, Tensor, list[int]]:
        """What the generator is given: latents `[B, latent, T]`, voices `[B, G, 1]`, and the frames of each line."""
        counts = [FRAMES_PER_TOKEN * len(request.tokens) for request in requests]
        words = [len(request.phones) for request in requests]
        tokens = nn.utils.rnn.pad_sequence(
            [request.tokens.to(self.device) for request in requests], batch_first=True
        )
        phones = nn.utils.rnn.pad_sequence(
            [request.phones.to(self.device) for request in requests], batch_first=True
        )
        dtype = self.enc_p.text_embedding.weight.dtype
        frames = (
            F.embedding(tokens, self.codebook)
            .to(dtype)
            .transpose(1, 2)
            .repeat_interleave(FRAMES_PER_TOKEN, dim=2)
        )
        room, text_room = roomy(max(counts)), roomy(max(words))
        frames = F.pad(frames, (0, room - frames.shape[2]))
        phones = F.pad(phones, (0, text_room - phones.shape[1]))
        frame_mask, text_mask = length_mask(counts, room, frames), length_mask(words, text_room, frames)
        voice = torch.cat([request.voice.decoder for request in requests]).to(dtype)
        text_voice = torch.cat([request.voice.text for request in requests]).to(dtype)
        speeds = [request.speed for request in requests]
        mean, deviation, counts = self.enc_p(
            frames, frame_mask, phones, text_mask, text_voice, speeds, counts
        )
        room = roomy(max(counts))
        mean, deviation = (F.pad(x, (0, room - x.shape[2])) for x in (mean, deviation))
        mask = length_mask(counts, room, frames)
        noise = torch.zeros_like(mean)
        for row, (request, count) in enumerate(zip(requests, counts, strict=True)):
            noise[row, :, :count] = (_noise(request, mean.shape[1], count) * request.noise_scale).to(noise)
        return self.flow(mean + noise * torch.exp(deviation), mask, voice), voice, counts


def stretches(count: int) -> Iterator[tuple[int, int]]:
    """(first, end) frames of the stretches that `count` frames are streamed in, short at first, then growing. What
    would be left shorter than a first one goes with the one before it."""
    first, length = 0, float(FIRST_STRETCH)
    while first < count:
        end = first + int(length)
        if count - end < FIRST_STRETCH:
            end = count
        yield first, end
        first, length = end, min(length * STRETCH_GROWTH, LONGEST_STRETCH)


def nearest(rows: Tensor, codes: Tensor) -> Tensor:
    """int64 `[N]`: the code of `[K, D]` nearest to each of rows `[N, D]`."""
    return (codes.square().sum(1) - 2 * rows @ codes.T).argmin(dim=1)


def roomy(length: int) -> int:
    """A length rounded up to one of few: four to a doubling, in steps of 16 at least.

    oneDNN and cuDNN make code for each shape they meet, which for a line of a new length takes about as long as the
    sound itself.
    """
    step = max(16, 1 << max(0, (length - 1).bit_length() - 3))
    return -(-length // step) * step


def _noise(request: SpeechRequest, latent: int, count: int) -> Tensor:
    """Standard normal `[latent, count]`, drawn on the CPU from the line's own seed: the same on any device, in any
    batch."""
    if request.noise_scale == 0:
        return torch.zeros(latent, count)
    if request.noise is not None:
        return request.noise[:, :count]
    source = torch.Generator().manual_seed(request.seed & 0x7FFFFFFFFFFFFFFF)
    return torch.randn(latent, count, generator=source)


def load_sovits(checkpoint: Checkpoint) -> Sovits:
    """Build the decoder for a SoVITS checkpoint and load it strictly (float32, CPU, weight norm folded in).

    Raises:
        DuoyinError: v3, v4 and LoRA files (not yet), a GPT checkpoint, or weights that do not fit.
    """
    kind, where = checkpoint.kind, checkpoint.source
    if kind == "t2s":
        raise DuoyinError(
            "this is a GPT checkpoint, not a SoVITS file", where=where, hint="Give the SoVITS .pth here."
        )
    if kind not in SOVITS_KINDS:
        raise DuoyinError(
            f"GPT-SoVITS {'LoRA files' if kind == 'lora' else kind} cannot be run yet",
            where=where,
            hint=f"Use a voice trained for {', '.join(SOVITS_KINDS)}.",
        )
    weights = fold_weight_norm(
        {name: tensor for name, tensor in checkpoint.weights.items() if not name.startswith(IGNORED)}
    )
    try:
        dims = sovits_dims(weights, checkpoint.config)
    except (KeyError, IndexError, ValueError) as error:
        raise DuoyinError(f"the checkpoint lacks parts of a {kind} decoder ({error})", where=where) from error
    with torch.device("meta"):
        model = Sovits(dims, kind)
    model = model.to_empty(device="cpu")
    load_strictly(model, flat_kernels(weights, "dec."), where=where, ignored=IGNORED)
    model.dec.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.requires_grad_(False).eval()


def sovits_dims(weights: Mapping[str, Tensor], config: Mapping[str, Any]) -> SovitsDims:
    """Sizes of a decoder, read from folded weights (published names); `config` tells rates and dilations.

    Raises:
        KeyError, IndexError, ValueError: no such decoder.
    """
    settings = config.get("model")
    settings = settings if isinstance(settings, dict) else {}

    def shape(name: str, axes: int) -> tuple[int, ...]:
        if name not in weights:
            raise KeyError(f"no {name}")
        found = tuple(weights[name].shape)
        if len(found) != axes or 0 in found:
            raise ValueError(f"{name} is {list(found)}")
        return found

    def count(prefix: str) -> int:
        numbers = {
            int(part)
            for name in weights
            if name.startswith(prefix) and (part := name[len(prefix) :].split(".")[0]).isdigit()
        }
        if not numbers or max(numbers) > 256:
            raise ValueError(f"{prefix}* has {len(numbers)} parts")
        return max(numbers) + 1

    first = "enc_p.encoder_text.attn_layers.0."
    channels = shape(first + "conv_q.weight", 3)[0]
    _, offsets, head_width = shape(first + "emb_rel_k", 3)
    hidden, _, kernel = shape("enc_p.encoder_text.ffn_layers.0.conv_1.weight", 3)
    latent = shape("enc_p.proj.weight", 3)[0] // 2
    if channels % head_width or latent % 2:
        raise ValueError(f"{channels} channels in heads of {head_width}")
    prior = PriorDims(
        symbols=shape("enc_p.text_embedding.weight", 2)[0],
        latent=latent,
        channels=channels,
        hidden=hidden,
        heads=channels // head_width,
        ssl_layers=count("enc_p.encoder_ssl.attn_layers."),
        text_layers=count("enc_p.encoder_text.attn_layers."),
        joint_layers=count("enc_p.encoder2.attn_layers."),
        kernel=kernel,
        window=offsets // 2,
    )
    first_channels = shape("dec.conv_pre.weight", 3)[0]
    voice = shape("dec.cond.weight", 3)[1]
    stages = count("dec.ups.")
    kernels = tuple(shape(f"dec.ups.{stage}.weight", 3)[2] for stage in range(stages))
    blocks = count("dec.resblocks.") // stages
    block_kernels = tuple(shape(f"dec.resblocks.{block}.convs1.0.weight", 3)[2] for block in range(blocks))
    rates = _numbers(settings.get("upsample_rates"), PUBLISHED_RATES, stages)
    if math.prod(rates) * FRAMES_PER_TOKEN != SAMPLES_PER_TOKEN or any(
        (k - r) % 2 or k < r for k, r in zip(kernels, rates, strict=True)
    ):
        raise ValueError(f"up-sampling by {list(rates)} with kernels {list(kernels)}")
    given = settings.get("resblock_dilation_sizes")
    pairs = count("dec.resblocks.0.convs1.")
    dilations = tuple(
        _numbers(
            given[block] if isinstance(given, list) and len(given) == blocks else None,
            PUBLISHED_DILATIONS[0],
            pairs,
        )
        for block in range(blocks)
    )
    generator = GeneratorDims(
        latent,
        first_channels,
        voice,
        rates,
        kernels,
        block_kernels,
        dilations,
        "dec.conv_post.bias" in weights,
    )
    flow_hidden, _, flow_kernel = shape("flow.flows.0.enc.in_layers.0.weight", 3)
    return SovitsDims(
        prior=prior,
        generator=generator,
        flows=count("flow.flows.") // 2 + 1,
        flow_layers=count("flow.flows.0.enc.in_layers."),
        flow_kernel=flow_kernel,
        flow_hidden=flow_hidden // 2,
        bins=shape("ref_enc.spectral.0.fc.weight", 2)[1],
        style_kernel=shape("ref_enc.temporal.0.conv1.conv.weight", 3)[2],
        codes=shape(f"{CODEBOOK}embed", 2)[0],
        speaker="sv_emb.weight" in weights,
    )


def _numbers(given: Any, published: tuple[int, ...], length: int) -> tuple[int, ...]:
    """`given` where it is a list of `length` plausible numbers, else the published ones."""
    if (
        isinstance(given, list)
        and len(given) == length
        and all(isinstance(number, int) and 0 < number <= 64 for number in given)
    ):
        return tuple(given)
    if length != len(published):
        raise ValueError(f"{length} stages and no config that names their sizes")
    return published
