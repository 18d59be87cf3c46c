"""Lines that a person split or joined, and what of the page each of them is.

A part of a line has its id and a number, `0123456789ab-57`: parts stand behind their line, in the order of these.
A line that was joined with the next one has the words of both, and the next one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import takewhile

from flows.script.line import Line

PART = re.compile("(.+)-([0-9]{1,6})")
LARGEST_NUMBER = 999_999


def stem_of(line_id: str) -> str:
    """The id of the line that a part is of; of another line its own."""
    part = PART.fullmatch(line_id)
    return part[1] if part else line_id


def number_of(line_id: str) -> int:
    """The number of a part among those of its line; 0 for the line itself."""
    part = PART.fullmatch(line_id)
    return int(part[2]) if part else 0


def part_id(stem: str, number: int) -> str:
    """The id of a part."""
    return f"{stem}-{number}"


def placed(whole: Line, parts: Sequence[Line]) -> list[Line]:
    """Parts with their places on the page: together they are all that `whole` prints, each with the words it has of it.

    A part with other words has what is left between its neighbours.

    Args:
        whole: the line as it was generated. parts: in order; the first may be what is left of the line itself.
    """
    places: list[int] = []
    end = 0
    for part in parts:
        found = whole.text.find(part.text, end)
        places.append(end if found < 0 else found)
        end = places[-1] if found < 0 else found + len(part.text)
    if parts[0].id == whole.id:
        places[0] = 0  # what a person took from before its words was still its own
    made = []
    for part, first, after in zip(parts, places, [*places[1:], len(whole.text)], strict=True):
        stretch = whole.text[first:after]
        start = first + len(stretch) - len(stretch.lstrip())
        upto = max(start, first + len(stretch.rstrip()))
        as_printed = whole.text[start:upto] == part.text
        hints = [hint.moved(-start) for hint in whole.hints if start <= hint.start and hint.end <= upto]
        made.append(
            replace(
                part,
                start=whole.start + start,
                end=whole.start + upto,
                hints=tuple(hints) if as_printed else (),
            )
        )
    return made


def before_parts(whole: Line, parts: Sequence[Line]) -> Line | None:
    """What was left out of a line of which only parts are read; None where they have all its words.

    Args:
        parts: as `placed` gives them.
    """
    text = whole.text[: parts[0].start - whole.start].rstrip()
    return replace(whole, text=text, end=whole.start + len(text)) if text else None


def joined(line: Line, generated: Sequence[Line], at: int, removed: Collection[str]) -> tuple[Line, int]:
    """A line that has its own words and those of the next ones, which are left out, with the place of all of them.

    Args:
        line: as edited. generated: the lines as they were generated. at: index of the line in them.
        removed: ids of the lines that are left out.

    Returns: the line, and how many of the next ones it has; as it is and 0 where it has other words.
    """
    whole = generated[at]
    following = takewhile(
        lambda other: (
            other.id in removed and (other.chapter, other.paragraph) == (whole.chapter, whole.paragraph)
        ),
        (
            generated[number] for number in range(at + 1, len(generated))
        ),  # a slice of each would be the book squared
    )
    for count, other in enumerate(following, 1):
        text = whole.text + " " * (other.start - whole.end) + other.text
        if not line.text.startswith(text):
            break
        hints = (*whole.hints, *(hint.moved(len(text) - len(other.text)) for hint in other.hints))
        whole = replace(whole, end=other.end, text=text, hints=hints)
        if text == line.text:
            return replace(line, end=whole.end, hints=hints), count
    return line, 0
