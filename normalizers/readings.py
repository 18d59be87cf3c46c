"""Chinese readings in context."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _pypinyin() -> Any:
    import pypinyin

    return pypinyin


def to_pinyin(text: str, lang: str = "zh") -> list[str]:
    """One reading a code point: pinyin with tone digit (5 neutral, v for ü); other characters as they are."""
    module = _pypinyin()
    rows = module.pinyin(
        text, style=module.Style.TONE3, neutral_tone_with_five=True, v_to_u=False, errors=lambda run: list(run)
    )
    return [row[0] for row in rows]
