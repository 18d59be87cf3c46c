"""Known sound in a decoded stream: found to a fraction of a millisecond, and missed when it is not whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from flows.mastering import ffmpeg
from flows.mastering.encode import Gain, encode_file
from flows.mastering.locate import FOUND, Located, Locator, Sought
from flows.mastering.profiles import ENCODINGS
from flows.mastering.stitch import PlacedTake, stitch
from tests.flows.mastering.sounds import RATE, ArrayTake, babble, voices
from tts_core.sound import Samples

PAUSE = round(0.4 * RATE)


def lines(count: int = 6) -> list[Samples]:
    """Speech-like lines of one voice, of half a second and more."""
    return [babble(0.5 + 0.37 * n, seed=n) for n in range(count)]


def loading(sound: Samples) -> Callable[[], tuple[Samples, int]]:
    return lambda: (sound, RATE)


def sought(sounds: Sequence[Samples]) -> list[Sought]:
    """The lines one after another with a pause before each."""
    made, at = [], 0
    for number, sound in enumerate(sounds):
        at += PAUSE
        made.append(Sought(str(number), at / RATE, len(sound) / RATE, loading(sound)))
        at += len(sound)
    return made


def laid(sounds: Sequence[Samples]) -> Samples:
    pause = np.zeros(PAUSE, np.float32)
    return np.concatenate([part for sound in sounds for part in (pause, sound)] + [pause])


def located(
    stream: Samples, wanted: Sequence[Sought], *, block: int = 5000, margin: float = 0.1
) -> list[Located]:
    locator = Locator(wanted, RATE, 1, margin=margin)
    for at in range(0, len(stream), block):
        locator.push(stream[at : at + block])
    return locator.finish()


@pytest.mark.parametrize("block", [317, 5000, 10**9])
def test_every_line_is_found_in_its_place_however_the_stream_is_cut(block: int) -> None:
    sounds = lines()
    for line in located(0.3 * laid(sounds), sought(sounds), block=block):
        assert line.found and not line.lost and not line.disturbed
        assert abs(line.delay_ms) < 0.05


@pytest.mark.parametrize("late", [-0.06, -0.0021, 0.0007, 0.0053, 0.09])
def test_a_shift_is_told_to_a_twentieth_of_a_millisecond(late: float) -> None:
    sounds = lines()
    shift = round(late * RATE)
    stream = np.roll(laid(sounds), shift)
    for line in located(stream, sought(sounds)):
        assert line.found and abs(line.delay_ms - 1000 * shift / RATE) < 0.05


def test_a_gain_that_changes_within_a_line_is_no_fault() -> None:
    sounds = lines()
    stream = laid(sounds)
    ridden = stream * np.linspace(0.2, 0.9, len(stream), dtype=np.float32)
    assert all(line.found and not line.lost for line in located(np.clip(ridden, -0.1, 0.1), sought(sounds)))


def test_a_line_that_was_coded_badly_is_believed_in_its_own_place_only() -> None:
    sounds = lines()
    hiss = 0.9 * np.random.default_rng(1).normal(size=len(laid(sounds))).astype(np.float32)
    stream = laid(sounds)
    stream = stream + hiss * np.abs(stream)
    poor = located(stream, sought(sounds))
    assert all(0.4 <= line.correlation < FOUND and line.found for line in poor)
    late = located(np.roll(stream, round(0.02 * RATE)), sought(sounds))
    assert not any(line.found for line in late)


def test_a_swapped_pair_is_not_found_and_looking_further_tells_where_it_is() -> None:
    sounds = lines()
    stream = laid([sounds[0], sounds[2], sounds[1], *sounds[3:]])
    found = located(stream, sought(sounds))
    assert [line.id for line in found if not line.found] == ["1", "2"]
    again = located(stream, [line for line in sought(sounds) if line.id in "12"], margin=10.0)
    moved = (len(sounds[2]) + PAUSE) / RATE, -(len(sounds[1]) + PAUSE) / RATE
    assert [round(line.delay_ms / 1000, 3) for line in again] == [round(shift, 3) for shift in moved]


def test_a_missing_line_is_missed_and_no_other() -> None:
    sounds = lines()
    stream = laid([*sounds[:3], np.zeros_like(sounds[3]), *sounds[4:]])
    assert [line.id for line in located(stream, sought(sounds)) if not line.found] == ["3"]


def test_a_line_said_twice_moves_all_that_follow() -> None:
    sounds = lines()
    found = located(laid([*sounds[:3], *sounds[2:]]), sought(sounds))
    assert [line.id for line in found if not line.found] == ["3", "4", "5"]


@pytest.mark.parametrize("part", ["head", "middle", "tail"])
def test_a_line_that_is_cut_is_found_and_not_whole(part: str) -> None:
    sounds = lines()
    cut = sounds[4].copy()
    count, size = len(cut), round(0.3 * RATE)
    first = {"head": size, "middle": (count - size) // 2, "tail": count - size}[part]
    cut[first : first + size] = 0
    found = located(laid([*sounds[:4], cut, *sounds[5:]]), sought(sounds))
    assert [line.id for line in found if line.lost] == ["4"]
    start, end = found[4].lost[0]
    assert abs(start - first / RATE) <= 0.15 and abs(end - (first + size) / RATE) <= 0.15


def test_what_is_heard_in_a_pause_is_told() -> None:
    sounds = lines()
    stream = laid(sounds)
    at = round(sought(sounds)[2].start * RATE) - round(0.2 * RATE)
    stream[at : at + 2400] += babble(0.1, seed=99)
    assert [line.id for line in located(stream, sought(sounds)) if line.disturbed] == ["2"]


def test_what_is_heard_behind_the_last_line_is_told() -> None:
    sounds = lines(2)
    for tail, heard in ((babble(3.0, seed=99), True), (np.zeros(3 * RATE, np.float32), False)):
        locator = Locator(sought(sounds), RATE, 1)
        locator.push(np.concatenate([laid(sounds), tail]))
        assert all(line.found for line in locator.finish())
        assert (locator.noise_after > -50) is heard


def test_a_stream_that_ends_early_lacks_what_comes_after() -> None:
    sounds = lines()
    stream = laid(sounds)
    found = located(stream[: round(sought(sounds)[4].start * RATE)], sought(sounds))
    assert [line.found for line in found] == [True] * 4 + [False] * 2


def test_a_silent_line_has_nothing_to_be_found() -> None:
    sounds = [*lines(2), np.zeros(RATE, np.float32)]
    last = located(laid(sounds), sought(sounds))[-1]
    assert last.silent and last.found


def test_both_channels_are_heard() -> None:
    sounds = lines(3)
    left = laid(sounds)
    locator = Locator(sought(sounds), RATE, 2)
    locator.push(np.stack([left, 0 * left], axis=1))
    assert all(line.found for line in locator.finish())


@pytest.mark.parametrize("codec", ["aac", "mp3", "opus", "flac"])
def test_real_voices_are_found_behind_every_encoder(codec: str, shared: Path, tmp_path: Path) -> None:
    pieces: list[Samples] = []
    for voice in voices(shared):
        pieces += [voice[at : at + 12_000] for at in range(0, len(voice) - 12_000, 12_000)][:10]
    sound = stitch(
        [PlacedTake(ArrayTake(piece), 0.3) for piece in pieces], title="", folder=tmp_path, sample_rate=RATE
    )
    path = tmp_path / f"x.{'m4a' if codec == 'aac' else codec}"
    encode_file(sound, Gain(9.0, -4.0), ENCODINGS[codec], path, tags={})
    info = ffmpeg.probe(path)
    wanted = [
        Sought(str(n), first / RATE, (end - first) / RATE, loading(pieces[n]))
        for n, (first, end) in enumerate(sound.lines)
    ]
    locator = Locator(wanted, info.sample_rate, 1)
    for block in ffmpeg.decode(path, info.sample_rate, 1):
        locator.push(block)
    for line in locator.finish():
        assert line.silent or line.correlation > FOUND + 0.05
        assert abs(line.delay_ms) < 0.2 and not line.lost and not line.disturbed
