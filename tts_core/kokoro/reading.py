"""Text → what the model is given: symbols in pieces, each stretch of text by the phoneme module of its language.

A language of this engine is one phoneme module (`g2p_en`, `g2p_zh`, `g2p_es`) and one row of `LANGUAGES`. No
model is loaded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from normalizers import Hint
from tts_core.engine import Prepared, Utterance, Word
from tts_core.kokoro.g2p_en import EnglishG2P
from tts_core.kokoro.g2p_es import SpanishG2P
from tts_core.kokoro.g2p_zh import HAN, ChineseG2P
from tts_core.kokoro.pieces import cut_pieces
from tts_core.kokoro.voice_bank import accent_of, language_of, parse_voice
from tts_core.phonetics.lexicon_en import Accent
from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END, Sound, tidy, voiced
from tts_core.phonetics.reading_hints import hint_symbols

Say = Callable[[str], str]
"""Plain words of a respelling → symbols."""


class PhonemeModule(Protocol):
    """Reads stretches of one language."""

    def sounds(self, text: str, hints: Sequence[Hint] = ()) -> list[Sound]:
        """Sounds of `text` (offsets into it), marks and spaces included. `hints` replace what they cover."""
        ...

    def say_plain(self, words: str) -> str:
        """Symbols of plain words, for respellings."""
        ...


@dataclass(frozen=True, slots=True)
class Script:
    """A class of letters. `run`: a stretch of it inside a line in another script; `unit`: a word or character
    of it."""

    run: re.Pattern[str]
    unit: re.Pattern[str]

    def units(self, text: str) -> int:
        """How many words or characters of the script are in a text."""
        return len(self.unit.findall(text)) if self.run.search(text) else 0


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """A language of this engine.

    Args:
        script: what it is written in, a key of `SCRIPTS`.
        module: (accent, how words in another script are said) → its phoneme module.
        own_voice: whether voices of other languages speak it badly, even a few words of it.
    """

    script: str
    module: Callable[[Accent, Say], PhonemeModule]
    own_voice: bool = False


SCRIPTS: Mapping[str, Script] = {
    "latin": Script(
        re.compile(r"[A-Za-zÀ-ÖØ-öø-ž](?:[A-Za-zÀ-ÖØ-öø-ž'’.\- ,]*[A-Za-zÀ-ÖØ-öø-ž])?"),
        re.compile("[A-Za-z'’]+"),
    ),
    "han": Script(
        re.compile(rf"[{HAN}](?:[{HAN}，。、！？；：“”‘’…—·《》（）\s]*[{HAN}])?"), re.compile(f"[{HAN}]")
    ),
}

LANGUAGES: Mapping[str, SpokenLanguage] = {
    "en": SpokenLanguage("latin", EnglishG2P),
    # An English voice makes 20.8 % errors in Chinese; a Chinese voice 3.5 % in English words, and stays as it is.
    "zh": SpokenLanguage("han", lambda _, say: ChineseG2P(say), own_voice=True),
    "es": SpokenLanguage("latin", lambda _accent, _say: SpanishG2P()),
}
"""Code → how it is read. The first language of a script reads what of it stands in lines in another script."""


def read(utterance: Utterance) -> Prepared:
    """What the model is given for an utterance: for each piece its symbols and what kind of place it ends at
    ('' for the last).

    Raises:
        DuoyinError: an unknown voice.
    """
    sounds = phonemize(utterance)
    mother_tongue = language_of(parse_voice(utterance.voice).main)
    pieces = [piece for piece in cut_pieces(sounds) if voiced(piece)] if voiced(sounds) else []
    given: list[tuple[str, str]] = []
    words: list[Word] = []
    unit = 0
    for number, piece in enumerate(pieces, 1):
        given.append(
            ("".join(sound.symbols for sound in piece), "" if number == len(pieces) else _border(piece))
        )
        for sound in piece:
            if sound.word:
                words.append(Word(sound.start, sound.end, unit, unit + len(sound.symbols)))
            unit += len(sound.symbols)
        unit += 1  # the pause after the piece
    return Prepared(
        tuple(given),
        utterance.voice,
        voice_language(utterance.text, utterance.language, mother_tongue),
        utterance.speed,
        utterance.seed,
        tuple(words),
        utterance.text,
    )


def phonemize(utterance: Utterance) -> list[Sound]:
    """What is said for the utterance: sounds in the model's symbols with their places in the text."""
    text, accent = utterance.text, accent_of(utterance.voice)
    hints = [hint for hint in utterance.hints if 0 <= hint.start < hint.end <= len(text)]
    sounds: list[Sound] = []
    for start, end, spoken_as in stretches(text, utterance.language, hints):
        if sounds:
            sounds.append(Sound(" ", start, start, word=False))
        if isinstance(spoken_as, Hint):
            reader = (
                utterance.language if LANGUAGES[utterance.language].script == "latin" else _reader_of("latin")
            )
            say = _module(reader, accent).say_plain
            sounds.append(Sound(hint_symbols(spoken_as, say), start, end))
            continue
        inside = [hint.moved(-start) for hint in hints if start <= hint.start and hint.end <= end]
        read_out = _module(spoken_as, accent).sounds(text[start:end], inside)
        sounds += [sound.moved(start) for sound in read_out]
    return tidy(sounds)


