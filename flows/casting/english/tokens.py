"""English narration as tokens: who is named or pointed at, who speaks, acts and stops."""

from __future__ import annotations

import re
from enum import Enum

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
_PRONOUNS: dict[str, tuple[TagKind, Gender | None]] = {
    "he": ("he", "male"), "she": ("she", "female"), "i": ("I", None), "they": ("they", None), "we": ("they",
    None), "it": ("none", None)
}  # fmt: skip
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


class Kind(Enum):
    """What a token is."""

    SUBJECT = "somebody who may act: a name, a pronoun, a noun phrase"
    GENITIVE = "somebody's"
    SPEECH = "a verb of speech"
    ACT = "another verb, of what somebody does"
    WORD = "any other word"
    STOP = "the end of a sentence"
    COMMA = "a comma, a dash or the like"
    COLON = "a colon"


SUBJECT, GENITIVE, SPEECH, ACT, WORD, STOP, COMMA, COLON = Kind


class Tokens:
    """A stretch of narration as tokens, each with its kind, its word in small letters, its place and whom it means."""

    __slots__ = ("at", "kinds", "subjects", "words")

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.words: list[str] = []
        self.at: list[int] = []
        self.subjects: list[Subject | None] = []

    def put(self, kind: Kind, word: str, at: int, subject: Subject | None = None) -> None:
        self.kinds.append(kind)
        self.words.append(word)
        self.at.append(at)
        self.subjects.append(subject)


def tokens_of(text: str, start: int, end: int, mentions: dict[int, Mention]) -> Tokens:
    """The tokens of `text[start:end]`; a noun phrase and a name of several words are one token each.

    Args:
        mentions: by where they begin.
    """
    out = Tokens()
    found = list(_WORD.finditer(text, start, end))
    i, phrase = 0, -1  # `phrase`: where the article before a name began
    while i < len(found):
        at = found[i].start()
        begun, phrase = phrase, -1
        mention = mentions.get(at)
        if mention is not None:
            i = _put_mention(out, found, i, text, mentions, mention, begun)
            continue
        if found[i].group().lower() in DETERMINERS:
            after = _skip_adjectives(found, i + 1, mentions)
            if after is not None:
                phrase, i = at, after
                continue
            past = _noun_phrase(found, i + 1, out, at, text, mentions)
            if past > i + 1:
                i = past
                continue
        _put_word(out, found, i)
        i += 1
    return out


def _put_mention(
    out: Tokens,
    found: list[re.Match[str]],
    i: int,
    text: str,
    mentions: dict[int, Mention],
    mention: Mention,
    begun: int,
) -> int:
    """Add somebody named; returns the index after the name. `begun`: where its article stands, or -1."""
    word, at = found[i].group(), found[i].start()
    named = text[mention.start : mention.end]
    past = _past(found, i, mention.end)
    if not mention.genitive:
        subject = Subject("name", at, mention.who, words=named)
        if mention.common:
            noun = head_noun(named.lower())
            at = begun if begun >= 0 else at
            subject = Subject("noun", at, mention.who, noun_gender(noun), noun, text[at : mention.end])
        out.put(SUBJECT, word, at, subject)
        return past
    out.put(GENITIVE, word, at, Subject("name", at, mention.who, words=named))
    if past >= len(found):
        return past
    if found[past].group() == "voice":
        out.kinds[-1] = SUBJECT  # Kemp's voice cried: Kemp
        return past + 1
    return _noun_phrase(found, past, out, at, text, mentions)


def _put_word(out: Tokens, found: list[re.Match[str]], i: int) -> None:
    """Add one word or stop that is no name."""
    word, at = found[i].group(), found[i].start()
    if not word[0].isalpha():
        out.put(STOP if word[0] in ".!?" else COLON if word[0] == ":" else COMMA, word, at)
        return
    low = word.lower()
    if low in _PRONOUNS:
        kind, gender = _PRONOUNS[low]
        out.put(WORD if kind == "none" else SUBJECT, low, at, Subject(kind, at, (), gender, words=word))
    elif low in SPEECH_VERBS:
        particles = VERB_PARTICLES.get(low)
        following = found[i + 1].group().lower() if particles and i + 1 < len(found) else ""
        out.put(ACT if particles and following not in particles else SPEECH, low, at)
    elif low in ACTION_VERBS:
        out.put(ACT, low, at)
    elif low in GROUP_WORDS and low not in PERSON_NOUNS:
        out.put(SUBJECT, low, at, Subject("they", at, words=word))
    else:
        out.put(WORD, low, at)


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
        out.put(GENITIVE, noun, at)
        return head + 1
    if noun == "voice" and head + 1 < len(found) and found[head + 1].group() == "of":
        return head + 2 if head + 2 < len(found) and found[head + 2].start() in mentions else i
    words = text[at : found[head].end()]
    out.put(SUBJECT, noun, at, Subject("noun", at, (), noun_gender(noun), noun, words))
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
    return tokens.kinds[j] is SUBJECT and not (j and tokens.words[j - 1] in _OBLIQUE)
