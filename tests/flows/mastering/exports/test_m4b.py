from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import ffmpeg as graph
import numpy as np
import pytest

from flows.mastering import ffmpeg
from flows.mastering.encode import FRAME, EncodedChapter, Gain, count_packets, encode_aac
from flows.mastering.exports import m4b
from flows.mastering.profiles import AAC_64K, Encoding
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import BookMetadata, book_tags
from normalizers.errors import DuoyinError
from tests.flows.mastering.sounds import RATE, babble, chapter, click
from tts_core.sound import Samples, decibels

AS_IS = Gain(0.0, -1.0)


def picture(codec: str = "mjpeg") -> bytes:
    source = graph.input("color=c=red:s=64x96", format="lavfi")
    return ffmpeg.run(source.output("pipe:", format="image2pipe", vcodec=codec, vframes=1))


def decoded(path: Path, rate: int = RATE) -> Samples:
    return np.concatenate(list(ffmpeg.decode(path, rate, 1)))


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every box of an MP4 file, depth first: (path, payload)."""
    containers = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"meta", b"ilst"}

    def walk(start: int, end: int, path: str) -> Iterator[tuple[str, bytes]]:
        while start + 8 <= end:
            size, kind = struct.unpack(">I4s", data[start : start + 8])
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", data[start + 8 : start + 16])[0], 16
            name = f"{path}/{kind.decode('latin-1')}"
            yield name, data[start + head : start + min(size, 1 << 20)]
            if kind in containers or path.endswith("/ilst"):
                skip = 4 if kind == b"meta" else 0
                yield from walk(start + head + skip, start + size, name)
            start += size

    return walk(0, len(data), "")


def clicks(folder: Path, lengths: list[int]) -> tuple[list[ChapterSound], list[EncodedChapter]]:
    sounds = [
        chapter(folder, f"第{n + 1}章", [click(length)], pause=0, head=0, tail=0)
        for n, length in enumerate(lengths)
    ]
    return sounds, [encode_aac(s, AS_IS, AAC_64K, folder / "aac") for s in sounds]


def test_300_chapters_stand_where_their_marks_say_to_the_sample(tmp_path: Path) -> None:
    # 12 different lengths, none a whole number of AAC frames, 25 times over.
    sounds, encoded = clicks(tmp_path, [RATE + 37 * n + 1 for n in range(12)])
    sounds, encoded = sounds * 25, encoded * 25
    titles = [f"第{n + 1}章 = #;\\" for n in range(300)]
    path = tmp_path / "book.m4b"
    placed = m4b.write_m4b(encoded, titles, BookMetadata("书", language="zh"), path)
    info = ffmpeg.probe(path)
    assert [m.title.rstrip() for m in info.chapters] == titles
    whole = decoded(path)
    assert len(whole) == placed[-1].end
    burst = click(RATE)[4_800:7_200]
    for mark, where, sound in zip(info.chapters, placed, sounds, strict=True):
        assert mark.start == pytest.approx(where.start / RATE, abs=1e-4)
        assert mark.end == pytest.approx(where.end / RATE, abs=1e-4)
        assert 0 <= where.end - where.start - sound.samples < 2 * FRAME
        heard = whole[where.start : where.start + 12_000]
        assert int(np.argmax(np.correlate(heard, burst, "valid"))) == 4_800
    # Players that prefer the Nero list would lose chapters 256 to 300: it must not be there.
    assert b"chpl" not in path.read_bytes()


def test_up_to_255_chapters_both_kinds_of_marks_are_written(tmp_path: Path) -> None:
    _, encoded = clicks(tmp_path, [RATE])
    path = tmp_path / "book.m4b"
    m4b.write_m4b(encoded * 255, [f"C{n}" for n in range(255)], BookMetadata("b"), path)
    found = dict(boxes(path.read_bytes()))
    assert "/moov/udta/chpl" in found
    assert len(ffmpeg.probe(path).chapters) == 255


def test_joins_are_silent_and_the_sound_of_a_chapter_is_that_of_its_own_file(tmp_path: Path) -> None:
    sounds = [
        chapter(tmp_path, f"{n}", [babble(2.3, n, level=0.2)], pause=0, head=0.1, tail=0.1) for n in range(3)
    ]
    encoded = [encode_aac(s, AS_IS, AAC_64K, tmp_path) for s in sounds]
    path = tmp_path / "book.m4b"
    placed = m4b.write_m4b(encoded, ["a", "b", "c"], BookMetadata("b"), path)
    whole = decoded(path)
    for where, alone in zip(placed, encoded, strict=True):
        single = tmp_path / "single.m4b"
        m4b.write_m4b([alone], ["x"], BookMetadata("b"), single)
        one = decoded(single)
        # but for the noise the codec fills bands with, whose generator runs on
        np.testing.assert_allclose(whole[where.start : where.start + len(one)], one, atol=2e-3)
    for before, after in pairwise(placed):
        assert before.end == after.start
        join = whole[after.start - FRAME : after.start]
        assert decibels(float(np.abs(join).max())) < -80


def test_tags_cover_language_and_order_of_boxes(tmp_path: Path) -> None:
    _, encoded = clicks(tmp_path, [RATE, RATE])
    book = BookMetadata(
        title="多音: a = b; # c\\d",
        authors=("Jane Austen", "曹雪芹"),
        narrator="Heart",
        language="zh-Hans",
        year="1813",
        description="Line one\nline two",
        series="Classics",
        series_index="2",
        cover=picture(),
    )
    path = tmp_path / "book.m4b"
    m4b.write_m4b(encoded, ["One", ""], book, path)
    info = ffmpeg.probe(path)
    assert info.tags["title"] == info.tags["album"] == book.title
    assert info.tags["artist"] == info.tags["album_artist"] == "Jane Austen, 曹雪芹"
    assert info.tags["composer"] == "Heart"
    assert info.tags["date"] == "1813"
    assert info.tags["genre"] == "Audiobook"
    assert info.tags["description"] == "Line one\nline two"
    assert info.tags["comment"] == "Narrated by Heart"
    assert info.tags["grouping"] == "Classics #2"
    assert (info.tags["series"], info.tags["series-part"]) == ("Classics", "2")
    assert info.tags["sort_name"] == info.tags["sort_album"] == book.title
    assert "lyrics" not in info.tags
    assert info.language == "zho"
    assert info.has_cover
    assert [m.title for m in info.chapters] == ["One", "Chapter 2"]
    data = path.read_bytes()
    found = dict(boxes(data))
    assert found["/moov/udta/meta/ilst/stik/data"][-1] == 2  # iTunes: Audiobook
    assert book.cover is not None
    assert found["/moov/udta/meta/ilst/covr/data"].endswith(book.cover)
    assert data.index(b"moov") < data.index(b"mdat")  # plays while it loads


@pytest.mark.parametrize(
    ("title", "author", "language", "sorted_title", "sorted_author"),
    [
        ("The Hobbit", "J. R. R. Tolkien", "en-GB", "Hobbit, The", "J. R. R. Tolkien"),
        ("A Tale of Two Cities", "The Brothers Grimm", "en", "Tale of Two Cities, A", "Brothers Grimm, The"),
        ("La sombra del viento", "Zafón", "es", "sombra del viento, La", "Zafón"),
        ("Theory", "An", "en", "Theory", "An"),
        ("红楼梦", "曹雪芹", "zh", "红楼梦", "曹雪芹"),
        ("Die Verwandlung", "Kafka", "de", "Die Verwandlung", "Kafka"),
    ],
)
def test_a_library_sorts_a_book_without_its_article(
    tmp_path: Path, title: str, author: str, language: str, sorted_title: str, sorted_author: str
) -> None:
    _, encoded = clicks(tmp_path, [RATE])
    path = tmp_path / "book.m4b"
    m4b.write_m4b(encoded, ["One"], BookMetadata(title, (author,), language=language), path)
    tags = ffmpeg.probe(path).tags
    assert (tags["title"], tags["artist"]) == (title, author)
    assert tags["sort_name"] == tags["sort_album"] == sorted_title
    assert tags["sort_artist"] == tags["sort_album_artist"] == sorted_author


@pytest.mark.parametrize(
    ("index", "grouping"),
    [("2", "The 100 #2"), ("2.0", "The 100 #2"), ("1.50", "The 100 #1.5"), ("02", "The 100 #2"),
     ("0", "The 100 #0"), ("10", "The 100 #10"), ("II", "The 100 #II"), ("", "The 100")],
)  # fmt: skip
def test_the_number_in_a_series_is_written_as_libraries_read_it(index: str, grouping: str) -> None:
    assert book_tags(BookMetadata("b", series="The 100", series_index=index))["grouping"] == grouping
    assert "grouping" not in book_tags(BookMetadata("b", series_index=index))


def test_the_same_book_is_the_same_file(tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        _, encoded = clicks(tmp_path / name, [RATE, 2 * RATE])
        path = tmp_path / f"{name}.m4b"
        m4b.write_m4b(encoded, ["1", "2"], BookMetadata("b", cover=picture()), path)
        files.append(path.read_bytes())
    assert files[0] == files[1]


def test_encoded_chapters_are_kept_and_damaged_ones_made_again(tmp_path: Path) -> None:
    sounds, (encoded,) = clicks(tmp_path, [3 * RATE])
    data, stamp = encoded.path.read_bytes(), encoded.path.stat().st_mtime_ns
    assert encoded.packets == count_packets(encoded.path) == -(-3 * RATE // FRAME) + 1
    assert encode_aac(sounds[0], AS_IS, AAC_64K, tmp_path / "aac") == encoded
    assert encoded.path.stat().st_mtime_ns == stamp
    # cut; one bit other inside a packet, where the stream still counts right; its record lost
    for damaged in (data[:-5], data[:700] + bytes([data[700] ^ 1]) + data[701:], None):
        if damaged is None:
            encoded.path.with_suffix(".json").unlink()
        else:
            encoded.path.write_bytes(damaged)
        assert encode_aac(sounds[0], AS_IS, AAC_64K, tmp_path / "aac") == encoded
        assert encoded.path.read_bytes() == data
    other = encode_aac(sounds[0], Gain(-3.0, -1.0), AAC_64K, tmp_path / "aac")
    assert other.path != encoded.path


def test_other_sample_rates_keep_length_and_marks(tmp_path: Path) -> None:
    encoding = Encoding("aac", 96_000, 44_100, 0.8)
    sounds = [chapter(tmp_path, "x", [click(2 * RATE + 11)], pause=0, head=0, tail=0)] * 3
    encoded = [encode_aac(s, AS_IS, encoding, tmp_path) for s in sounds]
    path = tmp_path / "book.m4b"
    placed = m4b.write_m4b(encoded, ["a", "b", "c"], BookMetadata("b"), path)
    whole = decoded(path, 44_100)
    for where in placed:
        assert abs((where.end - where.start) / 44_100 - sounds[0].seconds) < 0.05
        loud = np.flatnonzero(np.abs(whole[where.start : where.start + 22_050]) > 0.1)
        assert loud[0] / 44_100 == pytest.approx(0.2, abs=0.005)


def test_long_chapters_keep_their_quicktime_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        m4b, "NERO_CHAPTERS", 0
    )  # as in a book of more than 255 chapters: no second list to hide behind
    _, encoded = clicks(tmp_path, [200 * RATE])
    path = tmp_path / "book.m4b"
    placed = m4b.write_m4b(encoded * 3, ["a", "b", "c"], BookMetadata("b"), path)
    marks = ffmpeg.probe(path).chapters
    assert [m.title for m in marks] == ["a", "b", "c"]
    assert [m.start for m in marks] == pytest.approx([p.start / RATE for p in placed], abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [24_000, 44_100])
def test_thirty_hours_and_more_than_4_gb_of_pcm(tmp_path: Path, rate: int) -> None:
    # One chapter of six minutes, encoded once, 300 times: 2.6e9 samples at 24 kHz, beyond 32 bits at 44.1 kHz.
    encoding = Encoding("aac", 32_000, rate, 0.8)
    sound = chapter(tmp_path, "x", [click(360 * RATE)], pause=0, head=0, tail=0)
    encoded = [encode_aac(sound, AS_IS, encoding, tmp_path)] * 300
    titles = [f"Chapter {n + 1}" for n in range(300)]
    path = tmp_path / "book.m4b"
    placed = m4b.write_m4b(encoded, titles, BookMetadata("long"), path)
    info = ffmpeg.probe(path)
    assert info.duration == pytest.approx(placed[-1].end / rate, abs=0.05)
    assert info.duration is not None and info.duration > 30 * 3600
    assert [m.title for m in info.chapters] == titles
    starts = np.array([m.start for m in info.chapters])
    np.testing.assert_allclose(starts, [p.start / rate for p in placed], atol=0.001)
    # The last chapter's burst is heard 0.2 s after its mark, 30 hours in (ffmpeg seeks to one frame).
    late = graph.input(str(path), ss=starts[-1], t=1)["a"].output("pipe:", format="f32le", ac=1, ar=rate)
    heard = np.frombuffer(ffmpeg.run(late), "<f4")
    assert np.flatnonzero(np.abs(heard) > 0.1)[0] / rate == pytest.approx(0.2, abs=0.05)


def test_chapters_of_different_rates_are_refused(tmp_path: Path) -> None:
    _, (encoded,) = clicks(tmp_path, [RATE])
    other = EncodedChapter(encoded.path, 44_100, encoded.packets)
    with pytest.raises(DuoyinError, match="different sample rates"):
        m4b.write_m4b([encoded, other], ["a", "b"], BookMetadata("b"), tmp_path / "x.m4b")
    with pytest.raises(DuoyinError, match="without chapters"):
        m4b.write_m4b([], [], BookMetadata("b"), tmp_path / "x.m4b")
