"""Whom a noun phrase means: "said the painter" of a man whom everybody calls Basil.

One "the painter" tells little; all of them together tell much. Each use is a vote on who speaks, taken from what cannot be mistaken: who is
called by name in the lines next to it, who is tagged by name two lines away, who stands in the narration just before, whom
the text calls a painter in so many words. The votes of a phrase are summed over the book.
"""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flows.casting.book import Book
from flows.casting.english.words import ANAPHORIC_NOUNS, PERSON_NOUNS, TITLES
from flows.casting.nouns import Gender
from flows.casting.people import People
from flows.casting.turns import Subject, Turn

CALLED_NEXT, TAGGED_ACROSS, NAMED_BEFORE, APPOSED = 2.0, 1.0, 0.5, 3.0
"""Votes for a candidate: called by name in the line before or after; tagged two lines away; named before; "Basil, the painter"."""
CALLED_HERE, SPOKEN_OF, TAGGED_NEXT = -3.0, -1.0, -1.5
"""Votes against: nobody calls or mentions himself, nor answers himself."""
STRONG = 1.0
"""Votes a use at which a phrase all but names somebody."""
_DISTINGUISHING = frozenset(
    [
        "young", "old", "little", "other", "elder", "younger", "eldest", "youngest", "first", "second", "third", "big", "small", "tall", "short",
        "fat", "thin", "stout", "american", "italian", "french", "english", "german", "black", "white", "red", "fair", "dark", "head",
    ]
)  # fmt: skip
_POSSESSIVE = frozenset(["his", "her", "my", "their", "our", "your"])
_APPOSITION = re.compile(
    r"(?:,| (?:was|is|being))\s+(?:the|an?|our|my|his|her)\s+(?:[a-z-]+\s+){0,2}?([a-z-]+)\b"
)


def phrase_of(subject: Subject) -> str:
    """What is counted as one epithet: `her mother`, `young man`, else the bare noun."""
    words = subject.words.lower().split()
    if not words or not subject.noun:
        return subject.noun
    if words[0] in _POSSESSIVE:
        return f"{words[0]} {subject.noun}"
    if len(words) > 1 and words[-2] in _DISTINGUISHING:
        return f"{words[-2]} {subject.noun}"
    return subject.noun


def is_generic(subject: Subject) -> bool:
    """A noun that fits many (the girl, his friend), against one that fits few (the coroner)."""
    return subject.noun in ANAPHORIC_NOUNS or subject.words[:4].lower() in ("his ", "her ")


@dataclass(frozen=True, slots=True)
class Epithet:
    """Who a phrase means over the whole book.

    Args:
        ranked: person ids, likeliest first, with the mean vote a use; only those with votes for them.
        uses: how often the phrase tags a line.
    """

    ranked: tuple[tuple[int, float], ...]
    uses: int

    @property
    def is_strong(self) -> bool:
        """Used often enough, and for somebody likely enough, to outweigh a role of that name."""
        return self.uses > 1 and bool(self.ranked) and self.ranked[0][1] >= STRONG


