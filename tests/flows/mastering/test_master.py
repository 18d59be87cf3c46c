from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ffmpeg as graph
import numpy as np
import psutil
import pytest

from flows.mastering import ffmpeg
from flows.mastering.check import check
from flows.mastering.encode import is_whole
from flows.mastering.exports.chapters import export_chapters
from flows.mastering.exports.m4b import master_book
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import integrated, measure
from flows.mastering.master import MasterProgress, level_voices
from flows.mastering.profiles import ACX, AUDIOBOOK, EBU_R128, PODCAST, Encoding, Profile
from flows.mastering.tags import BookMetadata
from normalizers.errors import DuoyinError
from tests.flows.mastering.sounds import RATE, babble, book, chapter, voices
from tests.warm import Started, Warm

BOOK = BookMetadata("A Book", authors=("Somebody",), narrator="Heart", language="en", year="2026")


def audio_digest(path: Path) -> str:
    """SHA-256 of the encoded audio stream."""
    copy = graph.input(str(path))["a:0"].output("pipe:", format="adts", acodec="copy")
    return hashlib.sha256(ffmpeg.run(copy)).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("profile", [AUDIOBOOK, ACX, PODCAST, EBU_R128], ids=lambda p: p.name)
def test_real_voices_are_delivered_inside_every_profile(
    shared: Path, tmp_path: Path, profile: Profile
) -> None:
    readers = voices(shared)
    chapters = [chapter(tmp_path / "ch", f"Chapter {n + 1}", [readers[n], readers[-1 - n]]) for n in range(2)]
    report = master_book(chapters, BOOK, profile, tmp_path / "book.m4b")
    assert report.passed, report.check.table()
    # and by another judge
    again = check(tmp_path / "book.m4b", profile)
    assert again.passed
    assert again.integrated == report.check.integrated
    assert files(tmp_path).count("book.m4b") == 1
    assert not [name for name in files(tmp_path) if name.endswith(".partial")]


def test_takes_above_full_scale_are_limited_not_clipped(tmp_path: Path) -> None:
    loud = chapter(tmp_path, "loud", [np.clip(babble(8.0, level=0.5), -3.9, 3.9)])
    report = master_book([loud], BOOK, AUDIOBOOK, tmp_path / "book.m4b")
    assert report.gain_db < 0
    assert report.passed, report.check.table()


def test_one_gain_for_the_whole_book(tmp_path: Path) -> None:
    soft = chapter(tmp_path, "soft", [babble(6.0, level=0.02)])
    loud = chapter(tmp_path, "loud", [babble(6.0, level=0.04)])
    report = master_book([soft, loud], BOOK, EBU_R128, tmp_path / "book.m4b")
    assert report.check.chapter_spread == pytest.approx(6.0, abs=1.0)


def test_a_codec_that_overshoots_is_met_with_a_lower_ceiling(tmp_path: Path) -> None:
    # No allowance for overshoot and few bits: the first delivery misses the peak limit.
    bold = replace(PODCAST, encoding=Encoding("aac", 24_000, None, 0.0), loudness_tolerance=3.0)
    report = master_book(book(tmp_path / "ch", level=0.2), BOOK, bold, tmp_path / "book.m4b")
    assert report.corrections >= 1
    assert min(report.ceilings) < bold.max_true_peak
    assert report.passed, report.check.table()


def test_mastering_twice_gives_the_same_file_and_encodes_once(tmp_path: Path) -> None:
    chapters = book(tmp_path / "ch")
    out = tmp_path / "book.m4b"
    first = master_book(chapters, BOOK, AUDIOBOOK, out, workers=1)
    data = out.read_bytes()
    encoded = {p: p.stat().st_mtime_ns for p in (tmp_path / ".book.mastering").iterdir()}
    second = master_book(chapters, BOOK, AUDIOBOOK, out, workers=3)
    assert out.read_bytes() == data
    assert second == first
    assert {p: p.stat().st_mtime_ns for p in encoded} == encoded


def test_a_changed_chapter_alone_is_encoded_again(tmp_path: Path) -> None:
    chapters = book(tmp_path / "ch", count=4)
    work, out = tmp_path / "work", tmp_path / "book.m4b"
    master_book(chapters, BOOK, AUDIOBOOK, out, work=work)
    before = set(files(work))
    edited = babble(3.0, 3)
    edited[30_000:32_000] *= np.float32(0.9)  # one word said otherwise
    changed = chapter(tmp_path / "ch", chapters[1].title, [babble(3.0, 2), edited])
    master_book([chapters[0], changed, *chapters[2:]], BOOK, AUDIOBOOK, out, work=work)
    after = set(files(work))
    for made in (after - before, before - after):
        assert sorted(Path(name).suffix for name in made) == [
            ".aac",
            ".json",
        ]  # one chapter, and what proves it whole


