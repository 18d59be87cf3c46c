"""Chapter headings recognised by their words: `第十二回 …`, `CHAPTER IV. …`, `楔子`, `Epilogue`, `XII`.

One line alone cannot be judged: 第二回他又来了 is a sentence and 第二章归来 is a title. So candidates are
collected first (`parse_heading`) and then weighed against each other (`choose_headings`): numbers that go
on, one manner of writing throughout the book, text between one heading and the next.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flows.sources.words import WORDS, Words, all_of, any_of
from normalizers.languages import LANGUAGES, Language
from normalizers.numerals import read_numeral
from normalizers.roman import PATTERN as ROMAN
from normalizers.scripts import count_han

Style = Literal["separated", "glued", "special", "bare", "numbered"]
MAX_TITLE = 60
"""Characters (twice that for Latin letters) above which a line is a paragraph, not a title."""

_SENTENCE_END = re.compile(r"[。；;，,、：:]$")
_BODY_MARK = re.compile("[。；]|[，,].*[，,].*[，,]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may be a heading: its unit (章, chapter, …; empty for bare numerals), number and manner."""

    unit: str
    number: int | None
    style: Style
    title: str


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


@dataclass(frozen=True, slots=True)
class SpacedManner:
    """How headings are written where blanks part words: `CHAPTER IV. The Duel`, `Epilogue`."""

    numbered: re.Pattern[str]
    section: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class UnspacedManner:
    """How they are written where none do: 第十二回 春归, 卷上, 楔子."""

    numbered: tuple[re.Pattern[str], ...]
    section: re.Pattern[str]


def spaced_manner(record: Language, words: Words) -> SpacedManner:
    return SpacedManner(
        re.compile(
            rf"(?P<unit>{record.heading_units})\s+(?P<number>{record.heading_number})"
            r"(?P<end>\b[\s.:;,—–-]*)(?P<title>.*)",
            re.I | re.S,
        ),
        re.compile(rf"(?P<word>{words.sections})(?P<end>\b[\s.:—–-]*)(?P<title>.*)", re.I | re.S),
    )


def unspaced_manner(record: Language, words: Words) -> UnspacedManner:
    number = record.heading_number
    return UnspacedManner(
        (
            re.compile(
                rf"(?P<lead>正文\s*|[《〈][^》〉]{{1,20}}[》〉]\s*|[^\s第，。]{{1,12}}\s+)?"
                rf"第\s*(?P<number>{number})\s*(?P<unit>{record.heading_units})"
                r"(?P<sep>[\s:：、.．·・—–\-,，|]*)(?P<title>.*)",
                re.S,
            ),
            re.compile(
                rf"(?P<unit>卷)\s*之?\s*(?P<number>{number}|[上中下])(?P<sep>[\s:：、.．·—–\-]*)(?P<title>.*)",
                re.S,
            ),
        ),
        re.compile(
            rf"(?P<word>{words.sections})(?P<number>{number})?(?P<sep>[\s:：、.．·—–\-(（]+|$)(?P<title>.*)",
            re.S,
        ),
    )


_KNOWN = [(record, words) for words in WORDS if (record := LANGUAGES.get(words.code)) is not None]
_UNSPACED = [unspaced_manner(record, words) for record, words in _KNOWN if not record.spaced]
_SPACED = [spaced_manner(record, words) for record, words in _KNOWN if record.spaced]

