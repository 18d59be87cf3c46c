"""Tacotron 2 (Shen et al. 2018, “Natural TTS synthesis by conditioning WaveNet on mel spectrogram predictions”) as
torchaudio has it, for phonemes of the GPT-SoVITS models: sizes, mels, and its files.

It is here to be compared with: the design before a language model of tokens. A vocoder that makes its mels sound has to
be trained (`vocoder.py`); `sounded` does without one.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torchaudio.functional import griffinlim
from torchaudio.models import Tacotron2

from normalizers import DuoyinError
from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.model.spectrogram import MelSettings, linear_spectrogram, mel_filters
from tts_core.gpt_sovits.text.symbols import SymbolSet, symbols
from tts_core.gpt_sovits.training.mel import FLOOR, log_mel

SAMPLE_RATE = 22_050  # Hz, as published
BANDS, HIGHEST = 80, 8_000.0  # mel bands, up to so many Hz
MEAN, SPREAD = -5.0, 2.5
"""Of natural logarithms of mels of speech, about: (log - MEAN) / SPREAD is what the model learns, so that silence is
-2.6, loud vowels are 2, and a frame of zeros, which it begins with, is in between."""
SILENCE = (math.log(FLOOR) - MEAN) / SPREAD
SYMBOLS: SymbolSet = "v2"
ROUNDS = 60  # of Griffin and Lim's algorithm


@dataclass(frozen=True, slots=True)
class TacotronSize:
    """Widths of the model; what is not here (layers, kernels, dropout) is as published.

    Args:
        embedding: of a phoneme, and of the encoder.
        attention, decoder: units of the two LSTMs. heard: of the attention's hidden layer; filters: of its location
            layer.
        prenet, postnet: channels.
        fft, hop: samples of a mel's window and between two mels; a hop is a step of the decoder.
    """

    embedding: int = 512
    attention: int = 1024
    decoder: int = 1024
    heard: int = 128
    filters: int = 32
    prenet: int = 256
    postnet: int = 512
    fft: int = 1024
    hop: int = 256

    @property
    def rate(self) -> float:
        """Mels a second."""
        return SAMPLE_RATE / self.hop

    @property
    def mel(self) -> MelSettings:
        return MelSettings(SAMPLE_RATE, self.fft, self.hop, BANDS, high=HIGHEST)


SMALL = TacotronSize(128, 256, 256, 64, 16, 128, 128, 2048, 512)
"""2 million parameters and half the steps: for a CPU."""
SIZES: Mapping[str, TacotronSize] = {"published": TacotronSize(), "small": SMALL}


@dataclass(frozen=True, slots=True)
class Tacotron:
    """A model with its size; `sha256`: of its file, "" where it is none yet."""

    net: Tacotron2
    size: TacotronSize
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says of a line.

    Args:
        mel: `[80, T]`, as learned.
        attention: weights of each phoneme `[T, X]`.
        ended: it stopped by itself.
    """

    mel: Tensor
    attention: Tensor
    ended: bool


def fresh(size: TacotronSize, seed: int = 0) -> Tacotron:
    """A model that knows nothing, as torchaudio draws it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Tacotron(_net(size), size)


def mel_of(samples: Tensor, size: TacotronSize) -> Tensor:
    """Samples `[N]` at `SAMPLE_RATE` → what is learned, `[80, N // hop]`."""
    spectrogram = linear_spectrogram(samples[None], size.fft, size.hop)
    return (log_mel(spectrogram, size.mel)[0] - MEAN) / SPREAD


def say(model: Tacotron, phones: Tensor, *, seed: int, most: int) -> Said:
    """Speak a line; the pre-net forgets at random in speaking, too (section 2.2 there), so that a seed is a take.

    Args:
        phones: int64 `[X]`.
        most: steps after which it is stopped.
    """
    model.net.decoder.decoder_max_step = most
    with torch.random.fork_rng(devices=[]), torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the limit, which `ended` tells
        torch.manual_seed(seed)
        mel, lengths, attention = model.net.infer(phones[None])
    return Said(mel[0], attention[0], int(lengths[0]) < most)


def sounded(mel: Tensor, size: TacotronSize, *, seed: int) -> Tensor:
    """What is learned, `[80, T]`, → samples `[(T - 1) · hop]`: magnitudes by least squares, phases by Griffin & Lim's
    algorithm (1984) in the faster form of Perraudin et al. (2013). Nothing in it was trained. What is shorter than a
    window is filled up with silence."""
    missing = (
        size.fft // size.hop + 1 - mel.shape[1]
    )  # a window must fit in; a model that knows nothing stops at once
    if missing > 0:
        mel = F.pad(mel, (0, missing), value=SILENCE)
    magnitudes = (_inverse(size.mel) @ torch.exp(mel * SPREAD + MEAN)).clamp_min(FLOOR)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: Tensor = griffinlim(
            magnitudes,
            torch.hann_window(size.fft),
            size.fft,
            size.hop,
            size.fft,
            1.0,
            ROUNDS,
            0.99,
            None,
            True,
        )
    return made


@cache
def _inverse(settings: MelSettings) -> Tensor:
    inverse: Tensor = torch.linalg.pinv(mel_filters(settings))
    return inverse


def write_model(net: Tacotron2, size: TacotronSize, info: str, path: Path) -> None:
    """Write weights and size. Raises CannotWrite: no room, or no right."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    with atomic_path(path) as beside:
        torch.save({"tacotron2": asdict(size), "weight": weights, "info": info}, beside)


def read_model(path: Path) -> Tacotron:
    """Read what `write_model` wrote, ready to speak. Raises DuoyinError for anything else."""
    found = read_archive(path)
    content: Any = found.content
    try:
        size = TacotronSize(**content["tacotron2"])
        net = _net(size)
        net.load_state_dict(content["weight"])
    except (TypeError, KeyError, RuntimeError) as error:
        raise DuoyinError(f"this is no model of Tacotron 2 ({error})", where=str(path)) from error
    return Tacotron(net.eval(), size, found.sha256)


def _net(size: TacotronSize) -> Tacotron2:
    return Tacotron2(
        n_mels=BANDS,
        n_symbol=len(symbols(SYMBOLS)),
        symbol_embedding_dim=size.embedding,
        encoder_embedding_dim=size.embedding,
        decoder_rnn_dim=size.decoder,
        attention_rnn_dim=size.attention,
        attention_hidden_dim=size.heard,
        attention_location_n_filter=size.filters,
        prenet_dim=size.prenet,
        postnet_embedding_dim=size.postnet,
    )
