"""From a plan to a file that is measured as delivered: real videos of the corpus, real containers."""

from __future__ import annotations

import resource
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.mastering import ffmpeg as program
from flows.mastering.dub import deliver
from flows.mastering.dub.deliver import Bed, DubDelivery, MixSettings, deliver_dub, programme_seconds
from flows.mastering.dub.media import count_audio, decode_aligned, inspect_media
from flows.mastering.dub.mix import DeliveredLoudness, judge_loudness
from flows.mastering.dub.mux import DubTrack, default_output
from flows.mastering.dub.plan import PlanLine, PlanOptions
from flows.mastering.dub.planner import plan
from flows.mastering.dub.profiles import dub_profile
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.dub.score import drift, find_delay
from flows.mastering.dub.speech import speech_seconds
from normalizers.errors import DuoyinError
from tests.flows.mastering.dub.takes import RATE, voiced
from tts_core.sound import Samples

CUES = ((0.4, 1.6), (1.9, 3.0), (3.2, 4.4))


def dub(
    out: Path,
    video: Path | None,
    work: Path,
    *,
    profile: str = "ebu-r128",
    length: float = 1.15,
    lose: bool = False,
    bed: Bed = "duck",
    weights: Path | None = None,
    bed_file: Path | None = None,
) -> DubDelivery:
    """A dub of three lines with made-up takes; `lose` silences the second one after planning."""
    sounds = {f"l{k}": voiced(length, pitch=110 + 25 * k) for k in range(len(CUES))}
    lines = [
        PlanLine(
            f"l{k}", k + 1, "ab"[k % 2], a, b, speech_seconds(sounds[f"l{k}"], RATE), syllables=5, words=4
        )
        for k, (a, b) in enumerate(CUES)
    ]
    media = inspect_media(video) if video else None
    options = PlanOptions(programme_seconds=programme_seconds(media, lines))

    def sound(name: str) -> tuple[Samples, int]:
        take = sounds[name]
        if lose and name == "l1":
            take = (take * 0 + np.float32(1e-4) * np.sign(take)).astype(np.float32)
        return take, RATE

    settings = MixSettings(
        dub_profile(profile),
        DubTrack("en", "English dub"),
        bed=bed,
        separation_weights=weights,
        bed_file=bed_file,
    )
    texts = {line.id: f"line <{line.cue}>" for line in lines}
    return deliver_dub(
        plan(lines, options), lines, texts, sound, out, settings, media=media, work=work, options=options
    )


def told(path: Path) -> str:
    done = subprocess.run([program.find(), "-hide_banner", "-i", str(path)], capture_output=True, check=False)
    return done.stderr.decode(errors="replace")


def picture_digest(path: Path) -> str:
    command = [program.find(), "-v", "error", "-i", str(path), "-map", "0:v", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("open-dubbing-english.mp4", ".mp4"),
        ("open-dubbing-english.mp4", ".mkv"),
        ("subtitleedit-delayed-audio.mkv", ".mkv"),
        ("subtitleedit-delayed-audio.mkv", ".mp4"),
        ("count-video.mp4", ".mp4"),
    ],
)
def test_a_video_gets_a_further_track(shared: Path, tmp_path: Path, name: str, suffix: str) -> None:
    video = shared / "corpus/video" / name
    before = inspect_media(video)
    done = dub(tmp_path / f"out{suffix}", video, tmp_path)
    after = inspect_media(done.path)
    assert done.passed, [gate for gate in done.scorecard.gates if not gate.passed]
    assert len(after.audio) == len(before.audio) + 1, "the originals are kept"
    assert picture_digest(done.path) == picture_digest(video), "pictures are never encoded again"
    track = after.audio[-1]
    assert track.language == "eng"
    assert "English dub" in told(done.path)
    audio = [text for text in told(done.path).splitlines() if ": Audio:" in text]
    assert "(default)" in audio[-1] and not any("(default)" in text for text in audio[:-1])
    channels = max(1, before.audio[0].channels) if before.audio else 1
    samples = sum(
        len(block) for block in decode_aligned(done.path, stream=len(before.audio), channels=channels)
    )
    assert samples == round(before.seconds * DUB_RATE), "as long as the programme, to the sample"
    assert all(abs(line.mux_delay_ms) < 1 and line.heard for line in done.scorecard.lines)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a", ".opus"])
def test_stems_are_sound_files_of_the_programmes_length(tmp_path: Path, suffix: str) -> None:
    done = dub(tmp_path / f"stem{suffix}", None, tmp_path, profile="podcast")
    assert done.passed, [gate for gate in done.scorecard.gates if not gate.passed]
    assert sum(len(block) for block in decode_aligned(done.path, channels=1)) == round(
        done.programme_seconds * DUB_RATE
    )


