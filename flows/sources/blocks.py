"""Blocks: paragraphs in the making, before anybody knows which chapter they belong to.

Every reader turns a document into blocks through `TextBuilder`, which folds white space, takes out
characters that have no sound, and remembers the source offset of everything that stays. That one place is
why nothing can get lost between the file and the script.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from flows.script.manuscript import LeftOut, Paragraph, ParagraphKind, Piece
from normalizers import Hint
from normalizers.hints import Alphabet, HintSource

SOFT_HYPHEN = "\u00ad"
INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufeff\ufffc\ufffd"
)
"""Control characters, zero-width space, direction marks, word joiner, invisible operators, byte order mark,
object replacement, the sign of what could not be decoded. The joiners U+200C and U+200D stay: they change letters and
emoji."""
WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3"
    "\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd"
    "“”‘’…—"
)
"""Characters written without spaces between words (East Asian Wide), and the punctuation that Chinese shares."""

_SEEN = rf"[^\s{SOFT_HYPHEN}{INVISIBLE}]+"
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<soft>{SOFT_HYPHEN}+)|(?P<invisible>[{INVISIBLE}]+)|{_SEEN}(?: {_SEEN})*"
)
"""White space, what is not seen, or words with a single space between them, which stay as they are."""
_WIDE = re.compile(f"[{WIDE}]")
_SCENE_BREAK = re.compile(
    r"[\s*＊·•●○◦◎◇◆□■△▲▽▼☆★※⁂⁎✱✲✳✴✵✶✷✸✹✺✻✼❀❁❂❃❄❅❆❇❈❉❊❋❖❦❧☙✦✧✽✾✿†‡♠♣♥♦♪♫~～∼〜#＃=＝_＿+＋\-－–—─━═﹡⋆∗▪▫◊§|｜xXoO0]+"
)
_WORD_GOES_ON = re.compile(r"[a-zà-ÿ]|[A-ZÀ-Þ]{2}")
_INITIAL = re.compile("[“‘\"']?[A-ZÀ-Þ]")
_SCRAP = re.compile(r"[b-hj-np-z][^\w]*(?:\s|$)")
_STRONG_MARK = re.compile(r"[^\s\-—–_xXoO0…]")


@dataclass(slots=True)
class Block:
    """A paragraph in the making. `reason` is set where the block is not read aloud.

    Args:
        level: 1 to 6 for headings, 0 otherwise.
        start, end: offsets in the document's text, from the first to past the last character.
        link_characters: how many of its characters stand in links; contents pages are made of links.
        notes: keys (`document#id`) of the notes that it refers to.
        note: the key of the note that this block is part of.
        group: blocks that one element was cut into at its line breaks share a number above 0.
        types: epub:type and role tokens of the elements around it.
    """

    kind: ParagraphKind
    document: str
    text: str
    pieces: tuple[Piece, ...]
    start: int
    end: int
    level: int = 0
    hints: tuple[Hint, ...] = ()
    language: str | None = None
    reason: str = ""
    link_characters: int = 0
    notes: tuple[str, ...] = ()
    note: str = ""
    group: int = 0
    types: frozenset[str] = frozenset()

    def paragraph(self, language: str | None) -> Paragraph:
        own = self.language if self.language and self.language != language else None
        return Paragraph(self.text, self.kind, self.pieces, self.hints, own)


@dataclass(slots=True)
class DocumentText:
    """The text of one source document and what was taken out of it while reading."""

    name: str
    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)


def is_wide(character: str) -> bool:
    return bool(_WIDE.match(character))


def is_initial(text: str) -> bool:
    """Whether a text is one capital, with the quotation mark before it: a drop cap."""
    return bool(_INITIAL.fullmatch(text))


def goes_on_from(letter: str, text: str) -> bool:
    """Whether a text begins with the rest of the word that a drop cap begins.

    >>> goes_on_from("W", "hen it came"), goes_on_from("W", "HEN it came"), goes_on_from("Q", "Where?")
    (True, True, False)
    >>> goes_on_from("I", "was there"), goes_on_from("“I", "t was")
    (False, True)
    """
    if letter[-1:] in "AIO":  # words of their own: only before what is none
        return bool(_SCRAP.match(text))
    return bool(_WORD_GOES_ON.match(text))


def is_scene_break(text: str) -> bool:
    """Whether a paragraph is a row of ornaments: `* * *`, `＊＊＊`, `◇`, `---`, `#`, but not `……` or `——`."""
    stripped = text.strip()
    if not stripped or len(stripped) > 60 or not _SCENE_BREAK.fullmatch(stripped):
        return False
    if _STRONG_MARK.search(stripped):
        return True
    compact = re.sub(r"\s", "", stripped)
    return len(compact) >= 3 and set(compact) <= set("-_xo–—")  # XXX is chapter thirty


class TextBuilder:
    """Gathers the text of one block, with the source offsets of all that stays."""

    def __init__(self, document: DocumentText) -> None:
        self.document = document
        self._clear()

    def _clear(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.pieces: list[list[int]] = []  # [at, start, end]
        self.hints: list[Hint] = []
        self.notes: list[str] = []
        self.link_characters = 0
        self._space: tuple[int, int, bool] | None = None
        self._glue: str | None = None
        self._initial = False

    def add(self, text: str, start: int, *, link: bool = False, keep_breaks: bool = False) -> None:
        """Append `text`, which stands at offset `start` of the document.

        A line break between two wide characters joins them, as it does on a page (CSS Text 3, 4.1.3),
        except in headings (`keep_breaks`), where it parts a title from its subtitle.
        """
        for match in _TOKEN.finditer(text):
            at = start + match.start()
            kind = match.lastgroup
            if kind is None:
                self._word(match.group(), at, keep_breaks)
                if link:
                    self.link_characters += len(match.group()) - match.group().count(" ")
            elif kind == "space":
                broken = any(c in "\n\r" for c in match.group())
                if self._space:
                    self._space = (self._space[0], start + match.end(), self._space[2] or broken)
                else:
                    self._space = (at, start + match.end(), broken)
            else:
                reason = "soft-hyphen" if kind == "soft" else "invisible-character"
                self.document.left_out.append(
                    LeftOut(reason, match.group(), self.document.name, at, start + match.end())
                )

    def _word(self, word: str, at: int, keep_breaks: bool) -> None:
        """Append words as they stand at `at`; -1 for what the source only refers to."""
        if self._initial:
            if goes_on_from(self.gathered, word):
                self._space = None
            self._initial = False
        if self._glue is not None and self.parts:
            self._separate(self._glue)
            self._space = None
        self._glue = None
        if self._space and self.parts:
            begin, end, broken = self._space
            joined = broken and not keep_breaks and is_wide(self.parts[-1][-1]) and is_wide(word[0])
            if not joined:
                last = self.pieces[-1] if self.pieces else None
                if (
                    last
                    and end - begin == 1
                    and last[2] == begin
                    and end == at
                    and last[0] + last[2] - last[1] == self.length
                ):
                    last[2] = end  # one white-space character reads as one space: the piece goes on
                self.parts.append(" ")
                self.length += 1
        self._space = None
        if at < 0:
            self.parts.append(word)
            self.length += len(word)
            return
        if (
            self.pieces
            and self.pieces[-1][2] == at
            and self.pieces[-1][0] + at - self.pieces[-1][1] == self.length
        ):
            self.pieces[-1][2] = at + len(word)
        else:
            self.pieces.append([self.length, at, at + len(word)])
        self.parts.append(word)
        self.length += len(word)

    def insert(self, text: str) -> None:
        """Characters that the source only refers to (`&mdash;`); the reference itself is left out by the reader."""
        self._word(text, -1, False)

    def break_word(self, start: int) -> None:
        """White space without a character: a `br` in a heading, the border of a block in a table cell."""
        self._space = self._space or (start, start, True)

    def initial(self) -> None:
        """The block is a drop cap so far: `W hen` and `W HEN` go on without the white space of the markup."""
        self._initial = True

    @property
    def gathered(self) -> str:
        """The words of the block so far."""
        return "".join(self.parts)

    @property
    def spaced(self) -> bool:
        """Whether white space follows the last word."""
        return self._space is not None

    def separate(self, separator: str) -> None:
        """Before the next word put `separator` (a table cell ends); nothing where punctuation ends it already."""
        if self.parts:
            self._glue = separator

    def _separate(self, separator: str) -> None:
        last = self.parts[-1][-1]
        if last in ".,;:!?。，；：！？、…":
            separator = "" if is_wide(last) else " "
        elif is_wide(last):
            separator = "，"
        if separator:
            self.parts.append(separator)
            self.length += len(separator)

    @property
    def position(self) -> int:
        """Where the next word will stand in the block's text, spaces aside."""
        return self.length

    @property
    def empty(self) -> bool:
        return not self.parts

    def hint(self, begin: int, alphabet: Alphabet, value: str, source: HintSource) -> None:
        """A reading for everything added since `position` was `begin`."""
        text = "".join(self.parts)
        while begin < len(text) and text[begin].isspace():
            begin += 1
        if begin < len(text) and value.strip():
            self.hints.append(Hint(begin, len(text), alphabet, value.strip(), source))

    def flush(self, kind: ParagraphKind, **fields: Any) -> Block | None:
        """The block gathered so far, also appended to the document; None where there is no text."""
        if not self.pieces:
            self._clear()
            return None
        name = self.document.name
        block = Block(
            kind,
            name,
            "".join(self.parts),
            tuple(Piece(at, end - start, name, start, end) for at, start, end in self.pieces),
            self.pieces[0][1],
            self.pieces[-1][2],
            hints=tuple(self.hints),
            notes=tuple(self.notes),
            link_characters=self.link_characters,
            **fields,
        )
        self.document.blocks.append(block)
        self._clear()
        return block


