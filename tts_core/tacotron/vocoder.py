"""Mels → sound by a small HiFi-GAN (Kong, Kim & Bae 2020), with or without a harmonic source, and its files.

The files are those of the published generators: `{"generator": tensors}` and a configuration with HiFi-GAN's names
(`upsample_rates`, `num_mels` …), which lies in the file itself or, as published, in a `config.json` beside it. So
NSF-HiFiGAN as so-vits-svc and DiffSinger use it is read, too.

A mel does not say the frequency outright; like HiFTNet (Li et al. 2023) a vocoder trained here reads it from the mel.
Published ones are told.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from normalizers import DuoyinError
from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.files.checkpoints import fold_weight_norm, gain_and_direction
from tts_core.gpt_sovits.model.generator import Generator, GeneratorDims, flat_kernels
from tts_core.gpt_sovits.model.source import sines
from tts_core.gpt_sovits.model.spectrogram import MelSettings
from tts_core.tacotron.model import MEAN, SPREAD, TacotronSize
from tts_core.tacotron.pitch import HIGHEST, LOWEST

Source = Literal["none", "nsf"]
SOURCES: tuple[Source, ...] = ("none", "nsf")
VOCODER_FILE = "vocoder.pth"  # beside a voice's voice.yaml
CONFIG_FILE = "config.json"  # beside a published generator
HARMONICS = 9  # of a source: the fundamental and eight above it, as published
READING = 64  # channels that read the frequency
READER = "reader."


@dataclass(frozen=True, slots=True)
class VocoderSize:
    """Sizes of a generator and the mels it is for.

    Args:
        mel: rate, window, hop (the product of `rates`) and bands; natural logarithms.
        channels: first; halved in each stage. rates, kernels: of the stages.
        block_kernels, dilations: of the residual blocks of each stage.
        source: `nsf`: harmonic.
        reads: it reads the frequency from the mel; else it is told.
    """

    mel: MelSettings
    channels: int = 128
    rates: tuple[int, ...] = (8, 8, 8)
    kernels: tuple[int, ...] = (16, 16, 16)
    block_kernels: tuple[int, ...] = (3, 7)
    dilations: tuple[tuple[int, ...], ...] = ((1, 3), (1, 3))
    source: Source = "none"
    reads: bool = False

    @property
    def generator(self) -> GeneratorDims:
        return GeneratorDims(
            self.mel.bands,
            self.channels,
            0,
            self.rates,
            self.kernels,
            self.block_kernels,
            self.dilations,
            True,
            HARMONICS if self.source == "nsf" else 0,
        )


def vocoder_size(size: TacotronSize, source: Source) -> VocoderSize:
    """A vocoder for what Tacotron 2 of that size says: half a million parameters."""
    rates = {256: (8, 8, 4), 512: (8, 8, 8), 1024: (16, 8, 8)}[size.hop]
    kernels = tuple(2 * rate for rate in rates)
    return VocoderSize(size.mel, rates=rates, kernels=kernels, source=source, reads=source == "nsf")


class Vocoder(nn.Module):
    """`dec`, the generator, and `reader`, which tells frequency and voicing of a mel."""

    def __init__(self, size: VocoderSize) -> None:
        super().__init__()
        self.size = size
        self.dec = Generator(size.generator)
        self.reader = (
            nn.Sequential(
                nn.Conv1d(size.mel.bands, READING, 5, padding=2),
                nn.ReLU(),
                nn.Conv1d(READING, READING, 5, padding=2),
                nn.ReLU(),
                nn.Conv1d(READING, 2, 1),
            )
            if size.reads
            else None
        )

    def forward(self, mel: Tensor, frequency: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Log mels `[B, bands, T]` and, for a source, Hz `[B, T]` (0: unvoiced) → samples `[B, 1, T · hop]`, and what
        the reader makes of the mels, `[B, 2, T]`: the logit of being voiced, and where between `LOWEST` and `HIGHEST`
        the frequency is, as a logit, too."""
        waves = None
        if self.size.source == "nsf":
            assert frequency is not None
            waves = sines(frequency, HARMONICS, self.size.mel.hop, self.size.mel.sample_rate)
        read = self.reader((mel - MEAN) / SPREAD) if self.reader is not None else None
        return self.dec(mel, waves=waves), read

    @torch.no_grad()
    def frequency(self, mel: Tensor) -> Tensor | None:
        """Hz `[B, T]` as read from log mels `[B, bands, T]`, 0 where unvoiced; None where nothing reads it."""
        if self.reader is None:
            return None
        voiced, height = self.reader((mel - MEAN) / SPREAD).unbind(dim=1)
        return torch.where(voiced > 0, torch.exp(log_hertz(height)), torch.zeros_like(height))

    def sound(self, mel: Tensor, *, seed: int, frequency: Tensor | None = None) -> Tensor:
        """A line's log mel `[bands, T]` → samples `[T · hop]`.

        Args:
            seed: of the source's noise.
            frequency: Hz `[T]`; None: as read from the mel.

        Raises:
            DuoyinError: a source, and nobody tells the frequency.
        """
        hertz = frequency[None] if frequency is not None else self.frequency(mel[None])
        if self.size.source == "nsf" and hertz is None:
            raise DuoyinError("this vocoder has a harmonic source and cannot read its frequency from a mel")
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            made: Tensor = self(mel[None], hertz)[0][0, 0]
        return made


