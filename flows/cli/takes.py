"""`duoyin takes`: what the takes of a project are kept for, and how much nothing needs."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.options import BookOrProject, Json, project_folder
from flows.cli.results import Result, show, table
from flows.cli.words import say
from flows.making.pruning import inventory, prune
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_locked

DAYS = 30.0


def takes(
    source: BookOrProject,
    prune_them: Annotated[
        bool, typer.Option("--prune", help="Delete what nothing needs. Without it, only say what that is.")
    ] = False,
    days: Annotated[
        float, typer.Option(help="Keep what a line had, and what was made, within so many days.")
    ] = DAYS,
    as_json: Json = False,
) -> None:
    """Print what is kept for what; with `--prune`, delete the rest."""
    with open_locked(project_folder(source)) as project, Ledger(project.ledger_file) as ledger:
        found = inventory(project, ledger, days=days)
        if prune_them:
            prune(found, ledger)
    rows = [
        [say(held.reason), len(held.files), f"{held.bytes / 1e6:.1f} MB"]
        for held in (*found.kept, found.free)
    ]
    pinned = f"Lines whose take a person chose: {found.pinned}." if found.pinned else ""
    if prune_them:
        end = f"{len(found.free.files)} deleted, {found.free.bytes / 1e6:.1f} MB are free."
    elif found.free.files:
        end = f"--prune deletes {len(found.free.files)} of them and frees {found.free.bytes / 1e6:.1f} MB."
    else:
        end = "There is nothing to delete."
    text = "\n".join(
        part
        for part in (table("", [str(project.takes.root), "takes", ""], rows, right=[1, 2]), pinned, end)
        if part
    )
    show(Result({**found.to_json(), "pruned": prune_them}, text), as_json=as_json)
