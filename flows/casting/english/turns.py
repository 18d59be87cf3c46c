"""English turns: one speaker's share of a paragraph, with its tag and the clues around it."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Mapping

from flows.casting.english.address import take_address
from flows.casting.english.phrases import title_bearers
from flows.casting.english.tags import splits, tag_above, tag_after, tag_before
from flows.casting.english.tokens import Tokens, acts, tokens_of
from flows.casting.people import Mention, People
from flows.casting.prose import Prose
from flows.casting.turns import (
    MAX_GAP,
    Subject,
    Tag,
    Turn,
    breaks_off,
    mark_named,
    quote_end,
    quote_start,
    speech_by_paragraph,
    take_words,
)

LEAD_REACH = 900
"""Letters at the end of a paragraph of narration that may introduce the next speaker."""


_YOUR = re.compile(
    r"\b[Yy]our (?P<rank>[Mm]ajesty|[Hh]ighness|[Gg]race|[Ee]xcellency|[Hh]oliness|[Ee]minence)\b"
)
_RANKS = {
    "majesty": ("king", "queen", "emperor", "empress", "czar", "tsar", "sultan"),
    "highness": ("prince", "princess", "archduke", "duke", "duchess"),
    "grace": ("duke", "duchess", "archbishop"),
    "excellency": ("ambassador", "governor", "president", "general", "count"),
    "holiness": ("pope",),
    "eminence": ("cardinal",),
}
"""Who is called so."""


def find_turns(prose: Prose, people: People) -> list[Turn]:
    """All turns of a book in order, with tags and clues; see `Turn`."""
    bearers = title_bearers(people)
    honoured = {
        rank: {p for title in titles for p in bearers.get(title, ())} for rank, titles in _RANKS.items()
    }
    by_paragraph = speech_by_paragraph(prose)
    starts = [m.start for m in people.mentions]
    at_start = {m.start: m for m in people.mentions}
    turns: list[Turn] = []
    last = -1
    for number, indices in by_paragraph.items():
        a, b = prose.starts[number], prose.ends[number]
        first = prose.quotes[indices[0]]
        if first.continues and turns and not prose.text[a : a + first.start].strip():
            turns[-1].quotes.append(indices[0])
            _take(turns[-1], prose, people, indices[0], starts)
            last = number
            if len(indices) == 1 and first.end >= b - a - 1:
                continue
        gap = number - last - 1 if last >= 0 else 0
        broke = breaks_off(prose, last, number)
        lead = _lead(prose, number, last, at_start)
        for turn in _paragraph_turns(prose, number, a, b, indices, at_start, people):
            turn.lead = lead
            if number and not broke and _may_be_tagged_above(prose, turn):
                turn.tag = tag_above(prose, number - 1, by_paragraph.get(number - 1, ()), at_start)
            turn.gap = 0 if turn.same_paragraph else gap
            turn.chain_break = not turn.same_paragraph and (broke or gap > MAX_GAP)
            if gap and number and not turn.same_paragraph:
                above = prose.text[prose.starts[number - 1] : prose.ends[number - 1]].rstrip()
                turn.before_colon = turn.before_colon or above.endswith(":")
            for i in turn.quotes:
                _take(turn, prose, people, i, starts)
            turns.append(turn)
        last = number
    mark_named(turns, prose, people, starts)
    for turn in turns:
        turn.tag = _signature(turn, prose, people, starts) or turn.tag
        turn.behind = _behind(turn, prose, people, starts)
        turn.vocatives |= _honoured(turn, prose, honoured)
    return turns


_STOP = re.compile("[.!?]")


def _behind(turn: Turn, prose: Prose, people: People, starts: list[int]) -> set[int]:
    """Whom the sentence of a tag names behind its pronoun: he cried, grasping Holmes."""
    if turn.tag is None or turn.tag.subject.kind not in ("he", "she") or not turn.named:
        return set()
    begin, end = turn.tag.subject.start + len("he"), prose.ends[turn.paragraph]
    end = min((at for at in (quote_start(prose, i) for i in turn.quotes) if at > begin), default=end)
    behind: set[int] = set()
    for mention in people.mentions[bisect_left(starts, begin) : bisect_left(starts, end)]:
        if _STOP.search(prose.text, begin, mention.start):
            break
        behind.update(mention.who)
        begin = mention.end  # the stop in Mr. Holmes ends no sentence
    return behind


def _honoured(turn: Turn, prose: Prose, honoured: Mapping[str, set[int]]) -> set[int]:
    """Who is called your Majesty and the like, where no more than two can be meant."""
    called: set[int] = set()
    for i in turn.quotes:
        for found in _YOUR.finditer(prose.text, quote_start(prose, i), quote_end(prose, i)):
            meant = honoured[found["rank"].lower()]
            called |= meant if len(meant) <= 2 else set()
    return called


_FAREWELL = re.compile(
    r"\b(?:[Yy]ours?|[Ss]incerely|[Ff]aithfully|[Rr]espectfully|[Aa]ffectionate(?:ly)?|[Oo]bedient|[Hh]umble)\b"
)
_LONGEST_SIGNATURE = 6
"""Words of a name at the foot of a letter."""


def _signature(turn: Turn, prose: Prose, people: People, starts: list[int]) -> Tag | None:
    """Who signs the letter that is quoted over several paragraphs, where a farewell stands above a name.

    None where it is no letter, the name is nobody's, or somebody is said to speak.
    """
    if len(turn.quotes) < 2 or (turn.tag is not None and turn.tag.sure):
        return None
    begin, end = quote_start(prose, turn.quotes[-1]), quote_end(prose, turn.quotes[-1])
    above = prose.text[quote_start(prose, turn.quotes[-2]) : quote_end(prose, turn.quotes[-2])]
    words = prose.text[begin:end].strip(' .,_*“”"')
    if len(words.split()) > _LONGEST_SIGNATURE or not _FAREWELL.search(above[-80:]):
        return None
    at = bisect_left(starts, begin)
    if at < len(starts) and people.mentions[at].start < end:
        return Tag(Subject("name", people.mentions[at].start, people.mentions[at].who), "after", True, words)
    first = words.split()[0] if words else ""
    called_so = [
        p.id for p in people.persons if first in {word for alias in p.aliases for word in alias.split()}
    ]
    if not first[:1].isupper() or len(called_so) != 1:  # Irene Norton, née Adler
        return None
    return Tag(Subject("name", begin, (called_so[0],)), "after", True, words)


def _lead(prose: Prose, number: int, last: int, mentions: dict[int, Mention]) -> list[Subject]:
    """Who acts in the narration right above paragraph `number`, at most two paragraphs up and after the
    speech of `last`."""
    for above in range(number - 1, max(-1, last, number - 3), -1):
        if prose.chapter[above] != prose.chapter[number]:
            break
        end = prose.ends[above]
        lead = _subjects(tokens_of(prose.text, max(prose.starts[above], end - LEAD_REACH), end, mentions))
        if lead:
            return lead
    return []


def _may_be_tagged_above(prose: Prose, turn: Turn) -> bool:
    """Whether the turn has no tag and opens its paragraph."""
    if turn.tag is not None or turn.same_paragraph:
        return False
    return not prose.text[prose.starts[turn.paragraph] : quote_start(prose, turn.quotes[0])].strip()


_VOCATIVE_TAIL = re.compile(r"\s*(?:[,.!?;:—…\"”’'*_)]|--|$)")


_CALLS_AFTER = frozenset(("dear", "oh", "o", "poor", "well", "yes", "no", "my", "darling", "ah", "thank"))
"""Words after which a name is called, where no more than three words stand before it."""


def _take(turn: Turn, prose: Prose, people: People, i: int, starts: list[int]) -> None:
    """Take quote `i` into its turn, with who is named and addressed in it."""
    text = prose.text
    begin, end = take_words(turn, prose, people, i, starts, _is_called)
    turn.question = text[begin:end].rstrip(" \"'”’_*").endswith("?")
    take_address(turn, text, begin, end)


def _is_called(text: str, begin: int, end: int, mention: Mention) -> bool:
    """“Then try, Edwin.”: a name between stops is called; "Tom, Dick and Harry came" is a list."""
    if mention.genitive:
        return False
    before = text[begin : mention.start].rstrip(" _*\"'“‘")
    words = before.split()
    opens = (
        not before
        or before[-1] in ",;:.!?—-…"
        or before[-4:].lower() in ("dear", " you")
        or before[-2:].lower() == "oh"
        or (words[-1].lower() in _CALLS_AFTER and len(words) < 4)
    )
    return opens and (
        mention.end >= end or _VOCATIVE_TAIL.match(text, mention.end, max(end, mention.end)) is not None
    )


def _subjects(tokens: Tokens) -> list[Subject]:
    """Acting people of a stretch of narration: names, pronouns and noun phrases that are not oblique."""
    return [s for j, s in enumerate(tokens.subjects) if s is not None and acts(tokens, j)]


def _paragraph_turns(
    prose: Prose,
    number: int,
    a: int,
    b: int,
    indices: list[int],
    mentions: dict[int, Mention],
    people: People,
) -> list[Turn]:
    """Split one paragraph into turns: usually one, more where two tags name two speakers."""
    text = prose.text
    quotes = [prose.quotes[i] for i in indices]
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
        tags.append(None if label else tag)  # of [FARNCOMBE nods] who nods is not who speaks
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
            prose.chapter[number],
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
