"""Speech for `bench_training`: sentences of a novel in voices of the embedded engine, cut to what both stages learn.

Published HuBERT weights are not at hand, so the content features are a stand-in: what the encoder of whisper-base makes
of a sound (50 vectors of 512 a second), less their mean, divided by their deviation, with zeros up to 768. The codes are
k-means of pairs of them over the six voices of the base, so the base knows nothing of the seventh.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import normalize_spans
from tests.benchmarks.planted import Speaker, book_lines
from tts_core.files import atomic_path
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, nearest
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN
from tts_core.gpt_sovits.training.codebook import k_means, random_rows
from tts_core.gpt_sovits.training.levels import TRAINING_SCALE, training_sound
from tts_core.gpt_sovits.training.material.cleaning import phones_of
from tts_core.gpt_sovits.training.sound_batch import SoundLine
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.recognizer import Recognizer
from tts_core.registry import load_engine
from tts_core.sound import Samples, resampled

LANGUAGE = "en"
BASE_VOICES = ("bf_emma", "af_heart", "am_michael", "af_bella", "am_fenrir", "bm_fable")
NEW_VOICE = "bm_george"
LEARNED_OF_BASE, LEARNED_OF_NEW = 16, 14
HELD_OUT_OF_BASE, HELD_OUT_OF_NEW = 1, 6
SENTENCES_A_VOICE = 32
"""Of the novel that are one voice's own, whether all are spoken or not."""
SHORTEST, LONGEST = 40, 110  # letters of a sentence
FEATURE_WIDTH, GIVEN_WIDTH = 768, 512
KMEANS_ITERATIONS = 20
INT16 = 32767


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence by a voice.

    Args:
        samples: float32 at `SAMPLE_RATE`, as the engine made them.
        heard: content features of them, `[frames, 512]`, as they come.
    """

    voice: str
    text: str
    samples: Samples
    heard: Tensor


@dataclass(frozen=True, slots=True)
class Content:
    """The stand-in for HuBERT and its codes.

    Args:
        mean, deviation: of each feature, `[512]`.
        codes: `[K, 768]`.
    """

    mean: Tensor
    deviation: Tensor
    codes: Tensor

    def features(self, heard: Tensor, frames: int) -> Tensor:
        """`[768, frames]`; the last frame is said again where there are too few."""
        scaled = (heard - self.mean) / self.deviation
        short = max(0, frames - len(scaled))
        whole = torch.cat([scaled, scaled[-1:].expand(short, -1)])[:frames]
        return F.pad(whole, (0, FEATURE_WIDTH - GIVEN_WIDTH)).T.contiguous()

    def tokens(self, features: Tensor) -> Tensor:
        """int64 `[frames // 2]`: what the sound stage makes of the features, whose projection is the mean of pairs."""
        return nearest(pairs(features), self.codes)


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence as both stages learn it, and as it was spoken."""

    said: Said
    text: TextLine
    sound: SoundLine


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned and what is only listened to; `base` by voice in turn."""

    content: Content
    base: tuple[Example, ...]
    base_held_out: tuple[Example, ...]
    new: tuple[Example, ...]
    new_held_out: tuple[Example, ...]

    def __post_init__(self) -> None:
        texts = [each.said.text for each in (*self.base, *self.base_held_out, *self.new, *self.new_held_out)]
        assert len(set(texts)) == len(texts), "a held-out sentence is among the learned ones"


def pairs(features: Tensor) -> Tensor:
    """Features `[768, T]` → `[T // 2, 768]`: the mean of each two frames."""
    count = features.shape[1] // FRAMES_PER_TOKEN
    whole = features[:, : count * FRAMES_PER_TOKEN]
    return whole.reshape(len(features), count, FRAMES_PER_TOKEN).mean(dim=2).T


def content_of(said: Iterable[Said], codes: int, seed: int = 0) -> Content:
    """The stand-in, learned from what some voices said."""
    heard = [each.heard for each in said]
    frames = torch.cat(heard)
    bare = Content(frames.mean(dim=0), frames.std(dim=0).clamp_min(1e-3), torch.zeros(0, FEATURE_WIDTH))
    rows = torch.cat([pairs(bare.features(each, len(each))) for each in heard])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first = rows[random_rows(len(rows), codes)]
    means, _ = k_means(rows, first, KMEANS_ITERATIONS)
    return Content(bare.mean, bare.deviation, means)


def example_of(said: Said, content: Content) -> Example:
    """A sentence with phones, tokens and the sound in the published trainer's level."""
    mixed = training_sound(said.samples).astype(np.float32) / np.float32(TRAINING_SCALE)
    recorded = torch.from_numpy(mixed)
    frames = len(recorded) // (SAMPLE_RATE // 50)
    features = content.features(said.heard, frames)
    phones = phones_of(said.text, LANGUAGE).ids
    return Example(
        said,
        TextLine(phones, content.tokens(features)),
        SoundLine(recorded, features, phones, name=f"{said.voice}: {said.text}"),
    )


