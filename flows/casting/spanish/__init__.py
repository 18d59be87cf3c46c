"""Spanish as casting reads it: `READER`. Dashes and tags tell names; turn-taking, as for any language, tells
the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from flows.casting.model.features import FEATURES
from flows.casting.plain import mark_mentions, turn_taking
from flows.casting.quotes import Conventions, Quoted, ends_like_speech
from flows.casting.reader import FirstPerson, Reader
from flows.casting.spanish.page import PAGE
from flows.casting.spanish.people import add_short_forms, find_people, tell_genders
from flows.casting.spanish.rayas import RAYA_START, next_aside
from flows.casting.spanish.turns import find_turns
from flows.casting.spanish.words import SAID, label_noun

LEAST_SURE = 0.45
"""Probability below which nobody is named: less than where nobody is tagged, since tags hold the turns between them."""
_TAG_FOLLOWS = re.compile(rf"\s*,?\s*(?:{SAID})(?!\w)")


def is_speech(quoted: Quoted) -> bool:
    """Words in marks that a verb of saying follows, or that end like speech: «Te espero», contestó."""
    return ends_like_speech(quoted) or _TAG_FOLLOWS.match(quoted.text, quoted.end) is not None


@cache
def weights() -> Mapping[str, float]:
    """Turn-taking, set by hand as for any language; a tag outweighs it, and who spoke lately is likelier to
    speak again."""
    table = dict(turn_taking())
    for feature in FEATURES:
        kind, *rest = feature.split()
        if kind == "tag" and "sure" in rest:
            table[feature] = {"is": 8.0, "other": -8.0}.get(rest[-1], 0.0)
        elif kind == "gender":
            table[feature] = {"agree": 1.0, "clash": -3.0}.get(rest[-1], 0.0)
        elif kind == "recency" and rest[0].isdigit():
            table[feature] = 1.0 - 0.25 * int(rest[0])
    return table


READER = Reader(
    language="es",
    conventions=Conventions(is_speech=is_speech, dash=RAYA_START, next_aside=next_aside),
    find_people=find_people,
    add_short_forms=add_short_forms,
    mark_mentions=mark_mentions,
    tell_genders=tell_genders,
    find_turns=find_turns,
    first_person=FirstPerson(re.compile(r"(?!)"), lambda narration: 0.0, 1.0),
    weights=weights,
    page=PAGE,
    least_sure=LEAST_SURE,
    label_noun=label_noun,
)
