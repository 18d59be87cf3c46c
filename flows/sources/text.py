"""Plain text to Manuscript: encodings, wrapped lines, chapters by the words of their headings."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flows.manuscript import LeftOut, Manuscript, count_characters
from flows.sources.adverts import mark_adverts
from flows.sources.blocks import (
    INVISIBLE,
    SOFT_HYPHEN,
    Block,
    DocumentText,
    TextBuilder,
    cut_at,
    han_count,
    is_scene_break,
)
from flows.sources.chapters import Book, Mark, assemble, find_marks, marks_by_words
from flows.sources.encoding import decode
from flows.sources.headings import (
    HAN_DIGITS,
    Line,
    choose_headings,
    contents_runs,
    han_number,
    is_contents_title,
    parse_heading,
)
from flows.sources.lines import Wrapping, detect_wrapping, rejoin
from flows.sources.matter import mark_gutenberg, mark_title_page
from flows.sources.options import ReadOptions
from normalizers import DuoyinError

SUFFIXES = (".txt", ".text")
MAX_BYTES = 256 * 1024 * 1024
"""A thousand novels; more is not a book."""
_SPACES = f"[\\s{INVISIBLE}{SOFT_HYPHEN}]"
_ILLUSTRATION = re.compile(r"\[(?:Illustration|Frontispiece|Decoration)\b[^\]]*\]", re.I)
_EMPHASIS = re.compile(r"(?<![\w_])_(?=[^\s_])|(?<=[^\s_])_(?![\w_])")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that is not blank: its offset in the text, its words, and how far it is indented (columns)."""

    start: int
    text: str
    indent: int
    blank_before: bool


