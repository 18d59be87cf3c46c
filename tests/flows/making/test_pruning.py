"""Takes that nothing needs: what is spared and why, and that nothing goes without being asked for."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.cli.takes import takes as command
from flows.making import retake as making
from flows.making.pruning import Inventory, inventory, prune
from flows.making.retake import Wish, retake, undo
from flows.workspace.ledger import Choice, Ledger
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import BOOK, tone_project
from tests.flows.making.test_repair_run import speak

YEAR = timedelta(days=365)
CAT = "asked the cat"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(making, "speak_here", speak)
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    return open_project(tone_project(tmp_path / "project", tmp_path / "book.md"))


@pytest.fixture
def ledger(project: Project) -> Iterator[Ledger]:
    with Ledger(project.ledger_file) as opened:
        yield opened


def names(found: Inventory) -> list[int]:
    """How many takes are in use, wanted back, new, and free."""
    return [*(len(held.files) for held in found.kept), len(found.free.files)]


def aged(project: Project) -> None:
    """Make every take two years old."""
    old = (datetime.now(UTC) - 2 * YEAR).timestamp()
    for file in project.takes.root.glob("??/*"):
        os.utime(file, (old, old))


def test_what_the_script_asks_for_is_in_use_and_what_a_line_had_may_be_wanted_back(
    project: Project, ledger: Ledger
) -> None:
    for take in (2, 3, 4):
        retake(project, ledger, CAT, Wish(take=take))
    assert names(inventory(project, ledger, days=30)) == [1, 2, 0, 0]
    found = inventory(project, ledger, days=30, now=datetime.now(UTC) + YEAR)
    assert names(found) == [1, 0, 0, 2] and found.pinned == 1
    assert found.free.bytes == sum(file.stat().st_size for file in found.free.files) > 0


def test_undo_finds_its_take_for_as_long_as_is_promised(project: Project, ledger: Ledger) -> None:
    first = retake(project, ledger, CAT, Wish(take=2))
    retake(project, ledger, CAT, Wish(take=3))
    aged(project)
    prune(inventory(project, ledger, days=30), ledger)
    assert first.file.is_file()
    assert undo(project, ledger, CAT).file == first.file


def test_without_its_ledger_new_takes_and_a_persons_choice_are_spared(
    project: Project, ledger: Ledger
) -> None:
    kept = retake(project, ledger, CAT, Wish(take=2))
    retake(project, ledger, CAT, Wish(take=3))
    retake(project, ledger, CAT, Wish(take=2))
    ledger.close()
    for file in project.folder.glob("ledger.sqlite*"):
        file.unlink()
    with Ledger(project.ledger_file) as fresh:
        assert names(inventory(project, fresh, days=30)) == [1, 0, 1, 0]
        aged(project)
        found = inventory(project, fresh, days=30)
        assert names(found) == [1, 0, 0, 1]
        prune(found, fresh)
    assert kept.file.is_file()


def test_what_the_last_run_chose_is_in_use_though_the_settings_have_changed(
    project: Project, ledger: Ledger
) -> None:
    made = retake(project, ledger, CAT, Wish(voice="middle"))
    other = retake(project, ledger, "in the hall", Wish()).line.line.id
    retake(project, ledger, CAT, Wish(voice=""))
    aged(project)
    ledger.choose([Choice(other, made.line.key, "middle")])
    assert made.file not in inventory(project, ledger, days=0).free.files
    ledger.choose([Choice("a line that is gone", made.line.key, "middle"), Choice(other, "k", "low")])
    later = datetime.now(UTC) + YEAR
    found = inventory(project, ledger, days=0, now=later)
    assert made.file in found.free.files
    prune(found, ledger)
    assert "a line that is gone" not in ledger.choices(), "nobody will miss its take"


def test_damaged_takes_that_were_set_aside_go_when_they_are_old(project: Project, ledger: Ledger) -> None:
    made = retake(project, ledger, CAT, Wish(take=2))
    aside = project.takes.set_aside(made.line.key)
    assert aside in inventory(project, ledger, days=30).kept[2].files
    aged(project)
    prune(inventory(project, ledger, days=30), ledger)
    assert not aside.exists()


def test_nothing_is_deleted_without_being_asked_for(
    project: Project, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    for take in (2, 3):
        retake(project, ledger, CAT, Wish(take=take))
    ledger.close()
    with sqlite3.connect(project.ledger_file) as raw:
        raw.execute("UPDATE choice_log SET at = '2020-01-01T00:00:00+00:00'")
    aged(project)
    files = sorted(project.takes.root.glob("??/*"))
    told = _run(capsys, lambda: command(project.folder, days=0.0))
    assert "--prune deletes 1 of them" in told and sorted(project.takes.root.glob("??/*")) == files
    data = json.loads(_run(capsys, lambda: command(project.folder, prune_them=True, days=0.0, as_json=True)))
    assert (data["free"]["takes"], data["pruned"], data["pinned_lines"]) == (1, True, 1)
    assert len(list(project.takes.root.glob("??/*"))) == 1
    assert "There is nothing to delete." in _run(capsys, lambda: command(project.folder, days=0.0))


def _run(capsys: pytest.CaptureFixture[str], work: Callable[[], None]) -> str:
    capsys.readouterr()
    work()
    return capsys.readouterr().out


def test_where_nobody_can_say_what_is_needed_nothing_goes(project: Project, ledger: Ledger) -> None:
    made = retake(project, ledger, CAT, Wish(take=2))
    aged(project)
    project.source.unlink()
    with pytest.raises(DuoyinError, match="source of this project is not there"):
        inventory(project, ledger, days=0)
    with pytest.raises(DuoyinError, match="no length of time"):
        inventory(project, ledger, days=-1)
    assert made.file.is_file()
