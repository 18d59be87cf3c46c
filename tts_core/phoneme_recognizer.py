"""A small recognizer of English phonemes: hama's CTC network, run on its own native library.

Needs the `proof` extra (hama 1.7.0, Apache-2.0; its weights are in the wheel). 50 frames a second, about 0.06
processor seconds a second of sound. It hears what a dictionary would write: "the" is ð i whatever was said, so what it
hears is compared by learned costs, never by equality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from normalizers import DuoyinError
from tts_core.sound import Samples, resampled

RATE = 16_000
FRAME_SECONDS = 0.02
BLANK, BORDER = "<blank>", "<wb>"


@dataclass(frozen=True, slots=True)
class HeardPhoneme:
    """A phoneme as heard, with its times in seconds."""

    symbol: str
    start: float
    end: float


class PhonemeRecognizer:
    """hama's phoneme recognizer. May be used by several threads.

    Raises:
        DuoyinError: the `proof` extra is not installed.
    """

    def __init__(self) -> None:
        try:
            from hama import ASRModel
        except ModuleNotFoundError as error:
            raise DuoyinError(
                f"listening needs the package {error.name!r}, which is not installed",
                hint="pip install 'duoyin[proof]'",
            ) from error
        self._model: Any = ASRModel()
        self._symbols: list[str] = list(self._model.decoder_tokens)

    def phonemes(self, samples: Samples, rate: int) -> list[HeardPhoneme]:
        """What is heard in a sound `[T]`: the likeliest phoneme of each frame, repeats and blanks taken out."""
        sound = np.ascontiguousarray(np.clip(resampled(samples, rate, RATE), -1.0, 1.0), np.float32)
        model = self._model
        outputs = [model._log_probs_output_name, model._out_lengths_output_name]
        feeds = {
            model._waveform_input_name: sound.reshape(1, -1),
            model._waveform_lengths_input_name: np.array([len(sound)], np.int64),
        }
        found, lengths = model.session.run(outputs, feeds)
        logs = found[0][: int(np.ravel(lengths)[0])]
        heard: list[HeardPhoneme] = []
        before = -1
        for frame, number in enumerate(logs.argmax(axis=1)):
            symbol = self._symbols[number]
            begin, end = frame * FRAME_SECONDS, (frame + 1) * FRAME_SECONDS
            if symbol not in (BLANK, BORDER):
                if number == before:
                    heard[-1] = HeardPhoneme(symbol, heard[-1].start, end)
                else:
                    heard.append(HeardPhoneme(symbol, begin, end))
            before = number
        return heard
