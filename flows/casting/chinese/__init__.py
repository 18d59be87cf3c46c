"""Chinese as casting reads it: `READER`."""

from __future__ import annotations

import re
from functools import partial

from flows.casting.chinese.gender import tell_genders
from flows.casting.chinese.heads import head
from flows.casting.chinese.introductions import chief_name, fix_introductions
from flows.casting.chinese.page import PAGE
from flows.casting.chinese.people import add_short_forms, find_people, mark_mentions
from flows.casting.chinese.quoting import CONVENTIONS
from flows.casting.chinese.renames import merge_renamed
from flows.casting.chinese.turns import find_turns
from flows.casting.chinese.words import label_noun
from flows.casting.model.weights import load_weights
from flows.casting.reader import FirstPerson, Reader

LETTERS_A_WORD = 1.6
"""Chinese letters that say as much as one English word."""
_HAN = re.compile("[\u4e00-\u9fff]+")

READER = Reader(
    language="zh",
    conventions=CONVENTIONS,
    find_people=find_people,
    add_short_forms=add_short_forms,
    mark_mentions=mark_mentions,
    tell_genders=tell_genders,
    find_turns=find_turns,
    merge_renamed=merge_renamed,
    fix_introductions=fix_introductions,
    chief_name=chief_name,
    first_person=FirstPerson(
        words=re.compile(r"我(?!们)"),
        count=lambda narration: sum(map(len, _HAN.findall(narration))) / LETTERS_A_WORD,
        rate=0.016,
    ),
    head=head,
    weights=partial(load_weights, __name__),
    page=PAGE,
    letters_to_tell=4,
    label_noun=label_noun,
)
