"""What is not the story within its chapters: the author's words to the readers, and what an archive prints around it.

A label tells (`A/N:`, 作者有话说), or the place and the words do: at a chapter's head or foot, about votes, updates and
reviews. A letter's `P.S.` and a person who says `Disclaimer:` are story. A book in which nobody speaks is no story, and
one that says *you* and *in the next chapter* is a manual: only labels tell there, and so in a preface.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from flows.sources.blocks import Block
from flows.sources.chapters import Book, Mark
from flows.sources.headings import parse_heading
from flows.sources.matter import side_of
from flows.sources.words import any_of
from normalizers.scripts import count_han

AUTHOR_NOTE, ARCHIVE = "author-note", "archive"
HEAD, FOOT = 3, 6
"""Paragraphs at a chapter's head and foot where an author speaks without a label."""
MAX_NOTE = 1200
"""Letters (a Han character is two and a half) of a note that takes the rest of a chapter with it."""
MAX_LINE = 400
MAX_PAGE_REST = 200
"""Characters beside an archive's own lines on a page of its."""
FEW_SPEAK = 0.05
"""Share of paragraphs in which somebody speaks, below which a book of MIN_BOOK of them is no story."""
MIN_BOOK = 60
_QUOTES = "“\"「『‘'《"
_CLOSED = {"(": ")", "（": "）", "[": "]", "【": "】", "{": "}", "〔": "〕"}

_LABEL = any_of("talk.labels", r"[\W_]*(?:{})[\W_]{{0,3}}(?:[:：—–~～\-\])）】]|$)")
_BARE = any_of("talk.labels", r"[\W_]*(?:{})[\W_]*")
_MAYBE = any_of("talk.hints", r"[\W_]*(?:{})(?:\s*[:：—–\-\])）】.．]|$)")
_READER = any_of("talk.reader_words")
_READER_LINE = any_of("talk.reader_lines")
_BYSTANDER = any_of("bystander")
_OF_WRITING = {any_of("talk.of_writing"): 2, any_of("talk.of_requests"): 2, any_of("talk.of_chapters"): 1}
_TO_READERS = any_of("talk.to_readers")
_BESIDE = (_TO_READERS, any_of("talk.courtesy"), any_of("talk.days"))
TALK = 3
"""Enough for an author's talk: words of writing as told, each kind beside them 1, `I'm` and `you` in a story of
others 2."""
_ONESELF = any_of("talk.oneself")
_FIRST_PERSON = any_of("talk.first_person")
FEW = 0.15
"""Share of a chapter's paragraphs that have a first person outside of quotes, where somebody else tells the story."""
_QUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?|「[^」]*」?|『[^』]*』?|‘[^’]*’(?!\w)")
_SPEECH = re.compile(r"[—–-]?\s?[“\"「『‘«]|[—–]|.*[:：]\s?[“\"「『«]")
"""A paragraph that is spoken, or that leads over to speech."""
_OF_OTHERS = any_of("talk.of_others")
_PRINTED = any_of("talk.archive_labels", r"\W*(?:{})\s*[:：]")
_PRINTED_ANYWHERE = any_of("talk.archive_labels", r"(?:^|(?<=[\s|]))(?:{})\s*[:：]")
_HEADS = any_of("talk.archive_heads", r"\W*(?:{})\W*")
_MAYBE_HEADS = any_of("talk.archive_parts", r"\W*(?:{})\W*")
_END_MARK = any_of("end_mark")
_REFRAIN = any_of("refrain")
_TEXT_HEAD = any_of("talk.archive_text", r"\W*(?:{})\W*")
_LINES = any_of("talk.archive_lines")


