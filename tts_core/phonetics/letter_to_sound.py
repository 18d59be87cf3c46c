"""Letter-to-sound rules for words that no dictionary knows: names, mostly.

A context tree for each accent, grown from the dictionaries by `tools/train_g2p_en.py` (which measures it on words held
out). The longest context that has an answer decides what a letter makes; words are read from right to left.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Mapping
from pathlib import Path

from tts_core.phonetics.phonemes import VOWELS

EMPTY = "_"
"""A letter that is not heard, in the files of rules."""

# Neighbours in the order in which they tell most about a letter, and S for the syllables to its right.
_ORDER = (1, -1, 2, "S", -2, 3, -3, 4, -4, 5, 6, -5)
CONTEXTS = len(_ORDER) + 1
"""Contexts of a letter, from itself alone to all that is asked."""


def contexts(word: str, at: int, syllables: int, stressed: bool) -> list[str]:
    """The contexts of letter `at`, shortest first.

    Args:
        word: lower-case letters.
        at: index of the letter.
        syllables: how many syllables the letters to its right make.
        stressed: whether one of those has the main stress.
    """
    key = word[at]
    result = [key]
    for question in _ORDER:
        if question == "S":
            key += f"{min(syllables, 3)}{'+' if stressed else '-'}"
        else:
            assert isinstance(question, int)
            place = at + question
            key += word[place] if 0 <= place < len(word) else "#"
        result.append(key)
    return result


def is_syllable(chunk: str) -> bool:
    """Whether what a letter makes carries a syllable."""
    return any(symbol in VOWELS for symbol in chunk)


class LetterToSound:
    """Rules of one accent.

    Args:
        rules: context → symbols, `EMPTY` for none.
    """

    def __init__(self, rules: Mapping[str, str]) -> None:
        self.rules = rules

    @classmethod
    @functools.cache
    def load(cls, accent: str) -> LetterToSound:
        """The shipped rules of an accent, american or british."""
        path = Path(__file__).with_name(f"letters_{accent}.tsv.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return cls(dict(line.rstrip("\n").split("\t") for line in file))

    def say(self, word: str) -> str:
        """Symbols for a word of lower-case letters a to z, with one main stress."""
        chunks: list[str] = []
        syllables, stressed = 0, False
        for at in range(len(word) - 1, -1, -1):
            chunk = next(
                self.rules[key]
                for key in reversed(contexts(word, at, syllables, stressed))
                if key in self.rules
            ).replace(EMPTY, "")
            if stressed:
                chunk = chunk.replace("ˈ", "ˌ")
            chunks.append(chunk)
            syllables += is_syllable(chunk)
            stressed = stressed or "ˈ" in chunk
        chunks.reverse()
        return "".join(chunks) if stressed else "".join(self._stressed(word, chunks))

    def _stressed(self, word: str, chunks: list[str]) -> list[str]:
        """A main stress for a word that got none: a secondary one raised, or the first vowel letter said in full."""
        for at, chunk in enumerate(chunks):
            if "ˌ" in chunk:
                return [*chunks[:at], chunk.replace("ˌ", "ˈ", 1), *chunks[at + 1 :]]
        for at, letter in enumerate(word):
            if letter in _FULL and (at or letter != "y"):
                keys = contexts(word, at, sum(map(is_syllable, chunks[at + 1 :])), False)
                full = next(
                    (self.rules[k] for k in reversed(keys) if "ˈ" in self.rules.get(k, "")), _FULL[letter]
                )
                return [*chunks[:at], full, *chunks[at + 1 :]]
        return chunks


_FULL = {"a": "ˈæ", "e": "ˈɛ", "i": "ˈɪ", "o": "ˈɑ", "u": "ˈʌ", "y": "ˈɪ"}
"""Vowel letters under stress where no rule says more (u of both accents; British a and o are near)."""
