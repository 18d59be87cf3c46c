"""One person under several names (悟空, 行者, 大圣): told by the text in one breath, or by who answers when
the name is called."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from flows.casting.chinese.words import ROLE_NOUNS, SURNAMES
from flows.casting.people import People, Person
from flows.casting.prose import Prose
from flows.casting.renames import TALK, clash, merge, root
from flows.casting.turns import Turn, inside, spoken_stretches

MIN_CALLS = 6
"""Times a name must be called before its answers tell anything."""
ANSWERS = 0.6
"""Share of calls that one and the same other name must answer."""
AHEAD = 2.0
"""How many times oftener than the next best that name must answer."""
_SAME = re.compile(
    r"[，,、]?(?:(?:表字|字|绰号|綽號|诨名|混名|法名|乳名|小名|别名|別名|原名|本名|学名|學名|改名|"
    r"[别別道]?[号號])(?:叫|唤|喚|为|為|做|作|是|曰)*"
    r"|(?:又|亦|自此|从此|因此)[又亦]?(?:名|称|稱|叫|唤|喚|号|號)(?:为|為|做|作|曰)*)(?<![叫唤喚])[“「『]?"
    r"|[，,、]?(?:又|亦)[叫唤喚]"
)
"""What stands between two names of one person: 诸葛亮，字孔明; 悟空，又称为行者. 岳不群又叫“令狐冲” is a call."""


_OF_ANOTHER = re.compile(
    r"(?:(?:外号|綽號|绰号|诨号|诨名|混号|人称|人稱|人送外号|江湖人称|道号|法号|法名|笔名|艺名|化名|网名|代号|本名|真名|原名|大名|全名|小名|"
    r"乳名|学名|表字|又名|又叫|也叫|名叫|自称|自稱|改名|更名)(?:叫做|叫作|叫|唤作|为|為|是|作)?"
    r"|(?:都|们|人|家|里|街|上|下|总|常|便|就)(?:叫|喊|称|稱|唤|喚|管)[他她](?:叫|为|為|作|做)?|(?:大家|人人|众人|人们|都)(?:叫|称|唤)(?:作|为)?)"
    r"[“「『]?$"
)
"""What stands before a name that is told of the one named last."""
_LAST = frozenset("号號名称稱叫作做為为是他她“「『")
_SOMEBODY_NEW = re.compile("\n|[有生收娶个個位名]|的(?:儿子|女儿|妹妹|弟弟|徒弟|妻子|丈夫)|[说說道问問]")
"""Words between after which the name may be somebody else's: 李四有个儿子，小名阿花."""
_OPENS = "，。！？；：\n”」 　叫名是为唤"
_STYLE = re.compile(
    "(?:^|[，。；、叫名是为])(?P<name>[\u4e00-\u9fff]{2,3})，?(?:表)?字(?P<style>[\u4e00-\u9fff]{2})(?=[，。；、])"
)
TELLING, REACH = 12, 60
"""Letters of such words at most, and between the two names."""


def find_renamed(prose: Prose, people: People, turns: Sequence[Turn]) -> dict[int, int]:
    """Persons that are somebody else under another name: id -> id of the one they are."""
    tagged = [
        t.tag.subject.who[0]
        if t.tag is not None and t.tag.sure and t.tag.subject.kind == "name" and len(t.tag.subject.who) == 1
        else -1
        for t in turns
    ]
    lines = Counter(p for p in tagged if p >= 0)
    beside: Counter[tuple[int, int]] = Counter()
    answers: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for t in range(len(turns) - 1):
        if turns[t + 1].chain_break:
            continue
        here, there = tagged[t], tagged[t + 1]
        if here >= 0 and there >= 0 and here != there:
            beside[min(here, there), max(here, there)] += 1
        if len(turns[t].vocatives) == 1 and there >= 0 and there != here:
            answers[next(iter(turns[t].vocatives))][there] += 1
    told = _told(prose, people)
    pairs = [*told, *_told_of(prose, people)]
    for called, who in answers.items():
        calls = sum(who.values())
        others = [(n, p) for p, n in who.items() if p != called]
        if calls < MIN_CALLS or not others or _is_noun(people.persons[called]):
            continue
        best, name = max(others)
        second = max((n for n, p in others if p != name), default=0)
        if best >= ANSWERS * calls and best >= AHEAD * second:
            pairs.append((called, name))
    merged: dict[int, int] = {}
    for k, pair in enumerate(pairs):
        one, other = (root(merged, p) for p in pair)
        talk = beside[min(one, other), max(one, other)] > 1 + TALK * min(lines[one], lines[other])
        if one == other or (talk and k >= len(told)) or clash(people.persons[one], people.persons[other]):
            continue
        less, more = (one, other) if lines[one] <= lines[other] else (other, one)
        merged[less] = more
    return {p: root(merged, p) for p in merged}


