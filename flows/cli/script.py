"""`duoyin script`: write or renew script.jsonl."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import BookOrProject, Json, project_folder
from flows.cli.results import Result, noted, show, table
from flows.making.book import read_book, warnings
from flows.workspace.project import open_locked

SPEAKERS_SHOWN = 20


def script(
    source: BookOrProject,
    project: Annotated[Path | None, typer.Option(help="The project folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write the script and print who speaks how many of its lines."""
    with open_locked(project_folder(source, project)) as opened:
        book = read_book(opened)
    ranked = Counter(line.speaker for line in book.script.lines).most_common()
    told = warnings(book)
    data = {
        "script": str(opened.script_file),
        "lines": len(book.script.lines),
        "edited": sorted(book.script.edited),
        "removed": [line.id for line in book.script.removed],
        "orphaned": list(book.script.orphaned),
        "speakers": dict(ranked),
        "warnings": told,
    }
    text = (
        f"{opened.script_file}\n{len(book.script.lines)} lines in {len(book.manuscript.chapters)} chapters, "
        f"{len(book.script.edited)} edited, {len(book.script.removed)} deleted\n\n"
        + table("", ["speaker", "lines"], ranked[:SPEAKERS_SHOWN], right=[1])
    )
    show(Result(data, "\n\n".join([text, *noted(told)])), as_json=as_json)
