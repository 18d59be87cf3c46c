"""The `duoyin` command: which commands there are; errors for people; exit codes that mean something.

A command is a file of its name in this folder, with its options, its work and what it prints, and a row in `COMMANDS`.
The file is imported when the command is named, so that each start pays only for what it uses.

Exit codes: 0 done · 1 a check was missed · 2 something to mend (one message says what) · 70 a bug, with its
traceback · 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer
import typer.core
import typer.main

from flows.cli.words import say, say_error
from flows.workspace import stopping

COMMANDS: Mapping[str, str] = {
    "audiobook": "Turn a book into a finished audiobook. Run again to go on after a stop; only what changed is made.",
    "dub": "Turn subtitles into a dub track in sync. Run again to go on after a stop; only what changed is made.",
    "run": "Submit a deployment to a running Prefect server (`audiobook` means audiobook/audiobook).",
    "inspect": "What is read of a file, chapter by chapter, and what is left out and why.",
    "script": "Write (or renew) the script of a project and say where it is.",
    "retake": "Take one line again, in other words, voice or tempo, and hear it; or take that back.",
    "takes": "What a project's takes are kept for; with --prune, delete those that nothing needs.",
    "studio": "Hear a book line by line in the browser, see what is doubtful, and mend it.",
    "voices": "List the voices of an engine, or hear them.",
    "cast": "Who speaks, how much, in which voice; review what is doubtful, or look at it all on a page.",
    "audition": "One short file a character, from its own lines in its voice.",
    "say": "How a text is read; with --explain why, with --audio or --stream aloud.",
    "check": "Measure a delivered file: loudness, true peak, noise floor, chapter marks. "
    "Exit 1 when a limit is missed.",
    "proof": "Listen to a project's takes and say which lines are doubtful. Exit 1 when one is.",
    "log": "Who was synthesized when, in which file, under which consent; with --verify, whether the log is whole.",
    "fleet": "Several machines that speak one book: make this one a host, see what they do, send them home.",
    "bench": "What is measured on this machine: how well work is shared out over many workers.",
    "doctor": "What is installed: Python, ffmpeg, models, device, disk. Exit 1 when something needed is missing.",
    "licenses": "The licences of the models and voices in use.",
    "models": "Models on this machine: list, pull, import, export.",
    "voice": "Voices of your own: add, list, withdraw, train on a minute of speech, check, export.",
}
"""Every command with its line of `duoyin --help`, in that order.

`flows/cli/NAME.py` holds `NAME`: a function, or a Typer of several.
"""

BUG = 70
"""Exit code of an error nobody foresaw (EX_SOFTWARE of sysexits.h)."""

STOPPED = 130
"""Exit code after Ctrl-C (128 + SIGINT)."""

STOP_MESSAGE = "duoyin: stopped; run the same command again to go on from here"


def command(name: str) -> Any:
    """A command of `COMMANDS`, made of its file: one of Click's, as Typer makes it."""
    made = getattr(importlib.import_module(f"flows.cli.{name}"), name)
    alone = typer.Typer(add_completion=False)
    if isinstance(made, typer.Typer):
        alone.add_typer(made, name=name, help=say(COMMANDS[name]), no_args_is_help=True)
        group: Any = typer.main.get_command(alone)
        return group.commands[name]
    alone.command(name, help=say(COMMANDS[name]))(made)
    return typer.main.get_command(alone)


class _Named(typer.core.TyperGroup):
    """Makes a command when it is named; the list of all needs their help lines only."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, command(name) if name else listed, rest


app = typer.Typer(
    cls=_Named,
    name="duoyin",
    help=say("Novels to multi-voice audiobooks, subtitles to dub tracks, on your own machine."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _line in COMMANDS.items():
    app.command(_name, help=say(_line))(lambda: None)


def main() -> None:
    """Entry point of the console script."""
    stopping.listen(at_last=_leave_stopped)
    # jieba says this of its own imports on every run; whoever reads a book can do nothing about it
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)
    # … and so does the jieba of our workers
    os.environ.setdefault("PYTHONWARNINGS", "ignore:pkg_resources is deprecated:UserWarning")
    try:
        code = _run()
    except BaseException:
        if not stopping.asked():
            raise
        code = STOPPED  # Ctrl-C as it was raised, or as Prefect passes on a SIGTERM
    if code == STOPPED:
        _leave_stopped()
    sys.exit(code)


def _run() -> int:
    """Run the command; returns its exit code."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        return STOPPED
    except BrokenPipeError:
        _leave(0)
    except Exception as error:  # noqa: BLE001 - the last border: whatever it is, a person is told
        if stopping.asked():
            return STOPPED  # what was cut short in its work may complain of that
        from normalizers import DuoyinError

        if isinstance(error, DuoyinError):
            _fail(say_error(error), error.exit_code)
        usage = _usage_message(error)
        if usage is None:
            traceback.print_exc()
            _fail(say("this is a bug in Duoyin; please report the lines above"), BUG)
        if not usage:  # `duoyin` alone: its help is printed already
            _leave(2)
        _fail(usage, 2)
    return code if isinstance(code, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"duoyin {version('duoyin')}")
        raise typer.Exit


@app.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


def _usage_message(error: Exception) -> str | None:
    """The words of a wrong command line, with where its help is; "" where that was printed; None for anything else."""
    message = getattr(error, "format_message", None)
    if not callable(message):
        return None
    words = str(message()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "duoyin"
    return f"{words}\n  → {path} --help" if words else ""


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"duoyin: {message}", err=True)
    _leave(code)


def _leave_stopped() -> NoReturn:
    """End now, with the message; also where another thread holds what `print` needs."""
    stopping.leave()
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), f"{say(STOP_MESSAGE)}\n".encode())
    os._exit(STOPPED)


def _leave(code: int) -> NoReturn:
    """End now: Prefect's threads would take seconds to join and would print their cancellation."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
