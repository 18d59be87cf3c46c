"""`duoyin inspect`: what is read of a file, or of a project's source as its settings ask for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import sources
from flows.cli.options import Json, existing_file
from flows.cli.results import Result, noted, show, table
from flows.sources.options import ReadOptions
from flows.sources.subtitles import inspect_subtitles

ROWS_OF_A_REASON = 20
"""Texts shown of those that are left out of subtitles for one reason; `--json` has all."""


def inspect(
    file: Annotated[Path, typer.Argument(help="A book, a subtitle file or a project folder.")],
    as_json: Json = False,
) -> None:
    """Print chapters and what is left out of a book, or speakers and what is left out of subtitles."""
    options = ReadOptions()
    if file.is_dir():
        from flows.making.book import read_options
        from flows.workspace.project import open_project

        project = open_project(file)
        file, options = project.existing_source, read_options(project)
    existing_file(file)
    result = _subtitles(file) if sources.is_subtitle(file) else _book(file, options)
    show(result, as_json=as_json)


def _book(file: Path, options: ReadOptions) -> Result:
    data = sources.inspect_manuscript(sources.read(file, options))
    totals = data["totals"]
    chapters = [[i, c["title"], c["characters"], c["source"]] for i, c in enumerate(data["chapters"], 1)]
    left = [[item["reason"], item["characters"], item["sample"]] for item in _by_reason(data["left_out"])]
    parts = [
        f"{data['title']} · {', '.join(data['authors']) or 'author unknown'} · "
        f"{data['language'] or 'language unknown'}\n"
        f"{totals['read_characters']} of {totals['source_characters']} characters are read, "
        f"{totals['left_out_characters']} left out",
        table("Chapters", ["", "title", "characters", "source"], chapters, right=[0, 2])
        if chapters
        else "No chapter: there is nothing to read aloud.",
    ]
    if left:
        parts.append(table("Left out", ["reason", "characters", "for example"], left, right=[1]))
    replaced = [[item["find"], item["with"], item["hits"]] for item in data["replaced"]]
    if replaced:
        parts.append(table("Replaced", ["what", "read instead", "times"], replaced, right=[2]))
    return Result(data, "\n\n".join([*parts, *noted(data["warnings"])]))


def _subtitles(file: Path) -> Result:
    data = inspect_subtitles(file)
    speakers = sorted(data["speakers"].items(), key=lambda pair: -pair[1])
    left = _first_of_each_reason(data["left_out"])
    parts = [
        f"{file.name} · {data['format']} in {data['encoding']} · {data['language']}\n"
        f"{data['spoken_cues']} of {data['cues_in_file']} cues have something to say"
    ]
    if speakers:
        parts.append(table("Speakers", ["name", "turns"], speakers, right=[1]))
    if left:
        parts.append(table("Left out", ["reason", "line", "characters", "sample"], left, right=[1, 2]))
    return Result(data, "\n\n".join([*parts, *noted(data["warnings"])]))


def _first_of_each_reason(left_out: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Rows of what is left out in the order of the file: the first of each reason, the others in one row."""
    seen: Counter[str] = Counter()
    rows: list[list[Any]] = []
    more: dict[str, list[Any]] = {}
    for item in left_out:
        reason = item["reason"]
        seen[reason] += 1
        if seen[reason] <= ROWS_OF_A_REASON:
            rows.append([reason, item["line"], item["characters"], item["sample"]])
        else:
            row = more.setdefault(reason, [reason, "", 0, ""])
            row[2] += item["characters"]
            row[3] = f"… + {seen[reason] - ROWS_OF_A_REASON}"
    return [*rows, *more.values()]


def _by_reason(left_out: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Left-out stretches summed by reason, each with its first sample."""
    merged: dict[str, dict[str, Any]] = {}
    for item in left_out:
        entry = merged.setdefault(
            item["reason"], {"reason": item["reason"], "characters": 0, "sample": item["sample"]}
        )
        entry["characters"] += item["characters"]
    return list(merged.values())
