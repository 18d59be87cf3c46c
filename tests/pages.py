"""The commands that the pages show, and a folder in which they can be typed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import psutil

from tests.conftest import REPOSITORY

PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
BIN = Path(sys.executable).parent
SHORTEST = 2
"""Paragraphs of each chapter that `short_example` leaves: every command runs on real sound, and none takes minutes."""

SUBTITLES = """\
1
00:00:01,000 --> 00:00:03,500
ANN: The ferry leaves at nine.

2
00:00:04,000 --> 00:00:06,500
TOM: Then we have ten minutes.
"""

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)


def commands() -> list[tuple[str, str]]:
    """Every command of a console block, once a page: (page, command), in the order of the pages."""
    found = [
        (page.relative_to(REPOSITORY).as_posix(), line[2:].split("  #")[0].strip())
        for page in PAGES
        for block in _BLOCK.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    return list(dict.fromkeys(found))


def environment(folder: Path) -> dict[str, str]:
    """This environment with its own commands first and with a Prefect home in `folder`; no server is named."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **kept,
        "PATH": path,
        "PYTHONPATH": str(REPOSITORY),
        "PREFECT_HOME": str(folder / "prefect"),
    }


def processes(folder: Path) -> list[psutil.Process]:
    """What still runs of all that was typed in `folder`: whatever has its Prefect home there."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("PREFECT_HOME") == environment(folder)["PREFECT_HOME"]:
                found.append(process)
    return found


def short_example(path: Path) -> None:
    """The English example, cut to the few shortest paragraphs of each chapter."""
    (example,) = (REPOSITORY / "projects" / "example-en").glob("*.epub")
    with zipfile.ZipFile(example) as book, zipfile.ZipFile(path, "w") as short:
        for name in book.namelist():
            content = book.read(name)
            if name.endswith(".xhtml"):
                paragraphs = re.findall(rb"<p>.*?</p>\n?", content, re.S)
                for paragraph in sorted(paragraphs, key=len)[SHORTEST:]:
                    content = content.replace(paragraph, b"", 1)
            short.writestr(name, content)


def make_film(path: Path) -> None:
    """Eight seconds of test picture with a quiet hum."""
    from flows.mastering import ffmpeg

    picture, hum = "testsrc=size=160x120:rate=10:duration=8", "sine=frequency=110:duration=8,volume=0.05"
    command = [ffmpeg.find(), "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", hum]
    subprocess.run([*command, "-c:v", "mpeg4", "-c:a", "aac", str(path)], check=True)


def make_desk(folder: Path) -> None:
    """What the pages take to lie before a person: a book, a film with subtitles, the examples, a first project."""
    short_example(folder / "book.epub")
    (folder / "film.srt").write_text(SUBTITLES, encoding="utf-8")
    make_film(folder / "film.mkv")
    left_out = shutil.ignore_patterns("takes", "output", ".duoyin")
    shutil.copytree(REPOSITORY / "projects", folder / "projects", ignore=left_out)
    made = typed("duoyin script book.epub", folder)
    assert made.returncode == 0, made.stderr


def typed(command: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command as a person types it in `folder`; whatever it asks is answered with `q`. Nothing outlives the wait."""
    process = subprocess.Popen(
        command,
        shell=True,
        cwd=folder,
        env={**environment(folder), **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate("q\n", timeout=500)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