def left_out_of(block: Block, texts: Mapping[str, str]) -> list[LeftOut]:
    """A block that is not read, as stretches of its documents' `texts`: one for each run of its pieces."""
    runs: list[tuple[str, int, int]] = []
    for piece in block.pieces:
        if runs:
            document, start, end = runs[-1]
            if document == piece.document and not texts[document][end : piece.start].strip():
                runs[-1] = (document, start, piece.end)
                continue
        runs.append((piece.document, piece.start, piece.end))
    return [LeftOut(block.reason, texts[name][s:e], name, s, e) for name, s, e in runs]


def join_blocks(first: Block, second: Block, separator: str, *, drop: int = 0) -> Block:
    """Two blocks as one paragraph; `drop` characters at the end of the first are taken out (a hyphen)."""
    head = first.text[: len(first.text) - drop] if drop else first.text
    pieces = [p for p in (_cut(piece, len(head)) for piece in first.pieces) if p.length]
    shift = len(head) + len(separator)
    pieces += [replace(p, at=p.at + shift) for p in second.pieces]
    return replace(
        first,
        text=head + separator + second.text,
        pieces=tuple(pieces),
        end=second.end,
        hints=first.hints + tuple(h.moved(shift) for h in second.hints),
        notes=first.notes + second.notes,
        link_characters=first.link_characters + second.link_characters,
    )


