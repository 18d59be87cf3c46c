"""Takes on disk: whole or absent, and never mistaken for another."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from normalizers import DuoyinError
from tts_core.engine import Prepared, Take, TokenTime, Word, word_times
from tts_core.files import partial_name
from tts_core.takes import UNSEALED, CorruptTake, FolderTakes, take_key

LINE = Prepared((("hˌi ɹˈɛd ðə lˈɛtəɹ.", ""),), "bm_george", "en", text="He read the letter.")
KEY = "ab" + "0" * 62


def key_of(
    line: Prepared,
    *,
    engine: str = "kokoro",
    fingerprint: str = "f" * 64,
    voice_digest: str = "a" * 64,
    sample_rate: int = 24_000,
) -> str:
    return take_key(
        line, engine=engine, fingerprint=fingerprint, voice_digest=voice_digest, sample_rate=sample_rate
    )


def some_take(seconds: float = 0.5, peak: float = 0.5) -> Take:
    t = np.arange(int(24_000 * seconds)) / 24_000
    return Take(
        (peak * np.sin(2 * np.pi * 220 * t)).astype(np.float32),
        24_000,
        (0.0, 0.25, 0.5),
        {"pieces": 1},
    )


def test_a_take_comes_back_with_its_times_and_evidence(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    take = some_take()
    info = store.write(KEY, take)
    back = store.read(KEY)
    assert np.abs(back.samples - take.samples).max() <= 2.0**-24
    assert back.times == take.times
    assert back.evidence == take.evidence
    assert (info.samples, info.sample_rate) == (12_000, 24_000)
    assert store.info(KEY) == info


@settings(deadline=None)  # a disk shared with others takes its time
@given(arrays(np.float32, st.integers(1, 300), elements=st.floats(-8, 8, width=32)))
def test_samples_above_full_scale_do_not_clip(samples: np.ndarray) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = FolderTakes(Path(folder))
        store.write(KEY, Take(samples, 24_000))
        # one step of 24 bits at the scale that holds a peak of 8
        assert np.abs(store.read(KEY).samples - samples).max(initial=0.0) <= 16 * 2.0**-23


def test_the_same_content_gives_the_same_key_and_any_other_content_another() -> None:
    key = key_of(LINE)
    same = [
        replace(LINE, voice="another name of the same voice"),
        replace(LINE, text="He red the letter.", words=(Word(0, 2, 0, 3),)),
    ]
    assert {key_of(line) for line in same} == {key}
    others = [
        key_of(replace(LINE, given=(("hˌi ɹˈid ðə lˈɛtəɹ.", ""),))),
        key_of(replace(LINE, speed=1.1)),
        key_of(replace(LINE, seed=1)),
        key_of(LINE, engine="other"),
        key_of(LINE, fingerprint="other"),
        key_of(LINE, voice_digest="other"),
        key_of(LINE, sample_rate=16_000),
    ]
    assert len({key, *others}) == len(others) + 1


def test_a_line_as_read_survives_a_pipe() -> None:
    line = replace(LINE, words=(Word(0, 2, 0, 3), Word(3, 7, 4, 8)), speed=1.1)
    back = Prepared.from_json(json.loads(json.dumps(line.to_json())))
    assert back == line and hash(back) == hash(line)
    assert key_of(back) == key_of(line)


def test_times_are_mapped_onto_the_text_as_it_is_spelled_now() -> None:
    stored = (0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
    line = replace(LINE, text="He's red.", words=(Word(0, 4, 0, 3), Word(5, 8, 4, 8)))
    assert word_times(line, stored) == (TokenTime(0, 4, 0.0, 0.3), TokenTime(5, 8, 0.5, 0.9))


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    store.write(KEY, some_take())
    path = store.path(KEY)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(CorruptTake, match="damaged"):
        store.read(KEY)


def test_no_flipped_bit_of_a_take_gives_another_sound_or_other_times(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    store.write(KEY, some_take(seconds=0.02))
    path, whole, info = store.path(KEY), store.read(KEY), store.info(KEY)
    data = path.read_bytes()
    noticed = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
        try:
            assert store.info(KEY).times == info.times
            back = store.read(KEY)
        except CorruptTake:
            noticed += 1
            continue
        assert (back.times, back.sample_rate) == (whole.times, whole.sample_rate), place
        assert np.array_equal(back.samples, whole.samples), place
    assert noticed > len(data) / 2, "most of it is sound and its record"


def test_a_take_of_before_records_were_sealed_is_still_a_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsealed(record: dict[str, object]) -> str:
        return json.dumps({name: record[name] for name in UNSEALED})

    monkeypatch.setattr("tts_core.takes.seal", unsealed)
    store = FolderTakes(tmp_path)
    store.write(KEY, some_take())
    assert store.read(KEY).times == (0.0, 0.25, 0.5)


def test_a_truncated_take_is_noticed(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    store.write(KEY, some_take())
    data = store.path(KEY).read_bytes()
    store.path(KEY).write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptTake):
        store.read(KEY)


def test_a_take_under_the_name_of_another_is_noticed(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    store.write(KEY, some_take())
    other = "ab" + "1" * 62
    store.path(KEY).rename(store.path(other))
    with pytest.raises(CorruptTake, match="another key"):
        store.read(other)


def test_a_broken_header_is_set_aside_so_that_the_line_is_made_anew(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    store.path(KEY).parent.mkdir(parents=True)
    store.path(KEY).write_bytes(b"not a FLAC file")
    assert store.usable([KEY]) == set()
    assert not store.has(KEY)
    assert store.path(KEY).with_suffix(".corrupt").read_bytes() == b"not a FLAC file"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FolderTakes(tmp_path)
    with pytest.raises(DuoyinError, match="no numbers"):
        store.write(KEY, Take(np.array([np.nan], np.float32), 24_000))
    with pytest.raises(DuoyinError, match="no sound"):
        store.write(KEY, Take(np.zeros(0, np.float32), 24_000))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_store_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("a file where the folder should be")
    with pytest.raises(DuoyinError, match="run again") as caught:
        FolderTakes(tmp_path / "takes").write(KEY, some_take())
    assert caught.value.where == str(tmp_path / "takes")


def test_the_other_name_of_a_take_goes_whose_writer_was_killed_between_the_two(tmp_path: Path) -> None:
    """A take gets its name as a link; killed before the name it was written under is gone, the writer leaves both."""
    store = FolderTakes(tmp_path)
    key = "ab" * 32
    store.write(key, Take(np.zeros(240, np.float32), 24_000))
    left = partial_name(store.path(key), process=4_194_305)  # above every process id of Linux
    os.link(store.path(key), left)
    assert store.usable([key]) == {key}
    assert os.listdir(store.path(key).parent) == [f"{key}.flac"]
