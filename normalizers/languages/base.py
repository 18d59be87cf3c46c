"""What a language is to this house: one record, handed out by the language's own module."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from normalizers.rules import Rulebook
from normalizers.signs import Signs
from normalizers.stops import SentenceRules


@dataclass(frozen=True, eq=False, kw_only=True)
class Language:
    """All that differs from language to language. Compared and hashed by identity: there is one record a language.

    Args:
        code: ISO 639-1, as in utterances, scripts and files (`zh`).
        tags: other codes that mean it in metadata (ISO 639-2 and 639-3: `zho`, `chi`, `cmn`).
        name, own_name: in English, and as its readers call it.
        letters: regular-expression class body of its letters (see `normalizers.scripts`).
        latin: written in Latin letters.
        spaced: words are parted by blanks, so that text is counted in words; else in characters.
        common_words: its commonest words that neighbours in the same script do not share, in small letters; empty
            where the script alone tells it.
        own_letters: class body of letters and marks that tell it from its neighbours (ñ¿¡); may be empty.
        short_line: sentences of fewer characters are joined to a neighbour: engines speak scraps with odd prosody.
        long_line: characters beyond which sentences are not joined, and are cut at clauses, in a script.
        longest_sentence: characters above which a sentence is cut where nothing else is asked: 25 to 30 s of speech.
        characters_per_second: spoken characters a second of the embedded voices; a first guess before anything is made.
        syllables_per_second: of reading aloud.
        silent_endings: regular expression of endings of words whose vowel is not spoken; '' where all are.
        one_spelling: a word in small letters in the spelling that its variants are compared in (`colour` → color).
        transcript_prompt: what a recognizer is told to make it write as this house does; '' for nothing.
        has_heteronyms: words that are spelled alike and said differently are told by `normalizers.heteronyms`.
        probe: a sentence by which a voice is measured and tried.
        auditions: further sentences that a voice is tried on, of all its usual sounds, questions and calls among them.
        number_rules: how numbers, dates, measures and money are said; tried at a digit, or a sign or currency
            before one.
        word_rules: how abbreviations, months and initials are said. Of a language that is not written in Latin letters:
            foreign abbreviations that it says in its own way.
        roman_rules: how letters are said that can be a Roman numeral.
        scanned_words: regular expression of the beginnings of words `word_rules` is tried at; '' where it has
            none of its own.
        number_leads: regular expressions of signs before a number that only this language speaks; '' for none.
        currency: regular expression of the currency signs and codes that stand before a number.
        signs: words and rules of signs.
        cardinal, digits: a number (digits, any length) in words, and digit by digit.
        fraction: numerator and denominator in words.
        minus: said before a negative number, with the blank it needs.
        sentences: where sentences end.
        number_words: regular expression of a number in words (characters) that can be a heading by itself.
        heading_units: regular expression of the words that make a heading together with a number (`chapter`, 章).
        heading_number: regular expression of a number as headings have it: digits, words, Roman where in use.
        read_number: value of a number in words, None for other words (digits and Roman: `normalizers.numerals`).
        read_heading: (unit, number) of a title that begins with a numbered unit: `CHAPTER IV. The Duel` → (chapter, 4).
        announce: what is said where a chapter's heading is a bare numeral: `3` → Chapter 3.
        some_chapters: a part of a book by the numbers of its chapters: `1-3, 5` → chapters 1-3, 5.
        articles: small words, in small letters, that a title is not sorted by (the, a, an); empty where there are none.
    """

    code: str
    tags: tuple[str, ...]
    name: str
    own_name: str
    letters: str
    latin: bool
    spaced: bool
    common_words: frozenset[str]
    own_letters: str
    short_line: int
    long_line: int
    longest_sentence: int
    characters_per_second: float
    syllables_per_second: float
    probe: str
    number_rules: Rulebook
    word_rules: Rulebook
    roman_rules: Rulebook
    scanned_words: str
    number_leads: str
    currency: str
    signs: Signs
    cardinal: Callable[[str | int], str]
    digits: Callable[[str], str]
    fraction: Callable[[int, int], str]
    minus: str
    sentences: SentenceRules
    number_words: str
    heading_units: str
    heading_number: str
    read_number: Callable[[str], int | None]
    read_heading: Callable[[str], tuple[str, int] | None]
    announce: Callable[[str], str]
    some_chapters: Callable[[str], str]
    auditions: tuple[str, ...]
    articles: frozenset[str] = frozenset()
    silent_endings: str = ""
    one_spelling: Callable[[str], str] = str
    transcript_prompt: str = ""
    has_heteronyms: bool = False

    def count(self, text: str) -> int:
        """How much of `text` is in this language's script: words, or characters where blanks do not part words."""
        return len(re.findall(f"[{self.letters}]+" if self.spaced else f"[{self.letters}]", text))
