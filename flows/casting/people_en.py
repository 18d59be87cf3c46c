"""English names: find them, tell who bears them, and mark every mention."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from flows.casting.book import Book
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People, Person
from flows.casting.words_en import (
    ANAPHORIC_NOUNS,
    GROUP_WORDS,
    NOT_NAMES,
    PERSON_NOUNS,
    SPEECH_VERBS,
    TITLES,
    given_names,
    nickname_roots,
    noun_age,
    noun_gender,
)

_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-’'](?![sS]\b)[^\W\d_]+)*")
_LOWER = re.compile(r"(?<![\w’'])[a-zß-öø-ÿ]{2,}")
_JOIN = re.compile(r"\s+|\.\s*|\s+(?:of|de|du|von|van|der|la|le|da|di|the|of the|de la)\s+")
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|near|through|across|into|towards|toward|around|outside|inside|beyond|leave|left|reach|reached)\s+$"
)
_OBLIQUE_BEFORE = re.compile(r"\b(?:to|of|from|the)\s+$")
_ACTS = re.compile(
    r"\s+(?:was|had|did|could|would|is|has|who|came|went|took|saw|felt|knew|sat|stood|ran|made|gave|got|thought|[a-z]+ed|[a-z]+ly [a-z]+ed)\b"
)
NEAR_CHARS = 120
"""Names this near one another mostly name different people: the second mention of one person is a pronoun."""
APART = 0.06
"""Share of near neighbours at which two spellings are two people."""
_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_NUMBERED = re.compile(r"-\d+$")
_HONORIFICS = frozenset(["mr", "mrs", "miss", "ms", "dr", "mme", "mlle", "monsieur", "madame"])
_CONTRACTED = frozenset(["m", "ll", "ve", "d", "re", "t", "s", "em", "ee"])
_SMALL = frozenset(["of", "de", "du", "von", "van", "der", "la", "le", "da", "di", "the"])
SMALL_TEXT = 12000
"""Letters below which a given name is believed at its first appearance."""
MIN_BARE = 2
"""Times a bare capitalised word must be seen inside sentences before it can be a name."""


def key(name: str) -> tuple[str, ...]:
    """A name as compared: lower-case words without dots, articles, small words and genitives."""
    words = re.findall(
        r"[^\W_]+(?:[-'][^\W_]+)*", name.lower().replace("’", "'").replace("'s ", " ").replace("_", " ")
    )
    return tuple(w[:-2] if w.endswith("'s") else w for w in words if w not in _SMALL and w not in ("a", "an"))


class Capitals:
    """The capitalised words of a text with their places."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.words: list[str] = []
        for match in _CAPITAL.finditer(text):
            self.starts.append(match.start())
            self.ends.append(match.end())
            self.words.append(match.group().lower().replace("’", "'"))


def mark_mentions(book: Book, people: People, capitals: Capitals | None = None) -> None:
    """Fill `people.mentions` from every alias of every person, longest match first."""
    capitals = capitals or Capitals(book.text)
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
    text, mentions = book.text, people.mentions
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
                    if not all(_JOIN.fullmatch(text, ends[j], starts[j + 1]) for j in range(i, i + n - 1)):
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
        _mark_roles(book, people, roles)


