"""`duoyin check`: measure a delivered file against a profile, and against a project where one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Json, Quiet, existing_file
from flows.cli.results import Result, show, table
from flows.cli.terminal import reporter
from flows.cli.words import say
from flows.mastering.check import ExpectedChapter
from flows.mastering.check import check as measure
from flows.mastering.ffmpeg import decode, probe
from flows.mastering.profiles import profile as profile_of
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Reporter
from flows.workspace.project import Project, open_project, report_file
from flows.workspace.provenance import read_provenance
from normalizers import DuoyinError
from tts_core.durations import clock
from tts_core.files import write_atomically
from tts_core.mark import FOUND, MARK_RATE, Marked, Marker, stretches


def check(
    file: Annotated[Path, typer.Argument(help="A finished file: m4b, mp3, opus, flac, wav.")],
    profile: Annotated[str, typer.Option(help="audiobook, acx, podcast or ebu-r128.")] = "audiobook",
    project: Annotated[
        Path | None, typer.Option(help="Compare chapter marks and takes with this project.")
    ] = None,
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="Say who made it, in which voices, and whether it was changed."),
    ] = False,
    mark: Annotated[
        bool, typer.Option("--mark", help="Listen for the inaudible mark of synthetic speech.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the report as JSON here.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print what was measured; exit 1 where a limit is missed, or no mark is found."""
    existing_file(file)
    if mark:
        with reporter(quiet=quiet or as_json) as progress:
            found = _mark(file, progress)
        show(found, as_json=as_json)
        return
    if provenance:
        show(_provenance(file), as_json=as_json)
        return
    expected = missing = None
    if project is not None:
        opened = open_project(project)
        expected, missing = _chapters_made(file), _missing_takes(opened)
    report = measure(file, profile_of(profile), expected=expected, missing_takes=missing)
    if out is not None:
        write_atomically(out, f"{report.to_json()}\n".encode())
    show(Result(report.to_dict(), report.table(say), report.passed), as_json=as_json)


def _mark(file: Path, progress: Reporter) -> Result:
    """Where a file has the inaudible mark, and what that means."""
    listener, seconds = Marker(), probe(file).duration or 0.0
    progress.stage("Listening", file.name)
    heard: list[Marked] = []
    for each in listener.listen(decode(file, MARK_RATE, 1), MARK_RATE):
        heard.append(each)
        if seconds:
            progress.share(min(1.0, each.end / seconds))
    judged = [each for each in heard if each.confidence is not None]
    found = stretches(heard)
    if found:
        told = (
            f"The mark is there: in {sum(each.found for each in judged)} of {len(judged)} stretches of sound, from "
            + ", ".join(f"{clock(start)} to {clock(end)}" for start, end in found)
            + ".\nIt means that this sound was made or marked by a program that uses Perth, as Duoyin does. It does not"
            " say by whom, in which voice or from which text: see --provenance."
        )
    else:
        told = (
            "There is no mark."
            + ("" if judged else " There was too little sound to listen to.")
            + "\nIt does not mean that a person spoke: not every program marks what it makes, voices that come with"
            " the embedded engine are marked on request only, and a change of pitch removes the mark."
        )
    rows = [{"start": each.start, "end": each.end, "confidence": each.confidence} for each in heard]
    return Result({"marked": bool(found), "found_from": FOUND, "stretches": rows}, told, bool(found))


def _provenance(file: Path) -> Result:
    """What the record of a finished file tells, and whether it is to be trusted."""
    record = read_provenance(file)
    told = record.assertion("duoyin.voices")
    rows = [
        [row["voice"], row["engine"], ", ".join(row["speakers"]), row["licence"]]
        for row in told.get("voices", ())
    ]
    signed = f"signed with the key {record.signed_by}" if record.signed_by else "not signed"
    lines = [
        f"“{record.content['title']}”, synthetic speech, made by {record.content['by']} on {record.content['created']}",
        *(
            []
            if told.get("may_be_published", True)
            else ["It may not be published: a consent does not cover it."]
        ),
        table("", ["voice", "engine", "heard as", "consent or licence"], rows),
        *(record.problems or (f"The file is the one that was made; the record is {signed}.",)),
    ]
    data = {"record": record.content, "problems": record.problems, "signed_by": record.signed_by}
    return Result(data, "\n".join(lines), not record.problems)


def _chapters_made(file: Path) -> list[ExpectedChapter]:
    """The chapters that were delivered in a file, by the report that lies beside it."""
    report = report_file(file)
    if not report.is_file():
        raise DuoyinError(
            "this file has no report of its making", where=str(report), hint="Run `duoyin audiobook` again."
        )
    data = json.loads(report.read_text(encoding="utf-8"))
    return [ExpectedChapter(chapter["title"], chapter["seconds"]) for chapter in data["chapters"]]


def _missing_takes(project: Project) -> int:
    """How many takes of a project's script are not there."""
    with Ledger(project.ledger_file) as ledger:
        chosen = set(ledger.chosen())
        return len(chosen - project.takes.present(chosen))
