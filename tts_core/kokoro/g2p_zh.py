"""Chinese text → sounds, character by character.

Kokoro v1.0's Chinese voices were trained on syllables as in `phonetics.pinyin`, a space between the words that jieba
finds, and Western marks: the "legacy" convention of misaki 0.9.4's `zh`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from normalizers import Hint, normalize, sandhi, to_pinyin
from normalizers.segmentation import chinese_words
from tts_core.phonetics.phonemes import Sound, mark
from tts_core.phonetics.pinyin import ERHUA, syllable_symbols
from tts_core.phonetics.reading_hints import hint_symbols

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇々"
_TOKEN = re.compile(rf"[{HAN}]+|\d+|—+|…+|\.{{2,}}|\s+|[^{HAN}]", re.DOTALL)
_HAN = re.compile(f"[{HAN}]")
_SYLLABLE = re.compile("[a-zêüv:]+[0-5]?")


class ChineseG2P:
    """Phonemes of Chinese stretches.

    Args:
        say_other: symbols of respellings in another script.
    """

    def __init__(self, say_other: Callable[[str], str]) -> None:
        self._say_other = say_other

    def sounds(self, text: str, hints: Sequence[Hint] = ()) -> list[Sound]:
        """Sounds of `text` (offsets into it), marks and spaces included. Characters without a reading are skipped."""
        hints = [hint for hint in hints if 0 <= hint.start < hint.end <= len(text)]
        fixed = {hint.start: hint for hint in hints if _whole(hint)}
        readings = sandhi(text, _readings(text, hints))
        result: list[Sound] = []
        at = 0
        while at < len(text):
            if at in fixed:
                result.append(Sound(hint_symbols(fixed[at], self.say_plain), at, fixed[at].end))
                at = fixed[at].end
                continue
            match = _TOKEN.match(text, at)
            assert match is not None
            end = min([match.end(), *(start for start in fixed if start > at)])
            token = text[at:end]
            if _HAN.match(token):
                result += self._words(token, readings[at:end], at)
            elif token.isspace():
                result.append(Sound(" ", at, end, word=False))
            elif token.isdigit():  # spoken text has none; what slipped through is read all the same
                spoken = "".join(sound.symbols for sound in self.sounds(normalize(token, "zh")) if sound.word)
                if spoken:
                    result.append(Sound(spoken, at, end))
            else:
                symbol = "…" if token.startswith("..") else mark(token[0])
                if symbol or token in "·•・/|":
                    result.append(Sound(symbol or " ", at, end, word=False))
            at = end
        return result

    def say_plain(self, words: str) -> str:
        """Symbols of plain words, for respellings."""
        if words.isascii():
            return self._say_other(words)
        return "".join(sound.symbols for sound in self.sounds(words))

    def _words(self, run: str, readings: Sequence[str], start: int) -> list[Sound]:
        result: list[Sound] = []
        at = 0
        for word in chinese_words(run):
            if result:
                result.append(Sound(" ", start + at, start + at, word=False))
            for offset in range(at, at + len(word)):
                reading = readings[offset]
                if not _SYLLABLE.fullmatch(reading):
                    continue
                symbols = ERHUA if _rhotic(word, offset - at) else syllable_symbols(reading)
                result.append(Sound(symbols, start + offset, start + offset + 1))
            at += len(word)
        return result


_CHILD = frozenset("女男婴幼孤健孩宠胎弃患育小产妻少混孙侄")
"""Characters after which 儿 is a child and a syllable of its own (女儿, 孩儿); elsewhere at the end of a word it only
colours the syllable before it (一会儿, 这儿, 花儿)."""


def _rhotic(word: str, offset: int) -> bool:
    """Whether the character at `offset` of a word of jieba's is a suffix 儿."""
    return offset == len(word) - 1 > 0 and word[offset] in "儿兒" and word[offset - 1] not in _CHILD


def _whole(hint: Hint) -> bool:
    """Whether a hint gives its stretch one sound as a whole: IPA, ARPAbet, or another number of syllables
    than characters."""
    covered = hint.end - hint.start
    if hint.alphabet == "pinyin":
        return len(hint.value.split()) != covered
    return hint.alphabet != "respell" or len(hint.value) != covered or hint.value.isascii()


def _readings(text: str, hints: Sequence[Hint]) -> list[str]:
    """Pinyin of every code point; a pinyin or respelling hint replaces the readings of the characters it covers."""
    readings = list(to_pinyin(text))
    for hint in hints:
        if not _whole(hint):
            given = hint.value.split() if hint.alphabet == "pinyin" else to_pinyin(hint.value)
            readings[hint.start : hint.end] = given
    return readings
