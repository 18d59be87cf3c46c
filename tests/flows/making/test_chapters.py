"""Chapters are put together and measured while later ones are spoken, and what is delivered is the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Queue

import pytest

from flows.making import audiobook, chapters
from flows.making.book import read_book
from flows.making.chapters import LEVEL_SECONDS, chapters_ahead, levelling_first
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, guess_seconds, plan_lines
from flows.making.voices import Voices
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.measured import chapter_levels
from flows.mastering.stitch import ChapterSound
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_project
from tests.engines import ToneEngine
from tests.flows.conftest import BOOK, tone_project
from tests.flows.making.test_delivery import step
from tts_core.files import file_digest

PATIENCE = 20.0  # seconds; a chapter of a few words is put together in a hundredth of that

Measured = Queue[str]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """The keys of the chapters that were put together and measured ahead, as they come."""
    done: Measured = Queue()

    def noted(sound: ChapterSound, cancel: threading.Event | None = None) -> None:
        chapter_levels(sound, cancel)
        done.put(sound.key)

    monkeypatch.setattr(chapters, "chapter_levels", noted)
    monkeypatch.setattr(chapters, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(chapters, "LEVEL_SECONDS", 0.1)  # of a book of a few lines: the first of each voice
    return done


def project_in(folder: Path) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "book.md").write_text(BOOK, encoding="utf-8")
    return open_project(tone_project(folder / "book", folder / "book.md"), {"workers": 1})


def planned(project: Project) -> list[PlannedLine]:
    engines = Engines(project)
    book = read_book(project, engines)
    return plan_lines(book.lines, book.voices.by_speaker, book.lexicon, engines.of_voice)


def write(project: Project, lines: Sequence[PlannedLine]) -> None:
    for item in lines:
        if item.prepared is not None and not project.takes.has(item.key):
            project.takes.write(item.key, next(iter(ToneEngine().speak([item.prepared]))))


def make(project: Project, write: Callable[[Project, Sequence[PlannedLine]], None]) -> str:
    """Digest of the finished file."""

    def speak(
        project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
    ) -> None:
        write(project, lines)

    with Ledger(project.ledger_file) as ledger:
        return file_digest(audiobook.make(project, ledger, speak=speak, step=step).path)


def at_work() -> threading.Thread:
    return next(thread for thread in threading.enumerate() if thread.name == "chapters ahead")


def test_what_is_put_together_ahead_is_what_would_be_put_together_afterwards(
    tmp_path: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(tmp_path / "one")
    ahead: set[str] = set()

    def slowly(project: Project, lines: Sequence[PlannedLine]) -> None:
        write(project, lines[:-1])
        ahead.update(measured.get(timeout=PATIENCE) for _ in range(2))
        assert not project.takes.has(lines[-1].key), "the third is still being spoken"
        write(project, lines[-1:])

    finished = make(project, slowly)
    sounds = {path.stem for path in project.chapters_folder.glob("*.flac")}
    assert len(ahead) == 2 and len(sounds) == 3 and ahead <= sounds, "delivering found them"

    monkeypatch.setattr(chapters, "LOOK_SECONDS", 1000.0)
    other = project_in(tmp_path / "other")
    assert make(other, write) == finished
    assert {path.stem for path in other.chapters_folder.glob("*.flac")} == sounds


def test_a_run_that_is_stopped_gives_up_the_chapter_in_hand(
    tmp_path: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(tmp_path)
    lines = planned(project)
    begun, gave_up = threading.Event(), threading.Event()

    def endless(sound: ChapterSound, cancel: threading.Event) -> None:
        begun.set()
        if cancel.wait(PATIENCE):
            gave_up.set()
            raise Cancelled

    monkeypatch.setattr(chapters, "chapter_levels", endless)
    with pytest.raises(KeyboardInterrupt), chapters_ahead(project, lines, ToneEngine.sample_rate):
        write(project, lines)
        assert begun.wait(PATIENCE)
        thread = at_work()
        raise KeyboardInterrupt
    assert gave_up.is_set() and not thread.is_alive()


def test_a_run_that_is_stopped_levels_no_voice(
    tmp_path: Path, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(tmp_path)
    lines = planned(project)
    write(project, lines)
    monkeypatch.setattr(chapters, "measure", lambda *_: pytest.fail("a take was measured"))
    ahead = chapters._Ahead(project, lines, ToneEngine.sample_rate)
    ahead.cancel.set()
    ahead.work()
    assert measured.empty() and not project.chapters_folder.exists()


def test_a_damaged_take_is_left_to_delivering(tmp_path: Path, measured: Measured) -> None:
    project = project_in(tmp_path)
    lines = planned(project)
    write(project, lines[:-1])
    take = project.takes.path(lines[0].key)
    take.write_bytes(take.read_bytes()[:-40])
    with chapters_ahead(project, lines, ToneEngine.sample_rate):
        at_work().join(PATIENCE)
        write(project, lines[-1:])
    assert take.exists(), "whoever sets it aside must also make it anew"
    assert measured.empty()
    make(project, write)
    assert take.with_suffix(".corrupt").exists() and project.takes.read(lines[0].key)


def test_nothing_is_begun_before_all_voices_can_be_levelled(tmp_path: Path, measured: Measured) -> None:
    project = project_in(tmp_path)
    lines = planned(project)
    late = next(line for line in lines if line.line.speaker == "Ann")
    with chapters_ahead(project, lines, ToneEngine.sample_rate):
        write(project, [line for line in lines if line is not late])
        assert measured.empty()
        write(project, [late])
        assert measured.get(timeout=PATIENCE)


def test_lines_that_level_a_voice_are_spoken_first_and_the_others_as_they_are_read(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    lines = [line for line in planned(project) if line.utterance is not None]
    narration = [line for line in lines if line.line.speaker == "narrator"] * 40
    late = next(line for line in lines if line.line.speaker == "Ann")
    ordered = levelling_first([*narration, late])
    place = ordered.index(late)
    before = [line.utterance for line in ordered[:place] if line.utterance is not None]
    assert 0 <= sum(map(guess_seconds, before)) - LEVEL_SECONDS < 10
    assert [line for line in ordered if line is not late] == narration
