"""A tiny base to train from, with its discriminators and supporting models, where `DUOYIN_MODELS` may point."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.tts_core.gpt_sovits import tiny
from tests.tts_core.gpt_sovits.training.tiny_sound import NARROWING, base_weights
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.training.discriminators import PERIODS, discriminator_weights

NAME = "tiny"


def make_base(models: Path) -> Path:
    """Everything below `models`; needs `transformers`."""
    import transformers

    folder = models / "files"
    folder.mkdir(parents=True)
    gpt = tiny.save_gpt(folder / "base.ckpt", tiny.gpt_weights(end_bias=9))
    sovits = tiny.save_sovits(folder / "base.pth", base_weights())
    import_checkpoints(gpt, sovits, NAME, models / "gpt-sovits")
    weights = {"weight": discriminator_weights(PERIODS, NARROWING)}
    torch.save(weights, models / "gpt-sovits" / NAME / "s2D.pth")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = transformers.HubertConfig(
            hidden_size=768,
            num_hidden_layers=1,
            num_attention_heads=12,
            intermediate_size=32,
            conv_dim=(16,) * 7,
        )
        hubert = transformers.HubertModel(config)
    hubert.save_pretrained(models / "gpt-sovits-support" / "chinese-hubert-base")
    return models
