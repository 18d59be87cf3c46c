"""One speech process: loads one engine, speaks the jobs that come down its pipe, stores the takes; or reads lines.

Started by `tts_core.pool` as `python -m tts_core.worker`; speaks JSON lines on stdin and stdout. It
leaves as soon as its stdin closes, so no worker outlives its parent, however that ended.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tts_core.engine import Take
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
    jobs: Queue[dict[str, Any] | None] = Queue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()

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

    while (batch := jobs.get()) is not None:
        try:
            if "read" in batch:
                lines = [engine.read(Utterance.from_json(row)) for row in batch["read"]]
                _answer(answers, {"prepared": [line.to_json() for line in lines]})
                continue
            keys = [job["key"] for job in batch["jobs"]]
            lines = [Prepared.from_json(job["prepared"]) for job in batch["jobs"]]
            before = time.process_time()
            for key, info in _stored(zip(keys, engine.speak(lines), strict=True), store):
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
    return 0


def _stored(takes: Iterable[tuple[str, Take]], store: TakeStore) -> Iterator[tuple[str, TakeInfo]]:
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


def _listen(jobs: Queue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        jobs.put(json.loads(line))
    # The parent closed the pipe or is gone: what is being spoken is not wanted any more.
    os._exit(0 if jobs.empty() else PARENT_GONE)


def _answer(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=True) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
