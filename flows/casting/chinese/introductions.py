"""How Chinese stories bring people in: 陈师傅 (a surname and a title), 一个小姑娘 (a role), “我叫小满” (a
name at last)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from flows.casting.chinese.words import (
    COMPOUND_SURNAMES,
    NOT_NAMES,
    PRONOUNS,
    ROLE_NOUNS,
    SUBJECT_ENDERS,
    SURNAMES,
    TITLE_SUFFIXES,
    alternation,
    noun_age,
    noun_gender,
)
from flows.casting.nouns import Gender
from flows.casting.people import People, Person
from flows.casting.prose import Prose
from flows.casting.turns import Turn

WORDLIKE_SURNAMES = frozenset("和向从於于时時别有都那能曾经經查应應任何单單方同贵温双雙全连連安常白")
"""Surnames that mostly are plain words (和老师 "with the teacher"): they make a name only where the whole
speaks or acts twice."""
REACH_PARAGRAPHS = 14
"""Paragraphs back in which somebody without a name is still the one who gives it."""

_LONG_TITLES = sorted((t for t in TITLE_SUFFIXES if len(t) > 1), key=lambda t: -len(t))
_TITLES = re.compile(alternation(_LONG_TITLES))
_TITLED = re.compile(
    "("
    + "|".join(COMPOUND_SURNAMES)
    + "|["
    + "".join(sorted(SURNAMES))
    + "])("
    + "|".join(_LONG_TITLES)
    + ")"
)
_ROLES = "|".join(sorted((n for n in ROLE_NOUNS if len(n) > 1), key=lambda n: -len(n)))
_ROLE = re.compile(f"((?:小|老|大|女|男|胖|瘦|年轻|年輕|中年)?)({_ROLES})(?!们|們)")
_COUNTED = re.compile(r"[一个個位名][\u4e00-\u9fff]{0,8}的$|[个個位名](?:[\u4e00-\u9fff]{0,2})$")
PRESENTED = re.compile(
    r"(?:是|有|来|來|进|進|出|着|著|见|見|下)(?:了|来|來|去)*一?[个個位名][\u4e00-\u9fff]{0,8}$"
)
"""进来的是个小男孩：a story that sets somebody before us means to go on about them."""
_INTRODUCES = re.compile(
    r"(?:^|(?<=[，。！？、…—,.!? 　]))(?:我(?:就)?(?:叫|是|名叫)|我(?:的)?名字(?:叫|是)|"
    r"叫我)([\u4e00-\u9fff·]{2,4}?)(?=[，。！？…—,.!?”」』]|$)"
)
_SURNAME_GIVEN = re.compile(
    r"(?:^|(?<=[，。！？、…—,.!? 　]))我姓([\u4e00-\u9fff]{1,2})(?=[，。！？…—,.!?”」』]|$)"
)
_NOT_ACTING = frozenset("的们們之")


@dataclass(slots=True)
class Role:
    """Somebody without a name: the words for them (小姑娘), where the narration has them, whether as 一个小姑娘."""

    words: str
    noun: str
    at: list[int]
    acts: int = 0
    introduced: bool = False
    presented: bool = False


def find_titles(text: str) -> list[tuple[int, int]]:
    """Where every title of two letters or more stands, in order; one may begin inside another."""
    found = []
    match = _TITLES.search(text)
    while match:
        found.append(match.span())
        match = _TITLES.search(text, match.start() + 1)
    return found


def title_insides(text: str, titles: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """`[len(text) + 1]`: for every place inside one of `titles` (between 师 and 傅), where the title begins; else -1.

    What begins before the title and ends there has cut it: 陈师 of 陈师傅.
    """
    inside = np.full(len(text) + 1, -1, np.int64)
    for start, end in titles:
        inside[start + 1 : end] = start
    return inside


def titled_names(text: str, titles: Sequence[tuple[int, int]]) -> Counter[str]:
    """Every surname with one of `titles` after it (林医生, 欧阳教授), and how often."""
    found: Counter[str] = Counter()
    for start, end in titles:
        if start and text[start - 1] in SURNAMES:
            found[text[start - 1 : end]] += 1
        elif start > 1 and text[start - 2 : start] in COMPOUND_SURNAMES:
            found[text[start - 2 : end]] += 1
    return found


def same_office(one: str, other: str) -> bool:
    """Whether one person may be called by both titles (周先生 is 周经理; 陈师傅 is not 陈老师)."""
    plain = {"先生", "女士", "太太", "夫人", "小姐", "同志"}
    alike = (
        {"医生", "醫生", "大夫", "医师"},
        {"老板", "老闆", "掌柜", "掌櫃"},
        {"老师", "老師", "教授", "博士"},
    )
    return one == other or one in plain or other in plain or any(one in a and other in a for a in alike)


@cache
def title_of(name: str) -> str:
    """The title at the end of a name that is a surname and a title; '' otherwise."""
    match = _TITLED.fullmatch(name)
    return match.group(2) if match else ""


def is_role(words: str) -> bool:
    """Whether `words` are a role of two letters or more, with 小 or 女 before it or not."""
    return _ROLE.fullmatch(words) is not None


def roles_in(text: str, narration: Sequence[tuple[int, int]]) -> list[Role]:
    """People without a name whom the narration brings in (一个小姑娘) or who act at the start of clauses, by
    first place."""
    roles: dict[str, Role] = {}
    for a, b in narration:
        for match in _ROLE.finditer(text, a, b):
            start, end = match.span()
            after = text[end : end + 1]
            if after in _NOT_ACTING:
                continue
            before = text[max(a, start - 12) : start]
            counted = bool(_COUNTED.search(before))
            opens = not before or not ("\u4e00" <= before[-1] <= "\u9fff")
            if not counted and not opens:
                if match.group() in roles:
                    roles[match.group()].at.append(start)
                continue
            role = roles.setdefault(match.group(), Role(match.group(), match.group(2), []))
            role.at.append(start)
            role.introduced = role.introduced or counted
            role.presented = role.presented or bool(PRESENTED.search(before))
            role.acts += opens and after != "" and "\u4e00" <= after <= "\u9fff"
    return list(roles.values())


_GENDER_OF_LETTER: dict[str, Gender] = {"女": "female", "男": "male"}


def add_roles(people: People, roles: Sequence[Role]) -> dict[int, Role]:
    """Add as persons the roles that act; 女医生 goes to the one X医生. Returns the new persons' ids with
    their roles."""
    added: dict[int, Role] = {}
    taken = {alias: person for person in people.persons for alias in person.aliases}
    for role in roles:
        titled = [p for p in people.persons if title_of(p.name) == role.noun]
        if role.words != role.noun and role.introduced and len(titled) == 1:
            titled[0].aliases[role.words] += len(role.at)
            continue
        if role.words in taken or role.words in NOT_NAMES or titled:
            continue
        if role.acts < (0 if role.presented else 1 if role.introduced else 2):
            continue
        gender = noun_gender(role.noun) or _GENDER_OF_LETTER.get(role.words[0])
        person = people.add(role.words, "role", gender, f"“{role.words}”" if gender else "")
        person.age = noun_age(role.words) or noun_age(role.noun)
        person.aliases[role.words] += len(role.at)
        added[person.id] = role
    return added


def names_given(prose: Prose) -> list[tuple[int, str]]:
    """Every “我叫X” at the start of a clause of speech: (index of the quote, X)."""
    found = []
    for i, quote in enumerate(prose.quotes):
        base = prose.starts[quote.paragraph]
        words = prose.text[base + quote.inner_start : base + quote.inner_end]
        if "我" not in words:
            continue
        for match in _INTRODUCES.finditer(words):
            name = match.group(1)
            if (
                name in NOT_NAMES
                or name in ROLE_NOUNS
                or name[0] in "他她它你我这那谁誰个一不"
                or name in PRONOUNS
            ):
                continue
            found.append((i, name))
    return found


def link_names(prose: Prose, people: People, roles: dict[int, Role]) -> set[int]:
    """Give the name of “我叫小满” to whoever the story called 小姑娘 so far. Returns the ids that are now
    somebody else's."""
    merged: set[int] = set()
    for i, name in names_given(prose):
        owner = next((p for p in people.persons if p.id not in merged and name in p.aliases), None)
        if owner is None:
            if "是" in prose.text[_inner(prose, i) : _inner(prose, i) + 4] and name[0] not in SURNAMES:
                continue  # 我是学徒 is no name
            owner = people.add(name)
            owner.aliases[name] += 1
        who = _nameless_speaker(prose, roles, merged, i, name)
        if who is None or who == owner.id:
            continue
        role = people.persons[who]
        if owner.gender and role.gender and owner.gender != role.gender:
            continue
        owner.aliases.update(role.aliases)
        if role.gender and owner.gender is None:
            owner.gender, owner.gender_evidence = role.gender, role.gender_evidence
        owner.age = owner.age or role.age
        merged.add(who)
    return merged


