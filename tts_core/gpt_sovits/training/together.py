"""A chain learned on several cards: one process each, started here, whose progress is told as of one."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import torch
from torch import distributed

from normalizers import DuoyinError
from tts_core.gpt_sovits.training.base import base_of
from tts_core.gpt_sovits.training.chain import Chain, Orders, Stage, Told
from tts_core.gpt_sovits.training.material.features import Line
from tts_core.gpt_sovits.training.ranks import Ranks
from tts_core.gpt_sovits.training.run import Progress, RunRecord, out_of_memory

LOOKED_FOR = 0.2  # seconds between two looks at what the processes say
MOST_PARTS = 64  # of a batch, as memory runs out
RENDEZVOUS = "rendezvous"


@dataclass(frozen=True, slots=True)
class _Job:
    """What each process is given.

    Args:
        base, models: name and folder of the pair to start from.
        parent: process that is to be there; without it all stop.
        parts: into how many each batch is cut at least.
    """

    base: str
    models: Path
    lines: list[Line]
    orders: Orders
    folder: Path
    devices: tuple[torch.device, ...]
    threads: int
    parent: int
    parts: int


def cards(count: int) -> list[torch.device]:
    """The first `count` CUDA devices. Raises DuoyinError where there are fewer."""
    there = torch.cuda.device_count()
    if count > there:
        raise DuoyinError(
            f"{count} cards are asked for, and this machine has {there}",
            hint="Say --cards with fewer, or leave it out.",
        )
    return [torch.device("cuda", number) for number in range(count)]


def train_together(chain: Chain, devices: Sequence[torch.device], told: Told) -> dict[Stage, RunRecord]:
    """Make the chain's planned updates on several devices, or go on with them.

    Args:
        chain: none of whose stages was begun in this process.
        told: as of `Chain.run`; where it raises, all processes save and stop first.

    Raises:
        DuoyinError: what a process raised, or that one ended by itself.
    """
    parts = 1
    while not _tried(chain, devices, told, parts):
        parts *= 2
    found = {stage: chain.record(stage) for stage in chain.orders.stages}
    return {stage: record for stage, record in found.items() if record is not None}


def _tried(chain: Chain, devices: Sequence[torch.device], told: Told, parts: int) -> bool:
    """Whether it was done; not, where memory ran out."""
    context = multiprocessing.get_context("spawn")
    said, stop = context.SimpleQueue(), context.Event()
    job = _Job(
        chain.base.name, chain.base.folder.parent, chain.lines, chain.orders, chain.folder.parent,
        tuple(devices), torch.get_num_threads(), os.getpid(), parts,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="duoyin-together-") as beside:
        given = (pickle.dumps(job), str(Path(beside) / RENDEZVOUS), said, stop)
        processes = [
            context.Process(target=_process, args=(number, *given), daemon=True)
            for number in range(len(devices))
        ]
        for process in processes:
            process.start()
        failed, news = list[int](), None
        try:
            while not failed and (at_work := [each for each in processes if each.exitcode is None]):
                connection.wait([process.sentinel for process in at_work], LOOKED_FOR)
                failed = [process.exitcode for process in processes if process.exitcode]
                news = news or _hear(said, told)
        finally:
            stop.set()
            for process in processes:
                if failed:  # the others wait for it
                    process.kill()
                process.join()
    news = news or _hear(said, told)
    if not failed:
        return True
    if isinstance(news, DuoyinError):
        raise news
    if news is not None and parts < MOST_PARTS:
        return False
    raise DuoyinError(
        f"a process that learned ended by itself ({news or f'exit code {failed[0]}'})",
        hint="The same command goes on where the last state was saved.",
    )


def _hear(said: SimpleQueue[Any], told: Told) -> DuoyinError | str | None:
    """Pass progress on; returns what a process that ended had to say: its error, or that memory ran out."""
    last = None
    while not said.empty():
        news = said.get()
        if isinstance(news, tuple):
            told(*news)
        else:
            last = last or news
    return last


def _process(number: int, given: bytes, meeting: str, said: SimpleQueue[Any], stop: Event) -> None:
    """One of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when to stop
    job: _Job = pickle.loads(given)
    torch.set_num_threads(job.threads)
    device = job.devices[number]
    if device.type == "cuda":
        torch.cuda.set_device(device)
    ranks = Ranks(number, len(job.devices), device)
    distributed.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        init_method=f"file://{meeting}",
        rank=number,
        world_size=ranks.count,
    )

    def tell(stage: Stage, progress: Progress) -> None:
        said.put((stage, progress))

    try:
        base = base_of(job.base, job.models)
        chain = Chain(base, job.lines, job.orders, job.folder, device, ranks, job.parts)
        chain.run(tell, stop=lambda: stop.is_set() or os.getppid() != job.parent)
    except DuoyinError as error:
        said.put(error)
        sys.exit(1)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        said.put(str(error).splitlines()[0])
        sys.exit(1)
    distributed.destroy_process_group()
