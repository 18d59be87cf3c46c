"""Chinese text → sounds, character by character.

Kokoro v1.0's Chinese voices were trained on IPA syllables with tone arrows (→ 1, ↗ 2, ↓ 3, ↘ 4, none 5), a space between
the words that jieba finds, and Western marks: the "legacy" convention of misaki 0.9.4's `zh`. The table below is ours; it
was compared with that package on the 1,549 syllables of pypinyin's dictionary (yō and wòng differ on purpose).
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Sequence
from typing import Any

from normalizers import DuoyinError, Hint, normalize, sandhi, to_pinyin
from tts_core.phonetics.phonemes import Sound, mark
from tts_core.phonetics.reading_hints import hint_symbols

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇々"
_TOKEN = re.compile(rf"[{HAN}]+|\d+|—+|…+|\.{{2,}}|\s+|[^{HAN}]", re.DOTALL)

_INITIALS = {
    "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip
# The tone arrow stands after the vowel, before a final n or ŋ: marked by 0.
_FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "iu": "jou0",
    "ing": "i0ŋ", "iong": "jʊ0ŋ", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "ui": "wei0", "ua": "wa0", "uai": "wai0",
    "uan": "wa0n", "un": "wə0n", "uang": "wa0ŋ", "uo": "wo0", "o": "wo0", "ü": "y0", "üe": "ɥe0", "üan": "ɥɛ0n",
    "ün": "y0n", "io": "jɔ0",
}  # fmt: skip
_WHOLE = {
    "er": "ɚ0", "r": "ɚ0", "o": "ɔ0", "ê": "ɛ0", "eh": "ɛ0", "yo": "jɔ0", "hm": "hm0", "hng": "hŋ0", "m": "m0", "n": "n0",
    "ng": "ŋ0",
    "yi": "i0", "ya": "ja0", "ye": "je0", "yao": "jau0", "you": "jou0", "yan": "jɛ0n", "yin": "i0n", "yang": "ja0ŋ",
    "ying": "i0ŋ", "yong": "jʊ0ŋ", "yai": "jai0", "wu": "u0", "wa": "wa0", "wo": "wo0", "wai": "wai0", "wei": "wei0",
    "wan": "wa0n", "wen": "wə0n", "wang": "wa0ŋ", "weng": "wə0ŋ", "wong": "wə0ŋ", "yu": "y0", "yue": "ɥe0",
    "yuan": "ɥɛ0n", "yun": "y0n",
}  # fmt: skip
_ERHUA = "ɚ"  # the model was trained without a coloured coda; toneless and unspaced it is as short as one
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": "", "0": ""}


@functools.cache
def syllable_symbols(pinyin: str) -> str:
    """Symbols of one syllable of pinyin with a tone digit (5 or none: neutral; v or ü).

    Raises:
        DuoyinError: for something that is no syllable.
    """
    text = pinyin.strip().lower().replace("u:", "ü").replace("v", "ü")
    tone = _TONES[text[-1]] if text[-1:] in _TONES else ""
    body = text.rstrip("012345")
    erhua = ""
    if body not in _WHOLE and len(body) > 2 and body.endswith("r"):  # zher4: the r is part of the syllable
        body, erhua = body[:-1], _ERHUA
    if body in _WHOLE:
        return _WHOLE[body].replace("0", tone) + erhua
    initial = next((i for i in (body[:2], body[:1]) if i in _INITIALS), "")
    final = body[len(initial) :]
    if initial in ("j", "q", "x", "y") and final.startswith("u"):
        final = "ü" + final[1:]
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return _INITIALS[initial] + "ɨ" + tone + erhua
    if final in ("ue",) and initial in ("n", "l"):
        final = "üe"
    final = {"iou": "iu", "uei": "ui", "uen": "un", "ueng": "ong"}.get(final, final)
    if final not in _FINALS or (
        not initial and final not in ("a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "ou")
    ):
        raise DuoyinError(
            f"{pinyin!r} is not a pinyin syllable",
            hint="write syllables with tone digits, such as chong2 lv4",
        )
    return (_INITIALS[initial] if initial else "") + _FINALS[final].replace("0", tone) + erhua


@functools.cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba


class ChineseG2P:
    """Phonemes of Chinese stretches."""

    def sounds(self, text: str, hints: Sequence[Hint] = ()) -> list[Sound]:
        """Sounds of `text` (offsets into it), marks and spaces included. Characters without a reading are skipped."""
        hints = [hint for hint in hints if 0 <= hint.start < hint.end <= len(text)]
        fixed = {hint.start: hint for hint in hints if _whole(hint)}
        readings = sandhi(text, _readings(text, hints))
        result: list[Sound] = []
        at = 0
        while at < len(text):
            if at in fixed:
                result.append(Sound(hint_symbols(fixed[at], self._respelled), at, fixed[at].end))
                at = fixed[at].end
                continue
            match = _TOKEN.match(text, at)
            assert match is not None
            end = min([match.end(), *(start for start in fixed if start > at)])
            token = text[at:end]
            if re.match(f"[{HAN}]", token):
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

    def _respelled(self, words: str) -> str:
        if words.isascii():
            from tts_core.kokoro.g2p_en import EnglishG2P

            return EnglishG2P("american").say_plain(words)
        return "".join(sound.symbols for sound in self.sounds(words))

    def _words(self, run: str, readings: Sequence[str], start: int) -> list[Sound]:
        result: list[Sound] = []
        at = 0
        for word in _jieba().cut(run, HMM=True):
            if result:
                result.append(Sound(" ", start + at, start + at, word=False))
            for offset in range(at, at + len(word)):
                reading = readings[offset]
                if not re.fullmatch("[a-zêüv:]+[0-5]?", reading):
                    continue
                symbols = _ERHUA if _rhotic(word, offset - at) else syllable_symbols(reading)
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
    """Whether a hint gives its stretch one sound as a whole: IPA, ARPAbet, or another number of syllables than characters."""
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
