"""English persons: which spellings are somebody, and which belong to one."""

from __future__ import annotations

from collections.abc import Iterable

from flows.casting.english.roles import SMALL_TEXT, speaking_roles
from flows.casting.english.spellings import Capitals, Run, key, spelled_runs
from flows.casting.english.words import (
    TITLES,
    given_names,
    nickname_roots,
    noun_age,
    noun_gender,
)
from flows.casting.nouns import Gender
from flows.casting.people import People, Person
from flows.casting.prose import Prose

APART = 0.06
"""Share of near neighbours at which two spellings are two people."""
ELDEST = 0.05
"""Share of "Miss" before a given name below which a sister is the eldest, who is Miss and the surname alone."""
MIN_BARE = 2
"""Times a bare capitalised word must be seen inside sentences before it can be a name."""


def find_people(prose: Prose, quoted: Iterable[tuple[int, int]]) -> People:
    """Everybody with a name in the text, clustered.

    Args:
        quoted: spans of dialogue in `prose.text`, in order.
    """
    spans = list(quoted)
    people = _cluster(spelled_runs(prose, spans, Capitals(prose.text)), small=len(prose.text) < SMALL_TEXT)
    known = {words[0] for person in people.persons for words in map(key, person.aliases) if len(words) == 1}
    for noun, count in speaking_roles(prose, spans).items():
        bearers = [
            p for p in people.persons if noun in TITLES and any(key(a)[:1] == (noun,) for a in p.aliases)
        ]
        if bearers:  # "the Queen" is the Queen of Hearts, or one of the duchesses
            for person in bearers:
                person.aliases[f"the {noun}"] += count
        elif noun not in known:
            gender = noun_gender(noun)
            person = people.add(f"the {noun}", "role", gender, f"“{noun}”" if gender else "")
            person.age = noun_age(noun)
            person.aliases[f"the {noun}"] += count
    return people


