"""Every command of the pages runs as it is shown, with the real engine, on a few lines of the example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.mastering import ffmpeg
from tests.conftest import REPOSITORY
from tests.flows.conftest import BOOK, tone_project
from tests.pages import BIN, commands, make_desk, typed

PAGES: dict[str, list[str]] = {}
for _page, _command in commands():
    if _command.startswith("duoyin ") and not _command.startswith("duoyin run "):
        PAGES.setdefault(_page, []).append(_command)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    make_desk(folder)
    return folder


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_runs(page: str, desk: Path) -> None:
    for command in PAGES[page]:
        done = typed(command, desk)
        # a limit that is missed (1) is an answer, too: a few lines need not pass every profile
        assert done.returncode in (0, 1), f"{command}\n{done.stderr[-2000:]}"


def test_make_audiobook_makes_the_book_it_is_given(tmp_path: Path) -> None:
    """The recipe of the Makefile, in the environment that is there."""
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    project, out = tone_project(tmp_path / "project", tmp_path / "book.md"), tmp_path / "made.m4b"
    there = f"{BIN.parent}/.installed"
    command = f"make -C {REPOSITORY} -o {there} VENV={BIN.parent} audiobook BOOK={project} OUT={out}"
    done = typed(command, tmp_path)
    assert out.is_file(), done.stdout + done.stderr
    assert (ffmpeg.probe(out).duration or 0) > 5


def test_make_audiobook_makes_the_example_unless_told_otherwise() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (book,) = re.findall(r"^BOOK\s*\?=\s*(\S+)", makefile, re.M)
    assert (REPOSITORY / book / "project.yaml").is_file()
