"""English narration as tokens: who is named or pointed at, who speaks, acts and stops."""

from __future__ import annotations

import re

from flows.casting.english.words import (
    ACTION_VERBS,
    GROUP_WORDS,
    PERSON_NOUNS,
    PHRASE_ENDERS,
    SPEECH_VERBS,
    VERB_PARTICLES,
    head_noun,
    noun_gender,
)
from flows.casting.nouns import Gender
from flows.casting.people import Mention
from flows.casting.turns import Subject, TagKind

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:[-’'][A-Za-zÀ-ÿ]+)*|[.!?]+|[,;:]|--+|[—–…(]")
_PRONOUNS: dict[str, tuple[str, Gender | None]] = {
    "he": ("he", "male"),
    "she": ("she", "female"),
    "i": ("I", None),
    "they": ("they", None),
    "we": ("we", None),
    "it": ("it", None),
}
DETERMINERS = frozenset(
    ["the", "a", "an", "his", "her", "my", "their", "our", "your", "another", "this", "that", "one"]
)
_ADJECTIVES = frozenset(
    [
        "old",
        "young",
        "poor",
        "little",
        "dear",
        "good",
        "other",
        "elder",
        "younger",
        "same",
        "unfortunate",
        "worthy",
    ]
)
STOPPERS = PHRASE_ENDERS | {"behind", "near", "through", "upon"}


class Tokens:
    """A stretch of narration as tokens: names, pronouns, noun phrases, verbs, stops."""

    __slots__ = ("at", "kinds", "subjects", "words")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.words: list[str] = []
        self.at: list[int] = []
        self.subjects: list[Subject | None] = []

    def put(self, kind: str, word: str, at: int, subject: Subject | None = None) -> None:
        self.kinds.append(kind)
        self.words.append(word)
        self.at.append(at)
        self.subjects.append(subject)


def tokens_of(text: str, start: int, end: int, mentions: dict[int, Mention]) -> Tokens:
    """Token kinds: S subject (name, pronoun, noun phrase), G somebody's (genitive), V speech verb, A act, W word, `.` stop, `,` comma, `:` colon."""
    out = Tokens()
    found = list(_WORD.finditer(text, start, end))
    i, count = 0, len(found)
    phrase = -1
    while i < count:
        match = found[i]
        at = match.start()
        word = match.group()
        mention = mentions.get(at)
        begun, phrase = phrase, -1
        if mention is not None:
            if mention.genitive:
                owner = Subject("name", at, mention.who, words=text[mention.start : mention.end])
                out.put("G", word, at, owner)
                i = _past(found, i, mention.end)
                if i < count and found[i].group() == "voice":
                    out.kinds[-1] = "S"  # Kemp's voice cried: Kemp
                    i += 1
                    continue
                i = _noun_phrase(found, i, out, at, text, mentions) if i < count else i
            elif mention.common:
                noun = head_noun(text[mention.start : mention.end].lower())
                at = begun if begun >= 0 else at
                words = text[at : mention.end]
                out.put("S", word, at, Subject("noun", at, mention.who, noun_gender(noun), noun, words))
                i = _past(found, i, mention.end)
            else:
                out.put(
                    "S", word, at, Subject("name", at, mention.who, words=text[mention.start : mention.end])
                )
                i = _past(found, i, mention.end)
            continue
        first = word[0]
        if not first.isalpha():
            out.put("." if first in ".!?" else ":" if first == ":" else ",", word, at)
            i += 1
            continue
        low = word.lower()
        if low in _PRONOUNS:
            name, gender = _PRONOUNS[low]
            kind: TagKind = "they" if name in ("they", "we") else "none" if name == "it" else name  # type: ignore[assignment]
            out.put("S" if name != "it" else "W", low, at, Subject(kind, at, (), gender, words=word))
            i += 1
            continue
        if low in DETERMINERS:
            after = _skip_adjectives(found, i + 1, mentions)
            if after is not None:
                phrase, i = at, after
                continue
            j = _noun_phrase(found, i + 1, out, at, text, mentions)
            if j > i + 1:
                i = j
                continue
            out.put("W", low, at)
            i += 1
            continue
        if low in SPEECH_VERBS:
            following = found[i + 1].group().lower() if i + 1 < count else ""
            spoken = low not in VERB_PARTICLES or following in VERB_PARTICLES[low]
            out.put("V" if spoken else "A", low, at)
        elif low in ACTION_VERBS:
            out.put("A", low, at)
        elif low in GROUP_WORDS and low not in PERSON_NOUNS:
            out.put("S", low, at, Subject("they", at, words=word))
        else:
            out.put("W", low, at)
        i += 1
    return out


def _past(found: list[re.Match[str]], i: int, end: int) -> int:
    while i < len(found) and found[i].start() < end:
        i += 1
    return i


def _skip_adjectives(found: list[re.Match[str]], i: int, mentions: dict[int, Mention]) -> int | None:
    """`the White Rabbit`, `poor little Anne`: the index of the name, past article and adjectives."""
    for j in range(i, min(i + 3, len(found))):
        if found[j].start() in mentions:
            return j
        if not found[j].group()[0].isalpha() or found[j].group().lower() in STOPPERS:
            return None
        if found[j].group().lower() not in _ADJECTIVES:
            return None
    return None


def _noun_phrase(
    found: list[re.Match[str]], i: int, out: Tokens, at: int, text: str, mentions: dict[int, Mention]
) -> int:
    """Read up to four words to a head noun that is a person; returns the index after it, or `i` when there is none."""
    head = -1
    for j in range(i, min(i + 4, len(found))):
        word = found[j].group()
        if not word[0].isalpha():
            break
        low = word.lower()
        if low in STOPPERS or ((low in SPEECH_VERBS and low not in PERSON_NOUNS) and head >= 0):
            break
        if low in PERSON_NOUNS:
            head = j
        elif head >= 0:
            break
    if head < 0:
        return i
    noun = found[head].group().lower()
    if text[found[head].end() : found[head].end() + 2] in ("'s", "’s"):
        out.put("G", noun, at)
        return head + 1
    if noun == "voice" and head + 1 < len(found) and found[head + 1].group() == "of":
        return head + 2 if head + 2 < len(found) and found[head + 2].start() in mentions else i
    words = text[at : found[head].end()]
    out.put("S", noun, at, Subject("noun", at, (), noun_gender(noun), noun, words))
    return head + 1


_OBLIQUE = frozenset(
    [
        "to",
        "at",
        "of",
        "with",
        "by",
        "for",
        "from",
        "upon",
        "on",
        "towards",
        "toward",
        "beside",
        "behind",
        "near",
        "after",
        "against",
        "about",
        "than",
        "like",
        "between",
        "over",
    ]
)


def acts(tokens: Tokens, j: int) -> bool:
    """Whether token `j` is somebody who may act: no object of a preposition."""
    return tokens.kinds[j] == "S" and not (j and tokens.words[j - 1] in _OBLIQUE)
