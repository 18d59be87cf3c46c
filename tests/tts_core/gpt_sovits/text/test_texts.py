"""Text read by several processes is the text read by one, and nobody stays behind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
import torch

from normalizers import DuoyinError
from tts_core.engine import Utterance
from tts_core.gpt_sovits.text.frontend import Spoken
from tts_core.gpt_sovits.text.texts import FEWEST_LINES, Text, TextReaders, read, readers_for


@pytest.fixture(scope="module")
def readers() -> Iterator[TextReaders]:
    made = TextReaders(2)
    yield made
    made.close()


def texts(count: int) -> list[Text]:
    said = ["你好，世界。", "The quick brown fox.", "他说OK，没问题。", "第二天早上，他走了。", "Yes!"]
    return [
        (Utterance(f"{said[at % 5]} {at}", "zh" if at % 2 else "en", "v"), "v1" if at % 7 == 0 else "v2")
        for at in range(count)
    ]


def same(one: Spoken, other: Spoken) -> bool:
    return (one.phones, one.spans, one.passages) == (
        other.phones,
        other.spans,
        other.passages,
    ) and torch.equal(one.ids, other.ids)


@pytest.mark.parametrize("count", [1, FEWEST_LINES, 41])
def test_lines_come_back_in_order(readers: TextReaders, count: int) -> None:
    wanted = texts(count)
    assert all(same(one, other) for one, other in zip(readers(wanted), read(wanted), strict=True))


def test_a_line_that_cannot_be_read_is_named_and_the_readers_go_on(readers: TextReaders) -> None:
    wanted = texts(30)
    wanted[17] = (Utterance("……", "zh", "v"), "v2")
    with pytest.raises(DuoyinError, match="nothing to say"):
        readers(wanted)
    assert len(readers(texts(30))) == 30


def test_a_reader_that_died_is_not_missed() -> None:
    readers = TextReaders(2)
    try:
        readers._processes[0].kill()
        readers._processes[0].join()
        wanted = texts(25)
        assert all(same(one, other) for one, other in zip(readers(wanted), read(wanted), strict=True))
    finally:
        readers.close()


def test_readers_end_with_the_process_that_made_them() -> None:
    """Killed outright, as a worker may be: its readers see their pipes close."""
    code = (
        "from tts_core.gpt_sovits.text.texts import TextReaders\n"
        "import sys, time\n"
        "if __name__ == '__main__':\n"
        "    readers = TextReaders(2)\n"
        "    print(*[process.pid for process in readers._processes], flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(child.is_running() for child in children):
        if all(child.status() == psutil.STATUS_ZOMBIE for child in children if child.is_running()):
            break
        time.sleep(0.2)
    assert not [c for c in children if c.is_running() and c.status() != psutil.STATUS_ZOMBIE]


def test_small_machines_read_in_the_process_that_speaks() -> None:
    assert [readers_for(cores) for cores in (1, 2, 3, 4, 8, 16)] == [0, 0, 0, 1, 3, 4]
