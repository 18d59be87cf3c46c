"""Where English persons are named: every alias of everybody, longest first; and the short forms of a given cast."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from flows.casting.english.spellings import JOIN, Capitals, key
from flows.casting.english.words import (
    ANAPHORIC_NOUNS,
    KIN_NAMES,
    NOT_NAMES,
    PERSON_NOUNS,
    TITLES,
    given_names,
)
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose

_ADJECTIVE = re.compile(r"elder|younger|eldest|youngest|senior|junior|chief")
_NOUN_NEXT = re.compile(rf"[ -](?:\w+ )?(?:{'|'.join(sorted(PERSON_NOUNS))})s?\b")
_ARTICLE = re.compile(r"^(?:the|an?)\s+")


Words = tuple[str, ...]
"""A name as compared: see `spellings.key`."""


def mark_mentions(prose: Prose, people: People) -> None:
    """Fill `people.mentions` from every alias of every person, longest match first."""
    names = _names(people)
    capitals = Capitals(prose.text)
    people.mentions.clear()
    i = 0
    while i < len(capitals.words):
        known = names.get(capitals.words[i])
        match = _longest(prose.text, capitals, i, known) if known else None
        if match is None:
            i += 1
            continue
        length, bearers = match
        end = capitals.ends[i + length - 1]
        people.mentions.append(Mention(capitals.starts[i], end, bearers, _is_genitive(prose.text, end)))
        i += length
    roles = _roles(people)
    if roles:
        _mark_roles(prose, people, roles)


def _names(people: People) -> dict[str, list[tuple[Words, tuple[int, ...]]]]:
    """First word -> the names that begin with it and who bears them, the longest first; words that are mostly
    none are left out."""
    owners: dict[Words, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in person.aliases:
            words = key(alias)
            if words:
                owners[words].add(person.id)
    names: dict[str, list[tuple[Words, tuple[int, ...]]]] = defaultdict(list)
    for words, who in owners.items():
        named = words[0] not in NOT_NAMES or words[0] in KIN_NAMES  # nobody bears these but by `said Mother`
        if len(words) > 1 or named or any(people.persons[w].given for w in who):
            names[words[0]].append((words, tuple(sorted(who))))
    for entries in names.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return names


def _longest(
    text: str, capitals: Capitals, i: int, known: Sequence[tuple[Words, tuple[int, ...]]]
) -> tuple[int, tuple[int, ...]] | None:
    """The first of the names in `known` that stands at capitalised word `i`: its length in words, and who bears it."""
    starts, ends = capitals.starts, capitals.ends
    for words, bearers in known:
        n = len(words)
        if n == 1:
            return 1, bearers
        if tuple(capitals.words[i : i + n]) == words and all(
            JOIN.fullmatch(text, ends[j], starts[j + 1]) for j in range(i, i + n - 1)
        ):
            return n, bearers
    return None


def _is_genitive(text: str, end: int) -> bool:
    following = text[end : end + 2]
    return following in ("'s", "’s") or (following == " s" and text[end + 2 : end + 3] == " ")


def _roles(people: People) -> dict[str, set[int]]:
    """Names that are written in small letters -> who bears them."""
    roles: dict[str, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in person.aliases:
            low = alias.lower()
            if key(alias) and (person.kind == "role" or low.startswith(("the ", "a ")) or alias.islower()):
                role = _ARTICLE.sub("", low.replace("’", "'"))
                if role not in ANAPHORIC_NOUNS:  # "the girl" may be anybody: see `model/epithets.py`
                    roles[role].add(person.id)
    return roles


def _mark_roles(prose: Prose, people: People, roles: Mapping[str, set[int]]) -> None:
    """Roles are written without capitals ("the barman"): one pass for all of them."""
    longest = sorted(roles, key=lambda role: -len(role))
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(role).replace(r"\ ", r"[\s-]+") for role in longest) + r")\b"
    )
    taken = {mention.start for mention in people.mentions}
    lowered = prose.text.lower()
    if len(lowered) != len(prose.text):  # some capitals (İ) grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in prose.text)
    extra = []
    for match in pattern.finditer(lowered):
        start = match.start()
        if start in taken:
            continue
        role = re.sub(r"[\s-]+", " ", match.group())
        who = roles.get(role) or roles.get(role.replace(" ", "-"))
        if not who:
            continue
        before = lowered[max(0, start - 8) : start].split()
        # a role is a mention with an article ("the cook"), not as any word ("to cook")
        if prose.text[start].islower() and not (
            before and before[-1] in ("the", "this", "that", "our", "old", "little", "young", "poor")
        ):
            continue
        if _ADJECTIVE.fullmatch(role) and (
            _NOUN_NEXT.match(lowered, match.end()) or lowered.endswith(", the ", 0, start)
        ):
            continue  # the elder sister, and Nastya, the elder, a girl of eight, are no elder
        following = lowered[match.end() : match.end() + 2]
        extra.append(
            Mention(
                start, match.end(), tuple(sorted(who)), following in ("'s", "’s"), prose.text[start].islower()
            )
        )
    people.mentions.extend(extra)
    people.mentions.sort(key=lambda mention: mention.start)
    kept: list[Mention] = []
    for mention in people.mentions:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    people.mentions[:] = kept


def add_short_forms(people: People) -> None:
    """Give persons of a cast list the unique parts of their names ("Poirot" of "Hercule Poirot")."""
    parts, taken = _parts_of_names(people)
    for person in people.persons:  # "Bounderby" listed beside "Josiah Bounderby": the bare name may be either
        for alias in list(person.aliases):
            words = key(alias)
            if len(words) == 1 and words[0] in parts and person.id not in parts[words[0]]:
                for owner in _heads_of_family(people, parts[words[0]], words[0]):
                    if not any(key(a) == words for a in people.persons[owner].aliases):
                        people.persons[owner].aliases[alias] += 0
    for word, who in parts.items():
        if (word,) not in taken:
            for owner in who if len(who) == 1 else _heads_of_family(people, who, word):
                people.persons[owner].aliases[word.title()] += 0


def _parts_of_names(people: People) -> tuple[dict[str, set[int]], set[Words]]:
    """The words of full names -> who bears them; and all names as they stand."""
    parts: dict[str, set[int]] = defaultdict(set)
    taken: set[Words] = set()
    for person in people.persons:
        for alias in person.aliases:
            if "'s " in alias.lower().replace("’", "'"):
                continue  # "Lucy's mother" has no part of Lucy's name
            words = key(alias)
            taken.add(words)
            if person.kind != "name" or len(words) < 2 or alias[:4].lower() == "the ":
                continue
            for word in words:
                if (
                    word not in TITLES
                    and word not in NOT_NAMES
                    and len(word) > 2
                    and word not in PERSON_NOUNS
                ):
                    parts[word].add(person.id)
    return parts, taken


def _heads_of_family(people: People, who: set[int], word: str) -> list[int]:
    """Of those who share a surname, the ones its bare form may mean: the men, where titles or given names tell any."""

    def gender(p: int) -> Gender | None:
        told: set[Gender | None] = set()
        for alias in people.persons[p].aliases:
            words = key(alias)
            told |= {TITLES[w][1] for w in words if w in TITLES}
            if words and words[0] not in TITLES and words[0] != word:
                told.add(given_names().get(words[0]))
        told.discard(None)
        return next(iter(told)) if len(told) == 1 else None

    surname = [
        p for p in who if any(key(a)[-1:] == (word,) and len(key(a)) > 1 for a in people.persons[p].aliases)
    ]
    men = [p for p in surname if gender(p) == "male"]
    return sorted(men if men and len(surname) == len(who) else who)
