"""Which English spellings are somebody, and which belong to one person: full names first, then titled
surnames, then bare names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.casting.english.spellings import Run, Runs
from flows.casting.english.words import TITLES, given_names, nickname_roots, noun_age, noun_gender
from flows.casting.nouns import Gender
from flows.casting.people import People, Person, without

APART = 0.06
"""Share of near neighbours at which two spellings are two people."""
ELDEST_APART = 0.2
"""The same for the eldest sister, of whom Jane and Miss Bennet are said by turns."""
NICKNAMES_APART = 0.1
"""And for a given name and what it may be made into."""
BESIDE = 3
"""Speeches that name a woman by title and surname, and another by her given name, that are not one."""
ELDEST = 0.05
"""Share of "Miss" before a given name below which a sister is the eldest, who is Miss and the surname alone."""
PAGES = 20
"""Times as often a surname must stand alone as a woman has it behind her name, not to mean her."""
SHORT = 3
"""Letters at least of a name cut short."""
LONGEST_STEM = 4
_PET = re.compile(r"(?:ie|ey|y)$")
PATRONYMIC = re.compile(
    r"[^\W\d_]{2,}(?:(?P<his>[oe]vi?t?ch|yi?t?ch)|(?P<her>(?:ov|ev|iev|yev)na|inichna))", re.I
)
"""The second name of a Russian, that of the father: Stepan Arkadyevitch, Darya Alexandrovna."""
OFTENER = 5
"""Times as often a name must be seen without a word that once begins a sentence before it."""
MIN_BARE = 2
"""Times a bare capitalised word must be seen inside sentences before it can be a name."""
MIN_FORMAL = 5
"""Times the narrator must use a full name and a short one to have two people in mind."""
BOTH_TOLD = 100
"""Times the narrator must use a given name and a surname to have two people in mind, and …"""
BESIDE_SURNAME = 0.18
"""… their share as near neighbours: Paul and Morel 0.20; of one, Miles and Hendon 0.12, Edmond and Dantès 0.11."""
BARE_SURNAME_OF_WOMEN = 0.05
"""What a woman's claim to a bare surname weighs beside a man's."""
_PARTICLES = frozenset(("van", "von", "de", "du", "la", "le", "di", "da", "del", "della", "ten", "ter"))
_BEFORE_GIVEN_NAMES = frozenset(("madam", "madame", "mistress", "master", "don", "dame"))
"""Titles of married people and masters that stand before a given name, too: Madam Mina, Master Tom."""
_DOCTORS_AND_OTHERS = ({"dr"}, {"mr"})
_SURNAME_TITLES = frozenset(("mr", "mrs", "dr", "miss", "rev"))


@dataclass(slots=True)
class Named:
    """A person with a name in its parts; `titles` are classes of titles, and grow as spellings are found."""

    person: Person
    given: str
    surname: str
    titles: set[str]


class Families:
    """Persons as they are put together from spellings.

    Args:
        runs: every spelling of the text.
        small: whether the text is so short that a given name is believed at its first appearance.
    """

    def __init__(self, runs: Runs, small: bool) -> None:
        self.people = People()
        self._runs = runs
        self._named: list[Named] = []
        self._the_names: dict[str, Person] = {}
        """Persons called by an article and a noun: the White Rabbit."""
        self._spellings: dict[int, list[Run]] = {}
        self._patronymics: dict[tuple[str, str], set[str]] = {}
        """Given name and patronymic -> the surnames that stand behind them, and the patronymic itself."""
        self._ordered = sorted(
            (run for run in runs.values() if is_person(run, runs, small)),
            key=lambda run: (-len(run.core), -run.seen),
        )

    def put_together(self) -> People:
        """Everybody."""
        for run in self._ordered:
            if len(run.core) > 1:
                self._add_full_name(run)
        for run in self._ordered:
            if len(run.core) == 1 and title_classes(run.words):
                self._add_titled(run)
        for run in self._ordered:
            if len(run.words) == 1 and not run.titled:
                self._add_bare(run)
        return self._married()

    def _married(self) -> People:
        """Everybody, with a woman under her maiden name and her husband's as one: Miss Lea Moor, Mrs. Lea Bell."""
        gone: set[int] = set()
        for wife in self._named:
            if (
                "mrs" not in wife.titles
                or "miss" in wife.titles
                or not wife.given
                or wife.person.gender == "male"
            ):
                continue
            maidens = [
                n
                for n in self._named
                if n.given == wife.given
                and n.surname not in ("", wife.surname)
                and "miss" in n.titles
                and "mrs" not in n.titles
            ]
            if len(maidens) == 1 and maidens[0].person.id not in gone:
                wife.person.aliases.update(maidens[0].person.aliases)
                gone.add(maidens[0].person.id)
        return without(self.people, gone) if gone else self.people

    def _new(self, run: Run, gender: Gender | None, evidence: str) -> Person:
        return self.people.add(run.surface, gender=gender, evidence=evidence)

    def _claim(self, person: Person, run: Run) -> None:
        person.aliases[run.surface] += run.seen
        self._spellings.setdefault(person.id, []).append(run)

    def _add_full_name(self, run: Run) -> None:
        """Jane Moor, Miss Lydia Moor; the White Rabbit."""
        core, titles = run.core, title_classes(run.words)
        gender, evidence = title_gender(run.words)
        if run.the * 2 > run.seen and not titles and core[-1] not in given_names():
            owner = self._new(run, gender or noun_gender(core[-1]), evidence)
            self._the_names["_".join(core)] = owner
            self._claim(owner, run)
            return
        given, surname = core[0], core[-1]
        if " the " in run.surface and not titles:  # Bill the Bargeman, Perks the Porter
            gender = gender or noun_gender(surname)
            given, surname = (given, "") if given in given_names() else ("", given)
        patronymic = PATRONYMIC.fullmatch(core[1])
        if patronymic:
            gender = gender or ("male" if patronymic["his"] else "female")
            evidence = evidence or f"patronymic {core[1].title()}"
            self._patronymics.setdefault((given, core[1]), set()).add(surname)
        if "mrs" in titles and (given_names().get(given) == "male" or self._is_husbands(given, surname)):
            given = ""  # Mrs. Augustus Moor, by her husband's name
        if given in _PARTICLES and len(core) == 2:  # Van Helsing has no given name here
            match = self._only_one_of(surname, titles, gender)
            given = ""
        elif patronymic and len(core) == 2:
            match = self._bearer_of_patronymic(given, surname)
        else:
            match = next(
                (n for n in self._named if _is_full_name_of(n, given, surname, titles, gender)), None
            )
        if match is None:
            if gender is None and given in given_names():
                gender, evidence = given_names()[given], f"given name {given.title()}"
            match = Named(self._new(run, gender, evidence), given, surname, set())
            self._named.append(match)
        elif gender and not match.person.gender:
            match.person.gender, match.person.gender_evidence = gender, evidence
        match.titles |= titles
        self._claim(match.person, run)

    def _bearer_of_patronymic(self, given: str, patronymic: str) -> Named | None:
        """Stepan Arkadyevitch is Stepan Arkadyevitch Oblonsky, where there is one."""
        surnames = self._patronymics.get((given, patronymic), set())
        fits = [n for n in self._named if n.given == given and n.surname in surnames]
        return fits[0] if len(fits) == 1 else None

    def _is_husbands(self, given: str, surname: str) -> bool:
        """Mrs. Newland Moor, where he is Newland Moor, or Mr. Newland Moor: a given name that no list has; and Mrs. Joe
        Moor, where both men and women are called so."""
        if given_names().get(given) is not None:
            return False
        return any(
            len(words) > 1 and words[-1] == surname and (words[0] == given or words[:2] == ("mr", given))
            for words in self._runs
        )

    def _only_one_of(self, surname: str, titles: set[str], gender: Gender | None) -> Named | None:
        """The only one with a surname whom titles and gender fit."""
        fits = [
            n
            for n in self._named
            if n.surname == surname
            and not _titles_clash(n.titles, titles)
            and not _genders_clash(n.person.gender, gender)
        ]
        return fits[0] if len(fits) == 1 else None

    def _add_titled(self, run: Run) -> None:
        """Mr. Bennet, Lord Henry, Aunt Josephine."""
        name, titles = run.core[0], title_classes(run.words)
        gender, evidence = title_gender(run.words)
        owner = self._bearer_of_title(run, name, titles, gender)
        if owner is not None:
            self._claim(owner.person, run)
            owner.titles |= titles
            if gender and (not owner.person.gender or "given name" in owner.person.gender_evidence):
                owner.person.gender, owner.person.gender_evidence = gender, evidence
            return
        person = self._new(run, gender, evidence)
        self._claim(person, run)
        surname_only = titles & _SURNAME_TITLES or any(t.startswith("rank") for t in titles)
        given = name if name in given_names() and not surname_only else ""
        self._named.append(Named(person, given, name, set(titles)))

    def _bearer_of_title(self, run: Run, name: str, titles: set[str], gender: Gender | None) -> Named | None:
        """Whose a title and one name are: of those whom it fits, the one with the title, or by the given
        name; else the only one."""
        fits, by_given = [], []
        for n in self._named:
            of_family = n.surname == name and not _titles_clash(n.titles, titles)
            first = (
                _same_given(n.given, name)
                and n.surname != name
                and (not titles & {"mr", "mrs"} or run.words[0] in _BEFORE_GIVEN_NAMES)
            )
            if not (of_family or first) or _genders_clash(n.person.gender, gender):
                continue
            if first and not of_family and self._both_told(n.given, name, run):
                continue
            if of_family and n.person.gender is None and self._is_rather_another(name, titles, run):
                continue
            if self._apart(n.person, run, n.given if of_family else ""):
                continue
            if of_family and (self._spoken_of_beside(n, run, titles) or self._doctor_apart(n, run, titles)):
                continue
            if of_family and self._rank_apart(n, run, titles):
                continue
            fits.append(n)
            by_given += [n] if first else []
        if not fits:  # Mrs. Rachel, who is Mrs. Rachel Moor, too
            fits = [
                n
                for n in self._named
                if n.given == name
                and (run.words[0], name, n.surname) in self._runs
                and not _genders_clash(n.person.gender or given_names().get(name), gender)  # not Mrs. Joe
            ]
        if titles == {"miss"}:
            eldest = self._eldest(name)
            if eldest is not None and not self._apart(eldest.person, run, eldest.given, ELDEST_APART):
                by_given, fits = [], [eldest]
        same_title = [n for n in fits if n.titles & titles]
        if len(same_title) == 1:
            return same_title[0]
        if len(fits) == 1:
            return fits[0]
        return (
            max(by_given, key=lambda n: (n.given == name, sum(n.person.aliases.values())))
            if by_given
            else None
        )

    def _is_rather_another(self, name: str, titles: set[str], run: Run) -> bool:
        """Tanis Judique and Mr. Judique, where Mrs. Judique is on every page: she is that one."""
        other = {"mr": ("mrs", "miss"), "mrs": ("mr",), "miss": ("mr",)}
        rivals = [w for title in titles for w in other.get(title, ())]
        return any(self._runs[w, name].seen > run.seen for w in rivals if (w, name) in self._runs)

    def _both_told(self, given: str, name: str, run: Run) -> bool:
        """Mary, and Aunt Polly: the narrator has both names, of which one may be made of the other."""
        other = self._runs.get((given,))
        return given != name and other is not None and min(other.narrated, run.narrated) >= MIN_FORMAL

    def _doctor_apart(self, named: Named, run: Run, titles: set[str]) -> bool:
        """Dr. Craven and Mr. Craven, where the narrator calls both so: he has one title for a person."""
        if titles not in _DOCTORS_AND_OTHERS or run.narrated < MIN_FORMAL:
            return False
        spelled = self._spellings.get(named.person.id, ())
        others = [r for r in spelled if titles != title_classes(r.words) in _DOCTORS_AND_OTHERS]
        return sum(r.narrated for r in others) >= MIN_FORMAL

    def _rank_apart(self, named: Named, run: Run, titles: set[str]) -> bool:
        """General Tilney, and Henry, who is Mr. Tilney: a father and a son."""
        if not any(title.startswith("rank") for title in titles) or run.narrated < MIN_FORMAL:
            return False
        others = self._runs.get((named.given,)), self._runs.get(("mr", named.surname))
        return all(other is not None and other.narrated >= MIN_FORMAL for other in others)

    def _spoken_of_beside(self, named: Named, run: Run, titles: set[str]) -> bool:
        """Mrs. Moor and Jane, of whom the same people speak in one breath: a mother and a daughter."""
        given = self._runs.get((named.given,))
        if titles != {"mrs"} or "mrs" in named.titles or given is None:
            return False
        together = run.beside.get(given.words, 0)
        return together >= BESIDE and together > APART * min(run.quoted, given.quoted)

    def _eldest(self, surname: str) -> Named | None:
        """Of sisters, the one whose given name hardly ever goes with Miss: she is Miss Bennet, the others
        Miss Eliza and Miss Lydia."""
        sisters = [
            n
            for n in self._named
            if n.surname == surname and n.given and n.person.gender == "female" and "mrs" not in n.titles
        ]
        if len(sisters) < 2:
            return None
        eldest = min(sisters, key=lambda n: self._called_miss(n.person, surname))
        return eldest if self._called_miss(eldest.person, surname) < ELDEST else None

    def _called_miss(self, person: Person, surname: str) -> float:
        """How often a given name goes with Miss."""
        spelled = self._spellings.get(person.id, [])
        given = {w for run in spelled for w in run.core if w != surname}
        titled = sum(
            run.seen
            for name in given
            for words in (("miss", name), ("miss", name, surname))
            if (run := self._runs.get(words))
        )
        return (titled + 0.1) / (1 + sum(run.seen for name in given if (run := self._runs.get((name,)))))

    def _add_bare(self, run: Run) -> None:
        """Jane, Lizzy, Darcy; the Hatter."""
        word = run.words[0]
        owner = self._bearer_of_bare(run, word)
        if owner is None and run.the * 2 > run.seen:
            owner = self._bearer_of_noun(run, word)
        elif owner is None:
            gender = given_names().get(word)
            owner = self._new(run, gender, f"given name {word.title()}" if gender else "")
            self._named.append(Named(owner, word, "", set()))
        self._claim(owner, run)

    def _bearer_of_bare(self, run: Run, word: str) -> Person | None:
        """Whose a bare name is: of those with that given name, of the family, of those with that nickname."""
        by_given = [n.person for n in self._named if n.given and n.given == word]
        if by_given:
            return max(by_given, key=lambda p: sum(p.aliases.values()))
        family = [
            n
            for n in self._named
            if n.surname == word
            and not self._is_nothing_beside(n, run)
            and not self._is_formal(n, run)
            and not self._is_other_by_pronouns(n, run)
            and not _is_joked(n, run, word)
        ]
        family = self._not_by_given_name(family, run)
        if family and run.the * 2 <= run.seen:
            return max(family, key=_bare_surname_weight).person
        by_nick = [
            n.person
            for n in self._named
            if n.given and self._are_one_name(n.given, word) and not self._told_apart(n, run)
        ]
        if len(by_nick) == 1 or (by_nick and run.seen >= 3):
            return max(by_nick, key=lambda p: sum(p.aliases.values()))
        return None

    def _is_nothing_beside(self, named: Named, run: Run) -> bool:
        """A woman of the family who is named a few times, where the surname alone is on every page: Elizabeth Venters
        and Venters."""
        woman = named.person.gender == "female" or named.titles & {"mrs", "miss"}
        return bool(woman and named.given) and sum(named.person.aliases.values()) * PAGES < run.seen

    def _not_by_given_name(self, family: list[Named], run: Run) -> list[Named]:
        """Of a family those beside whose given names the surname does not keep standing: Morel is Paul's father."""
        if len(family) < 2 or run.narrated < BOTH_TOLD:
            return family
        return [n for n in family if not self._is_told_beside(n, run)] or family

    def _is_told_beside(self, named: Named, run: Run) -> bool:
        alone = self._runs.get((named.given,))
        both = alone is not None and alone.narrated >= BOTH_TOLD
        return both and self._apart(named.person, run, named.given, BESIDE_SURNAME)

    def _is_other_by_pronouns(self, named: Named, run: Run) -> bool:
        """Peggotty, who is she, and her brother Mr. Peggotty."""
        man = named.person.gender == "male" or "mr" in named.titles
        return man and run.she >= MIN_FORMAL and run.she > 2 * run.he

    def _is_formal(self, named: Named, run: Run) -> bool:
        """Mrs. Morel, whom the narrator never calls Morel: that is her husband."""
        titled = self._runs.get(("mrs", named.surname))
        if "mrs" not in named.titles or titled is None:
            return False
        return titled.narrated >= MIN_FORMAL <= run.narrated and run.the * 2 <= run.seen

    def _bearer_of_noun(self, run: Run, word: str) -> Person:
        """The Rabbit is the White Rabbit; of several rabbits, a role of its own."""
        heads = [person for name, person in self._the_names.items() if name.split("_")[-1] == word]
        if len(heads) == 1:
            return heads[0]
        gender = noun_gender(word)
        owner = self._new(run, gender, f"“{word}”" if gender else "")
        owner.age = noun_age(word)
        if heads:
            owner.kind = "role"
        return owner

    def _apart(self, person: Person, run: Run, given: str = "", share: float = APART) -> bool:
        """Two people: their names stand side by side too often for one."""
        others = list(self._spellings.get(person.id, ()))
        if given and (given,) in self._runs:
            others.append(self._runs[(given,)])
        near = sum(other.near.get(run.words, 0) for other in others)
        least = min(sum(other.narrated for other in others), run.narrated)
        return near >= 2 and near > share * max(1, least)

    def _are_one_name(self, given: str, word: str) -> bool:
        """Whether one is what the other is made into: Elizabeth and Bess, Huckleberry and Huck."""
        roots = nickname_roots()
        made = given in roots.get(word, ()) or word in roots.get(given, ())
        return made or self._is_short_for(word, given) or self._is_short_for(given, word)

    def _is_short_for(self, word: str, given: str) -> bool:
        """Huck, where a Huckleberry Finn is."""
        cut = len(word) >= SHORT and given.startswith(word) and len(given) > len(word) + 1
        return cut and any(words[0] == given and len(words) == 2 for words in self._runs)

    def _told_apart(self, named: Named, run: Run) -> bool:
        """The narrator uses both the given name and the nickname, as of two people: of one, Roberta and Bobbie hardly
        ever stand side by side."""
        spelled = [r for r in self._spellings.get(named.person.id, ()) if named.given in r.words]
        if min(sum(r.narrated for r in spelled), run.narrated) < MIN_FORMAL or run.narrated * 3 <= run.seen:
            return False
        both = any(  # Dolly is Darya Alexandrovna by turns
            (r.words == (named.given,) and r.narrated >= MIN_FORMAL) or PATRONYMIC.fullmatch(r.core[-1])
            for r in spelled
        )
        return not both or self._apart(named.person, run, share=NICKNAMES_APART)


