"""Markdown to Manuscript: the common blocks and inline marks of CommonMark, with footnotes and front matter.

The marks themselves (`#`, `*`, link addresses) are left out as `markup`; what they say about a paragraph
becomes its kind. Offsets stay those of the file, which is why no Markdown library is used: they give HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from flows.script.manuscript import LeftOut, Manuscript, ParagraphKind
from flows.sources.assembling import manuscript_of
from flows.sources.blocks import Block, DocumentText, TextBuilder, is_scene_break
from flows.sources.chapters import Book, Mark, book_of, find_marks, own_marks
from flows.sources.matter import mark_title_page
from flows.sources.metadata import Metadata
from flows.sources.options import ReadOptions
from flows.sources.pictures import stands_for
from flows.sources.text import number_lines, read_text
from normalizers.languages import language_of
from tts_core.files import file_digest

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_FIELD = re.compile(r"^([A-Za-z_-]+):[ \t]*(.*?)[ \t]*$", re.M)
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|$)(.*?)(?:[ \t]+#+)?[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_QUOTE = re.compile(r"^ {0,3}((?:>[ \t]?)+)")
_ITEM = re.compile(r"^\s{0,8}([-*+]|\d{1,9}[.)])[ \t]+")
_NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:[ \t]*")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]^][^\]]*\]:[ \t]*\S+.*$")
_TYPESETTING = re.compile(
    r"\s*\\(?:(?:new|clear|cleardouble)page|pagebreak|(?:small|med|big)skip|noindent|[vh]space\{.*\})\s*"
)
"""A command of TeX that is for the page alone."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_SHEET = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_FIELDS = re.compile(r"---[ \t]*\r?\n(?:[A-Za-z_-]+:[^\r\n]*\r?\n){1,15}---[ \t]*(?:\r?\n|\Z)")
"""Front matter of a file that stands behind others in one."""
MAX_UNDERLINED = 120
"""Characters of a heading that is underlined with hyphens; under a long paragraph they are a rule."""
_TABLE_RULE = re.compile(r"^\s*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_INLINE = re.compile(
    r"(?P<comment><!--.*?-->)|(?P<escape>\\(?=[!-/:-@\[-`{-~]))|(?P<image>!\[(?P<alt>[^\]]*)\](?:\([^)]*\)|\[[^\]]*\]))"
    r"|(?P<note>\[\^(?P<key>[^\]\s]+)\])"
    r"|(?P<open>\[)(?=[^\]]*\](?:\(|\[))|(?P<close>\](?:\([^)\s]*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\)|\[[^\]]*\]))"
    r"|(?<![\w$\\])(?P<dollars>\$\$?)(?P<formula>(?=[^\s$])[^$\n]{1,300}?(?<=[^\s\\]))(?P=dollars)(?![\w$])"
    r"|(?P<directive>\{\{[#%][^{}\n]*\}\}|\{%[^{}\n]*%\})"
    r"|(?P<tag></?[A-Za-z][^<>]*>)|(?P<url><https?://[^>]*>)|(?P<emphasis>\*{1,3}|~~|`+|(?<![\w_])_{1,"
    r"3}(?=\S)|(?<=\S)_{1,3}(?![\w_]))",
    re.S,
)


_IN_FORMULAS = re.compile(r"[\\^_={}<>]|[^\x00-\x7f]|^[A-Za-z]\W*$|^[A-Za-z]\W*,")


