"""A book's batches over the speakers of a fleet: who gets which, and what is done when one is lost.

A batch is sent to the speaker that has least to do, at most `EACH` to one, so that it is never idle between two and
the flow's host never holds more than it must. Whatever dies, a batch is sent again: takes that are stored are not
spoken twice, and a take has the same key wherever it is made.

Which speakers are the book's, `Shares` says every few seconds; one that another book is given gives the batches back
that it has not begun.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray import exceptions as failures

from normalizers import DuoyinError
from tts_core.cluster import fleet
from tts_core.cluster.fleet import ANSWER_SECONDS, Connection, FleetLost
from tts_core.cluster.shares import Claim
from tts_core.files import write_atomically
from tts_core.pool import POLL_SECONDS, Job, PoolClosed, SpeechPool, Spoken
from tts_core.registry import describe
from tts_core.take_stores import open_takes
from tts_core.takes import TakePlace

_log = logging.getLogger("duoyin")

EACH = 2
"""Batches a speaker has at most: one that it speaks and one that waits."""

SECOND_SECONDS = 0.2
"""A speaker that had nothing to do gets the second batch so long after the first: until then all others begin theirs,
and those who share the flow's processor with this one begin sooner."""

TRIES = 3
"""How often a batch whose speaker is lost is sent again before it is cut in two, to find the line that is to blame."""

DEATHS = 4
"""A speaker that is lost so often in a row, without a take between, gets no more batches."""

QUIET_SECONDS = 900.0
"""A batch hangs when no take of it comes for so long; an engine that speaks many lines at once is quiet for minutes."""

AWAY_SECONDS = 600.0
"""How long a run waits while no speaker at all is there: a host may be starting, a model loading."""

LISTEN_SECONDS = 1.0
"""How often a thread that waits for a take looks whether the pool was closed, or the head is away."""

CLOSE_SECONDS = 8.0
"""How long closing waits for speakers to give up their batches."""


OPEN_SECONDS = 120.0
"""How long what shares the fleet out may take to start: the fleet's first book has it begun."""

CLAIM_SECONDS = 2.0
"""How often a book says what it could use of the fleet, and hears what it may."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a book is to a fleet that others want, too; see `Claim`."""

    book: str = ""
    priority: int = 0
    due: float | None = None


@dataclass(eq=False, slots=True)
class _Hired:
    """A speaker as its user sees it. `ping`: asked whether it is ready, not answered yet; None: it is. `ours`: whether
    it is this book's now. `away`: it was lost, and did not come back yet. `second_at`: when it may get a second
    batch."""

    seat: int
    name: str
    actor: Any
    ping: Any
    ours: bool = True
    away: bool = False
    batches: int = 0
    second_at: float = 0.0
    deaths: int = 0
    given_up: bool = False
    asked_at: float = field(default_factory=time.monotonic)


class _Lost(Exception):
    """An engine ended in the middle of a batch, or hung; the batch can be sent again, and may be to blame."""


class _Away(Exception):
    """A speaker went away with its host, or takes no more; the batch is sent to another, and is not to blame."""


