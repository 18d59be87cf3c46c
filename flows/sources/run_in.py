"""Files that lost their line breaks: cut where headings stand in the running text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.sources.blocks import Block, DocumentText, cut_at
from normalizers.chinese.headings import CHARACTERS
from normalizers.languages import LANGUAGES
from normalizers.numerals import read_numeral

MIN_HEADINGS = 3
MAX_MISSING = 5
"""Headings in a row that may be lost before the series is over."""
SURE, UNSURE, MISSING = 1.0, 0.45, -0.3
"""What a heading at the end of a sentence, one within a sentence, and a number that is nowhere are worth."""

_UNSPACED = re.compile(rf"第\s?(?P<number>[{CHARACTERS}]{{1,7}}|\d{{1,4}})\s?(?P<unit>[章回節节卷折])")
_SPACED = re.compile(
    rf"\b(?P<unit>{'|'.join(r.heading_units for r in LANGUAGES.values() if r.spaced)})\s+"
    rf"(?P<number>{'|'.join(r.heading_number for r in LANGUAGES.values() if r.spaced)})(?![^\W_])",
    re.I,
)
_REFERS = re.compile(r"(?:且[听聽看]|[见見在到至于於看听聽按如即])$")
"""Words before a heading that refer to it: 且听第七回分解."""
_REFERRED = re.compile("分解|[的里裡中内內所说說已那]|便[见見知]")
_STORY_OPENING = re.compile("話說|话说|卻說|却说|且說|且说|詩曰|诗曰|詞曰|词曰|詩云|诗云|話表|话表|再說|再说")


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    unit: str
    number: int
    worth: float


def break_up(document: DocumentText, own: re.Pattern[str] | None = None) -> None:
    """Cut the blocks of a file of few lines at its run-in headings.

    Args:
        own: how a person says that they are written; else 第一回, 第二回, … or Chapter 1, Chapter 2, … in order.
    """
    blocks: list[Block] = []
    for block in document.blocks:
        cuts = [m.span() for m in own.finditer(block.text)] if own else run_in_headings(block.text)
        cuts = [(begin, end) for begin, end in cuts if begin < end]
        if len(cuts) < (1 if own else MIN_HEADINGS):
            blocks.append(block)
            continue
        bounds = sorted({0, *(c for pair in cuts for c in pair), len(block.text)})
        heads = {start for start, _ in cuts}
        at = 0
        for part in cut_at(block, bounds):
            begin = block.text.index(part.text, at)
            at = begin + len(part.text)
            if begin in heads:
                part.kind, part.level = "heading", 2
            blocks.append(part)
    document.blocks = blocks


def run_in_headings(text: str) -> list[tuple[int, int]]:
    """(start, end) of the headings of the best series that counts up from one.

    A heading after the end of a sentence is worth most. One without (the full stop is lost) counts where it has
    just the next number, and a number that is nowhere does not end the series.
    """
    places = _places(text)
    series = max(
        (_best_series([p for p in places if p.unit == unit]) for unit in {p.unit for p in places}),
        key=len,
        default=[],
    )
    if len(series) < MIN_HEADINGS:
        return []
    return [(place.start, _end_of(text, place)) for place in series]


def _places(text: str) -> list[_Place]:
    places = []
    for match in [*_UNSPACED.finditer(text), *_SPACED.finditer(text)]:
        number = read_numeral(match["number"])
        if number is None or match.group()[0].islower():
            continue
        before = text[max(0, match.start() - 3) : match.start()]
        sure = not before.strip() or before.rstrip()[-1] in "。！？」』”）)】.!?…~"
        refers = _REFERS.search(before) or _REFERRED.match(text, match.end())
        if sure or not refers:
            unit = match["unit"].casefold().replace("節", "节")
            places.append(_Place(match.start(), match.end(), unit, number, SURE if sure else UNSURE))
    return sorted(places, key=lambda place: place.start)


_Chain = tuple[float, _Place, "_Chain | None"]


def _best_series(places: list[_Place]) -> list[_Place]:
    """The rising series of greatest worth, in time linear in the places."""
    best: dict[int, _Chain] = {}  # number -> the best series that ends with it so far
    for place in places:
        chain: _Chain | None = (place.worth, place, None) if place.number <= 1 else None
        for missing in range(MAX_MISSING + 1 if place.worth == SURE else 1):
            before = best.get(place.number - 1 - missing)
            if before is not None:
                worth = before[0] + place.worth + MISSING * missing
                if chain is None or worth > chain[0]:
                    chain = (worth, place, before)
        if chain is not None and (place.number not in best or chain[0] > best[place.number][0]):
            best[place.number] = chain
    last = max(best.values(), key=lambda chain: chain[0], default=None)
    series: list[_Place] = []
    while last is not None:
        series.append(last[1])
        last = last[2]
    return series[::-1]


def _end_of(text: str, place: _Place) -> int:
    """Where the title ends: at the words that open a story, where they come before any mark; else at the number."""
    opening = _STORY_OPENING.search(text, place.end, place.end + 40)
    stop = re.search("[，。：；「『“！？]", text[place.end : place.end + 40])
    if opening and (not stop or opening.start() <= place.end + stop.start()):
        return opening.start()
    return place.end
