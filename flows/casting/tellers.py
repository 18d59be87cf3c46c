"""Who tells which part of a book: journals, letters and chapters that say at their head whose words follow."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flows.casting.narrator import is_first_person
from flows.casting.people import Head, Part, People
from flows.casting.prose import Prose
from flows.casting.reader import Reader
from flows.casting.turns import Turn

LONGEST_HEAD = 120
"""Characters of a paragraph that may be a head; a printed heading may be longer."""
AT_THE_TOP = 3
"""Paragraphs from the beginning of a chapter in which a head is one of the chapter, and holds beyond it."""
ENOUGH_WORDS = 30
"""Of the narration of a part, to say that it is told in the first person."""
HEADED_FROM = 0.25
"""Share of the book before which its first head must stand for a head of a chapter to hold beyond it: who alone tells
what is read out somewhere in the middle tells no half of the book."""
NAMED, NAMED_ANYHOW = 0.0002, 2
"""How often a character of a part names its teller at most, beyond so many times: who tells says "I"."""
NAMED_CHAPTERS = 0.5
"""Share of the chapters that must be headed by a name alone before such a name is whoever tells the chapter."""


def parts_of(
    prose: Prose, people: People, reader: Reader, narration: Sequence[tuple[int, int]]
) -> list[Part]:
    """The parts that say whose they are, in order. Whoever is named by a head and nowhere else is added."""
    told = [
        (number, who, head)
        for number, head in _heads(prose, reader)
        if (who := _owner(head, prose, people, reader)) is not None
    ]
    named = {prose.chapter[number] for number, _, head in told if head.alone}
    if len(named) < max(2, NAMED_CHAPTERS * prose.chapters):
        told = [each for each in told if not each[2].alone]
    opening = {
        quote.paragraph
        for quote in prose.quotes
        if not prose.paragraph(quote.paragraph)[: quote.start].strip()
    }
    parts: list[Part] = []
    outer: int | None = None
    beyond = bool(told) and prose.starts[told[0][0]] <= HEADED_FROM * len(prose.text)
    for k, (number, who, head) in enumerate(told):
        until = _until(prose, number, told[k + 1][0] if k + 1 < len(told) else len(prose.starts), beyond)
        last = number + 1
        while head.letter and last < until and last in opening:
            last += 1
        begin, end = prose.ends[number], prose.ends[until - 1]
        if last > number + 1:
            parts.append(Part(begin, prose.ends[last - 1], who, quoted=True))
            if outer is not None and last < until and prose.chapter[last] == prose.chapter[number]:
                parts.append(Part(prose.starts[last], end, outer))  # the journal goes on
        elif _is_told_by(
            {head.name, people.persons[who].name}, prose, reader, _within(narration, begin, end)
        ):
            parts.append(Part(begin, end, who))
            outer = outer if head.letter else who
    return parts


def fix_letters(turns: Sequence[Turn], parts: Sequence[Part]) -> list[Turn]:
    """Turns, with those of letters in marks of quotation given to their writers."""
    quoted = [part for part in parts if part.quoted]
    fixed = []
    for turn in turns:
        writer = teller_at(quoted, turn.start)
        if writer is not None and turn.fixed is None:
            turn = replace(turn, fixed=writer, letter=True)
        fixed.append(turn)
    return fixed


def letters_of(prose: Prose, parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Quotes that take no turn, as they are of a letter whose writer is known; each with the id of the writer."""
    quoted = [part for part in parts if part.quoted]
    for i, quote in enumerate(prose.quotes):
        who = (
            teller_at(quoted, prose.starts[quote.paragraph] + quote.start) if quote.kind == "letter" else None
        )
        if who is not None:
            yield i, who


def teller_at(parts: Sequence[Part], place: int) -> int | None:
    """Who tells what stands at `place`; None outside of all parts."""
    k = bisect_right(parts, place, key=lambda part: part.start) - 1
    return parts[k].teller if k >= 0 and place < parts[k].end else None


def outside(parts: Sequence[Part], narration: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches of narration that begin in no part."""
    return [(start, end) for start, end in narration if teller_at(parts, start) is None]


def _heads(prose: Prose, reader: Reader) -> Iterator[tuple[int, Head]]:
    quoted = {quote.paragraph for quote in prose.quotes if quote.kind != "narration"}
    for number in range(len(prose.starts)):
        heading = prose.headings.get(number, "")
        text = heading or prose.paragraph(number).strip()
        if not heading and (len(text) > LONGEST_HEAD or number in quoted):
            continue
        head = reader.head(text) if text else None
        if head is not None and (heading or not head.alone):
            yield number, head


def _owner(head: Head, prose: Prose, people: People, reader: Reader) -> int | None:
    """The person of a head; added where the name is a full one that nobody has."""
    wanted = head.name.casefold()
    fits: dict[int, tuple[float, int]] = {}
    for person in people.persons:
        for alias in person.aliases:
            name = alias.casefold()
            longer, shorter = (name, wanted) if head.alone else (wanted, name)  # Jonathan, of Jonathan Harker
            if name == wanted or re.search(rf"\b{re.escape(shorter)}\b", longer):
                alike = float("inf") if name == wanted else len(shorter) / len(longer)
                fits[person.id] = max(fits.get(person.id, (0.0, 0)), (alike, sum(person.aliases.values())))
    if fits:
        return max(fits, key=lambda who: fits[who])
    if not head.full:
        return None
    alone = People()
    alone.add(head.name).aliases[head.name] += 1
    reader.tell_genders(prose, alone, ())  # by the name
    told = alone.persons[0]
    person = people.add(head.name, gender=told.gender, evidence=told.gender_evidence)
    person.aliases[head.name] += 1
    return person.id


def _is_told_by(names: set[str], prose: Prose, reader: Reader, narration: Sequence[tuple[int, int]]) -> bool:
    """Whether stretches of narration say "I" and hardly name whoever has `names`."""
    if not is_first_person(prose, reader.first_person, narration, ENOUGH_WORDS):
        return False
    told = "\n".join(prose.text[start:end] for start, end in narration)
    named = max(told.count(name) for name in names)
    return named <= NAMED_ANYHOW + NAMED * len(told)


def _until(prose: Prose, number: int, following: int, beyond: bool) -> int:
    """The paragraph before which the part ends that has its head in paragraph `number`.

    Args:
        beyond: whether what is said at the top of a chapter holds until the next head, in whichever chapter it is.
    """
    chapter = prose.chapter[number]
    first = prose.chapter.index(chapter)
    if beyond and number - first < AT_THE_TOP:
        return following
    return min(
        following, next((p for p in range(number, following) if prose.chapter[p] != chapter), following)
    )


def _within(narration: Sequence[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """What of the narration, which is in order, lies in a stretch."""
    first = max(bisect_right(narration, begin, key=lambda stretch: stretch[0]) - 1, 0)
    last = bisect_left(narration, end, key=lambda stretch: stretch[0])
    return [(max(a, begin), min(b, end)) for a, b in narration[first:last] if b > begin]