def _is_joked(named: Named, run: Run, word: str) -> bool:
    """Mr. Camilla, as her husband is called once: a man under a woman's name that is said alone everywhere else."""
    of_woman = given_names().get(word) == "female" and named.titles == {"mr"}
    return of_woman and sum(named.person.aliases.values()) < run.seen


def is_person(run: Run, runs: Runs, small: bool) -> bool:
    """Whether a spelling is somebody, by what the text shows of it."""
    one = runs.get((*run.words[:-1], run.words[-1][:-1])) if run.words[-1][-1] == "s" else None
    plural = one is not None and (
        one.seen >= run.seen or run.the * 2 > run.seen
    )  # the Bennets, and not Venters
    if run.titled:
        return not plural or len(run.words) == 1
    if run.words == ("o",):  # O yes, we know
        return False
    if plural or _begins_with_a_word(run, runs):
        return False
    if _is_place_or_word(run):
        return False
    if len(run.words) == 2 and run.inside >= MIN_BARE and _is_full_name(run, runs):
        return True
    named = run.words[0] in given_names()
    if run.verb >= 1 or (named and (run.inside >= MIN_BARE or (small and run.the == 0))):
        return True
    if len(run.words) > 1:
        return named and run.inside >= 1
    return bool(
        (run.vocative >= 2 and (run.narrated or run.inside))  # not "Prut, prut!"
        or (run.vocative and run.inside >= MIN_BARE)
        or (
            run.inside >= 5
            and run.acts * 6 >= run.seen
            and run.place * 8 < run.inside
            and run.the * 2 <= run.seen  # not the Lusitania
        )
    )


