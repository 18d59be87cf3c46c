"""Commands in children of one process that has everything imported already: a test pays for what a command does, and
not once more for Python looking for its modules.

A child has what a process started by a shell has of its own: arguments, environment, folder, streams, signals and a
process id. What it shares with the others is the order of sets (the seed of `hash`), so a test that compares two runs
for being the same makes one of them with `python -m flows.cli`; what the README shows is typed into a shell.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

DUOYIN = "flows.cli.app:main"
LOOK_SECONDS = 0.005
"""How often the warm process looks for children that have ended."""
MESSAGE = 1 << 20
"""Bytes read of a message at once."""


class Started:
    """A child at work, with what tests ask of a `subprocess.Popen`."""

    def __init__(self, warm: Warm, pid: int, out: int, err: int) -> None:
        self._warm, self.pid = warm, pid
        self.stdout: IO[str] = open(out, encoding="utf-8", errors="replace")  # noqa: SIM115 - as long as the child
        self.stderr: IO[str] = open(err, encoding="utf-8", errors="replace")  # noqa: SIM115

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative where a signal ended it; None while nobody has asked since it ended."""
        return self._warm.ended.get(self.pid)

    def poll(self) -> int | None:
        self._warm.hear(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + timeout if timeout is not None else float("inf")
        while (code := self.returncode) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout or 0.0)
            self._warm.hear(0.1)
        return code

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote, when it has ended. Raises `subprocess.TimeoutExpired`, and then kills it."""
        with ThreadPoolExecutor(2) as readers:
            read = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = (future.result() for future in read)
        self.stdout.close()
        self.stderr.close()
        return out, err


class Warm:
    """The warm process.

    Args:
        modules: what it imports before the first child.
        environment: its own; a child may have another.
    """

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._channel, theirs = socket.socketpair()
        self.environment = dict(os.environ if environment is None else environment)
        self.ended: dict[int, int] = {}
        self._unread = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno()), *modules],
            cwd=Path(__file__).parent.parent,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def start(
        self,
        arguments: Sequence[object],
        *,
        main: str = DUOYIN,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stdin: str = "",
    ) -> Started:
        """Begin a child that calls the function `main` (`module:function`) with `arguments` as its command line.

        Args:
            environment, folder: it runs in; this process's own where not given.
        """
        (given, stdin_end), (out, out_end), (err, err_end) = os.pipe(), os.pipe(), os.pipe()
        os.write(stdin_end, stdin.encode())
        os.close(stdin_end)
        request = {
            "main": main,
            "arguments": [str(argument) for argument in arguments],
            "environment": dict(self.environment if environment is None else environment),
            "folder": str(folder) if folder is not None else None,
        }
        socket.send_fds(self._channel, [json.dumps(request).encode() + b"\n"], [given, out_end, err_end])
        for end in (given, out_end, err_end):
            os.close(end)
        while not (began := self.hear(None)):
            pass
        return Started(self, began, out, err)

    def hear(self, patience: float | None) -> int:
        """Take one piece of news, if some comes within `patience` seconds; returns the process id of a child that
        has begun, otherwise 0."""
        while b"\n" not in self._unread:
            if not select.select([self._channel], [], [], patience)[0]:
                return 0
            if not (more := self._channel.recv(MESSAGE)):
                raise RuntimeError("the warm process is gone")
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        news = json.loads(line)
        if news["code"] is None:
            return int(news["pid"])
        self.ended[news["pid"]] = news["code"]
        return 0

    def close(self) -> None:
        """End it. Children go on."""
        self._channel.close()
        self._process.wait()


def serve(channel: socket.socket) -> Callable[[], Any] | None:
    """Begin children as they are asked for. Returns in each child, with what it is to do; at last None in itself."""
    children: set[int] = set()
    while True:
        if select.select([channel], [], [], LOOK_SECONDS if children else None)[0]:
            message, streams, _, _ = socket.recv_fds(channel, MESSAGE, 3)
            while message and not message.endswith(b"\n"):
                message += channel.recv(MESSAGE)
            if not message:
                return None
            request = json.loads(message)
            if not (child := os.fork()):
                channel.close()
                return become(request, streams)
            for stream in streams:
                os.close(stream)
            children.add(child)
            tell(channel, child, None)
        while children:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            children.remove(ended)
            tell(channel, ended, os.waitstatus_to_exitcode(status))


def tell(channel: socket.socket, pid: int, code: int | None) -> None:
    channel.sendall(json.dumps({"pid": pid, "code": code}).encode() + b"\n")


def become(request: Mapping[str, Any], streams: Sequence[int]) -> Callable[[], Any]:
    """Make this child what was asked for; returns its work."""
    from flows.workspace import stopping

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    if request["folder"] is not None:
        os.chdir(request["folder"])
    # a pair of its own: what another child was told to stop by must not stop this one
    stopping._news, stopping._ears = socket.socketpair()
    module, _, name = request["main"].partition(":")
    sys.argv = [module, *request["arguments"]]
    work: Callable[[], Any] = getattr(importlib.import_module(module), name)
    return work


def leave(work: Callable[[], Any]) -> None:
    """Do the work of a child and end as Python does, but for taking modules apart. Does not return."""
    import atexit
    import threading
    import traceback

    code: Any = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - the last border, as Python's own
        traceback.print_exc()
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # children share this memory for as long as nothing touches it
    work = serve(channel)
    if work is not None:
        leave(work)


if __name__ == "__main__":
    main()