class ClusterPool(SpeechPool):
    """Speakers on the hosts of a fleet.

    Args:
        engine, options: for `tts_core.registry.load_engine`.
        fingerprint: of the engine that the takes were planned with; a speaker with another refuses.
        store: where the takes go; every host must reach it.
        address: of the fleet, `host:port`; `auto` for the one of this machine.
        speakers: how many at most; None: as many as the fleet has room for.
        standing: the book's, where others want the fleet, too.
        on_gpu: whether a speaker needs a GPU of its own, else a core.
        environment: of the engines' processes.
        quiet_seconds, away_seconds: see `QUIET_SECONDS` and `AWAY_SECONDS`.

    Raises:
        DuoyinError: there is no such fleet, or it has no room.
    """

    def __init__(
        self,
        engine: str,
        store: TakePlace | Path,
        *,
        fingerprint: str,
        options: Mapping[str, Any] | None = None,
        address: str = "auto",
        speakers: int | None = None,
        standing: Standing | None = None,
        on_gpu: bool = False,
        environment: Mapping[str, str] | None = None,
        quiet_seconds: float = QUIET_SECONDS,
        away_seconds: float = AWAY_SECONDS,
    ) -> None:
        self.engine = engine
        self._store = store if isinstance(store, TakePlace) else TakePlace(store.resolve())
        self._fingerprint = fingerprint
        self._quiet, self._away = quiet_seconds, away_seconds
        self._run = secrets.token_hex(8)
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._refusal: DuoyinError | None = None
        self._rendering = 0
        self._on_gpu = on_gpu
        self._options, self._environment = options or {}, environment or {}
        self._standing = standing or Standing()
        self._window = describe(engine).window
        self._names = fleet.speaker_names(engine, fingerprint, self._options)
        self._hired: list[_Hired] = []
        self._probe: Path | None = None
        self._rendering_before = 0
        self._seeking = 0
        self._connection = Connection.open(address)
        try:
            with self._connection.watched():
                there = fleet.seats(on_gpu=on_gpu)
                self.size = min(speakers or there, there)
                self._shares = fleet.shares()
                seats = self._first_seats()
                if not seats:
                    raise DuoyinError(
                        f"every {'GPU' if on_gpu else 'core'} of the fleet is at work for another engine",
                        hint="Run again when it is done, or send its speakers away: `duoyin fleet drain`.",
                    )
                self._probe = self._leave_probe()
                self._sit(seats)
        except BaseException:
            self._connection.close()
            raise
        self._sharing = threading.Thread(target=self._keep_share, name="share", daemon=True)
        self._sharing.start()

    @property
    def in_flight(self) -> int:
        return EACH * self.size

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def render(self, jobs: Sequence[Job], on_spoken: Callable[[Spoken], None] | None = None) -> list[Spoken]:
        """See `SpeechPool.render`.

        Raises:
            FleetLost: the fleet's head is gone, or no speaker came back. PoolClosed, DuoyinError: as there; also for a
                line that takes every speaker down, which is named.
        """
        told: dict[str, Spoken] = {}

        def tell(spoken: Spoken) -> None:
            if spoken.key not in told:
                told[spoken.key] = spoken
                if on_spoken:
                    on_spoken(spoken)

        with self._changed:
            self._rendering += 1
        try:
            with self._connection.watched():
                self._render(jobs, told, tell)
        finally:
            with self._changed:
                self._rendering -= 1
                self._changed.notify_all()
        return list(told.values())

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        with self._changed:
            busy = [speaker for speaker in self._hired if speaker.batches]
            self._changed.notify_all()
        if not self._connection.lost:
            with contextlib.suppress(failures.RayError, FleetLost), self._connection.watched():
                ends = [speaker.actor.end.remote(self._run) for speaker in busy]
                ends.append(self._shares.release.remote(self._run))
                ray.wait(ends, num_returns=len(ends), timeout=CLOSE_SECONDS)
        with self._changed:
            self._changed.wait_for(lambda: not self._rendering, timeout=CLOSE_SECONDS)
        if self._probe is not None:
            self._probe.unlink(missing_ok=True)
        # who asks Ray something after it was left has the process ended by it
        self._sharing.join(ANSWER_SECONDS)
        self._connection.close()

    # -- a batch -----------------------------------------------------------------------------------------

    def _render(
        self, jobs: Sequence[Job], told: Mapping[str, Spoken], tell: Callable[[Spoken], None]
    ) -> None:
        waiting = deque([(list(jobs), TRIES)])
        while waiting:
            part, tries = waiting.popleft()
            to_blame = self._send(part, tell, blamed=tries > 1)
            if missing := [job.key for job in part if job.key not in told]:
                self._tell_stored(missing, tell)
            rest = [job for job in part if job.key not in told]
            if not rest:
                continue
            if not to_blame or len(rest) < len(part):
                waiting.appendleft((rest, tries))
            elif tries > 1:
                waiting.appendleft((rest, tries - 1))
            elif len(rest) > 1:
                middle = len(rest) // 2
                halves = (rest[middle:], rest[:middle])
                waiting.extendleft((half, TRIES if len(half) == 1 else 1) for half in halves)
            else:
                raise DuoyinError(
                    "this line takes down every speaker that it is given to",
                    where=f"line “{rest[0].prepared.text[:80]}”",
                    hint="Say it in other words (`say` in script.jsonl), or leave it out. The other lines are kept.",
                )

    def _tell_stored(self, keys: Sequence[str], tell: Callable[[Spoken], None]) -> None:
        """Tell of takes that a speaker has stored and was lost before it could say so."""
        store = open_takes(self._store)
        for key in sorted(store.present(keys)):
            tell(Spoken.before(store.info(key)))

    def _send(self, jobs: Sequence[Job], tell: Callable[[Spoken], None], *, blamed: bool) -> bool:
        """Have a batch spoken by one speaker, or a part of it.

        Args:
            blamed: where the engine is lost, that counts against the speaker; while a line is suspected, it does not.

        Returns:
            Whether what is missing may be to blame for that.
        """
        speaker = self._speaker()
        try:
            batch = [(job.key, job.prepared.to_json()) for job in jobs]
            answers = speaker.actor.speak.options(num_returns="streaming").remote(
                self._run, batch, self._store.to_json()
            )
            left = len(jobs)
            for answer in self._answers(speaker, answers):
                if "leaving" in answer:
                    raise _Away
                if "given_back" in answer:
                    return False
                if "error" in answer:
                    raise _Lost if answer["lost"] else _error(answer)
                speaker.deaths = 0
                left -= 1
                tell(Spoken(**answer))
            if self.closed:
                raise PoolClosed("stopped before the batch was finished")
            if left:
                raise _Lost
            return False
        except _Lost:
            self._count_death(speaker, blamed)
            return True
        except _Away:
            speaker.given_up = True
            return False
        except failures.RayActorError:
            self._count_death(speaker, blamed)
            with self._changed:
                speaker.away = True
                self._ask(speaker)
            return False
        finally:
            with self._changed:
                speaker.batches -= 1
                self._level()
                self._changed.notify_all()

    def _answers(self, speaker: _Hired, answers: Any) -> Iterator[dict[str, Any]]:
        """What a speaker tells of a batch, as it comes; a batch that hangs is ended."""
        heard = time.monotonic()
        while True:
            ready, _ = ray.wait([answers], timeout=LISTEN_SECONDS)
            self._connection.check()
            if self.closed:
                return
            if ready:
                try:
                    together: list[dict[str, Any]] = ray.get(next(answers))
                except StopIteration:
                    return
                heard = time.monotonic()
                yield from together
            elif time.monotonic() - heard > self._quiet * max(1, speaker.batches):
                # the one before it in the same queue may be the one that hangs: each has its time
                self._end_engine(speaker)
                raise _Lost

    def _end_engine(self, speaker: _Hired) -> None:
        """End the engine's process of a speaker that hangs; the speaker itself, where even that is not heard."""
        done, _ = ray.wait([speaker.actor.end_engine.remote()], timeout=CLOSE_SECONDS)
        if not done:
            ray.kill(speaker.actor, no_restart=False)

    def _count_death(self, speaker: _Hired, blamed: bool) -> None:
        with self._changed:
            speaker.deaths += blamed
            speaker.given_up = speaker.given_up or speaker.deaths >= DEATHS

    # -- who is there ------------------------------------------------------------------------------------

    def _speaker(self) -> _Hired:
        """The speaker that has least to do, once one has room.

        Raises:
            PoolClosed, FleetLost. DuoyinError: the speakers refuse.
        """
        with self._changed:
            self._seeking += 1
        try:
            return self._free_speaker()
        finally:
            with self._changed:
                self._seeking -= 1

    def _free_speaker(self) -> _Hired:
        alone_since = time.monotonic()
        while True:
            self._connection.check()
            if self.closed:
                raise PoolClosed("stopped before the batch was begun")
            self._look()
            with self._changed:
                if self._refusal is not None:
                    raise self._refusal
                there = self._there()
                if (chosen := _least_busy(there, time.monotonic())) is not None:
                    chosen.batches += 1
                    return chosen
                if there:
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > self._away:
                    raise FleetLost(
                        f"no speaker of the fleet was there for {self._away:.0f} seconds",
                        where=self._connection.address,
                        hint="See `duoyin fleet status`. Run again then: what is spoken is kept.",
                    )
                self._changed.wait(POLL_SECONDS)

    def _there(self) -> list[_Hired]:
        """The speakers that are this book's, and ready."""
        return [each for each in self._hired if each.ours and each.ping is None and not each.given_up]

    def _level(self) -> None:
        """Have batches that wait behind others given back for speakers that have nothing to do; they are sent there."""
        if self._seeking or self.closed:  # there is a batch for who has nothing to do
            return
        there = self._there()
        idle = sum(not each.batches for each in there)
        for speaker in [each for each in there if each.batches == EACH][:idle]:
            speaker.actor.give_back.remote(self._run)

    def _keep_share(self) -> None:
        """Say what this book can use of the fleet, and take what it may, until the pool is closed."""
        while not self._closed.wait(CLAIM_SECONDS):
            try:
                with self._connection.watched():
                    self._sit(self._claim(ANSWER_SECONDS))
            except FleetLost:
                return  # whoever waits for a batch raises it
            except (failures.RayError, DuoyinError) as error:
                # what shares out is on its way to another host, or a host is: the book keeps what it has
                _log.info("the share of the fleet is asked for again: %s", error)

    def _first_seats(self) -> tuple[int, ...]:
        try:
            return self._claim(OPEN_SECONDS)
        except failures.RayError as error:
            raise DuoyinError(
                f"the fleet does not say who speaks for this book: {type(error).__name__}",
                where=self._connection.address,
                hint="See `duoyin fleet status`, then run again.",
            ) from error

    def _claim(self, seconds: float) -> tuple[int, ...]:
        """The seats that are this book's. Raises `RayError` where that is not heard within so many seconds."""
        there = fleet.numbers(self._names)
        with self._changed:
            at_work = {each.seat: each.batches for each in self._hired}
            away = tuple(each.seat for each in self._hired if each.away or each.given_up)
            busy = tuple(each.seat for each in self._hired if each.batches)
            # a book that has few batches left needs few speakers; one that gave one back may only be between two
            before, self._rendering_before = self._rendering_before, self._rendering
            left = max(before, self._rendering)
        claim = Claim(
            self._standing.book,
            fleet.resource(self._on_gpu),
            self._names,
            min(self.size, left) or self.size,
            self._standing.priority,
            self._standing.due,
            tuple(sorted(there, key=lambda seat: (-at_work.get(seat, 0), seat))),
            away,
            busy,
        )
        room = fleet.seats(on_gpu=self._on_gpu)
        seats: tuple[int, ...] = ray.get(
            self._shares.claim.remote(self._run, asdict(claim), room), timeout=seconds
        )
        return seats

    def _sit(self, seats: Sequence[int]) -> None:
        """Have the speakers of these seats, and give the others back."""
        with self._changed:
            known = {each.seat for each in self._hired}
        found = fleet.hire(
            self.engine,
            [f"{self._names}{seat}" for seat in seats if seat not in known],
            options=self._options,
            environment=self._environment,
            on_gpu=self._on_gpu,
        )
        with self._changed:
            for name, actor in found.items():
                speaker = _Hired(int(name.removeprefix(self._names)), name, actor, None)
                self._ask(speaker)
                self._hired.append(speaker)
            for speaker in self._hired:
                ours = speaker.seat in seats
                if speaker.ours and not ours and speaker.batches:
                    speaker.actor.give_back.remote(self._run)
                speaker.ours = ours
            self._level()
            self._changed.notify_all()

    def _look(self) -> None:
        """Hear of speakers that are asked whether they are ready."""
        with self._changed:
            asked = [each for each in self._hired if each.ping is not None and not each.given_up]
            for speaker in asked:
                done, _ = ray.wait([speaker.ping], timeout=0)
                if done:
                    self._hear(speaker)

    def _hear(self, speaker: _Hired) -> None:
        try:
            answer = ray.get(speaker.ping)
        except failures.RayActorError:
            if time.monotonic() - speaker.asked_at > 1.0:  # it is away; Ray has it up again or does not
                self._ask(speaker)
            return
        speaker.ping = None
        speaker.away = False
        if "error" in answer and not answer["lost"]:
            self._refusal = _error(answer)
        elif "error" in answer:
            self._ask(speaker)
        elif answer["fingerprint"] != self._fingerprint:
            self._refusal = DuoyinError(
                f"the speaker on {answer['host']} has another {self.engine} than this book was planned with",
                where=speaker.name,
                hint="Every host needs the same version of duoyin, the same weights and the same options.",
            )

    def _ask(self, speaker: _Hired) -> None:
        speaker.ping = speaker.actor.ready.remote(str(self._probe or ""), self._window)
        speaker.asked_at = time.monotonic()

    def _leave_probe(self) -> Path | None:
        """A file in the folder of takes, by which a speaker sees that it is the same folder on its host."""
        if self._store.url:
            return None
        probe = self._store.folder / f".run-{self._run}"
        write_atomically(probe, b"")
        return probe


def _least_busy(speakers: Sequence[_Hired], now: float) -> _Hired | None:
    """The speaker that has least to do, of those that have room for a batch at `now`; None where none has."""
    free = [each for each in speakers if not each.batches or (each.batches < EACH and now >= each.second_at)]
    chosen = min(free, key=lambda each: each.batches, default=None)
    if chosen is not None and not chosen.batches:
        chosen.second_at = now + SECOND_SECONDS
    return chosen


def _error(answer: Mapping[str, Any]) -> DuoyinError:
    return DuoyinError(answer["error"], where=answer["where"], hint=answer["hint"])