def test_a_silent_book_is_refused(tmp_path: Path) -> None:
    silent = chapter(tmp_path, "s", [np.zeros(RATE, np.float32)])
    with pytest.raises(DuoyinError, match="silent"):
        master_book([silent], BOOK, AUDIOBOOK, tmp_path / "book.m4b")
    with pytest.raises(DuoyinError, match="without chapters"):
        master_book([], BOOK, AUDIOBOOK, tmp_path / "book.m4b")
    assert not (tmp_path / "book.m4b").exists()


def test_a_broken_cover_costs_the_cover_not_the_night(tmp_path: Path) -> None:
    report = master_book(
        book(tmp_path / "ch", 1), replace(BOOK, cover=b"<svg/>"), AUDIOBOOK, tmp_path / "book.m4b"
    )
    assert "no cover" in report.warnings[0]
    assert not report.check.has_cover


def test_a_damaged_chapter_file_is_named(tmp_path: Path) -> None:
    chapters = book(tmp_path / "ch")
    chapters[1].path.write_bytes(b"rubbish")
    with pytest.raises(DuoyinError) as caught:
        master_book(chapters, BOOK, AUDIOBOOK, tmp_path / "book.m4b")
    assert caught.value.where == str(chapters[1].path)


@pytest.mark.parametrize("stage", ["measure", "level", "encode", "check"])
def test_cancelling_at_any_stage_keeps_the_old_file_and_leaves_no_process(tmp_path: Path, stage: str) -> None:
    chapters, out = book(tmp_path / "ch"), tmp_path / "book.m4b"
    out.write_text("the old book")
    cancel = threading.Event()

    def stop(progress: MasterProgress) -> None:
        if progress.stage == stage:
            cancel.set()

    with pytest.raises(Cancelled):
        master_book(chapters, BOOK, AUDIOBOOK, out, progress=stop, cancel=cancel)
    assert out.read_text() == "the old book"
    assert not any("ffmpeg" in child.name() for child in psutil.Process().children(recursive=True))
    assert not [name for name in files(tmp_path) if name.endswith(".partial")]


def test_what_the_progress_callback_raises_stops_the_run(tmp_path: Path) -> None:
    def interrupt(progress: MasterProgress) -> None:
        if progress.stage == "encode":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        master_book(book(tmp_path / "ch"), BOOK, AUDIOBOOK, tmp_path / "book.m4b", progress=interrupt)
    assert not any("ffmpeg" in child.name() for child in psutil.Process().children(recursive=True))


def test_progress_tells_every_stage_and_reaches_the_end(tmp_path: Path) -> None:
    seen: list[MasterProgress] = []
    chapters = book(tmp_path / "ch")
    master_book(chapters, BOOK, AUDIOBOOK, tmp_path / "book.m4b", progress=seen.append)
    assert list(dict.fromkeys(p.stage for p in seen)) == ["measure", "level", "encode", "check"]
    total = sum(c.seconds for c in chapters)
    for stage in ("measure", "encode"):
        assert [p.done for p in seen if p.stage == stage][-1] == pytest.approx(total)
    assert all(p.total == pytest.approx(total) for p in seen)


def production() -> None:
    """What a process makes that is killed: a book in the folder of its command line."""
    folder = Path(sys.argv[1])
    chapters = book(folder / "ch", count=4, seconds=6.0)
    print("stitched", flush=True)
    master_book(
        chapters,
        BOOK,
        AUDIOBOOK,
        folder / "book.m4b",
        progress=lambda progress: print(progress.stage, flush=True),
    )
    print("done", flush=True)


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    process = Warm([__name__, "scipy.signal"])
    try:
        yield process
    finally:
        process.close()


