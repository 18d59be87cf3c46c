"""Every command of the pages runs as it is shown, with the real engine, on a few lines of the example."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import commands, make_desk, typed

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
