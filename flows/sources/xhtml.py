"""One content document (XHTML, tag soup or DTBook) as blocks of text.

The document's text is the concatenation of the text nodes of its body, entities resolved; alternative texts
of images stand in it only when they are asked for. Whatever the walk does not put into a block it puts into
`DocumentText.left_out`, so that the two together cover the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from lxml import etree

from flows.script.manuscript import LeftOut, ParagraphKind
from flows.sources.blocks import (
    Block,
    DocumentText,
    TextBuilder,
    is_initial,
    is_scene_break,
)
from flows.sources.contexts import Context, context_of
from flows.sources.initials import is_large, join_initials, pictured_initial
from flows.sources.markup import (
    BLOCK_TAGS,
    NOTES,
    SSML_PH,
    TYPE_REASONS,
    ParsedDocument,
    class_reason,
    is_page_number,
    select,
    tokens_of,
)
from flows.sources.notes import NoteLinks
from flows.sources.options import ReadOptions
from flows.sources.pictures import has_words, holds_a_place, pictured_word
from flows.sources.pronunciation import ruby_hint, ssml_hint
from normalizers.scripts import count_han

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
_HIDDEN_STYLE = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.I)


_SUPERSCRIPT_MARK = re.compile(
    r"[\[(（〔【]?(?:\d{1,3}|[*＊†‡§]{1,3}|[①-⑳]|[注註]?[一二三四五六七八九十]{1,3}|[注註]\d{0,3})[\])）〕】]?"
)
_NOTE_NUMBER = re.compile(r"[\[(（〔【]?(\d{1,3}|[*＊†‡§]{1,3}|[①-⑳])[\])）〕】]?[.、:：]?\s*(?=\S)")
_UNIT = re.compile(
    r"(?:kilo|centi|milli|square|cubic)?(?:met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|acres?|second)|sec",
    re.I,
)


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
        context = Context(language=self._language, reason=self._reason, types=types)
        self._element(body, context)
        self._flush(context)
        self.text.text = "".join(self._chunks)
        place_blank_markers(self.text, self._blank_markers)
        join_initials(self.text.blocks)
        if self._options.notes == "skip":
            leave_out_unlinked_notes(self.text, self._unlinked)
        return self.text

    # text nodes

    def _take(self, text: str | None, context: Context) -> None:
        if not text:
            return
        if context.pre and not context.level and not context.row:
            self._take_lines(text, context)
            return
        self._builder.add(text, self._offset, link=context.link, keep_breaks=context.level > 0)
        self._advance(text)

    def _take_lines(self, text: str, context: Context) -> None:
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

    def _element(self, element: etree._Element, context: Context) -> None:
        tag = element.tag
        self._anchor(element)
        reason = self._reason_to_consume(element, tag)
        if self._picture(element, context, reason):
            pass
        elif reason:
            if tag in BLOCK_TAGS:
                self._flush(context)
            self._note_mark(element)
            self._consume(element, reason)
        elif tag == "switch":
            self._switch(element, context)
        elif tag == "ruby":
            self._ruby(element, context)
        elif not self._without_words(element, tag, context):
            inner = context_of(element, context, self._notes, self._options)
            if tag in BLOCK_TAGS and not (inner.row and context.row):
                self._block(element, inner, context)
            else:
                self._inline(element, inner)

    def _without_words(self, element: etree._Element, tag: str, context: Context) -> bool:
        """Lines, rules and pictures; False where there are words in the element all the same."""
        if tag == "br":
            self._line_break(context)
        elif tag == "hr":
            self._flush(context)
            self._scene_break()
        bare = not element.text and not len(element)
        if tag in ("br", "hr"):
            return bare  # XML allows `<br>words</br>`, and somebody wrote it
        if tag in ("img", "image") and bare and self._options.images and (element.get("alt") or "").strip():
            self._alternative(element, context)
            return True
        return False

    def _picture(self, element: etree._Element, context: Context, reason: str) -> bool:
        """Read the letter, the character or the word that a picture stands for; whether it stands for one."""
        tag = element.tag
        if reason not in ("", "image") or context.reason:
            return False
        if tag not in ("img", "image", "svg") and (
            element.get("role") != "img" or any(map(str.strip, element.itertext()))
        ):
            return False
        letter = pictured_initial(element) if tag == "img" and self._builder.empty else ""
        word = letter or pictured_word(element)
        start, raw = self._offset, "".join(element.itertext())
        at = raw.find(word)
        if word and at >= 0:  # the title of a drawing stands in the text of the document
            self._count(element)
            self._builder.add(word, start + at)
            self._leave_out("image", raw[:at], start)
            self._leave_out("image", raw[at + len(word) :], start + at + len(word))
        elif word:
            self._builder.add(word, start)
            self._advance(word)
            self._consume(element, "image")
        if letter:
            self._builder.initial()
        return bool(word)

    def _block(self, element: etree._Element, inner: Context, outer: Context) -> None:
        """An element whose words are a paragraph, or several."""
        self._flush(outer)
        self._group = 0
        before = len(self.text.blocks)
        self._words(element, inner)
        blank = self._builder.empty and len(self.text.blocks) == before
        self._flush(inner)
        if blank and element.tag == "p" and not len(element):
            self._blank_markers.append(len(self.text.blocks))
        self._group = 0

    def _inline(self, element: etree._Element, inner: Context) -> None:
        """An element within a paragraph, or a block within a row of a table."""
        cell = element.tag in BLOCK_TAGS
        if element.tag in ("td", "th"):
            self._builder.separate(", ")
        elif cell:
            self._builder.break_word(self._offset)
        begin = self._builder.position
        self._words(element, inner)
        if begin == 0 and is_large(element) and is_initial(self._builder.gathered):
            self._builder.initial()
        if cell:
            self._builder.break_word(self._offset)

    def _words(self, element: etree._Element, inner: Context) -> None:
        """The words of an element, with the phonemes that SSML gives them."""
        begin, before = self._builder.position, len(self.text.blocks)
        self._take(element.text, inner)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child, inner)
            self._take(child.tail, inner)
        phonemes = element.get(SSML_PH)
        if phonemes and len(self.text.blocks) == before:
            hint = ssml_hint(phonemes, inner.alphabet)
            if hint:
                self._builder.hint(begin, *hint, "ssml")

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
        if count_han(word.group()):
            return not word.group().endswith(("米", "里", "寸", "尺", "方"))
        return len(word.group()) > 3 and not _UNIT.fullmatch(word.group())

    def _note_mark(self, element: etree._Element) -> None:
        for node in element.iter("a"):
            key = self._notes.marks.get(node)
            if key and key not in self._builder.notes:
                self._builder.notes.append(key)

    # special elements

    def _switch(self, element: etree._Element, context: Context) -> None:
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

    def _ruby(self, element: etree._Element, context: Context) -> None:
        """Read the base once, and its annotation in its place where the base is a blank, dots or a picture."""
        nodes: list[etree._Element | str] = [element.text or ""]
        for child in element:
            nodes += [child, child.tail or ""]
        if not any(map(_has_base, nodes)) and any(has_words(_annotation(node)) for node in nodes):
            self._annotations(nodes, context)
        else:
            self._annotated(element, context)

    def _annotations(self, nodes: Sequence[etree._Element | str], context: Context) -> None:
        """Read the annotations of a ruby, and leave out its bases, which hold the place of words."""
        for node in nodes:
            if isinstance(node, str):
                start = self._offset
                self._advance(node)
                self._leave_out("ruby", node, start)
            elif node.tag in ("rt", "rtc"):
                self._anchor(node)
                self._words(node, context)
            elif isinstance(node.tag, str):
                self._consume(node, "ruby")

    def _annotated(self, element: etree._Element, context: Context) -> None:
        """Read the bases of a ruby; an annotation becomes a hint where it is a reading."""
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

    def _line_break(self, context: Context) -> None:
        if context.level or context.row:
            self._builder.break_word(self._offset)
            return
        if not self._group:
            self._groups += 1
            self._group = self._groups
        self._flush(context, keep_group=True)

    def _alternative(self, element: etree._Element, context: Context) -> None:
        self._flush(context)
        alternative = f" {element.get('alt').strip()} "
        self._builder.add(alternative, self._offset)
        self._advance(alternative)
        self._flush(replace(context, kind="caption", level=0))

    def _flush(self, context: Context, *, keep_group: bool = False) -> None:
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


def _annotation(node: etree._Element | str) -> str:
    """The annotation that a part of a ruby is; "" for its base."""
    return "" if isinstance(node, str) or node.tag not in ("rt", "rtc") else "".join(node.itertext())


def _has_base(node: etree._Element | str) -> bool:
    """Whether a part of a ruby is a base with words or signs of its own, printed or pictured."""
    if isinstance(node, str):
        return not holds_a_place(node)
    if not isinstance(node.tag, str) or node.tag in ("rt", "rtc", "rp"):
        return False
    pictures = (part for part in node.iter("img", "image", "svg") if pictured_word(part))
    return not holds_a_place("".join(node.itertext())) or next(pictures, None) is not None


def place_blank_markers(document: DocumentText, at: Sequence[int]) -> None:
    """An empty paragraph between two others is a scene break, unless the book puts one everywhere.

    Args:
        at: indexes of blocks before which an empty paragraph stood.
    """
    blocks = document.blocks
    inside = [i for i in at if 0 < i < len(blocks)]
    if not inside or len(inside) * 5 > len(blocks):
        return
    for index in sorted(set(inside), reverse=True):
        before, after = blocks[index - 1], blocks[index]
        if before.kind == "text" == after.kind and not before.reason and not after.reason:
            blocks.insert(index, Block("scene-break", document.name, "", (), after.start, after.start))


def leave_out_unlinked_notes(document: DocumentText, marks: Sequence[str]) -> None:
    """The document's last paragraphs, where they are numbered as the marks without links are."""
    blocks = [b for b in document.blocks if b.text]
    begin = len(blocks)
    for block in reversed(blocks):
        number = _NOTE_NUMBER.match(block.text)
        if block.reason or block.kind == "heading" or number is None or number[1] not in marks:
            break
        begin -= 1
    found = [match[1] for b in blocks[begin:] if (match := _NOTE_NUMBER.match(b.text))]
    if found and found == marks[-len(found) :]:
        for block in blocks[begin:]:
            block.kind, block.reason = "note", NOTES