def log_hertz(height: Tensor) -> Tensor:
    """The natural logarithm of the frequency that a logit of the reader stands for."""
    low, high = math.log(LOWEST), math.log(HIGHEST)
    return low + (high - low) * torch.sigmoid(height)


@dataclass(frozen=True, slots=True)
class ReadVocoder:
    """A vocoder of a file: ready to sound, and its tensors under their published names, to learn on."""

    vocoder: Vocoder
    weights: dict[str, Tensor] = field(repr=False)
    sha256: str


def fresh_vocoder(size: VocoderSize, seed: int = 0) -> dict[str, Tensor]:
    """Weights that know nothing, as torch draws them: gains and directions of the generator's convolutions, but for
    those of the source, which are plain in the published ones."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        drawn = Vocoder(size).state_dict()
    made: dict[str, Tensor] = {}
    for name, tensor in drawn.items():
        if (
            not name.startswith("dec.")
            or not name.endswith(".weight")
            or "noise_convs" in name
            or "m_source" in name
        ):
            made[name] = _published_shape(name, tensor)
            continue
        made[f"{name}_g"], made[f"{name}_v"] = gain_and_direction(_published_shape(name, tensor))
    return made


def first_weights(size: VocoderSize, base: Path | None, seed: int) -> tuple[dict[str, Tensor], str]:
    """Weights to begin with and the digest of their file: those of a vocoder's file, where it is there and of that
    size; else new ones, and no digest. Raises DuoyinError where the file is no vocoder."""
    if base is not None and base.is_file():
        found = read_vocoder(base)
        if found.vocoder.size == size:
            return found.weights, found.sha256
    return fresh_vocoder(size, seed), ""


def module_kernels(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Folded published weights in the module's shapes."""
    return flat_kernels(weights, "dec.")


def write_vocoder(size: VocoderSize, weights: Mapping[str, Tensor], info: str, path: Path) -> None:
    """Write weights (published names) and configuration. Raises CannotWrite: no room, or no right."""
    generator = {
        name.removeprefix("dec."): tensor.detach().cpu().contiguous()
        for name, tensor in weights.items()
        if name.startswith("dec.")
    }
    reader = {
        name.removeprefix(READER): tensor.detach().cpu().contiguous()
        for name, tensor in weights.items()
        if name.startswith(READER)
    }
    with atomic_path(path) as beside:
        content = {"generator": generator, "reader": reader, "config": config_of(size), "info": info}
        torch.save(content, beside)


