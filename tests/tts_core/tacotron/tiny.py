"""A tiny Tacotron 2 and lines for it: a tone a phone, so that there is something to attend to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from tts_core.tacotron.learning import LearnSettings, MelCourse, MelLine, mel_line
from tts_core.tacotron.model import SAMPLE_RATE, TacotronSize, fresh
from tts_core.tacotron.vocoder import Source, VocoderSize, vocoder_size

TINY = TacotronSize(16, 16, 16, 8, 4, 8, 8, 2048, 1024)
PHONE_SECONDS = 0.12


def tones(count: int = 6, size: TacotronSize = TINY) -> list[MelLine]:
    """Lines of 4 phones and more, each phone a pitch of its own."""
    source = torch.Generator().manual_seed(2)
    made = []
    for number in range(count):
        phones = torch.randint(10, 40, (4 + number,), generator=source)
        steps = np.repeat(100 + 20 * phones.numpy(), int(PHONE_SECONDS * SAMPLE_RATE))
        samples = (0.3 * np.sin(2 * np.pi * np.cumsum(steps) / SAMPLE_RATE)).astype(np.float32)
        made.append(mel_line(phones, samples, SAMPLE_RATE, size))
    return made


def course(count: int = 6, settings: LearnSettings | None = None) -> MelCourse:
    """The last two lines are held out."""
    lines = tones(count)
    return MelCourse(fresh(TINY, 1), lines[:-2], lines[-2:], settings or LearnSettings(frames=60), seed=3)


def tiny_size(source: Source) -> VocoderSize:
    """A vocoder for `TINY`, of channels that no filter is compiled for."""
    return replace(
        vocoder_size(TINY, source),
        channels=12, rates=(16, 64), kernels=(32, 128), block_kernels=(3,), dilations=((1,),),
    )  # fmt: skip
