"""English as casting reads it: `READER`."""

from __future__ import annotations

import re
from functools import partial

from flows.casting.english.gender import tell_genders
from flows.casting.english.heads import head
from flows.casting.english.mentions import add_short_forms, mark_mentions
from flows.casting.english.page import PAGE
from flows.casting.english.people import chief_name, find_people
from flows.casting.english.phrases import PHRASES
from flows.casting.english.quoting import CONVENTIONS
from flows.casting.english.renames import merge_renamed
from flows.casting.english.turns import find_turns
from flows.casting.english.words import TITLES, label_noun
from flows.casting.model.weights import load_weights
from flows.casting.people import Person
from flows.casting.reader import FirstPerson, Reader


def _may_narrate(person: Person, answered: bool) -> bool:
    """ "Length, Breadth, Thickness" addresses nobody."""
    titled = any(alias.split()[0].strip(".").lower() in TITLES for alias in person.aliases if alias)
    return answered or person.gender is not None or titled or person.given


READER = Reader(
    language="en",
    conventions=CONVENTIONS,
    find_people=find_people,
    add_short_forms=add_short_forms,
    mark_mentions=mark_mentions,
    tell_genders=tell_genders,
    find_turns=find_turns,
    merge_renamed=merge_renamed,
    chief_name=chief_name,
    first_person=FirstPerson(
        words=re.compile(r"(?<![\w'’])I(?![\w.])|\b[Mm]y\b|(?<![\w'’])me\b"),
        count=lambda narration: len(narration.split()),
        rate=0.0144,
        may_narrate=_may_narrate,
    ),
    head=head,
    phrases=PHRASES,
    label_noun=label_noun,
    weights=partial(load_weights, __name__),
    page=PAGE,
)
