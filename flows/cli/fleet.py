"""`duoyin fleet`: hosts that speak together, and the warm speakers on them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from flows.cli.options import Json
from flows.cli.results import Result, show, table
from flows.cli.words import say
from flows.workspace.settings import PriorityName
from tts_core.extras import extra

if TYPE_CHECKING:
    from tts_core.cluster.speaker import SpeakerState

PORT = 6379
LOOK_SECONDS = 0.5

fleet = typer.Typer()

Address = Annotated[
    str, typer.Option(help="Of the fleet, host:port; auto: the one that this machine is a host of.")
]


@fleet.command("up")
def up(
    join: Annotated[
        str | None,
        typer.Argument(help="host:port of a fleet that this machine joins; none: this machine is its head."),
    ] = None,
    port: Annotated[int, typer.Option(help="The head listens here.")] = PORT,
    cores: Annotated[
        int | None, typer.Option(help="Cores that speakers may use; default: all of this machine.")
    ] = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs; default: all of this machine.")] = None,
    host: Annotated[str | None, typer.Option(help="This machine's address, where it has several.")] = None,
    as_json: Json = False,
) -> None:
    """Make this machine a host of a fleet. Its speakers come with the first book that asks for them."""
    with extra("cluster"):
        from tts_core.cluster import fleet as hosts
    address = hosts.start_host(join, port=port, cores=cores, gpus=gpus, host=host)
    text = (
        f"The fleet is at {address}.\n"
        f"  other hosts: copy ~/.ray/auth_token there, then `duoyin fleet up {address}`\n"
        f"  a book: `cluster: {address}` in its project.yaml; takes of several hosts go to a store of theirs, `takes:`"
    )
    show(Result({"address": address, "joined": join is not None}, text), as_json=as_json)


@fleet.command("status")
def status(address: Address = "auto", as_json: Json = False) -> None:
    """Hosts, speakers and what they do, and the books that have them."""
    with extra("cluster"):
        from tts_core.cluster import fleet as hosts
    with hosts.connected(address) as connection:
        machines, there, books = hosts.hosts(), hosts.speakers(), hosts.books()
    rows = [[each.name, each.cores, each.gpus, say("there" if each.alive else "LOST")] for each in machines]
    said = [[name.removeprefix(hosts.PREFIX), *_told(state)] for name, state in there.items()]
    tables = [table("Hosts", ["host", "cores", "GPUs", ""], rows, right=[1, 2])]
    if said:
        tables.append(table("Warm speakers", ["speaker", "host", "GPU", "takes", ""], said, right=[3]))
    if books:
        drawn = [_claimed(book) for book in books]
        tables.append(table("Books", ["book", "speakers", "at most", "priority", "due"], drawn, right=[1, 2]))
    data = {
        "address": connection.address,
        "hosts": [asdict(each) for each in machines],
        "speakers": {name: None if state is None else asdict(state) for name, state in there.items()},
        "books": books,
    }
    show(Result(data, "\n\n".join(tables)), as_json=as_json)


@fleet.command("drain")
def drain(address: Address = "auto", as_json: Json = False) -> None:
    """Let speakers finish the batches they have, take no more, and give their memory back. The hosts stay."""
    with extra("cluster"):
        from tts_core.cluster import fleet as hosts
    with hosts.connected(address):
        gone = []
        hosts.ask_to_leave(list(hosts.speakers()))
        while left := hosts.speakers():
            done = [name for name, state in left.items() if state is None or not state.waiting]
            hosts.send_away(done)
            gone += done
            if len(done) < len(left):
                time.sleep(LOOK_SECONDS)
    show(Result({"sent_away": gone}, f"{len(gone)} speakers went."), as_json=as_json)


@fleet.command("down")
def down(address: Address = "auto", as_json: Json = False) -> None:
    """Take this machine out of its fleet; where it is the head, the fleet ends. Takes that are stored stay."""
    with extra("cluster"):
        from tts_core.cluster import fleet as hosts
    where = hosts.this_fleet() if address == "auto" else address
    ended = hosts.stop_host(where)
    show(
        Result(
            {"address": where, "processes": ended},
            f"This machine left {where}: {ended} of Ray's processes ended.",
        ),
        as_json=as_json,
    )


def _claimed(book: Mapping[str, Any]) -> list[str | int]:
    due = f"{datetime.fromtimestamp(book['due']):%a %H:%M}" if book["due"] else ""
    return [book["book"], len(book["seats"]), book["most"], get_args(PriorityName)[book["priority"]], due]


def _told(state: SpeakerState | None) -> list[str | int]:
    if state is None:
        return ["", "", "", say("does not answer")]
    doing = f"speaks, {state.waiting} batches" if state.waiting else f"idle for {state.idle_seconds:.0f} s"
    return [state.host, state.devices, state.takes, say(doing)]
