"""SIGKILL of the studio's server between an edit that a page sent and its answer."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from flows.studio.access import MARK, cookie_name
from flows.studio.server import open_studio, serve
from flows.studio.shelf import Shelf
from flows.workspace.project import open_project
from tests.abuse.table import Bench, Row

TOKEN = "a-token-for-abuse"
MOST_EDITS = 4
"""Answered before the one that is cut short."""
SPEAKERS = ("Ann", "Ben")
PATIENCE = 60.0

Records = dict[str, dict[str, Any]]
"""The records of a script by their ids."""


class Server:
    """The studio of a project in a child of this process, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        listening, address, app = open_studio(folder, port=0, token=TOKEN)
        self.process = os.fork()
        if self.process == 0:
            with contextlib.suppress(BaseException):
                serve(listening, app, lambda end: None)
            os._exit(0)
        listening.close()
        (book,) = Shelf(folder).books()
        self.script = open_project(folder).script_file
        host = f"{address.host}:{address.port}"
        self._client = httpx.Client(
            base_url=f"http://{host}/book/{book.id}/",
            cookies={cookie_name(host): TOKEN},
            headers={MARK: "1"},
            timeout=PATIENCE,
        )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def ended(self) -> None:
        """Wait for the end of a killed server, and let go of its address."""
        os.waitpid(self.process, 0)
        self._client.close()

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._client.get("lines").raise_for_status().json()["lines"]
        return rows

    def send(self, path: str, data: object = None) -> bool:
        """Whether it was done; False where it was refused, or where the server is gone before its answer."""
        try:
            return self._client.post(path, json=data or {}).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def records(self) -> Records:
        """What stands in the script's file. Raises `ValueError` where a line of it is half a record."""
        records = map(json.loads, self.script.read_text("utf-8").splitlines())
        return {record["id"]: record for record in records if "id" in record}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one line, as the page sends it."""

    line: str
    field: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        change = {"line": self.line, "field": self.field, "before": self.before, "after": self.after}
        return {"changes": [change]}

    def made(self, records: Records) -> Records:
        """The script with it."""
        return {**records, self.line: {**records[self.line], self.field: self.after}}


def kills(bench: Bench) -> list[Row]:
    """Each seed is some edits, one that the server is killed in, and what is there afterwards."""
    row = Row("SIGKILL of the studio's server between an edit and its answer; started again, undone, redone")
    folder = bench.finished("audiobook", "studio").folder
    stood = answered = 0
    server = Server(folder)
    try:
        for number, chance in enumerate(bench.seeds()):
            took = 0.0
            for _ in range(chance.randint(1, MOST_EDITS)):
                begun = time.monotonic()
                if not server.send("edit", _edit(chance, server).to_json()):
                    row.wrong.append(f"seed {bench.first + number}: an edit was refused in peace")
                took = time.monotonic() - begun
            before, edit = server.records(), _edit(chance, server)
            killer = threading.Timer(chance.uniform(0.0, 1.2) * took, server.kill)
            killer.start()
            told = server.send("edit", edit.to_json())
            killer.join()
            server.ended()
            row.times += 1
            row.struck += 1
            server = Server(folder)
            wrong = list(_wrong(server, before, edit, told=told))
            row.wrong += [f"seed {bench.first + number}: {what}" for what in wrong]
            row.finished += not wrong
            answered += told
            stood += server.records() == edit.made(before)
    finally:
        server.kill()
        server.ended()
    row.note = f"the edit stood {stood} times, {answered} of them answered; else the line was as before"
    return [row]


def _edit(chance: random.Random, server: Server) -> Edit:
    """A pause or a speaker that some line does not have yet."""
    line = chance.choice(server.rows())
    if chance.random() < 0.5:
        return Edit(line["id"], "pause", line["pause"], chance.randint(100, 2000) / 1000)
    after = chance.choice([name for name in SPEAKERS if name != line["speaker"]])
    return Edit(line["id"], "speaker", line["speaker"], after)


def _wrong(server: Server, before: Records, edit: Edit, *, told: bool) -> Iterator[str]:
    """What must not be, of a server that was started after a kill."""
    after = edit.made(before)
    try:
        now = server.records()
    except ValueError as error:
        yield f"half a record in the script ({error})"
        return
    if now not in (before, after):
        yield f"neither before nor after {edit}"
    if told and now != after:
        yield f"answered, and not there: {edit}"
    shown = next(row for row in server.rows() if row["id"] == edit.line)
    if shown[edit.field] != now[edit.line].get(edit.field, shown[edit.field]):
        yield f"the page shows {shown[edit.field]} where the file has {now[edit.line]}"
    if not server.send("undo"):
        yield "not undone"
    undone = server.records()
    if now == after and undone != before:
        yield f"undo left something else than what was before {edit}"
    if now == before and len(_differences(undone, now)) != 1:
        yield f"undo changed {_differences(undone, now)} lines"
    if not server.send("redo") or server.records() != now:
        yield "redo brought something else"


def _differences(one: Records, other: Records) -> list[str]:
    """Ids of the lines that differ."""
    return sorted(line for line in one.keys() | other.keys() if one.get(line) != other.get(line))
