"""GPT-SoVITS as the rest of the house sees it."""

from __future__ import annotations

from tts_core.description import EngineDescription, TextCode

DESCRIPTION = EngineDescription(
    name="gpt-sovits",
    factory="tts_core.gpt_sovits.engine:GptSovitsEngine",
    extra="clone",
    languages=("zh", "en"),
    batches=True,
    device=True,
    # Threads that wait must sleep: where another program runs, spinning ones made a line take ten times as long.
    environment={"OMP_NUM_THREADS": "{cores}", "OMP_WAIT_POLICY": "PASSIVE"},
    tempo=(0.78, 1.30),
    edge_seconds=0.16,
    draws=True,
    text=TextCode(
        ("normalizers", "tts_core.phonetics", "tts_core.gpt_sovits.text"),
        ("misaki", "jieba", "pypinyin", "cn2an"),
    ),
)
