"""Whom a noun phrase means: "said the painter" of a man whom everybody calls Basil.

One "the painter" tells little; all of them together tell much. Each use is a vote on who speaks, taken from
what cannot be mistaken: who is called by name in the lines next to it, who is tagged by name two lines away,
    who stands in the narration just before, whom
the text calls a painter in so many words. The votes of a phrase are summed over the book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flows.casting.nouns import Gender
from flows.casting.people import People
from flows.casting.prose import Prose
from flows.casting.reader import Phrases
from flows.casting.turns import Turn

CALLED_NEXT, TAGGED_ACROSS, NAMED_BEFORE, APPOSED = 2.0, 1.0, 0.5, 3.0
"""Votes for a candidate: called by name in the line before or after; tagged two lines away; named before;
"Basil, the painter"."""
CALLED_HERE, SPOKEN_OF, TAGGED_NEXT = -3.0, -1.0, -1.5
"""Votes against: nobody calls or mentions himself, nor answers himself."""
STRONG = 1.0
"""Votes a use at which a phrase all but names somebody."""


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
    prose: Prose,
    people: People,
    turns: Sequence[Turn],
    tagged: Sequence[int],
    genders: Sequence[Gender | None],
    pure: Sequence[bool],
    phrases: Phrases,
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
            or tag.subject.noun in phrases.votes_for_nobody
        ):
            continue
        if apposed is None:
            apposed = phrases.apposed(prose, people)
        phrase = phrases.epithet(tag.subject)
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


def _near(turns: Sequence[Turn], t: int, away: int) -> Turn | None:
    """The turn `away` places from turn `t` in the same conversation."""
    step = 1 if away > 0 else -1
    for at in range(t, t + away, step):
        if not 0 <= at + step < len(turns) or turns[at if step < 0 else at + 1].chain_break:
            return None
    return turns[t + away]
