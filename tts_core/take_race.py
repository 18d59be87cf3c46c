"""Whether a store of takes keeps its promise that of several writers the first wins: tried, not believed.

Servers that speak the language of S3 have been seen to let every writer win (seaweedfs#8800), so the store in use
is raced before it is trusted.
"""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tts_core.engine import Take
from tts_core.take_stores import open_takes
from tts_core.takes import TakeInfo, TakePlace, TakeStore

WRITERS = 8
KEYS = 20
_RATE = 24_000
_SHORTEST = 2_400
"""Samples of the take of writer 0; that of each next is one longer, so a length tells whose take it is."""


@dataclass(frozen=True, slots=True)
class RaceResult:
    """What a race brought.

    Args:
        keys: how many were raced for.
        kept: those for which every writer, and whoever looked afterwards, was told of one and the same take.
        write_seconds: median time of a write that was not waiting for others.
    """

    keys: int
    kept: int
    write_seconds: float

    @property
    def trusted(self) -> bool:
        return self.kept == self.keys


def race(
    place: TakePlace,
    scratch: Path,
    *,
    writers: int = WRITERS,
    keys: int = KEYS,
    opened: Callable[[TakePlace], TakeStore] = open_takes,
) -> RaceResult:
    """Let several writers, each with a take and (of an object store) a folder of copies of its own, write the same
    keys at the same moment. The takes are deleted again.

    Args:
        place: the store. scratch: an empty folder.

    Raises:
        DuoyinError: the store cannot be used.
    """

    def store(number: int) -> TakeStore:
        own = replace(place, folder=scratch / str(number), copies=True) if place.url else place
        return opened(own)

    stores = [store(number) for number in range(writers)]
    takes = [Take(np.zeros(_SHORTEST + number, np.float32), _RATE) for number in range(writers)]
    seconds: list[float] = []
    kept = 0
    with ThreadPoolExecutor(writers) as threads:
        for _ in range(keys):
            key = secrets.token_hex(32)
            start = threading.Barrier(writers)

            def write(number: int, key: str = key, start: threading.Barrier = start) -> TakeInfo:
                start.wait()
                return stores[number].write(key, takes[number])

            try:
                told = {info.samples for info in threads.map(write, range(writers))}
                seen = {each.info(key).samples for each in (*stores, store(writers))}
                kept += len(told | seen) == 1
                alone = secrets.token_hex(32)
                began = time.monotonic()
                stores[0].write(alone, takes[0])
                seconds.append(time.monotonic() - began)
                stores[0].delete(alone)
            finally:
                for each in stores:
                    each.delete(key)
    return RaceResult(keys, kept, statistics.median(seconds))