_CHARACTERS = "|".join(record.number_words for record, _ in _KNOWN if not record.spaced)
_BARE = re.compile(
    rf"[(（\[【]?\s*(?:(?P<roman>{ROMAN})|(?P<digits>\d{{1,4}})|(?P<han>{_CHARACTERS}))\s*[)）\]】]?[.．、。]?"
)
MAX_BARE = 4
"""Characters of a number that is a heading by itself, or stands behind 第 at the end of one."""
_SPELLED = re.compile("|".join(record.number_words for record, _ in _KNOWN if record.spaced), re.I)
_NUMBERED = re.compile(r"(?P<number>\d{1,4})(?P<sep>\s*[、.．:：]\s*|\s+)(?P<title>\S.{0,40})")
_HAN_NUMBERED = re.compile(rf"(?P<number>{_CHARACTERS})(?P<sep>\s*[、.．:：]\s*|\s+)(?P<title>\S.{{0,24}})")
MAX_HAN_NUMBERED = 5
_TITLE_FIRST = re.compile(rf"(?P<title>[^\s，。：；第]{{1,8}})第(?P<number>{_CHARACTERS})")
"""逍遥游第一: the manner of the classics."""


def parse_heading(text: str) -> Heading | None:
    """What kind of heading a line would be if it were one; None for lines that cannot be.

    >>> parse_heading("第一封信") is None
    True
    """
    line = " ".join(text.split())
    if not line or len(line) > 2 * MAX_TITLE or (count_han(line) > MAX_TITLE * 0.75):
        return None
    found = next((h for manner in _UNSPACED if (h := parse_unspaced(line, manner))), None)
    found = found or next((h for manner in _SPACED if (h := parse_spaced(line, manner))), None)
    return found or _parse_bare(line)


def parse_unspaced(line: str, manner: UnspacedManner) -> Heading | None:
    bracketed = re.fullmatch(r"[【\[「〖](第[^】\]」〗]+|[^】\]」〗]+(?=[】\]」〗]$))[】\]」〗](.*)", line)
    if bracketed:  # 【第一章 开始】, 【第一章】开始
        line = f"{bracketed.group(1).strip()} {bracketed.group(2).strip()}".strip()
    for pattern in manner.numbered:
        match = pattern.fullmatch(line)
        if not match:
            continue
        title = match.group("title").strip()
        lead = (match.groupdict().get("lead") or "").strip()
        if lead and not title and not match.group("sep").strip() and lead not in ("正文",) and len(lead) > 12:
            return None
        nested = manner.numbered[0].fullmatch(title) if title else None
        if nested and not nested.group("lead"):  # 第一卷 少年 第一章 山村: the finer unit is the chapter
            match, title = nested, nested.group("title").strip()
        if _SENTENCE_END.search(title) or _BODY_MARK.search(title):
            return None
        style: Style = "separated" if match.group("sep") or not title else "glued"
        raw = match.group("number")
        number = {"上": 1, "中": 2, "下": 3}.get(raw) or read_numeral(raw)
        if title[:1] in "的了里中內内上下得地之是" and style == "glued":
            return None  # 第一章的内容, 第二部分: the words go on
        return Heading(_same_unit(match.group("unit")), number, style, title)
    match = manner.section.fullmatch(line)
    if match and len(line) <= 30 and not _SENTENCE_END.search(line) and not _BODY_MARK.search(line):
        return Heading(match.group("word"), None, "special", match.group("title").strip("()（） "))
    return None


def _same_unit(unit: str) -> str:
    return {"節": "节", "話": "话", "冊": "册", "輯": "辑"}.get(unit, unit)


def parse_spaced(line: str, manner: SpacedManner) -> Heading | None:
    bare = line.strip("*_= —–-")
    match = manner.numbered.fullmatch(bare)
    if match:
        title, end = match.group("title").strip(), match.group("end")
        number = read_numeral(match.group("number"))
        if number is None or len(bare) > 2 * MAX_TITLE:
            return None
        if title:
            if not end:
                return None
            if not re.search(r"[.:;,—–-]", end) and not (
                title[0].isupper() or title[0] in "\"'“‘(0123456789" or count_han(title[0])
            ):
                return None  # Part 2 was worse
            if "," in end:
                return None
            if not _title_like(title):
                # `CHAPTER 50. Ahab’s Boat and Crew. Fedallah.`: doubtful, so it must fill a gap in the series
                doubtful = re.search(r"[.:—–-]", end) and len(title) <= 100 and not title.endswith((",", ";"))
                return Heading(match.group("unit").lower(), number, "glued", title) if doubtful else None
        return Heading(match.group("unit").lower(), number, "separated", title)
    match = manner.section.fullmatch(bare)
    if match and (bare[0].isupper()):
        title = match.group("title").strip()
        if title and (not re.search(r"[.:—–-]", match.group("end")) or not _title_like(title)):
            return None
        return Heading(match.group("word").lower(), None, "special", title)
    return None