def _is_full_name(run: Run, runs: Runs) -> bool:
    """Gerty Farish, where Gerty speaks and Miss Farish is somebody."""
    given = runs.get(run.words[:1])
    titled = any((title, run.words[1]) in runs for title in _SURNAME_TITLES)
    return titled and given is not None and given.verb >= 1 and run.the * 2 <= run.seen


def _begins_with_a_word(run: Run, runs: Runs) -> bool:
    """Thereafter Lassiter: once, where a sentence begins, and Lassiter everywhere else."""
    name = runs.get(run.words[1:])
    return (
        name is not None
        and run.inside == 0
        and run.words[0] not in given_names()
        and name.seen > OFTENER * run.seen
    )


def _is_place_or_word(run: Run) -> bool:
    """A place (in London), a thing (of the Crown), or a word that the book writes small, too (a Power)."""
    if run.verb == 0 and run.place > 0 and run.place * 2 > run.inside:
        return True
    at_place = run.place * 3 > run.inside or run.place * 2 + run.oblique > run.inside
    if at_place and (run.verb + run.vocative) * 10 < run.place:
        return True  # said Avonlea
    if run.place * 8 > run.inside and (run.place + run.oblique) * 2 > run.inside and run.verb * 20 < run.seen:
        return True  # Gopher Prairie thought
    does_nothing = not run.verb and run.acts * 8 < run.seen
    if does_nothing and run.place * 3 > run.inside and run.place * 2 + run.oblique > run.inside:
        return True  # "Whitby!" is no call where the book goes to Whitby, too
    silent = not run.verb and not run.vocative
    if silent and (run.place + run.oblique) * 2 > run.seen and run.acts * 8 < run.seen:
        return True
    bare = len(run.words) == 1 and run.words[0] not in given_names()
    return bare and run.lower > run.inside and run.the * 2 <= run.seen and run.verb < 2


