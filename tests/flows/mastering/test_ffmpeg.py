from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import ffmpeg as graph
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.mastering import ffmpeg
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.tags import ffmetadata
from normalizers.errors import DuoyinError

SECOND = bytes(4 * 24_000)


def to_aac(path: Path) -> ffmpeg.Stream:
    return graph.input("pipe:", format="f32le", ar=24_000, ac=1).output(str(path), format="adts")


def children() -> set[int]:
    return {p.pid for p in psutil.Process().children(recursive=True) if "ffmpeg" in p.name()}


def endless() -> Iterator[bytes]:
    while True:
        yield SECOND


def gone(pid: int, within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True  # ended; its adoptive parent has yet to collect it
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_failure_is_one_sentence_with_the_cause(tmp_path: Path) -> None:
    missing = tmp_path / "no such folder" / "x.aac"
    with pytest.raises(DuoyinError, match="No such file or directory") as caught:
        ffmpeg.run(to_aac(missing), stdin=[SECOND], where="chapter 3")
    assert caught.value.where == "chapter 3"
    assert not children()


def test_an_error_while_feeding_ends_the_child(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield SECOND
        raise ValueError("the take is damaged")

    with pytest.raises(ValueError, match="damaged"):
        ffmpeg.run(to_aac(tmp_path / "x.aac"), stdin=broken())
    assert not children()


def test_output_larger_than_any_pipe_does_not_block() -> None:
    copy = graph.input("pipe:", format="f32le", ar=24_000, ac=1).output("pipe:", format="f32le")
    assert len(ffmpeg.run(copy, stdin=[SECOND] * 50)) == 50 * len(SECOND)


def test_cancelling_kills_the_child_at_once(tmp_path: Path) -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        ffmpeg.run(to_aac(tmp_path / "x.aac"), stdin=endless(), cancel=cancel)
    assert not children()
    with pytest.raises(Cancelled):
        ffmpeg.run(to_aac(tmp_path / "x.aac"), stdin=endless(), cancel=cancel)


def test_leaving_a_decode_early_ends_the_child() -> None:
    source = graph.input("anullsrc=r=24000:cl=mono", format="lavfi").output("pipe:", format="f32le")
    reader = ffmpeg.read(source)
    assert next(reader)
    assert children()
    reader.close()
    assert not children()


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel ends children of a killed parent on Linux only"
)
@pytest.mark.parametrize("tied_by", ["setpriv", "Python"])
def test_kill_9_of_the_parent_ends_the_child(tied_by: str) -> None:
    code = (
        "import ffmpeg as g, psutil\n"
        "from flows.mastering import ffmpeg\n"
        f"if {tied_by!r} == 'Python': ffmpeg._leash = lambda: ()\n"
        # Reads nothing from us and writes nothing to us: only the kernel can tell it that we are gone.
        "s = g.input('anullsrc=r=24000:cl=mono', format='lavfi', re=None).output('-', format='null')\n"
        "import threading; threading.Thread(target=ffmpeg.run, args=(s,)).start()\n"
        "import time\n"
        "def at_work():\n"
        "    return [c.pid for c in psutil.Process().children() if 'ffmpeg' in c.name()]\n"
        "while not at_work(): time.sleep(0.05)\n"
        "print(at_work()[0], flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child)


def test_what_is_no_media_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    with pytest.raises(DuoyinError, match="no such file"):
        ffmpeg.probe(path)
    path.write_text("not a book")
    with pytest.raises(DuoyinError, match=r"not a readable media file \((?!\[)"):
        ffmpeg.probe(path)
    path.write_bytes(b"")
    with pytest.raises(DuoyinError, match="not a readable media file"):
        ffmpeg.probe(path)


titles = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(title=titles, chapters=st.lists(titles, max_size=4))
def test_metadata_text_reads_back_as_written(title: str, chapters: list[str]) -> None:
    marks = [(name, n * 24_000, (n + 1) * 24_000) for n, name in enumerate(chapters)]
    tags, read = ffmpeg.parse_ffmetadata(ffmetadata({"title": title}, marks, 24_000))
    assert tags["title"].removesuffix(" ") == title.removesuffix(" ")
    assert [(m.start, m.end) for m in read] == [(n, n + 1.0) for n in range(len(chapters))]
    assert [m.title.removesuffix(" ") for m in read] == [name.removesuffix(" ") for name in chapters]
