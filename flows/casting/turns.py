"""Turns: one speaker's share of a paragraph, with the tag and the clues that tell who it is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose
from normalizers.languages import LANGUAGES

MAX_GAP = 12
"""Paragraphs of narration that end a conversation for good."""

TagKind = Literal["name", "noun", "he", "she", "I", "they", "none"]
Slot = Literal["after", "before", "colon", "beat"]


@dataclass(slots=True)
class Subject:
    """Who a clause says acts: a name, a pronoun or a common noun."""

    kind: TagKind
    start: int
    who: tuple[int, ...] = ()
    gender: Gender | None = None
    noun: str = ""
    words: str = ""


@dataclass(slots=True)
class Tag:
    """A clause that says who speaks.

    Args:
        plain: it is nothing but a subject and a verb of speech (掌柜的道：).
        certain: nobody but the one it names can be meant (陆小凤又忍不住道：): no evidence is weighed against it.
    """

    subject: Subject
    slot: Slot
    sure: bool
    words: str = ""
    plain: bool = False
    certain: bool = False


@dataclass(slots=True)
class Turn:
    """One speaker's share of one paragraph (or of several, where a quote runs on).

    Args:
        quotes: indices into `prose.quotes`.
        tag: the clause that says who speaks, if any.
        subjects: other people acting in the paragraph's narration, in order (beats).
        named: ids of people mentioned in the paragraph's narration, in order; `behind`: those that the tag's sentence
            names behind a pronoun that speaks, in languages that look for it.
        spoken_names: ids mentioned inside the quotes; `vocatives`: those addressed.
        calls: the gender of whoever is called without a name ("sir", 少爷); `own_gender`: what the words tell of
            whoever says them ("I was a boy", 本小姐).
        gap: narration-only paragraphs since the turn before.
        bare: nothing but speech in the paragraph.
        introduces: `fixed` is whoever gives a name of their own in these words.
        letter: `fixed` is whoever wrote the letter that these words are of.
    """

    paragraph: int
    chapter: int
    start: int
    end: int
    quotes: list[int]
    tag: Tag | None = None
    subjects: list[Subject] = field(default_factory=list)
    lead: list[Subject] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    behind: set[int] = field(default_factory=set)
    spoken_names: set[int] = field(default_factory=set)
    vocatives: set[int] = field(default_factory=set)
    addressed_gender: Gender | None = None
    calls: Gender | None = None
    own_gender: Gender | None = None
    gap: int = 0
    bare: bool = False
    same_paragraph: bool = False
    question: bool = False
    before_colon: bool = False
    label: str = ""
    fixed: int | None = None
    introduces: bool = False
    letter: bool = False
    chain_break: bool = False
    length: int = 0


def quote_start(prose: Prose, i: int) -> int:
    """Where quote `i` begins in `prose.text`, mark included."""
    quote = prose.quotes[i]
    return prose.starts[quote.paragraph] + quote.start


def quote_end(prose: Prose, i: int) -> int:
    """Where quote `i` ends in `prose.text`, mark included."""
    quote = prose.quotes[i]
    return prose.starts[quote.paragraph] + quote.end


def spoken_stretches(prose: Prose) -> list[tuple[int, int]]:
    """`(start, end)` in `prose.text` of everything in marks, in order."""
    return [(quote_start(prose, i), quote_end(prose, i)) for i in range(len(prose.quotes))]


def inside(stretches: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether `at` lies in one of `stretches`, which are in order."""
    k = bisect_right(stretches, at, key=lambda stretch: stretch[0]) - 1
    return k >= 0 and at < stretches[k][1]


def take_words(
    turn: Turn,
    prose: Prose,
    people: People,
    i: int,
    starts: Sequence[int],
    is_called: Callable[[str, int, int, Mention], bool],
) -> tuple[int, int]:
    """Take the words of quote `i` into its turn: how long they are, who is named in them, and who is called.

    Args:
        starts: where every one of `people.mentions` begins.
        is_called: of the text, the stretch of the words and a mention in them, whether it calls somebody by name.

    Returns: the stretch of the words in `prose.text`, without marks.
    """
    quote = prose.quotes[i]
    base = prose.starts[quote.paragraph]
    begin, end = base + quote.inner_start, base + quote.inner_end
    turn.length += end - begin
    turn.end = max(turn.end, base + quote.end)
    for k in range(bisect_left(starts, begin), bisect_left(starts, end)):
        mention = people.mentions[k]
        turn.spoken_names.update(mention.who)
        if is_called(prose.text, begin, end, mention):
            turn.vocatives.update(mention.who)
    return begin, end


def mark_named(turns: Sequence[Turn], prose: Prose, people: People, starts: Sequence[int]) -> None:
    """Fill `named` of every turn: who is mentioned in the narration of its paragraph, in order."""
    by_paragraph = speech_by_paragraph(prose)
    for turn in turns:
        spans = [(quote_start(prose, i), quote_end(prose, i)) for i in by_paragraph[turn.paragraph]]
        low = bisect_left(starts, prose.starts[turn.paragraph])
        high = bisect_left(starts, prose.ends[turn.paragraph])
        for k in range(low, high):
            if not any(a <= starts[k] < b for a, b in spans):
                turn.named.extend(people.mentions[k].who)


def speech_by_paragraph(prose: Prose) -> dict[int, list[int]]:
    """Paragraph -> indices of the speech in it, in order."""
    found: dict[int, list[int]] = {}
    for i, quote in enumerate(prose.quotes):
        if quote.kind == "speech":
            found.setdefault(quote.paragraph, []).append(i)
    return found


def breaks_off(prose: Prose, last: int, number: int) -> bool:
    """Whether a conversation of paragraph `last` (-1: none) cannot go on in paragraph `number`: a new chapter
    or scene between."""
    if last < 0 or prose.chapter[number] != prose.chapter[last]:
        return True
    return any(is_scene_break(prose.paragraph(p)) for p in range(max(last + 1, number - MAX_GAP), number))


HEADING_ALONE = 20
"""Characters up to which a line that begins with a numbered unit is a heading although it ends in a full stop."""


def is_scene_break(paragraph: str) -> bool:
    """A line of asterisks or the like, or a chapter's heading in any language that is read.

    >>> [is_scene_break(line) for line in ("* * *", "CAPÍTULO IV. El duelo", "第十二回 春归", "一张纸")]
    [True, True, True, False]
    """
    text = paragraph.strip()
    if not text or len(text) > 60:
        return False
    if not any(c.isalnum() for c in text):
        return True
    heading = any(record.read_heading(text) for record in LANGUAGES.values())
    return heading and (len(text) <= HEADING_ALONE or text[-1] not in ".!?。！？”」")
