"""Sync classes and speech-rate limits: how far a line may move and how fast it may be spoken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from normalizers.errors import DuoyinError
from normalizers.languages import DEFAULT_LANGUAGE, LANGUAGES
from normalizers.scripts import HAN, KANA, LATIN


@dataclass(frozen=True, slots=True)
class SyncClass:
    """How far the start of a line may lie from its cue's, in seconds.

    Args:
        early: before the cue.
        late: after the cue.
        fills: the mouth is seen: a line shorter than its cue is worth slowing down.
    """

    name: str
    early: float
    late: float
    fills: bool = False


SYNC_CLASSES: Mapping[str, SyncClass] = {
    # ITU-R BT.1359-1: sound up to 90 ms early and 185 ms late is acceptable to viewers.
    "lip": SyncClass("lip", 0.09, 0.185, fills=True),
    # Speaker seen, lips not to be read: detectability doubled on the late side.
    "dialogue": SyncClass("dialogue", 0.12, 0.40),
    # Lector over the original, off-screen speech.
    "voiceover": SyncClass("voiceover", 0.5, 2.0),
    # Read aloud in order, like a book; the times are only a guide.
    "free": SyncClass("free", 1.0, 60.0),
}
DEFAULT_SYNC = "dialogue"

_FASTEST_FACTOR = 1.3
"""Beyond so many times its usual syllables a second a language is no longer spoken, it is recited."""
# Syllables a second in reading aloud of languages that have no record (theirs stand there): Pellegrino, Coupé
# & Marsico, "A cross-language perspective on speech information rate", Language 87 (2011), table 1; their
# mean for all others.
_SYLLABLES_PER_SECOND = {"fr": 7.18, "de": 5.97, "it": 6.99, "ja": 7.84, "vi": 5.22}
_SYLLABLES_ELSEWHERE = 6.5

_WIDE = re.compile(f"[{HAN}{KANA}]")
_LATIN_WORD = re.compile(rf"[{LATIN}]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāēīōūěǎ]+", re.IGNORECASE)
_OTHER_LETTER = re.compile(rf"[^\W\d_{LATIN}{KANA}\u30fb\u30fc{HAN}]+")
_WORD = re.compile(rf"[^\W_{KANA}\u30fb\u30fc{HAN}]+(?:['’-][^\W_]+)*")


def sync_class(name: str) -> SyncClass:
    """The class of that name. Raises `DuoyinError` naming the choices."""
    try:
        return SYNC_CLASSES[name]
    except KeyError:
        raise DuoyinError(
            f"unknown sync class {name!r}", hint=f"use one of: {', '.join(SYNC_CLASSES)}"
        ) from None


@dataclass(frozen=True, slots=True)
class SyncRules:
    """Which class a line has: its own, else its speaker's, else its style's, else the programme's."""

    programme: str = DEFAULT_SYNC
    by_style: Mapping[str, str] = field(default_factory=dict)
    by_speaker: Mapping[str, str] = field(default_factory=dict)
    by_line: Mapping[str, str] = field(default_factory=dict)

    def of(self, line_id: str, speaker: str | None, style: str) -> str:
        """The class's name. Raises `DuoyinError` for a class that does not exist."""
        name = self.by_line.get(line_id) or (self.by_speaker.get(speaker) if speaker else None)
        return sync_class(name or self.by_style.get(style) or self.programme).name


def fastest_syllables_per_second(language: str) -> float:
    """The absolute speech-rate limit of a language."""
    record = LANGUAGES.get(language)
    usual = _SYLLABLES_PER_SECOND.get(language, _SYLLABLES_ELSEWHERE)
    return _FASTEST_FACTOR * (record.syllables_per_second if record is not None else usual)


def count_syllables(text: str, language: str = DEFAULT_LANGUAGE) -> int:
    """Syllables of spoken text: one for each Han character or kana, vowel groups of Latin words (a vowel that the
    language does not speak at their end not counted), half the letters of other scripts.

    Args:
        language: of the text. Words in Latin letters of one that is not written so are taken for English ones.
    """
    record = LANGUAGES.get(language)
    latin = record if record is not None and record.latin else LANGUAGES[DEFAULT_LANGUAGE]
    silent = re.compile(latin.silent_endings) if latin.silent_endings else None
    count = len(_WIDE.findall(text))
    for word in _LATIN_WORD.findall(text):
        groups = len(_VOWELS.findall(word))
        if groups > 1 and silent is not None and silent.search(word.lower()):
            groups -= 1
        count += max(1, groups) if len(word) > 1 and not word.isupper() else len(word)
    return count + sum((len(run) + 1) // 2 for run in _OTHER_LETTER.findall(text))


def count_words(text: str) -> int:
    """Words as people count them: Han characters and kana one by one, other scripts by spaces."""
    return len(_WIDE.findall(text)) + len(_WORD.findall(text))