def mark_asides(book: Book, marks: list[Mark]) -> list[Mark]:
    """Leave out what authors and archives say to the readers.

    Args:
        marks: where the chapters begin.

    Returns:
        The marks of chapters that still have something to read.
    """
    blocks = book.blocks
    if book.options.front_matter:
        return marks
    marks = _without_notes_between(blocks, marks)
    before = [block.reason for block in blocks]
    bounds = sorted({0, *(mark.index for mark in marks), len(blocks)})
    chapters = [_shown(blocks, low, high) for low, high in pairwise(bounds)]
    titled = {mark.index for mark in marks}
    archive = _is_archive(blocks)
    feet = _feet(blocks, chapters)
    story = _is_story(blocks)
    around = {mark.index for mark in marks if side_of(mark.title, blocks[mark.index].types)}
    for chapter in chapters:
        body = [
            i
            for i in chapter
            if blocks[i].kind != "heading" or (i not in titled and _is_part(blocks[i].text))
        ]
        _mark_archive(blocks, body, archive=archive)
        talks = story and not (chapter and chapter[0] in around)
        _mark_labelled(blocks, body, feet, talks=talks)
        _mark_begging(blocks, body, feet, len(chapters), talks=talks)
        _mark_rest(blocks, chapter)
    if not any(block.text and not block.reason for block in blocks):
        for block, reason in zip(blocks, before):  # a book of notes is a book
            block.reason = reason
    return [mark for mark, (low, high) in _stretches(marks, len(blocks)) if _shown(blocks, low, high)]


def _is_story(blocks: Sequence[Block]) -> bool:
    """Whether people speak in a book, or it is too short to tell."""
    paragraphs = [
        block.text for block in blocks if block.text and block.kind != "heading" and not block.reason
    ]
    speech = sum(1 for text in paragraphs if _SPEECH.match(text))
    return len(paragraphs) < MIN_BOOK or speech >= FEW_SPEAK * len(paragraphs)


def _feet(blocks: Sequence[Block], chapters: Sequence[Sequence[int]]) -> Counter[str]:
    """How often each text stands at a chapter's foot, of those that stand nowhere else: a refrain is story."""
    feet = Counter(blocks[chapter[-1]].text for chapter in chapters if chapter)
    anywhere = Counter(blocks[i].text for chapter in chapters for i in chapter if blocks[i].text in feet)
    return Counter({text: count for text, count in feet.items() if anywhere[text] == count})


def _without_notes_between(blocks: list[Block], marks: list[Mark]) -> list[Mark]:
    """The marks, without an `Author's Note` between numbered chapters; before or behind them it may be the book's."""
    numbered = [
        p for p, mark in enumerate(marks) if (h := parse_heading(mark.title)) and h.number is not None
    ]
    kept = []
    for position, mark in enumerate(marks):
        between = bool(numbered) and numbered[0] < position < numbered[-1]
        if between and _LABEL.match(mark.title):
            block = blocks[mark.index]
            block.kind, block.level = "text", 0
        else:
            kept.append(mark)
    return kept


def _stretches(marks: Sequence[Mark], end: int) -> list[tuple[Mark, tuple[int, int]]]:
    ends = [*(mark.index for mark in marks[1:]), end]
    return [(mark, (mark.index, high)) for mark, high in zip(marks, ends)]


def _shown(blocks: Sequence[Block], low: int, high: int) -> list[int]:
    return [i for i in range(low, high) if blocks[i].text and not blocks[i].reason]


def _letters(texts: Sequence[str]) -> int:
    return sum(len(text) + round(1.5 * count_han(text)) for text in texts)


# --- archives -------------------------------------------------------------------------------------------


def _is_part(text: str) -> bool:
    return len(text) <= 60 and bool(
        _HEADS.fullmatch(text) or _MAYBE_HEADS.fullmatch(text) or _BARE.fullmatch(text)
    )


def _is_archive(blocks: Sequence[Block]) -> bool:
    """Whether an archive printed its own around the text: two of its heads or lines are enough."""
    found = 0
    for block in blocks:
        if block.text and not block.reason and len(block.text) <= MAX_PAGE_REST:
            short = len(block.text) <= 60
            found += bool((short and _HEADS.fullmatch(block.text)) or _LINES.search(block.text))
            if found >= 2:
                return True
    return False


