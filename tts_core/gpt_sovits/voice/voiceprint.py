"""Whether speech is one person's: speaker embeddings of whole recordings and of windows within one.

Two encoders are known. ERes2NetV2 comes with the v2Pro models. The smaller one (Wan et al. 2018, "Generalized
end-to-end loss for speaker verification": three LSTM layers over 40 mel bands) has its weights in the Python package
resemblyzer 0.1.4 (Apache-2.0); they are read as data, none of the package's code runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.files import file_digest
from tts_core.gpt_sovits.files.checkpoints import read_state_dict
from tts_core.gpt_sovits.files.support import Support, find_support
from tts_core.gpt_sovits.model.speaker import load_speaker_encoder
from tts_core.gpt_sovits.model.spectrogram import MelSettings, mel_filters
from tts_core.sound import Samples, resampled

PRINT_RATE = 16_000
WINDOW_SECONDS, WINDOW_HOP = 1.6, 0.4  # the small encoder was trained on windows of 1.6 s
LEAST_TURN = 1.2  # seconds of speech of a second person that are reported
FRAME_RATE = 100  # frames a second of the small encoder

SAME_PERSON_SMALL = 0.70
"""Measured on 21 people's recordings: halves of one recording lie at 0.71 and above (17 pairs), people of one
language below in 94 of 100."""
ONE_VOICE_SMALL = 0.78
"""Measured: recordings of one person divide at 0.84 and above (21); two people joined, 4 s + 4 s, below in 53 of 54."""
SAME_PERSON_LARGE = 0.45  # ERes2NetV2: not measured here, no trained weights were at hand

_WEIGHTS_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
_MEL = MelSettings(PRINT_RATE, 400, 160, 40)
_LEVEL = 10 ** (-30 / 20)  # RMS the small encoder was trained at

Floats = npt.NDArray[np.float32]
SpeakerEmbedding = Callable[[Samples], Floats]
"""Samples at 16 kHz → a vector that is alike for one person."""


@dataclass(frozen=True, slots=True)
class SpeakerJudge:
    """An encoder with the cosines that separate people.

    Args:
        embed: of a recording or a window.
        same_person: cosine between recordings; below, two people.
        one_voice: cosine between the two halves into which windows fall best; below, two people in one recording.
            None: not measured for this encoder, windows are not judged.
    """

    embed: SpeakerEmbedding
    same_person: float
    one_voice: float | None = None

    def print_of(self, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
        """A vector of length 1 that is alike for one person, of a sound at `rate` Hz; their products are cosines."""
        return _unit(self.embed(resampled(samples, rate, PRINT_RATE)))

    def person(self, clips: Sequence[tuple[Samples, int]]) -> npt.NDArray[np.float64]:
        """The same of several sounds (samples, Hz) of one person: the mean of their prints, of length 1."""
        return _unit(np.mean([self.print_of(*clip) for clip in clips], axis=0))


def installed_judge(support: Support | None = None) -> SpeakerJudge | None:
    """The encoder of this machine: the small one where its package is installed, else ERes2NetV2 where it was pulled,
    else None."""
    if small := _small_encoder():
        return SpeakerJudge(small, same_person=SAME_PERSON_SMALL, one_voice=ONE_VOICE_SMALL)
    path = (support or find_support()).speaker
    if path is None:
        return None
    encoder = load_speaker_encoder(read_state_dict(path), where=path.name)

    def embed(samples: Samples) -> Floats:
        vector: Floats = encoder.embed(torch.from_numpy(samples)).numpy()
        return vector

    return SpeakerJudge(embed, same_person=SAME_PERSON_LARGE)


@dataclass(frozen=True, slots=True)
class Split:
    """The best division of a recording's windows in two.

    Args:
        likeness: cosine between the means of both.
        seconds: of speech of the smaller part.
        at: where in the recording the smaller part is first heard, in seconds.
    """

    likeness: float
    seconds: float
    at: float


def divided(samples: Samples, speech: Sequence[tuple[float, float]], embed: SpeakerEmbedding) -> Split | None:
    """Divide the speech of a recording at 16 kHz into two voices; None where there is too little to divide.

    Windows over the speech (pauses left out) are embedded, and fall in two by the sign of the second eigenvector of
    their likenesses (spectral clustering), then by the nearer mean until nothing moves.
    """
    kept = np.concatenate(
        [
            np.arange(int(start * PRINT_RATE), min(len(samples), int(end * PRINT_RATE)))
            for start, end in speech
        ]
        or [np.arange(0)]
    )
    window, hop = int(WINDOW_SECONDS * PRINT_RATE), int(WINDOW_HOP * PRINT_RATE)
    starts = range(0, len(kept) - window + 1, hop)
    if len(kept) < 2 * LEAST_TURN * PRINT_RATE or len(starts) < 3:
        return None
    prints = np.stack([_unit(embed(samples[kept[start : start + window]])) for start in starts])
    likeness = prints @ prints.T
    centred = likeness - likeness.mean(axis=0) - likeness.mean(axis=1)[:, None] + likeness.mean()
    second = np.linalg.eigh(centred)[1][:, -1] > 0
    for _ in range(10):
        if second.all() or not second.any():
            return None
        means = _unit(prints[~second].mean(axis=0)), _unit(prints[second].mean(axis=0))
        nearer = prints @ means[1] > prints @ means[0]
        if (nearer == second).all():
            break
        second = nearer
    smaller = second if second.sum() <= len(second) / 2 else ~second
    if not smaller.any():
        return None
    first = int(np.flatnonzero(smaller)[0])
    return Split(
        likeness=float(means[0] @ means[1]),
        seconds=float(smaller.sum() * WINDOW_HOP),
        at=float(kept[starts[first] + window // 2] / PRINT_RATE),
    )


def _unit(vector: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    flat = np.asarray(vector, dtype=np.float64).ravel()
    unit: npt.NDArray[np.float64] = flat / (np.linalg.norm(flat) or 1.0)
    return unit


class _SmallEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(_MEL.bands, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)

    @torch.inference_mode()
    def embed(self, samples: Samples) -> Floats:
        """The mean over windows of 1.6 s, half overlapping, each of length 1; of length 1."""
        level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        louder = torch.from_numpy(samples * max(1.0, _LEVEL / max(level, 1e-9))).float()
        spectrum = torch.stft(
            louder,
            _MEL.fft,
            _MEL.hop,
            _MEL.fft,
            torch.hann_window(_MEL.fft),
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        mel = (mel_filters(_MEL) @ spectrum.abs().square()).T
        length = int(WINDOW_SECONDS * FRAME_RATE)
        if len(mel) < length:
            mel = F.pad(mel, (0, 0, 0, length - len(mel)))
        windows = mel.unfold(0, length, length // 2).transpose(1, 2)
        _, (hidden, _) = self.lstm(windows)
        prints = F.normalize(torch.relu(self.linear(hidden[-1])), dim=1)
        vector: Floats = F.normalize(prints.mean(dim=0), dim=0).numpy()
        return vector


@cache
def _small_encoder() -> SpeakerEmbedding | None:
    found = find_spec("resemblyzer")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / "pretrained.pt"
    if not path.is_file() or file_digest(path) != _WEIGHTS_SHA256:
        raise DuoyinError(
            "the speaker encoder's weights are not those of resemblyzer 0.1.4",
            where=str(path),
            hint="pip install --no-deps --force-reinstall resemblyzer==0.1.4",
        )
    # An old-style file, which our reader does not take; its sum is pinned, and weights_only keeps out code.
    weights = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    encoder = _SmallEncoder()
    encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()})
    return encoder.requires_grad_(False).eval().embed