def test_webm_keeps_its_codecs(shared: Path, tmp_path: Path) -> None:
    video = tmp_path / "short.webm"
    source = shared / "corpus/video/tears-of-steel-battle-clip.webm"
    command = [program.find(), "-v", "error", "-i", str(source), "-t", "6", "-c", "copy", str(video)]
    subprocess.run(command, check=True)
    done = dub(tmp_path / "out.webm", video, tmp_path, profile="match-source")
    assert done.passed, [gate for gate in done.scorecard.gates if not gate.passed]
    assert [s.codec for s in inspect_media(done.path).streams] == ["vp8", "vorbis", "opus"]
    assert -24.5 < done.loudness.dialogue < -12, "a battle of -6 LUFS without a word is nothing to match"
    assert any("nobody speaks in the original" in warning for warning in done.warnings)
    gates = {gate.name: gate for gate in done.scorecard.gates}
    assert gates["speech_lufs"].passed and gates["speech_over_bed_lu"].value >= 4
    h264 = replace(inspect_media(video).streams[0], codec="h264")
    with pytest.raises(DuoyinError, match="never encoded again"):
        from flows.mastering.dub.mux import write_video

        write_video(
            [],
            replace(inspect_media(video), streams=(h264,)),
            tmp_path / "x.webm",
            1,
            DubTrack("en", "x"),
            tmp_path / "partial",
        )


def test_only_the_last_attempt_takes_the_name_of_the_finished_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dub.flac"
    judged = judge_loudness
    there: list[bool] = []

    def first_misses(*parts: Any) -> DeliveredLoudness:
        there.append(out.exists())
        loudness = judged(*parts)
        return replace(loudness, judged=loudness.target - 5.0, passed=False) if len(there) == 1 else loudness

    monkeypatch.setattr(deliver, "judge_loudness", first_misses)
    dub(out, None, tmp_path / "work")
    assert len(there) >= 2 and not any(there), (
        "a run killed between two attempts must leave no file that missed"
    )
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".partial"] == []


def test_a_disk_that_takes_no_more_speech_is_one_message(tmp_path: Path) -> None:
    def write() -> None:
        dub(tmp_path / "dub.flac", None, tmp_path / "work")

    write()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(DuoyinError, match="cannot be written"):
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_subtitles_and_tags_of_the_original_stay(shared: Path, tmp_path: Path) -> None:
    video = tmp_path / "with-subtitles.mkv"
    clip, cues = (
        shared / "corpus/video/open-dubbing-english.mp4",
        shared / "corpus/srt/mp4parser-count-de.srt",
    )
    command = [
        program.find(),
        "-v",
        "error",
        "-i",
        str(clip),
        "-i",
        str(cues),
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
    ]
    subprocess.run([*command, "-c:s", "srt", "-metadata:s:s:0", "language=deu", str(video)], check=True)
    for suffix, codec in ((".mkv", "subrip"), (".mp4", "mov_text")):
        done = dub(tmp_path / f"out{suffix}", video, tmp_path)
        kept = [s for s in inspect_media(done.path).streams if s.kind == "subtitle"]
        assert [(s.codec, s.language) for s in kept] == [(codec, "ger" if suffix == ".mkv" else "deu")] or [
            s.codec for s in kept
        ] == [codec]


def test_a_videos_length_is_that_of_its_last_picture_or_sound(tmp_path: Path) -> None:
    video = tmp_path / "made.mkv"
    command = [program.find(), "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=3"]
    command += [
        "-f",
        "lavfi",
        "-i",
        "sine=duration=2",
        "-c:v",
        "mpeg4",
        "-bf",
        "2",
        "-c:a",
        "flac",
        str(video),
    ]
    subprocess.run(command, check=True)
    picture, sound = inspect_media(video).streams
    assert picture.start == 0.0 and picture.end == pytest.approx(3.0, abs=0.002)
    assert sound.end == pytest.approx(2.0, abs=0.002)
    assert inspect_media(video).seconds == picture.end and count_audio(video) == 1


def test_late_original_sound_stays_late(shared: Path) -> None:
    video = shared / "corpus/video/subtitleedit-delayed-audio.mkv"
    sound = np.concatenate(list(decode_aligned(video, channels=2)))
    assert inspect_media(video).audio[0].start == pytest.approx(0.5)
    assert float(np.abs(sound[: round(0.49 * DUB_RATE)]).max()) == 0.0
    assert float(np.abs(sound[round(0.5 * DUB_RATE) :]).max()) > 0.01


