"""What was found where a name may stand, looked at over a whole book: pieces of names (老刀 of 老刀把子), and things,
qualities, places (目光, 公司, 恒山) and pieces of clauses (深吸, 句话, 眼睛里), which never speak."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache

from flows.casting.chinese.introductions import WORDLIKE_SURNAMES
from flows.casting.chinese.tags import cut, is_somebody, jieba_tag, word_count
from flows.casting.chinese.words import ROLE_NOUNS, SURNAMES, TITLE_SUFFIXES
from flows.casting.people import People, without

COMMON = 20
"""How often jieba's list must have seen a word to have it for one of the language rather than of a book."""
COMMON_NAME = 100
"""The same where the list has it for a name: it has 武功 and 冷汗 for some, beside 曹操."""
LEAST_SAYS = 3
"""Tags that a piece of a clause must open with a verb of speech behind it to be somebody."""
SAYS = 0.08
"""Share of its uses at which a word must do so, as a part of the share at which those do who speak in this book."""
SPOKEN_BOOK = 0.02
"""Share of their uses at which people open tags in a book where names that never do are none."""
_COUNTED = frozenset("个個句件些位")
_OF_A_BODY = re.compile("[左右双雙两兩][手脚腳腿臂足掌肩目眼耳颊頰拳腕膝]")
_SOME = re.compile("[一两二三四五六七八九十几人]+[人个個位]|突然.?|忽然.?|第[一二三四五六七八九十]|众人|眾人")
_LEADS, _ENDS, _MANNERS = frozenset("pcd"), frozenset("fpcdru"), frozenset("dziucp")
"""First letters of jieba's tags: of words that no name begins with, of those that none ends with, and of those that
tell how."""
BETWEEN = 4
"""Letters that may stand between whoever speaks and the verb of speech."""
A_PEOPLE = 100
"""Uses of a noun for a person (陌生人) from which on it must speak, too: 日本人 is a people."""
OFTENER = 5
"""How many times oftener a name must be used than the same with a word before it that could be a surname."""
DONE = 0.15
"""Share of its uses at which a word that tells what is done is followed by 着, 了 or 地."""
WHOLE, WHOLE_USES = 0.85, 8
"""Share of the uses of a name, and uses, at which a letter must follow it to be a part of it."""
LONGEST_NAME = 6
SURELY = 0.97
"""The same share for a letter that is a verb of speech or the like elsewhere."""
SAMPLE = 200
"""Places of a word that are looked at."""
_MAYBE_WHOLE = frozenset("道笑在都已也")
_NOT_WHOLE = frozenset("说說道问問笑喊叫答的了着著是在也不都便就已又却卻和与與这這那你我他她")


class Voices:
    """Whose tags say that they speak: 胖子骂道."""

    def __init__(self, text: str, says: Counter[str]) -> None:
        """`says`: what stands before the verb of speech of a tag -> how often."""
        self.text = text
        self._uses: dict[str, int] = {}
        self._says: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for before, times in says.items():
            self._says[before[:2]].append((before, times))
        often = [(self.uses(name), n) for name, n in says.most_common(40) if n > 2 and len(name) > 1]
        self.share = sum(n for _, n in often) / max(1, sum(uses for uses, _ in often))
        """At which share of their uses those open tags who do so often; 0 where nobody does."""

    def uses(self, word: str) -> int:
        """How often a word stands in the text."""
        if word not in self._uses:
            self._uses[word] = self.text.count(word)
        return self._uses[word]

    def places(self, word: str) -> list[int]:
        """Where it stands, the first `SAMPLE` times."""
        found: list[int] = []
        at = self.text.find(word)
        while at >= 0 and len(found) < SAMPLE:
            found.append(at)
            at = self.text.find(word, at + len(word))
        return found

    def of(self, name: str) -> int:
        """How often a name opens such a tag, with little between it and the verb (夏天智 of 夏天智哦了一声说)."""
        longest = len(name) + BETWEEN
        return sum(
            times
            for before, times in self._says.get(name[:2], ())
            if len(before) <= longest and before.startswith(name)
        )


def whole_names(people: People, text: str) -> People:
    """The same people, with the letters that follow nearly all uses of their names (老刀把子 for 老刀); whoever is then
    called as somebody else is nobody (西门 beside 西门吹雪)."""
    owner = {alias: person for person in people.persons for alias in person.aliases}
    gone = set()
    for person in people.persons:
        name = whole = person.name
        while person.kind == "name" and len(whole) < LONGEST_NAME and (letter := _always_after(whole, text)):
            whole += letter
        other = owner.get(whole)
        if whole == name or (other is not None and other is not person and other.kind != "name"):
            continue
        if other is not None and other is not person:
            gone.add(person.id)
            continue
        person.name = whole
        person.aliases[whole] = person.aliases.pop(name, 0)
        owner[whole] = person
    return without(people, gone) if gone else people