def find_epithets(
    book: Book,
    people: People,
    turns: Sequence[Turn],
    tagged: Sequence[int],
    genders: Sequence[Gender | None],
    pure: Sequence[bool],
) -> dict[str, Epithet]:
    """Every phrase that tags a line, with whom it means.

    Args:
        tagged: per turn, the id of the person its tag names, or -1.
        genders: per person; `pure`: whether a person is nothing but a role (the barman), which no other phrase means.
    """
    votes: dict[str, defaultdict[int, float]] = {}
    uses: defaultdict[str, int] = defaultdict(int)
    apposed: dict[str, set[int]] | None = None
    for t, turn in enumerate(turns):
        tag = turn.tag
        if (
            tag is None
            or not tag.sure
            or tag.subject.kind != "noun"
            or tag.subject.noun in ("other", "voice")
        ):
            continue
        if apposed is None:
            apposed = _apposed(book, people)
        phrase = phrase_of(tag.subject)
        gender = tag.subject.gender
        uses[phrase] += 1
        table = votes.setdefault(phrase, defaultdict(float))
        one: defaultdict[int, float] = defaultdict(float)
        for away in (-2, -1, 1, 2):
            other = _near(turns, t, away)
            if other is None:
                continue
            at = tagged[t + away]
            if away in (-1, 1):
                for p in other.vocatives:
                    one[p] += CALLED_NEXT
                if at >= 0 and other.paragraph != turn.paragraph:
                    one[at] += TAGGED_NEXT
            elif at >= 0:
                one[at] += TAGGED_ACROSS
        before = _near(turns, t, -1)
        for p in {p for s in turn.lead for p in s.who} | set(before.named if before is not None else ()):
            one[p] += NAMED_BEFORE
        for p in turn.spoken_names:
            one[p] += CALLED_HERE if p in turn.vocatives else SPOKEN_OF
        for p in apposed.get(tag.subject.noun, ()):
            one[p] += APPOSED / (1 + len(apposed[tag.subject.noun]))
        for p, vote in one.items():
            if not (pure[p] or p in tag.subject.who or (gender and genders[p] and genders[p] != gender)):
                table[p] += vote
    return {
        phrase: Epithet(
            tuple(
                (p, vote / uses[phrase])
                for p, vote in sorted(table.items(), key=lambda x: (-x[1], x[0]))[:4]
                if vote > 0
            ),
            uses[phrase],
        )
        for phrase, table in votes.items()
    }


KinFit = Literal["married", "unmarried", "other"]
_MARRIED = frozenset(
    "wife mother aunt mistress hostess mamma mama husband father papa uncle host grandmother grandfather".split()
)
_UNMARRIED = frozenset(
    "daughter girl niece sister maiden son boy lad youth nephew brother child lass grandson granddaughter".split()
)


def kin_class(noun: str) -> KinFit:
    """Whether a noun of kin is of the elder or the younger generation."""
    return "married" if noun in _MARRIED else "unmarried" if noun in _UNMARRIED else "other"


def marital_classes(people: People) -> list[KinFit]:
    """Per person what the titles of the family tell: Mrs. Bennet, and the one Mr. Bennet beside her, are of the elder generation."""
    named: list[tuple[set[str], str]] = []
    for person in people.persons:
        titles, surname = set(), ""
        for alias in person.aliases:
            words = alias.lower().replace(".", "").split()
            if len(words) > 1 and words[0] in TITLES and TITLES[words[0]][0]:
                titles.add(TITLES[words[0]][0])
                surname = words[-1]
        named.append((titles, surname))
    wives = {surname for titles, surname in named if "mrs" in titles}
    return [
        "married"
        if "mrs" in titles or ("mr" in titles and surname in wives)
        else "unmarried"
        if "miss" in titles or not titles
        else "other"
        for titles, surname in named
    ]


def title_bearers(people: People) -> dict[str, list[int]]:
    """Noun -> persons with that title in a name: the inspector is Inspector Japp."""
    bearers: dict[str, list[int]] = {}
    for person in people.persons:
        words = {w for alias in person.aliases for w in alias.lower().replace(".", "").split()[:2]}
        for word in words:
            if word in TITLES and word in PERSON_NOUNS:
                bearers.setdefault(word, []).append(person.id)
            elif word == "dr":
                bearers.setdefault("doctor", []).append(person.id)
    return bearers


def _near(turns: Sequence[Turn], t: int, away: int) -> Turn | None:
    """The turn `away` places from turn `t` in the same conversation."""
    step = 1 if away > 0 else -1
    for at in range(t, t + away, step):
        if not 0 <= at + step < len(turns) or turns[at if step < 0 else at + 1].chain_break:
            return None
    return turns[t + away]


def _apposed(book: Book, people: People) -> dict[str, set[int]]:
    """Noun -> persons that the text calls so: `Basil Hallward, the painter`, `Mr. Wells was a lawyer`."""
    found: dict[str, set[int]] = {}
    for mention in people.mentions:
        if len(mention.who) == 1 and not mention.common:
            match = _APPOSITION.match(book.text, mention.end)
            if match and match.group(1) in PERSON_NOUNS:
                found.setdefault(match.group(1), set()).add(mention.who[0])
    return found
