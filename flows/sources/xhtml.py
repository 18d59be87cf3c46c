"""One content document (XHTML, tag soup or DTBook) as blocks of text.

The document's text is the concatenation of the text nodes of its body, entities resolved; alternative texts
of images stand in it only when they are asked for. Whatever the walk does not put into a block it puts into
`DocumentText.left_out`, so that the two together cover the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from lxml import etree

from flows.script.manuscript import LeftOut, ParagraphKind
from flows.sources.blocks import (
    Block,
    DocumentText,
    TextBuilder,
    goes_on_from,
    han_count,
    is_initial,
    is_scene_break,
    join_blocks,
)
from flows.sources.markup import (
    BLOCK_TAGS,
    CONTENTS,
    COPYRIGHT,
    HEADINGS,
    INDEX,
    NOTES,
    READ_TYPES,
    SSML_ALPHABET,
    SSML_PH,
    TITLE_PAGE,
    TYPE_REASONS,
    XML_LANG,
    ParsedDocument,
    class_reason,
    is_page_number,
    select,
    tokens_of,
)
from flows.sources.notes import NoteLinks
from flows.sources.options import ReadOptions
from flows.sources.pronunciation import ruby_hint, ssml_hint

_CONSUMED_TAGS = {
    "script": "script",
    "style": "style",
    "template": "hidden",
    "noscript": "fallback",
    "svg": "image",
    "canvas": "fallback",
    "audio": "fallback",
    "video": "fallback",
    "iframe": "fallback",
    "object": "fallback",
    "annotation": "math-annotation",
    "annotation-xml": "math-annotation",
    "rt": "ruby",
    "rp": "ruby",
    "rtc": "ruby",
    "nav": "contents",
    "select": "control",
    "button": "control",
    "textarea": "control",
    "pagenum": "page-number",
    "noteref": "note-mark",
    "annoref": "note-mark",
}
_LETTER_TYPES = frozenset({"z3998:letter", "letter", "z3998:correspondence"})
_VERSE_TYPES = frozenset(["z3998:poem", "z3998:verse", "z3998:song", "z3998:hymn", "poem", "verse"])

_VERSE_CLASS = re.compile(
    r"^(poem|poetry|verse|stanza|line-?group|lg|poem-line|versification|song|shige|shi)$"
)
_LETTER_CLASS = re.compile(r"^(letter|correspondence|epistle)$")
_TITLE_CLASS = re.compile(
    r"^(chapter[-_]?(title|head|heading|name|number|num)|chap[-_]?(title|head)|heading|head-?title)$"
)
_HIDDEN_STYLE = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.I)


_LETTER_TAGS = frozenset(["span", "big", "small", "font", "b", "strong", "em", "i"])
_LARGE_CLASS = re.compile(r"cap(?!tion)|initial|first|drop|letter|lettrine|versal|big|large|huge", re.I)
_LARGE_STYLE = re.compile(r"float|font-size|initial-letter", re.I)
_SUPERSCRIPT_MARK = re.compile(
    r"[\[(（〔【]?(?:\d{1,3}|[*＊†‡§]{1,3}|[①-⑳]|[注註]?[一二三四五六七八九十]{1,3}|[注註]\d{0,3})[\])）〕】]?"
)
_NOTE_NUMBER = re.compile(r"[\[(（〔【]?(\d{1,3}|[*＊†‡§]{1,3}|[①-⑳])[\])）〕】]?[.、:：]?\s*(?=\S)")
_UNIT = re.compile(
    r"(?:kilo|centi|milli|square|cubic)?(?:met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|acres?|second)|sec",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Context:
    kind: ParagraphKind = "text"
    level: int = 0
    language: str | None = None
    alphabet: str = "ipa"
    reason: str = ""
    note: str = ""
    link: bool = False
    row: bool = False
    pre: bool = False
    verse: bool = False
    types: frozenset[str] = frozenset()


class DocumentReader:
    """Walks one document. Call `read` once."""

    def __init__(
        self,
        name: str,
        document: ParsedDocument,
        options: ReadOptions,
        notes: NoteLinks,
        *,
        reason: str = "",
        language: str | None = None,
    ) -> None:
        self.text = DocumentText(name)
        self._document = document
        self._options = options
        self._notes = notes
        self._reason = reason
        self._language = document.language or language
        self._builder = TextBuilder(self.text)
        self._offset = 0
        self._chunks: list[str] = []
        self._group = 0
        self._groups = 0
        self._skipped: Collection[etree._Element] = select(document.root, options.skip)
        self._unlinked: list[str] = []  # marks without links, in order
        self._blank_markers: list[int] = []  # indexes of blocks before which a blank paragraph stood

    def read(self) -> DocumentText:
        body = self._document.body
        types = frozenset(tokens_of(self._document.root) | tokens_of(body))
        context = _Context(language=self._language, reason=self._reason, types=types)
        self._element(body, context)
        self._flush(context)
        self.text.text = "".join(self._chunks)
        self._place_blank_markers()
        self._join_initials()
        if self._options.notes == "skip":
            self._leave_out_unlinked_notes()
        return self.text

    # text nodes

    def _take(self, text: str | None, context: _Context) -> None:
        if not text:
            return
        if context.pre and not context.level and not context.row:
            self._take_lines(text, context)
            return
        self._builder.add(text, self._offset, link=context.link, keep_breaks=context.level > 0)
        self._advance(text)

    def _take_lines(self, text: str, context: _Context) -> None:
        """Preformatted text: a line break ends a line, an empty line ends a paragraph."""
        for line in text.splitlines(keepends=True):
            self._builder.add(line, self._offset, link=context.link)
            self._advance(line)
            if not line.strip():
                self._flush(context)
            elif line[-1] in "\r\n":
                self._line_break(context)

    def _advance(self, text: str) -> None:
        self._chunks.append(text)
        self._offset += len(text)

    def _consume(self, element: etree._Element, reason: str) -> None:
        """Leave out everything in an element, remembering its anchors."""
        start = self._offset
        self._count(element)
        raw = "".join(self._chunks_since(start))
        self._leave_out(reason, raw, start)

    def _chunks_since(self, start: int) -> list[str]:
        taken: list[str] = []
        length = self._offset - start
        for chunk in reversed(self._chunks):
            if length <= 0:
                break
            taken.append(chunk)
            length -= len(chunk)
        return taken[::-1]

    def _count(self, element: etree._Element) -> None:
        self._anchor(element)
        if element.text:
            self._advance(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._count(child)
            if child.tail:
                self._advance(child.tail)

    def _leave_out(self, reason: str, raw: str, start: int) -> None:
        stripped = raw.strip()
        if stripped:
            begin = start + raw.index(stripped)
            self.text.left_out.append(LeftOut(reason, stripped, self.text.name, begin, begin + len(stripped)))

    def _anchor(self, element: etree._Element) -> None:
        identifier = element.get("id")
        if identifier:
            self.text.anchors.setdefault(identifier, self._offset)
        if element.tag == "a" and element.get("name"):
            self.text.anchors.setdefault(element.get("name"), self._offset)

    # elements

    def _element(self, element: etree._Element, context: _Context) -> None:
        tag = element.tag
        self._anchor(element)
        reason = self._reason_to_consume(element, tag)
        if reason:
            if tag in BLOCK_TAGS:
                self._flush(context)
            self._note_mark(element)
            self._consume(element, reason)
            return
        if tag == "switch":
            self._switch(element, context)
            return
        if tag == "ruby":
            self._ruby(element, context)
            return
        if tag == "br":
            self._line_break(context)
        if tag == "hr":
            self._flush(context)
            self._scene_break()
        if tag in ("br", "hr") and not element.text and not len(element):
            return  # XML allows `<br>words</br>`, and somebody wrote it
        if (
            tag in ("img", "image")
            and not element.text
            and not len(element)
            and self._options.images
            and (element.get("alt") or "").strip()
        ):
            self._alternative(element, context)
            return
        if tag in ("img", "image") and self._builder.empty and not context.reason:
            letter = _pictured_initial(element)
            if letter:
                self._builder.add(letter, self._offset)
                self._advance(letter)
                self._builder.initial()
                return
        inner = self._context(element, tag, context)
        block = tag in BLOCK_TAGS and not (inner.row and context.row)
        if block:
            self._flush(context)
            self._group = 0
        elif tag in BLOCK_TAGS:
            if tag in ("td", "th"):
                self._builder.separate(", ")
            else:
                self._builder.break_word(self._offset)
        begin = self._builder.position
        blocks_before = len(self.text.blocks)
        self._take(element.text, inner)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child, inner)
            self._take(child.tail, inner)
        phonemes = element.get(SSML_PH)
        if phonemes and len(self.text.blocks) == blocks_before:
            hint = ssml_hint(phonemes, inner.alphabet)
            if hint:
                self._builder.hint(begin, *hint, "ssml")
        if not block and begin == 0 and _is_large(element) and is_initial(self._builder.gathered):
            self._builder.initial()
        if block:
            blank = self._builder.empty and len(self.text.blocks) == blocks_before
            self._flush(inner)
            if blank and tag == "p" and not len(element):
                self._blank_markers.append(len(self.text.blocks))
            self._group = 0
        elif tag in BLOCK_TAGS:
            self._builder.break_word(self._offset)

    def _reason_to_consume(self, element: etree._Element, tag: str) -> str:
        options = self._options
        reason = _CONSUMED_TAGS.get(tag, "")
        if tag == "nav" and options.contents:
            reason = ""
        if not reason and element in self._skipped:
            reason = "selector"
        if not reason and element in self._notes.marks:
            reason = "note-mark"
        if not reason and element in self._notes.backlinks:
            reason = "note-mark"
        if not reason:
            for token in tokens_of(element):
                if TYPE_REASONS.get(token) in ("page-number", "note-mark"):
                    reason = TYPE_REASONS[token]
        if not reason:
            by_class = class_reason(element)
            if by_class in ("page-number", "line-number", "gutenberg", "transcriber-note") or (
                by_class == "note-mark"
                and tag in ("a", "sup", "span")
                and len("".join(element.itertext())) <= 12
            ):
                reason = by_class
            elif by_class == NOTES and tag in ("span", "small", "font") and options.notes == "skip":
                reason = NOTES  # a note printed where it is referred to
        if not reason and tag == "sup" and self._is_unlinked_mark(element):
            reason = "note-mark"
        if not reason and is_page_number(element):
            reason = "page-number"
        if (
            not reason
            and not self._is_note(element)
            and (
                element.get("hidden") is not None
                or element.get("aria-hidden") == "true"
                or _HIDDEN_STYLE.search(element.get("style") or "")
            )
        ):
            reason = "hidden"
        if reason == "page-number" and (
            options.page_numbers or len("".join(element.itertext()).strip()) > 24
        ):
            return ""  # some books wrap a whole page in its page-break element
        return reason

    def _is_note(self, element: etree._Element) -> bool:
        """Whether an element is a note's body; EPUB 3 hides those that pop up."""
        return element in self._notes.bodies or any(TYPE_REASONS.get(t) == NOTES for t in tokens_of(element))

    def _is_unlinked_mark(self, element: etree._Element) -> bool:
        """Whether a superscript without a link is a note's mark: it follows a whole word or the end of a clause.

        `m²`, `x¹` and `10²` follow a unit, a letter or a number.
        """
        mark = "".join(element.itertext()).strip()
        if not _SUPERSCRIPT_MARK.fullmatch(mark) or self._builder.spaced:
            return False
        if not self._follows_a_word():
            return False
        self._unlinked.append(mark.strip("[](（）〔〕【】"))
        return True

    def _follows_a_word(self) -> bool:
        before = self._builder.gathered
        if re.search(r"[.,;:!?…”’\"'»）)。，；：！？、」』]$", before):
            return True
        word = re.search(r"[^\W\d_]+$", before)
        if word is None:
            return False
        if han_count(word.group()):
            return not word.group().endswith(("米", "里", "寸", "尺", "方"))
        return len(word.group()) > 3 and not _UNIT.fullmatch(word.group())

    def _note_mark(self, element: etree._Element) -> None:
        for node in element.iter("a"):
            key = self._notes.marks.get(node)
            if key and key not in self._builder.notes:
                self._builder.notes.append(key)

    def _context(self, element: etree._Element, tag: str, context: _Context) -> _Context:
        changes: dict[str, object] = {}
        tokens = tokens_of(element)
        classes = (element.get("class") or "").lower().split()
        language = element.get(XML_LANG) or element.get("lang")
        if language and (tag in BLOCK_TAGS):
            changes["language"] = language
        if element.get(SSML_ALPHABET):
            changes["alphabet"] = element.get(SSML_ALPHABET)
        if tokens and tag in BLOCK_TAGS:
            changes["types"] = context.types | tokens
        reason = self._section_reason(element, tag, tokens)
        key = self._notes.bodies.get(element)
        if reason == NOTES or key:
            changes["reason"] = NOTES
            changes["kind"] = "note"
            changes["note"] = key or context.note
        elif reason and not context.reason:
            changes["reason"] = reason
        elif tokens & READ_TYPES and context.reason == TITLE_PAGE:
            changes["reason"] = ""
        kind = self._kind(tag, tokens, classes, context)
        if kind and context.kind != "note" and changes.get("kind") != "note":
            changes["kind"] = kind
        if tag in HEADINGS:
            changes["level"] = HEADINGS[tag]
        elif "heading" in tokens:
            level = element.get("aria-level") or "2"
            changes["level"] = int(level) if level in set("123456") else 2
            changes["kind"] = "heading"
        elif tag in ("p", "div", "span") and any(_TITLE_CLASS.match(c) for c in classes) and tag != "span":
            if not any(child.tag in BLOCK_TAGS for child in element if isinstance(child.tag, str)):
                changes["level"], changes["kind"] = 2, "heading"
        elif tag == "p" and (parent := element.getparent()) is not None and parent.tag == "hgroup":
            heads = [HEADINGS[c.tag] for c in parent if c.tag in HEADINGS]
            changes["level"], changes["kind"] = min(6, (heads or [1])[0] + 1), "heading"
        if changes.get("level") and (context.kind == "note" or changes.get("note")):
            changes["kind"] = "note"
        if tag == "a" and element.get("href"):
            changes["link"] = True
        if tag == "tr" and not context.row and _is_simple_row(element):
            changes["row"], changes["kind"] = True, "table-row" if context.kind != "note" else "note"
        if tag == "pre":
            changes["pre"] = True
            # Bare `pre` holds verse and plain text in old books; program text has its own elements in it.
            if context.kind == "text" and next(element.iter("code", "samp", "kbd"), None) is not None:
                changes["kind"] = "code"
        if (
            (tokens & _VERSE_TYPES)
            or any(_VERSE_CLASS.match(c) for c in classes)
            or tag in ("poem", "linegroup")
        ):
            changes["verse"] = True
        return replace(context, **changes) if changes else context  # type: ignore[arg-type]

    def _section_reason(self, element: etree._Element, tag: str, tokens: set[str]) -> str:
        reason = next((TYPE_REASONS[t] for t in sorted(tokens) if t in TYPE_REASONS), "")
        if not reason and tag in ("aside", "div", "section", "p", "ol", "ul", "li", "dl"):
            reason = class_reason(element) if class_reason(element) == NOTES else ""
        return "" if self.wanted(reason) else reason

    def wanted(self, reason: str) -> bool:
        """Whether the options ask for what would otherwise be left out."""
        options = self._options
        return (reason in (TITLE_PAGE, COPYRIGHT) and options.front_matter) or (
            reason in (CONTENTS, INDEX) and options.contents
        )

    def _kind(
        self, tag: str, tokens: set[str], classes: list[str], context: _Context
    ) -> ParagraphKind | None:
        if tag in HEADINGS:
            return "heading"
        if tokens & _LETTER_TYPES or any(_LETTER_CLASS.match(c) for c in classes):
            return "letter"
        if tokens & _VERSE_TYPES or any(_VERSE_CLASS.match(c) for c in classes):
            return "verse"
        if tag == "blockquote" and context.kind == "text":
            return "blockquote"
        if tag in ("poem", "linegroup"):
            return "verse"
        if tag in ("li", "dt", "dd") and context.kind in ("text", "list-item"):
            return "list-item"
        if tag in ("figcaption", "caption"):
            return "caption"
        return None

    # special elements

    def _switch(self, element: etree._Element, context: _Context) -> None:
        """epub:switch: the default branch is read, the others are left out (EPUB 3.2, C.1)."""
        branches = [child for child in element if isinstance(child.tag, str)]
        chosen = next((c for c in branches if c.tag == "default"), branches[0] if branches else None)
        self._flush(context)
        if element.text:
            self._take(element.text, context)
        for child in element:
            if child is chosen:
                self._element(child, context)
            elif isinstance(child.tag, str):
                self._consume(child, "switch-alternative")
            self._take(child.tail, context)

    def _ruby(self, element: etree._Element, context: _Context) -> None:
        """Read the base once; the annotation becomes a hint where it is a reading."""
        bases: list[tuple[int, int]] = []  # positions of bases that have no annotation yet
        begin = self._builder.position

        def base_done() -> None:
            nonlocal begin
            if self._builder.position > begin:
                bases.append((begin, self._builder.position))
            begin = self._builder.position

        self._take(element.text, context)
        for child in element:
            tag = child.tag
            if tag in ("rt", "rtc"):
                base_done()
                reading = "".join(child.itertext()).strip()
                self._element(child, context)
                if bases:
                    low, high = bases.pop(0) if len(bases) > 1 else bases.pop()
                    text = "".join(self._builder.parts)[low:high]
                    hint = ruby_hint(text.strip(), reading, context.language)
                    if hint:
                        self._builder.hint(low, *hint, "ruby")
                        made = self._builder.hints[-1]
                        self._builder.hints[-1] = replace(made, end=min(made.end, high))
            elif isinstance(tag, str):
                self._element(child, context)
                if tag == "rb":
                    base_done()
            self._take(child.tail, context)

    def _line_break(self, context: _Context) -> None:
        if context.level or context.row:
            self._builder.break_word(self._offset)
            return
        if not self._group:
            self._groups += 1
            self._group = self._groups
        self._flush(context, keep_group=True)

    def _alternative(self, element: etree._Element, context: _Context) -> None:
        self._flush(context)
        alternative = f" {element.get('alt').strip()} "
        self._builder.add(alternative, self._offset)
        self._advance(alternative)
        self._flush(replace(context, kind="caption", level=0))

    def _flush(self, context: _Context, *, keep_group: bool = False) -> None:
        kind: ParagraphKind = context.kind
        if context.verse and kind in ("text", "blockquote"):
            kind = "verse"
        block = self._builder.flush(
            kind,
            level=context.level if kind == "heading" else 0,
            language=context.language if context.language != self._language else None,
            reason=context.reason,
            note=context.note,
            group=self._group,
            types=context.types,
        )
        if not keep_group:
            self._group = 0
        if block and kind in ("text", "verse", "heading") and is_scene_break(block.text):
            block.kind = "scene-break"
            block.reason = block.reason or "scene-break"

    def _scene_break(self) -> None:
        offset = self._offset
        self.text.blocks.append(Block("scene-break", self.text.name, "", (), offset, offset))

    def _leave_out_unlinked_notes(self) -> None:
        """The document's last paragraphs, where they are numbered as the marks without links are."""
        blocks = [b for b in self.text.blocks if b.text]
        begin = len(blocks)
        for block in reversed(blocks):
            number = _NOTE_NUMBER.match(block.text)
            if block.reason or block.kind == "heading" or number is None or number[1] not in self._unlinked:
                break
            begin -= 1
        found = [match[1] for b in blocks[begin:] if (match := _NOTE_NUMBER.match(b.text))]
        if found and found == self._unlinked[-len(found) :]:
            for block in blocks[begin:]:
                block.kind, block.reason = "note", NOTES

    def _join_initials(self) -> None:
        """A drop cap in a block of its own belongs to the paragraph that follows."""
        blocks = self.text.blocks
        for index in range(len(blocks) - 2, -1, -1):
            letter, rest = blocks[index], blocks[index + 1]
            if (
                letter.kind == "text" == rest.kind
                and letter.reason == rest.reason
                and is_initial(letter.text)
                and rest.text[0].islower()
            ):
                separator = "" if goes_on_from(letter.text, rest.text) else " "
                blocks[index : index + 2] = [join_blocks(letter, rest, separator)]

    def _place_blank_markers(self) -> None:
        """An empty paragraph between two others is a scene break, unless the book puts one everywhere."""
        blocks = self.text.blocks
        inside = [i for i in self._blank_markers if 0 < i < len(blocks)]
        if not inside or len(inside) * 5 > len(blocks):
            return
        for index in sorted(set(inside), reverse=True):
            before, after = blocks[index - 1], blocks[index]
            if before.kind == "text" == after.kind and not before.reason and not after.reason:
                blocks.insert(index, Block("scene-break", self.text.name, "", (), after.start, after.start))