def _inner(prose: Prose, i: int) -> int:
    return prose.starts[prose.quotes[i].paragraph] + prose.quotes[i].inner_start


def _nameless_speaker(
    prose: Prose, roles: dict[int, Role], merged: set[int], i: int, name: str
) -> int | None:
    quote = prose.quotes[i]
    paragraph = quote.paragraph
    first = max(0, paragraph - REACH_PARAGRAPHS)
    begin = next(
        prose.starts[p] for p in range(first, paragraph + 1) if prose.chapter[p] == prose.chapter[paragraph]
    )
    here, stop = prose.starts[paragraph], prose.ends[paragraph]
    if name in prose.text[begin:here]:
        return None  # known by that name before
    best: tuple[int, int] | None = None
    asker = prose.quotes[i - 1].paragraph if i else -1
    for person, role in roles.items():
        if person in merged:
            continue
        inside = [at for at in role.at if here <= at < stop]
        before = [at for at in role.at if begin <= at < here]
        if inside:
            return person
        asks = asker >= 0 and any(prose.starts[asker] <= at < prose.ends[asker] for at in role.at)
        if before and not (asks and asker != paragraph) and (best is None or before[-1] > best[0]):
            best = before[-1], person
    return best[1] if best else None


def fix_introductions(prose: Prose, people: People, turns: Sequence[Turn]) -> None:
    """“我叫小满” and “我姓周” are spoken by 小满 and by the one person surnamed 周, unless a tag names another."""
    owners: dict[str, set[int]] = {}
    for person in people.persons:
        if person.kind in ("name", "role"):
            for alias in (person.name, *person.aliases):
                owners.setdefault(alias, set()).add(person.id)
    turn_of = {i: turn for turn in turns for i in turn.quotes}
    given: list[tuple[int, set[int]]] = [(i, owners.get(name, set())) for i, name in names_given(prose)]
    for i, quote in enumerate(prose.quotes):
        base = prose.starts[quote.paragraph]
        words = prose.text[base + quote.inner_start : base + quote.inner_end]
        match = _SURNAME_GIVEN.search(words) if "我姓" in words else None
        if match:
            surname = match.group(1)
            bearers = {p.id for p in people.persons if _bears(p, surname)}
            given.append((i, _present(prose, people, bearers, quote.paragraph)))
    for i, who in given:
        turn = turn_of.get(i)
        if turn is None or turn.fixed is not None or len(who) != 1:
            continue
        tag = turn.tag
        if tag is not None and tag.sure and tag.subject.kind == "name" and not who & set(tag.subject.who):
            continue
        turn.fixed = next(iter(who))
        turn.introduces = True


