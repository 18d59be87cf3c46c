"""What stands in a heading beside its title: ornaments and marks around it, begging and bookkeeping behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.sources.blocks import Block, left_out_of, rewrite
from flows.sources.words import any_of

if TYPE_CHECKING:
    from flows.sources.chapters import Book, Mark

Span = tuple[int, int]

_SIGNS = "☆★◆◇●○◎⊙■□▲△▼▽※✦✧✪✿❀❁❖◈❤♥♡♪♫§→►▶➤☀☾✎"
_LEAD = re.compile(rf"(?:[#＃]{{1,6}}|[*＊]{{1,4}}|[=＝]{{2,}}|[~～]+|[{_SIGNS}]+)[、，.．:：·\s]*")
_TAIL = re.compile(rf"[、\s]*(?:[#＃]{{1,6}}|[*＊]{{1,4}}|[=＝]{{2,}}|[~～]+|[{_SIGNS}]+)$")
_RULED = re.compile(r"(?P<rule>[-—–_─━]{2,})\s*(?P<inner>[^-—–_─━].*?)\s*(?P=rule)")
_BRACKETS = re.compile(
    r"(?P<open>[【\[〖「『《〈（(<])\s*(?P<inner>[^】\]〗」』》〉）)>]{1,40}?)\s*(?P<close>[】\]〗」』》〉）)>])"
)
MARKDOWN = "#＃*＊=＝"

_NOTE = any_of("title_notes")
_TAIL_NOTE = any_of("title_tails", r"(?:[\s，,！!。…·~～—–-]+|(?<=[)）】\]]))(?:{})[!！~～。]*$")
_BOXED = re.compile(r"\s*[（(【\[〔]\s*(?P<words>[^（）()【】\[\]〔〕]{1,40})\s*[)）】\]〕]")
_DATED = re.compile(
    r"[\s（(\[]+(?:更新时间\S?\s*)?(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?[)）\]]?$"
)


def dressed(line: str) -> Span:
    """Where a line stands between its ornaments: `☆、第1章 雨夜` from 第 on, `== Rain ==` without the signs."""
    begin, end = 0, len(line)
    ruled = _RULED.fullmatch(line)
    if ruled:
        return ruled.span("inner")
    lead = _LEAD.match(line)
    if lead:
        begin = lead.end()
    tail = _TAIL.search(line, begin)
    if tail and tail.start() > begin:
        end = tail.start()
    return (begin, end) if begin < end else (0, len(line))


def dress_of(line: str) -> tuple[str, str, str]:
    """The signs before and behind a line's words, and those words; empty signs for a plain line."""
    bracketed = _BRACKETS.fullmatch(line)
    if bracketed:
        return bracketed["open"], bracketed["close"], bracketed["inner"]
    begin, end = dressed(line)
    return line[:begin].strip(), line[end:].strip(), line[begin:end]


def notes_in(line: str) -> list[Span]:
    """Stretches that tell of votes, donors, word counts, edits: （求月票）, `(2,345 words)`, a trailing 求收藏.

    Never the whole of a line, nor true parts: （上）, `(Part 1)`.
    """
    if not any(c in "（(【[〔求更字谢謝加为為合20 " for c in line):
        return []
    spans = [
        m.span()
        for m in _BOXED.finditer(line)
        if m.start() > 0 and _NOTE.fullmatch(m["words"].strip(" !！~～。,，"))
    ]
    end = len(line)
    while spans and spans[-1][1] == end:
        end = spans[-1][0]
        break
    at_end: list[Span] = []
    while True:
        tail = _TAIL_NOTE.search(line, 1, end) or _DATED.search(line, 1, end)
        if tail is None or tail.start() < 1:
            break
        at_end.append((tail.start(), end))
        end = tail.start()
    spans = [span for span in spans if span[0] < end] + [span for span in spans if span[0] >= end] + at_end
    spans = _joined(sorted(spans))
    return spans if any(c.isalnum() for c in without(line, spans)) else []


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def without(line: str, spans: Sequence[Span]) -> str:
    """A line without some stretches of it."""
    parts, at = [], 0
    for begin, end in spans:
        parts.append(line[at:begin])
        at = end
    return "".join([*parts, line[at:]]).strip()


def tidy_titles(book: Book, marks: Sequence[Mark]) -> list[Mark]:
    """The marks with bare titles; what is taken from the headings in the text is listed as left out.

    A sign before the words goes where several chapters have it, or where it is a mark of Markdown.
    """
    signs = Counter(dress_of(mark.title)[0][:1] for mark in marks)
    tidy = []
    for mark in marks:
        tidy.append(replace(mark, title=_tidied(mark.title, signs)))
        for index in range(mark.index, min(mark.index + 3, len(book.blocks))):
            block = book.blocks[index]
            if block.kind == "heading" and not block.reason:
                book.blocks[index] = _tidy_block(book, block, signs)
    return tidy


def _extras(title: str, signs: Counter[str]) -> list[tuple[Span, str]]:
    begin, end = dressed(title)
    sign = title[:1]
    kept = begin and not (signs[sign] > 1 or (sign in MARKDOWN and not title[1:2].isdigit()))
    spans = [] if kept else [((0, begin), "markup"), ((end, len(title)), "markup")]
    notes = [((a, b), "title-note") for a, b in notes_in(title[: end if not kept else len(title)])]
    return [(span, reason) for span, reason in [*spans[:1], *notes, *spans[1:]] if span[0] < span[1]]


def _tidied(title: str, signs: Counter[str]) -> str:
    return without(title, [span for span, _ in _extras(title, signs)]) or title


def _tidy_block(book: Book, block: Block, signs: Counter[str]) -> Block:
    extras = _extras(block.text, signs)
    if not extras or not without(block.text, [span for span, _ in extras]):
        return block
    made, cut = rewrite(block, [(begin, end, "") for (begin, end), _ in extras])
    for part, (_, reason) in zip(cut, extras, strict=True):
        book.left_out += left_out_of(replace(part, reason=reason), book.texts)
    return made
