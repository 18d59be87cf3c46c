"""A damaged take is made anew, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.making.engines import Engines
from flows.making.retake import scripted, speak_here
from flows.making.takes import CORRUPT_ROUNDS, until_whole
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_project
from tests.flows.conftest import BOOK, tone_project
from tts_core.takes import CorruptTake


def test_what_works_is_done_once() -> None:
    done: list[str] = []
    assert until_whole(lambda: done.append("speak"), lambda: len(done)) == 1
    assert done == ["speak"]


@pytest.mark.parametrize("damaged", [1, CORRUPT_ROUNDS - 1, CORRUPT_ROUNDS])
def test_a_damaged_take_is_spoken_again_a_few_times(damaged: int, tmp_path: Path) -> None:
    spoken: list[int] = []

    def use() -> str:
        if len(spoken) <= damaged:
            raise CorruptTake("the take is damaged", where=str(tmp_path))
        return "whole"

    if damaged < CORRUPT_ROUNDS:
        assert until_whole(lambda: spoken.append(1), use) == "whole"
    else:
        with pytest.raises(CorruptTake):
            until_whole(lambda: spoken.append(1), use)
    assert len(spoken) == min(damaged + 1, CORRUPT_ROUNDS)


def test_a_take_that_was_stored_when_its_run_was_killed_is_in_the_log_after_the_next(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    project = open_project(tone_project(tmp_path / "one", tmp_path / "book.md"))
    engines = Engines(project)
    production = scripted(project, engines)
    lines = production.plan(production.lines)
    first = lines[0]
    assert first.prepared is not None
    project.takes.write(first.key, next(engines.main.speak([first.prepared])))
    with Ledger(project.ledger_file) as ledger:
        speak_here(project, lines, engines, production.voices, ledger)
        told = [entry.facts["take"] for entry in ledger.log()[0]]
    assert first.key in told and len(told) == len({line.key for line in lines})


def test_a_line_of_two_books_is_spoken_once_and_both_ledgers_know_its_take(tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    log = tmp_path / "log"
    digests = []
    for name in ("one", "two"):
        folder = tone_project(tmp_path / name, tmp_path / "book.md", log=str(log))
        with (folder / "project.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"takes: {(tmp_path / 'objects').as_uri()}\n")
        project = open_project(folder)
        engines = Engines(project)
        production = scripted(project, engines)
        lines = production.plan(production.lines)
        with Ledger(project.ledger_file) as ledger:
            speak_here(project, lines, engines, production.voices, ledger)
            digests.append({line.key: ledger.take(line.key) for line in lines})
        assert {file.stem for file in project.takes_folder.glob("??/*.flac")} == {line.key for line in lines}
    assert len(log.read_text(encoding="utf-8").splitlines()) == len(digests[0])
    assert {key: row and row.digest for key, row in digests[0].items()} == {
        key: row and row.digest for key, row in digests[1].items()
    }
    assert all(digests[0].values())
