"""Who of a fleet speaks for whom: which book gets how many of its speakers, and which.

Books say every few seconds what they could use, and are told which seats are theirs. A seat is room for one speaker, a
GPU or a core, and has the number that its speaker's name ends in. There is no work in here: what is lost with it, the
books' next words bring back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LEASE_SECONDS = 60.0
"""A book that was not heard of for so long is gone."""

PAID_BACK_SECONDS = 15.0
"""A book that was at seats of others for a while gives so much of them back that it is even after about so long."""


NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a book could use of a fleet.

    Args:
        book: its name, for people.
        kind: what its speakers need, `GPU` or `CPU`. speakers: what their names begin with.
        most: how many it can use.
        priority: 0 is the most urgent. due: when it is to be done, in seconds since 1970; None: at any time.
        there: seats that have a speaker of its kind already, those first that it would give back last.
        away: seats whose speaker is lost for now.
        busy: seats whose speaker is at a batch of it, those that others have by now among them.
    """

    book: str
    kind: str
    speakers: str
    most: int
    priority: int = 0
    due: float | None = None
    there: tuple[int, ...] = ()
    away: tuple[int, ...] = ()
    busy: tuple[int, ...] = ()

    @property
    def rank(self) -> tuple[float, int]:
        """What is to be done first comes first, and then what is urgent."""
        return (math.inf if self.due is None else self.due, self.priority)


def allot(
    claims: Mapping[str, Claim], seats: int, seated: Collection[str] = (), owed: Mapping[str, int] = NOTHING
) -> dict[str, int]:
    """How many of `seats` each book gets.

    Each gets one as long as there are any, those first who have one. The rest goes to the books of the first rank, to
    each the same number, as far as they can use it; what they leave goes to the next.

    Args:
        claims: by run, in the order in which they came. seated: runs that have a seat now.
        owed: seats that runs have to leave to others of their rank, as far as these can use them; each keeps one.
    """
    came = {run: number for number, run in enumerate(claims)}
    entering = sorted(claims, key=lambda run: (run not in seated, claims[run].rank, came[run]))
    counts = {run: int(number < seats) for number, run in enumerate(entering)}

    def fill(most: Mapping[str, int]) -> None:
        for _ in range(seats - sum(counts.values())):
            able = [run for run, count in counts.items() if 0 < count < most[run]]
            if not able:
                return
            counts[min(able, key=lambda run: (claims[run].rank, counts[run], came[run]))] += 1

    most = {run: claim.most for run, claim in claims.items()}
    if owed:
        even = allot(claims, seats, seated)
        ranks = {claims[run].rank for run in owed}
        others = {run: most[run] if claims[run].rank in ranks else even[run] for run in claims}
        fill(others | {run: even[run] - count for run, count in owed.items()})
    fill(most)
    return counts


class Shares:
    """What Ray makes an actor of: the books that speak on a fleet, and the seats of each.

    A batch is not taken from the speaker that is at it. So a book that comes waits for seats that are its own, and who
    has them meanwhile runs up a debt, in seconds of a speaker, which it pays by having fewer than its share later.
    """

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._heard: dict[str, float] = {}
        self._seats: dict[str, tuple[int, ...]] = {}
        self._even: dict[str, int] = {}
        self._debts: dict[str, float] = {}

    def claim(self, run: str, claim: Mapping[str, Any], seats: int) -> tuple[int, ...]:
        """The seats of a run. Where there are more runs than seats, one without its own shares that of a run with the
        same speakers; it has none where there is no such run.

        Args:
            claim: a `Claim` as plain data. seats: how many the fleet has of its kind.
        """
        said = Claim(**claim)
        now = time.monotonic()
        self._keep_account(run, said, now)
        self._claims[run], self._heard[run] = said, now
        for gone in [each for each, at in self._heard.items() if now - at > LEASE_SECONDS]:
            self.release(gone)
        self._share_out(said.kind, seats)
        return self._seats[run] or self._shared(run)

    def release(self, run: str) -> None:
        """A run is over."""
        for known in (self._claims, self._heard, self._seats, self._even, self._debts):
            known.pop(run, None)

    def books(self) -> list[dict[str, Any]]:
        """Who claims what: each a `Claim` as plain data, and its `seats`."""
        return [
            asdict(claim) | {"seats": self._seats[run] or self._shared(run)}
            for run, claim in self._claims.items()
        ]

    def _keep_account(self, run: str, said: Claim, now: float) -> None:
        """What a run owes: more for each seat of others that it was at since it was heard of, less for each seat of its
        share that it left to them."""
        if run not in self._heard:
            return
        own = self._seats[run] or self._shared(run)
        over = len(set(said.busy).difference(own))
        left = max(0, self._even[run] - len(self._seats[run]))
        owed = self._debts.get(run, 0.0) + (over - left) * (now - self._heard[run])
        self._debts[run] = max(0.0, owed)

    def _share_out(self, kind: str, seats: int) -> None:
        """Share out the seats of a kind; who has some keeps what it may of them."""
        claims = {run: claim for run, claim in self._claims.items() if claim.kind == kind}
        away = {seat for claim in claims.values() for seat in claim.away}
        held = {
            run: _in_order(claim.there, [seat for seat in self._seats.get(run, ()) if seat not in away])
            for run, claim in claims.items()
        }
        seated = [run for run in claims if held[run]]
        self._even |= allot(claims, seats, seated)
        owed = {run: int(self._debts.get(run, 0.0) / PAID_BACK_SECONDS) for run in claims}
        counts = allot(claims, seats, seated, {run: count for run, count in owed.items() if count})
        kept = {run: held[run][: counts[run]] for run in claims}
        taken = {seat for mine in kept.values() for seat in mine} | away
        free = [seat for seat in range(seats + len(away)) if seat not in taken]
        for run, claim in claims.items():
            missing = counts[run] - len(kept[run])
            new = _in_order(claim.there, free)[:missing]
            self._seats[run] = (*kept[run], *new)
            free = [seat for seat in free if seat not in new]

    def _shared(self, run: str) -> tuple[int, ...]:
        mine = self._claims[run].speakers
        alike = [other for other in self._claims if self._claims[other].speakers == mine]
        seats = [seat for other in alike for seat in self._seats[other]]
        turn = [other for other in alike if not self._seats[other]].index(run)
        return (seats[turn % len(seats)],) if seats else ()


def _in_order(wanted: Sequence[int], seats: Sequence[int]) -> list[int]:
    """`seats`, those first that are `wanted`, in that order."""
    place = {seat: number for number, seat in enumerate(wanted)}
    return sorted(seats, key=lambda seat: (place.get(seat, len(place)), seat))
