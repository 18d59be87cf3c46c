"""The `duoyin` command: which commands there are; errors for people; exit codes that mean something.

A command is a file of its name in this folder, with its options, its work and what it prints, and a row in `COMMANDS`.
The file is imported when the command is named, so that each start pays only for what it uses. It stands in one of three
places (`PLACES`), whose name may come before it or not: `duoyin book script` is `duoyin script`.

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
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import typer
import typer.core
import typer.main

from flows.cli.help import in_language
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
    "voice": "Voices of your own: add, list, withdraw, train on a minute of speech, check, export; "
    "`duoyin voice presets` is `duoyin voices`.",
}
"""Every command with its line of `duoyin --help`.

`flows/cli/NAME.py` holds `NAME`: a function, or a Typer of several.
"""

BUG = 70
"""Exit code of an error nobody foresaw (EX_SOFTWARE of sysexits.h)."""

STOPPED = 130
"""Exit code after Ctrl-C (128 + SIGINT)."""

STOP_MESSAGE = "duoyin: stopped; run the same command again to go on from here"


@dataclass(frozen=True, slots=True)
class Place:
    """What commands are about: books, voices, this machine.

    Args:
        title: above its commands in `duoyin --help`.
        line: of the place itself, which is a command, too.
        commands: what they are called after the name of the place, with their names where those are others.
    """

    title: str
    line: str
    commands: Mapping[str, str | None]

    def called(self) -> dict[str, str]:
        """Commands by what they are called after the name of the place."""
        return {called: name or called for called, name in self.commands.items()}


PLACES: Mapping[str, Place] = {
    "book": Place(
        "Book or dub",
        "A book or a dub from its file to the finished sound. `duoyin book make` is `duoyin audiobook`; "
        "the others are called with `book` or without.",
        {"make": "audiobook"}
        | dict.fromkeys(
            (
                "dub",
                "inspect",
                "script",
                "cast",
                "audition",
                "studio",
                "proof",
                "retake",
                "takes",
                "check",
                "log",
                "run",
            )
        ),
    ),
    "voice": Place("Voices", COMMANDS["voice"], {"presets": "voices", "say": None}),
    "machine": Place(
        "This machine",
        "What is on this machine, and others beside it; called with `machine` or without.",
        dict.fromkeys(("doctor", "models", "fleet", "bench", "licenses")),
    ),
}
"""Where each command belongs: it is called with its place before it, or without."""


def command(name: str) -> Any:
    """A command of `COMMANDS`, or a place, made of its file: one of Click's, as Typer makes it."""
    alone = typer.Typer(add_completion=False)
    made = getattr(importlib.import_module(f"flows.cli.{name}"), name) if name in COMMANDS else typer.Typer()
    if name in PLACES:
        own, made = made, _list(PLACES[name].called())
        made.add_typer(own)
    if not isinstance(made, typer.Typer):
        alone.command(name, help=COMMANDS[name])(made)
        return in_language(typer.main.get_command(alone))
    alone.add_typer(made, name=name, help=_line(name), no_args_is_help=True)
    group: Any = typer.main.get_command(alone)
    return in_language(group.commands[name])


def every_command() -> Any:
    """`duoyin` itself, of which each command is made when it is named."""
    return in_language(typer.main.get_command(app))


def _line(name: str) -> str:
    return PLACES[name].line if name in PLACES else COMMANDS[name]


def _list(
    commands: Mapping[str, str], titles: Mapping[str, str] | None = None, **options: Any
) -> typer.Typer:
    """Commands that are made when they are named; the list of all needs their help lines only.

    Args:
        commands: keys of `COMMANDS` or `PLACES`, by what they are called here.
        titles: above which of them stands what.
        options: of Typer.
    """

    class Named(typer.core.TyperGroup):
        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, listed, rest = super().resolve_command(ctx, args)
            found = commands.get(name or "")
            return name, command(found) if found else listed, rest

    made = typer.Typer(cls=Named, **options)
    for called, name in commands.items():
        title = titles[name] if titles else None
        made.command(called, help=_line(name), rich_help_panel=title)(lambda: None)
    return made


_TITLES = {name: place.title for key, place in PLACES.items() for name in (key, *place.called().values())}
app = _list(
    {name: name for name in _TITLES},
    _TITLES,
    name="duoyin",
    help="Novels to multi-voice audiobooks, subtitles to dub tracks, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
        code = every_command()(standalone_mode=False)
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
        usage = usage_message(error)
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


def usage_message(error: Exception) -> str | None:
    """What is wrong with a command line, in the language of the person, with where its help is.

    Returns: "" where the help was printed, None for any other error.
    """
    message = getattr(error, "format_message", None)
    if not callable(message):
        return None
    words = say(str(message()).rstrip("."))
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
