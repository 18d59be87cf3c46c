"""English → ARPAbet phonemes of the published models.

The models were trained on the CMU dictionary's readings, so a word that is there is said as there. Words that
are read by their part of speech (he read / to read), names and unknown words come from the embedded engine's
lexicon and letter-to-sound rules.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from normalizers import DuoyinError, Hint
from tts_core.gpt_sovits.text.chinese import MARKS, SpokenPiece, syllable_phones
from tts_core.phonetics.english_line import EnglishLine, first_sound, read_line, sound_alone
from tts_core.phonetics.lexicon_en import EnglishLexicon, english_lexicon
from tts_core.phonetics.reading_hints import hint_symbols

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’][A-Za-zÀ-ÖØ-öø-ɏ]+)*['’]?|\S")
SHORTEST_PART = 4  # letters of a word inside a compound; names fall into shorter ones by chance
_HYPHENED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+(?![A-Za-z])")
_VOWELS = {
    "A": "EY", "I": "AY", "W": "AW", "Y": "OY", "O": "OW", "Q": "OW", "i": "IY", "u": "UW", "ɑ": "AA",
    "ɒ": "AA", "æ": "AE", "a": "AE",
    "ɛ": "EH", "e": "EH", "ɪ": "IH", "ʊ": "UH", "ʌ": "AH", "ɔ": "AO", "o": "AO", "ə": "AH", "ᵊ": "AH",
    "ɐ": "AH", "ᵻ": "IH", "ɜ": "ER",
    "ɚ": "ER",
}  # fmt: skip
_CONSONANTS = {
    "b": "B", "ʧ": "CH", "d": "D", "ð": "DH", "f": "F", "ɡ": "G", "h": "HH", "ʤ": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "ŋ": "NG",
    "p": "P", "ɹ": "R", "s": "S", "ʃ": "SH", "t": "T", "T": "T", "ɾ": "T", "ʔ": "T", "θ": "TH", "v": "V",
    "w": "W", "j": "Y", "z": "Z",
    "ʒ": "ZH", "x": "K", "ʦ": "T", "ʣ": "D",
}  # fmt: skip
_ARPABET = frozenset(_VOWELS.values()) | frozenset(_CONSONANTS.values())


@cache
def _dictionary() -> dict[str, str]:
    packed = files("tts_core.gpt_sovits.text").joinpath("cmudict.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode("ascii").splitlines()
    return dict(line.split("\t", 1) for line in lines if not line.startswith("#"))


@cache
def _lexicon() -> EnglishLexicon:
    return english_lexicon("american")


def english_phones(text: str, offset: int = 0, hints: Sequence[Hint] = ()) -> SpokenPiece:
    """Phonemes of a stretch of English; `hints` (offsets into `text`) replace what they cover."""
    line = read_line(text)
    phones: list[str] = []
    words: list[str] = []
    spans: list[tuple[int, int, int]] = []
    for start, end, hint in _pieces(text, hints):
        token = text[start:end]
        if hint is None and not token[0].isalpha():
            mark = MARKS.get(token)
            inside = mark == "-" and text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
            if mark is None or inside or (phones and phones[-1] in MARKS.values()):
                continue  # a hyphen inside a word is not heard; of several marks in a row the first is
            phones.append(mark)
            spans.append((offset + start, offset + start, 1))
            continue
        said = _hinted(hint) if hint is not None else _phones_in(line, text, start, token)
        phones += said
        words.append(token)
        spans.append((offset + start, offset + end, len(said)))
    return SpokenPiece(" ".join(words), tuple(phones), (), tuple(spans))


def _phones_in(line: EnglishLine, text: str, start: int, token: str) -> list[str]:
    """Phones of the word at `start` of a line: as its sentence decides, or as it stands by itself."""
    if start in line.stammers:
        return _stammered(text, token, *line.stammers[start])
    if start in line.letters:
        return arpabet(_lexicon().letters(token))
    if (reading := line.readings.get(start)) is not None:
        return reading.arpabet.split()
    lone = text[start - 1 : start] in ("'", "’") and not text[max(0, start - 2) : start - 1].isalnum()
    return word_phones(f"'{token}" if lone else token, line.tags.get(start, ""))


def _stammered(text: str, fragment: str, start: int, end: int) -> list[str]:
    """The first sound of the word at `start:end`, which the speaker does not get out yet."""
    if start == end:
        return [*arpabet(sound_alone(fragment)), "AH0"]
    sounds, murmured = first_sound(word_phones(text[start:end]), fragment, lambda phone: phone[-1].isdigit())
    return [*sounds, "AH0"] if murmured else sounds


def word_phones(word: str, tag: str = "") -> list[str]:
    """ARPAbet phones of one word (letters and apostrophes), by its Penn tag where that matters."""
    plain = word.replace("’", "'")
    if "'" in plain:
        if short := _lexicon().clipped(plain):
            return arpabet(short)
        plain = plain if plain.lower() in _dictionary() else plain.lstrip("'")
    if plain == "A":
        return ["EY1"]  # as the models were trained
    lower = plain.lower()
    said = _dictionary().get(lower) or _dictionary().get(lower.strip("'"))
    several = isinstance(_lexicon().entry(lower), dict)  # its sound hangs on its part of speech
    if said is not None and not (several and tag):
        return said.split()
    if said is None and (stem := _dictionary().get(lower.removesuffix("'s"))):
        return _possessive(stem.split())
    if said is None and not several and (parts := _compound(lower)):
        return [phone for part in parts for phone in part.split()]
    if several and said is not None:
        guessed = arpabet(_lexicon().say(plain, tag))
        return said.split() if _bare(guessed) == _bare(said.split()) else guessed
    return arpabet(_lexicon().say(plain, tag))


def _compound(word: str) -> tuple[str, str] | None:
    """Readings of the two common words that an unknown one is made of (blackhole), at the most even cut."""
    cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    for at in sorted(cuts, key=lambda at: abs(2 * at - len(word))):
        parts = word[:at], word[at:]
        if all(part in _dictionary() and _lexicon().entry(part, silver=False) for part in parts):
            return _dictionary()[parts[0]], _dictionary()[parts[1]]
    return None


def _possessive(stem: list[str]) -> list[str]:
    """With 's: S after a voiceless stop or fricative, a syllable after a sibilant, else Z."""
    if stem[-1] in ("P", "T", "K", "F", "TH", "HH"):
        return [*stem, "S"]
    return [*stem, "AH0", "Z"] if stem[-1] in ("S", "Z", "SH", "ZH", "CH", "JH") else [*stem, "Z"]


