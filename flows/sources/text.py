"""Plain text to Manuscript: encodings, wrapped lines, chapters by the words of their headings."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from flows.script.manuscript import LeftOut, Manuscript
from flows.sources.apart import marks_apart
from flows.sources.assembling import manuscript_of
from flows.sources.blocks import (
    INVISIBLE,
    SOFT_HYPHEN,
    Block,
    DocumentText,
    TextBuilder,
    is_scene_break,
    is_wide,
)
from flows.sources.chapters import Book, Mark, book_of, find_marks, marks_by_words, own_marks, weight
from flows.sources.choosing import Candidate, choose_headings, contents_runs
from flows.sources.encoding import composed, decode, warnings_of
from flows.sources.headings import STRONG, is_contents_title, parse_heading
from flows.sources.lines import Wrapping, detect_wrapping, rejoin
from flows.sources.matter import mark_title_page
from flows.sources.metadata import Metadata
from flows.sources.options import ReadOptions
from flows.sources.run_in import break_up
from flows.sources.words import any_of
from normalizers import DuoyinError
from normalizers.languages import language_of
from normalizers.scripts import count_han
from tts_core.files import file_digest

MIN_DOUBLE_SPACED = 8
"""Lines below which nothing can be said about their spacing."""
MAX_BYTES = 256 * 1024 * 1024
"""A thousand novels; more is not a book."""
_SPACES = f"[\\s{INVISIBLE}{SOFT_HYPHEN}]"
_ILLUSTRATION = re.compile(r"\[(?:Illustration|Frontispiece|Decoration)\b[^\]]*\]", re.I)
_PAGE = r"\[(?:Pg|Page|p)\b\.?\s*(?:\d{1,4}|[ivxlc]{1,7})\]"
_BRACED_PAGE = re.compile(r"\{(\d{1,4})\}")
MIN_BRACED_PAGES = 5
"""`{12}` is a page number where so many of them count up."""
_TAG = (
    r"</?(?:p|br|div|span|i|b|u|s|em|strong|strike|small|big|sup|sub|font|center|blockquote|h[1-6]|hr|img|"
    r"a)\b(?:\s[^<>]*)?/?>"
    r"|\[/?(?:b|i|u|s|center|quote|(?:color|size|font|url)(?:=[^\]\s]*)?)\]"
)
_REFERENCE = r"&(?:[A-Za-z]{2,8}|#\d{2,6}|#[xX][0-9A-Fa-f]{2,5});"
_FOOTNOTE = re.compile(r"\[Footnote\s*(?P<key>\w{1,3}|[*†‡]{1,3})?\s*[:.]", re.I)
_BRACKETED_NOTE = re.compile(
    r"\[(?P<key>\d{1,3}|[A-Z]|[*†‡]{1,3})\]\s+(?=\S)|\{(?P<braced>\d{1,3})\}\s+(?=\S)"
)
_EMPHASIS = re.compile(r"(?<![\w_])_(?=[^\s_])|(?<=[^\s_])_(?![\w_])|(?<=[A-Za-z])_(?=[A-Za-z]+_(?![\w_]))")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that is not blank: its offset in the text, its words, its indent (columns), the blank lines before it."""

    start: int
    text: str
    indent: int
    blank_lines: int

    @property
    def blank_before(self) -> bool:
        return self.blank_lines > 0


