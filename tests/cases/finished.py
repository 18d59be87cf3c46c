"""Small runs of the command line, each in a folder of its own, and what they leave."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import imageio_ffmpeg

from tests.cases.wording import Case, Wrong


def audiobook(case: Case, files: Path, engine: str) -> Wrong:
    """Small runs of the command line in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in case["files"]:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files / name, place / name)
        return SCRIPTS[case["script"]](case, place, engine)


def duoyin(place: Path, *words: str) -> tuple[int, str]:
    command = Path(sys.executable).with_name("duoyin")
    start = [str(command)] if command.exists() else [sys.executable, "-m", "flows.cli"]
    done = subprocess.run([*start, *words], cwd=place, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def make(place: Path, engine: str, book: str, *options: str) -> tuple[int, str]:
    return duoyin(
        place, "audiobook", book, "--engine", engine, "--single-voice", "--workers", "1", "-q", *options
    )


def sounds_of(folder: Path) -> dict[str, str]:
    """Sound files under a folder and a digest of each."""
    kinds = (".m4b", ".m4a", ".mp3", ".opus", ".flac")
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.suffix in kinds and not {".duoyin", "takes"} & set(file.relative_to(folder).parts)
    }


def series_tag(case: Case, place: Path, engine: str) -> Wrong:
    """The series and its number as players split them: `Name #2`."""
    code, said = make(place, engine, case["files"][0], "--project", "p", "--out", "out.m4b")
    if code:
        return [f"exit {code}: {said[-200:]}"]
    shown = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-hide_banner",
            "-i",
            str(place / "out.m4b"),
            "-f",
            "ffmetadata",
            "-",
        ],
        capture_output=True,
        text=True,
    ).stdout
    tags = dict(re.findall(r"^([A-Za-z_-]+)=(.*)$", shown, re.M))
    tags = {name.lower(): re.sub(r"\\(.)", r"\1", value) for name, value in tags.items()}
    name, number = case["expect"]["series"], case["expect"]["number"]
    if tags.get("series", "") == name and tags.get("series-part", "") == number:
        return []
    shapes = [f"{name} #{number}"]
    grouping = tags.get("grouping", "")
    wrong = [] if grouping in shapes else [f"grouping is {grouping!r}, not {shapes[0]!r}"]
    return wrong


def second_book(case: Case, place: Path, engine: str) -> Wrong:
    """Two books, one `--out` folder: the first book's files are still there afterwards."""
    (place / "out").mkdir()
    options = [*case["expect"].get("options", []), "--out", "out"]
    code, said = make(place, engine, case["files"][0], "--project", "p1", *options)
    if code:
        return [f"first run: exit {code}: {said[-200:]}"]
    before = sounds_of(place / "out")
    code, said = make(place, engine, case["files"][1], "--project", "p2", *options)
    after = sounds_of(place / "out")
    wrong = []
    if lost := [name for name, digest in before.items() if digest not in after.values()]:
        wrong.append(f"gone: {lost}; after the second run {list(after)}")
    if code == 0 and len(after) < 2 * len(before):
        wrong.append(f"second book not there: {list(after)}")
    return wrong


def second_run(case: Case, place: Path, engine: str) -> Wrong:
    """The same book twice with other `--chapters`: what the first run made is not lost."""
    code, said = make(place, engine, case["files"][0], "--project", "p", *case["expect"]["first"])
    if code:
        return [f"first run: exit {code}: {said[-200:]}"]
    before = sounds_of(place / "p")
    seconds = max(length(file) for file in found(place))
    code, said = make(place, engine, case["files"][0], "--project", "p", *case["expect"]["second"])
    after = sounds_of(place / "p")
    kept = all(digest in after.values() for digest in before.values())
    longest = max((length(file) for file in found(place)), default=0.0)
    if kept or (code == 0 and longest > seconds + 0.5):  # still there, or now part of a longer file
        return []
    return [f"{list(before)} ({seconds:.1f} s) became {list(after)} ({longest:.1f} s), exit {code}"]


def found(place: Path) -> list[Path]:
    return [file for file in (place / "p").rglob("*") if file.suffix in (".m4b", ".mp3")]


def length(file: Path) -> float:
    shown = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(file)], capture_output=True, text=True
    ).stderr
    match = re.search(r"Duration: (\d+):(\d+):([\d.]+)", shown)
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else 0.0


def same_stem(case: Case, place: Path, engine: str) -> Wrong:
    """Books of one name and several formats in one folder: each gets a project, none is refused."""
    wrong = []
    for book in case["files"]:
        code, said = duoyin(place, "audiobook", book, "--engine", engine, "--plan", "-q")
        if code:
            wrong.append(f"{book}: exit {code}: {' '.join(said.split())[-160:]}")
    projects = sorted({str(file.parent.relative_to(place)) for file in place.rglob("project.yaml")})
    if len(projects) != len(case["files"]):
        wrong.append(f"projects {projects}")
    return wrong


def file_there(case: Case, place: Path, engine: str) -> Wrong:
    """One run, one finished file; its marks and tags hold some words."""
    code, said = make(place, engine, case["files"][0], "--project", "p")
    made = list((place / "p").rglob("*.m4b"))
    if code or len(made) != 1:
        return [f"exit {code}, files {[file.name for file in made]}: {said[-200:]}"]
    shown = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(made[0]), "-f", "ffmetadata", "-"],
        capture_output=True,
        text=True,
    ).stdout
    shown = re.sub(r"\\(.)", r"\1", shown)
    return [
        f"no {part!r} in the tags" for part in case["expect"].get("tags_contain", []) if part not in shown
    ]


SCRIPTS = {
    "series_tag": series_tag,
    "second_book": second_book,
    "second_run": second_run,
    "same_stem": same_stem,
    "file_there": file_there,
}
