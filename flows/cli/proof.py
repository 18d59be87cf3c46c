"""`duoyin proof`: listen to the takes that a project has, and print a verdict a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json, Quiet
from flows.cli.results import Result, show, table
from flows.cli.terminal import reporter
from flows.cli.words import say


def proof(
    project: Annotated[Path, typer.Argument(help="A project folder.")],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the doubtful lines and how many are not; exit 1 where there is a doubtful one."""
    with reporter(quiet=quiet or as_json):
        facts, rows = _heard(project)
    show(Result(facts, _text(facts, rows), not facts["doubtful"]), as_json=as_json)


def _heard(folder: Path) -> tuple[dict[str, Any], list[Sequence[object]]]:
    """What listening to a project finds: as data, and a row of a table for each line that is not clean."""
    from flows.making.engines import Engines
    from flows.making.proof import by_line, listener_of, proof_facts, prove
    from flows.making.repair import as_kept
    from flows.making.retake import scripted
    from flows.proof.verdict import Outcome
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_locked

    with open_locked(folder, {"proof": "on"}) as project, Ledger(project.ledger_file) as ledger:
        engines = Engines(project)
        production = scripted(project, engines)
        lines = as_kept(production.plan(production.lines), ledger, production.other)
        stored = project.takes.present(line.key for line in lines if line.key)
        there = [line for line in lines if line.key in stored]
        proof = prove(project, there, listener_of(project), ledger)
        facts = proof_facts(proof, there)
        facts["not_spoken"] = sum(1 for line in lines if line.key) - len(there)
        facts["verdicts"] = [
            {"id": line.line.id, "outcome": proof.verdicts[line.key].outcome.value}
            for line in there
            if line.key in proof.verdicts
        ]
        rows: list[Sequence[object]] = [
            [
                line.line.id,
                line.line.chapter + 1,
                line.voice,
                verdict.outcome.value,
                "; ".join(f"{each.fault.value} {each.said}".strip() for each in verdict.findings),
                line.line.text,
                verdict.heard,
            ]
            for line, verdict in by_line(proof, there, Outcome.DOUBTFUL, Outcome.INCONCLUSIVE)
        ]
    return facts, rows


def _text(facts: dict[str, Any], rows: Sequence[Sequence[object]]) -> str:
    from flows.making.proof import told

    parts = [told(facts) or "there is no take to listen to"]
    if facts["not_spoken"]:
        parts.append(f"{facts['not_spoken']} lines are not spoken yet")
    if facts["inconclusive"]:
        parts.append(f"of {facts['inconclusive']} the listener is not sure")
    head = "; ".join(map(say, parts))
    columns = ["line", "chapter", "voice", "verdict", "what", "text", "heard"]
    return "\n\n".join([head, *([table("", columns, rows)] if rows else [])])
