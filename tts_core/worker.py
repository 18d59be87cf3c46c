"""One speech process: loads one engine, speaks the jobs that come down its pipe, stores the takes; or reads lines.

Started by `tts_core.pool` as `python -m tts_core.worker`; speaks JSON lines on stdin and stdout. It
leaves as soon as its stdin closes, so no worker outlives its parent, however that ended.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from tts_core.engine import Engine, Prepared, Take
    from tts_core.takes import TakeInfo, TakeStore

PARENT_GONE = 3
"""Exit code of a worker whose parent went away in the middle of a line."""

MOST_BEHIND = 8
"""Takes spoken and not yet stored, at most."""


def main() -> int:
    # Whatever a library prints must not get between two answers: answers keep the real stdout, prints go to stderr.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    setup = json.loads(sys.stdin.readline())
    heard = _Heard()
    threading.Thread(target=heard.listen, daemon=True).start()

    from normalizers import DuoyinError
    from tts_core.engine import Prepared, Utterance
    from tts_core.registry import load_engine
    from tts_core.take_stores import open_takes
    from tts_core.takes import TakePlace

    def fail(error: BaseException) -> None:
        if isinstance(error, DuoyinError):
            answer = {"error": error.message, "where": error.where, "hint": error.hint}
        else:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}", "where": None, "hint": None}
        _answer(answers, answer)

    try:
        engine = load_engine(setup["engine"], **setup["options"])
        store = open_takes(TakePlace.from_json(setup["store"]))
    except BaseException as error:  # noqa: BLE001 - the parent must hear of every failure
        fail(error)
        return 1
    _answer(answers, {"ready": engine.fingerprint(), "pid": os.getpid()})

    while True:
        batch = heard.jobs.get()
        try:
            if "read" in batch:
                lines = [engine.read(Utterance.from_json(row)) for row in batch["read"]]
                _answer(answers, {"prepared": [line.to_json() for line in lines]})
                continue
            keys = [job["key"] for job in batch["jobs"]]
            lines = [Prepared.from_json(job["prepared"]) for job in batch["jobs"]]
            if batch["planned_elsewhere"]:
                _check_keys(engine, keys, lines)
            others = [open_takes(TakePlace.from_json(place)) for place in batch["stores"]]
            into = (store if number is None else others[number] for number in batch["into"])
            where = _Stores(dict(zip(keys, into, strict=True)))
            before = time.process_time()
            takes = _aloud(engine, lines, answers) if batch["aloud"] else engine.speak(lines)
            spoken = heard.until_halted(batch["batch"], zip(keys, takes, strict=True))
            for key, info in _stored(spoken, where):
                now = time.process_time()
                _answer(
                    answers,
                    {
                        "key": key,
                        "samples": info.samples,
                        "sample_rate": info.sample_rate,
                        "digest": info.digest,
                        "cpu_seconds": now - before,
                        "evidence": info.evidence,
                    },
                )
                before = now
            _answer(answers, {"done": batch["batch"]})
        except BaseException as error:  # noqa: BLE001 - the parent must hear of every failure
            fail(error)


def _aloud(engine: Engine, lines: Sequence[Prepared], answers: TextIO) -> Iterator[Take]:
    """The takes of lines, whose sound is told while they are made."""
    from tts_core.engine import spoken_aloud
    from tts_core.sound import Samples, pcm

    def tell(samples: Samples) -> None:
        _answer(answers, {"heard": base64.b64encode(pcm(samples)).decode(), "rate": engine.sample_rate})

    for line in lines:
        yield spoken_aloud(engine, line, tell)


def _check_keys(engine: Engine, keys: Sequence[str], lines: Sequence[Prepared]) -> None:
    """Refuse lines that were planned for another take than this engine, its weights and its voices would make here."""
    from normalizers import DuoyinError
    from tts_core.takes import Keys

    own = Keys()
    for key, line in zip(keys, lines, strict=True):
        if own.key(engine.name, engine, line) != key:
            raise DuoyinError(
                f"{platform.node()} would make another take than was planned, of the voice {line.voice!r}",
                where=line.text[:80],
                hint="Every host needs the same version of duoyin, the same weights and the same voices.",
            )


class _Writes(Protocol):
    """What takes are stored by; see `tts_core.takes.TakeStore`."""

    @property
    def writers(self) -> int: ...

    def write(self, key: str, take: Take) -> TakeInfo: ...


class _Stores:
    """The stores of a batch's takes, by their keys: lines of several books may be spoken together."""

    def __init__(self, by_key: Mapping[str, TakeStore]) -> None:
        self._by_key = by_key
        self.writers = max((store.writers for store in by_key.values()), default=1)

    def write(self, key: str, take: Take) -> TakeInfo:
        return self._by_key[key].write(key, take)


def _stored(takes: Iterable[tuple[str, Take]], store: _Writes) -> Iterator[tuple[str, TakeInfo]]:
    """Store takes, and tell of each in order when it is stored. The next ones are spoken meanwhile: a GPU need not
    wait for a disk or a server."""
    writing: deque[tuple[str, Future[TakeInfo]]] = deque()

    def written(behind: int) -> Iterator[tuple[str, TakeInfo]]:
        while writing and (len(writing) > behind or writing[0][1].done()):
            key, info = writing.popleft()
            yield key, info.result()

    with ThreadPoolExecutor(store.writers, thread_name_prefix="takes") as writer:
        try:
            for key, take in takes:
                writing.append((key, writer.submit(store.write, key, take)))
                yield from written(MOST_BEHIND)
        except Exception:
            yield from written(0)  # a line that cannot be spoken takes none of those before it along
            raise
        yield from written(0)


class _Heard:
    """What the parent says, as it comes: work, and which batch is not wanted any more."""

    def __init__(self) -> None:
        self.jobs: Queue[dict[str, Any]] = Queue()
        self._halted = 0

    def listen(self) -> None:
        for line in sys.stdin:
            message = json.loads(line)
            if "halt" in message:
                self._halted = message["halt"]
            else:
                self.jobs.put(message)
        # The parent closed the pipe or is gone: what is being spoken is not wanted any more.
        os._exit(0 if self.jobs.empty() else PARENT_GONE)

    def until_halted(self, batch: int, takes: Iterable[tuple[str, Take]]) -> Iterator[tuple[str, Take]]:
        """Takes of a batch while it is wanted."""
        for key, take in takes:
            yield key, take
            if self._halted == batch:
                return


def _answer(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=True) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