def _is_full_name_of(named: Named, given: str, surname: str, titles: set[str], gender: Gender | None) -> bool:
    return (
        named.surname == surname
        and _same_given(named.given, given)
        and not _titles_clash(named.titles, titles)
        and not _genders_clash(
            named.person.gender or given_names().get(named.given),
            gender
            or (given_names().get(given) if len(named.given) == 1 else None),  # Eddie Moor and Mrs. E. Moor
        )
    )


def _bare_surname_weight(named: Named) -> float:
    """Who a bare surname means: the man of the family, in the fiction of any century but this one."""
    woman = named.person.gender == "female" or named.titles & {"mrs", "miss"}
    return sum(named.person.aliases.values()) * (BARE_SURNAME_OF_WOMEN if woman else 1.0)


def title_classes(words: tuple[str, ...]) -> set[str]:
    """The classes of the titles in a spelling; every rank is one of its own."""
    found = {(f"rank:{w[:3]}" if TITLES[w][0] == "rank" else TITLES[w][0]) for w in words if w in TITLES}
    return found - {""}


def title_gender(words: tuple[str, ...]) -> tuple[Gender | None, str]:
    """The gender that a title tells, and the reason in words."""
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
        or _is_pet_form(a, b)
        or _is_pet_form(b, a)
    )


def _is_pet_form(a: str, b: str) -> bool:
    """Gerty, of Gertrude; Nikolay is no pet form of Nikolaeva."""
    stem = _PET.sub("", a)
    return stem != a and SHORT <= len(stem) <= LONGEST_STEM and b.startswith(stem) and b in given_names()


def _titles_clash(a: set[str], b: set[str]) -> bool:
    family = {"mr", "mrs", "miss", "lady", "sir", "queen", "king", "aunt", "uncle", "mother", "father"}
    ranks = {t for t in a | b if t.startswith("rank:")}
    if len(ranks) > 1 or ("mrs" in a | b and ("dr" in a | b or ranks)):
        return True
    left, right = a & family, b & family
    return bool(left and right and not left & right)


def _genders_clash(a: Gender | None, b: Gender | None) -> bool:
    return a is not None and b is not None and a != b