def _title_like(title: str) -> bool:
    """A title has no sentence in it: no full stop before a further word, no small-letter running text."""
    if len(title) > 80 or re.search(r"[a-z]{3,}[.;]\s+\S", title):
        return False
    if title.endswith((",", ";")):
        return False
    words = re.findall(r"[A-Za-z][\w’']*", title)
    capitals = sum(1 for w in words if w[0].isupper())
    return not (title.endswith(".") and len(words) > 5 and capitals < len(words) / 2) and (
        len(words) <= 6 or capitals >= len(words) / 3
    )


def _parse_bare(line: str) -> Heading | None:
    match = _BARE.fullmatch(line)
    if match and match.group():
        if match.group("roman"):
            return Heading("roman", read_numeral(match.group("roman")), "bare", "")
        if match.group("digits"):
            return Heading("digits", int(match.group("digits")), "bare", "")
        if match.group("han") and len(match.group("han")) <= MAX_BARE:
            number = read_numeral(match.group("han"))
            return Heading("han", number, "bare", "") if number is not None else None
    if _SPELLED.fullmatch(line) and line[0].isupper():
        return Heading("spelled", read_numeral(line), "bare", "")
    match = _TITLE_FIRST.fullmatch(line)
    if match and len(match.group("number")) <= MAX_BARE:
        return Heading("title first", read_numeral(match.group("number")), "numbered", match.group("title"))
    match = _NUMBERED.fullmatch(line)
    if match and not re.search(r"[。；;，,.!?！？]$", match.group("title")):
        return Heading("numbered", int(match.group("number")), "numbered", match.group("title"))
    match = _HAN_NUMBERED.fullmatch(line)
    if (
        match
        and len(match.group("number")) <= MAX_HAN_NUMBERED
        and not re.search(r"[。；;，,.!?！？：:”」]$", match.group("title"))
    ):
        number = read_numeral(match.group("number"))
        return Heading("han numbered", number, "numbered", match.group("title")) if number else None
    return None


# --- choosing -------------------------------------------------------------------------------------------

VOLUMES = all_of("holders")
"""Units that hold chapters where chapters exist as well."""
MIN_WEAK = 3
"""Bare and numbered headings count only as a series of at least this many."""


def choose_headings(lines: Sequence[Candidate], *, trusted: bool = False) -> list[Found]:
    """Which of the candidate lines are headings, in order.

    Args:
        lines: the candidate lines (others only cost time), with their indexes in the whole text.
        trusted: the lines carry heading markup, so bare numerals need not be a series.
    """
    candidates = [(line, heading) for line in lines if (heading := parse_heading(line.text))]
    strong = [(line, h) for line, h in candidates if h.style in ("separated", "glued", "special")]
    kept = _drop_odd_ones_out(strong)
    kept = _drop_misplaced(kept)
    chapters = [h for _, h in kept if h.style != "special"]
    # Twenty chapters and twenty sections in them: bare numerals are sections of chapters, not their peers.
    if not chapters:
        weak = _weak_series([(line, h) for line, h in candidates if h.style in ("bare", "numbered")], trusted)
        kept = sorted(kept + weak, key=lambda pair: pair[0].index) if weak else kept
        if not weak and not trusted and len(kept) < 2:
            kept = [pair for pair in kept if pair[0].alone]
    units = {h.unit for _, h in kept}
    nested = bool(units & VOLUMES) and bool(units - VOLUMES - {"special"})
    found: list[Found] = []
    for line, heading in kept:
        level = 2 if nested and heading.unit not in VOLUMES else 1
        found.append(Found(line.index, heading, level, _repeats(found, heading, line)))
    return found


