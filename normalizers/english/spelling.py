"""English spellings of one word: British and American, titles written out."""

from __future__ import annotations

import re

_VARIANTS = (
    ("isation", "ization"), ("ise$", "ize"), ("ised$", "ized"), ("ising$", "izing"), ("yse$", "yze"),
    ("our(?=$|s$|ed$|ing$|able$|ite$|er$|hood$|less$|ful$)", "or"), ("^grey", "gray"), ("elling$", "eling"),
    ("elled$", "eled"),
    ("eller$", "eler"), ("tre$", "ter"), ("ence$", "ense"), ("^mrs$", "missus"), ("^mr$", "mister"), ("^dr$", "doctor"),
)  # fmt: skip


def one_spelling(word: str) -> str:
    """A word in small letters as one of its spellings, for comparing: `colour` and `color` → color."""
    for pattern, replacement in _VARIANTS:
        word = re.sub(pattern, replacement, word)
    return word