def _told(prose: Prose, people: People) -> list[tuple[int, int]]:
    """Pairs of persons whose names stand in one breath: 诸葛亮，字孔明."""
    found = []
    text = prose.text
    for left, right in itertools.pairwise(people.mentions):
        gap = right.start - left.end
        if not 0 < gap <= 8 or len(left.who) != 1 or len(right.who) != 1 or left.who == right.who:
            continue
        if right.end - right.start < 2 or "\u4e00" <= text[right.end : right.end + 1] <= "\u9fff":
            continue  # 字公達 is not 公
        if any(_is_noun(people.persons[m.who[0]]) for m in (left, right)):
            continue
        one, other = text[left.start : left.end], text[right.start : right.end]
        if len(one) > 2 and len(other) > 2 and one[0] != other[0] and {one[0], other[0]} <= SURNAMES:
            continue  # two families
        if _SAME.fullmatch(text, left.end, right.start):
            found.append((left.who[0], right.who[0]))
    return found


def _told_of(prose: Prose, people: People) -> list[tuple[int, int]]:
    """Pairs where one name is told of whoever was named last: 赵大勇蹲在那里。他绰号黑鱼; 镇上的人都叫他周先生."""
    found = []
    text, mentions = prose.text, people.mentions
    spoken = spoken_stretches(prose)
    for k, right in enumerate(mentions):
        if k == 0 or text[right.start - 1] not in _LAST or len(right.who) != 1 or right.end - right.start < 2:
            continue
        told = _OF_ANOTHER.search(text, max(0, right.start - TELLING), right.start)
        if told is None:
            continue
        left = next((m for m in reversed(mentions[max(0, k - 3) : k]) if m.who != right.who), None)
        if (
            left is None
            or len(left.who) != 1
            or left.end > told.start() + 1
            or right.start - left.end > REACH
        ):
            continue
        between = text[left.end : told.start()]
        opens = left.start == 0 or text[left.start - 1] in _OPENS
        if not opens or _SOMEBODY_NEW.search(between) or left.genitive or inside(spoken, right.start):
            continue
        if not any(_is_noun(people.persons[m.who[0]]) for m in (left, right)):
            found.append((left.who[0], right.who[0]))
    at = text.find("字")
    while at >= 0:
        match = _STYLE.search(text, max(0, at - 6), at + 4)  # 周树声，字子安: 周子安
        if match:
            found += _by_style(people, match["name"], match["style"])
        at = text.find("字", at + 1)
    return found


def _by_style(people: People, name: str, style: str) -> list[tuple[int, int]]:
    owners = [p.id for p in people.persons if name in p.aliases]
    others = [p.id for p in people.persons if name[0] + style in p.aliases or style in p.aliases]
    return [(owners[0], other) for other in others if owners and other != owners[0]]


def _is_noun(person: Person) -> bool:
    """A noun that many may be called by (徒弟, 兄弟)."""
    return person.kind != "name" or person.name in ROLE_NOUNS


def merge_renamed(prose: Prose, people: People, turns: Sequence[Turn]) -> People:
    """See `Reader.merge_renamed`."""
    merged = find_renamed(prose, people, turns)
    return merge(people, turns, merged) if merged else people
