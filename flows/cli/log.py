"""`duoyin log`: who was synthesized when, in which file, under which consent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json
from flows.cli.results import Result, show, table
from flows.workspace.logs import Log, logs_below
from normalizers import DuoyinError
from tts_core.files import write_atomically

COLUMNS = ("project", "what", "at", "by", "voice", "consent", "file", "sha256", "line", "take", "engine")


def log(
    folder: Annotated[Path, typer.Argument(help="A project, or a folder with projects below it.")] = Path(
        "."
    ),
    voice: Annotated[str | None, typer.Option(help="Only what this voice was heard in.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Say whether every entry is there as it was written.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Also write every entry as CSV here.")] = None,
    as_json: Json = False,
) -> None:
    """Print the finished files and the voices in them; with `--verify`, exit 1 where an entry is missing or changed."""
    logs = logs_below(folder)
    if not logs:
        raise DuoyinError(
            "no project was made here yet",
            where=str(folder),
            hint="Name a project's folder, or one above it.",
        )
    if verify:
        show(_verified(logs), as_json=as_json)
        return
    rows = [row for each in logs for row in _rows(each, folder) if voice in (None, row["voice"])]
    if out is not None:
        write_atomically(out, _csv(rows))
    show(Result(rows, _text(rows)), as_json=as_json)


def _rows(log: Log, folder: Path) -> Iterator[dict[str, Any]]:
    """A row for each voice of a finished file and each line that was spoken, oldest first."""
    empty = dict.fromkeys(COLUMNS, "")
    for entry in log.entries:
        facts = entry.facts
        common = {
            **empty,
            "project": log.named_below(folder),
            "what": facts["what"],
            "at": facts["at"],
            "by": facts["user"],
        }
        for name, consent in facts.get("voices", {}).items():
            yield {
                **common,
                "voice": name,
                "consent": consent,
                "file": facts["file"],
                "sha256": facts["sha256"],
            }
        for use in facts.get("uses", ()):
            yield {**common, **use, "take": facts["take"], "engine": facts["engine"]}


def _text(rows: Sequence[dict[str, Any]]) -> str:
    files = [
        [row["project"], row["file"], row["at"], row["by"], row["voice"], row["consent"]]
        for row in rows
        if row["what"] == "delivered"
    ]
    spoken: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["what"] == "spoken":
            spoken.setdefault((row["voice"], row["consent"]), []).append(row)
    said = [
        [name, len(some), some[0]["at"], some[-1]["at"], consent] for (name, consent), some in spoken.items()
    ]
    tables = [
        table("Finished files", ["project", "file", "at", "by", "voice", "consent or licence"], files),
        table("Spoken", ["voice", "lines", "first", "last", "consent or licence"], said, right=[1]),
    ]
    return "\n\n".join(text for text, some in zip(tables, (files, said)) if some) or "Nothing was spoken yet."


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _verified(logs: Sequence[Log]) -> Result:
    found = {str(log.project): log.problems() for log in logs}
    lines = [
        f"{project}: {'; '.join(problems)}" if problems else f"{project}: whole"
        for project, problems in found.items()
    ]
    entries = sum(len(log.entries) for log in logs)
    return Result(found, "\n".join([*lines, f"{entries} entries looked at"]), not any(found.values()))
