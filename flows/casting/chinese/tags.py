"""Who a tag names, word by word: 小雪说, 三号选手答道, 戒指里的老者嘿嘿一笑, 系统的声音, Alice说.

The other readers know a name by its letters and by how often it opens clauses; a tag needs neither: what stands
before its verb is the speaker, be it a role, a common word or a foreign name.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from flows.casting.chinese.words import (
    NOT_NAMES,
    NOT_SUBJECTS,
    PRONOUNS,
    ROLE_NOUNS,
    SPEECH,
    SURNAMES,
    TITLE_SUFFIXES,
    alternation,
)
from normalizers.traditional import simplified

_NEVER_NAMES, _SELDOM_NAMES = frozenset("vdzcprmu"), frozenset("tsaqf")
"""First letters of jieba's tags."""
WORD_SPEAKS = 12
"""Tags of speech that such a word must open to be somebody's name."""
LONGEST_SUBJECT = 14
"""Letters of a tag that can hold its subject."""
_MORE_SPEECH = "嘀咕|嘟囔|低语|耳语|咆哮|怒吼|尖叫|惊呼|嘶吼|哀嚎|呵斥|吐槽|汇报|禀报|呢喃"
_SPEECH = frozenset(f"{SPEECH}|{_MORE_SPEECH}".split("|"))
_SPEAKS = re.compile(alternation(_SPEECH))
_CLAUSE = re.compile(r"[^，。！？：；!?:;\n“”「」『』\"（(…—]{1,40}")
_LAST_CLAUSE = re.compile(r"[^，。！？；!?;\n“”「」『』\"（(…—：:]{1,40}$")
_VERB_AT_END = re.compile(f"^(.+?)({alternation(w for w in _SPEECH if len(w) < 3)})$")
_PLAIN = re.compile(f"([\u4e00-\u9fff]{{2,5}}?|[A-Za-z][A-Za-z. ]*[\u4e00-\u9fff]?)(?:{_SPEAKS.pattern})")
_MANNER = re.compile(
    r".*(?:[声聲着著]|笑|[^知]道)$|一(?:笑|愣|怔|惊|顿)|[连急赶忽突猛立随][忙紧然刻即]|不由|异口|同时|一齐|一起|齐齐|"
    r"开口|出声|插嘴|插话|接话|接口|抢先|赶忙"
)
"""Words that a tagger takes for nouns and that tell how something is said."""
_POSTURE = re.compile(
    r"[低抬点點摇搖回转轉扭侧側垂昂仰歪俯埋][头頭首]|[起转轉俯欠躬侧側翻]身|[拱挥揮摆擺招伸拍抱摊攤][手拳]|[皱皺挑扬揚][眉]|叹[气氣息]|嘆[氣息]|"
    r"[抿撇噘咧张張][嘴口]|[眨瞪闭閉睁睜][眼]|咬牙|[耸聳]肩|鞠躬|作揖|[颔頷]首|失笑"
)
"""What is done with a limb before one speaks: tagged as a noun, or as two words where it is traditional."""
_VOICE = re.compile(
    r"(?:提示|电子|语|嗓|话|合成|广播|机械|机器)?(?:声音|音|嗓音|女声|男声|声线)$|语音$|话音$"
)
_DETERMINERS = re.compile(
    r"^(?:[那这另某该]?(?:外)?[一两几三四]?(?:个|位|名|只|条|群|个个)|[那这](?=[\u4e00-\u9fff]{2})|一旁|旁边|身旁|身边|身后|另外|其中)的?"
)
_SOMEBODY = re.compile(
    r"[人者员員师師手长長汉漢妇婦婆僧兵官匠工生徒客贼匪士家夫妹弟哥姐叔伯婶姨爷奶爹娘妈爸女男娃孩王妃帝侯仙妖魔鬼灵佛神委]$"
)
"""Endings of nouns that are somebody."""
_CROWD = re.compile(
    r"们$|^(?:众|諸|诸|群|大家|有人|谁|人[群们]?$|[两二三四五几]人$|所有人|其他人|旁人|别人|无人)"
)
_KIN = re.compile(
    r"[大二三四五小老]?(?:[父母]亲|爸爸?|妈妈?|爹|娘|爷爷?|奶奶?|[哥姐弟妹叔伯舅姑姨婶][哥姐弟妹叔伯舅姑姨婶妈父母]?|嫂子?|姨妈|"
    r"祖[父母]|[儿孙侄]子|[孙侄]?女儿?|丈夫|妻子|老婆|老伴|媳妇|岳[父母]|外[公婆]|姥[姥爷]|公公|婆婆|[表堂][哥弟姐妹]|闺女|女子)"
)
"""Somebody's kin: whose it is changes with the speaker, so that a noun is all it is."""
_TIME = re.compile(r"[天时時候日夜晚早午后後前年月刻间間]$")
_SEASONS = ("春天", "夏天", "秋天", "冬天")
_CALLED = re.compile(r"[老小阿大][\u4e00-\u9fff]{1,2}$")
_CALLED_NEXT = re.compile(r"[老小阿](?![声聲心])[\u4e00-\u9fff](?:[\u4e00-\u9fff]{0,2}[说說问問道答喊笑])")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.'’-]*(?: [A-Z][A-Za-z.'’-]*){0,2}")
_PLACES = ("f", "s")
_POINTING = ("他", "她", "我", "你", "那", "这", "此", "众", "来", "对", "")
_NOBODY = frozenset(("左右", "大人", "客人", "来人", "对方", "同志", "家人", "小声", "老实", "老是", "小心"))


