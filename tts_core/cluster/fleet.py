"""The fleet: hosts that Ray holds together, and the speakers that live on them between books.

Speakers are detached actors with a name, `duoyin/ENGINE/FINGERPRINT-OPTIONS/NUMBER`: a book finds those that speak as
it was planned, and two versions of a model never answer to one name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psutil
import ray
from ray import exceptions as failures
from ray.util import list_named_actors

from normalizers import DuoyinError
from tts_core.cluster.shares import Shares
from tts_core.cluster.speaker import Speaker, SpeakerState

NAMESPACE = "duoyin"
PREFIX = "duoyin/"
SHARES = "duoyin-shares"

HEAD_SECONDS = 30.0
"""A head that cannot be reached for so long is lost. A network that comes back sooner costs nothing."""

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""How long a speaker may take to say how it is."""

CALLS = 32
"""Calls that a speaker takes at once: the batches that wait for it, and questions."""

THIS_MACHINE = ("localhost", "127.0.0.1")
"""Ray listens on the address that others reach in their place."""

STOP_SECONDS = 5.0
"""How long Ray's processes may take to end before they are ended."""
STOP_ROUNDS = 3
"""Times that processes are looked for: a raylet may start one while it is being ended."""

SOUND_BYTES = 100_000_000
"""Ray's own store on a host. No sound goes through it; less than this Ray does not take."""


class FleetLost(DuoyinError):
    """The fleet cannot be reached any more, or has nobody left to speak."""


