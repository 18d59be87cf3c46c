"""`duoyin` with a bug: at one place of its work a signal comes, its exception is lost, and what was going on
there never ends by itself.

python -m tests.flows.workspace.careless SIGTERM stream_without_end flows.mastering.exports.m4b:_packets audiobook BOOK
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any, NoReturn

import psutil

Function = Callable[..., Any]

AT_WORK = "at work: "
"""Begins the line that lists the processes there are when the signal comes."""


class _Tidying:
    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:  # what is raised in here, Python prints and forgets
        os.kill(os.getpid(), self.number)


def lose(number: signal.Signals) -> None:
    """Tell which processes are at work, then get a signal where its exception comes to nothing."""
    tell_children()
    _Tidying(number)


def tell_children() -> None:
    """Before the signal, so that nobody has to be quick to see them."""
    children = [f"{child.pid} {child.name()}" for child in psutil.Process().children(recursive=True)]
    print(f"\n{AT_WORK}{', '.join(children)}", file=sys.stderr, flush=True)


def without_end(real: Function, number: signal.Signals) -> Function:
    """In place of a function that the main thread calls: it never returns."""

    def work(*arguments: Any, **options: Any) -> NoReturn:
        lose(number)
        while True:
            time.sleep(0.05)

    return work


def stream_without_end(real: Function, number: signal.Signals) -> Function:
    """In place of a function that the main thread reads blocks from: they come to no end, and whoever takes
    or gives them stays alive."""

    def work(*arguments: Any, **options: Any) -> Iterator[Any]:
        for block in real(*arguments, **options):
            yield block
            lose(number)
            while True:
                time.sleep(0.05)
                yield block

    return work


def stream_of_threads_without_end(real: Function, number: signal.Signals) -> Function:
    """The same for blocks that other threads read, while the main thread waits for them in
    `flows.mastering.master.wait`."""
    from flows.mastering import master

    wait = futures.wait

    def lose_and_wait(work: Any, **options: Any) -> Any:
        while not begun:
            if not wait(work, timeout=0.02).not_done:  # another stage's
                return wait(work, **options)
        lose(number)
        return wait(work, **options)

    def work(*arguments: Any, **options: Any) -> Iterator[Any]:
        for block in real(*arguments, **options):
            begun.append(True)
            while True:
                time.sleep(0.05)
                yield block

    begun: list[bool] = []
    vars(master)["wait"] = lose_and_wait
    return work


def heard_elsewhere_first(real: Function, number: signal.Signals) -> Function:
    """In place of a function that the main thread calls: another thread has raised its own wish to stop
    before the main thread is out."""
    from flows.workspace import stopping

    def work(*arguments: Any, **options: Any) -> NoReturn:
        kept: list[BaseException] = []

        def look() -> None:
            while not kept:
                try:
                    stopping.check()
                except KeyboardInterrupt as wish:
                    kept.append(wish)
                time.sleep(0.02)

        threading.Thread(target=look).start()
        tell_children()
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            while not kept:
                time.sleep(0.02)
        raise AssertionError("nobody was stopped")

    return work


KINDS = {
    kind.__name__: kind
    for kind in (without_end, stream_without_end, stream_of_threads_without_end, heard_elsewhere_first)
}


def main() -> None:
    number, kind, place = signal.Signals[sys.argv[1]], KINDS[sys.argv[2]], sys.argv[3]
    module_name, name = place.split(":")
    module = importlib.import_module(module_name)
    setattr(module, name, kind(getattr(module, name), number))
    sys.argv[1:4] = []
    from flows.cli.app import main as duoyin

    duoyin()


if __name__ == "__main__":
    main()
