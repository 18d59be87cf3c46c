"""`chapters_pattern` and `replace` of a project and its series, and what is said where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.making.book import read_options
from flows.workspace.project import open_project
from normalizers import DuoyinError


def project(tmp_path: Path, text: str, series: str = "") -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "project.yaml").write_text(text, "utf-8")
    if series:
        (tmp_path / "series").mkdir()
        (tmp_path / "series" / "series.yaml").write_text(series, "utf-8")
    return folder


def test_a_books_rules_come_before_those_of_its_series(tmp_path: Path) -> None:
    own = "series: ../series\nreplace:\n  - 某网首发\n  - {pattern: 'a(b)', with: '\\1'}\n"
    options = read_options(
        open_project(project(tmp_path, own, "chapters_pattern: '第.*'\nreplace: [{text: x, with: y}]\n"))
    )
    assert options.chapters_pattern == "第.*"
    assert [(r.text, r.pattern, r.words) for r in options.replace] == [
        ("某网首发", "", ""),
        ("", "a(b)", r"\1"),
        ("x", "", "y"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title: A\nchapters_pattern: '第(.*'\n", 2, "no regular expression"),
        ("title: A\nchapters_pattern: 'a{99999999999}'\n", 2, "no regular expression"),
        ("replace:\n  - {text: a}\n  - {pattern: '(b'}\n", 3, "no regular expression"),
        ("replace:\n  - {pattern: b, with: '\\2'}\n", 2, "does not fit its pattern"),
        ("replace:\n  - {text: a, pattern: b}\n", 2, "either text or pattern"),
        ("replace:\n  - {text: a, instead: b}\n", 2, "no setting"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(DuoyinError) as caught:
        open_project(project(tmp_path, text))
    assert f"line {line}" in str(caught.value) and words in str(caught.value)


def test_a_wrong_rule_of_a_series_is_named_there(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match=r"series\.yaml, line 1"):
        open_project(project(tmp_path, "series: ../series\n", "chapters_pattern: '['\n"))
