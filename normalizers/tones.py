"""Tones as spoken: 一, 不, third tones in a row, neutral tones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from normalizers.pronunciation import spoken_words
from normalizers.scripts import HAN, is_han
from normalizers.segmentation import chinese_words, word_frequency
from normalizers.traditional import simplified

_RUN = re.compile(f"[{HAN}]+")
_DIGITS = frozenset("零一二三四五六七八九十〇两")
_ORDINAL_AFTER = frozenset("月日号號楼樓层層班级級等组組连連营營团團师師军軍中线線把手")
"""After these 一 counts off (一月, 一号, 一楼) and keeps its first tone, where nothing stands before it."""
_SECOND_NEUTRAL = frozenset("看想试说听走问瞧等坐尝谈读写学动歇聊找算数笑")
"""Verbs whose reduplication has a neutral second syllable: 看看, 想想."""


def sandhi(text: str, pinyin: Sequence[str]) -> list[str]:
    """`pinyin` (one entry a code point of `text`, '' for what is not Han) with the tones people say.

    一 and 不 by what follows, third tones before third tones inside words and between them, 看一看 and 是不是,
    and the neutral tone of words that usually have one (关系, 衣服).
    """
    text = simplified(text)
    out = list(pinyin)
    for m in _RUN.finditer(text):
        words: list[tuple[int, int]] = []
        at = m.start()
        for word in chinese_words(m[0]):
            words.append((at, at + len(word)))
            at += len(word)
        _neutral(text, out, words)
        for i in range(m.start(), m.end()):
            if text[i] == "一" and out[i] == "yi1":
                out[i] = _yi(text, out, i, m.end())
            elif text[i] == "不" and out[i] == "bu4":
                out[i] = _bu(text, out, i, m.end())
        _third_tones(text, out, words)
    return out


def _tone(syllable: str) -> str:
    return syllable[-1:] if syllable[-1:].isdigit() else ""


def _neutral(text: str, out: list[str], words: Sequence[tuple[int, int]]) -> None:
    spoken = spoken_words()
    for low, high in words:
        word = text[low:high]
        said = spoken.get(word)
        if said is None and len(word) == 2 and word[0] == word[1] and word[0] in _SECOND_NEUTRAL:
            said = (out[low], out[low][:-1] + "5")
        if said is None:
            continue
        for offset, syllable in enumerate(said):
            if syllable.endswith("5") and out[low + offset][:-1] == syllable[:-1]:
                out[low + offset] = syllable


def _yi(text: str, out: Sequence[str], i: int, end: int) -> str:
    before = text[i - 1] if i else ""
    if before == "第" or (before in _DIGITS and before not in "两") or i + 1 >= end:
        return "yi1"
    after = text[i + 1]
    if after in _DIGITS and after not in "两":
        return "yi1"
    if (
        after in _ORDINAL_AFTER
        and not (before and is_han(before) and before in "有过了这那每某同另")
        and not (after in "把手层" and _tone(out[i + 1]) == "3")
    ) and not ((after in "日" and text[i + 1 : i + 3] in ("日游", "日内", "日千")) or after in "层团班等把"):
        return "yi1"
    if before and i + 1 < end and text[i - 1] == after and _tone(out[i - 1]):
        return "yi5"
    tone = _tone(out[i + 1])
    if tone == "4" or (tone == "5" and after in "个個"):
        return "yi2"
    return "yi4" if tone in ("1", "2", "3") else "yi1"


def _bu(text: str, out: Sequence[str], i: int, end: int) -> str:
    if i + 1 >= end:
        return "bu4"
    if i and text[i - 1] == text[i + 1]:
        return "bu5"
    return "bu2" if _tone(out[i + 1]) == "4" else "bu4"


def _third_tones(text: str, out: list[str], words: Sequence[tuple[int, int]]) -> None:
    """Right to left: inside a word pairs from its end (展览馆 2 2 3, 纸老虎 3 2 3), then between words."""
    for low, high in words:
        length = high - low
        if length == 3 and all(_tone(out[i]) == "3" for i in range(low, high)):
            if word_frequency(text[low + 1 : high]) <= word_frequency(
                text[low : low + 2]
            ):  # 展览+馆, not 纸+老虎
                out[low] = out[low][:-1] + "2"
            out[low + 1] = out[low + 1][:-1] + "2"
            continue
        for i in range(high - 2, low - 1, -1):
            if _tone(out[i]) == "3" and _tone(out[i + 1]) == "3":
                out[i] = out[i][:-1] + "2"
    for index in range(len(words) - 2, -1, -1):
        last, first = words[index][1] - 1, words[index + 1][0]
        if _tone(out[last]) == "3" and _tone(out[first]) == "3":
            out[last] = out[last][:-1] + "2"