def _mark_roles(book: Book, people: People, roles: Mapping[str, set[int]]) -> None:
    """Roles are written without capitals ("the barman"): one pass for all of them."""
    longest = sorted(roles, key=lambda role: -len(role))
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(role).replace(r"\ ", r"[\s-]+") for role in longest) + r")\b"
    )
    taken = {mention.start for mention in people.mentions}
    lowered = book.text.lower()
    if len(lowered) != len(book.text):  # some capitals (İ) grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in book.text)
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
        if book.text[start].islower() and not (
            before and before[-1] in ("the", "this", "that", "our", "old", "little", "young", "poor")
        ):
            continue
        following = lowered[match.end() : match.end() + 2]
        extra.append(
            Mention(
                start, match.end(), tuple(sorted(who)), following in ("'s", "’s"), book.text[start].islower()
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
    men = [p for p in surname if gender(p) == "M"]
    return sorted(men if men and len(surname) == len(who) else who)


def find_people(book: Book, quoted: Iterable[tuple[int, int]], capitals: Capitals) -> People:
    """Everybody with a name in the text, clustered.

    Args:
        quoted: spans of dialogue in `book.text`, in order.
    """
    spans = list(quoted)
    people = _cluster(_runs(book, spans, capitals), small=len(book.text) < SMALL_TEXT)
    known = {words[0] for person in people.persons for words in map(key, person.aliases) if len(words) == 1}
    for noun, count in _speaking_roles(book, spans).items():
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


_TAG_ROLE = re.compile(
    r"[\s,—-]*([a-z]+)\s+(?:the|an?)\s+([A-Za-z-]+)(?:\s+([A-Za-z-]+))?(?:\s+([A-Za-z-]+))?"
)
_ROLE_TAG = re.compile(r"\s*(?:[Tt]he|[Aa]n?)\s+([A-Za-z-]+)(?:\s+([A-Za-z-]+))??\s+([a-z]+)\b")
_ROLE_ACTS = re.compile(
    r"(?:^|[.!?”\"]\s+|\n)The ([a-z-]+) (?:[a-z]+ly )?(?:[a-z]+ed|said|came|went|stood|sat|took|put|ran|rose|shook|held|looked|spoke)\b",
    re.MULTILINE,
)
MIN_ACTS = 4
"""Times a role must act in the narration before it is a character without a tag of its own."""
_CLOSED_WORDS = frozenset(
    ("then", "now", "very", "most", "least", "more", "all", "two", "three", "such", "both", "one", "own")
)
_NO_ROLE = frozenset(
    [
        "same",
        "other",
        "others",
        "latter",
        "former",
        "first",
        "second",
        "third",
        "last",
        "next",
        "whole",
        "door",
        "bell",
        "clock",
        "wind",
        "air",
        "house",
        "room",
        "voice",
        "crowd",
        "rest",
    ]
)


def _speaking_roles(book: Book, quoted: list[tuple[int, int]]) -> Counter[str]:
    """Nouns that speak: `said the barman`, `the Queen cried`; not those that merely point back (the girl, his friend)."""
    text = book.text
    roles: Counter[str] = Counter()
    acting = Counter(
        noun for noun in _ROLE_ACTS.findall(text) if noun in PERSON_NOUNS and noun not in ANAPHORIC_NOUNS
    )
    for noun, count in acting.items():
        if count >= (1 if len(text) < SMALL_TEXT else MIN_ACTS):
            roles[noun] += count
    for _, end in quoted:
        match = _TAG_ROLE.match(text, end)
        if match and match.group(1) in SPEECH_VERBS:
            words = [w for w in match.groups()[1:] if w]
            head = ""
            for word in words:
                if word.lower() in _STOP_ROLE or word.endswith("ly") or word in SPEECH_VERBS:
                    break
                if text[match.end() : match.end() + 2] in ("'s", "’s") and word == words[-1]:
                    head = ""
                    break
                head = word
        else:
            match = _ROLE_TAG.match(text, end)
            if not match or match.group(3) not in SPEECH_VERBS:
                continue
            head = match.group(2) or match.group(1)
        noun = head.lower()
        if (
            len(noun) > 2
            and noun not in ANAPHORIC_NOUNS
            and noun not in _NO_ROLE
            and noun not in _CLOSED_WORDS
            and noun not in GROUP_WORDS
        ):
            roles[noun] += 1
    return roles


_STOP_ROLE = frozenset(
    [
        "of",
        "in",
        "with",
        "at",
        "from",
        "on",
        "who",
        "as",
        "and",
        "or",
        "to",
        "into",
        "by",
        "whose",
        "which",
        "that",
        "when",
        "while",
        "for",
        "but",
        "after",
        "before",
        "without",
        "whom",
        "because",
        "under",
        "over",
        "in",
    ]
)


class _Run:
    """One spelling of a name and what the text shows of its bearer."""

    __slots__ = (
        "acts",
        "inside",
        "narrated",
        "near",
        "oblique",
        "place",
        "quoted",
        "surface",
        "the",
        "titled",
        "verb",
        "vocative",
        "words",
    )

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.narrated = self.quoted = self.inside = self.verb = self.vocative = self.place = self.the = (
            self.acts
        ) = self.oblique = 0
        self.surface = ""
        self.near: Counter[tuple[str, ...]] = Counter()
        self.titled = words[0] in TITLES and TITLES[words[0]][0] != ""


def _runs(book: Book, quoted: list[tuple[int, int]], capitals: Capitals) -> dict[tuple[str, ...], _Run]:
    text = book.text
    lower = Counter(_LOWER.findall(text))
    names = given_names()
    quote_starts = [a for a, _ in quoted]
    runs: dict[tuple[str, ...], _Run] = {}
    words, starts, ends = capitals.words, capitals.starts, capitals.ends
    i, count = 0, len(words)
    last: _Run | None = None
    last_end = -NEAR_CHARS
    while i < count:
        j = i + 1
        while (
            j < count
            and j - i < 4
            and starts[j] - ends[j - 1] <= 6
            and _JOIN.fullmatch(text, ends[j - 1], starts[j])
        ):
            gap = text[ends[j - 1] : starts[j]]
            if "." in gap and words[j - 1] not in TITLES and ends[j - 1] - starts[j - 1] > 1:
                break
            if (words[j] in TITLES and words[j - 1] not in TITLES) or (
                "of" in gap and words[j - 1] not in TITLES
            ):
                break
            if "'" in words[j] and words[j].split("'")[1] in _CONTRACTED:
                break
            j += 1
        a, b = i, j
        i = j
        begin = _sentence_start(text, starts[a])
        if "'" in words[a] and words[a].split("'")[1] in _CONTRACTED:
            continue
        # a word at the start of a sentence is a name only if the book does not use it as a word
        while a < b and (
            (words[a] in NOT_NAMES and words[a] not in TITLES) or (begin and _common(words[a], lower, names))
        ):
            a += 1
            begin = False
        titled = b - a > 1 and words[a] in _HONORIFICS
        while b > a and ((words[b - 1] in NOT_NAMES and not titled) or words[b - 1] in TITLES):
            b -= 1
        while titled and b - a > 2 and words[b - 1] in NOT_NAMES:
            b -= 1
        if b - a > 2 and lower.get(words[b - 1], 0) > 3 and words[b - 1] not in names:
            b -= 1  # Mr. Bounderby the Banker, the house of Lucas Lodge
        if a >= b:
            continue
        part = tuple(words[a:b])
        if not titled and any(w in NOT_NAMES and w not in TITLES for w in part):
            continue
        if text[starts[a] : ends[b - 1]].isupper() and ends[b - 1] - starts[a] > 3:
            continue
        run = runs.get(part)
        if run is None:
            run = runs[part] = _Run(part)
            run.surface = re.sub(r"\s+", " ", text[starts[a] : ends[b - 1]]).strip()
        q = bisect_right(quote_starts, starts[a]) - 1
        in_quote = q >= 0 and starts[a] < quoted[q][1]
        before = text[max(0, starts[a] - 14) : starts[a]]
        after = text[ends[b - 1] : ends[b - 1] + 24]
        if in_quote:
            run.quoted += 1
            if (before.rstrip()[-1:] in ",\"“‘'—-" and after[:1] in ",.!?;") or (
                starts[a] - quoted[q][0] < 3 and after[:1] in ",!?."
            ):
                run.vocative += 1
        else:
            run.narrated += 1
            heads = after.split(None, 3)[:3]
            tails = before.split()
            if (tails and tails[-1].strip(',"”').lower() in SPEECH_VERBS) or (
                any(w.strip(",.;:") in SPEECH_VERBS for w in heads[:2]) and after[:1] == " "
            ):
                run.verb += 1
        if not begin:
            run.inside += 1
        if _ACTS.match(after):
            run.acts += 1
        if _OBLIQUE_BEFORE.search(before):
            run.oblique += 1
        if starts[a] - last_end < NEAR_CHARS and last is not None and last is not run and not in_quote:
            run.near[last.words] += 1
            last.near[run.words] += 1
        last, last_end = (None if in_quote else run), ends[b - 1]
        if before.endswith(("the ", "The ")):
            run.the += 1
        if _PLACE_BEFORE.search(before):
            run.place += 1
    return runs


def _sentence_start(text: str, at: int) -> bool:
    i = at - 1
    while i >= 0 and text[i] in " \t_*(":
        i -= 1
    if i < 0 or text[i] in "\n\r.!?:“\"‘'—-;”’":
        # "Mr. Pell" and initials end in a dot without ending a sentence
        return not (
            i > 0
            and text[i] == "."
            and (
                text[max(0, i - 3) : i].strip().lower().split(" ")[-1] in TITLES or text[i - 2 : i - 1] == " "
            )
        )
    return False


def _common(word: str, lower: Counter[str], names: Mapping[str, Gender | None]) -> bool:
    seen = lower.get(word, 0)
    return word not in TITLES and (
        seen > (3 if word in names else 0) or (word.endswith("ly") and word not in names)
    )


def _cluster(runs: dict[tuple[str, ...], _Run], small: bool) -> People:
    """Persons from spellings: full names first, then titled surnames, then bare names."""
    names = given_names()
    people = People()
    full: list[tuple[Person, str, str, set[str]]] = []  # person, given, surname, title classes
    the_names: dict[str, int] = {}
    spellings: dict[int, list[_Run]] = {}

    def person_for(run: _Run, gender: Gender | None, evidence: str) -> Person:
        return people.add(run.surface, gender=gender, evidence=evidence)

    def claim(person: Person, run: _Run) -> None:
        person.aliases[run.surface] += run.narrated + run.quoted
        spellings.setdefault(person.id, []).append(run)

    def apart(person: Person, run: _Run, given: str = "") -> bool:
        """Two people: their names stand side by side too often for one."""
        others = list(spellings.get(person.id, ()))
        if given and (given,) in runs:
            others.append(runs[(given,)])
        near = sum(other.near.get(run.words, 0) for other in others)
        least = min(sum(o.narrated for o in others), run.narrated)
        return near >= 2 and near > APART * max(1, least)

    def seen(run: _Run) -> int:
        return run.narrated + run.quoted

    def told_apart(person: Person, run: _Run) -> bool:
        """The narrator, who has one name for a person, uses both this one and the nickname."""
        formal = sum(r.narrated for r in spellings.get(person.id, ()))
        return formal >= 5 and run.narrated >= 5 and run.narrated * 3 > seen(run)

    def is_person(run: _Run) -> bool:
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
    return base * (0.05 if person.gender == "F" or titles & {"mrs", "miss"} else 1.0)


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
