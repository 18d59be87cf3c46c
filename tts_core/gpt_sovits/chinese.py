"""Mandarin → the phonemes of the published models: an initial and a final with its tone for each character.

Readings and tone sandhi come from `normalizers`. The names of initials and finals are those of the Opencpop singing corpus ("strict"
table), which writes zero initials out: AA, EE, OO before a bare vowel, y and w as pinyin does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from normalizers import DuoyinError, sandhi, to_pinyin

INITIALS = (
    "zh",
    "ch",
    "sh",
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "r",
    "z",
    "c",
    "s",
)
_PALATALS = ("j", "q", "x")
_RETROFLEXES = ("zh", "ch", "sh", "r")
_SIBILANTS = ("z", "c", "s")
_Y_FINALS = {"e": "E", "an": "En", "u": "v", "ue": "ve", "uan": "van", "un": "vn"}
_BARE = {"a": "AA", "e": "EE", "o": "OO"}

MARKS = {
    "：": ",", "；": ",", "，": ",", "、": ",", ",": ",", ";": ",", ":": ",", "·": ",", "/": ",",
    "。": ".", ".": ".", "\n": ".", "$": ".",
    "！": "!", "!": "!", "？": "?", "?": "?",
    "…": "…", "～": "…", "~": "…", "—": "-", "–": "-", "-": "-",
}  # fmt: skip
"""Punctuation the models know, by what is written; whatever else is neither a mark nor a character is silent."""

_SYLLABLE = re.compile(r"([a-zü]+?)([1-5])$")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef〇]")


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """Phonemes of a stretch of one language.

    Args:
        text: the characters BERT sees, one a sound unit (Chinese), or the words (English).
        phones: in order.
        counts: phonemes of each character of `text` (Chinese), for spreading BERT's vectors.
        spans: for each spoken unit: (start, end) in the utterance's text and how many phonemes it has.
    """

    text: str
    phones: tuple[str, ...]
    counts: tuple[int, ...]
    spans: tuple[tuple[int, int, int], ...]


def syllable_phones(pinyin: str) -> tuple[str, str]:
    """(initial, final with tone) of a pinyin syllable with tone digit, such as `zhuang1`, `er5`, `lv4`.

    Raises:
        ValueError: not a syllable of Mandarin.
    """
    match = _SYLLABLE.fullmatch(pinyin.replace("ü", "v").replace("u:", "v"))
    if match is None:
        raise ValueError(f"{pinyin!r} is no pinyin syllable")
    letters, tone = match.groups()
    initial = next((name for name in INITIALS if letters.startswith(name)), "")
    final = letters[len(initial) :]
    if initial == "" and letters[0] in "yw":
        rest = letters[1:]
        return letters[0], (_Y_FINALS.get(rest, rest) if letters[0] == "y" else rest) + tone
    if initial == "":
        if letters[0] not in _BARE:
            raise ValueError(f"{pinyin!r} is no pinyin syllable")
        return _BARE[letters[0]], letters + tone
    if initial in _PALATALS:
        final = {"u": "v", "ue": "ve", "uan": "van", "un": "vn"}.get(final, final)
    if final == "i":
        final = "ir" if initial in _RETROFLEXES else "i0" if initial in _SIBILANTS else "i"
    if final == "ue":
        final = "ve"
    if not final:
        raise ValueError(f"{pinyin!r} is no pinyin syllable")
    return initial, final + tone


def chinese_phones(text: str, offset: int = 0, readings: Sequence[str | None] | None = None) -> SpokenPiece:
    """Phonemes of a stretch of Chinese.

    Args:
        text: spoken text; characters that are neither Han nor marks are left out.
        offset: where `text` starts in the utterance.
        readings: for each character a pinyin syllable that a hint demands, or None; hinted tones are spoken as given.
    """
    given = list(readings) if readings is not None else [None] * len(text)
    base = [hint or reading for hint, reading in zip(given, to_pinyin(text), strict=True)]
    spoken = [hint or reading for hint, reading in zip(given, sandhi(text, base), strict=True)]
    characters: list[str] = []
    phones: list[str] = []
    counts: list[int] = []
    spans: list[tuple[int, int, int]] = []
    for at, (character, reading) in enumerate(zip(text, spoken, strict=True)):
        if _HAN.match(character):
            pair = _phones_of(reading, text, at)
            if pair is None:
                continue
            phones += pair
            counts.append(2)
            characters.append(character)
            spans.append((offset + at, offset + at + 1, 2))
        elif character in MARKS:
            mark = MARKS[character]
            if phones and phones[-1] in MARKS.values():
                continue  # of several marks in a row the first is heard
            phones.append(mark)
            counts.append(1)
            characters.append(mark)
            spans.append((offset + at, offset + at, 1))
    return SpokenPiece("".join(characters), tuple(phones), tuple(counts), tuple(spans))


def _phones_of(reading: str, text: str, at: int) -> tuple[str, str] | None:
    try:
        return syllable_phones(reading)
    except ValueError as error:
        # The readings know syllabic nasals (嗯 ng, 呣 m) that the models do not; the reference says en and mu instead.
        letters, tone = reading.rstrip("12345"), reading[-1:] if reading[-1:].isdigit() else "5"
        if letters in ("n", "ng", "hng"):
            return "EE", "en" + tone
        if letters in ("m", "hm"):
            return "m", "u" + tone
        if not letters or reading == text[at]:
            return None  # a character without a known reading stays silent; the engine reports it
        raise DuoyinError(
            f"no phonemes for the reading {reading!r}",
            where=text[max(0, at - 5) : at + 5],
            hint="Check the lexicon.",
        ) from error
