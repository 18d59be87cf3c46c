"""Chinese words: jieba cuts a run of Han characters, once for all who ask.

What a line's characters are read as, which tones they are said with and where its spoken words part is
decided in turn, and each needs the words.
"""

from __future__ import annotations

import logging
from functools import cache, lru_cache
from typing import Any


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba


@lru_cache(maxsize=8_192)
def chinese_words(run: str) -> tuple[str, ...]:
    """The words of a run of Han characters, in order; together they are the run."""
    return tuple(_jieba().cut(run, HMM=True))


def word_frequency(word: str) -> int:
    """How often jieba's word list saw a word; 0 for what is no word of it."""
    return int(_jieba().dt.FREQ.get(word) or 0)
