"""The report of a finished book or dub: one page for people, and the same facts as JSON, beside the finished file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.making.report.clips import Stretch, clips, data_address, samples
from flows.making.report.facts import Made, book_facts
from flows.making.report.page import report_page
from flows.mastering.cover import prepare_cover
from flows.workspace.project import page_file, report_file
from normalizers import DuoyinError
from tts_core.files import write_atomically

COVER_SIDE = 360
"""Pixels of the cover on the page: twice what it is shown at."""


def report_book(made: Made, delivered: Mapping[str, Any], *, workers: int) -> None:
    """Write the page and report.json of an audiobook.

    Args:
        delivered: the delivery as plain data.
        workers: sounds cut at once.

    Raises:
        CannotWrite: no room for them.
        DuoyinError: the finished file cannot be read any more.
    """
    facts, places = book_facts(made, delivered), made.places()
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


def write_report(finished: Path, facts: Mapping[str, Any], page: str) -> None:
    """Write facts and page beside a finished file. Raises `CannotWrite`."""
    write_atomically(report_file(finished), (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())
    write_atomically(page_file(finished), page.encode())


def _thumbnail(data: bytes) -> str:
    try:
        return data_address("image/jpeg", prepare_cover(data, longest=COVER_SIDE))
    except DuoyinError:  # a broken picture; mastering has warned of it
        return ""
