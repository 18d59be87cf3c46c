"""The report of an audiobook: its facts, a sound for each doubtful line and each voice, its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.making.report.clips import Stretch, clips, data_address, samples
from flows.making.report.facts import Made, book_facts
from flows.making.report.page import report_page
from flows.making.report.writing import write_report
from flows.mastering.cover import prepare_cover
from normalizers import DuoyinError

COVER_SIDE = 360
"""Pixels of the cover on the page: twice what it is shown at."""


def report_book(made: Made, delivered: Mapping[str, Any], *, workers: int) -> dict[str, Any]:
    """Write the page and report.json of an audiobook, and return the facts.

    Args:
        delivered: the delivery as plain data.
        workers: sounds cut at once.

    Raises:
        CannotWrite: no room for them.
        DuoyinError: the finished file cannot be read any more.
    """
    places = made.places()
    facts = book_facts(made, delivered, places)
    doubtful = [
        Stretch(row["id"], places[row["id"]].file, places[row["id"]].at, row["seconds"])
        for row in facts["proof"]["doubtful_lines"]
    ]
    heard = [(item.voice, places[item.line.id]) for item in made.planned if item.line.id in places]
    spoken = samples((voice, Stretch(voice, place.file, place.at, place.seconds)) for voice, place in heard)
    cover = made.book.manuscript.cover
    page = report_page(
        facts,
        clips=clips(doubtful, workers),
        samples=clips(spoken, workers),
        cover=_thumbnail(cover.data) if cover else "",
    )
    write_report(Path(delivered["path"]), facts, page)
    return facts


def _thumbnail(data: bytes) -> str:
    try:
        return data_address("image/jpeg", prepare_cover(data, longest=COVER_SIDE))
    except DuoyinError:  # a broken picture; mastering has warned of it
        return ""
