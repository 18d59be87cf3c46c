"""Tones of Mandarin as the published models were trained on.

The trainers wrote tones with word-by-word rules: which words are joined before tones change, and what 不, 一,
third tones, neutral tones and 儿 become inside such a word. The models learned speech from that spelling, so
a tone that differs from it is a tone they place differently. The rules are those of PaddleSpeech's front end
(`tone_sandhi`, Apache-2.0), which GPT-SoVITS uses; written here from their description.

Words and their tags are jieba's, cut between marks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

Read = Callable[[int, int], list[str]]
"""Syllables with tone digit (1 to 5) of the characters in [start, end); '' where there is none."""

_PARTICLES = frozenset("吧呢哈啊呐噻嘛吖嗨哦哒额滴哩哟喽啰耶喔诶")
_STRUCTURAL = frozenset("的地得")
_ASPECT = {"了": ("ul", "uz", "ug"), "着": ("ul", "uz", "ug"), "过": ("ul", "uz", "ug")}
_PLACES, _PLACE_TAGS = frozenset("上下里"), ("s", "l", "f")
_DIRECTIONS, _BEFORE_DIRECTION = frozenset("来去"), frozenset("上下进出回过起开")
_SUFFIXES, _SUFFIX_TAGS = frozenset("们子"), ("r", "n")
_BEFORE_MEASURE = frozenset("几有两半多各整每做是")
_WHOLE_NAME_TAGS = ("a", "j", "nr")
LONGEST_JOINED = 3  # characters of two words that third tones may join


@dataclass(frozen=True, slots=True)
class _Word:
    """Characters [start, end) and jieba's tag of them."""

    start: int
    end: int
    tag: str

    @property
    def length(self) -> int:
        return self.end - self.start


def trained_tones(text: str, read: Read, *, marks: frozenset[str], erhua: bool = True) -> list[str]:
    """Syllables as spoken, one a character of `text` ('' for marks and what has no reading).

    Args:
        read: readings before tones change; asked for the words that are joined.
        marks: what ends a phrase: no word reaches across, no tone acts across.
        erhua: whether a suffixed 儿 takes the tone before it (v2 and later; v1 was trained without).
    """
    out: list[str] = [""] * len(text)
    start = 0
    for at, character in enumerate(text):
        if character in marks or at + 1 == len(text):
            for word in _joined(text, _cut(text, start, at + 1), read):
                syllables = read(word.start, word.end)
                _spoken(text[word.start : word.end], word.tag, syllables)
                if erhua:
                    _erhua(text[word.start : word.end], word.tag, syllables)
                out[word.start : word.end] = syllables
            start = at + 1
    return out


def _cut(text: str, start: int, end: int) -> list[_Word]:
    words: list[_Word] = []
    at = start
    for piece in _jieba_tags().lcut(text[start:end]):
        words.append(_Word(at, at + len(piece.word), piece.flag))
        at += len(piece.word)
    return words


def _joined(text: str, words: list[_Word], read: Read) -> list[_Word]:
    """The words among which tones change: small words joined to their neighbours, in the order of training."""

    def said(word: _Word) -> str:
        return text[word.start : word.end]

    def three(word: _Word) -> list[bool]:
        return [syllable.endswith("3") for syllable in read(word.start, word.end)]

    words = _fold(words, lambda before, word: said(before) == "不", tag_of_second=True)
    words = _around_yi(words, said)
    words = _fold(words, lambda before, word: said(before) == "一")
    words = _fold(words, lambda before, word: said(before) == said(word))

    def short(before: _Word, word: _Word) -> bool:
        doubled = before.length == 2 and text[before.start] == text[before.start + 1]
        return not doubled and before.length + word.length <= LONGEST_JOINED

    words = _pairs(words, lambda a, b: short(a, b) and all(three(a)) and all(three(b)))
    words = _pairs(words, lambda a, b: short(a, b) and three(a)[-1] and three(b)[0])
    return _fold(words, lambda before, word: said(word) == "儿")