def arpabet(symbols: str) -> list[str]:
    """The embedded engine's phonemes (misaki's alphabet) → ARPAbet with stress digits."""
    phones: list[str] = []
    stress = "0"
    for at, symbol in enumerate(symbols):
        if symbol in "ˈˌ":
            stress = "1" if symbol == "ˈ" else "2"
        elif symbol in _VOWELS:
            name = _VOWELS[symbol]
            if symbol == "ə" and symbols[at + 1 : at + 2] == "ɹ":
                name = "ER"
            phones.append(name + stress)
            stress = "0"
        elif symbol in _CONSONANTS:
            if symbol == "ɹ" and phones and phones[-1][:2] == "ER" and symbols[at - 1] in "ɜə":
                continue
            phones.append(_CONSONANTS[symbol])
            if symbol in "ʦʣ":
                phones.append("S" if symbol == "ʦ" else "Z")
    return phones


def _bare(phones: Sequence[str]) -> list[str]:
    """Without stress, and with the weak vowels as one: dictionaries differ there without meaning another word."""
    return ["AH" if phone[:2] in ("IH", "AH") else phone.rstrip("012") for phone in phones]


def _hinted(hint: Hint) -> list[str]:
    if hint.alphabet == "pinyin":
        return [phone for syllable in hint.value.split() for phone in syllable_phones(syllable)]
    if hint.alphabet == "arpabet":
        phones = hint.value.upper().split()
        strangers = [phone for phone in phones if phone.rstrip("012") not in _ARPABET]
        if strangers:
            raise DuoyinError(
                f"the reading hint {hint.value!r} has {strangers[0]!r}, which is not an ARPAbet phone"
            )
        vowels = frozenset(_VOWELS.values())
        return [phone + "0" if phone in vowels else phone for phone in phones]
    if hint.alphabet == "respell":
        return [
            phone for word in _WORD.findall(hint.value) if word[0].isalpha() for phone in word_phones(word)
        ]
    return arpabet(hint_symbols(hint, lambda words: words))


def _words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Words and marks; a hyphenated word is one where the dictionary has it (forty-five), else its parts."""
    words: list[tuple[int, int]] = []
    at = start
    while at < end:
        hyphened = _HYPHENED.match(text, at, end)
        match = hyphened if hyphened and hyphened[0].lower() in _dictionary() else _WORD.match(text, at, end)
        if match is None:  # a space
            at += 1
            continue
        words.append(match.span())
        at = match.end()
    return words


def _pieces(text: str, hints: Sequence[Hint]) -> list[tuple[int, int, Hint | None]]:
    pieces: list[tuple[int, int, Hint | None]] = []
    at = 0
    for hint in [*sorted(hints, key=lambda hint: hint.start), None]:
        start = len(text) if hint is None else hint.start
        if start < at:
            continue
        pieces += [(low, high, None) for low, high in _words(text, at, start)]
        if hint is not None:
            pieces.append((hint.start, hint.end, hint))
            at = hint.end
    return pieces