def _cluster(runs: dict[tuple[str, ...], Run], small: bool) -> People:
    """Persons from spellings: full names first, then titled surnames, then bare names."""
    names = given_names()
    people = People()
    full: list[tuple[Person, str, str, set[str]]] = []  # person, given, surname, title classes
    the_names: dict[str, int] = {}
    spellings: dict[int, list[Run]] = {}

    def person_for(run: Run, gender: Gender | None, evidence: str) -> Person:
        return people.add(run.surface, gender=gender, evidence=evidence)

    def claim(person: Person, run: Run) -> None:
        person.aliases[run.surface] += run.narrated + run.quoted
        spellings.setdefault(person.id, []).append(run)

    def apart(person: Person, run: Run, given: str = "") -> bool:
        """Two people: their names stand side by side too often for one."""
        others = list(spellings.get(person.id, ()))
        if given and (given,) in runs:
            others.append(runs[(given,)])
        near = sum(other.near.get(run.words, 0) for other in others)
        least = min(sum(o.narrated for o in others), run.narrated)
        return near >= 2 and near > APART * max(1, least)

    def called_miss(person: Person, surname: str) -> float:
        """How often a given name goes with Miss: the eldest daughter is Miss Bennet, her sisters are Miss Eliza and Miss Lydia."""
        spelled = spellings.get(person.id, [])
        given = {w for r in spelled for w in r.words if w not in TITLES and w != surname}
        titled = sum(
            seen(r)
            for name in given
            for words in (("miss", name), ("miss", name, surname))
            if (r := runs.get(words))
        )
        return (titled + 0.1) / (1 + sum(seen(r) for name in given if (r := runs.get((name,)))))

    def seen(run: Run) -> int:
        return run.narrated + run.quoted

    def told_apart(person: Person, run: Run) -> bool:
        """The narrator, who has one name for a person, uses both this one and the nickname."""
        formal = sum(r.narrated for r in spellings.get(person.id, ()))
        return formal >= 5 and run.narrated >= 5 and run.narrated * 3 > seen(run)

    def is_person(run: Run) -> bool:
        total = seen(run)
        if run.titled:
            return not (
                run.words[-1][-1] == "s"
                and len(run.words) > 1
                and ((*run.words[:-1], run.words[-1][:-1])) in runs
            )
        named = run.words[0] in names
        if run.words[-1][-1] == "s" and ((*run.words[:-1], run.words[-1][:-1])) in runs:
            return False  # the Bennets
        if run.place * 2 > run.inside and run.verb == 0 and run.place > 0:
            return False
        if (
            not run.verb
            and not run.vocative
            and (run.place + run.oblique) * 2 > total
            and run.acts * 8 < total
        ):
            return False
        if (
            len(run.words) == 1
            and not named
            and run.lower > run.inside
            and run.the * 2 <= total
            and run.verb < 2
        ):
            return False  # a Power, in a book that writes of power
        if run.verb >= 1:
            return True
        if named and (run.inside >= MIN_BARE or (small and run.the == 0)):
            return True
        if len(run.words) > 1:
            return named and run.inside >= 1
        return bool(
            run.vocative >= 2
            or (run.vocative and run.inside >= MIN_BARE)
            or (run.inside >= 5 and run.acts * 6 >= total and run.place * 8 < run.inside)
        )

    ordered = sorted(
        (r for r in runs.values() if is_person(r)),
        key=lambda r: (-len([w for w in r.words if w not in TITLES]), -seen(r)),
    )
    for run in ordered:  # full names, with or without a title
        core = [w for w in run.words if w not in TITLES]
        titles = _title_classes(run.words)
        gender, evidence = _title_gender(run.words)
        if len(core) < 2:
            continue
        if run.the * 2 > seen(run) and not titles and core[-1] not in names:  # the White Rabbit
            owner = person_for(run, gender or noun_gender(core[-1]), evidence)
            claim(owner, run)
            the_names["_".join(core)] = owner.id
            continue
        given, surname = core[0], core[-1]
        match = None
        for person, g, s, t in full:
            if (
                s == surname
                and _same_given(g, given)
                and not _titles_clash(t, titles)
                and not _genders_clash(person.gender, gender)
            ):
                match = person
                t |= titles
                break
        if match is None:
            if gender is None and given in names:
                gender, evidence = names[given], f"given name {given.title()}"
            match = person_for(run, gender, evidence)
            full.append((match, given, surname, set(titles)))
        else:
            if gender and not match.gender:
                match.gender, match.gender_evidence = gender, evidence
        claim(match, run)
    for run in ordered:  # Mr. Bennet, Lord Henry, Aunt Josephine
        core = [w for w in run.words if w not in TITLES]
        titles = _title_classes(run.words)
        if len(core) != 1 or not titles:
            continue
        gender, evidence = _title_gender(run.words)
        fits = []
        for person, g, s, t in full:
            if _genders_clash(person.gender, gender):
                continue
            by_surname = s == core[0] and not _titles_clash(t, titles)
            by_first = _same_given(g, core[0]) and s != core[0] and not ("mr" in titles or "mrs" in titles)
            if (by_surname or by_first) and not apart(person, run, g if by_surname else ""):
                fits.append((by_first, sum(person.aliases.values()), person, t))
        sisters = [
            (person, t) for person, g, s, t in full if s == core[0] and g and person.gender == "female"
        ]
        if titles == {"miss"} and len(sisters) > 1:
            eldest = min(sisters, key=lambda f: called_miss(f[0], core[0]))
            if called_miss(eldest[0], core[0]) < ELDEST:
                fits = [(False, 0, *eldest)]
        same_title = [f for f in fits if f[3] & titles]
        if len(same_title) == 1:
            fits = same_title
        if fits and (len(fits) == 1 or any(f[0] for f in fits)):
            fits.sort(key=lambda f: (not f[0], -f[1]))
            claim(fits[0][2], run)
            fits[0][3].update(titles)
            if gender and (not fits[0][2].gender or "given name" in fits[0][2].gender_evidence):
                fits[0][2].gender, fits[0][2].gender_evidence = gender, evidence
        else:
            person = person_for(run, gender, evidence)
            claim(person, run)
            full.append(
                (
                    person,
                    core[0]
                    if core[0] in names
                    and not titles & {"mr", "mrs", "dr", "miss", "rev"}
                    and not any(t.startswith("rank") for t in titles)
                    else "",
                    core[0],
                    set(titles),
                )
            )
    for run in ordered:  # bare names
        if len(run.words) != 1 or run.titled:
            continue
        word = run.words[0]
        roots = nickname_roots().get(word, frozenset())
        by_given = [(sum(p.aliases.values()), p) for p, g, s, t in full if g and g == word]
        by_nick = [
            (sum(p.aliases.values()), p) for p, g, s, t in full if g and g in roots and not told_apart(p, run)
        ]
        family = [(_bare_surname_weight(p, t), p) for p, g, s, t in full if s == word]
        if by_given:
            owner = max(by_given, key=lambda x: x[0])[1]
        elif family and not (run.the * 2 > seen(run)):
            owner = max(family, key=lambda x: x[0])[1]
        elif len(by_nick) == 1 or (by_nick and seen(run) >= 3):
            owner = max(by_nick, key=lambda x: x[0])[1]
        elif run.the * 2 > seen(run):
            heads = [i for name, i in the_names.items() if name.split("_")[-1] == word]
            if len(heads) == 1:
                owner = people.persons[heads[0]]
            else:
                owner = person_for(run, noun_gender(word), f"“{word}”" if noun_gender(word) else "")
                owner.age = noun_age(word)
                if len(heads) > 1:
                    owner.kind = "role"
        else:
            gender = names.get(word)
            owner = person_for(run, gender, f"given name {word.title()}" if gender else "")
            full.append((owner, word, "", set()))
        claim(owner, run)
    return people