def _fold(
    words: list[_Word], joins: Callable[[_Word, _Word], bool], *, tag_of_second: bool = False
) -> list[_Word]:
    """Join a word to what stands before it (joined or not) wherever `joins` says so."""
    folded: list[_Word] = []
    for word in words:
        if folded and joins(folded[-1], word):
            tag = word.tag if tag_of_second else folded[-1].tag
            folded[-1] = _Word(folded[-1].start, word.end, tag)
        else:
            folded.append(word)
    return folded


def _pairs(words: list[_Word], joins: Callable[[_Word, _Word], bool]) -> list[_Word]:
    """Join neighbours two by two: what was joined to the word before takes no word after it."""
    paired: list[_Word] = []
    taken = False
    for at, word in enumerate(words):
        taken = at > 0 and not taken and joins(words[at - 1], word)
        if taken:
            paired[-1] = replace(paired[-1], end=word.end)
        else:
            paired.append(word)
    return paired


def _around_yi(words: list[_Word], said: Callable[[_Word], str]) -> list[_Word]:
    """看 一 看 is one word."""
    joined: list[_Word] = []
    at = 0
    while at < len(words):
        word = words[at]
        after = words[at + 1] if at + 1 < len(words) else None
        if (
            joined
            and after is not None
            and said(word) == "一"
            and said(joined[-1]) == said(after)
            and joined[-1].tag == after.tag == "v"
        ):
            joined[-1] = replace(joined[-1], end=after.end)
            at += 2
        else:
            joined.append(word)
            at += 1
    return joined


def _spoken(word: str, tag: str, syllables: list[str]) -> None:
    """Change the tones of one word in place: 不, 一, neutral tones, third tones."""
    _bu(word, syllables)
    _yi(word, syllables)
    _neutral(word, tag, syllables)
    _third(word, syllables)


def _set(syllables: list[str], at: int, tone: int) -> None:
    if syllables[at]:
        syllables[at] = f"{syllables[at][:-1]}{tone}"


def _bu(word: str, syllables: list[str]) -> None:
    if len(word) == 3 and word[1] == "不":  # 看不懂
        _set(syllables, 1, 5)
        return
    for at, character in enumerate(word[:-1]):
        if character == "不" and syllables[at + 1].endswith("4"):
            _set(syllables, at, 2)


def _yi(word: str, syllables: list[str]) -> None:
    if "一" not in word or all(character == "一" or character.isnumeric() for character in word):
        return  # counted off: 二零一零
    if len(word) == 3 and word[1] == "一" and word[0] == word[2]:  # 看一看
        _set(syllables, 1, 5)
    elif word.startswith("第一"):
        _set(syllables, 1, 1)
    else:
        for at, character in enumerate(word[:-1]):
            if character == "一" and syllables[at + 1]:
                _set(syllables, at, 2 if syllables[at + 1].endswith("4") else 4)


def _neutral(word: str, tag: str, syllables: list[str]) -> None:
    if tag[:1] in ("n", "v", "a") and word not in _words("full"):
        for at in range(1, len(word)):
            if word[at] == word[at - 1]:  # 奶奶, 试试
                _set(syllables, at, 5)
    last, before = word[-1], word[-2:-1]
    measure = word.find("个")
    if (
        last in _PARTICLES
        or last in _STRUCTURAL
        or tag in _ASPECT.get(word, ())
        or (before and last in _SUFFIXES and tag in _SUFFIX_TAGS and word not in _words("full"))
        or (before and last in _PLACES and tag in _PLACE_TAGS)
        or (before in _BEFORE_DIRECTION and last in _DIRECTIONS)
    ):
        _set(syllables, len(word) - 1, 5)
    elif word == "个" or (
        measure > 0 and (word[measure - 1].isnumeric() or word[measure - 1] in _BEFORE_MEASURE)
    ):
        _set(syllables, measure, 5)
    elif _ends_neutral(word):
        _set(syllables, len(word) - 1, 5)
    first, second = _halves(word)
    if _ends_neutral(first):
        _set(syllables, _seam(word) - 1, 5)
    if second and _ends_neutral(second):
        _set(syllables, len(word) - 1, 5)


def _ends_neutral(word: str) -> bool:
    return word in _words("neutral") or word[-2:] in _words("neutral")


