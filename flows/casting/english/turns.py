"""English turns: one speaker's share of a paragraph, with its tag and the clues around it."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left

from flows.casting.book import Book
from flows.casting.english.tags import splits, tag_above, tag_after, tag_before
from flows.casting.english.tokens import Tokens, acts, tokens_of
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.turns import (
    MAX_GAP,
    Subject,
    Tag,
    Turn,
    breaks_off,
    quote_end,
    quote_start,
    speech_by_paragraph,
)

LEAD_REACH = 900
"""Letters at the end of a paragraph of narration that may introduce the next speaker."""


def find_turns(book: Book, people: People) -> list[Turn]:
    """All turns of a book in order, with tags and clues; see `Turn`."""
    text = book.text
    by_paragraph = speech_by_paragraph(book)
    starts = [m.start for m in people.mentions]
    at_start = {m.start: m for m in people.mentions}
    turns: list[Turn] = []
    last_paragraph = -1
    lead: list[Subject] = []
    for number, indices in by_paragraph.items():
        a, b = book.starts[number], book.ends[number]
        first = book.quotes[indices[0]]
        if first.continues and turns and not text[a : a + first.start].strip():
            turn = turns[-1]
            turn.quotes.append(indices[0])
            _spoken(turn, book, people, indices[0], starts)
            last_paragraph = number
            if len(indices) == 1 and first.end >= b - a - 1:
                continue
        gap = number - last_paragraph - 1 if last_paragraph >= 0 else 0
        lead = []
        broke = breaks_off(book, last_paragraph, number)
        for back in range(number - 1, max(-1, last_paragraph, number - 3), -1):
            if lead or book.chapter[back] != book.chapter[number]:
                break
            lead = _subjects(
                tokens_of(
                    text, max(book.starts[back], book.ends[back] - LEAD_REACH), book.ends[back], at_start
                )
            )
        for turn in _paragraph_turns(book, number, a, b, indices, at_start, people):
            turn.lead = lead
            if (
                turn.tag is None
                and not turn.same_paragraph
                and number
                and not broke
                and not text[a : quote_start(book, turn.quotes[0])].strip()
            ):
                turn.tag = tag_above(book, number - 1, by_paragraph.get(number - 1, ()), at_start)
            turn.gap = 0 if turn.same_paragraph else gap
            turn.chain_break = not turn.same_paragraph and (broke or gap > MAX_GAP)
            if gap or turn.same_paragraph:
                tail = (
                    text[book.starts[number - 1] : book.ends[number - 1]].rstrip()
                    if number and not turn.same_paragraph
                    else ""
                )
                turn.before_colon = turn.before_colon or tail.endswith(":")
            for i in turn.quotes:
                _spoken(turn, book, people, i, starts)
            turns.append(turn)
        last_paragraph = number
    # people named in narration, by paragraph
    for turn in turns:
        lo = bisect_left(starts, book.starts[turn.paragraph])
        hi = bisect_left(starts, book.ends[turn.paragraph])
        spans = [(quote_start(book, i), quote_end(book, i)) for i in by_paragraph[turn.paragraph]]
        for k in range(lo, hi):
            s = starts[k]
            if not any(x <= s < y for x, y in spans):
                turn.named.extend(people.mentions[k].who)
    return turns


_VOCATIVE_TAIL = re.compile(r"\s*(?:[,.!?;:—…\"”’'*_)]|--|$)")
_ADDRESS = re.compile(
    r"\b(sir|ma'am|ma’am|madam|miss|mum|mamma|mama|papa|mother|father|aunt|uncle|my lord|my lady|my boy|my girl|old man|old fellow|old chap|my dear fellow|my good man|my lad)\b[,.!?;:]",
    re.IGNORECASE,
)
_ADDRESS_GENDER: dict[str, Gender] = {
    "sir": "M", "papa": "M", "father": "M", "uncle": "M", "my lord": "M", "my boy": "M", "old man": "M", "old fellow": "M", "old chap": "M",
    "my dear fellow": "M", "my good man": "M", "my lad": "M",
}  # fmt: skip


def _spoken(turn: Turn, book: Book, people: People, i: int, starts: list[int]) -> None:
    """Who is named and who is addressed inside one quote."""
    text = book.text
    quote = book.quotes[i]
    base = book.starts[quote.paragraph]
    a, b = base + quote.inner_start, base + quote.inner_end
    turn.length += b - a
    turn.end = max(turn.end, base + quote.end)
    lo, hi = bisect_left(starts, a), bisect_left(starts, b)
    for k in range(lo, hi):
        mention = people.mentions[k]
        turn.spoken_names.update(mention.who)
        if mention.genitive:
            continue
        before = text[a : mention.start].rstrip(" _*\"'“‘")
        opens = (
            not before
            or before[-1] in ",;:.!?—-…"
            or before[-4:].lower() in ("dear", " you")
            or before[-2:].lower() == "oh"
        )
        words = before.split()
        if (
            not opens
            and words
            and words[-1].lower()
            in ("dear", "oh", "o", "poor", "well", "and", "yes", "no", "my", "darling", "ah", "thank")
            and len(words) < 4
        ):
            opens = words[-1].lower() != "and"
        closes = _VOCATIVE_TAIL.match(text, mention.end, max(b, mention.end)) or mention.end >= b
        if opens and closes:
            # "Tom, Dick and Harry came" is a list; so is a name with a verb after it
            turn.vocatives.update(mention.who)
    tail = text[a:b].rstrip(" \"'”’_*")
    turn.question = tail.endswith("?")
    address = _ADDRESS.search(text, a, min(b + 1, len(text)))
    if address:
        turn.addressed_gender = _ADDRESS_GENDER.get(address.group(1).lower(), "F")


def _subjects(tokens: Tokens) -> list[Subject]:
    """Acting people of a stretch of narration: names, pronouns and noun phrases that are not oblique."""
    return [s for j, s in enumerate(tokens.subjects) if s is not None and acts(tokens, j)]


def _paragraph_turns(
    book: Book, number: int, a: int, b: int, indices: list[int], mentions: dict[int, Mention], people: People
) -> list[Turn]:
    """Split one paragraph into turns: usually one, more where two tags name two speakers."""
    text = book.text
    quotes = [book.quotes[i] for i in indices]
    label = next((q.label for q in quotes if q.label), "")
    gaps = [(a, a + quotes[0].start)]
    for left, right in itertools.pairwise(quotes):
        gaps.append((a + left.end, a + right.start))
    gaps.append((a + quotes[-1].end, b))
    segments = [tokens_of(text, s, e, mentions) if e - s > 1 else Tokens() for s, e in gaps]
    tags: list[Tag | None] = []
    used: list[set[int]] = []
    for k, quote in enumerate(quotes):
        tag = tag_after(
            segments[k + 1],
            text,
            a + quote.end,
            text[a + quote.inner_end - 1 : a + quote.inner_end]
            if quote.inner_end > quote.inner_start
            else "",
            k + 1 < len(quotes),
        )
        lead = text[gaps[k][0] : gaps[k][1]].rstrip()
        opens = text[gaps[k + 1][0] : gaps[k + 1][1]].lstrip()[:1].isupper() and lead[-1:] in (",", ":")
        if tag is None or not tag.sure or opens:
            before = tag_before(segments[k], text, gaps[k])
            if before is not None and (tag is None or before.sure):
                tag = before
        tags.append(tag)
        used.append(set())
    groups: list[list[int]] = [[0]]
    for k in range(1, len(quotes)):
        groups_tag = next((tags[j] for j in groups[-1] if tags[j] is not None), None)
        if splits(segments[k], groups_tag, tags[k], gaps[k], people):
            groups.append([k])
        else:
            groups[-1].append(k)
    turns = []
    for g, members in enumerate(groups):
        candidates = [tags[k] for k in members]
        best = next((t for t in candidates if t is not None and t.sure), None) or next(
            (t for t in candidates if t is not None), None
        )
        turn = Turn(
            number,
            book.chapter[number],
            a + quotes[members[0]].start,
            a + quotes[members[-1]].end,
            [indices[k] for k in members],
            best,
        )
        turn.same_paragraph = g > 0
        turn.label = label or next((quotes[k].label for k in members if quotes[k].label), "")
        parts = (
            list(range(members[0], members[-1] + 2))
            if len(groups) == 1
            else list(range(members[0], members[-1] + 1))
            + ([members[-1] + 1] if g == len(groups) - 1 else [])
        )
        for k in parts:
            for subject in _subjects(segments[k]):
                turn.subjects.append(subject)
        turn.bare = not any(s.kinds for s in segments)
        lead_text = text[gaps[members[0]][0] : gaps[members[0]][1]].rstrip()
        turn.before_colon = lead_text.endswith(":")
        turns.append(turn)
    return turns
