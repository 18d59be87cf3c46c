"""A worker stores takes behind the speaking: in order, bounded, and nothing spoken is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from normalizers import DuoyinError
from tts_core.engine import Take
from tts_core.takes import FolderTakes, TakeInfo
from tts_core.worker import MOST_BEHIND, _stored

KEYS = [f"{at:02x}" + "0" * 62 for at in range(3 * MOST_BEHIND)]


class SlowDisk(FolderTakes):
    """Writes nothing until it is told to."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.open = threading.Event()

    def write(self, key: str, take: Take) -> TakeInfo:
        assert self.open.wait(30)
        return super().write(key, take)


def speak(spoken: list[str], fail_at: int | None = None) -> Iterator[tuple[str, Take]]:
    for at, key in enumerate(KEYS):
        if at == fail_at:
            raise DuoyinError("cannot speak this line")
        spoken.append(key)
        yield key, Take(np.full(100 + at, 0.1, dtype=np.float32), 24_000, (), {})


def test_takes_are_told_in_order_once_they_are_stored(tmp_path: Path) -> None:
    store, spoken = FolderTakes(tmp_path), list[str]()
    told = []
    for key, info in _stored(speak(spoken), store):
        assert store.info(key).digest == info.digest
        told.append((key, info.samples))
    assert told == [(key, 100 + at) for at, key in enumerate(KEYS)]


def test_speaking_goes_on_while_a_take_is_written_but_not_for_ever(tmp_path: Path) -> None:
    store, spoken = SlowDisk(tmp_path), list[str]()
    threading.Timer(0.5, store.open.set).start()
    takes = _stored(speak(spoken), store)
    first, _ = next(takes)
    assert first == KEYS[0]
    assert len(spoken) == MOST_BEHIND + 1  # so many were spoken before the first was on the disk
    assert [key for key, _ in takes] == KEYS[1:]


def test_what_was_spoken_before_a_line_that_fails_is_stored_and_told(tmp_path: Path) -> None:
    store, spoken, told = FolderTakes(tmp_path), list[str](), list[str]()
    with pytest.raises(DuoyinError, match="cannot speak"):
        for key, _ in _stored(speak(spoken, fail_at=5), store):
            told.append(key)
    assert told == spoken == KEYS[:5]
    assert all(store.has(key) for key in told)


def test_a_disk_that_fails_is_heard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DuoyinError("no space left on the device")

    monkeypatch.setattr(FolderTakes, "write", full)
    with pytest.raises(DuoyinError, match="no space left"):
        list(_stored(speak([]), FolderTakes(tmp_path)))


class FarAway(FolderTakes):
    """Takes a write only when three more are under way, as a server does that answers late and many at once."""

    writers = 4

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.together = threading.Barrier(self.writers)

    def write(self, key: str, take: Take) -> TakeInfo:
        self.together.wait(30)
        return super().write(key, take)


def test_several_takes_are_on_their_way_to_a_store_that_is_far(tmp_path: Path) -> None:
    store, spoken = FarAway(tmp_path), list[str]()
    told = [key for key, _ in _stored(speak(spoken), store)]
    assert told == KEYS and store.present(KEYS) == set(KEYS)
