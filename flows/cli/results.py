"""What commands give back: text for people, data for programs, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import typer

from flows.cli.words import say, say_head, say_lines


@dataclass(frozen=True, slots=True)
class Result:
    """A command's result.

    Args:
        data: plain data, as `--json` prints it.
        text: what a person reads.
        passed: False makes the command leave with exit code 1.
    """

    data: Any
    text: str
    passed: bool = True


def show(result: Result, *, as_json: bool, aside: bool = False) -> None:
    """Print a result for people or, with `as_json`, for programs; `aside`: to standard error, where standard output
    carries something else. Raises `typer.Exit` where it did not pass."""
    shown = json.dumps(result.data, ensure_ascii=False, indent=2) if as_json else say_lines(result.text)
    typer.echo(shown, err=aside)
    if not result.passed:
        raise typer.Exit(1)


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()
) -> str:
    """A plain table as text, its title and heads in the language of the person; `right` are the columns aligned to the
    right."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=say(title) or None, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        drawn.add_column(say_head(column), justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    out = StringIO()
    # Wide enough for any name; a terminal wraps by itself, a log keeps its columns.
    Console(file=out, width=140, highlight=False, markup=False).print(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))


def noted(warnings: Sequence[str]) -> list[str]:
    """Warnings as one paragraph of a text; none where there are none."""
    return ["Worth knowing\n" + "\n".join(f"  {warning}" for warning in warnings)] if warnings else []