def _cut(piece: Piece, length: int) -> Piece:
    """The part of a piece that lies before offset `length` of the paragraph's text."""
    keep = max(0, min(piece.length, length - piece.at))
    return piece if keep == piece.length else replace(piece, length=keep, end=piece.start + keep)


def slice_block(block: Block, begin: int, end: int) -> Block:
    """`block.text[begin:end]` as a block of its own."""
    pieces = []
    for piece in block.pieces:
        low, high = max(piece.at, begin), min(piece.at + piece.length, end)
        if low < high:
            start = piece.start + low - piece.at
            pieces.append(
                replace(piece, at=low - begin, length=high - low, start=start, end=start + high - low)
            )
    hints = tuple(h.moved(-begin) for h in block.hints if begin <= h.start and h.end <= end)
    return replace(
        block,
        text=block.text[begin:end],
        pieces=tuple(pieces),
        hints=hints,
        start=pieces[0].start if pieces else block.start,
        end=pieces[-1].end if pieces else block.end,
    )


def rewrite(block: Block, edits: Sequence[tuple[int, int, str]]) -> tuple[Block, list[Block]]:
    """A block with stretches of its text replaced.

    Args:
        edits: rising, apart: where a stretch begins and ends, and the words that stand there instead ("" for none).

    Returns:
        The block, its ends stripped of white space, and what was taken out, one block an edit.
    """
    text, pieces, hints, taken = "", [], [], []
    at = 0
    for begin, end, words in [*edits, (len(block.text), len(block.text), "")]:
        kept = slice_block(block, at, begin)
        pieces += [replace(piece, at=piece.at + len(text)) for piece in kept.pieces]
        hints += [hint.moved(len(text)) for hint in kept.hints]
        text += kept.text + words
        taken.append(slice_block(block, begin, end))
        at = end
    made = replace(
        block,
        text=text,
        pieces=tuple(pieces),
        hints=tuple(hints),
        start=pieces[0].start if pieces else block.start,
        end=pieces[-1].end if pieces else block.end,
    )
    lead = len(text) - len(text.lstrip())
    return slice_block(made, lead, len(text.rstrip())) if text.strip() != text else made, taken[:-1]


