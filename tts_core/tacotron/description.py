"""Tacotron 2 as the rest of the house sees it."""

from __future__ import annotations

from tts_core.description import EngineDescription, TextCode

DESCRIPTION = EngineDescription(
    name="tacotron2",
    factory="tts_core.tacotron.engine:TacotronEngine",
    extra="clone",
    languages=("zh", "en"),
    batches=True,
    environment={"OMP_NUM_THREADS": "{cores}", "OMP_WAIT_POLICY": "PASSIVE"},
    tempo=(0.78, 1.30),
    edge_seconds=0.16,
    draws=True,
    baseline=True,
    text=TextCode(
        ("normalizers", "tts_core.phonetics", "tts_core.gpt_sovits.text"),
        ("misaki", "jieba", "pypinyin", "cn2an"),
    ),
)