@cache
def _module(language: str, accent: Accent) -> PhonemeModule:
    row = LANGUAGES[language]
    other = next(code for code, each in LANGUAGES.items() if each.script != row.script)
    # the accent is the line's own language's; what is respelled in another script is said the American way
    return row.module(accent, lambda words: _module(other, "american").say_plain(words))


@cache
def _reader_of(script: str) -> str:
    """The language that reads a script in lines of other scripts."""
    return next(code for code, row in LANGUAGES.items() if row.script == script)


def stretches(text: str, language: str, hints: Sequence[Hint] = ()) -> list[tuple[int, int, str | Hint]]:
    """`text` in stretches of one language: the line's own, and runs in another script. A hint that reaches over
    such a border is a stretch of its own."""
    own = LANGUAGES[language].script
    result: list[tuple[int, int, str | Hint]] = []
    at = 0
    runs = sorted(
        (match.start(), match.end(), _reader_of(name))
        for name, script in SCRIPTS.items()
        if name != own
        for match in script.run.finditer(text)
    )
    for start, end, foreign in runs:
        result += [(at, start, language), (start, end, foreign)]
        at = end
    result.append((at, len(text), language))
    for hint in hints:
        if not any(start <= hint.start and hint.end <= end for start, end, _ in result):
            outside = [
                part
                for start, end, kind in result
                for part in ((start, min(end, hint.start), kind), (max(start, hint.end), end, kind))
            ]
            result = [*outside, (hint.start, hint.end, hint)]
    return sorted((part for part in result if part[0] < part[1]), key=lambda part: part[0])


def voice_language(text: str, language: str, mother_tongue: str) -> str:
    """The language whose voice speaks the line: its own, or another where most of it is in another script, or
    where any of it calls for a voice of its own that this voice is not.

    Args:
        language: of the line. mother_tongue: of the voice.
    """
    own = LANGUAGES[language].script
    foreign = {_reader_of(name): script.units(text) for name, script in SCRIPTS.items() if name != own}
    for code, count in foreign.items():
        if count and LANGUAGES[code].own_voice:
            return language if mother_tongue == code else code
    most = max(foreign, key=lambda code: foreign[code])
    return most if foreign[most] > SCRIPTS[own].units(text) else language


def _border(sounds: Sequence[Sound]) -> str:
    """What kind of place a piece ends at."""
    last = "".join(sound.symbols for sound in sounds[-2:]).rstrip("”)")[-1:]
    return (
        "sentence" if last and last in SENTENCE_END else "clause" if last and last in CLAUSE_END else "word"
    )
