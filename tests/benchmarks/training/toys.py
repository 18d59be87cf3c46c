"""Small models for `bench_training`, with fresh weights under the published names."""

from __future__ import annotations

from dataclasses import replace

from tests.tts_core.gpt_sovits.tiny import gpt_config, gpt_weights
from tts_core.gpt_sovits.files.checkpoints import Checkpoint
from tts_core.gpt_sovits.training.fresh import MIDDLE, PUBLISHED, SoundSize

SIZES = {"toy": SoundSize(), "middle": MIDDLE, "published": replace(PUBLISHED, codes=512)}


def toy_text(width: int, layers: int, seed: int = 0) -> Checkpoint:
    """A text stage that knows nothing."""
    return Checkpoint("t2s", gpt_weights(width, layers, seed), gpt_config(layers), "", "0" * 64, "toy")