def read(path: Path, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008 - frozen
    """Read a text file.

    Raises:
        DuoyinError: the file is empty, far too large, or no text.
    """
    text, data = read_text(path)
    return manuscript_from_text(text, path, data, options)


def read_text(path: Path) -> tuple[str, bytes]:
    """The decoded content of a text file, with its bytes."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DuoyinError("the file is too large to be a book", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise DuoyinError(f"cannot be read ({error.strerror or error})", where=str(path)) from None
    text = decode(data, where=str(path)).text
    if not text.strip():
        raise DuoyinError(
            "the file is empty", where=str(path), hint="check that it was saved or downloaded whole"
        )
    return text, data


def manuscript_from_text(text: str, path: Path, data: bytes, options: ReadOptions) -> Manuscript:
    document = DocumentText(path.name, text)
    lines = split_lines(text)
    wrapping = _layout(lines)
    _blocks(document, lines, wrapping)
    if len(lines) <= 3 and len(text) > 5000:
        _break_up(document)
    language = guess_language(text)
    title, authors = _title_and_authors(document, path)
    book = Book(title, options=options, language=language, authors=authors)
    book.starts, book.blocks, book.texts = [0], document.blocks, {document.name: text}
    mark_gutenberg(book.blocks)
    mark_adverts(book.blocks, include=options.include_front_matter)
    _mark_contents(book)
    numbers = LineNumbers(text)
    marks = marks_by_words(book, 0, len(book.blocks))
    if not marks:
        marks = find_marks(book, [])
    marks = [
        Mark(m.title, m.index, m.level, f"line {numbers.of(book.blocks[m.index].start)}")
        for m in marks
        if m.index < len(book.blocks)
    ]
    if marks:
        mark_title_page(book.blocks[: marks[0].index], title, authors, options)
    marks = [m for m in marks if not book.blocks[m.index].reason]
    chapters, left_out = assemble(book, marks)
    if not chapters:  # only a title: read it
        for block in book.blocks:
            block.reason = "" if block.reason == "title-page" else block.reason
        chapters, left_out = assemble(book, marks)
    left_out += document.left_out
    return Manuscript(
        title=title,
        authors=authors,
        language=language,
        chapters=tuple(chapters),
        left_out=tuple(sorted(left_out, key=lambda item: item.start)),
        source_characters=count_characters(text),
        digest=hashlib.sha256(data).hexdigest(),
    )


class LineNumbers:
    """Line numbers of rising offsets, in time linear in the text."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def of(self, offset: int) -> int:
        """The 1-based line of an offset; offsets must be asked for in rising order to be cheap."""
        if offset < self._at:
            self._at, self._line = 0, 1
        self._line += self._text.count("\n", self._at, offset)
        self._at = offset
        return self._line


def split_lines(text: str) -> list[SourceLine]:
    """The lines that are not blank. Unix, Windows and old Macintosh line ends, form feeds between pages."""
    lines: list[SourceLine] = []
    blank = True
    for match in re.finditer(r"[^\r\n\f\v\x85\u2028\u2029]*(?:\r\n|[\r\n\f\v\x85\u2028\u2029]|$)", text):
        raw = match.group()
        if not raw:
            continue
        words = raw.strip()
        if not words:
            blank = blank or bool(raw)
            continue
        lead = raw[: len(raw) - len(raw.lstrip())]
        indent = sum(2 if c == "\u3000" else 4 if c == "\t" else 1 for c in lead)
        lines.append(SourceLine(match.start() + len(lead), words, indent, blank))
        blank = False
    return lines


def _layout(lines: list[SourceLine]) -> Wrapping:
    runs: list[list[str]] = []
    indented = _indents_paragraphs(lines)
    for line in lines:
        if line.blank_before or not runs or (indented and line.indent >= 2):
            runs.append([])
        runs[-1].append(line.text)
    return detect_wrapping(runs)


def _indents_paragraphs(lines: list[SourceLine]) -> bool:
    """Whether an indent begins a paragraph: some lines have one and most that follow them have none."""
    indented = sum(1 for line in lines if line.indent >= 2)
    return 0.05 * len(lines) < indented < 0.8 * len(lines)


def _blocks(document: DocumentText, lines: list[SourceLine], wrapping: Wrapping) -> None:
    builder = TextBuilder(document)
    indents = _indents_paragraphs(lines)
    run: list[Block] = []
    blocks: list[Block] = []

    def close() -> None:
        if run:
            joined, left_out = rejoin(run, wrapping)
            document.left_out.extend(left_out)
            blocks.extend(joined)
            run.clear()

    previous: SourceLine | None = None
    for line in lines:
        starts = (
            line.blank_before
            or wrapping.width == 0
            or (indents and line.indent >= 2 and (previous is None or previous.indent < 2))
        )
        if starts or is_scene_break(line.text):
            close()
        _add_line(builder, document, line)
        block = builder.flush("text")
        if block is None:
            continue
        if is_scene_break(block.text):
            block.kind, block.reason = "scene-break", "scene-break"
            close()
            blocks.append(block)
            previous = line
            continue
        run.append(block)
        previous = line
    close()
    document.blocks = blocks


def _add_line(builder: TextBuilder, document: DocumentText, line: SourceLine) -> None:
    """The words of a line; plain-text markup for emphasis and pictures is left out."""
    at = 0
    for match in sorted(
        [*_EMPHASIS.finditer(line.text), *_ILLUSTRATION.finditer(line.text)], key=lambda m: m.start()
    ):
        if match.start() < at:
            continue
        builder.add(line.text[at : match.start()], line.start + at)
        reason = "markup" if len(match.group()) == 1 else "image"
        start = line.start + match.start()
        document.left_out.append(
            LeftOut(reason, match.group(), document.name, start, start + len(match.group()))
        )
        at = match.end()
    builder.add(line.text[at:], line.start + at)


# --- files that lost their line breaks ------------------------------------------------------------------

_RUN_IN = re.compile(rf"第(?P<number>[{''.join(HAN_DIGITS)}十百千廿卅]{{1,7}})(?P<unit>[章回節节卷折])")
_STORY_OPENING = re.compile("話說|话说|卻說|却说|且說|且说|詩曰|诗曰|詞曰|词曰|詩云|诗云|話表|话表|再說|再说")


def _break_up(document: DocumentText) -> None:
    """Cut a one-line book at its run-in headings: 第一回, 第二回, … in order, each after the end of a sentence."""
    blocks: list[Block] = []
    for block in document.blocks:
        cuts = _run_in_headings(block.text)
        if len(cuts) < 3:
            blocks.append(block)
            continue
        bounds = sorted({0, *(c for pair in cuts for c in pair), len(block.text)})
        heads = {start for start, _ in cuts}
        at = 0
        for part in cut_at(block, bounds):
            begin = block.text.index(part.text, at)
            at = begin + len(part.text)
            if begin in heads:
                part.kind, part.level = "heading", 2
            blocks.append(part)
    document.blocks = blocks


def _run_in_headings(text: str) -> list[tuple[int, int]]:
    """(start, end) of headings that count up by one from the first."""
    found: list[tuple[int, int]] = []
    expected: int | None = None
    for match in _RUN_IN.finditer(text):
        number = han_number(match.group("number"))
        before = text[max(0, match.start() - 1) : match.start()]
        after_sentence = not before or before in "。！？」』”）)】"
        if expected is None:
            if number != 1:
                continue
        elif number != expected or not after_sentence:
            continue
        opening = _STORY_OPENING.search(text, match.end(), match.end() + 40)
        stop = re.search("[，。：；「『“！？]", text[match.end() : match.end() + 40])
        end = (
            opening.start()
            if opening and (not stop or opening.start() <= match.end() + stop.start())
            else match.end()
        )
        found.append((match.start(), end))
        expected = (number or 0) + 1
    return found


# --- metadata -------------------------------------------------------------------------------------------

_LABELLED_TITLE = re.compile(r"^[【\[]?(?:Title|书名|書名|标题|標題)[】\]]?\s*[:：]\s*(.+)$", re.I)
_LABELLED_AUTHOR = re.compile(r"^[【\[]?(?:Authors?|By|作\s*者|著者|编著|作家)[】\]]?\s*[:：]\s*(.+)$", re.I)
_BY = re.compile(r"^by\s+([A-Z][\w.’' -]{2,60})$", re.I)
_DYNASTY = r"[\[(（〔【［]\s*(?:先秦|[清明元宋唐漢汉晉晋隋秦]|南朝|北朝|民国|民國|近代|现代|當代|当代|[\u4e00-\u9fff]{1,4}[国國]?)(?:代|朝)?\s*[\])）〕】］]"
_DYNASTY_AUTHOR = re.compile(
    rf"^{_DYNASTY}\s*·?([\u4e00-\u9fff·]{{2,8}})\s*[著撰]?$|^([\u4e00-\u9fff·]{{2,8}})\s*{_DYNASTY}\s*[著撰]?$"
)
_BOOK_MARKS = re.compile(r"^《([^》]{1,40})》\s*(.*)$")
_WRITTEN_BY = re.compile(
    r"^([\u4e00-\u9fff·．\s]{2,14}?)\s*[著撰](?:\s+[\u4e00-\u9fff·\s]{2,14}[译譯编編校])?$"
)
_ZH_AUTHOR = re.compile(r"^([\u4e00-\u9fff·]{2,6})\s*(?:著|撰|作品)?$")


def _title_and_authors(document: DocumentText, path: Path) -> tuple[str, tuple[str, ...]]:
    """Title and authors from the first lines; the file's name where they say nothing."""
    head = [b.text for b in document.blocks[:30]]
    title, author = "", ""
    for line in head:
        for part in re.split(r"\s{2,}|\s(?=作者|Author)", line):
            labelled = _LABELLED_TITLE.match(part.strip())
            title = title or (labelled.group(1).strip() if labelled else "")
            labelled = _LABELLED_AUTHOR.match(part.strip())
            author = author or (labelled.group(1).strip() if labelled else "")
    first = head[0] if head else ""
    marked = _BOOK_MARKS.match(first)
    if marked:
        title = title or marked.group(1).strip()
        rest = marked.group(2).strip()
        name = _ZH_AUTHOR.match(rest)
        author = author or _author_of(rest) or (name.group(1) if name else "")
    repeated = re.match(r"(.{2,20}?)\1\1", first)
    if repeated and not title:
        title = repeated.group(1)
    if (
        not title
        and 0 < len(first) <= (24 if han_count(first) else 80)
        and not parse_heading(first)
        and not first.endswith((".", "。", "，", ","))
    ):
        following = head[1] if len(head) > 1 else ""
        if _author_of(following) or _BY.match(following) or _is_titled(document):
            title = first.strip("《》")
    for line in head[1:4]:
        author = author or _author_of(line)
    return title or path.stem, (author,) if author else ()


def _is_titled(document: DocumentText) -> bool:
    """The first line stands before a heading or a blank line, as a title does."""
    return len(document.blocks) > 1 and (
        parse_heading(document.blocks[1].text) is not None or is_contents_title(document.blocks[1].text)
    )


def _author_of(line: str) -> str:
    line = line.strip()
    labelled = _LABELLED_AUTHOR.match(line) or _BY.match(line)
    if labelled:
        return labelled.group(1).strip()
    written = _WRITTEN_BY.match(line)
    if written:
        return written.group(1).strip()
    dynasty = _DYNASTY_AUTHOR.match(line)
    return (dynasty.group(1) or dynasty.group(2)) if dynasty else ""


def guess_language(text: str) -> str:
    """`zh`, `ja` or `en`, from the letters of the text."""
    sample = text[:200_000]
    han = han_count(sample)
    kana = len(re.findall("[\u3041-\u30ff]", sample))
    latin = len(re.findall("[A-Za-z]", sample))
    if kana > 0.1 * max(1, han + kana) and kana + han > 0.2 * latin:
        return "ja"
    return "zh" if han * 3 > latin else "en"


def _mark_contents(book: Book) -> None:
    """A `Contents` line and the list under it, where the headings come again below."""
    if book.options.include_contents:
        return
    blocks = book.blocks
    lines = [
        Line(i, b.text, True) for i, b in enumerate(blocks) if b.text and not b.reason and len(b.text) <= 120
    ]
    found = choose_headings(lines)
    for begin, end in contents_runs(found):
        for item in found[begin:end]:
            blocks[item.index].reason = "contents"
        first = found[begin].index
        if first and is_contents_title(blocks[first - 1].text):
            blocks[first - 1].reason = "contents"
    listed = {re.sub(r"\W", "", b.text).casefold() for b in blocks}
    for index, block in enumerate(blocks[:200]):
        if block.reason or not is_contents_title(block.text):
            continue
        end = index + 1
        while end < len(blocks) and _listed_again(blocks, end, listed):
            end += 1
        if end > index + 1 or (index + 1 < len(blocks) and blocks[index + 1].reason == "contents"):
            for block in blocks[index:end]:
                block.reason = block.reason or "contents"


def _listed_again(blocks: list[Block], index: int, listed: set[str]) -> bool:
    block = blocks[index]
    if block.reason == "contents":
        return True
    words = re.sub(r"[\s.·…]*\d*\s*$", "", block.text)
    key = re.sub(r"\W", "", words).casefold()
    if len(block.text) > 100 or not key:
        return False
    return any(key == re.sub(r"\W", "", b.text).casefold() for b in blocks[index + 1 :] if len(b.text) <= 100)
