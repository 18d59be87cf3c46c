"""English nouns that speak: said the barman, the Queen cried."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re
from collections import Counter

from flows.casting.english.words import (
    ABBREVIATED_TITLES,
    ANAPHORIC_NOUNS,
    GROUP_WORDS,
    PERSON_NOUNS,
    PHRASE_ENDERS,
    SPEECH_NOUNS,
    SPEECH_VERBS,
    VERB_PARTICLES,
)
from flows.casting.prose import Prose

_ENDERS = PHRASE_ENDERS | frozenset(
    "between across through behind beside upon about against down up out off around past toward towards somewhat "
    "rather quite almost half still again once here there his her its their my our".split()
)
SMALL_TEXT = 12000
"""Letters below which a given name is believed at its first appearance."""

_TAG_ROLE = re.compile(
    r"[\s,—-]*([a-z]+)\s+(?:the|an?)\s+([A-Za-z-]+)(?:\s+([A-Za-z-]+))?(?:\s+([A-Za-z-]+))?"
)
_ROLE_TAG = re.compile(r"\s*(?:[Tt]he|[Aa]n?)\s+([A-Za-z-]+)(?:\s+([A-Za-z-]+))??\s+([a-z]+)\b")
_ROLE_ACTS = re.compile(
    r"(?:^|[.!?”\"]\s+|\n)The ([A-Za-z][a-z-]*) (?:[a-z]+ly )?(?:[a-z]+ed|said|came|went|stood|sat|took|put|ran|"
    r"rose|shook|held|looked|spoke)\b",
    re.MULTILINE,
)
MIN_ACTS = 4
"""Times a role must act in the narration before it is a character without a tag of its own."""
_CLOSED_WORDS = frozenset(
    ("then", "now", "very", "most", "least", "more", "all", "two", "three", "such", "both", "one", "own")
)
_NO_ROLE = frozenset(
    """same other others latter former first second third last next whole door bell clock wind air house room voice
    crowd rest good little old young poor great big small dear worthy honest unhappy happy kind gentle
    beautiful pretty fair tall short fat stout thin wretched unfortunate miserable amiable excellent faithful
    brave noble gallant pale wicked cruel angry eager impatient polite proud shrewd sly stern strange sweet
    tender weary wise gruff rather
    thought idea notion memory conscience suspicion reflection feeling""".split()
)


def speaking_roles(prose: Prose, quoted: list[tuple[int, int]]) -> Counter[str]:
    """Nouns that speak: `said the barman`, `the Queen cried`; not those that merely point back (the girl, his
    friend)."""
    text = prose.text
    roles: Counter[str] = Counter()
    acting = Counter(
        noun
        for noun in map(str.lower, _ROLE_ACTS.findall(text))
        if noun in PERSON_NOUNS and noun not in ANAPHORIC_NOUNS
    )
    for noun, count in acting.items():
        if count >= (1 if len(text) < SMALL_TEXT else MIN_ACTS):
            roles[noun] += count
    for _, end in quoted:
        match = _TAG_ROLE.match(text, end)
        if match and match.group(1) in SPEECH_VERBS and match.group(1) not in VERB_PARTICLES:
            words = [w for w in match.groups()[1:] if w]
            head = ""
            for word in words:
                if word.lower() in _ENDERS or word.endswith("ly") or word in SPEECH_VERBS:
                    break
                if text[match.end() : match.end() + 2] in ("'s", "’s") and word == words[-1]:
                    head = ""
                    break
                head = word
        else:
            match = _ROLE_TAG.match(text, end)
            if not match or match.group(3) not in SPEECH_VERBS or match.group(3) in VERB_PARTICLES:
                continue  # The tears came to her eyes
            head = match.group(2) or match.group(1)
        noun = head.lower()
        if (
            len(noun) > 2
            and not ("-" in noun and noun.endswith("ed"))  # said the gray-haired, upright senior
            and noun not in ANAPHORIC_NOUNS
            and noun not in ABBREVIATED_TITLES  # said the delighted Mrs. Moor
            and noun not in _NO_ROLE
            and noun not in _CLOSED_WORDS
            and noun not in GROUP_WORDS
            and noun not in SPEECH_NOUNS
        ):
            roles[noun] += 1
    return roles
