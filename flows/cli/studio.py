"""`duoyin studio`: hear a book line by line in the browser, and mend it."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.words import say, say_in


def studio(
    folder: Annotated[Path, typer.Argument(help="A project, or a folder with projects in it.")] = Path("."),
    port: Annotated[int | None, typer.Option(help="Default: 8155, or the next that is free.")] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Let other machines in by this address of yours; needs --token. Default: none."),
    ] = None,
    token: Annotated[str | None, typer.Option(help="The key of the page. Default: a new one.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open the page and answer it until q is typed, or Ctrl-C."""
    from flows.studio.server import open_studio, serve, when_told

    listening, address, app = open_studio(folder, host=host, port=port, token=token, translate=say_in)
    typer.echo(say(f"The studio is at {address.url}"))
    if host is not None:
        typer.echo(say("Whoever has this address can read and change these projects; it is not encrypted."))
    typer.echo(say("Ctrl-C, or q and Enter, ends it."))
    sys.stdout.flush()
    if not no_browser and sys.stdout.isatty():
        webbrowser.open(address.url)

    def begun(end: Callable[[], None]) -> None:
        when_told(sys.stdin.readline, end)

    serve(listening, app, begun)