def read(path: Path, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008 - frozen
    """Read a text file.

    Raises:
        DuoyinError: the file is empty, far too large, or no text.
    """
    text, warnings = read_text(path)
    document = DocumentText(path.name, text)
    lines = _single_spaced(split_lines(text))
    marks_of_notes = _note_marks(lines) if options.notes == "skip" else frozenset()
    _blocks(document, lines, _layout(lines), _left_out_inline(text, marks_of_notes, options))
    if options.notes == "skip":
        _mark_notes(document.blocks, marks_of_notes)
    if len(lines) <= 3 and len(text) > 5000:
        break_up(document, options.heading)
    language = language_of("\n".join(block.text for block in document.blocks))
    title, authors = _title_and_authors(document, path)
    book = book_of([document], Metadata(title, authors, language), options)
    return manuscript_of(book, [document], _chapters, digest=file_digest(path), warnings=warnings)


def read_text(path: Path) -> tuple[str, list[str]]:
    """The decoded content of a text file, and warnings of what was wrong with its bytes."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DuoyinError("the file is too large to be a book", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise DuoyinError(f"cannot be read ({error.strerror or error})", where=str(path)) from None
    decoded = decode(data, where=str(path))
    if not decoded.text.strip():
        raise DuoyinError(
            "the file is empty", where=str(path), hint="check that it was saved or downloaded whole"
        )
    return composed(decoded.text), warnings_of(decoded.faults)


def _chapters(book: Book) -> list[Mark]:
    """As a person says, else by the words of headings, by titles in capitals, by what stands apart."""
    own = own_marks(book)
    if own:
        return number_lines(book, own)
    _mark_contents(book)
    marks = marks_by_words(book, 0, len(book.blocks))
    blank_lines = [(line.start, line.blank_lines) for line in split_lines("".join(book.texts.values()))]
    marks = marks_apart(book, blank_lines, marks) or marks
    marks = number_lines(book, marks or _marks_by_capitals(book) or find_marks(book, []))
    if marks:
        about = book.about
        mark_title_page(book.blocks[: marks[0].index], about.title, about.authors, book.options)
    return [mark for mark in marks if not book.blocks[mark.index].reason]


def number_lines(book: Book, marks: list[Mark]) -> list[Mark]:
    """The marks of a book of one document, their source the line they stand on."""
    numbers = LineNumbers("".join(book.texts.values()))
    return [
        replace(mark, source=f"line {numbers.of(book.blocks[mark.index].start)}")
        for mark in marks
        if mark.index < len(book.blocks)
    ]


class LineNumbers:
    """Line numbers of rising offsets, in time linear in the text."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        self._end = "\n" if "\n" in text else "\r"  # the old Macintosh ends lines with a carriage return

    def of(self, offset: int) -> int:
        """The 1-based line of an offset; offsets must be asked for in rising order to be cheap."""
        if offset < self._at:
            self._at, self._line = 0, 1
        self._line += self._text.count(self._end, self._at, offset)
        self._at = offset
        return self._line


def split_lines(text: str) -> list[SourceLine]:
    """The lines that are not blank. Unix, Windows and old Macintosh line ends, form feeds between pages."""
    lines: list[SourceLine] = []
    blank = 1
    for match in re.finditer(r"[^\r\n\f\v\x85\u2028\u2029]*(?:\r\n|[\r\n\f\v\x85\u2028\u2029]|$)", text):
        raw = match.group()
        if not raw:
            continue
        words = raw.strip()
        if not words:
            blank += 1
            continue
        lead = raw[: len(raw) - len(raw.lstrip())]
        indent = sum(2 if c == "\u3000" else 4 if c == "\t" else 1 for c in lead)
        lines.append(SourceLine(match.start() + len(lead), words, indent, blank))
        blank = 0
    return lines


def _single_spaced(lines: list[SourceLine]) -> list[SourceLine]:
    """A wrapped text that stands with a blank line after every line, as if it had none there.

    Two blank lines still part paragraphs; where each line is a paragraph, few break off within a sentence.
    """
    apart = sum(1 for line in lines if line.blank_before)
    if len(lines) < MIN_DOUBLE_SPACED or apart < 0.95 * len(lines):
        return lines
    runs: list[list[str]] = []
    for line in lines:
        if line.blank_lines > 1 or not runs:
            runs.append([])
        runs[-1].append(line.text)
    carried = sum(1 for run in runs for text in run[1:] if text[0].islower() or is_wide(text[0]))
    if detect_wrapping(runs).width == 0 or carried < 0.4 * len(lines):
        return lines
    heads = [(h := parse_heading(line.text)) is not None and h.style in STRONG for line in lines]
    return [
        line if head or after_head else replace(line, blank_lines=max(0, line.blank_lines - 1))
        for line, head, after_head in zip(lines, heads, [False, *heads])
    ]


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


def _left_out_inline(text: str, notes: frozenset[str], options: ReadOptions) -> re.Pattern[str]:
    """What stands in a line and is no word of it: each alternative is named for the reason."""
    kinds = [f"(?P<markup>{_TAG})", f"(?P<reference>{_REFERENCE})", f"(?P<image>{_ILLUSTRATION.pattern})"]
    if not options.page_numbers:
        pages = [int(number) for number in _BRACED_PAGE.findall(text)]
        counted = len(pages) >= MIN_BRACED_PAGES and all(a < b for a, b in pairwise(pages))
        kinds.append(f"(?P<page>{_PAGE}{'|' + _BRACED_PAGE.pattern if counted else ''})")
    if notes:
        keys = "|".join(re.escape(key) for key in sorted(notes) if key[0] != "{") or "(?!)"
        braced = "|".join(re.escape(key) for key in sorted(notes) if key[0] == "{") or "(?!)"
        kinds.append(rf"(?P<mark>(?<=[^\s\[])\[(?:{keys})\]|(?<=\S)\s?(?:{braced})(?!\s\s))")
    kinds.append(f"(?P<emphasis>{_EMPHASIS.pattern})")
    return re.compile("|".join(kinds), re.I)


def _note_marks(lines: list[SourceLine]) -> frozenset[str]:
    """The keys of notes in brackets or braces (`{1}`) that a line begins with and that a word elsewhere refers to."""
    keys = {
        _key_of(match)
        for line in lines
        if (match := _FOOTNOTE.match(line.text) or _BRACKETED_NOTE.match(line.text)) and _key_of(match)
    }
    referred = {
        key for line in lines for key in re.findall(r"(?<=[^\s\[])\[(\w{1,3}|[*†‡]{1,3})\]", line.text)
    }
    braced = {f"{{{key}}}" for line in lines for key in re.findall(r"(?<=\S)\s?\{(\d{1,3})\}", line.text)}
    return frozenset(keys & (referred | braced))


def _key_of(match: re.Match[str]) -> str:
    """A note's key; in its braces where it has them, for `{3}` may be a page where `[3]` is a note."""
    found = match.groupdict()
    return found.get("key") or (f"{{{braced}}}" if (braced := found.get("braced")) else "")


def _mark_notes(blocks: list[Block], marks: frozenset[str]) -> None:
    """`[Footnote 1: …]`, over several paragraphs up to its bracket, and `[1] …` where a mark refers to it."""
    inside = False
    for block in blocks:
        bracketed = _BRACKETED_NOTE.match(block.text)
        opens = bool(_FOOTNOTE.match(block.text))
        if inside or opens or (bracketed and _key_of(bracketed) in marks):
            block.kind, block.reason = "note", "note"
        if opens or inside:
            inside = not block.text.rstrip().endswith("]")


def _blocks(
    document: DocumentText, lines: list[SourceLine], wrapping: Wrapping, left_out: re.Pattern[str]
) -> None:
    builder = TextBuilder(document)
    indents = _indents_paragraphs(lines)
    dense = sum(line.blank_before for line in lines[1:]) < MAX_DENSE * len(lines)
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
        heading = dense and _is_strong(line.text)
        if starts or heading or is_scene_break(line.text):
            close()
        _add_line(builder, document, line, left_out)
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
        if heading:
            close()
        previous = line
    close()
    document.blocks = blocks


MAX_DENSE = 0.02
"""Share of lines behind a blank one, below which nothing parts a heading from the lines around it."""


def _is_strong(text: str) -> bool:
    return (heading := parse_heading(text)) is not None and heading.style == "separated"


_REASONS = {"page": "page-number", "mark": "note-mark", "emphasis": "markup", "reference": "markup"}


def _add_line(
    builder: TextBuilder, document: DocumentText, line: SourceLine, left_out: re.Pattern[str]
) -> None:
    """The words of a line; markup of plain text and of web pages, pictures and page numbers are left out."""
    at = 0
    for match in left_out.finditer(line.text):
        kind = match.lastgroup or "emphasis"
        said = html.unescape(match.group()) if kind == "reference" else ""
        if kind == "reference" and said == match.group():
            continue  # R&D; is no reference
        builder.add(line.text[at : match.start()], line.start + at)
        start, end = line.start + match.start(), line.start + match.end()
        document.left_out.append(LeftOut(_REASONS.get(kind, kind), match.group(), document.name, start, end))
        if said.strip():
            builder.insert(said.strip())
        elif kind == "reference" or re.match(r"</?(?:br|p|div|hr)\b", match.group(), re.I):
            builder.break_word(start)
        at = match.end()
    builder.add(line.text[at:], line.start + at)


MIN_CAPITAL_CHAPTER = 1200
"""Letters that follow a title in capitals on the average; shorter stretches are signs, letters, shouts."""


def _marks_by_capitals(book: Book) -> list[Mark]:
    """Titles in capitals on lines of their own, in a book that counts no chapters: THE ROAD, THE INN, THE LETTER."""
    blocks = book.blocks
    heads = [
        i
        for i, b in enumerate(blocks)
        if b.kind == "text"
        and not b.reason
        and re.fullmatch(r"[A-Z][A-ZÀ-Þ0-9 ,’'&-]{2,60}", b.text)
        and i + 1 < len(blocks)
        and blocks[i + 1].kind == "text"
        and not blocks[i + 1].text.isupper()
    ]
    if len(heads) < 3 or weight(blocks) < MIN_CAPITAL_CHAPTER * len(heads):
        return []
    for index in heads:
        blocks[index].kind, blocks[index].level = "heading", 2
    return [Mark(blocks[i].text, i, 1, blocks[i].document) for i in heads]


# --- metadata -------------------------------------------------------------------------------------------

_LABELLED_TITLE = any_of("title_label", r"^[【\[]?(?:{})[】\]]?\s*[:：]\s*(?P<value>.+)$")
_LABELLED_AUTHOR = any_of("author_label", r"^[【\[]?(?:{})[】\]]?\s*[:：]\s*(?P<value>.+)$")
_BY = re.compile(r"^by\s+(?P<value>[A-Z][\w.’' -]{2,60})$", re.I)
_DYNASTY = (
    r"[\[(（〔【［]\s*(?:先秦|[清明元宋唐漢汉晉晋隋秦]|南朝|北朝|民国|民國|近代|现代|當代|当代|"
    r"(?!.{0,3}[序跋记記篇集版上中下])[\u4e00-\u9fff]{1,4}[国國]?)(?:代|朝)?\s*[\])）〕】］]"
)
_DYNASTY_AUTHOR = re.compile(
    rf"^{_DYNASTY}\s*·?([\u4e00-\u9fff·]{{2,8}})\s*[著撰]?$|^([\u4e00-\u9fff·]{{2,8}})\s*{_DYNASTY}\s*[著撰]?$"
)
_BOOK_MARKS = re.compile(r"^《([^》]{1,40})》\s*(.*)$")
_LISTS = re.compile("(?:篇|书|書)目|目[录錄次]")
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
            title = title or (labelled["value"].strip() if labelled else "")
            labelled = _LABELLED_AUTHOR.match(part.strip())
            author = author or (_name_of(labelled["value"]) if labelled else "")
    first = head[0] if head else ""
    marked = _BOOK_MARKS.match(first)
    if marked and not parse_heading(marked.group(1)):
        title = title or marked.group(1).strip()
        rest = marked.group(2).strip()
        name = _ZH_AUTHOR.match(rest)
        author = author or _author_of(rest) or (name.group(1) if name else "")
    repeated = re.match(r"(.{2,20}?)\1\1", first)
    if repeated and not title and len(set(repeated.group(1))) > 1:
        title = repeated.group(1)
    if (
        not title
        and 0 < len(first) <= (24 if count_han(first) else 80)
        and not parse_heading(first)
        and not first.endswith((".", "。", "，", ","))
        and not _LISTS.search(first)
        and any(c.isalpha() for c in first)
    ):
        following = head[1] if len(head) > 1 else ""
        if _author_of(following) or _BY.match(following) or _is_titled(document):
            title = first.strip("《》")
    for line in head[1:4]:
        author = author or _author_of(line)
    named, by = _by_file_name(path.stem)
    return title or named, (author or by,) if author or by else ()


_FILE_MARKED = re.compile(
    r"《(?P<title>[^》]{1,40})》(?:.{0,12}?作者\s*[：:_]?\s*(?P<author>[\u4e00-\u9fffA-Za-z·. ]{2,20}))?"
)
_FILE_NOISE = re.compile(
    r"(?:[_\s-]*(?:https?[_:/]*)?www\.\S+|"
    r"[\s_（(【\[]*(?:txt|全本|全文|全集|精校|校对|完整|完结|无删减|实体书?|电子书|下载)[版本）)】\]]*)+$",
    re.I,
)


def _by_file_name(stem: str) -> tuple[str, str]:
    """Title and author by a file's name, without what sites put to it: 《长夜》（全本）作者：某人, 长夜txt精校版."""
    marked = _FILE_MARKED.search(stem)
    if marked:
        return marked["title"], (marked["author"] or "").strip()
    return _FILE_NOISE.sub("", stem).strip("_- ") or stem, ""


def _is_titled(document: DocumentText) -> bool:
    """The first line stands before a heading or a blank line, as a title does."""
    return len(document.blocks) > 1 and (
        parse_heading(document.blocks[1].text) is not None or is_contents_title(document.blocks[1].text)
    )


def _name_of(value: str) -> str:
    """The name in what a label says of an author: 熊召政，1981年调入湖北省任专业作家至今。"""
    return re.split(r"[，。；]", value, maxsplit=1)[0].strip()


def _author_of(line: str) -> str:
    line = line.strip()
    labelled = _LABELLED_AUTHOR.match(line) or _BY.match(line)
    if labelled:
        return _name_of(labelled["value"])
    written = _WRITTEN_BY.match(line)
    if written:
        return written.group(1).strip()
    dynasty = _DYNASTY_AUTHOR.match(line)
    return (dynasty.group(1) or dynasty.group(2)) if dynasty else ""


def _mark_contents(book: Book) -> None:
    """A `Contents` line and the list under it, where the headings come again below."""
    if book.options.contents:
        return
    blocks = book.blocks
    lines = [
        Candidate(i, b.text, True)
        for i, b in enumerate(blocks)
        if b.text and not b.reason and len(b.text) <= 120
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


_COLUMNS = re.compile(r"(?:chapter|facing|page|no\.?|\s)+", re.I)
"""What stands over the columns of a table of contents."""
_NUMERAL_FIRST = re.compile(r"(?:[IVXLC]+|\d{1,3})[.:\s]\s*[\"“‘(]?[A-Z]")


def _listed_again(blocks: list[Block], index: int, listed: set[str]) -> bool:
    block = blocks[index]
    if block.reason == "contents":
        return True
    words = re.sub(r"(?:[\s.·…]*\d+|[\s.·…]+[ivxlc]{1,6}|[.·…]+)?\s*$", "", block.text, count=1)
    if _COLUMNS.fullmatch(block.text.strip()) or (words != block.text and _NUMERAL_FIRST.match(words)):
        return True  # `CHAPTER   PAGE`, `XII I RIDE A HORSE   115`
    key = re.sub(r"\W", "", words).casefold()
    if len(block.text) > 100 or not key:
        return False
    return any(key == re.sub(r"\W", "", b.text).casefold() for b in blocks[index + 1 :] if len(b.text) <= 100)
