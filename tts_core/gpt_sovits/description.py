"""GPT-SoVITS as the rest of the house sees it."""

from __future__ import annotations

from tts_core.description import EngineDescription, TextCode

GPU_ROWS = 64
"""Lines that are decoded at once on a GPU, where nothing else is asked for."""

WINDOW = 8
"""Lines looked at together, in multiples of the decoder's rows: bounds memory for any batch."""

DESCRIPTION = EngineDescription(
    name="gpt-sovits",
    factory="tts_core.gpt_sovits.engine:GptSovitsEngine",
    extra="clone",
    languages=("zh", "en"),
    batches=True,
    window=WINDOW * GPU_ROWS,
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
