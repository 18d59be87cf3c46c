"""A reader sees the old file or the new one, whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tts_core.files import (
    STALE_SECONDS,
    CannotWrite,
    NameTaken,
    atomic_path,
    file_name,
    first_path,
    partial_name,
    scratch_folder,
    write_atomically,
)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "cast.yaml"
    write_atomically(target, b"old")
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["cast.yaml"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "cast.yaml"
    write_atomically(target, b"old")
    with pytest.raises(ValueError, match="half"), atomic_path(target) as temporary:
        temporary.write_bytes(b"ne")
        raise ValueError("half")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["cast.yaml"]


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    target = tmp_path / ("章" * 80 + ".json")  # 245 bytes of the 255 a name may have
    write_atomically(target, b"{}")
    assert target.read_bytes() == b"{}"


def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "book.bin"
    write_atomically(target, b"old" * 1000)
    code = f"""
import itertools, pathlib
from tts_core.files import write_atomically
for n in itertools.count():
    write_atomically(pathlib.Path({str(target)!r}), bytes([n % 256]) * 3000)
"""
    writer = subprocess.Popen([sys.executable, "-c", code])
    while target.read_bytes()[:3] == b"old":
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    found = target.read_bytes()
    assert len(found) == 3000 and len(set(found)) == 1


def test_what_a_killed_process_left_half_written_is_swept_away(tmp_path: Path) -> None:
    code = f"""
import os, pathlib, signal
from tts_core.files import atomic_path
with atomic_path(pathlib.Path({str(tmp_path / "book.bin")!r})) as partial:
    partial.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    left = os.listdir(tmp_path)
    assert len(left) == 1 and left[0].endswith(".partial")
    with atomic_path(tmp_path / "other.bin") as mine:  # what a living process writes stays
        mine.write_bytes(b"whole")
        write_atomically(tmp_path / "third.bin", b"")
    assert sorted(os.listdir(tmp_path)) == ["other.bin", "third.bin"]


def test_what_a_killed_process_left_goes_although_another_has_its_number_now(tmp_path: Path) -> None:
    living = partial_name(tmp_path / "take.flac", process=os.getppid())
    head, began, rest = living.name.rsplit("-", 2)
    dead = living.with_name(f"{head}-{int(began) - 1}-{rest}")  # the same number, a moment before
    living.write_bytes(b"half")
    dead.write_bytes(b"half")
    write_atomically(tmp_path / "one", b"")
    assert sorted(os.listdir(tmp_path)) == [living.name, "one"]


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="only Linux tells the state of a process in a file"
)
def test_a_killed_writer_counts_as_dead_before_its_parent_has_asked_how_it_ended(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left = partial_name(tmp_path / "take.flac", process=writer.pid)
    left.write_bytes(b"half")
    writer.kill()
    os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still there to be asked
    write_atomically(tmp_path / "one", b"")
    assert os.listdir(tmp_path) == ["one"]
    writer.communicate()


def test_a_file_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotWrite, match="is the folder writable") as caught:
        write_atomically(tmp_path / "file" / "in it", b"")
    assert caught.value.reason in str(caught.value)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Emma", "Emma"),
        ("What? A/B: “C”", "What A B “C”"),
        ("..", "untitled"),
        ("多" * 100, "多" * 60),
        ("a\n b", "a b"),
    ],
)
def test_titles_as_file_names(title: str, name: str) -> None:
    assert file_name(title) == name


def test_a_title_in_which_what_cannot_be_is_marked_and_cut_at_a_letter() -> None:
    assert file_name('Who/What: "Why?"', instead="_") == "Who_What_ _Why__"
    assert file_name("多" * 100, most_bytes=31) == "多" * 10


def test_a_scratch_folder_goes_with_its_block_and_what_killed_processes_left_of_theirs_too(
    tmp_path: Path,
) -> None:
    dead = partial_name(tmp_path / "duoyin", process=4_194_305)  # above every process id of Linux
    (dead / "inside").mkdir(parents=True)
    with scratch_folder(tmp_path) as scratch:
        (scratch / "cover").write_bytes(b"x")
        assert list(tmp_path.iterdir()) == [scratch]
        with scratch_folder(tmp_path) as other:
            assert other != scratch and (scratch / "cover").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_folder_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="temporary folder") as caught, scratch_folder(tmp_path / "file"):
        pass
    assert caught.value.where == str(tmp_path / "file")


def test_the_first_file_of_a_name_stays(tmp_path: Path) -> None:
    target = tmp_path / "take.flac"
    with first_path(target) as partial:
        partial.write_bytes(b"first")
    with pytest.raises(NameTaken), first_path(target) as partial:
        partial.write_bytes(b"second")
    assert target.read_bytes() == b"first" and os.listdir(tmp_path) == ["take.flac"]


def test_what_another_machine_left_half_written_is_swept_away_after_a_day(tmp_path: Path) -> None:
    old, new = (tmp_path / f".take.flac.otherhost-{number}-0.partial" for number in (1, 2))
    for partial in (old, new):
        partial.write_bytes(b"half")
    long_ago = time.time() - STALE_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    write_atomically(tmp_path / "other", b"")
    assert sorted(os.listdir(tmp_path)) == [new.name, "other"]