class Connection:
    """This process' connection to a fleet, of which Ray knows one; pools share it, and the last to close it leaves."""

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _open: ClassVar[Connection | None] = None

    def __init__(self, address: str, asked: str) -> None:
        self.address = address
        self._names = {address, asked}
        self._users = 0
        self._lost = threading.Event()
        self._left = threading.Event()

    @classmethod
    def open(cls, address: str) -> Connection:
        """The connection to the fleet at `host:port`, or `auto` for that of this machine.

        Raises:
            DuoyinError: nobody answers there, it does not let us in, or this process is in another fleet.
        """
        if address == "auto":
            address = this_fleet()
        with cls._lock:
            if cls._open is not None and cls._open.lost:
                cls._open._leave()
            if cls._open is None:
                cls._open = cls._connected(address)
            if address not in cls._open._names:
                raise DuoyinError(
                    f"this process speaks on the fleet at {cls._open.address} already",
                    where=address,
                    hint="One at a time: run again when that is done, or give both projects the same `cluster:`.",
                )
            cls._open._users += 1
            return cls._open

    @classmethod
    def _connected(cls, address: str) -> Connection:
        hint = "Start it with `duoyin fleet up`, or name the right one: `cluster: HOST:PORT` in project.yaml."
        if not _answers(address):  # Ray itself would ask for minutes
            raise DuoyinError("no fleet answers there", where=address, hint=hint)
        try:
            with _own_signals():
                ray.init(
                    address=address,
                    namespace=NAMESPACE,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                    configure_logging=False,
                )
        except failures.AuthenticationError as error:
            raise DuoyinError(
                "the fleet does not let us in",
                where=address,
                hint="Copy ~/.ray/auth_token from the host where `duoyin fleet up` was first typed.",
            ) from error
        except (ConnectionError, RuntimeError, ValueError, failures.RayError) as error:
            raise DuoyinError(
                f"there is no fleet to join: {_first_line(error)}", where=address, hint=hint
            ) from error
        made = cls(ray.get_runtime_context().gcs_address, address)
        threading.Thread(target=made._watch, name="fleet", daemon=True).start()
        return made

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    def check(self) -> None:
        """Raises `FleetLost` where the head has been away for too long."""
        if self.lost:
            raise self._gone()

    def close(self) -> None:
        """Leave, if nobody else in this process needs the fleet. Its speakers stay."""
        with self._lock:
            self._users -= 1
            if not self._users and Connection._open is self:
                self._leave()

    def _leave(self) -> None:
        Connection._open = None
        self._left.set()
        with contextlib.suppress(SystemExit), _own_signals():  # of a head that is away, Ray's core may say so
            ray.shutdown()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Around what asks Ray: whatever it raises where the head is away becomes `FleetLost`.

        Its core ends a process that asks a head for too long, by `SystemExit`."""
        try:
            yield
        except (SystemExit, failures.RaySystemError, failures.RpcError, ConnectionError) as error:
            self._lost.set()
            raise self._gone() from error

    def _watch(self) -> None:
        heard = time.monotonic()
        while not self._left.wait(LOOK_SECONDS):
            if _answers(self.address):
                heard = time.monotonic()
            elif time.monotonic() - heard > HEAD_SECONDS:
                self._lost.set()
                return

    def _gone(self) -> FleetLost:
        return FleetLost(
            "the head of the fleet is gone",
            where=self.address,
            hint="Takes that were stored are kept. Bring the fleet up again (`duoyin fleet up`), then run again.",
        )


@contextlib.contextmanager
def connected(address: str) -> Iterator[Connection]:
    """A connection for the block. Raises `DuoyinError`."""
    connection = Connection.open(address)
    try:
        with connection.watched():
            yield connection
    finally:
        connection.close()


# -- speakers ----------------------------------------------------------------------------------------------


def speaker_names(engine: str, fingerprint: str, options: Mapping[str, Any]) -> str:
    """What the names of the speakers of an engine with these weights and options begin with."""
    said = json.dumps(options, sort_keys=True, default=str)
    return f"{PREFIX}{engine}/{fingerprint[:12]}-{hashlib.sha256(said.encode()).hexdigest()[:6]}/"


def room(address: str, *, on_gpu: bool) -> int:
    """How many speakers a fleet has room for, whoever speaks there now. Raises `DuoyinError`."""
    with connected(address):
        return int(ray.cluster_resources().get(resource(on_gpu), 0))


def seats(*, on_gpu: bool) -> int:
    """How many speakers the fleet has room for. Raises `DuoyinError` where it has none at all."""
    total = int(ray.cluster_resources().get(resource(on_gpu), 0))
    if total < 1:
        raise DuoyinError(
            f"the fleet has no {'GPU' if on_gpu else 'core'}",
            hint="See `duoyin fleet status`; hosts join it by `duoyin fleet up`.",
        )
    return total


def resource(on_gpu: bool) -> str:
    """What a speaker needs, as Ray calls it."""
    return "GPU" if on_gpu else "CPU"


def shares() -> Any:
    """The actor that shares the fleet out, see `tts_core.cluster.shares`."""
    ways: dict[str, Any] = {"lifetime": "detached", "max_restarts": -1, "num_cpus": 0}
    return ray.remote(Shares).options(name=SHARES, get_if_exists=True, **ways).remote()


def books() -> list[dict[str, Any]]:
    """The books that speak on the fleet, as `Shares.books` tells; none where no book ever has."""
    try:
        told: list[dict[str, Any]] = ray.get(ray.get_actor(SHARES).books.remote(), timeout=ANSWER_SECONDS)
    except (ValueError, failures.RayActorError, failures.GetTimeoutError):
        return []
    return told


def hire(
    engine: str,
    names: Sequence[str],
    *,
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    on_gpu: bool,
) -> dict[str, Any]:
    """Speakers of an engine, by name: those that are there, and new ones where the fleet has room.

    Speakers that no book has and that have nothing to do give way.

    Args:
        names: as `speaker_names` begins them. Others: see `ClusterPool`.
    """
    there = set(list_named_actors())
    missing = [name for name in names if name not in there]
    if missing:
        room = int(ray.available_resources().get(resource(on_gpu), 0))
        if len(missing) > room:
            room += _dismiss_idle(len(missing) - room, but=names)
        missing = missing[:room]
    actor = ray.remote(Speaker)
    ways: dict[str, Any] = {
        "lifetime": "detached",
        "max_restarts": -1,
        "max_task_retries": 0,
        "max_concurrency": CALLS,
        "scheduling_strategy": "SPREAD",
        "num_gpus": 1 if on_gpu else 0,
        "num_cpus": 0 if on_gpu else 1,
    }
    return {
        name: actor.options(name=name, get_if_exists=True, **ways).remote(
            engine, dict(options), dict(environment)
        )
        for name in names
        if name in there or name in missing
    }


def speakers() -> dict[str, SpeakerState | None]:
    """Every speaker of the fleet by name, and how it is; None for one that does not answer."""
    names = [name for name in list_named_actors() if name.startswith(PREFIX)]
    asked: dict[str, Any] = {}
    for name in names:
        with contextlib.suppress(ValueError):  # gone meanwhile
            asked[name] = ray.get_actor(name).state.remote()
    if asked:
        ray.wait(list(asked.values()), num_returns=len(asked), timeout=ANSWER_SECONDS)
    return {name: _state(answer) for name, answer in sorted(asked.items())}


def _state(answer: Any) -> SpeakerState | None:
    try:
        return SpeakerState(**ray.get(answer, timeout=0))
    except failures.RayError:
        return None


def ask_to_leave(names: Sequence[str]) -> None:
    """Have speakers take no more batches; those that they have, they finish."""
    for name in names:
        with contextlib.suppress(ValueError):
            ray.get_actor(name).leave.remote()


def send_away(names: Sequence[str]) -> None:
    """End speakers; their GPUs are free then. A batch in the middle is sent to another by whoever asked for it."""
    for name in names:
        with contextlib.suppress(ValueError):
            ray.kill(ray.get_actor(name), no_restart=True)


def numbers(prefix: str) -> list[int]:
    """The numbers of the speakers whose names begin so."""
    return [int(name.removeprefix(prefix)) for name in list_named_actors() if name.startswith(prefix)]


def _dismiss_idle(count: int, *, but: Sequence[str]) -> int:
    """Send away speakers that no book has and that have nothing to do, the longest idle first; how many went."""
    held = {f"{book['speakers']}{seat}" for book in books() for seat in book["seats"]} | set(but)
    idle = [
        (state.idle_seconds, name)
        for name, state in speakers().items()
        if state is not None and not state.waiting and name not in held
    ]
    going = [name for _, name in sorted(idle, reverse=True)[:count]]
    send_away(going)
    return len(going)


# -- hosts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of the fleet: its name, how many cores and GPUs it gives, and whether it answers."""

    name: str
    cores: int
    gpus: int
    alive: bool


