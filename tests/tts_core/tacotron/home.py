"""A folder of tiny voices that Tacotron 2 speaks, and the engine on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import torch

from tests.tts_core.tacotron.tiny import TINY
from tts_core.consent import Consent
from tts_core.files import file_digest
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, save_voice
from tts_core.tacotron.engine import TacotronEngine
from tts_core.tacotron.model import fresh, write_model


def make_home(folder: Path, *, ends_at_once: bool = False) -> Path:
    """Voices of random numbers that talk until they are stopped, one a language."""
    chance = np.random.default_rng(0)
    for seed, (name, language) in enumerate([("anna", "en"), ("bao", "zh")]):
        voice = folder / name
        voice.mkdir(parents=True)
        soundfile.write(voice / "clip.wav", 0.1 * chance.standard_normal(24_000), 24_000)
        model = fresh(TINY, seed)
        with torch.no_grad():
            model.net.decoder.gate_layer.bias.fill_(9.0 if ends_at_once else -9.0)
        write_model(model.net, TINY, "tiny", voice / "model.pth")
        clip = Clip("clip.wav", file_digest(voice / "clip.wav"))
        save_voice(
            ClonedVoice(
                name, "model.pth", clip, (clip,), language, Consent("Made by the tests."),
                folder=voice, engine=TacotronEngine.name,
            )
        )  # fmt: skip
    return folder


def loaded(folder: Path) -> TacotronEngine:
    return TacotronEngine(voices=folder, mark=False)
