"""Where English persons are named: every alias of everybody, longest first; and the short forms of a given cast."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from flows.casting.english.spellings import JOIN, Capitals, key
from flows.casting.english.words import (
    ANAPHORIC_NOUNS,
    NOT_NAMES,
    PERSON_NOUNS,
    TITLES,
    given_names,
)
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose

_ARTICLE = re.compile(r"^(?:the|an?)\s+")


def mark_mentions(prose: Prose, people: People) -> None:
    """Fill `people.mentions` from every alias of every person, longest match first."""
    capitals = Capitals(prose.text)
    trie: dict[str, list[tuple[tuple[str, ...], tuple[int, ...]]]] = defaultdict(list)
    owners: dict[tuple[str, ...], set[int]] = defaultdict(set)
    roles: dict[str, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in person.aliases:
            words = key(alias)
            if not words:
                continue
            owners[words].add(person.id)
            if (
                person.kind == "role"
                or alias[:4].lower() == "the "
                or alias[:2].lower() == "a "
                or alias.islower()
            ):
                role = _ARTICLE.sub("", alias.lower().replace("’", "'"))
                if role not in ANAPHORIC_NOUNS:  # "the girl" may be anybody: see epithets.py
                    roles[role].add(person.id)
    for words, who in owners.items():
        if len(words) > 1 or words[0] not in NOT_NAMES or any(people.persons[w].given for w in who):
            trie[words[0]].append((words, tuple(sorted(who))))
    for entries in trie.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    text, mentions = prose.text, people.mentions
    mentions.clear()
    i, count = 0, len(capitals.words)
    spelled, starts, ends = capitals.words, capitals.starts, capitals.ends
    while i < count:
        known = trie.get(spelled[i])
        step = 1
        if known:
            for names, bearers in known:
                n = len(names)
                if n > 1:
                    if i + n > count or tuple(spelled[i : i + n]) != names:
                        continue
                    if not all(JOIN.fullmatch(text, ends[j], starts[j + 1]) for j in range(i, i + n - 1)):
                        continue
                end = ends[i + n - 1]
                following = text[end : end + 2]
                mentions.append(
                    Mention(
                        starts[i],
                        end,
                        bearers,
                        following in ("'s", "’s") or (following == " s" and text[end + 2 : end + 3] == " "),
                    )
                )
                step = n
                break
        i += step
    if roles:
        _mark_roles(prose, people, roles)


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
    parts: dict[str, set[int]] = defaultdict(set)
    taken: set[tuple[str, ...]] = set()
    for person in people.persons:
        for alias in list(person.aliases):
            if "'s " in alias.lower().replace("’", "'"):
                continue  # "Lucy's mother" has no part of Lucy's name
            words = key(alias)
            taken.add(words)
            core = [w for w in words if w not in TITLES]
            if person.kind == "name" and (len(words) > 1) and alias[:4].lower() != "the ":
                for word in core:
                    if word not in NOT_NAMES and len(word) > 2 and word not in PERSON_NOUNS:
                        parts[word].add(person.id)
    for person in people.persons:  # "Bounderby" listed beside "Josiah Bounderby": the bare name may be either
        for alias in list(person.aliases):
            words = key(alias)
            if len(words) == 1 and words[0] in parts and person.id not in parts[words[0]]:
                for owner in _heads_of_family(people, parts[words[0]], words[0]):
                    if not any(key(a) == words for a in people.persons[owner].aliases):
                        people.persons[owner].aliases[alias] += 0
    for word, who in parts.items():
        if len(who) == 1 and (word,) not in taken:
            people.persons[next(iter(who))].aliases[word.title()] += 0
        elif len(who) > 1 and (word,) not in taken:
            for owner in _heads_of_family(people, who, word):
                people.persons[owner].aliases[word.title()] += 0


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