def _repeats(found: list[Found], heading: Heading, line: Candidate) -> bool:
    """Web novels print a title twice: once by the site and once by the author, on the next line."""
    if not found or heading.number is None:
        return False
    last = found[-1]
    same = last.heading.unit == heading.unit and last.heading.number == heading.number
    return same and line.index - last.index <= 2


def _drop_odd_ones_out(strong: list[tuple[Candidate, Heading]]) -> list[tuple[Candidate, Heading]]:
    """A title without a space after its number counts where all are written so, or where it fills a gap."""
    by_unit: dict[str, list[tuple[Candidate, Heading]]] = {}
    for line, heading in strong:
        by_unit.setdefault(heading.unit, []).append((line, heading))
    dropped: set[int] = set()
    for members in by_unit.values():
        manners = Counter(h.style for _, h in members)
        if not manners["glued"]:
            continue
        clear = [h.number for _, h in members if h.style == "separated"]
        ends = Counter(_sentence_like(line.text) for line, h in members if h.style == "glued")
        last: int | None = None
        for position, (line, heading) in enumerate(members):
            if heading.style == "separated":
                last = heading.number
                continue
            following = next((h.number for _, h in members[position + 1 :] if h.style == "separated"), None)
            fills = heading.number not in clear and (
                (last is not None and heading.number == last + 1)
                or (last is None and heading.number == 1)
                or (following is not None and heading.number == following - 1)
            )
            series = not clear and manners["glued"] >= 2 and _goes_on(members, position)
            sentence = _sentence_like(line.text) and ends[False] > 0
            if ((fills and (clear or series)) or series) and not sentence:
                last = heading.number
            else:
                dropped.add(line.index)
    return [(line, h) for line, h in strong if line.index not in dropped]


_AT_THE_END = any_of("closing")


def _drop_misplaced(kept: list[tuple[Candidate, Heading]]) -> list[tuple[Candidate, Heading]]:
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


def _sentence_like(text: str) -> bool:
    return text.rstrip().endswith(("。", "！", "？", "…", "”", "」", "!", "?"))


def _goes_on(members: list[tuple[Candidate, Heading]], position: int) -> bool:
    """Whether a neighbour of the series has the number before or after."""
    number = members[position][1].number
    near = [members[i][1].number for i in (position - 1, position + 1) if 0 <= i < len(members)]
    return number is not None and any(n is not None and abs(n - number) <= 1 for n in near)


def _weak_series(weak: list[tuple[Candidate, Heading]], trusted: bool) -> list[tuple[Candidate, Heading]]:
    """The longest series 1, 2, 3, … of one manner; lines within text are not taken."""
    best: list[tuple[Candidate, Heading]] = []
    for unit in ("roman", "digits", "spelled", "han", "numbered", "han numbered", "title first"):
        series: list[tuple[Candidate, Heading]] = []
        runs: list[tuple[Candidate, Heading]] = []
        members = [(line, h) for line, h in weak if h.unit == unit and line.alone]
        for position, (line, heading) in enumerate(members):
            following = members[position + 1][1].number if position + 1 < len(members) else None
            expected = (series[-1][1].number or 0) + 1 if series else 1
            if heading.number == expected:
                series.append((line, heading))
            elif heading.number == 1 and len(series) > 1 and following == 2:  # the next part counts anew
                runs += series if len(series) >= MIN_WEAK else []
                series = [(line, heading)]
        runs += series if len(series) >= (2 if trusted else MIN_WEAK) else []
        if len(runs) > len(best):
            best = runs
    return best


_CONTENTS_WORDS = any_of("contents")


def is_contents_title(text: str) -> bool:
    """`Contents`, `Table of Contents`, `目录`, `目 錄`, `目次`."""
    return bool(_CONTENTS_WORDS.fullmatch(text.strip()))


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
