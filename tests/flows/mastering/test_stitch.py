from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import measure, rms
from flows.mastering.stitch import FADE, HEADROOM, SCALE, ChapterSound, PlacedTake, blocks, stitch
from normalizers.errors import DuoyinError
from tests.flows.mastering.sounds import RATE, ArrayTake, babble, chapter
from tts_core.sound import Samples

FADED = round(FADE * RATE)


def sound_of(made: ChapterSound) -> Samples:
    return np.concatenate(list(blocks(made)))


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 5_000), min_size=1, max_size=6),
    pauses=st.lists(st.floats(0, 0.3), min_size=6, max_size=6),
    head=st.floats(0.01, 0.2),
    tail=st.floats(0, 0.2),
)
def test_every_take_is_where_its_line_says_and_nothing_else_sounds(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    pauses: list[float],
    head: float,
    tail: float,
) -> None:
    takes = [babble(n / RATE, seed) for seed, n in enumerate(lengths)]
    placed = [PlacedTake(ArrayTake(t), p) for t, p in zip(takes, pauses)]
    folder = tmp_path_factory.mktemp("chapters")
    made = stitch(placed, title="", folder=folder, sample_rate=RATE, head=head, tail=tail)
    whole = sound_of(made)
    expected = (
        round(head * RATE)
        + sum(lengths)
        + sum(round(p.pause_after * RATE) for p in placed)
        + round(tail * RATE)
    )
    assert len(whole) == made.samples == expected
    outside = np.ones(len(whole), bool)
    for (start, end), take in zip(made.lines, takes, strict=True):
        assert end - start == len(take)
        outside[start:end] = False
        if len(take) > 2 * FADED:
            inner = slice(FADED, len(take) - FADED)
            np.testing.assert_allclose(whole[start:end][inner], take[inner], atol=1 / SCALE)
    assert not whole[outside].any()


def test_peaks_above_full_scale_survive(tmp_path: Path) -> None:
    loud = babble(1.0) * 20
    assert np.abs(loud).max() > 1.4
    made = chapter(tmp_path, "loud", [np.clip(loud, -3.9, 3.9)])
    assert np.abs(sound_of(made)).max() == pytest.approx(min(3.9, np.abs(loud).max()), abs=1e-3)


def test_edges_have_no_click(tmp_path: Path) -> None:
    made = chapter(tmp_path, "dc", [np.full(RATE, 0.5, np.float32)])
    assert np.abs(np.diff(sound_of(made))).max() < 0.02


def test_the_same_takes_are_stitched_once_whatever_the_title(tmp_path: Path) -> None:
    takes = [babble(1.0, 1), babble(1.0, 2)]
    first = chapter(tmp_path, "One", takes)
    stamp = first.path.stat().st_mtime_ns
    second = chapter(tmp_path, "Renamed", takes)
    assert (second.key, second.lines, second.title) == (first.key, first.lines, "Renamed")
    assert second.path.stat().st_mtime_ns == stamp
    others = [
        chapter(tmp_path, "One", takes[::-1]),
        chapter(tmp_path, "One", takes, pause=0.5),
        chapter(tmp_path, "One", takes, head=0.7),
        chapter(tmp_path, "One", takes, room_tone=-70.0),
    ]
    assert len({c.key for c in [first, *others]}) == 5


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped bit", "record gone", "record cut", "record other", "sound gone"]
)
def test_a_damaged_chapter_is_stitched_again(tmp_path: Path, damage: str) -> None:
    takes = [babble(1.0)]
    first = chapter(tmp_path, "One", takes)
    record = first.path.with_suffix(".json")
    data = first.path.read_bytes()
    if damage == "truncated":
        first.path.write_bytes(data[:-100])
    elif damage == "flipped bit":
        first.path.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    elif damage == "record gone":
        record.unlink()
    elif damage == "record cut":
        record.write_bytes(record.read_bytes()[:20])
    elif damage == "record other":  # another place of the line: captions would stand elsewhere
        end = str(first.lines[0][1])
        record.write_text(record.read_text().replace(end, str(int(end) + 1), 1))
    else:
        first.path.unlink()
    again = chapter(tmp_path, "One", takes)
    assert again == first
    assert again.path.read_bytes() == data
    assert json.loads(record.read_bytes())["digest"] == first.digest
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".flac", ".json"]


def test_a_take_that_is_not_what_its_record_says_is_refused(tmp_path: Path) -> None:
    class Short(ArrayTake):
        @property
        def samples(self) -> int:
            return len(self.sound) + 1

    bad = [
        Short(babble(1.0)),
        ArrayTake(np.full(100, np.nan, np.float32)),
        ArrayTake(np.full(100, HEADROOM, np.float32)),
    ]
    for take in bad:
        with pytest.raises(DuoyinError, match=take.key[:12]):
            stitch([PlacedTake(take, 0.1)], title="", folder=tmp_path, sample_rate=RATE)
    assert not list(tmp_path.iterdir())


def test_no_lines_and_negative_pauses_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="without lines"):
        stitch([], title="Empty", folder=tmp_path, sample_rate=RATE)
    with pytest.raises(DuoyinError, match="empty takes"):
        chapter(tmp_path, "Empty", [np.zeros(0, np.float32)], pause=0, head=0, tail=0)
    with pytest.raises(DuoyinError, match="line 1 has a negative pause"):
        stitch([PlacedTake(ArrayTake(babble(1.0)), -0.1)], title="", folder=tmp_path, sample_rate=RATE)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DuoyinError, match="cannot write"):
        chapter(tmp_path / "file", "One", [babble(1.0)])


def test_cancelling_leaves_nothing_half_done(tmp_path: Path) -> None:
    cancel = threading.Event()

    class Cancelling(ArrayTake):
        def load(self) -> Samples:
            cancel.set()
            return self.sound

    lines = [PlacedTake(Cancelling(babble(1.0)), 0.1)] * 3
    with pytest.raises(Cancelled):
        stitch(lines, title="", folder=tmp_path, sample_rate=RATE, cancel=cancel)
    assert not list(tmp_path.iterdir())


def test_room_tone_has_the_level_asked_for(tmp_path: Path) -> None:
    made = chapter(tmp_path, "", [np.zeros(5 * RATE, np.float32)], room_tone=-70.0)
    level = rms([measure(blocks(made), RATE)])
    assert math.isclose(level, -70.0, abs_tol=0.5)


def test_voices_are_levelled_by_their_line_gain(tmp_path: Path) -> None:
    take = babble(2.0)
    lines = [PlacedTake(ArrayTake(take), 0.0, gain_db=-6.0)]
    made = stitch(lines, title="", folder=tmp_path, sample_rate=RATE, head=0, tail=0)
    np.testing.assert_allclose(sound_of(made)[FADED:-FADED], take[FADED:-FADED] * 10 ** (-6 / 20), atol=1e-6)