@dataclass(slots=True)
class Tagged:
    """Subjects of tags: how often each speaks (says, answers) and how often it only acts beside speech."""

    speaks: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)


@cache
def _tagger() -> Any:
    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg


def word_count(word: str) -> int:
    """How often the word list of jieba saw a word, in simplified letters; 0 for what is no word of it."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return int(jieba.dt.FREQ.get(simplified(word)) or 0)


def jieba_tag(word: str) -> str:
    """The part of speech that jieba's list has a word for (nr: a name), in simplified letters; n where it has none."""
    return str(_tagger().dt.word_tag_tab.get(simplified(word)) or "n")


def cut(words: str) -> list[tuple[str, str]]:
    """Words one by one, with their parts of speech as jieba tells them."""
    return [(pair.word, pair.flag) for pair in _tagger().cut(simplified(words))]


def is_somebody(noun: str) -> bool:
    """Whether a noun ends as those do that are somebody: 陌生人, 少女, 知县."""
    return _SOMEBODY.search(noun) is not None


def is_no_name(word: str, spoken: int) -> bool:
    """Whether jieba has it for a verb or an adverb alone (晓得, 慢慢儿), or for a time, a place or a quality that few
    tags are opened by (黄昏).

    Args:
        spoken: how many tags of speech it opens.
    """
    tag = jieba_tag(word)[0]
    return tag in _NEVER_NAMES or (tag in _SELDOM_NAMES and spoken < WORD_SPEAKS)


def tagged_subjects(text: str, quoted: Sequence[tuple[int, int]], known: Iterable[str], least: int) -> Tagged:
    """The subjects of the clauses right behind speech, and of those that lead up to it with a colon.

    Args:
        quoted: spans of dialogue in `text`, in order.
        known: names that are known already: a clause that one of them opens, with its verb behind, is left out.
        least: how often a subject must speak. From 2 on, only tags of a subject and a verb are looked at.
    """
    found = Tagged()
    names = list(known)
    opens = re.compile(f"(?:{alternation(names)})(?=[\u4e00-\u9fff，])") if names else re.compile("(?!)")
    clauses = Counter(_tag_clauses(text, quoted))
    if least > 1:
        found.speaks.update({n: k for n, k in _plain_tags(clauses, opens).items() if k >= least})
        return found
    for clause, count in clauses.items():
        known_here = opens.match(clause)
        name, speaks = subject(clause)
        if known_here and not _goes_on(clause, known_here.group(), name, text):
            continue
        if name:
            (found.speaks if speaks else found.acts)[name] += count
    found.speaks.update(_words_that_act(clauses, text))
    return found


def _tag_clauses(text: str, quoted: Sequence[tuple[int, int]]) -> Iterator[str]:
    for k, (start, end) in enumerate(quoted):
        behind = _CLAUSE.match(text, end, quoted[k + 1][0] if k + 1 < len(quoted) else len(text))
        if behind:
            yield behind.group()
        if text[start - 1 : start] in ("：", ":"):
            before = _LAST_CLAUSE.search(text, max(0, start - 41), start - 1)
            if before and _SPEAKS.search(before.group()):
                yield before.group()