def _third(word: str, syllables: list[str]) -> None:
    third = [syllable.endswith("3") for syllable in syllables]
    if len(word) == 2 and all(third):
        _set(syllables, 0, 2)
    elif len(word) == 3:
        seam = _seam(word)
        if all(third):  # 蒙古/包: both; 纸/老虎: the middle one
            if seam == 2:
                _set(syllables, 0, 2)
            if seam in (1, 2):
                _set(syllables, 1, 2)
        elif seam == 2 and third[0] and third[1]:  # 所有/人
            _set(syllables, 0, 2)
        elif seam == 1 and third[1] and third[2]:
            _set(syllables, 1, 2)
        elif seam in (1, 2) and third[seam - 1] and third[seam] and not all(third[seam:]):  # 好/喜欢
            _set(syllables, seam - 1, 2)
    elif len(word) == 4:
        for at in (0, 2):
            if third[at] and third[at + 1]:
                _set(syllables, at, 2)


def _erhua(word: str, tag: str, syllables: list[str]) -> None:
    """A suffixed 儿 has the tone of the syllable it colours."""
    if word[-1] != "儿" or not syllables[-1].startswith("er"):
        return
    if syllables[-1] == "er1":
        syllables[-1] = "er2"
    own = word in _words("child") or tag in _WHOLE_NAME_TAGS
    if (own and word not in _words("suffixed")) or word[-2:] in _words("child") or len(word) < 2:
        return
    if syllables[-1] in ("er2", "er5") and syllables[-2]:
        syllables[-1] = "er" + syllables[-2][-1]


def _shortest(word: str) -> str:
    """The first of the shortest words jieba finds inside `word`: where the trainers cut it in two."""
    found: str = min(_jieba().cut_for_search(word), key=len)
    return found


def _seam(word: str) -> int:
    shortest = _shortest(word)
    return len(shortest) if word.startswith(shortest) else len(word) - len(shortest)


def _halves(word: str) -> tuple[str, str]:
    shortest, seam = _shortest(word), _seam(word)
    return (shortest, word[seam:]) if word.startswith(shortest) else (word[:seam], shortest)


@cache
def _words(kind: str) -> frozenset[str]:
    """A list of tone_words.txt."""
    text = files("tts_core.gpt_sovits.text").joinpath("tone_words.txt").read_text(encoding="utf-8")
    lines = text.partition(f"[{kind}]")[2].partition("[")[0].splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba


@cache
def _jieba_tags() -> Any:
    import jieba.posseg

    _jieba()
    return jieba.posseg


def _one_by_one(run: str) -> Any:
    """pypinyin would give a run of marks as one entry; it takes a list of them as well."""
    return list(run)


def dictionary_readings(text: str) -> Read:
    """Readings of pypinyin's phrase dictionary, word by word: what the trainers used where no polyphone model
    was at hand."""

    def read(start: int, end: int) -> list[str]:
        return list(_listed(text[start:end]))

    return read


@lru_cache(maxsize=65_536)
def _listed(word: str) -> tuple[str, ...]:
    """A book says few words often, and each is asked for several times while words are joined."""
    from pypinyin import Style, lazy_pinyin

    found = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors=_one_by_one)
    return tuple(syllable if syllable[-1:].isdigit() and syllable[:1].isalpha() else "" for syllable in found)


def context_readings(text: str, found: Sequence[str]) -> Read:
    """Readings somebody found by what stands around a character, one each ('' or the character itself where
    there is none).

    Neutral tones are left to the rules of training: where a reading differs from the dictionary's only by
        being neutral, the dictionary's
    is taken (哪里 is na3 li3 before its tones change).
    """
    dictionary = dictionary_readings(text)

    def read(start: int, end: int) -> list[str]:
        read_out = []
        for syllable, listed in zip(found[start:end], dictionary(start, end), strict=True):
            # r5: the context model's name for a 儿 that is no syllable; the models were trained on one
            known = "er5" if syllable == "r5" else syllable if syllable[-1:].isdigit() else ""
            read_out.append(listed if known.endswith("5") and listed[:-1] == known[:-1] else known)
        return read_out

    return read