def read(path: Path, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008 - frozen
    """Read a Markdown file.

    Raises:
        DuoyinError: the file is empty, far too large, or no text.
    """
    text, warnings = read_text(path)
    document = DocumentText(path.name, text)
    fields, begin = _front_matter(document)
    _Parser(document, options).parse(begin)
    first = next((b for b in document.blocks if b.kind == "heading" and b.level == 1), None)
    year = re.search(r"\d{4}", fields.get("date", ""))
    about = Metadata(
        title=fields.get("title") or (first.text if first else "") or path.stem,
        authors=_authors(fields),
        language=fields.get("language") or fields.get("lang") or language_of(text),
        year=year.group() if year else None,
        publisher=fields.get("publisher"),
        description=fields.get("description"),
        identifier=fields.get("identifier"),
        series=fields.get("series"),
        series_index=fields.get("series_index"),
    )
    book = book_of([document], about, options)
    return manuscript_of(book, [document], _chapters, digest=file_digest(path), warnings=warnings)


def _chapters(book: Book) -> list[Mark]:
    """By the levels of headings, else as in any other book."""
    about = book.about
    marks = number_lines(book, own_marks(book) or _marks(book, about.title) or find_marks(book, []))
    if marks:
        mark_title_page(book.blocks[: marks[0].index], about.title, about.authors, book.options)
    return marks


def _front_matter(document: DocumentText) -> tuple[dict[str, str], int]:
    match = _FRONT_MATTER.match(document.text)
    if not match:
        return {}, 0
    _leave_out(document, "metadata", match.start(), match.end())
    fields = {m.group(1).lower(): m.group(2).strip("\"'") for m in _FIELD.finditer(match.group(1))}
    return fields, match.end()


def _authors(fields: dict[str, str]) -> tuple[str, ...]:
    value = fields.get("authors") or fields.get("author") or ""
    parts = [part.strip(" \"'") for part in re.split(r"[,;、，；]|\band\b", value.strip("[]"))]
    return tuple(part for part in parts if part)


def _leave_out(document: DocumentText, reason: str, start: int, end: int) -> None:
    raw = document.text[start:end]
    stripped = raw.strip()
    if stripped:
        begin = start + raw.index(stripped)
        document.left_out.append(LeftOut(reason, stripped, document.name, begin, begin + len(stripped)))


def _marks(book: Book, title: str) -> list[Mark]:
    """Chapters by heading levels: the highest that comes twice, and the next where that one only names parts."""
    heads = [(i, b) for i, b in enumerate(book.blocks) if b.kind == "heading" and not b.reason]
    levels = sorted({b.level for _, b in heads})
    top = next((level for level in levels if sum(1 for _, b in heads if b.level == level) >= 2), None)
    if top is None:
        top = next(
            (level for level in levels if any(b.level == level and b.text != title for _, b in heads)), None
        )
    if top is None:
        return []
    of_top = [i for i, b in heads if b.level == top]
    parts = sum(1 for i in of_top if _next_is_heading(book.blocks, i, top))
    deepest = next((lv for lv in levels if lv > top), top) if parts * 2 > len(of_top) else top
    above = [(i, b) for i, b in heads if b.level < top and b.text != title]
    chosen = sorted({i for i, b in heads if top <= b.level <= deepest} | {i for i, _ in above})
    return [
        Mark(book.blocks[i].text, i, max(1, book.blocks[i].level - top + 1), book.blocks[i].document)
        for i in chosen
    ]


def _next_is_heading(blocks: list[Block], index: int, level: int) -> bool:
    return index + 1 < len(blocks) and blocks[index + 1].kind == "heading" and blocks[index + 1].level > level


@dataclass(slots=True)
class _Parser:
    document: DocumentText
    options: ReadOptions
    builder: TextBuilder = field(init=False)
    kind: ParagraphKind = "text"
    level: int = 0
    note: str = ""
    open_start: int = -1

    def __post_init__(self) -> None:
        self.builder = TextBuilder(self.document)

    def parse(self, begin: int) -> None:
        text = self.document.text
        lines = [(m.start(), m.group()) for m in re.finditer(r"[^\n]*\n|[^\n]+$", text[begin:])]
        lines = [(begin + start, line.rstrip("\r\n")) for start, line in lines]
        fence = ""
        end = 0  # of what is passed over
        for number, (start, line) in enumerate(lines):
            if start < end:
                if start + len(line) <= end:
                    continue
                start, line = end, line[end - start :]
            elif not fence and (passed := self._passed_over(start, line)):
                end = passed
                if end >= start + len(line):
                    continue
                start, line = end, line[end - start :]
            if fence:
                if line.strip().startswith(fence) and not line.strip(" `~"):
                    self._mark(start, line)
                    fence = ""
                else:
                    self.builder.add(line + "\n", start)
                    self.kind = "code"
                    self._flush()
                continue
            following = lines[number + 1][1] if number + 1 < len(lines) else ""
            fence = self._line(start, line, following)
        self._flush()

    def _passed_over(self, start: int, line: str) -> int:
        """The end of a comment, a style sheet or the front matter of a further file that begins here; 0 for none."""
        text = self.document.text
        at = start + len(line) - len(line.lstrip())
        found = next((m for p in (_COMMENT, _SHEET, _FIELDS) if (m := p.match(text, at))), None)
        if found is None or (found.re is _FIELDS and not self.builder.empty):
            return 0
        self._flush()
        if found.re is _FIELDS:
            titled = re.search(r"^title:[ \t]*([\"']?)(?P<title>.*?)\1[ \t]*$", found.group(), re.M)
            low, high = titled.span("title") if titled else (found.end() - at, found.end() - at)
            _leave_out(self.document, "metadata", at, at + low)
            if low < high:  # such files are headed by their titles
                self.kind, self.level = "heading", 1
                self._inline(at + low, text[at + low : at + high])
                self._flush()
            _leave_out(self.document, "metadata", at + high, found.end())
        else:
            _leave_out(self.document, "hidden" if found.re is _COMMENT else "script", at, found.end())
        return found.end()

    def _line(self, start: int, line: str, following: str) -> str:
        """Read one line; the fence's mark where a code block begins."""
        if not line.strip():
            self._flush()
            if self.note and not line:
                self.note = ""
            return ""
        opened = _FENCE.match(line)
        if opened:
            self._flush()
            self._mark(start, line)
            return opened.group(1)
        heading = _ATX.match(line)
        if heading:
            self._flush()
            _leave_out(self.document, "markup", start, start + heading.start(2))
            self.kind, self.level = "heading", len(heading.group(1))
            self._inline(start + heading.start(2), heading.group(2))
            self._mark(start + heading.end(2), line[heading.end(2) :])
            self._flush()
            return ""
        underline = _SETEXT.match(line)
        if (
            underline
            and self.kind == "text"
            and not self.builder.empty
            and (line.lstrip()[0] == "=" or self.builder.length <= MAX_UNDERLINED)
        ):
            self._mark(start, line)
            self.kind, self.level = "heading", 1 if underline.group(1)[0] == "=" else 2
            self._flush()
            return ""
        if _RULE.match(line):
            self._flush()
            self.document.blocks.append(Block("scene-break", self.document.name, "", (), start, start))
            _leave_out(self.document, "scene-break", start, start + len(line))
            return ""
        if _REFERENCE.match(line) or _TYPESETTING.fullmatch(line):
            self._mark(start, line)
            return ""
        self._paragraph_line(start, line, following)
        return ""

    def _paragraph_line(self, start: int, line: str, following: str) -> None:
        note, item, quote = _NOTE.match(line), _ITEM.match(line), _QUOTE.match(line)
        at = 0
        if note:
            self._flush()
            self.note, self.kind, at = note.group(1), "note", note.end()
        elif quote:
            if self.kind != "blockquote":
                self._flush()
            self.kind, at = "blockquote", quote.end()
            if not line[at:].strip():
                self._flush()
                self._mark(start, line)
                return
        elif item:
            self._flush()
            self.kind, at = "list-item", item.end()
        elif line.count("|") >= 2 or (_TABLE_RULE.match(line) and "|" in line):
            self._row(start, line)
            return
        self._mark(start, line[:at])
        hard_break = line.endswith(("  ", "\\"))
        body = line[at:].removesuffix("\\") if hard_break else line[at:]
        self._inline(start + at, body)
        if hard_break:
            if line.endswith("\\"):
                self._mark(start + len(line) - 1, "\\")
            kind = self.kind
            self._flush()
            self.kind = kind
        else:
            self.builder.break_word(start + len(line))

    def _row(self, start: int, line: str) -> None:
        self._flush()
        if _TABLE_RULE.match(line):
            self._mark(start, line)
            return
        self.kind = "table-row"
        at = 0
        for cell in re.finditer(r"[^|]+|\|", line):
            if cell.group() == "|":
                self._mark(start + at, "|")
                self.builder.separate(", ")
            else:
                self._inline(start + at, cell.group())
            at = cell.end()
        self._flush()

    def _inline(self, start: int, text: str) -> None:
        at = 0
        for match in _INLINE.finditer(text):
            if match.start() < at:
                continue
            self.builder.add(text[at : match.start()], start + at)
            at = match.end()
            begin = start + match.start()
            if match.group("formula"):
                self._formula(match, start)
            elif match.group("note"):
                self.builder.notes.append(match.group("key"))
                _leave_out(self.document, "note-mark", begin, start + at)
            elif match.group("image"):
                self._image(match, text, start)
            else:
                reason = "hidden" if match.group("comment") else "markup"
                _leave_out(self.document, reason, begin, start + at)
                if match.group("escape"):  # the character that follows is itself and no mark
                    self.builder.add(text[at], start + at)
                    at += 1
        self.builder.add(text[at:], start + at)

    def _formula(self, match: re.Match[str], start: int) -> None:
        """What stands between dollars: a formula, whose dollars are not said; prices stay as they are."""
        low, high = match.span("formula")
        if not _IN_FORMULAS.search(match["formula"]):
            self.builder.add(match.group(), start + match.start())
            return
        self._mark(start + match.start(), match["dollars"])
        self.builder.add(match["formula"], start + low)
        self._mark(start + high, match["dollars"])

    def _image(self, match: re.Match[str], text: str, start: int) -> None:
        begin, low, high = (start + at for at in (match.start(), match.start("alt"), match.end("alt")))
        word = stands_for(match.group("alt").strip(), text[: match.start()], text[match.end() :])
        if word or (self.options.images and match.group("alt").strip()):
            _leave_out(self.document, "markup", begin, low)
            self.builder.add(match.group("alt"), low)
            _leave_out(self.document, "markup", high, start + match.end())
        else:
            _leave_out(self.document, "image", begin, start + match.end())

    def _mark(self, start: int, text: str) -> None:
        _leave_out(self.document, "markup", start, start + len(text))

    def _flush(self) -> None:
        kind = "note" if self.note and self.kind == "text" else self.kind
        block = self.builder.flush(kind, level=self.level if kind == "heading" else 0)
        if block is not None and kind == "note":
            block.note, block.reason = self.note, "note"
        if block is not None and kind == "text" and is_scene_break(block.text):
            block.kind, block.reason = "scene-break", "scene-break"
        self.kind, self.level = "text", 0