def _plain_tags(clauses: Counter[str], known: re.Pattern[str]) -> Counter[str]:
    """Names in tags of a subject and a verb that nobody known opens, told by their form: Alice说, 小雪姑娘问.

    No tagger is asked: a long book names its people often enough for the other readers.
    """
    plain: Counter[str] = Counter()
    for clause, count in clauses.items():
        tag = _PLAIN.match(clause)
        if tag is None or known.match(clause):
            continue
        name = _DETERMINERS.sub("", tag.group(1).rpartition("的")[2]).strip()
        latin = bool(_LATIN.match(name))
        called = (
            name[:1] in ("小", "老", "阿")
            and _CALLED.fullmatch(name) is not None
            and name not in NOT_NAMES
            and not _MANNER.match(name)
        )
        role = len(name) > 1 and bool(role_of(name)) and not is_kin(name)
        if (latin or called or role) and name[:1] not in _POINTING and name not in NOT_SUBJECTS | _NOBODY:
            plain[name] += count
    return plain


def _words_that_act(clauses: Counter[str], text: str) -> Counter[str]:
    """平安说, 明天说: any word of two letters that is tagged twice and opens a sentence elsewhere (平安把伞收起来)."""
    words: Counter[str] = Counter()
    for clause, count in clauses.items():
        tag = _VERB_AT_END.match(clause)
        if tag and len(tag.group(1)) == 2:
            words[tag.group(1)] += count
    return Counter(
        {
            word: count
            for word, count in words.items()
            if count >= 2
            and word not in PRONOUNS
            and word not in NOT_SUBJECTS
            and not _CROWD.search(word)
            and re.search(f"(?:^|[\n。！？”]){word}[把将被在的从向对和朝]", text)
        }
    )


def _goes_on(clause: str, known: str, name: str, text: str) -> bool:
    """Whether the subject is longer than the known name that opens the clause: 护士长问, 财务小张问, 三叔公说."""
    at = len(known)
    if _SPEAKS.match(clause, at) or known.isascii():
        return False
    if name.startswith(known) and text.count(name) == text.count(known):
        return True
    return bool(_CALLED_NEXT.match(clause, at)) or word_count(clause[: at + 1]) > 0


@lru_cache(4096)
def subject(clause: str) -> tuple[str, bool]:
    """Who acts in a clause of narration, and whether the clause says that they speak; "" for nobody new.

    `白发老者冷笑道` → (白发老者, True); `评委点点头` → (评委, False); `接着说` → ("", True).
    """
    clause = clause.strip()
    words = _subject_words(clause)
    phrase = "".join(word for word, _ in words)
    rest = clause[len(phrase) :]
    if not phrase or not rest:
        return "", False
    name, voice = _name(words)
    speaks = voice or bool(_SPEAKS.search(rest))
    if not name or not _may_speak(name, words, rest, speaks):
        return "", speaks
    return name, speaks


def _subject_words(clause: str) -> list[tuple[str, str]]:
    """The words before the first verb, adverb or word of manner, with their parts of speech."""
    latin = _LATIN.match(clause)
    words: list[tuple[str, str]] = [(latin.group(), "eng")] if latin else []
    at = latin.end() if latin else 0
    head = clause[at : at + LONGEST_SUBJECT]
    tagged = [(pair.word, pair.flag) for pair in _tagger().cut(head)]
    for i, (word, flag) in enumerate(tagged):
        posture = _POSTURE.match(clause, at) is not None
        at += len(word)
        if posture or word in _SPEECH or (len(word) > 1 and _MANNER.match(word)):
            break
        ending = _VERB_AT_END.match(word) if at == len(clause) and flag[:1] == "n" else None
        if ending:  # 丁喊, 姐说: the tagger took the verb into the name
            words.append((ending.group(1), "nr"))
            break
        noun_next = i + 1 < len(tagged) and tagged[i + 1][1][:1] == "n" and tagged[i + 1][0] not in _SPEECH
        if not _is_nominal(word, flag, noun_next, first=not words):
            break
        words.append((word, flag))
    while (
        words and words[-1][1] in ("d", "uj", "m", "q", "a", "ad", "i", "l", "z") and words[-1][0][-1] != "的"
    ):
        if words[-1][1] in ("m", "q") and (words[-1][0].isdigit() or len(words) == 1):
            break
        words.pop()
    return words