def _is_large(element: etree._Element) -> bool:
    """Whether an inline element is set as a drop cap; any other letter, such as <i>V</i>, is a word of its own."""
    if element.tag == "big":
        return True
    return element.tag in _LETTER_TAGS and bool(
        _LARGE_CLASS.search(element.get("class") or "") or _LARGE_STYLE.search(element.get("style") or "")
    )


def _pictured_initial(element: etree._Element) -> str:
    """The letter that a picture at the head of a paragraph stands for, where the word goes on after it; else ""."""
    letter = (element.get("alt") or "").strip()
    if not re.fullmatch("[“‘\"']?[A-ZÀ-Þ]", letter):
        return ""
    following = element.tail or ""
    sibling = element.getnext()
    if not following.strip() and sibling is not None and isinstance(sibling.tag, str):
        following += "".join(sibling.itertext())
    # After white space only what is no word of its own is a word's rest.
    rest = following.lstrip()
    if rest == following:
        return letter if re.match(r"[a-zà-ÿ]|[A-ZÀ-Þ]", rest) else ""
    return letter if rest[:1].islower() and goes_on_from(letter, rest) else ""


def _is_simple_row(row: etree._Element) -> bool:
    """A row of data rather than of layout: no cell holds paragraphs, lists or tables."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    for cell in cells:
        inner = [e for e in cell.iter() if e is not cell and isinstance(e.tag, str) and e.tag in BLOCK_TAGS]
        if len(inner) > 1:
            return False
    return bool(cells)
