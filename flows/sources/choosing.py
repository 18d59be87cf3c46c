"""Which lines of a book are its headings: numbers that go on, one manner of writing, text between one and the next.

A number that continues a series is stronger evidence than the marks around it. So 三章 雨夜 between 第二章 and
第四章 is a chapter, 第三节 inside a chapter that goes on counting chapters is none, and a bare title counts where its
like recur through the book.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flows.sources.headings import (
    STRONG,
    UNMARKED,
    VOLUMES,
    WITHIN,
    Heading,
    parse_heading,
    sentence_like,
)
from flows.sources.titles import dress_of
from flows.sources.words import any_of
from normalizers.languages import LANGUAGES
from normalizers.numerals import read_numeral
from normalizers.scripts import count_han


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line or paragraph to be judged. `alone` where it stands apart: blank lines, or heading markup."""

    index: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Found:
    index: int
    heading: Heading
    level: int
    repeated: bool = False


Judged = tuple[Candidate, Heading]

MIN_WEAK = 3
"""Bare and numbered headings count only as a series of at least this many."""
MIN_SECTION = 8
"""Paragraphs of a section that is a chapter of its own; the quarters of a match are told in fewer."""
MIN_FURTHER = 10
"""Bare and numbered headings that begin above one, as a second volume's do; and letters of the alphabet."""
MIN_BEFORE_GAP = 5
"""Headings of a series that may miss numbers: those behind the gap go on."""
MAX_GAP = 2
"""Numbers in a row that it may miss."""
NEAR = 4
"""Paragraphs within which a heading belongs to the one before it."""


def choose_headings(lines: Sequence[Candidate], *, trusted: bool = False, signs: bool = True) -> list[Found]:
    """Which of the candidate lines are headings, in order.

    Args:
        lines: the candidate lines (others only cost time), with their indexes in the whole text.
        trusted: the lines carry heading markup, so bare numerals need not be a series.
        signs: signs that recur (`☆、`) and any word with a number (`Day 1`) count where nothing else is found; not
            within a chapter that the contents name.
    """
    candidates = [(line, heading) for line in lines if (heading := parse_heading(line.text))]
    strong = [(line, h) for line, h in candidates if h.style in STRONG]
    kept = _drop_odd_ones_out(strong)
    kept = _with_unmarked(kept, strong, [(line, h) for line, h in candidates if h.style in UNMARKED])
    kept = _drop_misplaced(_drop_strays(_drop_inner(kept)))
    numbered = [h for _, h in kept if h.style != "special"]
    # Twenty chapters and twenty sections in them: bare numerals are sections of chapters, not their peers.
    if all(h.unit in VOLUMES or h.unit in WITHIN for h in numbered) and not _rising_sections(kept):
        weak = _weak_series(candidates, trusted)
        if signs and not weak and not numbered:
            weak = (
                _worded_series(lines)
                or _parts_in_brackets(lines)
                or _alphabet(lines)
                or _dressed_alike(lines)
            )
        if len(weak) > sum(1 for h in numbered if h.unit in VOLUMES):
            own = {line.index for line, _ in weak}
            others = [pair for pair in kept if pair[0].index not in own]
            kept = _drop_inner(sorted(others + weak, key=lambda pair: pair[0].index))
        if not weak and not trusted and len(kept) < 2:
            kept = [pair for pair in kept if pair[0].alone]
    units = {h.unit for _, h in kept}
    nested = bool(units & VOLUMES) and bool(units - VOLUMES - {"special"})
    found: list[Found] = []
    for line, heading in kept:
        level = 2 if nested and heading.unit not in VOLUMES else 1
        found.append(Found(line.index, heading, level, _repeats(found, heading, line)))
    return found


def _rising_sections(kept: list[Judged]) -> bool:
    """Whether 第一节, 第二节, … count through the book: then they are its chapters."""
    counts = [h.number or 0 for _, h in kept if h.unit in WITHIN and h.unit not in VOLUMES]
    return len(counts) > 1 and all(a < b for a, b in pairwise(counts))


