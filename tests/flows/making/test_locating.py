"""The finished file is listened to: lines that are elsewhere, missing, cut or not alone are named."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from flows.making import delivery
from flows.making.coverage import Gap, GapKind
from flows.making.delivery import Delivery
from flows.making.locating import Search, found_in
from flows.mastering import ffmpeg
from flows.mastering.check import check
from flows.mastering.profiles import AUDIOBOOK
from flows.workspace.project import create_project
from tests.flows.conftest import tone_project
from tests.flows.making.test_delivery import make
from tts_core.sound import Samples

BOOK = """\
# The Ferry

## Out

The ferry left the harbour at nine in the morning of that day.

Nobody waved at it from the long and wet shore there, and so it went.

“Wait,” said Ann, who had come running down from the house on the hill.

It had gone, with twelve people on it and a dog that barked at the gulls.

## Home

It came back empty but for the dog, which was asleep under the last bench.

Nobody ever asked it what it had seen, and it would not have told them.

## Later

Years went by, and the harbour filled with sand up to the old stone wall.

Then the ferry was a house for hens, and after that it was firewood.
"""


class Run:
    """A project whose book is made, and what was looked for in the finished files of its last run."""

    search: Search
    made: Delivery
    first: Path

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "ferry.md").write_text(BOOK, encoding="utf-8")
        self.folder = tone_project(folder / "project", folder / "ferry.md")

    def make(self, kind: str) -> Delivery:
        seen: list[Search] = []

        class Noted(Search):
            def __init__(self, *given: Any) -> None:
                super().__init__(*given)
                seen.append(self)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delivery, "Search", Noted)
            made = make(self.folder, format=kind)
        last = seen[-1]
        self.search = Search(last.project, last.chapters, last.lengths, last.single)
        return made


@pytest.fixture(scope="module")
def in_files(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("files"))
    made = run.make("flac")
    assert made.coverage.passed
    run.first = Path(made.checks[0].path)
    return run


@pytest.fixture(scope="module")
def in_one(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("one"))
    run.made = run.make("m4b")
    return run


@pytest.fixture
def first(in_files: Run, tmp_path: Path) -> tuple[Search, Path]:
    """What is looked for in the file of the first chapter, and a copy of that file."""
    copy = tmp_path / in_files.first.name
    copy.write_bytes(in_files.first.read_bytes())
    return replace(in_files.search, chapters=in_files.search.chapters[:1], found={}), copy


def changed(
    search: Search, file: Path, change: Callable[[Samples, list[tuple[int, int]]], Samples]
) -> list[Gap]:
    """The gaps of a chapter's file after its samples were changed; `change` is told where its lines lie."""
    samples, rate = soundfile.read(file, dtype="float32")
    spans = [
        (round(line.start * rate), round((line.start + line.seconds) * rate)) for line in search.chapters[0]
    ]
    soundfile.write(file, change(samples, spans), rate, subtype="PCM_16")
    check(file, AUDIOBOOK, listen=search.listen(0))
    return found_in(search, [file])[1]


Spans = Sequence[tuple[int, int]]


def swapped(samples: Samples, spans: Spans) -> Samples:
    (a, b), (c, d) = spans[1], spans[2]
    return np.concatenate([samples[:a], samples[c:d], samples[b:c], samples[a:b], samples[d:]])


def missing(samples: Samples, spans: Spans) -> Samples:
    samples[slice(*spans[2])] = 0
    return samples


def cut(samples: Samples, spans: Spans) -> Samples:
    samples[spans[1][1] - 9600 : spans[1][1]] = 0
    return samples


def doubled(samples: Samples, spans: Spans) -> Samples:
    a, b = spans[1]
    return np.concatenate([samples[:b], samples[a:b], samples[b:]])


def shifted(samples: Samples, spans: Spans) -> Samples:
    return np.concatenate([np.zeros(480, np.float32), samples])


def knocked(samples: Samples, spans: Spans) -> Samples:
    at = spans[2][0] - 3600
    samples[at : at + 1200] += np.float32(0.2) * np.sin(np.arange(1200, dtype=np.float32))
    return samples


def added(samples: Samples, spans: Spans) -> Samples:
    return np.concatenate([samples, samples[slice(*spans[0])]])


def test_the_file_as_it_was_made_has_no_gap(first: tuple[Search, Path]) -> None:
    assert changed(*first, lambda samples, spans: samples) == []


