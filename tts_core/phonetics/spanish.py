"""Spanish words → phonemes by rule: the spelling tells all but foreign words.

The rules are those of the Academia's *Nueva gramática: fonética y fonología* (2011), chapters 4 to 8: which
letters stand for which sounds, weak stops, diphthongs and hiatus, where the stress falls. The alphabet is
misaki's (one symbol for an affricate and for the falling diphthongs ai, ei, au), as the embedded engine's
voices learned it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Accent = Literal["castilian", "american"]
"""castilian: z and soft c are θ; american: s (seseo) and ll is y."""


def words(text: str) -> frozenset[str]:
    """A set of words written as one line."""
    return frozenset(text.split())


_ACCENTED = {"á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u"}
_VOWELS = frozenset("aeiouáéíóúü")

_UNSTRESSED = words(
    "el la los las lo de del al a ante bajo con contra desde en entre hacia hasta para por según sin "
    "sobre tras y e o u ni que si pero mas sino me te se le les nos os mi mis tu tus su sus nuestro "
    "cuando como donde porque aunque pues don doña san fray sor"
)
"""Words that lean on the next one: articles, prepositions, conjunctions, weak pronouns and possessives,
titles (*Ortografía* II.3)."""

_LETTERS = {
    "a": "a", "b": "be", "c": "ce", "d": "de", "e": "e", "f": "efe", "g": "ge", "h": "hache", "i": "i",
    "j": "jota", "k": "ka", "l": "ele",
    "m": "eme", "n": "ene", "ñ": "eñe", "o": "o", "p": "pe", "q": "cu", "r": "erre", "s": "ese", "t": "te",
    "u": "u", "v": "uve",
    "w": "uve doble", "x": "equis", "y": "ye", "z": "zeta",
}  # fmt: skip
_ONSETS = words("bl br cl cr dr fl fr gl gr pl pr tr ch ll rr qu gu ps")
"""Two letters that may begin a syllable together."""
_X_IS_J = re.compile(r"^(?:m[eé]xi[ck]|texas|texan|oaxa|xim[eé]n|mexiq)")

_CONSONANTS = {
    "b": "β", "c": "k", "d": "ð", "f": "f", "g": "ɣ", "j": "x", "k": "k", "l": "l", "m": "m", "n": "n",
    "ñ": "ɲ", "p": "p", "q": "k",
    "s": "s", "t": "t", "v": "β", "w": "w", "y": "ʝ", "ç": "s",
}  # fmt: skip
_STOPS = {"β": "b", "ð": "d", "ɣ": "ɡ"}
"""Weak stops and what they are at the start of a phrase and behind a nasal."""
_LABIAL, _VELAR = frozenset("bpmβf"), frozenset("kɡɣxw")

_FALLING = {"ai": "I", "ei": "A", "oi": "oɪ", "au": "W", "eu": "eʊ", "ou": "O"}


@dataclass(frozen=True, slots=True)
class _Unit:
    """One sound of a word: a consonant, a glide or the vowel of a syllable.

    Args:
        symbols: in the alphabet of `tts_core.phonetics.phonemes`.
        syllable: the letter of the vowel that carries a syllable; '' for a consonant or a glide before it.
    """

    symbols: str
    syllable: str = ""


def say(word: str, *, accent: Accent = "castilian", previous: str = "", following: str = "") -> str:
    """The phonemes of one word.

    Args:
        word: letters, any case; letters that Spanish has not are read as their nearest.
        previous: the phonemes of the word before in the same clause, '' at its start: they weaken b, d, g.
        following: the phonemes of the word behind in the same clause: n becomes m before b, p, m.

    Returns:
        Phonemes with ˈ before the stressed vowel and ˌ before one with secondary stress; '' for nothing to say.
    """
    plain = unicodedata.normalize("NFC", word)
    if spelled_out(plain):
        names = " ".join(_LETTERS.get(c.lower(), "") for c in plain).split()
        return " ".join(_linked(_stressed(name, _units(name, accent), leans=False), "", "") for name in names)
    letters = _native(plain.lower())
    if not letters:
        return ""
    units = _units(letters, accent)
    symbols = _stressed(letters, units)
    return _linked(symbols, previous, following)


def spelled_out(word: str) -> bool:
    """Whether capitals are said letter by letter: DNI, but ONU and RENFE are words."""
    if len(word) < 2 or not word.isupper() or not word.isalpha():
        return len(word) == 1 and word.lower() not in _VOWELS and word.lower() not in ("y",)
    lower = word.lower()
    if len(word) > 6:
        return False
    if not any(c in _VOWELS for c in lower):
        return True
    onset = re.match(rf"[^{''.join(_VOWELS)}]*", lower)
    coda = re.search(rf"[^{''.join(_VOWELS)}y]*$", lower)
    begins = onset[0] if onset else ""
    ends = coda[0] if coda else ""
    return (len(begins) > 1 and begins not in _ONSETS) or len(ends) > 1 or ends in tuple("bcdfgkmptvw")


def _native(word: str) -> str:
    """Letters that the rules know: à, â → a; ç stays; apostrophes go."""
    result = []
    for c in word:
        if c in _ACCENTED or c in "üñç":
            result.append(c)
            continue
        base = unicodedata.normalize("NFD", c)[0]
        base = {"æ": "e", "œ": "e", "ø": "o", "ł": "l", "ß": "s", "đ": "d", "ı": "i"}.get(base, base)
        if base.isascii() and base.isalpha():
            result.append(base)
    return "".join(result)


def _units(word: str, accent: Accent) -> list[_Unit]:
    """The sounds of a word, stress left out."""
    soft = "θ" if accent == "castilian" else "s"
    units: list[_Unit] = []
    at = 0
    while at < len(word):
        if word[at] in _VOWELS or (word[at] == "y" and not _y_is_consonant(word, at)):
            at = _vowels(word, at, units)
        else:
            symbols, at = _consonant(word, at, soft, accent)
            units += [_Unit(symbol) for symbol in symbols]
    return units


def _y_is_consonant(word: str, at: int) -> bool:
    return at + 1 < len(word) and word[at + 1] in _VOWELS


_SOFTENED = re.compile(r"(?P<letters>qu(?=[eiéí])|gu(?=[eiéí])|cc(?=[eiéí])|g(?=[eiéí])|c(?=[eiéí]))")
"""Spellings that only e and i call for."""
_HARD = {"qu": "k", "gu": "ɣ", "g": "x"}
_DIGRAPHS = {"ch": "ʧ", "rr": "r", "ck": "k", "zz": "θ"}


def _consonant(word: str, at: int, soft: str, accent: Accent) -> tuple[str, int]:
    """(symbols, where the next letter is) of the consonant at `at`."""
    c, two = word[at], word[at : at + 2]
    if m := _SOFTENED.match(word, at):
        letters = m["letters"]
        return _HARD.get(letters) or ("k" if letters == "cc" else "") + soft, m.end()
    if two == "ll":
        return ("ʎ" if accent == "castilian" else "ʝ"), at + 2
    if two in _DIGRAPHS:
        return _DIGRAPHS[two].replace("θ", soft), at + 2
    if two == "sh" and (at == 0 or at + 2 == len(word)):  # show, flash; not deshielo
        return "ʃ", at + 2
    if c == "h":
        return _silent_h(word, at)
    if at == 0 and two in ("ps", "pn", "gn", "pt"):
        return "", at + 1
    if c in "bdfgklmpt" and two == c * 2:
        at += 1  # Italian and English doubles
    return _letter(word, at, soft), at + 1


def _letter(word: str, at: int, soft: str) -> str:
    """The symbols of a consonant that stands for itself."""
    c = word[at]
    if c == "r":
        return "r" if at == 0 or word[at - 1] in "nls" else "ɾ"
    if c == "x":
        return _x(word, at)
    return soft if c == "z" else _CONSONANTS[c]


def _x(word: str, at: int) -> str:
    if _X_IS_J.match(word):
        return "x"
    return "s" if at == 0 else "ks"


def _silent_h(word: str, at: int) -> tuple[str, int]:
    """h says nothing; hie- begins like y, hue- like w."""
    following = word[at + 1 : at + 3]
    if following[:1] == "i" and following[1:2] in tuple("eé"):
        return "j", at + 2
    if following[:1] == "u" and following[1:2] in tuple("eéaá"):
        return "w", at + 2
    return "", at + 1


def _vowels(word: str, at: int, units: list[_Unit]) -> int:
    """One syllable's vowels from `at` on: glide, vowel, glide; returns where the next letter is."""
    c = word[at]
    next_ = word[at + 1 : at + 2]
    if c in "iu" and next_ in _VOWELS and next_ not in ("i" if c == "i" else "u", "ü"):
        if not (c == "u" and at and word[at - 1] == "q"):
            units.append(_Unit("j" if c == "i" else "w"))
        at += 1
    elif c == "ü":
        units.append(_Unit("w"))
        at += 1
    if at >= len(word):
        return at
    c, next_ = word[at], word[at + 1 : at + 2]
    base = _ACCENTED.get(c, c)
    glide = "i" if next_ == "y" and not _y_is_consonant(word, at + 1) else next_
    if glide in tuple("iu") and base in "aeo" and word[at + 2 : at + 3] not in _VOWELS - {""}:
        units.append(_Unit(_FALLING[base + glide], c))
        return at + 2
    if glide == "i" and c in "uú" and next_ == "y":
        units.append(_Unit("uj", c))  # muy
        return at + 2
    units.append(_Unit("i" if c == "y" else base, c))
    return at + 1