def _bears(person: Person, surname: str) -> bool:
    return (
        person.name.startswith(surname)
        and len(person.name) > len(surname)
        and surname
        in (
            *COMPOUND_SURNAMES,
            *SURNAMES,
        )
    )


def _present(prose: Prose, people: People, who: set[int], paragraph: int) -> set[int]:
    """Those of `who` whom the paragraphs around mention, where that leaves one."""
    if len(who) < 2:
        return who
    starts = [m.start for m in people.mentions]
    a = bisect_left(starts, prose.starts[max(0, paragraph - 2)])
    b = bisect_right(starts, prose.ends[min(len(prose.ends) - 1, paragraph + 2)])
    near = {w for m in people.mentions[a:b] for w in m.who} & who
    return near if len(near) == 1 else who


def looks_like_name(opening: str) -> bool:
    """Whether an opener seen only once may be a name: a surname and one or two letters, 小X, 老X, 阿X, or a
    role noun."""
    if any(opening.endswith(noun) for noun in ROLE_NOUNS):
        return True
    if opening[0] in "小老阿" and len(opening) in (2, 3):
        return True
    given = (
        opening[2:]
        if opening.startswith(COMPOUND_SURNAMES)
        else opening[1:]
        if opening[0] in SURNAMES
        else ""
    )
    return (
        bool(given) and len(given) <= 2 and opening[:2] not in NOT_NAMES and not set(given) & SUBJECT_ENDERS
    )


def chief_name(person: Person) -> str:
    """The spelling the book uses most; a name before a role: 小满, however often she was 小姑娘."""
    names = list(person.aliases)
    if person.kind == "name":
        names = [alias for alias in names if not is_role(alias)] or names
    return max(names, key=lambda alias: (person.aliases[alias], len(alias)))