def material(folder: Path, codes: int) -> Material:
    """Speak everything, or take it from `folder`, where it was spoken before."""
    path = folder / "said.pt"
    if not path.is_file():
        with atomic_path(path) as beside:
            torch.save([_plain(each) for each in _spoken(folder)], beside)
    return divided([_read(each) for each in torch.load(path, weights_only=True)], codes)


def divided(said: Sequence[Said], codes: int, held_out_of_base: int = HELD_OUT_OF_BASE) -> Material:
    """The last sentences of a voice are held out, and are not among what the content features are made of."""
    by_voice = {voice: [each for each in said if each.voice == voice] for voice in (*BASE_VOICES, NEW_VOICE)}
    own = by_voice.pop(NEW_VOICE)
    learned = {voice: lines[:-held_out_of_base] for voice, lines in by_voice.items()}
    content = content_of([each for lines in learned.values() for each in lines], codes)

    def made(lines: Iterable[Said]) -> tuple[Example, ...]:
        return tuple(example_of(each, content) for each in lines)

    in_turn = [line for lines in zip(*learned.values(), strict=True) for line in lines]
    held_out = [line for lines in by_voice.values() for line in lines[-held_out_of_base:]]
    share = len(own) * LEARNED_OF_NEW // (LEARNED_OF_NEW + HELD_OUT_OF_NEW)
    return Material(content, made(in_turn), made(held_out), made(own[:share]), made(own[share:]))


def sentences() -> list[str]:
    """Of the novel, in its order; each is spoken once, by one voice."""
    shared = Path(os.environ.get("DUOYIN_SHARED", Path(__file__).resolve().parents[3].parent / "shared"))
    lines = book_lines(shared / "corpus/epub/se-sherlock-holmes-adventures.epub", LANGUAGE)
    return [line for line in lines if SHORTEST <= len(line) <= LONGEST]


def _spoken(folder: Path) -> list[Said]:
    speaker, ear = Speaker(load_engine(), folder / "takes"), Recognizer()
    lines = sentences()
    asked = [(voice, LEARNED_OF_BASE + HELD_OUT_OF_BASE) for voice in BASE_VOICES]
    said = []
    for number, (voice, count) in enumerate([*asked, (NEW_VOICE, LEARNED_OF_NEW + HELD_OUT_OF_NEW)]):
        for line in lines[number * SENTENCES_A_VOICE :][:count]:
            written = normalize_spans(line, LANGUAGE)
            take, _ = speaker.take(speaker.read(written.text, LANGUAGE, voice, written.hints))
            samples = resampled(take.samples, take.sample_rate, SAMPLE_RATE)
            heard = torch.from_numpy(ear.features(samples, SAMPLE_RATE))
            said.append(Said(voice, written.text, samples, heard))
        print(
            f"{voice}: {sum(len(each.samples) for each in said if each.voice == voice) / SAMPLE_RATE:.0f} s"
        )
    return said


def _plain(said: Said) -> dict[str, Any]:
    """Sixteen bits a number: the file travels to a machine with a card."""
    samples = torch.from_numpy(said.samples).clamp(-1, 1).mul(INT16).round().to(torch.int16)
    return {"voice": said.voice, "text": said.text, "samples": samples, "heard": said.heard.half()}


def _read(plain: Mapping[str, Any]) -> Said:
    samples = plain["samples"].float().div(INT16).numpy()
    return Said(plain["voice"], plain["text"], samples, plain["heard"].float())
