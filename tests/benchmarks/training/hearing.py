"""What is heard of a toy: how alike a person it sounds, and what a recogniser makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from normalizers import normalize
from tests.benchmarks.training.speech import LANGUAGE, Example
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, Sovits, SpeechRequest, VoiceVector
from tts_core.gpt_sovits.model.spectrogram import linear_spectrogram
from tts_core.gpt_sovits.voice.voiceprint import installed_judge
from tts_core.recognizer import Recognizer, Score, errors
from tts_core.sound import Samples

REFERENCES = 2  # clips that a voice is given
SEEDS = (1, 2)  # each line is spoken so often, with other noise

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """Of some lines: cosine of each take to the person, and errors of words and of letters.

    Args:
        likeness: of each take. words, letters: all takes together.
        texts: what the recogniser wrote, of the first take of each line.
    """

    likeness: tuple[float, ...]
    words: Score
    letters: Score
    texts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "likeness": [round(each, 4) for each in self.likeness],
            "words": [self.words.errors, self.words.total],
            "letters": [self.letters.errors, self.letters.total],
            "texts": list(self.texts),
        }


class Listener:
    """The installed speaker encoder and whisper-base.

    Raises:
        RuntimeError: no speaker encoder is installed.
    """

    def __init__(self) -> None:
        judge = installed_judge()
        if judge is None:
            raise RuntimeError("no speaker encoder: pip install --no-deps resemblyzer==0.1.4")
        self._judge, self._ear = judge, Recognizer()

    def person(self, spoken: Sequence[Samples]) -> Floats:
        """The mean of recordings at `SAMPLE_RATE`, of length 1."""
        return self._judge.person([(each, SAMPLE_RATE) for each in spoken])

    def hear(self, takes: Sequence[tuple[str, Samples]], person: Floats) -> Heard:
        """Listen to (text, samples at `SAMPLE_RATE`) pairs."""
        words, letters, likeness, texts = Score(0, 0), Score(0, 0), [], dict[str, str]()
        for text, samples in takes:
            likeness.append(float(self._judge.print_of(samples, SAMPLE_RATE) @ person))
            heard = self._ear.written(samples, SAMPLE_RATE, LANGUAGE).text
            words += errors(text, heard, LANGUAGE)
            letters += letter_errors(text, heard)
            texts.setdefault(text, heard)
        return Heard(tuple(likeness), words, letters, tuple(texts.values()))

    def nats(self, takes: Sequence[tuple[str, Samples]]) -> list[float]:
        """Natural logarithm of how likely the recogniser finds the words of each take in its sound: the mean of their
        tokens, each told the right ones before it."""
        aligned = [self._ear.align(samples, SAMPLE_RATE, [text], LANGUAGE)[0] for text, samples in takes]
        return [float(np.mean([token.likelihood for token in tokens])) for tokens in aligned]


def letter_errors(said: str, heard: str) -> Score:
    """Edit errors in letters, blanks, case and marks apart."""
    one, other = (
        "".join(letter for letter in normalize(text, LANGUAGE).lower() if letter.isalnum())
        for text in (said, heard)
    )
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row = row, [at]
        for place, found in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[place] + 1, before[place - 1] + (letter != found)))
    return Score(row[-1], len(one))


def voice_of(model: Sovits, clips: Sequence[Example]) -> VoiceVector:
    """A voice as the model knows it from its reference clips."""
    return model.voice([linear_spectrogram(clip.sound.samples[None]) for clip in clips[:REFERENCES]])


def spoken(
    model: Sovits,
    lines: Sequence[Example],
    voice: VoiceVector,
    tokens: Sequence[Tensor] = (),
    seeds: Sequence[int] = SEEDS,
) -> list[tuple[str, Samples]]:
    """Each line with its recording's tokens, or with those that are given for it, once a seed."""
    takes = []
    for line, given in zip(lines, tokens or [line.text.tokens for line in lines], strict=True):
        for seed in seeds:
            request = SpeechRequest(given, line.text.phones, voice, seed=seed)
            with torch.inference_mode():
                (samples,) = model.decode([request])
            takes.append((line.said.text, samples.numpy()))
    return takes