def _repeats(found: list[Found], heading: Heading, line: Candidate) -> bool:
    """Web novels print a title twice: once by the site and once by the author, on the next line."""
    if not found or heading.number is None:
        return False
    last = found[-1]
    same = last.heading.unit == heading.unit and last.heading.number == heading.number
    return same and line.index - last.index <= 2


def _drop_odd_ones_out(strong: list[Judged]) -> list[Judged]:
    """A title without a space after its number counts where all are written so, or where it fills a gap."""
    by_unit: dict[str, list[Judged]] = {}
    for line, heading in strong:
        by_unit.setdefault(heading.unit, []).append((line, heading))
    dropped: set[int] = set()
    for members in by_unit.values():
        manners = Counter(h.style for _, h in members)
        if not manners["glued"]:
            continue
        clear = [h.number for _, h in members if h.style == "separated"]
        ends = Counter(_ends_a_sentence(line.text) for line, h in members if h.style == "glued")
        last: int | None = None
        for position, (line, heading) in enumerate(members):
            if heading.style == "separated":
                last = heading.number
                continue
            following = next((h.number for _, h in members[position + 1 :] if h.style == "separated"), None)
            fills = heading.number not in (last, following) and (
                (last is not None and heading.number == last + 1)
                or (last is None and heading.number == 1)
                or (following is not None and heading.number == following - 1)
            )
            series = not clear and manners["glued"] >= 2 and _goes_on(members, position)
            sentence = _ends_a_sentence(line.text) and ends[False] > 0
            if ((fills and (clear or series)) or series) and not sentence:
                last = heading.number
            else:
                dropped.add(line.index)
    return [(line, h) for line, h in strong if line.index not in dropped]


def _ends_a_sentence(text: str) -> bool:
    return sentence_like(text) and not text.rstrip().endswith(".")


# --- numbers without 第 ---------------------------------------------------------------------------------


def _with_unmarked(kept: list[Judged], strong: list[Judged], unmarked: list[Judged]) -> list[Judged]:
    """Add `三章 雨夜` where it continues the chapters that have their 第, or where such lines are a series.

    Args:
        strong: `kept` and what was dropped of them: 第三章掌柜 counts where 2章枣树 and 4章雪路 stand around it.
    """
    added: list[Judged] = []
    for unit in {h.unit for _, h in unmarked}:
        own = [pair for pair in unmarked if pair[1].unit == unit]
        marked = [pair for pair in kept if pair[1].unit == unit and pair[1].style != "special"]
        places = {line.index for line, _ in marked}
        doubtful = [pair for pair in strong if pair[1].unit == unit and pair[0].index not in places]
        mixed = sorted(own + doubtful + marked, key=lambda pair: pair[0].index)
        series = _series_of_its_own(mixed) if len(marked) <= len(doubtful) else []
        found = series or (_filling(marked, own) if marked else [])
        added += [pair for pair in found if pair[0].index not in places]
    return sorted(kept + added, key=lambda pair: pair[0].index) if added else kept


def _filling(marked: list[Judged], unmarked: list[Judged]) -> list[Judged]:
    """Those that go on from the heading before them, and do not take a number that the next one has."""
    merged = sorted(marked + unmarked, key=lambda pair: pair[0].index)
    own = {line.index for line, _ in unmarked}
    added: list[Judged] = []
    last: int | None = None
    for position, (line, heading) in enumerate(merged):
        if line.index not in own:
            last = heading.number
            continue
        following = next((h.number for other, h in merged[position + 1 :] if other.index not in own), None)
        goes_on = heading.number == (last or 0) + 1 and following != heading.number
        leads = heading.number == (following or 0) - 1 and last != heading.number
        both = goes_on and (leads or following is None)
        fits = both if heading.style == "loose" else (goes_on or leads)
        if fits:
            added.append((line, heading))
            last = heading.number
    return added


