"""A language that has no reader of its own: quote marks, dashes, printed labels and turn-taking tell all that is told.

Nobody is found in the text. Who is known (by a printed label, by the cast file or by a corrected line) is
recognised where he is named, and the turns around teach the rest; whatever is less than likely stays unknown,
and the narrator reads it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from flows.casting.english.page import PAGE
from flows.casting.model.features import MOVE_TC
from flows.casting.people import Mention, People
from flows.casting.prose import Prose
from flows.casting.quotes import Conventions
from flows.casting.reader import FirstPerson, Reader
from flows.casting.turns import (
    MAX_GAP,
    Turn,
    breaks_off,
    mark_named,
    quote_end,
    quote_start,
    speech_by_paragraph,
    take_words,
)

LEAST_SURE = 0.6
"""Probability below which nobody is named: of two who talk, one must be clearly likelier."""
_CALLED_BEFORE = frozenset(",;:.!?¡¿…—–")
_CALLED_AFTER = frozenset(",;:.!?…—–")


def plain_reader(language: str) -> Reader:
    """A reader for any language."""
    return Reader(
        language=language,
        conventions=Conventions(),
        find_people=lambda prose, quoted: People(),
        add_short_forms=lambda people: None,
        mark_mentions=mark_mentions,
        tell_genders=lambda prose, people, narration: None,
        find_turns=find_turns,
        first_person=FirstPerson(re.compile(r"(?!)"), lambda narration: 0.0, 1.0),
        weights=turn_taking,
        page=PAGE,
        least_sure=LEAST_SURE,
        note=f"there is no reader of stories in the language “{language}” yet: who speaks is told by quote "
        f"marks, dashes, printed "
        "names and turns alone, and the narrator reads the rest; name speakers in cast.yaml, or with "
        "`duoyin cast --review`",
    )


@cache
def turn_taking() -> Mapping[str, float]:
    """Weights set by hand: whoever spoke before the last one answers, nobody calls himself, who is called
    speaks next."""
    table: dict[str, float] = {}
    for kind in range(len(MOVE_TC)):
        for gap in range(1, 5):
            table[f"move same gap {gap} {kind}"] = -2.0
            table[f"move back gap {gap} {kind}"] = 1.0
    for coarse in range(4):
        table[f"vocative this {coarse}"] = -3.0
        table[f"spoken of this {coarse}"] = -1.0
        table[f"vocative previous {coarse}"] = 2.0
    for kind_name in ("none", "bare"):
        table[f"named in paragraph {kind_name}"] = 1.0
        table[f"only one named {kind_name}"] = 2.0
    return table


def mark_mentions(prose: Prose, people: People) -> None:
    """Fill `people.mentions` with every alias that stands as whole words, the longest first."""
    owners: dict[str, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in person.aliases:
            owners[alias].add(person.id)
    people.mentions.clear()
    if not owners:
        return
    names = sorted(owners, key=lambda name: (-len(name), name))
    for match in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", prose.text):
        people.mentions.append(Mention(match.start(), match.end(), tuple(sorted(owners[match.group()]))))


def find_turns(prose: Prose, people: People) -> list[Turn]:
    """One turn a paragraph of speech, or several paragraphs where a quote runs on."""
    text = prose.text
    starts = [m.start for m in people.mentions]
    turns: list[Turn] = []
    last = -1
    for number, indices in speech_by_paragraph(prose).items():
        a, b = prose.starts[number], prose.ends[number]
        if prose.quotes[indices[0]].continues and turns:
            turns[-1].quotes += indices
        else:
            gap = number - last - 1 if last >= 0 else 0
            first, end = quote_start(prose, indices[0]), quote_end(prose, indices[-1])
            turn = Turn(number, prose.chapter[number], first, end, list(indices))
            turn.label = next((prose.quotes[i].label for i in indices if prose.quotes[i].label), "")
            turn.bare = not (text[a:first] + text[end:b]).strip(" —–―-") and len(indices) == 1
            turn.gap = gap
            turn.chain_break = breaks_off(prose, last, number) or gap > MAX_GAP
            turns.append(turn)
        for i in indices:
            begin, stop = take_words(turns[-1], prose, people, i, starts, _is_called)
            turns[-1].question = text[begin:stop].rstrip(" \"'”’»").endswith("?")
        last = number
    mark_named(turns, prose, people, starts)
    return turns


def _is_called(text: str, begin: int, end: int, mention: Mention) -> bool:
    """`—Ven, Ana.`: a name between stops is called."""
    before, after = text[begin : mention.start].rstrip(), text[mention.end : end].lstrip()
    return (not before or before[-1] in _CALLED_BEFORE) and (not after or after[0] in _CALLED_AFTER)
