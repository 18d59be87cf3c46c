"""What is read of a source and what is not, page by page; the settings that decide it, as a form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.script.edit import Change
from flows.sources import is_subtitle
from flows.studio.answers import json_of, page
from flows.studio.book import Book, Stamp, stamp_of
from flows.studio.editing import Editor
from flows.studio.journal import Kind
from flows.studio.settingform import Field, fields_of, kind_of, understood, written
from flows.studio.shelf import title_of
from flows.studio.source import READ_BY, SourceView, view_source
from flows.workspace.project import SETTINGS_FILE, Project
from flows.workspace.settingsfile import setting_of
from normalizers import DuoyinError

MOST_READ = 3
"""Sources that are kept as they were read."""


class SourcePages:
    """The pages of sources and settings.

    Args:
        book: the book that an address names. editor: who edits it.
    """

    def __init__(self, book: Callable[[Request], Book], editor: Callable[[Book], Editor]) -> None:
        self._book = book
        self._editor = editor
        self._read: dict[str, tuple[Stamp, SourceView]] = {}

    def routes(self) -> list[Route]:
        """Their addresses."""
        here = "/book/{book}"
        return [
            Route(f"{here}/source", self.source),
            Route(f"{here}/settings", self.settings),
            Route(f"{here}/settings", self.change, methods=["POST"]),
        ]

    def source(self, request: Request) -> Response:
        book = self._book(request)
        view = self._view(book)
        wanted = request.query_params.get("page", "1")
        number = min(
            max(1, int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1), max(1, len(view.pages))
        )
        return page(
            request, "source.html", book=book, title=title_of(book), view=view, number=number,
            here=view.pages[number - 1] if view.pages else None, read_by=READ_BY,
        )  # fmt: skip

    def _view(self, book: Book) -> SourceView:
        """The source of a book, read again when it or the settings change."""
        project = book.project
        stamp = _stamp(project)
        known = self._read.get(book.id)
        if known is None or known[0] != stamp:
            known = (stamp, view_source(project))
            self._read.pop(book.id, None)
            while len(self._read) >= MOST_READ:
                self._read.pop(next(iter(self._read)))
            self._read[book.id] = known
        return known[1]

    def settings(self, request: Request) -> Response:
        book = self._book(request)
        groups: dict[str, list[Field]] = {}
        for field in self._fields(book):  # the two files of a dub share some
            groups.setdefault(field.group, []).append(field)
        return page(request, "settings.html", book=book, title=title_of(book), groups=groups)

    def _fields(self, book: Book) -> list[Field]:
        project = book.project
        named = project.settings.source is not None
        return fields_of(project, dub=named and is_subtitle(project.source))

    async def change(self, request: Request) -> Response:
        """Change a setting: `{"file", "name", "before", "after"}` as the form has them; `after` null: the default."""
        book, data = self._book(request), await json_of(request)
        return JSONResponse(await run_in_threadpool(self._change, book, data))

    def _change(self, book: Book, data: dict[str, Any]) -> dict[str, Any]:
        file, name = str(data.get("file") or SETTINGS_FILE), str(data.get("name", ""))
        kind = kind_of(file, name)
        if kind == "fixed":
            raise DuoyinError("this is changed in the file itself", where=file)
        after = understood(data.get("after"), kind) if data.get("after") is not None else None
        now = setting_of(book.folder, file, name)
        before = understood(data["before"], kind) if "before" in data else now
        if before == now or not (now or before):
            before = now  # 1 and 1.0 look alike in a form; nothing, {} and [] too
        self._editor(book).edit(Kind.SETTINGS, [Change(file, name, before, after)])
        fields = {(field.setting.file, field.setting.name): field for field in self._fields(book)}
        if (field := fields.get((file, name))) is None:  # an entry of a setting such as `locked`
            return {"shown": written(setting_of(book.folder, file, name), kind)}
        return {
            "shown": field.shown,
            "line": field.setting.line,
            "usual": field.setting.value == field.setting.default,
        }


def _stamp(project: Project) -> Stamp:
    """Changes whenever what is read does."""
    files: list[Path] = [project.settings_file, project.dub_file, project.existing_source]
    if project.settings.series:
        files.append(project.path(project.settings.series) / "series.yaml")
    return stamp_of(files)