def _series_of_its_own(members: list[Judged]) -> list[Judged]:
    """Numbers that rise, most of them by one; they may begin anew with a volume."""
    separated = [pair for pair in members if pair[1].style in ("unmarked", "separated")]
    best: list[Judged] = []
    for run in (separated, members):
        rising: list[Judged] = []
        steps = 0
        for position, (line, heading) in enumerate(run):
            following = run[position + 1][1].number if position + 1 < len(run) else None
            last = rising[-1][1].number if rising else None
            number = heading.number or 0
            anew = number == 1 and following == 2
            if last is not None and number <= last and not anew:
                continue
            if last is not None and run is not separated and number != last + 1 and not anew:
                continue  # without a blank behind it only the next number will do
            steps += last is not None and (number == last + 1 or anew)
            rising.append((line, heading))
        enough = len(rising) >= MIN_WEAK or (len(rising) == 2 and rising[0][1].number in (0, 1))
        if enough and steps * 3 >= len(rising) - 1 and not _packed(rising) and len(rising) > len(best):
            best = rising
    return best


# --- lines inside a chapter -----------------------------------------------------------------------------


def _drop_inner(kept: list[Judged]) -> list[Judged]:
    """Leave quarters, acts, rounds and scenes inside the chapters that are counted around them."""
    main = [
        (line, h)
        for line, h in kept
        if h.style != "special" and h.number is not None and h.unit not in VOLUMES and h.unit not in WITHIN
    ]
    if len(main) < 2:
        return kept
    counted = Counter(h.unit for _, h in main).most_common()
    chapters = [line.index for line, h in main if h.unit == counted[0][0]]
    bounds = [line.index for line, _ in kept]
    dropped: set[int] = set()
    for unit, _ in counted[1:]:
        members = [(line, h) for line, h in main if h.unit == unit]
        if _told_inside(members, chapters):
            dropped.update(line.index for line, _ in members)
    for unit in {h.unit for _, h in kept if h.unit in WITHIN}:
        members = [(line, h) for line, h in kept if h.unit == unit]
        places = [line.index for line, _ in members]
        stays = _holds(members, chapters) if unit in VOLUMES else _divides(places, chapters, bounds)
        if not stays:
            dropped.update(places)
    return [pair for pair in kept if pair[0].index not in dropped]


def _holds(members: list[Judged], chapters: list[int]) -> bool:
    """Whether headings of a unit hold chapters: their numbers rise, and chapters stand between one and the next."""
    places = [line.index for line, _ in members]
    before = sum(1 for place in places if any(place < c <= place + 2 for c in chapters))
    if before * 3 >= 2 * len(places):
        return True
    if len(places) < 2:
        return False
    rising = all((a[1].number or 0) <= (b[1].number or 0) for a, b in pairwise(members))
    apart = sum(1 for a, b in pairwise(places) if any(a < c < b for c in chapters))
    return rising and apart == len(places) - 1


def _told_inside(members: list[Judged], chapters: list[int]) -> bool:
    """Whether a second unit is a tale within chapters: it counts up inside one and never on through the next."""
    inside = [sum(1 for c in chapters if c < line.index) for line, _ in members]
    starts_anew = all(
        a == b or (second[1].number or 0) <= (first[1].number or 0)
        for (a, b), (first, second) in zip(pairwise(inside), pairwise(members), strict=True)
    )
    places = [line.index for line, _ in members]
    short = (
        len(places) < 2 or places[-1] - places[0] < MIN_SECTION * (len(places) - 1) or len(set(inside)) > 1
    )
    return (
        starts_anew and short and members[0][1].number == 1 and inside[0] > 0 and inside[-1] < len(chapters)
    )


def _divides(places: list[int], chapters: list[int], bounds: list[int]) -> bool:
    """Whether a unit divides chapters into parts worth a mark: right under most chapters, and long."""
    under = sum(1 for chapter in chapters if any(chapter < place <= chapter + 2 for place in places))
    lengths = [min((b for b in bounds if b > place), default=place + MIN_SECTION) - place for place in places]
    return under * 2 >= len(chapters) and sum(lengths) >= MIN_SECTION * len(lengths)


