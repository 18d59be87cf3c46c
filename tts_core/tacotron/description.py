"""Tacotron 2 as the rest of the house sees it: it reads what GPT-SoVITS reads, and draws as that does."""

from __future__ import annotations

from dataclasses import replace

from tts_core.gpt_sovits.description import DESCRIPTION as GPT_SOVITS

DESCRIPTION = replace(
    GPT_SOVITS,
    name="tacotron2",
    factory="tts_core.tacotron.engine:TacotronEngine",
    window=0,
    device=False,
    baseline=True,
)