def read_vocoder(path: Path) -> ReadVocoder:
    """Read what `write_vocoder` wrote, or a published NSF-HiFiGAN.

    Args:
        path: of the file of weights; a published one has its `config.json` beside it.

    Raises:
        DuoyinError: anything else.
    """
    found = read_archive(path)
    content: Any = found.content
    if not isinstance(content, dict) or not isinstance(content.get("generator"), dict):
        raise DuoyinError("this is no vocoder: it holds no generator", where=str(path))
    config = content.get("config") or _config_beside(path)
    try:
        names = content["generator"]
        weights = {f"dec.{name}": tensor.float() for name, tensor in names.items()}
        weights |= {f"{READER}{name}": tensor.float() for name, tensor in content.get("reader", {}).items()}
        size = size_of(
            config, "nsf" if "m_source.l_linear.weight" in names else "none", bool(content.get("reader"))
        )
        with torch.device("meta"):
            vocoder = Vocoder(size)
        vocoder.load_state_dict(module_kernels(fold_weight_norm(weights)), assign=True)
    except (TypeError, KeyError, ValueError, RuntimeError, AttributeError) as error:
        raise DuoyinError(f"this vocoder cannot be read ({error})", where=str(path)) from error
    return ReadVocoder(vocoder.requires_grad_(False).eval(), weights, found.sha256)


def config_of(size: VocoderSize) -> dict[str, Any]:
    """The configuration under HiFi-GAN's names."""
    mel = size.mel
    return {
        "resblock": "1",
        "upsample_rates": list(size.rates),
        "upsample_kernel_sizes": list(size.kernels),
        "upsample_initial_channel": size.channels,
        "resblock_kernel_sizes": list(size.block_kernels),
        "resblock_dilation_sizes": [list(each) for each in size.dilations],
        "num_mels": mel.bands,
        "n_fft": mel.fft,
        "win_size": mel.fft,
        "hop_size": mel.hop,
        "sampling_rate": mel.sample_rate,
        "fmin": mel.low,
        "fmax": mel.high,
    }


def size_of(config: Mapping[str, Any], source: Source, reads: bool) -> VocoderSize:
    """Sizes of a configuration.

    Raises:
        KeyError, TypeError: something is missing, or no number.
        ValueError: what these generators here do not do.
    """
    if str(config.get("resblock", "1")) != "1":
        raise ValueError("its residual blocks are HiFi-GAN's of version 3")
    if config.get("mini_nsf") or config.get("noise_sigma"):
        raise ValueError("a source of the newer kind (mini_nsf, noise_sigma) is not known here")
    if config["win_size"] != config["n_fft"]:
        raise ValueError("its window is shorter than its Fourier transform")
    if math.prod(config["upsample_rates"]) != config["hop_size"]:
        raise ValueError("its rates do not make up a hop")
    high = config["fmax"]
    mel = MelSettings(
        int(config["sampling_rate"]),
        int(config["n_fft"]),
        int(config["hop_size"]),
        int(config["num_mels"]),
        float(config["fmin"]),
        None if high is None else float(high),
    )
    return VocoderSize(
        mel,
        int(config["upsample_initial_channel"]),
        tuple(map(int, config["upsample_rates"])),
        tuple(map(int, config["upsample_kernel_sizes"])),
        tuple(map(int, config["resblock_kernel_sizes"])),
        tuple(tuple(map(int, each)) for each in config["resblock_dilation_sizes"]),
        source,
        reads,
    )


def _config_beside(path: Path) -> dict[str, Any]:
    beside = path.parent / CONFIG_FILE
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DuoyinError(
            f"a vocoder's sizes cannot be read ({error})",
            where=str(beside),
            hint=f"A published generator comes with a {CONFIG_FILE}: put both into one folder.",
        ) from error
    return dict(found)


def _published_shape(name: str, tensor: Tensor) -> Tensor:
    """A module's kernel without its second axis of length 1."""
    return tensor[:, :, 0] if name.startswith("dec.") and tensor.ndim == 4 else tensor