def _drop_strays(kept: list[Judged]) -> list[Judged]:
    """A number out of turn right beside another heading: `Chapter 9` of a report, between chapters 2 and 3."""
    result: list[Judged] = []
    for position, (line, heading) in enumerate(kept):
        before = next((p for p in reversed(kept[:position]) if p[1].unit == heading.unit), None)
        after = next((p for p in kept[position + 1 :] if p[1].unit == heading.unit), None)
        if before and after and heading.style != "special" and before[1].number and after[1].number:
            out_of_turn = after[1].number == before[1].number + 1 and heading.number not in (
                before[1].number,
                after[1].number,
            )
            near = line.index - before[0].index <= NEAR or after[0].index - line.index <= NEAR
            if out_of_turn and near:
                continue
        result.append((line, heading))
    return result


_AT_THE_END = any_of("closing")


def _drop_misplaced(kept: list[Judged]) -> list[Judged]:
    """An appendix or afterword after which the chapters count on is a section within a chapter."""
    result = []
    last: dict[str, int] = {}
    for position, (line, heading) in enumerate(kept):
        if heading.style == "special" and _AT_THE_END.fullmatch(heading.unit):
            following = next(
                (h for _, h in kept[position + 1 :] if h.number is not None and h.style != "special"), None
            )
            if (
                following is not None
                and following.number is not None
                and last.get(following.unit) == following.number - 1
            ):
                continue
        elif heading.number is not None:
            last[heading.unit] = heading.number
        result.append((line, heading))
    return result


def _goes_on(members: list[Judged], position: int) -> bool:
    """Whether a neighbour of the series has the number before or after."""
    number = members[position][1].number
    near = [members[i][1].number for i in (position - 1, position + 1) if 0 <= i < len(members)]
    return number is not None and any(n is not None and abs(n - number) <= 1 for n in near)


# --- series without a word for chapter ------------------------------------------------------------------


def _weak_series(candidates: list[Judged], trusted: bool) -> list[Judged]:
    """The longest series 1, 2, 3, … of one manner; lines within text are not taken."""
    weak = [(line, h) for line, h in candidates if h.style in ("bare", "numbered") and line.alone]
    best: list[Judged] = []
    for unit in dict.fromkeys(h.unit for _, h in weak):
        runs = _counted([pair for pair in weak if pair[1].unit == unit], 2 if trusted else MIN_WEAK)
        better = len(runs) > len(best) or (unit in TITLED and runs and len(runs) == len(best))
        if better and (trusted or not _packed(runs)):
            best = runs
    return best or (_further_series(weak) if not trusted else [])


def _further_series(weak: list[Judged]) -> list[Judged]:
    """The longest series that does not begin with one: the letters of a second volume, 214., 215., …"""
    best: list[Judged] = []
    for unit in dict.fromkeys(h.unit for _, h in weak):
        members = [pair for pair in weak if pair[1].unit == unit and pair[1].number]
        for position in range(len(members) - MIN_FURTHER + 1):
            if len(members) - position <= len(best):
                break
            first = members[position][1].number or 0
            if (members[position + 1][1].number or 0) != first + 1:
                continue
            runs = _counted(members[position:], MIN_FURTHER, first)
            if len(runs) > len(best) and not _packed(runs):
                best = runs
    return best


TITLED = ("numbered", "han numbered", "roman numbered", "spelled numbered")
"""Numbers with a title behind them: of a number and the same number with its title the second is the heading."""
_LETTER = re.compile("[A-Z]")


def _alphabet(lines: Sequence[Candidate]) -> list[Judged]:
    """Single letters in their order, each on a line of its own, as a dictionary has them."""
    letters = [
        (line, Heading("letter", ord(line.text.strip()) - 64, "bare", ""))
        for line in lines
        if line.alone and _LETTER.fullmatch(line.text.strip())
    ]
    series = _counted(letters, MIN_FURTHER)
    return [] if _packed(series) else series