def hosts() -> list[Host]:
    """The machines of the fleet."""
    return [
        Host(
            node["NodeManagerHostname"],
            int(node["Resources"].get("CPU", 0)),
            int(node["Resources"].get("GPU", 0)),
            node["Alive"],
        )
        for node in ray.nodes()
    ]


def start_host(join: str | None, *, port: int, cores: int | None, gpus: int | None, host: str | None) -> str:
    """Make this machine a host of the fleet: its head or, with `join`, one more; returns the fleet's address.

    The token that lets hosts in is made where there is none (~/.ray/auth_token).

    Raises:
        DuoyinError: Ray does not start; with what it said.
    """
    make_token()
    place = [f"--address={join}"] if join else ["--head", f"--port={port}", "--include-dashboard=false"]
    given = {"--num-cpus": cores, "--num-gpus": gpus, "--node-ip-address": host}
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    _ray(
        "start",
        *place,
        *options,
        "--disable-usage-stats",
        "--include-log-monitor=false",  # it reads what all processes print, and sends it to runs that do not listen
        f"--object-store-memory={SOUND_BYTES}",
    )
    return join or f"{own_address() if host in (None, *THIS_MACHINE) else host}:{port}"


def make_token() -> None:
    """Have the token that lets hosts and books into a fleet, where there is none yet."""
    _ray("get-auth-token", "--generate")


def stop_host(address: str) -> int:
    """Take this machine out of the fleet at `host:port`; where its head is here, that ends the fleet.

    Returns:
        How many of Ray's processes ended; those of other clusters on this machine are left alone.
    """
    ended = 0
    for _ in range(STOP_ROUNDS):
        found = _family(address)
        ended += len(found)
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, stubborn = psutil.wait_procs(found, STOP_SECONDS)
        for process in stubborn:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(stubborn, STOP_SECONDS)
        if not found:
            break
    return ended


def _family(address: str) -> list[psutil.Process]:
    """Ray's own processes of a cluster on this machine, and their children."""
    found = list(_processes(address))
    # a raylet's agents write other words over their command lines, and are known by whose children they are
    for process in list(found):
        with contextlib.suppress(psutil.Error):
            found += [child for child in process.children(recursive=True) if child not in found]
    return found


def _processes(address: str) -> Iterator[psutil.Process]:
    """Ray's own processes of a cluster on this machine."""
    of_it = {f"--gcs-address={address}", f"--address={address}"}
    head = f"--gcs_server_port={address.rpartition(':')[2]}"
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            of_ray = any("ray" in Path(word).parts or word.startswith("ray.") for word in words[:4])
            if of_ray and (of_it.intersection(words) or (head in words and "gcs_server" in words[0])):
                yield process


def this_fleet() -> str:
    """The address of the fleet that this machine is a host of, or that `RAY_ADDRESS` names.

    Raises `DuoyinError` where it is of none."""
    if told := os.environ.get("RAY_ADDRESS"):
        return told
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if words and words[0].endswith("/raylet"):
                for word in words:
                    if word.startswith("--gcs-address="):
                        return word.partition("=")[2]
    raise DuoyinError("this machine is in no fleet", hint="`duoyin fleet up` starts one.")


def _ray(*words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    done = subprocess.run(
        [sys.executable, "-m", "ray.scripts.scripts", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise DuoyinError(
            f"Ray does not {words[0]}: {said[-1].strip() if said else done.returncode}",
            hint="`duoyin fleet down` ends what is left of an earlier one.",
        )


def own_address() -> str:
    """This machine's address, as other hosts reach it."""
    return str(ray.util.get_node_ip_address())


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=LOOK_SECONDS):
            return True
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keep our own answer to SIGTERM: Ray puts its own in its place, and leaves with a code of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