def _mark_archive(blocks: list[Block], body: list[int], *, archive: bool) -> None:
    """The archive's table of labels, its heads with what stands under them, and its own lines."""
    labelled = [p for p, i in enumerate(body[:40]) if _PRINTED.match(blocks[i].text)]
    asides = sum(1 for i in body[:8] if _LABEL.match(blocks[i].text) or _MAYBE.match(blocks[i].text))
    kinds = {blocks[body[p]].text.partition(":")[0].casefold() for p in labelled}
    if len(kinds) >= 3 or (kinds and labelled[0] < 8 and (len(kinds) + asides >= 2)):
        for p in labelled:
            blocks[body[p]].reason = ARCHIVE
            value = blocks[body[p]].text.rstrip().endswith((":", "：")) and p + 1 not in labelled
            if value and p + 1 < len(body):
                blocks[body[p + 1]].reason = ARCHIVE
    for p, i in enumerate(body):
        text = blocks[i].text
        if blocks[i].reason or len(text) > MAX_LINE:
            continue
        at_edge = p < FOOT or p >= len(body) - FOOT
        if _has_labels(text) or (at_edge and _LINES.search(text)):
            blocks[i].reason = ARCHIVE
        elif len(text) <= 60 and (_HEADS.fullmatch(text) or (archive and _MAYBE_HEADS.fullmatch(text))):
            blocks[i].reason = ARCHIVE
            if not _TEXT_HEAD.fullmatch(text):
                for under in _under(blocks, body, p):
                    blocks[under].reason = blocks[under].reason or AUTHOR_NOTE


def _has_labels(text: str) -> bool:
    """Whether the whole table of an archive stands on one line: `Rated: T - Words: 1,204 - Reviews: 3`."""
    return text.count(":") >= 4 and len({m[0].casefold() for m in _PRINTED_ANYWHERE.finditer(text)}) >= 4


def _under(blocks: Sequence[Block], body: Sequence[int], at: int) -> Sequence[int]:
    """What belongs to a head: the quoted blocks under it, or what stands before the next head, or one paragraph."""
    following = body[at + 1 :]
    quoted = 0
    while quoted < len(following) and blocks[following[quoted]].kind == "blockquote":
        quoted += 1
    if quoted:
        return following[:quoted]
    for count, i in enumerate(following[:8]):
        if _is_part(blocks[i].text):
            return following[:count]
    return following if len(following) <= FOOT and at > HEAD else following[:1]


def _mark_rest(blocks: list[Block], chapter: Sequence[int]) -> None:
    """The heading of what was all notes, and the few words beside an archive's page."""
    told = [i for i in chapter if blocks[i].reason]
    rest = [i for i in chapter if not blocks[i].reason]
    printed = sum(len(blocks[i].text) for i in told if blocks[i].reason == ARCHIVE)
    words = sum(len(blocks[i].text) for i in rest)
    only_heads = all(blocks[i].kind == "heading" for i in rest)
    if told and rest and (only_heads or (words <= MAX_PAGE_REST and printed > words)):
        for i in rest:
            blocks[i].reason = AUTHOR_NOTE if only_heads else ARCHIVE


# --- authors --------------------------------------------------------------------------------------------


def _mark_labelled(blocks: list[Block], body: list[int], feet: Counter[str], *, talks: bool) -> None:
    """Notes that say what they are, with the paragraphs that go on with them.

    Args:
        talks: whether a label that a person or a manual may have, too (P.S., Note), may be an author's.
    """
    for position, i in enumerate(body):
        text = blocks[i].text
        if blocks[i].reason or text[0] in _QUOTES:
            continue
        sure = _LABEL.match(text)
        may_be = talks and not sure and len(text) <= MAX_LINE and _MAYBE.match(text)
        if not sure and not (may_be and (_READER.search(text) or feet[text] > 1)):
            continue
        for j in body[position : position + _extent(blocks, body, position, sure=bool(sure))]:
            blocks[j].reason = blocks[j].reason or AUTHOR_NOTE