def _counted(members: list[Judged], least: int, first: int = 1) -> list[Judged]:
    """The lines that count up by one from the first, and from one again in a further part.

    A line that ends as a sentence does (`3. Who Is There?`) counts where no other has its number. One number may be
    missing where the next two go on, and two in a row where the next three do.

    Args:
        first: number of the first.
    """
    clear = {h.number for line, h in members if not sentence_like(line.text)}
    members = [
        (line, h) for line, h in members if not sentence_like(line.text) or not clear or h.number not in clear
    ]
    series: list[Judged] = []
    runs: list[Judged] = []
    for position, (line, heading) in enumerate(members):
        behind = [h.number for _, h in members[position + 1 : position + 1 + MAX_GAP]]
        following = behind[0] if behind else None
        expected = (series[-1][1].number or 0) + 1 if series else first
        number = heading.number or 0
        missing = range(expected, number)
        behind_gap = (
            len(series) >= MIN_BEFORE_GAP
            and 0 < len(missing) <= MAX_GAP
            and behind[: len(missing)] == [number + 1 + k for k in range(len(missing))]
        )
        if heading.number == expected or (
            behind_gap and all(h.number not in missing for _, h in members[position:])
        ):
            series.append((line, heading))
        elif heading.number == 1 and len(series) > 1 and following == 2:  # the next part counts anew
            runs += series if len(series) >= MIN_WEAK else []
            series = [(line, heading)]
    return runs + (series if len(series) >= least else [])


def _packed(series: list[Judged]) -> bool:
    """Whether nothing stands between most lines of a series: a list."""
    gaps = [b[0].index - a[0].index for a, b in pairwise(series)]
    return bool(gaps) and sum(1 for gap in gaps if gap <= 1) > 0.6 * len(gaps)


_KNOWN = list(LANGUAGES.values())
_WORDED = (
    re.compile(
        r"(?P<unit>[A-ZÀ-Þ][A-Za-zÀ-ÿ]{0,11})"
        rf"(?:\s+(?P<number>{'|'.join(r.heading_number for r in _KNOWN if r.spaced)})|[.\s_-]?(?P<digits>\d{{1,4}}))"
        r"(?P<end>[.:]?|\s*[.:—–-]\s*(?P<title>\S.{0,60}))"
    ),
    re.compile(
        rf"第(?P<number>{'|'.join(r.heading_number for r in _KNOWN if not r.spaced)})(?P<unit>[^\s\d，。：:、]{{0,2}})"
        r"(?P<end>[\s:：、.．·—–-]+(?P<title>\S.{0,24}))?"
    ),
)


def _worded_series(lines: Sequence[Candidate]) -> list[Judged]:
    """Any word with a number that counts up through the book: `Day 1`, `Letter I`, 第一夜."""
    members: list[Judged] = []
    for line in lines:
        text = " ".join(line.text.split())
        match = next((m for pattern in _WORDED if (m := pattern.fullmatch(text))), None)
        number = read_numeral(match["number"] or match.groupdict().get("digits") or "") if match else None
        if match and number and not sentence_like(text):
            members.append(
                (line, Heading(match["unit"].casefold(), number, "numbered", match["title"] or ""))
            )
    best: list[Judged] = []
    for unit in dict.fromkeys(h.unit for _, h in members):
        runs = _counted([pair for pair in members if pair[1].unit == unit], MIN_WEAK)
        if len(runs) > len(best) and not _packed(runs):
            best = runs
    return best


_PART_IN_BRACKETS = re.compile(
    r"(?P<title>\S.{0,39}?)\s*[（(](?P<number>\d{1,3}|[一二三四五六七八九十]{1,3})[)）]"
)