def start(warm: Warm, folder: Path) -> Started:
    return warm.start([folder], main=f"{__name__}:{production.__name__}")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of the book, made by a process that nothing was prepared for."""
    folder = tmp_path_factory.mktemp("undisturbed")
    code = f"from {__name__} import production; production()"
    subprocess.run([sys.executable, "-c", code, folder], check=True, stdout=subprocess.DEVNULL)
    return audio_digest(folder / "book.m4b")


@pytest.mark.parametrize("moment", ["stitching", "level", "encode", "check"])
def test_kill_9_at_any_moment_and_a_second_run_give_the_same_sound(
    tmp_path: Path, warm: Warm, undisturbed: str, moment: str
) -> None:
    run = start(warm, tmp_path)
    if moment == "stitching":
        while not list(tmp_path.glob("ch/*.json")):
            time.sleep(0.01)
    else:
        for line in run.stdout:
            if line.strip() == moment:
                break
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert not (tmp_path / "book.m4b").exists()
    encoded = {p: p.stat().st_mtime_ns for p in tmp_path.glob(".book.mastering/*.aac") if is_whole(p)}
    assert start(warm, tmp_path).communicate()[0].strip().endswith("done")
    assert audio_digest(tmp_path / "book.m4b") == undisturbed
    assert {p: p.stat().st_mtime_ns for p in encoded} == encoded  # no finished chapter is encoded twice
    assert not list(tmp_path.rglob("*.partial"))  # what the killed run left half-written is swept away


@pytest.mark.parametrize("codec", ["mp3", "opus", "flac", "m4a"])
def test_chapters_as_files_with_tags_and_cover(tmp_path: Path, codec: str) -> None:
    chapters = book(tmp_path / "ch", count=2)
    chapters[1] = replace(chapters[1], title='Who/What: "Why?"')
    cover = ffmpeg.run(
        graph.input("color=c=red:s=32x32", format="lavfi").output(
            "pipe:", format="image2pipe", vcodec="mjpeg", vframes=1
        )
    )
    folder = tmp_path / codec
    told = replace(BOOK, title="A Book", language="en", series="Tales", series_index="3.0", cover=cover)
    paths = export_chapters(chapters, told, AUDIOBOOK, folder, codec=codec)
    assert [p.name for p in paths] == [f"01 Chapter 1.{codec}", f"02 Who_What_ _Why__.{codec}"]
    for number, (path, sound) in enumerate(zip(paths, chapters, strict=True), 1):
        report = check(path, AUDIOBOOK)
        assert report.seconds == pytest.approx(sound.seconds, abs=0.1)
        assert report.true_peak <= -3.0
        assert report.tags["title"] == sound.title
        assert report.tags["album"] == "A Book"
        assert report.tags["artist"] == "Somebody"
        assert report.tags["track"].split("/")[0] == str(number)
        assert report.has_cover
        assert report.tags["grouping"] == "Tales #3"
        if codec != "m4a":  # of an MP4 a book's own exporter writes these
            assert (report.tags["series"], report.tags["series-part"]) == ("Tales", "3")
            assert report.tags["album-sort" if codec == "mp3" else "albumsort"] == "Book, A"
    stamps = [(p.stat().st_mtime_ns, p.read_bytes()) for p in paths]
    export_chapters(chapters, told, AUDIOBOOK, folder, codec=codec)
    assert [(p.stat().st_mtime_ns, p.read_bytes()) for p in paths] == stamps
    paths[0].unlink()
    export_chapters(chapters, told, AUDIOBOOK, folder, codec=codec)
    assert paths[0].read_bytes() == stamps[0][1]


def test_acx_files_are_what_acx_asks_for(shared: Path, tmp_path: Path) -> None:
    readers = voices(shared)
    chapters = [chapter(tmp_path / "ch", f"Chapter {n + 1}", readers) for n in range(2)]
    for path in export_chapters(chapters, BOOK, ACX, tmp_path / "acx"):
        report = check(path, ACX)
        assert (report.codec, report.sample_rate, report.channels) == ("mp3", 44_100, 1)
        assert path.stat().st_size * 8 / report.seconds == pytest.approx(192_000, rel=0.05)
        assert report.passed, report.table()


def test_every_format_is_equally_loud(shared: Path, tmp_path: Path) -> None:
    sound = chapter(tmp_path / "ch", "One", voices(shared))
    for codec in ("mp3", "opus", "flac", "m4a"):
        (path,) = export_chapters([sound], BOOK, AUDIOBOOK, tmp_path, codec=codec)
        report = check(path, AUDIOBOOK)
        assert report.integrated == pytest.approx(-19.0, abs=0.45), codec
        assert report.passed, report.table()


def test_unknown_chapter_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="wma"):
        export_chapters(book(tmp_path, 1), BOOK, AUDIOBOOK, tmp_path, codec="wma")


def test_voices_are_brought_to_one_loudness() -> None:
    measured = {
        name: [measure([babble(5.0, seed, level=level)], RATE)]
        for seed, (name, level) in enumerate({"soft": 0.02, "middle": 0.05, "loud": 0.1}.items())
    }
    gains = level_voices(measured)
    levelled = {
        name: integrated([parts[0].amplified(10 ** (gains[name] / 20))]) for name, parts in measured.items()
    }
    assert max(levelled.values()) - min(levelled.values()) <= 0.5
    assert gains["middle"] == 0.0
    assert all(gain % 0.5 == 0 for gain in gains.values())
    silent = [measure([np.zeros(RATE, np.float32)], RATE)]
    assert level_voices({"nobody": silent}) == {"nobody": 0.0}
