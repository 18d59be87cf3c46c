"""The studio's server: pages, the sound of lines, what is known of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import soundfile
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route

from flows.script.edit import OUT, Change, splitting
from flows.script.parts import stem_of
from flows.studio import arriving
from flows.studio import words as own_words
from flows.studio.access import Access, TooLarge, too_large
from flows.studio.answers import (
    FOR_EVER,
    LANGUAGE,
    STATIC,
    OwnFiles,
    fault,
    in_words,
    json_of,
    missing,
    one_by_one,
    page,
    refused,
    said_again,
    static_address,
    words_of,
)
from flows.studio.asking import ResidentProcess, Tell
from flows.studio.book import Book, Shown, row, rows_again, speakers, wording
from flows.studio.castpages import CastPages
from flows.studio.editing import Editor, respoken
from flows.studio.hearing import Hearing
from flows.studio.jobpages import JobPages
from flows.studio.jobs import Jobs
from flows.studio.journal import Kind, Step, as_changes
from flows.studio.live import Live, TooMany
from flows.studio.overview import Overview, overview
from flows.studio.shelf import Shelf, title_of
from flows.studio.sound import peaks
from flows.studio.sourcepages import SourcePages
from flows.studio.timelinepages import TimelinePages
from flows.workspace.ledger import Choice, Ledger, Why
from normalizers import DuoyinError

KEY = re.compile(r"[0-9a-f]{64}")
REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; frame-ancestors 'none'"
)
"""A report is a page of its own with a policy of its own; here it may touch nothing of the studio."""
A_YEAR = 31_536_000
LIMITS = {arriving.ADDRESS: arriving.MOST_BYTES}
"""Most bytes of a request, where that is not an edit."""
MOST_HITS = 60
MOST_WORDS = 200
OF_LINES = (Kind.REVIEWED, Kind.MARKED)
"""Edits of lines that change no file."""
SOUNDING = ("text", "say", "speaker", "voice", "speed", "take", "language")
"""Fields that decide how a line sounds."""


class Studio:
    """What the pages are made of.

    Args:
        shelf: the projects.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.live = Live(self.seen)
        self._rows: dict[str, tuple[Shown, list[dict[str, Any]]]] = {}
        self.speech = ResidentProcess()
        self.hearing = Hearing()
        self.foresight = ResidentProcess()
        """Beside the one that speaks, so that neither waits for the other."""
        self.jobs = JobPages(Jobs(shelf), self.book)
        self.sources = SourcePages(self.book, self.editor)
        self._editors: dict[str, Editor] = {}
        self._sent: dict[str, tuple[str, bytes]] = {}

    def seen(self, book: Book) -> tuple[Shown, list[dict[str, Any]]]:
        """A book, and its rows as its page has them; made once for each state of its files."""
        shown = book.shown()
        before, rows = self._rows.get(book.id, (Shown(), []))
        if before is not shown:
            rows = rows_again(before, rows, shown)
            self._rows[book.id] = (shown, rows)
        return shown, rows

    def _all_lines(self, request: Request, book: Book) -> bytes:
        """What the page shows of a book, as JSON; made once for each state of its files and what is wrong with them."""
        shown, rows = self.seen(book)
        problem = said_again(request, shown.problem)
        state, known = shown.revision + problem, self._sent.get(book.id)
        if known is None or known[0] != state:
            data = {
                "title": title_of(book),
                "problem": problem,
                "chapters": list(shown.written.titles),
                "speakers": speakers(shown.written.lines),
                "dub": self.jobs.jobs.product(book) == "dub",
                "lines": rows,
                "revision": shown.revision,
                "sequence": shown.sequence,
            }
            known = self._sent[book.id] = (state, json.dumps(data, ensure_ascii=False).encode())
        return known[1]

    def book(self, request: Request) -> Book:
        """The book that an address names. Raises `HTTPException` where there is none."""
        found = self.shelf.find(request.path_params["book"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found

    # -- pages -------------------------------------------------------------------------------------

    def library(self, request: Request) -> Response:
        cards: list[Overview] = []
        for book in self.shelf.books():
            try:
                cards.append(overview(book, *self.seen(book)))
            except DuoyinError as error:
                cards.append(
                    Overview(book.id, book.name, book.name, "problem", problem=str(in_words(request, error)))
                )
        return page(
            request, "library.html", books=cards, folder=self.shelf.root.name, kinds=",".join(arriving.KINDS)
        )

    def overview(self, request: Request) -> Response:
        book = self.book(request)
        seen = overview(book, *self.seen(book))
        return page(
            request,
            "overview.html",
            book=seen,
            report=book.report_page() is not None,
            dub=self.jobs.jobs.product(book) == "dub",
        )

    def script(self, request: Request) -> Response:
        book = self.book(request)
        return page(request, "script.html", book=book, title=title_of(book))

    def report(self, request: Request) -> Response:
        file = self.book(request).report_page()
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return HTMLResponse(file.read_text("utf-8"), headers={"content-security-policy": REPORT_POLICY})

    def find(self, request: Request) -> Response:
        """Lines of every book with some words: `?words=`."""
        words = request.query_params.get("words", "").strip()[:MOST_WORDS].casefold()
        hits: list[dict[str, Any]] = []
        for book in self.shelf.books() if words else ():
            with contextlib.suppress(DuoyinError):  # a book that cannot be read is told of in the library
                title = title_of(book)
                hits += [
                    {"book": book.id, "title": title, "line": line.id, "speaker": line.field("speaker"),
                     "language": line.field("language"), "text": str(line.field("text"))[:300]}
                    for line in book.shown().written.lines
                    if words in str(line.field("text")).casefold() and not line.left_out
                ]  # fmt: skip
            if len(hits) > MOST_HITS:
                break
        return JSONResponse({"hits": hits[:MOST_HITS], "more": len(hits) > MOST_HITS})

    # -- data --------------------------------------------------------------------------------------

    def lines(self, request: Request) -> Response:
        return Response(self._all_lines(request, self.book(request)), media_type="application/json")

    def line(self, request: Request) -> Response:
        """What is known of one line beside its row: why it is spoken so, what was heard of its take."""
        shown = self.book(request).shown()
        line = shown.written.line(request.path_params["line"])
        if line is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        verdict = shown.verdicts.get(shown.key(line))
        return JSONResponse(
            {
                "id": line.id,
                "why": str(line.field("why") or ""),
                "sure": line.field("sure"),
                "verdict": verdict.to_json() if verdict is not None else None,
                "takes": [{"take": take, "key": key} for take, key in shown.takes(line)],
            }
        )

    def take(self, request: Request) -> Response:
        return FileResponse(self._take(request), media_type="audio/flac", headers={"cache-control": FOR_EVER})

    def peaks(self, request: Request) -> Response:
        try:
            return JSONResponse(peaks(self._take(request)), headers={"cache-control": FOR_EVER})
        except (OSError, soundfile.LibsndfileError) as error:
            raise HTTPException(HTTPStatus.NOT_FOUND) from error

    def _take(self, request: Request) -> Path:
        key = request.path_params["key"]
        if not KEY.fullmatch(key):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        takes = self.book(request).project.takes
        takes.fetch([key])
        if not (file := takes.path(key)).is_file():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return file

    # -- edits -------------------------------------------------------------------------------------

    async def edit(self, request: Request) -> Response:
        """Change fields of lines: `{"changes": [{"line", "field", "before", "after"}]}`; what is said of them
        without changing a file has a `kind` of `OF_LINES`."""
        book, data = self.book(request), await json_of(request)
        changes = as_changes(data.get("changes"))
        kind = Kind(data["kind"]) if data.get("kind") in OF_LINES else Kind.SCRIPT
        await run_in_threadpool(self._edit, book, kind, changes)
        return JSONResponse(await run_in_threadpool(self._after, book, changes))

    async def split(self, request: Request) -> Response:
        """Make two lines of one: `{"line", "text", "said"}`, the first of its words and of what is said instead."""
        book, data = self.book(request), await json_of(request)
        if self.jobs.jobs.product(book) == "dub":
            raise DuoyinError(
                "a line of a dub has its times from its cue", hint="Split the cue in the subtitle file."
            )
        line, first, said = (str(data.get(name, "")) for name in ("line", "text", "said"))
        changes = await run_in_threadpool(splitting, book.project.script_file, line, first, said)
        await run_in_threadpool(self._edit, book, Kind.SCRIPT, changes)
        return JSONResponse(await run_in_threadpool(self._after, book, changes))

    def _edit(self, book: Book, kind: Kind, changes: Sequence[Change]) -> None:
        """Edit, and remember which sound goes with the words that are left."""
        ids = {change.line for change in changes if change.field in SOUNDING}
        if kind is Kind.SCRIPT and ids:
            shown = book.shown()
            for line in filter(None, map(shown.written.line, ids)):
                if (key := shown.key(line)) and not shown.stale(line):
                    book.journal().note_take(line.id, line.field("take") or 1, key, wording(line))
        self.editor(book).edit(kind, changes)

    async def undo(self, request: Request) -> Response:
        return await self._turned(request, Editor.undo)

    async def redo(self, request: Request) -> Response:
        return await self._turned(request, Editor.redo)

    async def _turned(self, request: Request, turn: Callable[[Editor], Step | None]) -> Response:
        book = self.book(request)
        step = await run_in_threadpool(turn, self.editor(book))
        if step is None:
            return JSONResponse({"lines": [], "what": ""})
        told = await run_in_threadpool(self._after, book, step.changes)
        return JSONResponse({**told, "what": "setting"} if step.kind is Kind.SETTINGS else told)

    async def reading(self, request: Request) -> Response:
        """Add a line to the lexicon: `{"entry"}`; with `"try": true` only say which lines it would change."""
        book, data = self.book(request), await json_of(request)
        entry = str(data.get("entry", ""))
        lines = await run_in_threadpool(respoken, book, entry)
        if not data.get("try"):
            change = Change(book.project.lexicon_file.name, "reading", None, entry)
            await run_in_threadpool(self.editor(book).edit, Kind.LEXICON, [change])
        return JSONResponse({"count": len(lines), "lines": lines[:200]})

    async def speak(self, request: Request) -> Response:
        """Speak a line as it stands now, or where that is there its next take, and use it: `{"line"}`."""
        book, data = self.book(request), await json_of(request)

        def work(tell: Tell) -> dict[str, Any]:
            with self.hearing.listening(tell) as told:
                return self._spoken(book, str(data.get("line", "")), told)

        return await one_by_one(request, work)

    def _spoken(self, book: Book, wanted: str, tell: Tell) -> dict[str, Any]:
        before = book.shown().written.line(wanted)
        if before is None:
            raise DuoyinError("this line is not in the script any more")
        there = book.shown().key(before)
        made = self.speech.speak(book.folder, wanted, unlike=there, tell=tell)
        journal, said = self.editor(book).journal(), wording(before)
        if there and made["key"] != there:  # what it had before stays one of its takes
            journal.note_take(wanted, before.field("take") or 1, there, said)
        journal.note_take(wanted, made["take"], made["key"], said)
        changes = [Change(wanted, "take", before.field("take"), made["take"])]
        if before.field("take") != made["take"] and (made["take"] > 1 or before.field("take")):
            self.editor(book).edit(Kind.SCRIPT, changes)
        with Ledger(book.project.ledger_file) as ledger:
            ledger.choose([Choice(wanted, made["key"], made["voice"], made["take"], Why.CHOSEN)])
        return {**self._after(book, changes), "made": made}

    async def audition(self, request: Request) -> Response:
        """Hear a line in another voice, without using it: `{"line", "voice"}`."""
        book, data = self.book(request), await json_of(request)
        line, voice = str(data.get("line", "")), str(data.get("voice", ""))

        def work(tell: Tell) -> dict[str, Any]:
            with self.hearing.listening(tell) as told:
                return self.speech.speak(book.folder, line, voice=voice, tell=told)

        return await one_by_one(request, work)

    def heard(self, request: Request) -> Response:
        """The sound of a line as it is made, from its beginning."""
        sound = self.hearing.find(request.path_params["sound"])
        if sound is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return StreamingResponse(sound.read(), media_type="audio/wav")

    def voices(self, request: Request) -> Response:
        return JSONResponse(self.speech.voices(self.book(request).folder))

    def touched(self, request: Request) -> Response:
        """The lines that the next run will have otherwise."""
        return JSONResponse(self.foresight.touched(self.book(request).folder))

    def editor(self, book: Book) -> Editor:
        """Who edits a book, one for all its pages."""
        return self._editors.setdefault(book.id, Editor(book))

    def _after(self, book: Book, changes: Sequence[Change]) -> dict[str, Any]:
        """The lines of changes as they are now, what it was that changed, and whether there are other lines now."""
        ids, shown = dict.fromkeys(change.line for change in changes), book.shown()
        rows = [row(shown, line) for line in filter(None, map(shown.written.line, ids))]
        parts = any(change.field == OUT and stem_of(change.line) != change.line for change in changes)
        what = "split" if parts else changes[0].field
        return {
            "lines": rows,
            "sequence": shown.sequence,
            "what": what,
            "line": changes[0].line,
            "parts": parts,
        }

    async def events(self, request: Request) -> Response:
        try:
            news = self.live.listen(self.book(request), request.query_params.get("seen", ""))
        except TooMany:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"retry-after": "5"})
        return StreamingResponse(news, media_type="text/event-stream")

    def words(self, request: Request) -> Response:
        return JSONResponse(dict(words_of(request.headers, request.cookies.get(LANGUAGE)).texts))

    def language(self, request: Request) -> Response:
        """Choose the language of the pages and go back to where one was."""
        code = own_words.choose([request.path_params["code"]])
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(LANGUAGE, code, max_age=A_YEAR, samesite="strict", httponly=True)
        return answer


