"""One setting changed in its file, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.script.edit import Change
from flows.workspace.project import open_project
from flows.workspace.settingsfile import change_settings, setting_of, settings_of
from normalizers import DuoyinError

WRITTEN = """\
# A book of ours.
source: book.md      # as bought
reading:
  notes: chapter     # they are good
  # pictures are described
  images: true

# the night
ready: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project.yaml").write_text(WRITTEN, encoding="utf-8")
    return tmp_path


def change(folder: Path, name: str, before: Any, after: Any, file: str = "project.yaml") -> str:
    change_settings(folder, [Change(file, name, before, after)])
    return (folder / file).read_text("utf-8")


def test_every_setting_is_told_with_its_default_and_its_line(folder: Path) -> None:
    found = {setting.name: setting for setting in settings_of(folder, "project.yaml")}
    notes = found["reading.notes"]
    assert (notes.value, notes.default, notes.line) == ("chapter", "skip", 4)
    assert found["speed"].line is None and found["speed"].value == found["speed"].default == 1.0
    assert found["ready"].line == 9 and "reading" not in found and found["replace"].value == []


@pytest.mark.parametrize(
    ("name", "before", "after", "old", "new"),
    [
        ("reading.notes", "chapter", "paragraph", "notes: chapter  ", "notes: paragraph"),
        ("ready", True, False, "ready: true", "ready: false"),
        ("reading.images", True, None, "images: true", "images: false"),
    ],
)
def test_a_setting_changes_and_its_comments_stay(
    name: str, before: Any, after: Any, old: str, new: str, folder: Path
) -> None:
    text = change(folder, name, before, after)
    assert new in text
    assert [row.split("#")[1:] for row in text.splitlines()] == [
        row.split("#")[1:] for row in WRITTEN.splitlines()
    ]
    assert change(folder, name, setting_of(folder, "project.yaml", name), before) == WRITTEN


def test_a_new_one_comes_last_and_its_group_where_it_is(folder: Path) -> None:
    text = change(folder, "voice", None, "bf_emma")
    assert text == WRITTEN + "voice: bf_emma\n"
    change(folder, "reading.page_numbers", False, True)
    change(folder, "pauses.scene", 1.6, 2.5)
    project = open_project(folder)
    assert project.settings.reading.page_numbers and project.settings.pauses.scene == 2.5


def test_the_default_of_what_is_not_there_writes_nothing(folder: Path) -> None:
    assert change(folder, "speed", 1.0, None) == WRITTEN


def test_entries_come_and_go_and_comments_below_them_stay(folder: Path) -> None:
    file = folder / "dub.yaml"
    file.write_text("# ours\n", encoding="utf-8")
    change(folder, "locked.a1", None, 2.5, "dub.yaml")
    text = change(folder, "locked.b.2", None, 4.0, "dub.yaml")
    assert text == "# ours\nlocked:\n  a1: 2.5\n  b.2: 4.0\n"
    file.write_text(text.replace("  b.2", "  # the long one\n  b.2"), encoding="utf-8")
    assert (
        change(folder, "locked.a1", 2.5, None, "dub.yaml")
        == "# ours\nlocked:\n  # the long one\n  b.2: 4.0\n"
    )
    change(folder, "locked.b.2", 4.0, None, "dub.yaml")
    assert open_project(folder).dub.locked == {}


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [("speed", 1.0, 9, "speed"), ("voice", "other", "x", "changed meanwhile"), ("reading", None, {}, "no setting"),
     ("sauce", None, "x", "no setting"), ("voice.x", None, "y", "no setting"), ("reading.sauce", None, "x", "sauce"),
     ("format", "m4b", "wma", "format"), ("replace", [], [{"pattern": "("}], "no regular expression")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_written(
    name: str, before: Any, after: Any, told: str, folder: Path
) -> None:
    with pytest.raises(DuoyinError, match=told):
        change(folder, name, before, after)
    assert (folder / "project.yaml").read_text("utf-8") == WRITTEN


def test_only_settings_files_are_changed(folder: Path) -> None:
    with pytest.raises(DuoyinError, match="no settings file"):
        change(folder, "voice", None, "x", "../project.yaml")
