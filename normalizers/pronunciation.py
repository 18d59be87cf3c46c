"""Chinese readings in context: word list, phrase dictionary, surnames, neighbours, then the context model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from normalizers.contexts import contexts, reading_among
from normalizers.languages import HAN_LANGUAGE
from normalizers.polyphones import candidates_of, polyphone_model
from normalizers.scripts import HAN, is_han
from normalizers.segmentation import chinese_words
from normalizers.surnames import surname_at
from normalizers.traditional import simplified

Source = Literal["word", "phrase", "surname", "neighbours", "context", "dictionary"]
"""Where a reading comes from: our word list, pypinyin's phrases, the surname rules, the neighbours
(`contexts`), the context model, the character's first reading."""

_LONGEST_PHRASE = 8
"""Characters of the longest dictionary phrase looked up across words."""
_SURE = 0.999
"""Probability from which the context model outweighs a two-character phrase of the dictionary; on g2pM's
development set the dictionary is right in 4 of 5 disagreements below it and in 1 of 5 above."""
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*|[。！？!?\n]+")
_RUN = re.compile(f"[{HAN}]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """How one character is read, why, and what else it could be."""

    at: int
    character: str
    pinyin: str
    source: Source
    alternatives: tuple[str, ...] = ()


@cache
def _pypinyin() -> tuple[dict[str, Any], dict[int, str]]:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    return PHRASES_DICT, PINYIN_DICT


@lru_cache(maxsize=65_536)
def _tone3(syllable: str) -> str:
    from pypinyin.contrib.tone_convert import to_tone3

    return str(to_tone3(syllable, neutral_tone_with_five=True)).replace("ü", "v")


_ALWAYS_NEUTRAL = frozenset(
    "子头们么的地得了着过吧呢吗啊嘛呀里上下巴儿妈爸爷奶哥姐妹叔伯姑舅公婆太娃宝星个起不见"
)
"""Second syllables whose neutral tone is a matter of the word (儿子, 妈妈, 尾巴). Other words that are
usually, not always, said with a neutral tone (关系, 力量, 衣服) keep their full tone in a reading and lose it
in `sandhi`."""
_FULL_TONES = {"发": "fa4", "分": "fen4", "量": "liang4", "难": "nan2", "少": "shao3", "系": "xi4",
"夫": "fu1", "识": "shi2", "应": "ying4", "处": "chu4", "尚": "shang4", "当": "dang4", "空": "kong4",
               "爷": "ye2", "和": "huo5", "数": "shu3", "落": "luo4", "思": "si1", "晃": "huang4",
               "亮": "liang4", "活": "huo2", "便": "bian4", "宜": "yi2", "吒": "zha1", "倒": "dao3",
               "家": "jia1"}  # fmt: skip


@cache
def spoken_words() -> dict[str, tuple[str, ...]]:
    """Our own words as they are said, neutral tones included (`chinese/words.tsv`); 一 and 不 without sandhi."""
    text = files("normalizers").joinpath("chinese/words.tsv").read_text(encoding="utf-8")
    out: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, pinyin = line.partition("\t")
            out[word] = tuple(_plain(c, p) for c, p in zip(word, pinyin.split(), strict=True))
    return out


@cache
def word_list() -> dict[str, tuple[str, ...]]:
    """Our own words with full tones where the neutral tone is optional."""
    return {
        word: tuple(_full_tone(c, p) for c, p in zip(word, pinyin, strict=True))
        for word, pinyin in spoken_words().items()
    }


def _full_tone(character: str, pinyin: str) -> str:
    if not pinyin.endswith("5") or character in _ALWAYS_NEUTRAL:
        return pinyin
    if character in _FULL_TONES:
        return _FULL_TONES[character]
    same = [
        reading
        for reading in dictionary_readings(character)
        if reading[:-1] == pinyin[:-1] and not reading.endswith("5")
    ]
    return same[0] if same else pinyin


def _plain(character: str, pinyin: str) -> str:
    if character == "一":
        return "yi1"
    return "bu4" if pinyin == "bu2" else pinyin


@lru_cache(maxsize=65_536)
def _phrase(word: str) -> tuple[str, ...] | None:
    found = _pypinyin()[0].get(word)
    if found is None or len(found) != len(word):
        return None
    return tuple(_plain(c, _tone3(options[0])) for c, options in zip(word, found))


@lru_cache(maxsize=65_536)
def dictionary_readings(character: str) -> tuple[str, ...]:
    """Every reading the dictionary knows for one character, commonest first."""
    listed = _pypinyin()[1].get(ord(character), "")
    return tuple(dict.fromkeys(_tone3(part) for part in listed.split(",") if part))


_COMMON = {
    "地": "de5", "的": "de5", "了": "le5", "着": "zhe5", "得": "de5", "们": "men5", "么": "me5", "呢": "ne5",
    "吗": "ma5", "吧": "ba5", "啊": "a5", "嘛": "ma5", "呀": "ya5",
    "一": "yi1", "不": "bu4", "儿": "er2", "上": "shang4", "子": "zi3", "哪": "na3", "那": "na4",
    "谁": "shei2", "血": "xue4", "给": "gei3", "和": "he2", "个": "ge4", "都": "dou1",
    "还": "hai2", "行": "xing2", "长": "chang2", "重": "zhong4", "没": "mei2", "着急": "zhao2", "翟": "zhai2",
    "哇": "wa5", "哦": "o4", "嗯": "en4", "削": "xiao1", "熟": "shu2", "嚼": "jiao2",
    "薄": "bao2", "吓": "xia4", "俩": "lia3", "仨": "sa1", "咱": "zan2", "您": "nin2", "她": "ta1",
    "它": "ta1", "大": "da4", "车": "che1", "石": "shi2", "乐": "le4", "处": "chu4", "露": "lu4",
}  # fmt: skip
"""The everyday reading where the dictionary lists another first."""


def to_pinyin(text: str, lang: str = HAN_LANGUAGE) -> list[str]:
    """One reading a code point: pinyin with tone digit (5 neutral, v for ü); '' for what is not Han.

    Context decides; tone sandhi is not applied (see `sandhi`). `lang` is accepted for symmetry and ignored:
    only Han is read.
    """
    out = [""] * len(text)
    for m in _SENTENCE.finditer(text):
        if _RUN.search(m[0]):
            out[m.start() : m.end()] = _read_sentence(m[0])[0]
    return out


def readings(text: str) -> list[Reading]:
    """The same with reasons, for Han characters only."""
    out: list[Reading] = []
    for m in _SENTENCE.finditer(text):
        if not _RUN.search(m[0]):
            continue
        plain = simplified(m[0])
        for at, (pinyin, source) in enumerate(zip(*_read_sentence(m[0]), strict=True)):
            if is_han(plain[at]):
                others = tuple(r for r in dictionary_readings(plain[at]) if r != pinyin)
                out.append(Reading(m.start() + at, m[0][at], pinyin, source, others))
    return out


def _read_sentence(written: str) -> tuple[list[str], list[Source]]:
    """How each character of a sentence is read ('' for what is not Han), and why."""
    sentence = simplified(written)
    pinyin: list[str] = [""] * len(sentence)
    source: list[Source] = ["dictionary"] * len(sentence)
    doubtful: dict[int, str] = {}  # phrase readings the model may overrule
    words = [(m.start() + at, word) for m in _RUN.finditer(sentence) for at, word in _cut(m[0])]
    index = 0
    while index < len(words):
        index = _read_phrase(words, index, pinyin, source, doubtful)
    _must(sentence, pinyin, source)
    for at, character in enumerate(sentence):
        if is_han(character):
            surname = surname_at(sentence, at, words)
            if surname is not None:
                for offset, syllable in enumerate(surname):
                    if source[at + offset] != "word":
                        pinyin[at + offset], source[at + offset] = syllable, "surname"
    _ask_neighbours(sentence, pinyin, source, doubtful)
    _ask_model(sentence, pinyin, source, doubtful)
    for at, character in enumerate(sentence):
        if not is_han(character):
            pinyin[at] = ""
        elif not pinyin[at]:
            known = dictionary_readings(character)
            pinyin[at] = _COMMON.get(character) or (known[0] if known else "")
    return pinyin, source


_MUST = re.compile(
    r"(?<=[我你您他她它们咱谁人家也就都还总只真])得(?=(?:马上|赶紧|赶快|快|先|去|走|来(?!不易|全)|要|想|找|看|把|给|多|"
    r"再|好好|跟|听|让|回|小心|注意|记|等|问|说|有|靠|用|做|干|吃|喝|买|花|从|在|为|上|下|出|进|学|重新|"
    r"自己|亲自|一起|尽|立刻|立即|好生|老实|仔细|认真))"
)
_TEACH = re.compile(r"教(?=[我你您他她它]|孩子|学生(?!活)|大家|别人|人[^民师])")


def _must(sentence: str, pinyin: list[str], source: list[Source]) -> None:
    """得 before a verb with a subject is děi (你得马上走); 教 with a person as its object is jiāo."""
    for m in _MUST.finditer(sentence):
        pinyin[m.start()], source[m.start()] = "dei3", "word"
    for m in _TEACH.finditer(sentence):
        if sentence[m.start() - 1 : m.start()] not in (
            "请",
            "宗",
            "佛",
            "基",
            "回",
            "道",
            "受",
            "赐",
            "管",
            "领",
            "承",
            "求",
            "调",
        ):
            pinyin[m.start()], source[m.start()] = "jiao1", "word"


def _cut(run: str) -> list[tuple[int, str]]:
    at = 0
    out = []
    for word in chinese_words(run):
        out.append((at, word))
        at += len(word)
    return out


def _read_phrase(
    words: list[tuple[int, str]],
    index: int,
    pinyin: list[str],
    source: list[Source],
    doubtful: dict[int, str],
) -> int:
    """Read the longest known phrase that begins with word `index`; returns the next word's index."""
    ours = word_list()
    start, first = words[index]
    joined = first
    best: tuple[int, str, bool] | None = None
    for end in range(index, min(len(words), index + _LONGEST_PHRASE)):
        if end > index:
            if words[end][0] != words[end - 1][0] + len(words[end - 1][1]):
                break
            joined += words[end][1]
        if len(joined) > _LONGEST_PHRASE:
            break
        if len(joined) < 2:
            continue
        if joined in ours:
            best = (end, joined, True)
        elif _phrase(joined) and (end == index or len(joined) > 2 or best is None):
            best = (end, joined, False)
    if best is not None:
        end, phrase, own = best
        _apply(start, phrase, own, pinyin, source, doubtful)
        return end + 1
    if len(first) > 2:  # a word the dictionaries lack: read its parts
        at = 0
        while at < len(first):
            for length in range(min(len(first) - at, 4), 1, -1):
                part = first[at : at + length]
                if part in ours or _phrase(part):
                    _apply(start + at, part, part in ours, pinyin, source, doubtful)
                    at += length
                    break
            else:
                at += 1
    return index + 1


def _apply(
    start: int, phrase: str, own: bool, pinyin: list[str], source: list[Source], doubtful: dict[int, str]
) -> None:
    syllables = word_list()[phrase] if own else _phrase(phrase)
    assert syllables is not None
    for offset, syllable in enumerate(syllables):
        pinyin[start + offset] = syllable
        source[start + offset] = "word" if own else "phrase"
        if not own and len(phrase) < 4:
            doubtful[start + offset] = phrase


def _ask_neighbours(sentence: str, pinyin: list[str], source: list[Source], doubtful: dict[int, str]) -> None:
    """Before the model, which knows encyclopaedias better than stories: rows for characters that stand alone."""
    for at, character in enumerate(sentence):
        if character not in contexts() or source[at] == "surname":
            continue
        if source[at] == "word" or (pinyin[at] and len(doubtful.get(at, "")) != 2):
            strength = 2
        else:
            strength = int(bool(pinyin[at]))
        reading = reading_among(sentence, at, strength)
        if reading:
            pinyin[at], source[at] = reading, "neighbours"


def _ask_model(sentence: str, pinyin: list[str], source: list[Source], doubtful: dict[int, str]) -> None:
    model = polyphone_model()
    if model is None:
        return
    asked = [
        at
        for at, character in enumerate(sentence)
        if source[at] not in ("word", "surname", "neighbours")
        and (not pinyin[at] or at in doubtful)
        and len(candidates_of(character)) > 1
    ]
    if not asked:
        return
    states = model.states(sentence, asked)
    short = len(_RUN.findall(sentence)) <= 1 and len(sentence) < 4
    for at, state in zip(asked, states, strict=True):
        best, probability = model.best(state, candidates_of(sentence[at]))
        if not best:
            continue
        if pinyin[at]:
            phrase = doubtful[at]
            sure = _SURE if len(phrase) == 2 else 0.9999
            if pinyin[at] == best or probability < sure or pinyin[at].endswith("5") or short:
                continue
        elif short and sentence[at] in _COMMON:
            continue
        pinyin[at], source[at] = best, "context"