_SENTENCE_END = re.compile(r"[。！？!?…]+[”’」』）)\"']*|[.]+[”’\"')]*(?=\s)")
_OPEN, _CLOSE = "“「『（《", "”」』）》"


def split_long(block: Block, longest: int, target: int = 400) -> list[Block]:
    """Cut a paragraph longer than `longest` at sentence ends into parts of about `target` characters.

    Speech in quotes is kept whole where it ends within three times the target; a text that lost its line
    breaks is a paragraph of a hundred thousand characters, which no editor and no engine can hold.
    """
    if longest <= 0 or len(block.text) <= longest:
        return [block]
    bounds, begin, depth, scanned = [0], 0, 0, 0
    text = block.text
    for match in _SENTENCE_END.finditer(text):
        for character in text[scanned : match.end()]:
            if character in _OPEN:
                depth += 1
            elif character in _CLOSE:
                depth = max(0, depth - 1)
        scanned = match.end()
        length = match.end() - begin
        if length >= target and (depth == 0 or length >= 3 * target):
            begin = match.end()
            bounds.append(begin)
            depth = 0
    if bounds[-1] != len(text):
        bounds.append(len(text))
    return cut_at(block, bounds)


def cut_at(block: Block, bounds: list[int]) -> list[Block]:
    """Cut a block at rising offsets of its text, in time linear in the number of pieces."""
    parts: list[Block] = []
    pieces = deque(block.pieces)
    for begin, end in pairwise(bounds):
        while begin < end and block.text[begin].isspace():
            begin += 1
        inside: list[Piece] = []
        while pieces and pieces[0].at < end:
            piece = pieces[0]
            if piece.at + piece.length > end:
                cut = end - piece.at
                inside.append(replace(piece, length=cut, end=piece.start + cut))
                pieces[0] = replace(piece, at=end, length=piece.length - cut, start=piece.start + cut)
                break
            inside.append(pieces.popleft())
        here = tuple(h for h in block.hints if begin <= h.start and h.end <= end)
        whole = replace(block, pieces=tuple(inside), hints=here)
        part = slice_block(whole, begin, end)
        if part.pieces:
            parts.append(part)
    return parts
