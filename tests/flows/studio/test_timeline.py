"""The timeline of a dub: planned anew as it is edited, without an engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from flows.making.dub.lines import script_lines
from flows.making.dub.timing import keep_plan
from flows.script.file import merge
from flows.sources.subtitles import SubtitleOptions, read_subtitles, spoken_lines
from flows.studio.book import said
from flows.studio.shelf import Shelf
from flows.studio.timeline import SHAPE_SECONDS, read_timeline
from flows.workspace.project import open_project
from tests.flows.conftest import tone_project
from tests.flows.studio.conftest import HOSTILE, client, only_book

CUES = """\
1
00:00:01,000 --> 00:00:03,000
ANN: It is nine, and nobody is at home.

2
00:00:04,000 --> 00:00:04,600
TOM: I am afraid that the clock upstairs has stopped again, as it did in the spring.

3
00:00:05,000 --> 00:00:07,000
ANN: It is ten.
"""


def dub_shelf(root: Path, cues: str = CUES) -> Path:
    """A folder with one dub in it, read and not spoken."""
    (root / "film.srt").write_text(cues, encoding="utf-8")
    project = open_project(tone_project(root / "film", root / "film.srt"))
    file = read_subtitles(project.existing_source, SubtitleOptions())
    merge(
        script_lines(spoken_lines(file, SubtitleOptions()), name=file.name), [file.name], project.script_file,
        project.script_base_file,
    )  # fmt: skip
    return root


class Cutting:
    """A person at the timeline."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.visitor: TestClient = client(root)
        self.address = only_book(self.visitor, root)

    @property
    def lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.visitor.get(f"{self.address}/timeline/lines").json()["lines"]
        return found

    def send(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        answer = self.visitor.post(f"{self.address}/{path}", json=data)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def tried(self, line: str, text: str) -> dict[str, Any]:
        return self.send("timeline/try", {"line": line, "text": text})

    def set(self, name: str, value: object) -> None:
        self.send("settings", {"file": "dub.yaml", "name": name, "after": value})

    def keep(self) -> None:
        """As a run leaves it: the plan, and the words that it was made of."""
        (book,) = Shelf(self.root).books()
        timeline = read_timeline(book.project, book.shown())
        words = {line: said(record) for line, record in timeline.written.items()}
        keep_plan(book.project.timeline_file, timeline.plan(), words)


@pytest.fixture
def cutting(tmp_path: Path) -> Cutting:
    return Cutting(dub_shelf(tmp_path))


def test_before_anything_is_spoken_lengths_are_estimated(cutting: Cutting) -> None:
    data = cutting.visitor.get(f"{cutting.address}/timeline/lines").json()
    assert data["measured"] is False and data["lanes"] == ["ANN", "TOM"] and data["video"] is False
    first, second, third = data["lines"]
    assert first["source"] == [1.0, 3.0] and first["plan"]["excess_ms"] == 0 and first["heard"] is None
    assert second["plan"]["excess_ms"] > 500 and third["locked"] is None and third["sync"] == "dialogue"
    cutting.keep()
    assert cutting.visitor.get(f"{cutting.address}/timeline/lines").json()["measured"] is True


def test_while_one_types_it_is_told_whether_it_fits(cutting: Cutting) -> None:
    line = cutting.lines[1]
    long, short = cutting.tried(line["id"], line["text"]), cutting.tried(line["id"], "It stopped.")
    assert not long["fits"] and long["excess_ms"] == line["plan"]["excess_ms"]
    assert short["fits"] and short["excess_ms"] == 0 and short["seconds"] < long["seconds"] / 4
    for bad in (
        {"line": line["id"], "text": " "},
        {"line": "x", "text": "y"},
        {},
        {"line": line["id"], "text": "a" * 9999},
    ):
        assert cutting.visitor.post(f"{cutting.address}/timeline/try", json=bad).status_code == 409


def test_another_wording_is_planned_at_once_by_its_letters(cutting: Cutting) -> None:
    cutting.keep()
    line = cutting.lines[1]
    told = cutting.tried(line["id"], "It stopped.")
    change = {"line": line["id"], "field": "say", "before": "", "after": "It stopped."}
    cutting.send("edit", {"changes": [change]})
    plan = cutting.lines[1]["plan"]
    assert plan["excess_ms"] == 0 and plan["rate"] == pytest.approx(told["rate"], abs=0.01)
    cutting.keep()
    assert cutting.lines[1]["plan"]["end"] == pytest.approx(plan["end"], abs=0.01), (
        "the run was made of these words"
    )


def test_a_line_is_moved_locked_and_let_go(cutting: Cutting) -> None:
    line = cutting.lines[0]
    cutting.set(f"locked.{line['id']}", "1.250")
    moved = cutting.lines[0]
    assert moved["plan"]["start"] == pytest.approx(1.25, abs=0.001) and moved["locked"] == 1.25
    assert (cutting.root / "film" / "dub.yaml").read_text("utf-8") == f"locked:\n  {line['id']}: 1.250\n"
    cutting.set(f"sync_lines.{line['id']}", "voiceover")
    assert cutting.lines[0]["sync"] == "voiceover"
    cutting.send("undo", {})
    cutting.set(f"locked.{line['id']}", None)
    again = cutting.lines[0]
    assert again["locked"] is None and again["sync"] == "dialogue" and again["plan"] == line["plan"]


def test_wordings_of_the_list_of_alternatives_are_offered(cutting: Cutting) -> None:
    line = cutting.lines[1]
    (cutting.root / "film" / "alternatives.yaml").write_text(
        f"- id: {line['id']}\n  alternatives: [The clock stopped.]\n  proposed: [It stopped.]\n",
        encoding="utf-8",
    )
    assert cutting.lines[1]["alternatives"] == ["The clock stopped.", "It stopped."]


def test_five_hundred_lines_are_planned_while_one_waits(tmp_path: Path) -> None:
    def clock(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    cues = "\n".join(
        f"{n}\n{clock(3000 * n)} --> {clock(3000 * n + 2400)}\n{'ANN' if n % 3 else 'TOM'}: It is {n}, they say.\n"
        for n in range(1, 501)
    )
    cutting = Cutting(dub_shelf(tmp_path, cues))
    lines = cutting.lines
    began = time.process_time()
    assert cutting.tried(lines[250]["id"], "It is late.")["fits"]
    assert len(lines) == 500 and time.process_time() - began < 20, "no more than a runaway is caught here"


def test_the_shape_of_the_original_is_as_long_as_it(
    cutting: Cutting, in_shared: Callable[[str], Path]
) -> None:
    assert cutting.visitor.get(f"{cutting.address}/original").status_code == 404
    video = in_shared("corpus/video/open-dubbing-english.mp4")
    (cutting.root / "film" / "dub.yaml").write_text(f"video: {video}\n", encoding="utf-8")
    shape = cutting.visitor.get(f"{cutting.address}/original/shape").content
    part = cutting.visitor.get(f"{cutting.address}/original", headers={"range": "bytes=0-99"})
    assert part.status_code == 206 and len(part.content) == 100
    assert len(shape) * SHAPE_SECONDS > 5 and max(shape) > 50
    (kept,) = (cutting.root / "film" / ".duoyin" / "dub").glob("original-*.shape")
    assert kept.read_bytes() == shape


def test_words_of_subtitles_are_only_words(tmp_path: Path) -> None:
    cutting = Cutting(dub_shelf(tmp_path, CUES.replace("It is ten.", HOSTILE)))
    page = cutting.visitor.get(f"{cutting.address}/timeline").text
    assert "onerror" not in page and "unsafe" not in page
    assert "Timeline" in cutting.visitor.get(cutting.address).text


def test_a_book_has_no_timeline(spoken: Path) -> None:
    visitor = client(spoken)
    address = only_book(visitor, spoken)
    assert visitor.get(f"{address}/timeline/lines").status_code == 409
    assert "Timeline" not in visitor.get(address).text
