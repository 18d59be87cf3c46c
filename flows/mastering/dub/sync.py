"""Sync classes and speech-rate limits: how far a line may move and how fast it may be spoken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from normalizers.errors import DuoyinError


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

# Syllables a second in reading aloud: Pellegrino, Coupé & Marsico, "A cross-language perspective on speech
# information rate", Language 87 (2011), table 1. Beyond 1.3 times these a language is no longer spoken, it
# is recited.
_TYPICAL_SYLLABLES_PER_SECOND = {
    "en": 6.19,
    "fr": 7.18,
    "de": 5.97,
    "it": 6.99,
    "ja": 7.84,
    "zh": 5.18,
    "es": 7.82,
    "vi": 5.22,
}
_FASTEST_FACTOR = 1.3
_TYPICAL_ELSEWHERE = 6.5

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāēīōūěǎ]+", re.IGNORECASE)
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


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
    return _FASTEST_FACTOR * _TYPICAL_SYLLABLES_PER_SECOND.get(language, _TYPICAL_ELSEWHERE)


def count_syllables(text: str) -> int:
    """Syllables of spoken text: one for each Han character or kana, vowel groups of Latin words (a silent
    final e not counted), half the letters of other scripts."""
    han = len(_HAN.findall(text))
    kana = len(_KANA.findall(text))
    latin = 0
    for word in _LATIN_WORD.findall(text):
        groups = len(_VOWELS.findall(word))
        if groups > 1 and re.search(r"[^aeiouyl]e$|[^aeiouytd]es$|[^aeiouytd]ed$", word.lower()):
            groups -= 1
        latin += max(1, groups) if len(word) > 1 and not word.isupper() else len(word)
    other = sum((len(run) + 1) // 2 for run in _OTHER_LETTER.findall(text))
    return han + kana + latin + other


def count_words(text: str) -> int:
    """Words as people count them: Han characters and kana one by one, other scripts by spaces."""
    wide = len(_HAN.findall(text)) + len(_KANA.findall(text))
    return wide + len(re.findall(r"[^\W_\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]+(?:['’-][^\W_]+)*", text))
