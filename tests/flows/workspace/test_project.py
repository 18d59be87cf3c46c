"""The project folder: settings with names for what is wrong, and one run at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.workspace.project import (
    create_project,
    keep_options,
    locked,
    open_locked,
    open_project,
)
from normalizers import DuoyinError


def a_project(folder: Path, text: str = "source: book.epub\n") -> Path:
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("source: a.epub\nspeeed: 1\n", 2, "no setting “speeed”"),
        ("source: a.epub\n\nspeed: 3\n", 3, "less than or equal to 1.3"),
        ("profile: loud\n", 1, "'audiobook', 'acx', 'podcast' or 'ebu-r128'"),
        ("pauses:\n  paragraph: 0.5\n  scene: -1\n", 3, "greater than or equal to 0"),
        ("reading:\n  note: skip\n", 2, "no setting “reading.note”"),
        ("chapters: two\n", 1, "1-3,5"),
        ("source: [\n", 2, "not YAML"),
    ],
)
def test_a_wrong_setting_is_named_by_file_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(DuoyinError) as caught:
        open_project(a_project(tmp_path, text))
    assert f"project.yaml, line {line}" in str(caught.value)
    assert message in str(caught.value)


def test_an_unknown_setting_lists_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match=r"Allowed: notes, images, skip, .*announce\."):
        open_project(a_project(tmp_path, "reading:\n  note: skip\n"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("soft: 1.1\nsync: tight\n", 2, "sync: input should be 'lip', 'dialogue', 'voiceover' or 'free'"),
        ("synch: lip\n", 1, "no setting “synch”"),
        ("sync_styles:\n  Thoughts: lip\n  Signs: near\n", 3, "sync_styles.Signs"),
        ("profile: acx\n", 1, "match-source"),
        ("- a list\n", 1, "YAML is not a mapping"),
        ("sync: [\n", 2, "not YAML"),
    ],
)
def test_the_settings_of_a_dub_are_named_likewise(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "dub.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DuoyinError) as caught:
        open_project(a_project(tmp_path), product="dub")
    assert f"dub.yaml, line {line}" in str(caught.value)
    assert message in str(caught.value)


def test_an_option_of_a_dub_goes_to_the_settings_it_is_of(tmp_path: Path) -> None:
    (tmp_path / "dub.yaml").write_text("sync: lip\nprofile: podcast\n", encoding="utf-8")
    project = open_project(
        a_project(tmp_path), {"profile": "ebu-r128", "voice": "af_sky", "sync": None}, product="dub"
    )
    assert (project.dub.profile, project.dub.sync) == ("ebu-r128", "lip")
    assert (project.settings.profile, project.settings.voice) == ("audiobook", "af_sky")
    with pytest.raises(DuoyinError, match="setting sync: "):
        open_project(tmp_path, {"sync": "tight"}, product="dub")


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    project = open_project(
        a_project(tmp_path, "speed: 1.1\nvoice: bm_george\n"), {"voice": "bf_emma", "speed": None}
    )
    assert (project.settings.voice, project.settings.speed) == ("bf_emma", 1.1)


def test_a_wrong_word_on_the_command_line_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError) as caught:
        open_project(a_project(tmp_path), {"profile": "loud"})
    assert str(caught.value).startswith("setting profile: ")


def test_a_book_gets_a_project_beside_it(tmp_path: Path) -> None:
    book = tmp_path / "A Book.epub"
    book.write_bytes(b"")
    project = create_project(book)
    assert project.folder == tmp_path / "A Book.duoyin"
    assert project.source == book
    assert create_project(book).folder == project.folder


def test_a_new_project_keeps_the_options_it_is_spoken_with(tmp_path: Path) -> None:
    book = tmp_path / "book.md"
    book.write_bytes(b"")
    options = {"voice": "bf_emma", "captions": "srt,vtt", "chapters": "1", "workers": 1, "proof": "off"}
    keep_options(create_project(book, None, options))
    kept = open_project(tmp_path / "book.duoyin").settings
    assert kept.proof == "auto", "no option of a run"
    assert (kept.voice, kept.captions) == ("bf_emma", ("srt", "vtt")), "what a retake opens"
    assert (kept.chapters, kept.workers) == (None, None), "these are of one run"
    keep_options(create_project(book, None, {"voice": "af_heart"}))
    assert create_project(book).settings.voice == "bf_emma", "only the first time"


def test_a_project_of_a_dub_keeps_its_video_from_where_the_folder_is(tmp_path: Path) -> None:
    for name in ("talk.srt", "talk.mkv"):
        (tmp_path / name).write_bytes(b"")
    options = {"video": str(tmp_path / "talk.mkv"), "voice": "bf_emma", "sync": "lip"}
    keep_options(create_project(tmp_path / "talk.srt", None, options, product="dub"))
    again = open_project(tmp_path / "talk.duoyin", product="dub")
    assert (again.dub.video, again.dub.sync, again.settings.voice) == ("../talk.mkv", "lip", "bf_emma")


@pytest.mark.parametrize("own", ["source: ../book.md\n", "# mine\nsource: ../book.md\nspeed: 1.1 # brisk\n"])
def test_what_a_person_wrote_stays_as_it_is(tmp_path: Path, own: str) -> None:
    book = tmp_path / "book.md"
    book.write_bytes(b"")
    file = create_project(book).settings_file
    file.write_text(own, encoding="utf-8")
    keep_options(create_project(book, None, {"voice": "bf_emma"}))
    assert file.read_text(encoding="utf-8") == own


def test_a_project_of_another_book_is_not_taken(tmp_path: Path) -> None:
    for name in ("one.epub", "two.epub"):
        (tmp_path / name).write_bytes(b"")
    create_project(tmp_path / "one.epub", tmp_path / "p")
    with pytest.raises(DuoyinError, match="another book"):
        create_project(tmp_path / "two.epub", tmp_path / "p")


def test_books_of_one_stem_have_a_project_each(tmp_path: Path) -> None:
    books = [tmp_path / name for name in ("novel.epub", "novel.txt", "novel.md", "novel.txt.md")]
    for book in books:
        book.write_bytes(b"")
    names = [create_project(book).folder.name for book in books]
    assert names == ["novel.duoyin", "novel.txt.duoyin", "novel.md.duoyin", "novel.txt.md.duoyin"]
    assert [create_project(book).folder.name for book in reversed(books)] == names[::-1], "and keep it"
    assert [create_project(book).source for book in books] == books


def test_books_of_one_name_in_folders_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flows.workspace.project.os.access", lambda *_: False)
    folders = []
    for shelf in ("a", "b", "c"):
        (tmp_path / shelf).mkdir()
        (tmp_path / shelf / "novel.epub").write_bytes(b"")
        folders.append(create_project(tmp_path / shelf / "novel.epub").folder.name)
    assert folders == ["novel", "novel.epub", "novel.epub (2)"]
    assert create_project(tmp_path / "b" / "novel.epub").folder.name == "novel.epub"


def test_a_file_is_named_as_a_shell_takes_it_beside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "Two Clocks.md").write_text("# Two Clocks\n\nTick.\n", encoding="utf-8")
    project = create_project(tmp_path / "Two Clocks.md")
    assert project.typed() == "'Two Clocks.duoyin'"
    assert project.typed(project.lexicon_file) == "'Two Clocks.duoyin/lexicon.txt'"
    assert project.typed(project.source) == "'Two Clocks.md'"


def test_missing_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="no such file"):
        create_project(tmp_path / "nothing.epub")
    with pytest.raises(DuoyinError, match="no such project"):
        open_project(tmp_path / "nothing")
    with pytest.raises(DuoyinError, match=r"no project\.yaml"):
        open_project(tmp_path)


def test_two_runs_do_not_work_on_one_project(tmp_path: Path) -> None:
    project = open_project(a_project(tmp_path))
    code = (
        "import sys, pathlib; from flows.workspace.project import open_project, locked\n"
        "try:\n with locked(open_project(pathlib.Path(sys.argv[1]))): print('taken')\n"
        "except Exception as error: print(error.message)"
    )

    def other_run() -> str:
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    with locked(project):
        assert other_run() == "another run is working on this project"
    assert other_run() == "taken"


def test_a_project_is_opened_and_held_in_one_step(tmp_path: Path) -> None:
    with open_locked(a_project(tmp_path), {"speed": 1.1}) as project:
        assert project.settings.speed == 1.1
        with pytest.raises(DuoyinError, match="another run"), locked(project):
            pass
    with locked(project):
        pass


@pytest.mark.parametrize(
    ("output", "kind", "name"),
    [
        (None, "m4b", "output/No. 17.m4b"),
        (None, "mp3", "output/No. 17"),
        ("there", "m4b", "there/No. 17.m4b"),
        ("mine", "m4b", "mine.m4b"),
        ("Volume 1.5", "m4b", "Volume 1.5.m4b"),
        ("mine.M4B", "m4b", "mine.M4B"),
        ("mine.mp3", "mp3", "mine"),
        ("Volume 1.5", "mp3", "Volume 1.5"),
    ],
)
def test_where_the_finished_file_goes(tmp_path: Path, output: str | None, kind: str, name: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "project.yaml").write_text("{}\n", encoding="utf-8")
    project = open_project(tmp_path, {"output": output, "format": kind})
    assert project.output("No. 17") == tmp_path.resolve() / name


@pytest.mark.parametrize("output", ["mine.mp3", "mine.txt", "mine.epub"])
def test_a_finished_file_is_not_named_like_another_kind(tmp_path: Path, output: str) -> None:
    (tmp_path / "project.yaml").write_text(f"output: {output}\n", encoding="utf-8")
    with pytest.raises(DuoyinError, match="M4B"):
        open_project(tmp_path).output("No. 17")
