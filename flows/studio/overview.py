"""A book at a glance: is it ready, what is doubtful, who speaks, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.making.report.page import listening_minutes, report_plots, state
from flows.studio.book import Book, Shown, speakers
from flows.studio.shelf import title_of

BINS = 240
"""Places of a book at which doubts are drawn."""
MOST_PEOPLE = 12
MOST_DOUBTS = 8
SECONDS_A_LINE = 6.0
"""Taken for the length of a line that has no sound yet."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A book at a glance.

    Args:
        state: `empty` (no script yet), `unspoken`, `speaking` (in part), `doubts`, `missed` or `passed`.
        lines: that are read. spoken: of these, with sound. left_out: taken out by a person. edited: changed by one.
        doubts: (line id, text, speaker, kinds, language) of doubtful lines, most at stake first.
        places: (percent from the left, line id) of doubts over the book.
        chapters: (title, share of the longest, length in words, first line id). people: (name, share of all speech).
        facts: of the newest report. plots: its drawings; None where there is none.
        left_texts: what the report says is not read, by reason.
        problem: why a file of it cannot be read.
    """

    id: str
    title: str
    name: str
    state: str
    lines: int = 0
    spoken: int = 0
    left_out: int = 0
    edited: int = 0
    seconds: float = 0.0
    minutes: int = 0
    doubts: Sequence[Mapping[str, Any]] = ()
    places: Sequence[tuple[float, str]] = ()
    chapters: Sequence[Mapping[str, Any]] = ()
    people: Sequence[tuple[str, float]] = ()
    facts: Mapping[str, Any] | None = None
    plots: Mapping[str, Any] | None = None
    left_texts: Sequence[Mapping[str, Any]] = ()
    problem: str = ""


def overview(book: Book, shown: Shown, rows: Sequence[Mapping[str, Any]]) -> Overview:
    """Look at a book.

    Args:
        rows: as the page has them.
    """
    read = [row for row in rows if not row.get("out")]
    spoken = [row for row in read if "key" in row]
    doubtful = sorted((row for row in read if "doubts" in row), key=lambda row: -row["weight"])
    places = {
        round(100 * k / max(1, len(read)) * BINS / 100): row["id"]
        for k, row in enumerate(read)
        if "doubts" in row
    }
    talkers = [row for row in speakers(shown.written.lines) if row["characters"]]
    letters = sum(row["characters"] for row in talkers) or 1
    facts = book.facts()
    return Overview(
        id=book.id,
        title=title_of(book),
        name=book.name,
        state=_state(read, spoken, doubtful, facts),
        lines=len(read),
        spoken=len(spoken),
        left_out=len(rows) - len(read),
        edited=sum(1 for row in rows if "edited" in row),
        seconds=sum(row.get("seconds", 0.0) + row["pause"] for row in spoken),
        minutes=listening_minutes([{"seconds": row.get("seconds", SECONDS_A_LINE)} for row in doubtful]),
        doubts=doubtful,
        places=[(100 * at / BINS, line) for at, line in places.items()],
        chapters=_chapters(shown, read),
        people=[(row["name"], row["characters"] / letters) for row in talkers],
        facts=facts,
        plots=_plots(facts),
        left_texts=_left(facts),
        problem=shown.problem,
    )


def _state(
    read: Sequence[object],
    spoken: Sequence[object],
    doubtful: Sequence[object],
    facts: Mapping[str, Any] | None,
) -> str:
    if not read:
        return "empty"
    if not spoken:
        return "unspoken"
    if facts is not None and _verdict(facts) == "missed":
        return "missed"
    if doubtful:
        return "doubts"
    return "passed" if facts is not None else "speaking"


def _verdict(facts: Mapping[str, Any]) -> str:
    try:
        return state(facts)
    except (KeyError, TypeError):
        return ""  # a report of another version: nothing is said of it


def _plots(facts: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    try:
        return report_plots(facts) if facts is not None else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None  # a report of another version: nothing is drawn of it


def _left(facts: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    told = facts.get("left_out_texts") if facts is not None else None
    rows = told if isinstance(told, list) else []
    return [row for row in rows if isinstance(row, dict) and row.keys() >= {"reason", "characters", "texts"}]


def _chapters(shown: Shown, read: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for row in read:
        chapter = made.setdefault(
            row["chapter"],
            {"title": shown.written.titles[row["chapter"]], "first": row["id"], "seconds": 0.0, "lines": 0,
             "letters": 0, "doubts": 0},
        )  # fmt: skip
        chapter["seconds"] += row.get("seconds", 0.0) + (row["pause"] if "key" in row else 0.0)
        chapter["lines"] += 1
        chapter["letters"] += len(row["text"])
        chapter["doubts"] += "doubts" in row
    longest = max((chapter["letters"] for chapter in made.values()), default=1) or 1
    return [{**chapter, "share": chapter["letters"] / longest} for chapter in made.values()]