def _parts_in_brackets(lines: Sequence[Candidate]) -> list[Judged]:
    """Titles whose parts are counted behind them, as a site cuts its chapters: 自序（1）, 自序（2）, 开店（1）, …"""
    members: list[Judged] = []
    for line in lines:
        match = _PART_IN_BRACKETS.fullmatch(" ".join(line.text.split()))
        if match and line.alone and not match["title"].endswith(("。", ".", "，", ",", "：", ":")):
            members.append((line, Heading(match["title"], read_numeral(match["number"]), "numbered", "")))
    on = sum(
        1
        for (_, a), (_, b) in pairwise(members)
        if (b.unit == a.unit and b.number == (a.number or 0) + 1) or (b.unit != a.unit and b.number == 1)
    )
    goes_on = len({h.unit for _, h in members}) >= 2 and on >= MIN_WEAK and on >= 0.7 * (len(members) - 1)
    return members if goes_on and not _packed(members) else []


_BARE_UNIT = any_of("bare_units", r"(?P<unit>{})(?P<sep>\s*[-—–:：·、.．]+\s*|\s+)(?P<title>\S.{{0,40}})")
MAX_DRESSED = 40
"""Characters (20 of Chinese) of a title that is known by the signs around it alone."""
HEAD = 12
"""Paragraphs within which the first such title stands; a notice in the middle of a book is none."""


def _dressed_alike(lines: Sequence[Candidate]) -> list[Judged]:
    """Titles known by one sign that recurs through a book without numbers: `☆、纸船`, `== Rain ==`, 章节-纸船."""
    by_dress: dict[tuple[str, str], list[Judged]] = {}
    for line in lines:
        text = " ".join(line.text.split())
        unit = _BARE_UNIT.fullmatch(text)
        lead, tail, title = (
            (unit["unit"] + unit["sep"].strip(), "", unit["title"]) if unit else dress_of(text)
        )
        if (lead or tail) and 0 < len(title) <= (MAX_DRESSED // 2 if count_han(title) else MAX_DRESSED):
            by_dress.setdefault((lead, tail), []).append(
                (line, Heading(lead or tail, None, "numbered", title))
            )
    fitting = [members for members in by_dress.values() if _through_the_book(members, lines[-1].index)]
    return max(fitting, key=len, default=[])


def _through_the_book(members: list[Judged], last: int) -> bool:
    titles = [h.title for _, h in members]
    sentences = sum(
        1
        for title in titles
        if re.search(r"[。！!，,；;…：:]$|[。；]", title) or not any(map(str.isalnum, title))
    )
    gaps = [b[0].index - a[0].index for a, b in pairwise(members)]
    return (
        len(members) >= MIN_WEAK
        and sentences == 0
        and len(set(titles)) >= 0.7 * len(titles)
        and members[0][0].index <= max(HEAD, last // 20)
        and min(gaps) >= 2
    )


# --- contents -------------------------------------------------------------------------------------------


def contents_runs(found: Sequence[Found], gap: int = 1) -> list[tuple[int, int]]:
    """Runs of headings with nothing between them, whose titles come again later: a table of contents.

    Args:
        gap: how far the indexes of neighbours may lie apart (1: adjacent lines).

    Returns:
        Pairs of positions in `found`, first and past the last.
    """
    runs: list[tuple[int, int]] = []
    begin = 0
    while begin < len(found):
        end = begin + 1
        seen = {_key(found[begin].heading)}
        while (
            end < len(found)
            and found[end].index - found[end - 1].index <= gap
            and _key(found[end].heading) not in seen
        ):
            seen.add(_key(found[end].heading))
            end += 1
        if end - begin >= 3:
            later = {_key(f.heading) for f in found[end:]}
            again = sum(1 for f in found[begin:end] if _key(f.heading) in later)
            if again >= 0.6 * (end - begin):
                # the last line of the run may be the first true heading, when it does not come again
                last = end if _key(found[end - 1].heading) in later else end - 1
                runs.append((begin, last))
        begin = end
    return runs


def _key(heading: Heading) -> tuple[str, int | None, str]:
    special = re.sub(r"\W", "", heading.title) if heading.number is None else ""
    return heading.unit, heading.number, special
