"""A reader sees the old file or the new one, whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tts_core.files import atomic_path, write_atomically


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
