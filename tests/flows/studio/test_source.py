"""What is read of a source and what is not, and settings changed from the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.script.manuscript import count_characters
from flows.studio.settingform import BY_HAND
from flows.studio.source import PAGE_CHARACTERS, READ_BY, view_source
from flows.workspace.project import open_project
from tests.flows.studio.conftest import HOSTILE, client, only_book

NOTED = """\
# A Book

## Chapter 1. One

There were two clocks.[^1] They never agreed.

## Chapter 2. Two

It is nine.

[^1]: In the hall and on the stairs.
"""


def project_of(root: Path, text: str = NOTED, name: str = "book.md") -> Path:
    (root / "book").mkdir()
    (root / "book" / name).write_text(text, encoding="utf-8")
    (root / "book" / "project.yaml").write_text(f"source: {name}  # ours\n", encoding="utf-8")
    return root


def test_every_character_of_a_source_is_on_a_page_once(
    in_shared: Callable[[str], Path], tmp_path: Path
) -> None:
    source = in_shared("corpus/epub/se-christmas-carol.epub")
    (tmp_path / "project.yaml").write_text(f"source: {source}\n", encoding="utf-8")
    view = view_source(open_project(tmp_path))
    shown = [segment for page in view.pages for segment in page.segments]
    read = sum(count_characters(segment.text) for segment in shown if not segment.reason)
    left = sum(count_characters(segment.text) for segment in shown if segment.reason)
    assert left == view.left_out and abs(read - view.read) <= 0.001 * view.read
    assert max(len(segment.text) for segment in shown) <= PAGE_CHARACTERS
    assert [c["page"] for c in view.chapters] == sorted(c["page"] for c in view.chapters)
    assert set(view.reasons) & set(READ_BY)


def test_what_is_left_out_stands_where_it_was_and_is_read_after_all(tmp_path: Path) -> None:
    root = project_of(tmp_path)
    visitor = client(root)
    address = only_book(visitor, root)
    page = visitor.get(f"{address}/source").text
    assert page.index("There were two clocks.") < page.index("In the hall and on the stairs.")
    assert 'data-set="reading.notes" data-to="paragraph"' in page and "<del>In the hall" in page
    answer = visitor.post(f"{address}/settings", json={"name": "reading.notes", "after": "paragraph"})
    assert answer.json() == {"shown": "paragraph", "line": 3, "usual": False}
    assert "<del>In the hall" not in visitor.get(f"{address}/source").text
    assert (root / "book" / "project.yaml").read_text("utf-8") == (
        "source: book.md  # ours\nreading:\n  notes: paragraph\n"
    )
    visitor.post(f"{address}/undo")
    assert "<del>In the hall" in visitor.get(f"{address}/source").text


def test_subtitles_are_shown_with_their_speakers_and_what_is_not_spoken(tmp_path: Path) -> None:
    cues = "1\n00:00:01,000 --> 00:00:02,000\nANN: It is nine.\n\n2\n00:00:03,000 --> 00:00:04,000\n[music]\n"
    root = project_of(tmp_path, cues, "film.srt")
    visitor = client(root)
    page = visitor.get(f"{only_book(visitor, root)}/source").text
    assert "It is nine." in page and "<del>[music]</del>" in page
    form = visitor.get(f"{only_book(visitor, root)}/settings").text
    assert 'data-name="sync"' in form and 'data-name="speed"' in form
    headings = re.findall("<h2.*?>(.*?)</h2>", form)
    assert len(headings) == len(set(headings)), "of both files together"


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "9" * 40, "1%27"])
def test_any_page_is_a_page(page: str, tmp_path: Path) -> None:
    root = project_of(tmp_path)
    visitor = client(root)
    assert visitor.get(f"{only_book(visitor, root)}/source?page={page}").status_code == 200


def test_words_of_a_source_are_only_words(tmp_path: Path) -> None:
    root = project_of(tmp_path, f"# {HOSTILE}\n\n## 1\n\n{HOSTILE} [^1]\n\n[^1]: {HOSTILE}\n")
    visitor = client(root)
    for path in ("source", "settings"):
        page = visitor.get(f"{only_book(visitor, root)}/{path}").text
        assert "<img" not in page and "<script>" not in page


class Form:
    """The settings page of a project."""

    def __init__(self, root: Path) -> None:
        self._visitor = client(root)
        self._address = only_book(self._visitor, root)
        self.file = root / "book" / "project.yaml"

    def change(
        self, name: str, before: Any, after: Any, file: str = "project.yaml"
    ) -> tuple[int, dict[str, Any]]:
        data = {"file": file, "name": name, "before": before, "after": after}
        answer = self._visitor.post(f"{self._address}/settings", json=data)
        return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("name", "before", "after", "written"),
    [("speed", "1.0", "1.1", "speed: 1.1"), ("workers", "", "2", "workers: 2"), ("ready", False, True, "ready: true"),
     ("captions", "", "srt, vtt", "captions:\n  - srt\n  - vtt"), ("voice", "", "bf_emma", "voice: bf_emma"),
     ("replace", "", "- text: nine\n  with: ten", "- text: nine\n    with: ten"),
     ("pauses.scene", "1.6", "2", "scene: 2"), ("profile", "audiobook", "acx", "profile: acx")],
)  # fmt: skip
def test_each_kind_of_setting_goes_into_the_file_and_back(
    name: str, before: Any, after: Any, written: str, tmp_path: Path
) -> None:
    form = Form(project_of(tmp_path))
    status, told = form.change(name, before, after)
    assert status == 200 and told["usual"] is False and told["line"] is not None
    assert written in form.file.read_text("utf-8") and "# ours" in form.file.read_text("utf-8")
    status, told = form.change(name, told["shown"] if name != "ready" else True, None)
    assert status == 200 and told["usual"] is True


def test_two_pages_do_not_write_over_each_other(tmp_path: Path) -> None:
    form = Form(project_of(tmp_path))
    assert form.change("voice", "", "bf_emma")[0] == 200
    status, told = form.change("voice", "", "bm_george")
    assert status == 409 and "bf_emma" in told["problem"]


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_page_names_no_file_program_or_address(name: str, tmp_path: Path) -> None:
    form = Form(project_of(tmp_path))
    before = form.file.read_text("utf-8")
    for file in ("project.yaml", "dub.yaml", "../../x"):
        assert form.change(name, "", "/etc/passwd", file)[0] == 409
        assert form.change(f"{name}.url", "", "http://evil.example", file)[0] == 409
    assert form.file.read_text("utf-8") == before and not (tmp_path / "book" / "dub.yaml").exists()


def test_the_form_is_read_anew_when_the_file_is_edited_by_hand(tmp_path: Path) -> None:
    root = project_of(tmp_path)
    visitor = client(root)
    address = f"{only_book(visitor, root)}/settings"
    assert "project.yaml, line 2" not in visitor.get(address).text
    (root / "book" / "project.yaml").write_text("source: book.md\nspeed: 1.05\n", encoding="utf-8")
    page = visitor.get(address).text
    assert "project.yaml, line 2" in page and 'value="1.05"' in page


def test_settings_that_cannot_be_read_are_told_with_their_line(tmp_path: Path) -> None:
    root = project_of(tmp_path)
    (root / "book" / "project.yaml").write_text("source: book.md\nspeed: fast\n", encoding="utf-8")
    visitor = client(root)
    answer = visitor.get(f"{only_book(visitor, root)}/settings", headers={"accept": "text/html"})
    assert answer.status_code == 409 and "project.yaml, line 2" in answer.text