def _stressed(word: str, units: list[_Unit], *, leans: bool = True) -> str:
    """The symbols with their stress marks before the vowels; a word that `leans` on the next may have none."""
    syllables = [i for i, unit in enumerate(units) if unit.syllable]
    if not syllables:
        return "".join(unit.symbols for unit in units)
    marks: dict[int, str] = {}
    if not leans or word not in _UNSTRESSED:
        adverb = word.endswith("mente") and len(syllables) > 3
        main = _stress(word, [units[i].syllable for i in syllables])
        marks[syllables[main]] = "ˈ"
        if adverb:  # both stresses are heard: rápidamente
            marks[syllables[-2]] = "ˈ"
            stem = word.removesuffix("mente")
            main = _stress(stem, [units[i].syllable for i in syllables[:-2]])
            marks = {syllables[-2]: "ˈ", syllables[main]: "ˈ"}
        for index in {0, *range(main - 2, 1, -2)} if main >= 2 else ():
            marks.setdefault(syllables[index], "ˌ")
    return "".join(marks.get(i, "") + unit.symbols for i, unit in enumerate(units))


def _stress(word: str, vowels: list[str]) -> int:
    """Which syllable is stressed: the one with an accent; else the last but one after a vowel, n or s, else
    the last."""
    for index, vowel in enumerate(vowels):
        if vowel in _ACCENTED:
            return index
    ends_open = word[-1] in "aeiouüns" or (
        word[-1] == "y" and word[-2:-1] not in _VOWELS
    )  # whisky, but virrey
    return max(len(vowels) - 2, 0) if ends_open else len(vowels) - 1


def _linked(symbols: str, previous: str, following: str) -> str:
    """Weak and full stops, and nasals before lips and velum, over the border of words."""
    bare_before = re.sub("[ˈˌ ]", "", previous)[-1:]
    result: list[str] = []
    last = bare_before
    rest = re.sub("[ˈˌ]", "", following)
    for index, symbol in enumerate(symbols):
        if symbol in "ˈˌ":
            result.append(symbol)
            continue
        ahead = next((s for s in symbols[index + 1 :] if s not in "ˈˌ"), rest[:1])
        if symbol in _STOPS and (
            not last
            or last in "mnŋɲ"
            or (symbol == "ð" and last == "l")
            or ahead == symbol
            or index + 1 == len(symbols)
        ):
            symbol = _STOPS[symbol]
        elif symbol == "n" and ahead:
            symbol = "m" if ahead in _LABIAL else "ŋ" if ahead in _VELAR else "n"
        result.append(symbol)
        last = symbol
    return "".join(result)