@pytest.mark.parametrize(
    ("change", "kinds", "words"),
    [
        (swapped, [GapKind.MOVED, GapKind.MOVED], "s later than the record says"),
        (missing, [GapKind.NOT_FOUND], "not in the finished file"),
        (cut, [GapKind.CUT], "its sound is not in the file from"),
        (doubled, [GapKind.MOVED], "it and the 2 lines behind it are heard"),
        (shifted, [GapKind.MARK], "the whole chapter, 5 lines, is heard 0.020 s later"),
        (knocked, [GapKind.NOISE], "in the pause before it"),
        (added, [GapKind.NOISE], "heard behind it"),
    ],
)
def test_a_planted_fault_is_named(
    first: tuple[Search, Path],
    change: Callable[[Samples, list[tuple[int, int]]], Samples],
    kinds: list[GapKind],
    words: str,
) -> None:
    gaps = changed(*first, change)
    assert [gap.kind for gap in gaps] == kinds
    assert words in gaps[0].what and all(gap.fails and gap.line and gap.text for gap in gaps)
    assert "duoyin audiobook" in gaps[0].mend


@pytest.mark.parametrize("kind", ["mp3", "opus"])
def test_every_line_is_found_in_what_is_delivered(in_files: Run, kind: str) -> None:
    found = in_files.make(kind).coverage.found
    assert found is not None and found.found == found.lines == 11 and not found.missing
    assert found.farthest_ms < 0.2 and len(found.files) == 3


def test_what_was_found_is_kept_by_content(in_one: Run) -> None:
    path = in_one.made.path
    again = replace(in_one.search, found={})
    assert again.listen(0)(path, ffmpeg.probe(path)) is None  # nobody has to listen
    assert found_in(again, [path])[0] == in_one.made.coverage.found
    other = path.with_name("other.m4b")
    other.write_bytes(path.read_bytes() + b"\0")
    assert again.listen(0)(other, ffmpeg.probe(other)) is not None


def test_a_chapter_mark_that_was_moved_is_told(in_one: Run, tmp_path: Path) -> None:
    path, marks, moved = in_one.made.path, tmp_path / "marks.txt", tmp_path / "moved.m4b"
    subprocess.run([ffmpeg.find(), "-v", "error", "-i", path, "-f", "ffmetadata", marks], check=True)
    text = marks.read_text("utf-8")
    border = re.findall(r"START=(\d+)", text)[1]
    base = int(re.findall(r"TIMEBASE=1/(\d+)", text)[1])
    assert text.count(f"={border}\n") == 2  # one chapter ends where the next begins
    marks.write_text(text.replace(f"={border}\n", f"={int(border) + base}\n"), "utf-8")
    command: list[str | Path] = [
        ffmpeg.find(),
        "-v",
        "error",
        "-i",
        path,
        "-i",
        marks,
        "-map",
        "0:a",
        "-map_metadata",
        "1",
    ]
    subprocess.run([*command, "-map_chapters", "1", "-c", "copy", "-f", "ipod", moved], check=True)
    search = replace(in_one.search, found={})
    check(moved, AUDIOBOOK, listen=search.listen(0))
    gap, *more = found_in(search, [moved])[1]
    assert not more and (gap.kind, gap.chapter) == (GapKind.MARK, 2)
    assert "1.000 s earlier" in gap.what


def test_a_chapter_with_the_sound_of_another_fails_the_run(in_one: Run) -> None:
    """Two encoded chapters that were kept change places, with the records that they are whole."""
    one, two, *_ = sorted((in_one.folder / ".duoyin" / "encoded").glob("*.aac"))
    for suffix in (".aac", ".json"):
        a, b = one.with_suffix(suffix), two.with_suffix(suffix)
        held = a.read_bytes()
        a.write_bytes(b.read_bytes())
        b.write_bytes(held)
    made = in_one.make("m4b")
    gaps = made.coverage.failing
    assert not made.passed and {gap.kind for gap in gaps} <= {GapKind.NOT_FOUND, GapKind.MOVED, GapKind.MARK}
    assert len({gap.chapter for gap in gaps}) >= 2
    report = json.loads(made.report_file.read_text("utf-8"))
    assert report["coverage"]["found"]["missing"] and not report["passed"]
    assert "LOST" in made.to_text()
    assert str(in_one.folder.parent) not in json.dumps(report), (
        "what mends it is told wherever the folder lies"
    )


@pytest.mark.slow
def test_real_speech_is_found_to_a_fraction_of_a_millisecond_behind_every_encoder(tmp_path: Path) -> None:
    """The embedded engine, several voices; nothing that is right is called wrong."""
    (tmp_path / "ferry.md").write_text(BOOK, encoding="utf-8")
    create_project(tmp_path / "ferry.md", tmp_path / "project")
    for kind in ("m4b", "mp3", "opus", "flac"):
        coverage = make(tmp_path / "project", format=kind, single_voice=False, proof="off").coverage
        assert coverage.passed and not coverage.gaps, [gap.to_text() for gap in coverage.gaps]
        found = coverage.found
        assert found is not None and found.found == found.lines > 11 and found.silent == 0
        assert found.farthest_ms < 0.2