def _bare_surname_weight(person: Person, titles: set[str]) -> float:
    """Who a bare surname means: the man of the family, in the fiction of any century but this one."""
    base = float(sum(person.aliases.values()))
    return base * (0.05 if person.gender == "female" or titles & {"mrs", "miss"} else 1.0)


def _title_classes(words: tuple[str, ...]) -> set[str]:
    found = {(f"rank:{w[:3]}" if TITLES[w][0] == "rank" else TITLES[w][0]) for w in words if w in TITLES}
    return found - {""}


def _title_gender(words: tuple[str, ...]) -> tuple[Gender | None, str]:
    for word in words:
        if word in TITLES and TITLES[word][1]:
            return TITLES[word][1], f"title {word.title()}"
    return None, ""


def _same_given(a: str, b: str) -> bool:
    if not a or not b:
        return False
    roots = nickname_roots()
    return (
        a == b
        or (len(a) == 1 and b.startswith(a))
        or (len(b) == 1 and a.startswith(b))
        or a in roots.get(b, ())
        or b in roots.get(a, ())
    )


def _titles_clash(a: set[str], b: set[str]) -> bool:
    family = {"mr", "mrs", "miss", "lady", "sir", "queen", "king", "aunt", "uncle", "mother", "father"}
    ranks = {t for t in a | b if t.startswith("rank:")}
    if len(ranks) > 1:
        return True
    left, right = a & family, b & family
    return bool(left and right and not left & right)


def _genders_clash(a: Gender | None, b: Gender | None) -> bool:
    return a is not None and b is not None and a != b


def chief_name(person: Person) -> str:
    """The spelling the book uses most; a bare surname ("Darcy") only where nothing fuller is usual."""
    proper = [a for a in person.aliases if not a.startswith("the ")] or list(person.aliases)
    most = max(proper, key=lambda alias: (person.aliases[alias], len(alias)))
    words = most.split()
    bare = len(words) == 1 and most.lower() not in given_names()
    if bare or words[0].strip(".").lower() in TITLES:
        share = 0.05 if bare else 0.1
        fuller = [
            a
            for a in person.aliases
            if " " in a and a.split()[-1] == words[-1] and person.aliases[a] > share * person.aliases[most]
        ]
        given = [a for a in fuller if a.split()[0].lower() in given_names()]
        if given or (bare and fuller):
            return max(given or fuller, key=lambda alias: person.aliases[alias])
    return most
