"""A folder of tiny models and voices that the engine speaks with, and the engine on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from tests.tts_core.gpt_sovits import tiny
from tts_core.consent import Consent
from tts_core.files import file_digest
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, save_voice


def make_home(folder: Path) -> Path:
    """Imported models, voices and supporting models, all tiny; needs `transformers`."""
    import transformers

    gpt = tiny.save_gpt(folder / "a.ckpt", tiny.gpt_weights(end_bias=9))
    import_checkpoints(gpt, tiny.save_sovits(folder / "a.pth"), "plain", folder / "models")
    other = tiny.save_sovits(folder / "b.pth", tiny.sovits_weights(seed=9))
    import_checkpoints(
        tiny.save_gpt(folder / "b.ckpt", tiny.gpt_weights(end_bias=9, seed=8)),
        other,
        "other",
        folder / "models",
    )
    torch.manual_seed(0)
    config = transformers.HubertConfig(
        hidden_size=768, num_hidden_layers=1, num_attention_heads=12, intermediate_size=32, conv_dim=(16,) * 7
    )
    transformers.HubertModel(config).save_pretrained(folder / "support" / "chinese-hubert-base")
    chance = np.random.default_rng(0)
    for name, model, text, seconds in (
        ("anna", "plain", "今天天气真好，我们去散步吧。", 4.0),
        ("ben", "other", "", 3.5),
    ):
        voice = folder / "voices" / name
        voice.mkdir(parents=True)
        soundfile.write(voice / "clip.wav", 0.1 * chance.standard_normal(int(24_000 * seconds)), 24_000)
        clip = Clip("clip.wav", file_digest(voice / "clip.wav"), text)
        save_voice(ClonedVoice(name, model, clip, (clip,), "zh", Consent("Made by the tests."), folder=voice))
    return folder


def loaded(home: Path, **options: Any) -> GptSovitsEngine:
    settings: dict[str, Any] = {
        "device": "cpu",
        "rows": 4,
        "retakes": 1,
        "length": 1024,
        "mark": False,
        **options,
    }
    return GptSovitsEngine(
        voices=home / "voices",
        models=home / "models",
        support=home / "support",
        **settings,
    )
