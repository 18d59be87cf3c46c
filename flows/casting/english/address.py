"""Whom English words call without a name ("Yes, sir"), and what they tell of whoever says them ("I was a boy")."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re

from flows.casting.english.outright import NO_OTHER_WORDS, NOUNS_OF_PERSONS, PERSON_NOUN
from flows.casting.nouns import Gender
from flows.casting.turns import Turn

_MEN = (
    "sir", "papa", "father", "uncle", "my lord", "my boy", "old man", "old fellow", "old chap", "my dear fellow",
    "my good man", "my lad", "mister", "dad", "daddy", "grandpa", "grandfather", "old boy", "my son", "young man",
    "my good fellow", "milord", "your lordship",
)  # fmt: skip
_WOMEN = (
    "ma'am", "ma’am", "madam", "miss", "mum", "mamma", "mama", "mother", "aunt", "my lady", "my girl", "madame", "mom",
    "mommy", "mummy", "auntie", "grandma", "granny", "grandmother", "my dear lady", "my good woman", "young lady",
    "milady", "missus", "your ladyship",
)  # fmt: skip
_CALLED: dict[str, Gender] = {**dict.fromkeys(_MEN, "male"), **dict.fromkeys(_WOMEN, "female")}
_FIRST_LETTERS = "".join(sorted({words[0] for words in _CALLED}))
_ADDRESS = re.compile(
    # by first letters, so that most words are passed over at once
    rf"\b(?=[{_FIRST_LETTERS}{_FIRST_LETTERS.upper()}])("
    + "|".join(
        f"[{first}{first.upper()}](?:"
        + "|".join(sorted((words[1:] for words in _CALLED if words[0] == first), key=lambda rest: -len(rest)))
        + ")"
        for first in _FIRST_LETTERS
    )
    + r")(?=[,.!?;:—\"”’'])"
)
_CALLS_AFTER = frozenset("yes no oh ay aye please well morning evening night you dear thanks sorry".split())
_OF_ONESELF = re.compile(
    rf"\bI(?:['’]m| am| was)\s+(?:only |just |still |but )?(?:an?|the|your|his|her)\s+"
    rf"{NO_OTHER_WORDS}(?P<noun>{PERSON_NOUN})\b(?!['’])"
    rf"|\b[Aa]n?\s+(?:[a-z]+\s+){{0,2}}(?P<kind>{PERSON_NOUN})\s+(?:of my|like me|in my)\b"
)
"""“I was a boy”, “a man of my age”."""


def take_address(turn: Turn, text: str, begin: int, end: int) -> None:
    """Fill what the words `text[begin:end]` tell of the gender of whoever is called, and of whoever says them."""
    addressed: Gender | None = None
    for match in _ADDRESS.finditer(text, begin, min(end + 1, len(text))):
        gender = _CALLED[match.group(1).lower()]
        addressed = addressed or gender
        if turn.calls is None and _is_called(text, begin, match.start()):
            turn.calls = gender
    turn.addressed_gender = addressed or turn.addressed_gender
    if turn.own_gender is None:
        own = _OF_ONESELF.search(text, begin, end)
        turn.own_gender = NOUNS_OF_PERSONS[own["noun"] or own["kind"]] if own else None


def _is_called(text: str, begin: int, at: int) -> bool:
    """Whether the term at `text[at]` opens the words, or a stop or a word like "yes" stands before it."""
    before = text[begin:at].rstrip(" \"'“‘_*")
    if not before or before[-1] in ",;!.?—-":
        return True
    return before.split()[-1].lower() in _CALLS_AFTER
