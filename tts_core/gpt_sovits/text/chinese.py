"""Mandarin → the phonemes of the published models: an initial and a final with its tone for each character.

Readings come from `normalizers`, which sees the context, and tones change as in training (`tones`). The names
of initials and finals are those of the Opencpop singing corpus ("strict" table), which writes zero initials
out: AA, EE, OO before a bare vowel, y and w as pinyin does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from normalizers import DuoyinError, simplified, to_pinyin
from tts_core.gpt_sovits.text.tones import context_readings, dictionary_readings, trained_tones

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

_MARKS = frozenset(MARKS)
_SYLLABIC_NASALS = str.maketrans("嗯呣", "恩母")
"""The models have no syllable ng or m; the trainers wrote these instead."""
_NEAREST = {
    **dict.fromkeys(("n", "ng", "hng"), ("EE", "en")),
    **dict.fromkeys(("m", "hm"), ("m", "u")),
    "ê": ("EE", "ei"),
    "r": ("EE", "er"),  # a 儿 that only colours the syllable before it
}
"""What readings may ask for and the models have no symbol for either."""
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


def chinese_phones(
    text: str,
    offset: int = 0,
    hints: Sequence[str | None] | None = None,
    *,
    readings: Literal["context", "dictionary"] = "context",
    erhua: bool = True,
) -> SpokenPiece:
    """Phonemes of a stretch of Chinese.

    Args:
        text: spoken text; characters that are neither Han nor marks are left out, of several marks in a row
            the first stays.
        offset: where `text` starts in the utterance.
        hints: for each character a pinyin syllable that is demanded, or None; hinted tones are spoken as given.
        readings: of characters with several: by what stands around them, or word by word from pypinyin's
            phrases, which is what the trainers did without their polyphone model (the parity fixtures).
        erhua: see `tones.trained_tones`.
    """
    text = simplified(text).translate(_SYLLABIC_NASALS)
    places, plain = _audible(text)
    demanded = [hints[at] for at in places] if hints is not None else [None] * len(places)
    if readings == "context":
        found = to_pinyin(text)
        read = context_readings(plain, [demanded[n] or found[at] for n, at in enumerate(places)])
    else:
        read = dictionary_readings(plain)
    spoken = trained_tones(plain, read, marks=_MARKS, erhua=erhua)
    characters: list[str] = []
    phones: list[str] = []
    counts: list[int] = []
    spans: list[tuple[int, int, int]] = []
    for at, character, hint, reading in zip(places, plain, demanded, spoken, strict=True):
        if character in MARKS:
            phones.append(MARKS[character])
            counts.append(1)
            characters.append(MARKS[character])
            spans.append((offset + at, offset + at, 1))
        elif pair := _phones_of(hint or reading, text, at):
            phones += pair
            counts.append(2)
            characters.append(character)
            spans.append((offset + at, offset + at + 1, 2))
    return SpokenPiece("".join(characters), tuple(phones), tuple(counts), tuple(spans))


def _audible(text: str) -> tuple[list[int], str]:
    """The places and characters that are spoken: Han, and the first of several marks."""
    places: list[int] = []
    for at, character in enumerate(text):
        if _HAN.match(character) or (character in MARKS and not (places and text[places[-1]] in MARKS)):
            places.append(at)
    return places, "".join(text[at] for at in places)


def _phones_of(reading: str, text: str, at: int) -> tuple[str, str] | None:
    letters, tone = reading.rstrip("12345"), reading[-1:] if reading[-1:].isdigit() else "5"
    if letters in ("", "xx"):
        return None  # a character without a known reading (CC-CEDICT's name for that is xx5) stays silent
    if letters in _NEAREST:
        initial, final = _NEAREST[letters]
        return initial, final + tone
    try:
        return syllable_phones(reading)
    except ValueError as error:
        raise DuoyinError(
            f"no phonemes for the reading {reading!r}",
            where=text[max(0, at - 5) : at + 5],
            hint="Check the lexicon.",
        ) from error
