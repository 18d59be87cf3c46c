"""Edits of a book: each lands in the file it belongs to, and in the journal, or in neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flows.casting import castfile
from flows.script.edit import Change, is_done, remembering
from flows.studio.book import Book, said
from flows.studio.journal import Journal, Kind, State, Step
from flows.workspace.lexicon import add_line, drop_line
from flows.workspace.project import Project
from flows.workspace.settingsfile import change_settings, setting_of
from normalizers import DuoyinError, Lexicon


class Editor:
    """Edits one book; may be used from several threads.

    What was under way when the studio ended the last time is settled first: the file says how it went.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._settled = False

    def journal(self) -> Journal:
        """The book's journal, with nothing under way in it."""
        with self._book.writing:
            journal = self._book.journal()
            if not self._settled:
                for step in journal.unsettled():
                    journal.settle(step, self._as_it_stands(step))
                self._settled = True
            return journal

    def edit(self, kind: Kind, changes: Sequence[Change]) -> Step:
        """Do something new.

        Raises:
            Conflict: somebody changed the same meanwhile; nothing is done then.
            DuoyinError: it cannot be done; nothing is.
        """
        with self._book.writing:
            if kind is Kind.SCRIPT:
                changes = remembering(self._book.project.script_file, changes)
            return self._do(self.journal().begin(kind, changes), changes, State.DONE)

    def undo(self) -> Step | None:
        """Take the last step back; None where there is none. Raises as `edit` does."""
        return self._turn(self.journal().last_done, State.UNDONE)

    def redo(self) -> Step | None:
        """Do the last step again that was taken back; None where there is none. Raises as `edit` does."""
        return self._turn(self.journal().last_undone, State.DONE)

    def _turn(self, find: Callable[[], Step | None], to: State) -> Step | None:
        with self._book.writing:
            step = find()
            if step is None:
                return None
            self.journal().turn(step, to)
            changes = step.changes if to is State.DONE else [change.back for change in reversed(step.changes)]
            return self._do(step, changes, to)

    def _do(self, step: Step, changes: Sequence[Change], to: State) -> Step:
        project = self._book.project
        try:
            if step.kind is Kind.SCRIPT:
                self._book.change_script(changes)
            elif step.kind is Kind.LEXICON:
                _change_lexicon(project.lexicon_file, changes)
            elif step.kind in (Kind.CAST, Kind.SERIES):
                for change in changes:
                    castfile.revoice_character(_cast_file(project, step.kind), change.line, change.after)
            elif step.kind is Kind.SETTINGS:
                change_settings(project.folder, changes)
        except DuoyinError:
            self.journal().settle(step, step.state)
            raise
        self.journal().settle(step, to)
        return step

    def _as_it_stands(self, step: Step) -> State:
        """How a step stands whose answer was lost: as its files have it."""
        project = self._book.project
        if step.kind is Kind.SCRIPT:
            done = is_done(project.script_file, step.changes)
        elif step.kind is Kind.LEXICON:
            done = all(_has_line(project, str(change.after)) for change in step.changes)
        elif step.kind in (Kind.CAST, Kind.SERIES):
            own = castfile.load(_cast_file(project, step.kind))
            done = all(own.voice_of(change.line) == change.after for change in step.changes)
        elif step.kind is Kind.SETTINGS:
            done = all(setting_of(project.folder, c.line, c.field) == c.after for c in step.changes)
        else:
            done = step.next_state is State.DONE
        if done:
            return State.DONE
        return State.NEW if step.state is State.NEW else State.UNDONE


def _cast_file(project: Project, kind: Kind) -> Path:
    """The cast of a book, or of its series. Raises `DuoyinError` where it belongs to none any more."""
    file = project.series_cast_file if kind is Kind.SERIES else project.cast_file
    if file is None:
        raise DuoyinError(
            "this book belongs to no series", hint="`series:` in project.yaml names its folder."
        )
    return file


def _change_lexicon(file: Path, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.after:
            add_line(file, str(change.after))
        else:
            drop_line(file, str(change.before))


def _has_line(project: Project, line: str) -> bool:
    return project.lexicon_file.is_file() and line in project.lexicon_file.read_text("utf-8-sig").split("\n")


def respoken(book: Book, line: str) -> list[str]:
    """Ids of the lines that a new line of the lexicon would have read otherwise. Raises `DuoyinError` for a bad one."""
    project = book.project
    now = Lexicon.load(project.lexicon_file) if project.lexicon_file.is_file() else Lexicon.empty()
    new = Lexicon.parse(line, "lexicon")
    (entry,) = new.entries or (None,)
    if entry is None:
        raise DuoyinError("expected `written = reading`", where="lexicon")
    both = Lexicon((*(e for e in now.entries if _scope(e) != _scope(entry)), entry))
    found: list[str] = []
    for written in book.shown().written.lines:
        words = said(written)
        if written.left_out or entry.written.lower() not in words.lower():
            continue
        chapter, speaker = written.chapter + 1, str(written.field("speaker"))
        language = str(written.field("language"))
        before, after = (lexicon.scoped(chapter=chapter, speaker=speaker) for lexicon in (now, both))
        if before.hints(words, language) != after.hints(words, language):
            found.append(written.id)
    return found


def _scope(entry: object) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in ("written", "case", "language", "chapters", "speakers"))
