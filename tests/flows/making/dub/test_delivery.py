"""Where a dub goes: beside what is finished, and in its place only where it is a newer making of the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.making.dub.delivery import output_place
from flows.making.dub.programme import Programme, read_programme
from flows.making.engines import Engines
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, create_project, open_project
from normalizers import DuoyinError
from tts_core.files import file_digest

ENGLISH = "1\n00:00:01,000 --> 00:00:03,000\nThe ferry leaves at nine.\n"
CHINESE = "1\n00:00:01,000 --> 00:00:03,000\n渡船九点开。\n"


def project_of(folder: Path, name: str, text: str, **options: object) -> Project:
    (folder / name).write_text(text, encoding="utf-8")
    made = {"engine": "tests.engines:ToneEngine", **options}
    return create_project(folder / name, None, made, product="dub")


def programme_of(project: Project) -> Programme:
    return read_programme(project, Engines(project))


def delivered(project: Project, words: bytes) -> Path:
    """Where a dub goes, put there as a run leaves it."""
    with Ledger(project.ledger_file) as ledger:
        programme = programme_of(project)
        path = output_place(project, programme, ledger).path
        path.write_bytes(words)
        ledger.record_delivery(file_digest(path), f"dub {programme.language}")
        assert output_place(project, programme, ledger).path == path, "it gives way to a newer making"
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "out").mkdir()
    yield tmp_path / "out"


def test_subtitles_of_one_stem_have_a_dub_each_in_one_folder(tmp_path: Path, shelf: Path) -> None:
    first = delivered(project_of(tmp_path, "film.srt", ENGLISH, output=str(shelf)), b"1")
    second = delivered(
        project_of(tmp_path, "film.vtt", "WEBVTT\n\n" + ENGLISH.replace(",", ".")[2:], output=str(shelf)),
        b"2",
    )
    (tmp_path / "de").mkdir()
    third = delivered(project_of(tmp_path / "de", "film.srt", CHINESE, output=str(shelf)), b"3")
    fourth = delivered(project_of(tmp_path / "de", "film.ass.srt", CHINESE, output=str(shelf)), b"4")
    assert [path.name for path in (first, second, third, fourth)] == [
        "film.dub.flac", "film.dub.en.flac", "film.dub.zh.flac", "film.ass.dub.flac",
    ]  # fmt: skip
    assert [path.read_bytes() for path in (first, second, third, fourth)] == [b"1", b"2", b"3", b"4"]


def test_a_dub_in_another_language_is_another_dub(tmp_path: Path) -> None:
    project = project_of(tmp_path, "film.srt", ENGLISH)
    english = delivered(project, b"1")
    (tmp_path / "film.srt").write_text(CHINESE, encoding="utf-8")
    (project.folder / "script.jsonl").unlink()
    chinese = delivered(
        open_project(project.folder, {"engine": "tests.engines:ToneEngine"}, product="dub"), b"2"
    )
    assert (english.name, chinese.name) == ("film.dub.flac", "film.dub.zh.flac")


def test_somebody_elses_file_of_the_asked_name_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "mine.wav"
    out.write_bytes(b"a song")
    project = project_of(tmp_path, "film.srt", ENGLISH, output=str(out))
    with Ledger(project.ledger_file) as ledger, pytest.raises(DuoyinError, match="is there already"):
        output_place(project, programme_of(project), ledger)
    assert out.read_bytes() == b"a song"