def _is_nominal(word: str, flag: str, noun_next: bool, first: bool) -> bool:
    """Whether a word can stand in a subject."""
    if flag[:1] == "n" or flag in (
        "eng",
        "m",
        "q",
        "b",
        "f",
        "s",
        "t",
        "uj",
        "j",
        "k",
        "h",
        "zg",
        "vn",
        "nz",
        "r",
        "mq",
    ):
        return True
    if word in "·・":
        return True
    if flag in ("a", "i", "l", "o"):
        return noun_next
    return flag == "v" and len(word) > 1 and ((first and noun_next) or bool(_SOMEBODY.search(word)))


def _name(words: Sequence[tuple[str, str]]) -> tuple[str, bool]:
    """The name or the noun in the words of a subject, and whether a voice speaks for it (系统的声音)."""
    words = list(words)
    voice = False
    phrase = "".join(word for word, _ in words)
    heard = _VOICE.search(phrase)
    if heard:
        owner = phrase[: heard.start()].removesuffix("的")
        owner = owner.rpartition("的")[2]
        owner = _DETERMINERS.sub("", owner)
        if len(owner) >= 2 and owner not in PRONOUNS and owner[0] not in "他她我你它":
            return owner, True
        return "", True
    cut = max((i for i, (word, _) in enumerate(words[:-1]) if word == "的"), default=-1)
    words = words[cut + 1 :]
    while len(words) > 1 and (words[0][1] in _PLACES or words[0][0] in PRONOUNS):
        words = words[1:]
    last = words[-1][0] if words else ""
    if len(words) > 1 and len("".join(w for w, _ in words[:-1])) > 1:
        noun = words[-2][0]
        named = words[-1][1][:2] == "nr" or (_CALLED.match(last) and last[0] in "老小阿")
        if (
            named
            and len(last) > 1
            and last not in ROLE_NOUNS
            and noun not in ("·", "・")
            and words[-2][1][:2] != "nr"
        ):
            return last, voice  # 丫鬟小翠, 他妻子王氏
    name = "".join(word for word, _ in words)
    return _DETERMINERS.sub("", name) or name, voice


def _may_speak(name: str, words: Sequence[tuple[str, str]], rest: str, speaks: bool) -> bool:
    """Whether `name` is somebody rather than a time, a place, a crowd or a manner."""
    if name in PRONOUNS or name[0] in "他她我你它谁其自" or _CROWD.search(name):
        return False
    if is_kin(name) or (name in ROLE_NOUNS and words[0][0] in PRONOUNS):
        return False
    if len(name) > 8 and not _LATIN.match(name):
        return False
    flag = words[-1][1]
    says = _SPEAKS.match(rest) is not None
    if name in NOT_SUBJECTS or (name in NOT_NAMES and name not in ROLE_NOUNS and not (says and flag == "n")):
        return False
    somebody = name in ROLE_NOUNS or bool(_SOMEBODY.search(name)) or name.endswith(tuple(ROLE_NOUNS))
    if flag in _PLACES and not somebody:
        return False
    if flag == "t" or _TIME.search(name):
        return speaks and (name in _SEASONS or (somebody and flag != "t")) and says
    if len(name) == 1 and not name.isascii():
        return False
    if not speaks:
        return somebody or flag[:2] == "nr" or flag == "eng" or bool(_CALLED.fullmatch(name))
    return flag[:1] in ("n", "m", "q", "b", "e", "v", "u", "r", "j", "z", "h", "k") or somebody


def is_kin(name: str) -> bool:
    """Whether a name is a word for kin and nothing else: 父亲, 大姐."""
    return _KIN.fullmatch(name) is not None


def speaks_as(name: str, text: str) -> bool:
    """Whether a verb of speech follows the name anywhere: 白狐说."""
    return re.search(f"{re.escape(name)}(?:{_SPEAKS.pattern})", text) is not None


def is_title_of(name: str, alias: str) -> bool:
    """Whether `name` is `alias` with a title or a role behind it: 小雪姑娘, Linda姐."""
    rest = name[len(alias) :]
    return name.startswith(alias) and (rest in TITLE_SUFFIXES or rest in ROLE_NOUNS)


def role_of(name: str) -> str:
    """The role noun that a name ends with, "" where there is none or a surname before it makes it a title (王大夫)."""
    noun = next((name[i:] for i in range(len(name)) if name[i:] in ROLE_NOUNS and len(name) - i > 1), "")
    return "" if noun and name[: -len(noun)] in SURNAMES else noun