def _extent(blocks: Sequence[Block], body: Sequence[int], at: int, *, sure: bool) -> int:
    """How many paragraphs a note has that begins at `at`."""
    text = blocks[body[at]].text
    rest = body[at + 1 :]
    bare = bool(_BARE.fullmatch(text))
    if not bare and _CLOSED.get(text[0]) == text[-1]:
        return 1
    if text[0] in _CLOSED and not bare and _CLOSED[text[0]] not in text:  # (A/N: … goes on to its bracket
        closing = (n for n, i in enumerate(rest[:FOOT], 2) if blocks[i].text.endswith(_CLOSED[text[0]]))
        return next(closing, 1)
    broken = [n for n, i in enumerate(rest[: FOOT + 2]) if _parted(blocks, body[at + n], i)]
    if at < HEAD and broken and (len(rest) - broken[0] > broken[0] or not bare):
        return 1 + broken[0]
    length = _letters([blocks[i].text for i in rest])
    behind_rule = at > 0 and _parted(blocks, body[at - 1], body[at])
    if at >= 1 and sure and (bare or behind_rule) and length <= MAX_NOTE:
        return 1 + len(rest)
    readers = [
        n
        for n, i in enumerate(rest[:FOOT], 2)
        if _READER.search(blocks[i].text) and not _spoken(blocks[i].text)
    ]
    if at >= 1 and readers and length <= MAX_NOTE:
        return readers[-1]
    return 2 if bare and rest else 1


def _parted(blocks: Sequence[Block], low: int, high: int) -> bool:
    return any(blocks[k].kind == "scene-break" for k in range(low + 1, high))


def _spoken(text: str) -> bool:
    return text[0] in _QUOTES or bool(_BYSTANDER.search(text))


def _mark_begging(
    blocks: list[Block], body: list[int], feet: Counter[str], chapters: int, *, talks: bool
) -> None:
    """Thanks, votes and updates at a chapter's head and foot; a line that stands at most chapters' feet, under what
    they tell.

    Args:
        talks: whether the words alone may tell an author's talk.
    """
    left = [i for i in body if not blocks[i].reason]
    told = sum(bool(_FIRST_PERSON.search(_QUOTED.sub("", blocks[i].text))) for i in left)
    for i in reversed(left[-FOOT:]):
        text = blocks[i].text
        if _END_MARK.fullmatch(text.strip()):
            continue  # it is taken off later, as what it is
        if _REFRAIN.search(text):
            break
        again = i != left[0] and feet[text] >= 3 and 2 * feet[text] >= chapters and len(text) <= MAX_LINE
        asks = talks and (_begs(text) or _talks(text, others=told <= 1 + FEW * len(left)))
        if text[0] in _QUOTES or not (again or asks):
            break
        blocks[i].reason = AUTHOR_NOTE
    for i in left[:HEAD] if talks else ():
        text = blocks[i].text
        if text[0] in _QUOTES or not (_begs(text) or _talks(text, others=told <= 1 + FEW * len(left))):
            break
        blocks[i].reason = AUTHOR_NOTE


def _begs(text: str) -> bool:
    return (
        len(text) <= MAX_LINE
        and bool(_READER_LINE.search(text))
        and not _BYSTANDER.search(_READER_LINE.sub("", text))
    )


def _talks(text: str, *, others: bool) -> bool:
    """Whether an author talks to the readers: of writing or for votes, and beside that of them, thanks or a day.

    Args:
        others: whether the story is of others; then one who says `I'm` or `you` does not tell it.
    """
    if len(text) > MAX_LINE or _OF_OTHERS.search(text):
        return False
    told = sum(worth for words, worth in _OF_WRITING.items() if words.search(text))
    oneself = others and bool(_ONESELF.search(_QUOTED.sub("", text)))
    if not told and not (oneself and _TO_READERS.search(text)):
        return False
    return told + 2 * oneself + sum(bool(words.search(text)) for words in _BESIDE) >= TALK
