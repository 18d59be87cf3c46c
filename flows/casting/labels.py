"""Gender and age that the words of a speaker's label tell: `OLD WOMAN`, `BOY 2`, `Voz masculina`, 女记者."""

from __future__ import annotations

import re

from flows.casting.nouns import Age, Gender
from flows.casting.readers import reader_for

_WORDS = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*")


def told_by_label(label: str, language: str, *, guessed: Gender | None) -> tuple[Gender | None, Age | None]:
    """Gender and age of whoever speaks under a label in subtitles.

    Args:
        language: of the subtitles (ISO 639-1).
        guessed: what the label tells as a name; it holds where the label has a name beside its noun (Larry King), and
            gives way where the label is nothing but nouns (*Mujer* is no woman's name, *Voz masculina* no woman).
    """
    noun = reader_for(language).label_noun
    told = [noun(word) for word in _WORDS.findall(label.lower().replace("’", "'").replace("'s", " "))]
    known = [pair for pair in told if pair is not None]
    gender = next((gender for gender, _ in reversed(known) if gender), None)
    age = next((age for _, age in reversed(known) if age), None)
    only_nouns = bool(told) and len(known) == len(told)
    return gender if only_nouns or guessed is None else guessed, age