def make_app(
    studio: Studio,
    *,
    token: str,
    names: Iterable[str] = (),
    any_address: bool = False,
    translate: own_words.Translate = own_words.as_written,
) -> Access:
    """The application: what `studio` shows, behind `Access`.

    Args:
        token, names, any_address: see `Access`. translate: see `open_studio`.
    """
    here = "/book/{book}"
    routes = [
        Route("/", studio.library),
        Route("/words", studio.words),
        Route("/find", studio.find),
        Route("/language/{code}", studio.language),
        Route(here, studio.overview),
        Route(f"{here}/script", studio.script),
        Route(f"{here}/report", studio.report),
        Route(f"{here}/lines", studio.lines),
        Route(f"{here}/line/{{line}}", studio.line),
        Route(f"{here}/take/{{key}}", studio.take),
        Route(f"{here}/peaks/{{key}}", studio.peaks),
        Route(f"{here}/events", studio.events),
        Route(f"{here}/edit", studio.edit, methods=["POST"]),
        Route(f"{here}/split", studio.split, methods=["POST"]),
        Route(f"{here}/undo", studio.undo, methods=["POST"]),
        Route(f"{here}/redo", studio.redo, methods=["POST"]),
        Route(f"{here}/reading", studio.reading, methods=["POST"]),
        Route(f"{here}/speak", studio.speak, methods=["POST"]),
        Route(f"{here}/audition", studio.audition, methods=["POST"]),
        Route(f"{here}/heard/{{sound}}", studio.heard),
        Route(f"{here}/voices", studio.voices),
        Route(f"{here}/touched", studio.touched),
        *studio.jobs.routes(),
        *studio.sources.routes(),
        *CastPages(studio.book, studio.editor).routes(),
        *TimelinePages(studio.book).routes(),
        *arriving.Arrivals(studio.shelf).routes(),
        Mount(static_address(), OwnFiles(directory=STATIC)),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        watch = asyncio.create_task(studio.jobs.watch())
        try:
            yield
        finally:
            watch.cancel()
            studio.speech.close()
            studio.foresight.close()

    handlers = {DuoyinError: fault, HTTPException: missing, TooLarge: lambda request, error: too_large()}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    app.state.translate = translate
    return Access(
        app,
        token=token,
        names=names,
        any_address=any_address,
        refused=refused,
        limits=LIMITS,
        leaving=studio.live.end,
    )
