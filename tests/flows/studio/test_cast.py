"""The cast on a page: its voices, and what the volumes of a series share of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from flows.casting import castfile
from flows.making.book import read_book
from flows.making.engines import Engines
from flows.studio.people import Person, people
from flows.studio.shelf import Shelf
from flows.workspace.project import Project, open_project
from tests.flows.conftest import BOOK, tone_project
from tests.flows.studio.conftest import client


def volume(root: Path, name: str, text: str = BOOK) -> Project:
    """A volume of a series, read as a run reads it."""
    (root / "sources").mkdir(exist_ok=True)
    source = root / "sources" / f"{name}.md"
    source.write_text(text, encoding="utf-8")
    folder = tone_project(root / "shelf" / name, source)
    with (folder / "project.yaml").open("a", encoding="utf-8") as settings:
        settings.write("series: ../../series\n")
    project = open_project(folder)
    read_book(project, Engines(project))
    return project


class Casting:
    """A person at the cast of a volume."""

    def __init__(self, root: Path, name: str) -> None:
        self.visitor: TestClient = client(root / "shelf")
        self.book = next(book for book in Shelf(root / "shelf").books() if book.name == name)
        self.address = f"/book/{self.book.id}"

    def send(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = self.visitor.post(f"{self.address}/{path}", json=data)
        return answer.status_code, answer.json()

    def person(self, name: str) -> Person:
        return next(one for one in people(self.book.project, self.book.shown()) if one.name == name)


@pytest.fixture
def first(tmp_path: Path) -> Casting:
    volume(tmp_path, "one")
    return Casting(tmp_path, "one")


def test_everybody_is_there_with_lines_voice_and_a_line_to_hear_it_by(first: Casting) -> None:
    ann = first.person("Ann")
    own = castfile.load(first.book.project.cast_file)
    assert ann.lines == 3 and ann.voice == own.voice_of("Ann") == ann.series_voice and 0 < ann.share < 1
    sample = next(line for line in first.book.shown().written.lines if line.id == ann.sample)
    assert sample.field("speaker") == "Ann"
    page = first.visitor.get(f"{first.address}/cast").text
    assert "Ann" in page and ann.voice in page and "as in the series" in page


def test_the_second_volume_finds_the_voices_of_the_first(first: Casting, tmp_path: Path) -> None:
    other = "middle" if first.person("Ann").voice != "middle" else "low"
    assert first.send("revoice", {"name": "Ann", "voice": other})[0] == 200
    assert first.person("Ann").voice == other != first.person("Ann").series_voice
    assert first.send("series", {"name": "Ann", "voice": other})[0] == 200
    assert first.person("Ann").series_voice == other
    volume(tmp_path, "two", BOOK.replace("Tom", "Bob"))
    second = Casting(tmp_path, "two")
    assert second.person("Ann").voice == second.person("Ann").series_voice == other
    assert second.person("Bob").voice


def test_what_the_series_keeps_is_undone(first: Casting) -> None:
    file = first.book.project.series_cast_file
    assert file is not None
    before = file.read_text("utf-8")
    first.send("series", {"name": "Ann", "voice": "middle"})
    assert file.read_text("utf-8") != before
    assert first.send("undo", {})[0] == 200 and file.read_text("utf-8") == before
    assert first.send("redo", {})[0] == 200 and first.person("Ann").series_voice == "middle"


def test_a_book_of_no_series_says_so(spoken: Path) -> None:
    visitor = client(spoken)
    (book,) = Shelf(spoken).books()
    answer = visitor.post(f"/book/{book.id}/series", json={"name": "Ann", "voice": "low"})
    assert answer.status_code == 409 and "no series" in answer.json()["problem"]
    assert "as in the series" not in visitor.get(f"/book/{book.id}/cast").text


def test_nobody_of_that_name_changes_nothing(first: Casting) -> None:
    file = first.book.project.series_cast_file
    assert file is not None
    before = file.read_text("utf-8")
    assert first.send("series", {"name": "<b>", "voice": "low"})[0] == 409
    assert file.read_text("utf-8") == before
