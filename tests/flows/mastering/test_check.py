from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ffmpeg as graph
import numpy as np
import pytest
import soundfile

from flows.mastering import ffmpeg
from flows.mastering.check import CheckReport, ExpectedChapter, check
from flows.mastering.encode import Gain, encode_aac
from flows.mastering.exports import m4b
from flows.mastering.loudness import integrated, measure
from flows.mastering.profiles import AAC_64K, ACX, AUDIOBOOK, EBU_R128, PODCAST, PROFILES, Profile, profile
from flows.mastering.tags import BookMetadata
from normalizers.errors import DuoyinError
from tests.flows.mastering.sounds import RATE, babble, chapter
from tts_core.sound import Samples, amplitude


def at_loudness(lufs: float, seconds: float = 20.0) -> Samples:
    """Speech-like sound of that loudness, with a second of digital silence at the end."""
    sound = np.concatenate([babble(seconds), np.zeros(RATE, np.float32)])
    return sound * np.float32(amplitude(lufs - integrated([measure([sound], RATE)])))


def wav(path: Path, sound: Samples, rate: int = RATE) -> Path:
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return path


def failed(report: CheckReport) -> set[str]:
    return {limit.name for limit in report.limits if not limit.passed}


def test_a_file_inside_all_limits_passes(tmp_path: Path) -> None:
    path = wav(tmp_path / "good.wav", at_loudness(-19.0) * np.float32(1.0))
    report = check(path, AUDIOBOOK, missing_takes=0)
    assert failed(report) <= {"true peak"}  # babble is peakier than speech
    assert report.integrated == pytest.approx(-19.0, abs=0.02)
    assert report.seconds == 21.0


@pytest.mark.parametrize(
    ("judge", "lufs", "broken"),
    [
        (AUDIOBOOK, -20.0, "integrated loudness"),
        (AUDIOBOOK, -18.0, "integrated loudness"),
        (PODCAST, -19.0, "integrated loudness"),
        (EBU_R128, -22.0, "integrated loudness"),
        (ACX, -26.0, "RMS"),
        (ACX, -14.0, "RMS"),
    ],
)
def test_a_level_outside_the_profile_fails(tmp_path: Path, judge: Profile, lufs: float, broken: str) -> None:
    assert broken in failed(check(wav(tmp_path / "x.wav", at_loudness(lufs)), judge))


def test_a_true_peak_between_samples_fails_though_every_sample_is_below(tmp_path: Path) -> None:
    sound = at_loudness(-19.0) * np.float32(0.5)
    # fs/4 at 45 degrees: samples reach 0.707 of the crest
    tone = 0.75 * np.sin(np.pi / 2 * np.arange(2000) + np.pi / 4) * np.hanning(2000)
    sound[5000:7000] = tone.astype(np.float32)
    report = check(wav(tmp_path / "x.wav", sound), AUDIOBOOK)
    assert report.sample_peak < -5
    assert report.true_peak == pytest.approx(20 * math.log10(0.75), abs=0.1)
    assert "true peak" in failed(report)


def test_a_noisy_room_fails_and_a_quiet_one_passes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for level, fails in ((-55.0, True), (-65.0, False)):
        sound = at_loudness(-19.0)
        sound += (amplitude(level) * random.standard_normal(len(sound))).astype(np.float32)
        report = check(wav(tmp_path / "x.wav", sound), AUDIOBOOK)
        assert report.noise_floor == pytest.approx(level, abs=1.0)
        assert ("noise floor" in failed(report)) is fails


def test_missing_takes_fail(tmp_path: Path) -> None:
    path = wav(tmp_path / "x.wav", at_loudness(-19.0))
    assert "missing takes" in failed(check(path, AUDIOBOOK, missing_takes=1))
    assert "missing takes" not in failed(check(path, AUDIOBOOK, missing_takes=0))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ExpectedChapter]]:
    """A book of three chapters, the second one 6 dB softer."""
    folder = tmp_path_factory.mktemp("made")
    sounds = [
        chapter(folder, f"Chapter {n}", [babble(5.0 + n, n, level=0.1 if n != 1 else 0.05)], tail=1.0)
        for n in range(3)
    ]
    encoded = [encode_aac(s, Gain(0.0, -3.0), AAC_64K, folder) for s in sounds]
    path = folder / "book.m4b"
    m4b.write_m4b(encoded, [s.title for s in sounds], BookMetadata("Book", language="en"), path)
    return path, [ExpectedChapter(s.title, s.seconds) for s in sounds]


