"""Phonemes of many lines at once, by several processes: a GPU that waits for one Python process to read its text speaks half the time.

A Chinese line takes 4 ms to read (words, tones, polyphones), which is nothing beside its synthesis on a CPU and as much as its synthesis on
a large GPU.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection

from normalizers import DuoyinError
from tts_core.engine import Utterance
from tts_core.gpt_sovits.text.frontend import Spoken, spoken
from tts_core.gpt_sovits.text.symbols import SymbolSet

MOST_PROCESSES = 4
FEWEST_LINES = 16  # fewer are read here: sending them away takes as long

Text = tuple[Utterance, SymbolSet]


def read(texts: Sequence[Text]) -> list[Spoken]:
    """Phonemes of each line. Raises `DuoyinError` as `spoken` does."""
    return [spoken(utterance, which) for utterance, which in texts]


class TextReaders:
    """Processes that read text. They start at once and end with the process that made them, however that ends.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True, name="duoyin-text")
            process.start()
            theirs.close()  # so that the reader alone holds its end, and sees ours close
            self._pipes.append(ours)
            self._processes.append(process)

    def __call__(self, texts: Sequence[Text]) -> list[Spoken]:
        """`read`, shared out. A reader that is gone is not missed: its share is read here."""
        if len(texts) < FEWEST_LINES:
            return read(texts)
        count = len(self._pipes)
        asked = [_sent(pipe, list(texts[share::count])) for share, pipe in enumerate(self._pipes)]
        lines: list[Spoken | None] = [None] * len(texts)
        failure: DuoyinError | None = None
        for share, pipe in enumerate(self._pipes):
            answer = _received(pipe) if asked[share] else None
            if isinstance(answer, DuoyinError):
                failure = failure or answer
                continue
            lines[share::count] = read(texts[share::count]) if answer is None else answer
        if failure is not None:
            raise failure
        return [line for line in lines if line is not None]

    def close(self) -> None:
        """End the processes now."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()
        self._pipes, self._processes = [], []


def available_cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def readers_for(cores: int) -> int:
    """How many readers a machine of so many cores has room for beside the process that speaks; 0 = read in that one."""
    return min(MOST_PROCESSES, (cores - 1) // 2) if cores >= 4 else 0


def _sent(pipe: Connection, share: list[Text]) -> bool:
    try:
        pipe.send(share)
    except (BrokenPipeError, OSError):
        return False
    return True


def _received(pipe: Connection) -> list[Spoken] | DuoyinError | None:
    try:
        answer: list[Spoken] | DuoyinError = pipe.recv()
    except (EOFError, OSError):
        return None
    return answer


def _serve(pipe: Connection) -> None:
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    while True:
        try:
            texts = pipe.recv()
        except (EOFError, OSError):
            return  # nobody is there to read for
        try:
            answer: list[Spoken] | DuoyinError = read(texts)
        except DuoyinError as error:
            answer = error
        pipe.send(answer)
