"""`duoyin retake`: take one line again, hear it, take that back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.cli.options import BookOrProject, Json, Quiet, project_folder
from flows.cli.playing import play
from flows.cli.results import Result, show, table
from flows.cli.terminal import reporter
from flows.making.engines import Engines
from flows.making.retake import Retaken, Wish, find_line, scripted
from flows.making.retake import retake as take_again
from flows.making.retake import undo as take_back
from flows.proof.verdict import in_words
from flows.sources import is_subtitle
from flows.workspace.ledger import Choice, Ledger, Why
from flows.workspace.progress import reporting
from flows.workspace.project import Project, open_locked
from normalizers import DuoyinError


def retake(
    source: BookOrProject,
    line: Annotated[
        str | None, typer.Option(help="The line: its id, the beginning of it, or some of its words.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Say this instead; what is printed stays. Empty: as printed.")
    ] = None,
    voice: Annotated[str | None, typer.Option(help="In this voice. Empty: the speaker's.")] = None,
    speed: Annotated[float | None, typer.Option(help="At this tempo, 1 = the voice's own.")] = None,
    take: Annotated[int | None, typer.Option(help="This take; 1 is the first. Default: the next.")] = None,
    listen: Annotated[bool, typer.Option("--listen", help="Play it.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to what was chosen before.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Only print the line's choices.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Speak the line anew, write the choice down and print what is new."""
    wish = Wish(text, voice, speed, take)
    if not line:
        raise DuoyinError(
            "which line?",
            where="--line",
            hint="Its id, or some of its words. Ids stand in script.jsonl (`duoyin script PROJECT`); doubtful "
            "lines are named by `duoyin proof PROJECT` and in the report.",
        )
    if (undo or history) and not wish.only_another:
        raise DuoyinError("--undo and --history go without --text, --voice, --speed and --take")
    with (
        reporter(quiet=quiet or as_json) as progress,
        reporting(progress),
        open_locked(project_folder(source)) as project,
        Ledger(project.ledger_file) as ledger,
    ):
        if history:
            result = _history(project, ledger, line)
        else:
            made = take_back(project, ledger, line) if undo else take_again(project, ledger, line, wish)
            result = _result(project, made, play(made.file) if listen else "")
    show(result, as_json=as_json)


def _result(project: Project, made: Retaken, played: str) -> Result:
    line = made.line.line
    data: dict[str, Any] = {
        "line": line.id,
        "chapter": line.chapter + 1,
        "speaker": line.speaker,
        "voice": made.line.voice,
        "text": line.text,
        "said": made.line.utterance.text if made.line.utterance else "",
        "speed": line.speed,
        "take": made.line.take,
        "seconds": round(made.seconds, 3),
        "file": str(made.file),
        "verdict": made.verdict.to_json() if made.verdict is not None else None,
        "unheard": made.unheard,
        "player": played,
    }
    product = "dub" if is_subtitle(project.source) else "audiobook"
    shown = [
        f"{line.id}  chapter {line.chapter + 1}, {line.speaker}: {line.text}",
        *([f"  said     {line.say}"] if line.say else []),
        f"  take     {made.line.take}, {made.seconds:.2f} s, {made.line.voice}"
        + (f" at {line.speed:g}" if line.speed != 1.0 else ""),
        f"  heard    {_heard(made)}",
        f"  file     {made.file}",
        *([f"  {played}"] if played else []),
        f"  `duoyin {product}` puts it into the file; `--undo` goes back."
        if made.undoable
        else f"  `duoyin {product}` puts it into the file.",
    ]
    return Result(data, "\n".join(shown))


def _heard(made: Retaken) -> str:
    if made.verdict is None:
        return f"nobody listened: {made.unheard}"
    return ": ".join(part for part in (made.verdict.outcome, in_words(made.verdict.findings)) if part)


def _history(project: Project, ledger: Ledger, wanted: str) -> Result:
    line = find_line(scripted(project, Engines(project)).lines, wanted)
    choices = ledger.history(line.id)
    stored = project.takes.present(c.key for c in choices)
    project.takes.fetch(stored)
    rows = [
        [c.at.replace("T", " ")[:16], c.user, c.take, c.voice, c.why, _because(c)]
        + ([] if c.key in stored else ["its sound is gone"])
        for c in choices
    ]
    data = {
        "line": line.id,
        "text": line.text,
        "choices": [
            {
                "at": c.at, "user": c.user, "take": c.take, "voice": c.voice, "why": c.why, "reason": c.reason,
                "changes": {name: list(pair) for name, pair in c.changes.items()},
                "file": str(project.takes.path(c.key)) if c.key in stored else None,
            }
            for c in choices
        ],
    }  # fmt: skip
    title = f"{line.id}  {line.text}"
    if not rows:
        return Result(data, f"{title}\nNothing is known of its takes yet.")
    return Result(data, table(title, ["when (UTC)", "who", "take", "voice", "why", "", ""], rows, right=[2]))


def _because(choice: Choice) -> str:
    if not choice.changes:
        return choice.reason
    way = "back to " if choice.why is Why.UNDONE else ""
    return ", ".join(f"{name} {way}{after!r}" for name, (_, after) in choice.changes.items())
