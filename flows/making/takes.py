"""Takes in use: a damaged one is set aside, made anew, and the work goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.voices import Voices
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from tts_core.engine import Take
from tts_core.takes import CorruptTake, TakeStore

CORRUPT_ROUNDS = 3
"""How often takes that turn out to be damaged are made anew before the run gives up."""

_Made = TypeVar("_Made")


class Speak(Protocol):
    """Makes the takes that lines need and the store does not have; see `flows.making.speaking`."""

    def __call__(
        self, project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
    ) -> None: ...


class Step(Protocol):
    """Does a named step of a production's work; as it is, or as a Prefect task (`flows.synthesis`)."""

    def __call__(self, name: str, work: Callable[[], _Made]) -> _Made: ...


def stored_take(store: TakeStore, key: str) -> Take:
    """A take of the store. Raises `CorruptTake` for a damaged one; it is set aside, and `until_whole` has it
    made anew."""
    try:
        return store.read(key)
    except CorruptTake:
        store.set_aside(key)
        raise


def adopt(project: Project, lines: Sequence[PlannedLine], voices: Voices, ledger: Ledger) -> None:
    """Have the takes that the lines need as files here, and note those in the ledger that no run has noted: another
    project's, those of a run that was killed before it could, or those that a fleet went on to speak after it. Their
    use is in this project's log then, as if they had been spoken by this run.
    """
    store = project.takes
    keys = dict.fromkeys(item.key for item in lines if item.key)
    store.fetch(keys)
    unknown = ledger.unnoted(keys)
    uses: dict[str, list[tuple[str, str, str, str]]] = {}
    for item in lines:
        if item.key in unknown:
            use = (item.line.id, item.voice, item.engine, voices.consents.get(item.voice, ""))
            uses.setdefault(item.key, []).append(use)
    for key in uses:
        with contextlib.suppress(CorruptTake):  # whoever reads its sound has it made anew
            info = store.info(key)
            ledger.record_take(
                key,
                samples=info.samples,
                sample_rate=info.sample_rate,
                digest=info.digest,
                cpu_seconds=0.0,
                uses=uses[key],
            )


def until_whole(speak: Callable[[], None], use: Callable[[], _Made]) -> _Made:
    """Speak what is missing and use it; where a take turns out to be damaged, again.

    Raises:
        CorruptTake: there are damaged takes after `CORRUPT_ROUNDS` rounds still.
    """
    for left in reversed(range(CORRUPT_ROUNDS)):
        speak()
        try:
            return use()
        except CorruptTake as error:
            if not left:
                raise
            reporter().warn(f"{error.message}; it is made anew")
    raise AssertionError("unreachable")
