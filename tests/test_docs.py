"""What the pages say, works: every command exists, and the slow half runs them all."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.workspace.settings import Reading

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
BIN = Path(sys.executable).parent

RUN_ELSEWHERE = {
    "make audiobook": "tests/test_fresh.py",
    "make test": "this is it",
    "make test-slow": "this is it",
    "make benchmark": "writes docs/benchmarks",
    ". .venv/bin/activate": "the tests run in it",
}
NEEDS_SERVER = ("prefect ", "duoyin run ", "CUDA_VISIBLE_DEVICES=")
"""Run against a server of their own in tests/flows/test_library.py."""


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                if line.startswith("$ "):
                    yield page.relative_to(REPOSITORY).as_posix(), line[2:].split("  #")[0].strip()


SUBTITLES = """\
1
00:00:01,000 --> 00:00:03,500
ANN: The ferry leaves at nine.

2
00:00:04,000 --> 00:00:06,500
TOM: Then we have ten minutes.
"""


def make_film(path: Path) -> None:
    """Eight seconds of test picture with a quiet hum."""
    from flows.mastering import ffmpeg

    picture, hum = "testsrc=size=160x120:rate=10:duration=8", "sine=frequency=110:duration=8,volume=0.05"
    command = [ffmpeg.find(), "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", hum]
    subprocess.run([*command, "-c:v", "mpeg4", "-c:a", "aac", str(path)], check=True)


ALL = list(dict.fromkeys(commands()))


def test_there_are_commands_to_check() -> None:
    assert len(ALL) > 20


@pytest.mark.parametrize(("page", "command"), [c for c in ALL if c[1].startswith("duoyin")])
def test_every_duoyin_command_and_option_exists(page: str, command: str) -> None:
    from flows.cli.app import COMMANDS
    from flows.cli.app import command as made

    words = shlex.split(command)[1:]
    assert words[0] in COMMANDS, f"{page}: {command} names no command"
    node = made(words.pop(0))
    while words and words[0] in getattr(node, "commands", {}):
        node = node.commands[words.pop(0)]
    assert not getattr(node, "commands", None), f"{page}: {command} names no command"
    known = {option for parameter in node.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize(("page", "command"), [c for c in ALL if c[1].startswith("make")])
def test_every_make_target_exists(page: str, command: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.M))
    assert shlex.split(command)[1] in targets


def test_no_command_is_of_a_kind_that_nothing_runs() -> None:
    strange = [c for _, c in ALL if not c.startswith(("duoyin ", *NEEDS_SERVER)) and c not in RUN_ELSEWHERE]
    assert strange == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [
        t
        for t in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in t and not t.startswith("mailto:")
    ]
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_the_settings_page_is_the_documented_defaults() -> None:
    from tools.settings_page import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.slow
def test_every_command_shown_runs(tmp_path: Path) -> None:
    """In the order of the pages, in one folder, with the real engine on the first chapter of the example."""
    shutil.copytree(
        REPOSITORY / "projects",
        tmp_path / "projects",
        ignore=shutil.ignore_patterns("takes", "output", ".duoyin"),
    )
    shutil.copy(next((REPOSITORY / "projects" / "example-en").glob("*.epub")), tmp_path / "book.epub")
    (tmp_path / "film.srt").write_text(SUBTITLES, encoding="utf-8")
    make_film(tmp_path / "film.mkv")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    failed = []
    for page, command in ALL:
        if not command.startswith("duoyin ") or command.startswith(NEEDS_SERVER):
            continue
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            input="q\n",
            timeout=900,
        )
        if done.returncode not in (0, 1):
            failed.append(f"{page}: {command}\n{done.stderr[-500:]}")
    assert failed == []


def test_reading_options_in_the_table_of_sources_are_settings() -> None:
    page = (REPOSITORY / "docs/how-to/sources.md").read_text(encoding="utf-8")
    cells = [row.split("|")[3] for row in page.splitlines() if row.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+):", cell)}
    assert named and named <= set(Reading.model_fields)