def test_voices_can_be_taken_out_of_the_bed(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of the model in a delivery; the model itself is in tests/tts_core/test_separation.py."""
    video = shared / "corpus/video/open-dubbing-english.mp4"
    with pytest.raises(DuoyinError, match="needs the weights"):
        dub(tmp_path / "a.mkv", video, tmp_path, bed="separate")
    weights = tmp_path / "weights.pt"
    with pytest.raises(DuoyinError, match="not on this disk"):
        dub(tmp_path / "a.mkv", video, tmp_path, bed="separate", weights=weights)
    weights.write_bytes(b"a model")
    calls: list[int] = []

    def nothing_left(segment: Samples) -> Samples:
        calls.append(segment.shape[1])
        return segment * np.float32(0)

    monkeypatch.setattr("flows.mastering.dub.deliver.load_background", lambda path: nothing_left)
    done = dub(tmp_path / "a.mkv", video, tmp_path, bed="separate", weights=weights, profile="match-source")
    assert calls and done.passed, [gate for gate in done.scorecard.gates if not gate.passed]
    track = np.concatenate(list(decode_aligned(done.path, stream=1, channels=1)))
    after = round((done.scorecard.lines[-1].end + 0.3) * DUB_RATE)
    assert np.abs(track[after:]).max() < 1e-3, "nothing of the original is left"
    again = len(calls)
    dub(tmp_path / "a.mkv", video, tmp_path, bed="separate", weights=weights)
    assert len(calls) == again, "a video is separated once"


def test_speech_that_drowns_in_the_bed_breaches_a_gate(tmp_path: Path) -> None:
    video, music = tmp_path / "film.mkv", tmp_path / "music.flac"
    for source, out in (
        ("sine=frequency=300:duration=5", video),
        ("anoisesrc=duration=5:amplitude=0.9", music),
    ):
        command = [program.find(), "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "flac", str(out)]
        subprocess.run(command, check=True)
    for bed_file, heard in ((None, True), (music, False)):
        done = dub(tmp_path / "out.mka", video, tmp_path, profile="match-source", bed_file=bed_file)
        gates = {gate.name: gate.passed for gate in done.scorecard.gates}
        assert gates["speech_over_bed_lu"] == heard and done.passed == heard, gates


def test_a_lost_line_breaches_a_gate(tmp_path: Path) -> None:
    done = dub(tmp_path / "lost.flac", None, tmp_path, lose=True)
    assert not done.passed
    assert {gate.name for gate in done.scorecard.gates if not gate.passed} >= {"lost_lines"}
    assert [line.heard for line in done.scorecard.lines] == [True, False, True]


def test_long_lines_are_delivered_whole(tmp_path: Path) -> None:
    done = dub(tmp_path / "long.flac", None, tmp_path, length=2.6)
    metrics = done.scorecard.metrics
    assert metrics["flagged"] > 0
    assert metrics["overrun_ms"] == metrics["overlap_ms"] == metrics["lost_lines"] == 0
    assert metrics["rate_max"] <= 1.305


def test_mistakes_are_named(shared: Path, tmp_path: Path) -> None:
    video = shared / "corpus/video/count-video.mp4"
    with pytest.raises(DuoyinError, match="cannot be written"):
        dub(tmp_path / "out.avi", video, tmp_path)
    with pytest.raises(DuoyinError, match="no video is given"):
        dub(tmp_path / "out.mkv", None, tmp_path)
    with pytest.raises(DuoyinError, match="not a readable media file"):
        inspect_media(shared / "corpus/README.md")
    assert default_output(Path("film.avi")).name == "film.dub.mkv"


def test_delay_is_found_under_noise() -> None:
    sound = voiced(0.7)
    margin = 4800
    window = np.zeros(len(sound) + 2 * margin, np.float32)
    window[margin + 96 : margin + 96 + len(sound)] += sound
    window += np.random.default_rng(0).standard_normal(len(window)).astype(np.float32) * 0.02
    delay, correlation = find_delay(sound, window, margin)
    assert delay == pytest.approx(2.0, abs=0.15) and correlation > 0.7
    assert find_delay(sound, np.zeros_like(window), margin)[1] < 0.01


def test_drift_is_a_slope() -> None:
    starts = [60.0 * k for k in range(10)]
    assert drift(starts, np.array([7.0 * k for k in range(10)]))[0] == pytest.approx(7.0)
    assert drift([1.0], np.array([3.0])) == (0.0, 0.0)
    assert drift([1.0, 3.0, 9.0], np.array([0.0, 300.0, 0.0])) == (0.0, 0.0)
