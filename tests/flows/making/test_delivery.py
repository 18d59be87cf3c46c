"""What is finished stays: every run delivers beside it, but for a newer making of the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from flows.making import audiobook
from flows.making.delivery import Delivery
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.voices import Voices
from flows.mastering import ffmpeg
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import tone_project
from tts_core.files import file_digest

T = TypeVar("T")

RIVER = "# The River\n\n## One\n\nA boat went by.\n\n## Two\n\nIt came back.\n\n## Three\n\nNobody knew.\n"
OTHER = "# The River\n\n## One\n\nThere was a flood that year.\n\n## Two\n\nAnd then none.\n"
CHINESE = "# 河边\n\n## 第一章 雨\n\n下雨了。\n\n## 第二章 晴\n\n天晴了。\n\n## 第三章 雪\n\n下雪了。\n"


def speak(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    for line in lines:
        if line.prepared is not None and not project.takes.has(line.key):
            project.takes.write(line.key, next(iter(engines.engine(line.engine).speak([line.prepared]))))


def step(name: str, work: Callable[[], T]) -> T:
    return work()


def make(folder: Path, **options: object) -> Delivery:
    """A run as the flow makes it, without Prefect and processes."""
    project = open_project(folder, {"workers": 1, "single_voice": True, **options})
    with Ledger(project.ledger_file) as ledger:
        return audiobook.make(project, ledger, speak=speak, step=step)


def project_of(folder: Path, text: str, name: str) -> Path:
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return tone_project(folder / name, folder / f"{name}.md")


@pytest.fixture
def river(tmp_path: Path) -> Path:
    return project_of(tmp_path, RIVER, "river")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return project_of(tmp_path, OTHER, "other")


@pytest.mark.parametrize("kind", ["m4b", "mp3", "flac"])
def test_two_books_of_one_title_stand_in_one_folder(
    river: Path, other: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "shelf"
    out.mkdir()

    def finished() -> dict[str, str]:
        return {file_digest(file): file.name for file in out.rglob(f"*.{kind}")}

    first = make(river, output=str(out), format=kind)
    before = finished()
    second = make(other, output=str(out), format=kind)
    after = finished()
    assert before.items() <= after.items() and len(after) > len(before)
    assert second.path != first.path
    assert any("is kept" in warning for warning in second.warnings) == (kind == "m4b" or first.path == out)
    again = make(river, output=str(out), format=kind)
    assert again.path == first.path and finished() == after, "each project knows its own"


def test_parts_of_two_books_stand_in_the_folder_that_was_asked_for(
    river: Path, other: Path, tmp_path: Path
) -> None:
    out = tmp_path / "shelf"
    made = [make(book, output=str(out), format="flac", chapters="1").path for book in (river, other)]
    assert made == [out, out / "The River (chapter 1)"]
    assert len(list(out.rglob("*.flac"))) == 2


def test_a_part_has_its_own_name_and_the_whole_stays(river: Path) -> None:
    whole = make(river)
    before = file_digest(whole.path)
    one, two, some = (make(river, chapters=wanted) for wanted in ("1", "1-2", "1,3"))
    assert [made.path.name for made in (whole, one, two, some)] == [
        "The River.m4b",
        "The River (chapter 1).m4b",
        "The River (chapters 1-2).m4b",
        "The River (chapters 1, 3).m4b",
    ]
    assert file_digest(whole.path) == before
    assert ffmpeg.probe(two.path).tags["album"] == "The River (chapters 1-2)"
    assert make(river, chapters="1-3").path == whole.path, "all chapters are the whole"


def test_a_part_comes_first_and_the_whole_stands_beside_it(river: Path) -> None:
    part = make(river, chapters="2", format="mp3")
    whole = make(river, format="mp3")
    assert (part.path.name, whole.path.name) == ("The River (chapter 2)", "The River")
    assert [file.name for file in part.path.glob("*.mp3")] == ["01 Two.mp3"]
    assert len(list(whole.path.glob("*.mp3"))) == 3


def test_a_chinese_part_is_named_in_chinese(tmp_path: Path) -> None:
    made = make(project_of(tmp_path, CHINESE, "he"), chapters="1-2")
    assert made.path.name == "河边 (第1-2章).m4b"


def test_a_newer_making_of_the_same_takes_its_place(river: Path, tmp_path: Path) -> None:
    first = make(river)
    before = file_digest(first.path)
    source = tmp_path / "river.md"
    source.write_text(source.read_text().replace("A boat", "A raft"))
    second = make(river)
    assert second.path == first.path and file_digest(first.path) != before
    assert [file.name for file in first.path.parent.glob("*.m4b")] == ["The River.m4b"]


def test_chapters_that_are_called_otherwise_leave_no_old_files(river: Path, tmp_path: Path) -> None:
    made = make(river, format="mp3")
    (made.path / "cover.jpg").write_bytes(b"mine")
    source = tmp_path / "river.md"
    source.write_text(source.read_text().replace("## Two", "## Second"))
    make(river, format="mp3")
    names = sorted(file.name for file in made.path.iterdir() if not file.name.startswith("."))
    assert names == ["01 One.mp3", "02 Second.mp3", "03 Three.mp3", "cover.jpg"]


def test_a_name_that_was_asked_for_is_refused_before_anything_is_spoken(
    river: Path, other: Path, tmp_path: Path
) -> None:
    out = tmp_path / "book.m4b"
    out.write_bytes(b"somebody else's")
    with pytest.raises(DuoyinError, match="is there already") as caught:
        make(river, output=str(out))
    assert "--out" in (caught.value.hint or "") and out.read_bytes() == b"somebody else's"
    assert not (river / "takes").exists()
    out.unlink()
    make(river, output=str(out))
    with pytest.raises(DuoyinError, match="is there already"):
        make(other, output=str(out))
    assert make(river, output=str(out), chapters="1").path.name == "book (chapter 1).m4b"


def test_a_part_under_a_name_of_its_own_becomes_the_whole(river: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.m4b"
    assert make(river, output=str(out), chapters="1").path == out
    part = ffmpeg.probe(out).duration or 0
    assert make(river, output=str(out), chapters="2").path.name == "book (chapter 2).m4b"
    assert make(river, output=str(out)).path == out
    assert (ffmpeg.probe(out).duration or 0) > part + 1


def test_a_file_that_somebody_changed_is_kept(river: Path) -> None:
    first = make(river)
    with first.path.open("ab") as file:
        file.write(b"tags of a library")
    changed = file_digest(first.path)
    second = make(river)
    assert second.path.name == "The River (2).m4b" and file_digest(first.path) == changed
    assert make(river).path == second.path


def test_a_moved_project_knows_its_file(river: Path, tmp_path: Path) -> None:
    out = tmp_path / "shelf"
    out.mkdir()
    first = make(river, output=str(out))
    (tmp_path / "elsewhere").mkdir()
    shutil.move(river, tmp_path / "elsewhere" / "river")
    shutil.copy(tmp_path / "river.md", tmp_path / "elsewhere" / "river.md")
    shutil.rmtree(tmp_path / "elsewhere" / "river" / ".duoyin")
    assert make(tmp_path / "elsewhere" / "river", output=str(out)).path == first.path


def test_a_file_that_comes_while_a_book_is_made_is_kept(
    river: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "book.m4b"
    measured = ffmpeg.probe

    def meanwhile(path: Path) -> ffmpeg.MediaInfo:
        out.write_bytes(b"another run's")
        return measured(path)

    monkeypatch.setattr("flows.mastering.check.ffmpeg.probe", meanwhile)
    with pytest.raises(DuoyinError, match="meanwhile"):
        make(river, output=str(out))
    assert out.read_bytes() == b"another run's"
