"""Books of a size that nobody expects."""

from __future__ import annotations

from flows.making import audiobook
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_locked
from tests.abuse.production import Production
from tests.abuse.table import Bench, Row

CHAPTERS = 1_000
PARAGRAPH = "The wind went round the house, and nobody asked the cat what it thought of that. "
PARAGRAPH_BYTES = 10_000_000
WITHIN = 3_600.0
"""Seconds after which a book counts as hanging."""


def many_chapters(bench: Bench) -> list[Row]:
    """A thousand chapters, made to the end: stitched, encoded, marked, measured."""
    row = Row(f"a book of {CHAPTERS:,} chapters")
    production = bench.production("audiobook", "long")
    chapters = "".join(f"## Chapter {n}\n\nNumber {n} is it.\n\n" for n in range(1, CHAPTERS + 1))
    production.create(f"# Doors\n\n{chapters}")
    ended = production.run(patience=WITHIN)
    row.times += 1
    if ended.code in (0, 1) and ended.clear and production.out.exists():
        row.finished += 1
    else:
        row.wrong.append(f"exit {ended.code}: {ended.said[-500:]}")
    row.note = f"{ended.seconds:.0f} s"
    return [row]


def one_paragraph(bench: Bench) -> list[Row]:
    """A paragraph of ten million characters: read, cast, cut into lines, planned and forecast."""
    row = Row(f"a paragraph of {PARAGRAPH_BYTES:,} characters: read, cast, planned, forecast")
    production = bench.production("audiobook", "wide")
    text = PARAGRAPH * (PARAGRAPH_BYTES // len(PARAGRAPH))
    production.create(f"# Wide\n\n## One\n\n{text}\n")
    ended = production.run(patience=WITHIN, work=_forecast)
    row.times += 1
    if ended.code == 0 and ended.clear:
        row.finished += 1
    else:
        row.wrong.append(f"exit {ended.code}: {ended.said[-500:]}")
    row.note = f"{ended.seconds:.0f} s"
    return [row]


def _forecast(production: Production) -> bool:
    with open_locked(production.folder) as project, Ledger(project.ledger_file) as ledger:
        return audiobook.forecast(project, ledger).cost.lines > 1
