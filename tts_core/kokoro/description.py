"""The embedded engine as the rest of the house sees it."""

from __future__ import annotations

from tts_core.description import EngineDescription, TextCode

DESCRIPTION = EngineDescription(
    name="kokoro",
    factory="tts_core.kokoro.engine:KokoroEngine",
    languages=("en", "zh", "es"),
    device=True,
    # glibc: a long line's blocks go back to the system behind it (by itself it raises the first of these to 32 MiB, and
    # strews what stays among what was let go), but short lines find theirs in the heap. What is mapped anew for each
    # line comes in huge pages, a fault each, from glibc 2.35 on. Other systems read none of them.
    environment={
        "MALLOC_MMAP_THRESHOLD_": str(2**20),
        "MALLOC_TRIM_THRESHOLD_": str(2**25),
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    },
    # Speech is as intelligible as at 1 between these (word errors of a recognizer).
    tempo=(0.78, 1.30),
    # 125 ms are kept, and the first and last sounds swell and fade: median over the corpus' cue files, `speech_bounds`
    # against `predict_seconds`.
    edge_seconds=0.16,
    models=("kokoro-v1.0-int8", "kokoro-voices"),
    # The whole package, though half of it sounds: a module of a new language cannot be forgotten here.
    text=TextCode(
        ("normalizers", "tts_core.phonetics", "tts_core.kokoro"), ("misaki", "jieba", "pypinyin", "cn2an")
    ),
)