def _always_after(name: str, text: str) -> str:
    """The letter that follows nearly all uses of a name and can be one of a name; "" where there is none.

    One that mostly leads up to speech is a verb (游迅道：), else it may be a name's, too (邬思道笑道：).
    """
    after = Counter(re.findall(f"{re.escape(name)}(.)", text, re.DOTALL))
    letter, uses = after.most_common(1)[0] if after else ("", 0)
    if uses < WHOLE_USES or uses < WHOLE * after.total() or not "\u4e00" <= letter <= "\u9fff":
        return ""
    if letter not in _NOT_WHOLE:
        return letter
    ends = len(re.findall(f"{re.escape(name + letter)}[：:，,。“「]", text))
    return letter if letter in _MAYBE_WHOLE and uses > SURELY * after.total() and ends < uses / 2 else ""


def without_things(people: People, voices: Voices) -> People:
    """The same people less whoever is nothing but such words; other people lose aliases that are."""
    names = {person.name: voices.uses(person.name) for person in people.persons}

    @cache
    def is_nobody(word: str) -> bool:
        if word[0] in _COUNTED or _OF_A_BODY.fullmatch(word) or _SOME.match(word):
            return True
        if word in ROLE_NOUNS or word.isascii():
            return False
        if _holds_another(word, names, voices) or (voices.of(word) < LEAST_SAYS and is_piece(word)):
            return True
        uses = voices.uses(word)
        if is_somebody(word) and uses < A_PEOPLE:
            return False
        if not is_common(word, voices.share):
            return False
        return is_manner(word, voices.text) or voices.of(word) < SAYS * voices.share * uses

    gone = set()
    for person in people.persons:
        for alias in list(person.aliases):
            if is_nobody(alias):
                del person.aliases[alias]
        if person.name not in person.aliases:
            person.name = max(
                person.aliases, key=lambda alias: (person.aliases[alias], len(alias)), default=""
            )
            if not person.name or person.name in names:  # nobody, or somebody else
                gone.add(person.id)
    return without(people, gone) if gone else people


def _holds_another(word: str, names: Mapping[str, int], voices: Voices) -> bool:
    """Whether a word is what stands before another name, with the name or its beginning: 向郭靖, 当时吴 of 当时吴为."""
    uses = voices.uses(word)
    for at in range(1, len(word)):
        rest = word[at:]
        if at == 1 and word[0] not in WORDLIKE_SURNAMES and (word[0] in SURNAMES or len(word) == 2):
            continue
        if word[:at] in names or rest in ROLE_NOUNS or rest in TITLE_SUFFIXES:
            continue  # 秦安老婆, 馬二先生
        if names.get(rest, 0) > OFTENER * uses:
            return True
        longer = tuple(n for n, seen in names.items() if seen > uses and n.startswith(rest) and n != rest)
        places = voices.places(word) if longer else []
        if 2 * sum(voices.text.startswith(longer, place + at) for place in places) >= max(1, len(places)):
            return True
    return False


def is_common(word: str, share: float) -> bool:
    """Whether jieba's list has a word for one of the language. Of those that it has for names, short ones that are
    read everywhere (武功, 冷汗) are some, too, in a book in which people open tags at a `share` of their uses."""
    known = word_count(word)
    if jieba_tag(word)[:2] in ("nr", "nz"):
        return len(word) == 2 and known >= COMMON_NAME and share > SPOKEN_BOOK
    return known >= COMMON


def is_manner(word: str, text: str) -> bool:
    """Whether a word of the list tells how something is done (缓缓, 思索着) rather than who does it."""
    if jieba_tag(word)[0] in _MANNERS or jieba_tag(word) == "ad":
        return True
    uses = text.count(word)
    return len(re.findall(f"{re.escape(word)}[着著了地片]", text)) > DONE * uses


@cache
def is_piece(word: str) -> bool:
    """Whether a string is a piece of a clause: 眼睛里, 从怀, 厉声喝, 松了口, 于是祖父.

    >>> [is_piece(word) for word in ("眼睛里", "令狐冲只", "闷油瓶", "张大力")]
    [True, True, False, False]
    """
    if word_count(word):
        return False
    parts = cut(word)
    if len(parts) < 2:
        return False
    (first, first_flag), (last, last_flag) = parts[0], parts[-1]
    if first_flag[0] in _LEADS or last_flag[0] in _ENDS or any(flag[0] == "u" for _, flag in parts):
        return True
    if first_flag[0] == "r":
        return last not in ROLE_NOUNS  # 俺老婆
    if last_flag == "m" and len(last) > 1:
        return first_flag[:2] != "nr"  # 沉思片刻, not 毛万里
    if last in ROLE_NOUNS:
        return first_flag == "v" and len(first) == 1  # 做父亲
    return last_flag[0] == "v" and (first_flag in ("d", "ad", "a") or len(first) > 1)
