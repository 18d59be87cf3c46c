"""Spanish turns: dashes and marks as in any language, and the speaker whom a tag names."""

from __future__ import annotations

import re

from flows.casting import plain
from flows.casting.people import People
from flows.casting.prose import Prose
from flows.casting.spanish.people import Named, tagged
from flows.casting.spanish.words import SAID
from flows.casting.turns import Slot, Subject, Tag, Turn, quote_end, quote_start

TAG_REACH = 60
"""Letters between the speech and the verb of saying that still tag it."""
_NEW_SENTENCE = re.compile(r"[.;!?…]\s")
_PRONOUN = re.compile(rf"\W{{0,4}}(?:{SAID})\s+(?P<word>él|ella)(?!\w)")


def find_turns(prose: Prose, people: People) -> list[Turn]:
    """All turns of a book in order, with their tags: a name, a role or a pronoun that a verb of saying goes with."""
    turns = plain.find_turns(prose, people)
    owners = {alias: person.id for person in people.persons for alias in (person.name, *person.aliases)}
    by_paragraph: dict[int, list[Named]] = {}
    at = 0
    for who in tagged(prose.text):
        while prose.ends[at] <= who.start:
            at += 1
        by_paragraph.setdefault(at, []).append(who)
    for turn in turns:
        if not turn.label:
            turn.tag = _named_tag(prose, turn, by_paragraph.get(turn.paragraph, []), owners) or _pronoun_tag(
                prose, turn
            )
    return turns


def _named_tag(prose: Prose, turn: Turn, candidates: list[Named], owners: dict[str, int]) -> Tag | None:
    """The tag right behind a quote of the turn, or right before its first with a colon."""
    for who in candidates:
        owner = owners.get(who.name)
        slot = _slot(prose, turn, who)
        if owner is not None and slot is not None:
            words = prose.text[who.start : who.end]
            return Tag(Subject("name", who.start, (owner,), who.gender, words=words), slot, True, words)
    return None


def _slot(prose: Prose, turn: Turn, who: Named) -> Slot | None:
    """Where a name stands to the words it tags; None where it tags none of them."""
    for i in turn.quotes:
        end = quote_end(prose, i)
        if 0 <= who.start - end <= TAG_REACH and not _NEW_SENTENCE.search(prose.text, end, who.start):
            return "after"
    first = quote_start(prose, turn.quotes[0])
    if 0 <= first - who.end <= TAG_REACH and prose.text[who.end : first].rstrip(' —«“"').endswith(":"):
        return "colon"
    return None


def _pronoun_tag(prose: Prose, turn: Turn) -> Tag | None:
    """`dijo ella` behind a quote of the turn."""
    for i in turn.quotes:
        found = _PRONOUN.match(prose.text, quote_end(prose, i))
        if found:
            female = found["word"] == "ella"
            subject = Subject(
                "she" if female else "he",
                found.start("word"),
                gender="female" if female else "male",
                words=found["word"],
            )
            return Tag(subject, "after", True, found["word"])
    return None