def test_chapters_are_measured_each_and_their_spread_is_reported(
    made: tuple[Path, list[ExpectedChapter]],
) -> None:
    path, expected = made
    report = check(path, AUDIOBOOK, expected=expected)
    assert [c.title for c in report.chapters] == [e.title for e in expected]
    assert report.chapter_spread == pytest.approx(6.0, abs=0.5)
    assert report.chapters[1].integrated < report.chapters[0].integrated - 5
    assert not failed(report) & {
        "chapter marks",
        "wrong chapter titles",
        "chapter length error",
        "sound outside chapters",
    }
    assert report.tags["title"] == "Book"
    assert report.language == "eng"


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda e: e[:-1], "chapter marks"),
        (lambda e: [*e, ExpectedChapter("more", 1.0)], "chapter marks"),
        (lambda e: [e[1], e[0], e[2]], "wrong chapter titles"),
        (lambda e: [replace(e[0], seconds=e[0].seconds - 0.5), *e[1:]], "chapter length error"),
        (lambda e: [*e[:-1], replace(e[-1], seconds=e[-1].seconds + 0.5)], "chapter length error"),
    ],
)
def test_marks_that_are_not_the_scripts_fail(
    made: tuple[Path, list[ExpectedChapter]],
    change: Callable[[list[ExpectedChapter]], list[ExpectedChapter]],
    broken: str,
) -> None:
    path, expected = made
    assert broken in failed(check(path, AUDIOBOOK, expected=change(expected)))


def test_a_file_cut_short_never_passes(made: tuple[Path, list[ExpectedChapter]], tmp_path: Path) -> None:
    data = made[0].read_bytes()
    for share in (0.3, 0.6, 0.95):
        path = tmp_path / "cut.m4b"
        path.write_bytes(data[: int(len(data) * share)])
        try:
            report = check(path, AUDIOBOOK)
        except DuoyinError as error:
            assert error.where == str(path)
        else:
            assert "decoded - stated length" in failed(report)


def test_damage_in_the_middle_is_an_error(made: tuple[Path, list[ExpectedChapter]], tmp_path: Path) -> None:
    data = bytearray(made[0].read_bytes())
    middle = len(data) * 3 // 4
    data[middle : middle + 3000] = bytes(3000)
    path = tmp_path / "damaged.m4b"
    path.write_bytes(data)
    with pytest.raises(DuoyinError) as caught:
        check(path, AUDIOBOOK)
    assert caught.value.where == str(path)


def test_the_report_is_json_and_a_table(made: tuple[Path, list[ExpectedChapter]]) -> None:
    report = check(made[0], AUDIOBOOK, expected=made[1])
    data = json.loads(report.to_json())
    assert data["passed"] is report.passed
    assert data["noise_floor"] is None  # digital silence: JSON knows no infinity
    assert {entry["name"] for entry in data["limits"]} == {limit.name for limit in report.limits}
    table = report.table()
    for limit in report.limits:
        assert limit.name in table
    assert ("FAIL" in table) is not report.passed


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp3", "libmp3lame"),
        ("opus", "libopus"),
        ("flac", "flac"),
        ("ogg", "libvorbis"),
        ("wav", "pcm_s16le"),
        ("m4a", "aac"),
        ("mka", "flac"),
    ],
)
def test_any_format_is_judged(tmp_path: Path, suffix: str, codec: str) -> None:
    source = wav(tmp_path / "x.wav", at_loudness(-23.0))
    path = tmp_path / f"y.{suffix}"
    ffmpeg.run(graph.input(str(source)).output(str(path), acodec=codec))
    report = check(path, EBU_R128)
    # libmp3lame makes everything softer by up to 0.45 dB, and the check must say so
    assert report.integrated == pytest.approx(-23.45 if suffix == "mp3" else -23.0, abs=0.2)
    assert report.seconds == pytest.approx(21.0, abs=0.1)
    assert report.passed, report.table()


def test_stereo_is_measured_as_both_channels(tmp_path: Path) -> None:
    sound = at_loudness(-22.0)
    path = wav(tmp_path / "x.wav", np.stack([sound, sound], axis=1))
    assert check(path, EBU_R128).integrated == pytest.approx(-19.0, abs=0.1)


def test_what_is_no_sound_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.m4b"
    with pytest.raises(DuoyinError, match="no such file"):
        check(path, AUDIOBOOK)
    path.write_bytes(b"\0" * 5000)
    with pytest.raises(DuoyinError, match="not a readable media file"):
        check(path, AUDIOBOOK)
    picture = tmp_path / "x.png"
    ffmpeg.run(graph.input("color=c=red:s=8x8", format="lavfi").output(str(picture), vframes=1))
    with pytest.raises(DuoyinError, match="no audio"):
        check(picture, AUDIOBOOK)


def test_profiles_are_found_by_name() -> None:
    assert set(PROFILES) == {"audiobook", "acx", "podcast", "ebu-r128"}
    with pytest.raises(DuoyinError, match="nonsense") as caught:
        profile("nonsense")
    assert "audiobook" in str(caught.value)
