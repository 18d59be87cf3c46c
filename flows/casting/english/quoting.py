"""How English prints speech: what is a scare quote, and the tag inside dash dialogue."""

from __future__ import annotations

import re

from flows.casting.english.written import is_written
from flows.casting.quotes import SCARE_WORDS, SPEECH_STOPS, Conventions, Quoted

_SPEECH_VERB_BEFORE = re.compile(
    r"(?:said|say|says|saying|cried|cry|crying|asked|asking|replied|answered|exclaimed|called|shouted|"
    r"shouting|whispered|muttered|"
    r"murmured|repeated|added|began|continued|remarked|observed|returned|tells|told|screamed|answer|reply|"
    r"call|cry|whisper|shout|exclaim|murmur|out|with|words)\s*$"
)
_NOT_SAID = re.compile(
    r"(?:as (?:much|who) (?:as|should) (?:to )?say|initials|entitled|labell?ed|inscribed|marked)[,:]?$"
)
"""as much as to say, “Are you all like this?”: nobody says it."""
_SAID_BEFORE = re.compile(
    r"\b(?:said|cried|asked|replied|answered|whispered|shouted|murmured|muttered|exclaimed)\s*$"
)
_NAMED_BEFORE = re.compile(
    r"\b(?:the|an?|his|her|their|my|its|our|your|this|of|as|in|on|at|called|named|termed|word|words|"
    r"entitled|signed|spell|spelt|spelled|"
    r"become|became|phrase|motto|read|reading|or|than|with|for|by|into|very|so-called|styled|from|titles?|"
    r"names?|[A-Za-z]+['’]s)\s*$"
)
"""Words after which a few quoted words are a name, a title or a borrowed phrase, whatever stop stands inside
the mark."""


def is_speech(quoted: Quoted) -> bool:
    """False for scare quotes, titles, signs and mottos: few words, no stop inside, in the middle of a sentence."""
    text, inner, before = quoted.text, quoted.inner, quoted.before
    if text[quoted.end - 2].isspace():
        return True  # a dash was lost in print: “The weather ” he began
    if _is_named(quoted) or _belongs_to_sentence(quoted) or is_written(quoted):
        return False
    if quoted.last in SPEECH_STOPS:
        return True
    words = len(inner.split())
    if quoted.is_whole:
        return words > 1 or inner[:1].isupper()
    if words > SCARE_WORDS + 6:
        return True
    said_before = _SPEECH_VERB_BEFORE.search(before[-17:-1])
    if before[-1:] == "," and text[quoted.end : quoted.end + 1] in (",", ";") and not said_before:
        return False  # a sign, “CLOSED”, and a lamp
    if before[-1:] in ",:" or before.endswith("--") or _SPEECH_VERB_BEFORE.search(before[-16:]):
        return inner[:1].isupper() or not inner[:1].isalpha()
    return words > SCARE_WORDS and (not before or before[-1] in ".!?;,:—-")


def _is_named(quoted: Quoted) -> bool:
    """Written, not said (entitled “…”), or a name: at the “Coach and Horses.”"""
    before, inner = quoted.before, quoted.inner
    if _NOT_SAID.search(before[-24:]) or before.endswith("[Illustration:"):
        return True
    few = len(inner.split()) <= SCARE_WORDS + 2
    return quoted.last in ",." and few and _NAMED_BEFORE.search(before[-20:]) is not None


def _belongs_to_sentence(quoted: Quoted) -> bool:
    """generally “very particular,” swallowed: part of the sentence it stands in."""
    before = quoted.before
    return (
        quoted.first
        and quoted.inner[:1].islower()
        and before[-1:].isalpha()
        and not _SAID_BEFORE.search(before[-16:])
    )


# The tag inside dash dialogue carries no mark: "—All three, Fintan, Bridie said, —and the dog goes free."
_DASH_TAG = re.compile(
    r"(?<=[?!.,…])\s+(?:(?:said|asked|cried|answered|replied|says|whispered|shouted|called|muttered|"
    r"murmured|exclaimed|added|went on|"
    r"continued|repeated|told|observed|remarked|laughed|sighed|began|put in|inquired|returned|demanded)\s+"
    r"(?:he|she|they|I|we|the [a-z]+|(?:(?:Mr|Mrs|Miss|Dr)\.? )?[A-Z]\w+(?: [A-Z]\w+)?)"
    r"|(?:he|she|they|I|we|(?:(?:Mr|Mrs|Miss|Dr)\.? )?[A-Z]\w+(?: [A-Z]\w+)?)\s+"
    r"(?:said|asked|cried|answered|replied|says|whispered|shouted|called|muttered|murmured|exclaimed|added|"
    r"went on|continued|repeated|"
    r"told|observed|remarked|laughed|sighed|began|put in|inquired|returned|demanded))\b"
)


_DASH_AGAIN = re.compile(r"[,.;:]?\s*(?:——|—|–|―|--)\s*")


def next_aside(text: str, at: int) -> tuple[int, int] | None:
    """Where the next tag of dash dialogue begins, and where the speech goes on; see `Conventions`."""
    tag = _DASH_TAG.search(text, at)
    if not tag:
        return None
    again = _DASH_AGAIN.search(text, tag.end())
    return tag.start(), again.end() if again else len(text)


CONVENTIONS = Conventions(is_speech=is_speech, next_aside=next_aside)
