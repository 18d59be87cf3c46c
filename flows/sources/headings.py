"""Chapter headings recognised by their words: `第十二回 …`, `CHAPTER IV. …`, `楔子`, `Epilogue`, `XII`.

One line alone cannot be judged: 第二回他又来了 is a sentence and 第二章归来 is a title. `parse_heading` says what
a line would be if it were a heading; `flows.sources.choosing` weighs the lines of a book against each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from flows.sources.titles import dressed, notes_in, without
from flows.sources.words import WORDS, Words, all_of, any_of
from normalizers.english.headings import SHORT
from normalizers.languages import LANGUAGES, Language
from normalizers.numerals import read_numeral
from normalizers.roman import PATTERN as ROMAN
from normalizers.scripts import count_han

Style = Literal["separated", "glued", "special", "unmarked", "loose", "bare", "numbered"]
STRONG: tuple[Style, ...] = ("separated", "glued", "special")
"""Manners that tell a heading by themselves, but for a glued title, which needs its like or a gap to fill."""
UNMARKED: tuple[Style, ...] = ("unmarked", "loose")
"""三章 雨夜 and 三章雨夜: without 第, they need a series that they continue."""
MAX_TITLE = 60
"""Characters (twice that for Latin letters) above which a line is a paragraph, not a title."""
MAX_LONG_TITLE = 400
"""Characters of a title that tells what happens (`CHAPTER VI. In which …`), behind a number that fills a gap."""

_SENTENCE_END = re.compile(r"[。；;，,、：:]$")
_BODY_MARK = re.compile("[。；]|[，,].*[，,].*[，,]")
_SEPARATOR = r"[\s:：、.．·・‧•—–\-_,，|]"


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may be a heading: its unit (章, chapter, …; empty for bare numerals), number and manner."""

    unit: str
    number: int | None
    style: Style
    title: str


@dataclass(frozen=True, slots=True)
class SpacedManner:
    """How headings are written where blanks part words: `CHAPTER IV. The Duel`, `Epilogue`."""

    numbered: re.Pattern[str]
    section: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class UnspacedManner:
    """How they are written where none do: 第十二回 春归, 卷上, 楔子, 番外第一章, 三十章 雨夜."""

    numbered: tuple[re.Pattern[str], ...]
    section: re.Pattern[str]
    extra: re.Pattern[str]
    unmarked: tuple[re.Pattern[str], ...]
    compounds: re.Pattern[str]


def spaced_manner(record: Language, words: Words) -> SpacedManner:
    number = record.heading_number
    sections = "|".join(part for part in (words.sections, words.extras) if part)
    return SpacedManner(
        re.compile(
            rf"(?P<unit>{record.heading_units})(?:[\s.:#№_–-]+(?:no\.?\s*)?[(\[]?|(?=\d))(?P<number>{number})[)\]]?"
            r"(?P<end>(?![^\W_])[\s.:;,—–_-]*)(?P<title>.*)",
            re.I | re.S,
        ),
        re.compile(
            rf"(?P<word>{sections})(?:[\s#]+(?P<number>{number})(?![^\W_]))?(?P<end>\b[\s.:—–-]*)(?P<title>.*)",
            re.I | re.S,
        ),
    )


def unspaced_manner(record: Language, words: Words) -> UnspacedManner:
    number, units = record.heading_number, record.heading_units
    boxed = rf"[（(【\[「]?\s*(?P<number>{number})\s*[)）】\]」]?"
    counted = (
        rf"(?:{_SEPARATOR}*第\s*(?P<of>{number})\s*(?:{units})|\s*[（(【\[]?(?P<number>{number})[)）】\]]?)?"
    )
    separated = rf"(?P<sep>(?:{_SEPARATOR}|[(（])+|之|$)"
    return UnspacedManner(
        (
            re.compile(
                rf"(?P<lead>正文\s*|[《〈][^》〉]{{1,20}}[》〉]\s*|[^\s第，。]{{1,12}}\s+)?"
                rf"第\s*{boxed}\s*(?P<unit>{units})"
                rf"(?P<sep>{_SEPARATOR}*)(?P<title>.*)",
                re.S,
            ),
            re.compile(
                rf"(?P<unit>卷)\s*之?\s*(?P<number>{number}|[上中下])(?P<sep>{_SEPARATOR}*)(?P<title>.*)",
                re.S,
            ),
            re.compile(
                rf"(?P<number>[上中下])(?P<unit>[篇部卷册冊])(?P<sep>{_SEPARATOR}+|$)(?P<title>.*)",
                re.S,
            ),
        ),
        re.compile(
            rf"(?P<word>{words.sections}){counted}{separated}(?P<title>.*)",
            re.S,
        ),
        re.compile(
            rf"(?P<word>{words.extras}){counted}{separated.replace('|$)', '|$)?')}(?P<title>.*)",
            re.S | re.I,
        ),
        (
            re.compile(
                rf"(?P<number>{number})\s*(?P<unit>{units})(?P<sep>{_SEPARATOR}*)(?P<title>.*)",
                re.S,
            ),
            re.compile(
                rf"(?P<unit>{units})\s*(?P<number>{number})(?P<sep>{_SEPARATOR}+|$)(?P<title>.*)",
                re.S,
            ),
        ),
        re.compile(words.compounds or "(?!)"),
    )


_KNOWN = [(record, words) for words in WORDS if (record := LANGUAGES.get(words.code)) is not None]
_UNSPACED = [unspaced_manner(record, words) for record, words in _KNOWN if not record.spaced]
_SPACED = [spaced_manner(record, words) for record, words in _KNOWN if record.spaced]

_CHARACTERS = "|".join(record.number_words for record, _ in _KNOWN if not record.spaced)
_SPELLED_WORDS = "|".join(record.number_words for record, _ in _KNOWN if record.spaced)
_BARE = re.compile(
    rf"[(（\[【]?\s*(?:(?P<roman>{ROMAN})|(?P<digits>\d{{1,4}})|(?P<han>{_CHARACTERS}))\s*[)）\]】]?[.．、。]?"
)
MAX_BARE = 4
"""Characters of a number that is a heading by itself, or stands behind 第 at the end of one."""
_SPELLED = re.compile(_SPELLED_WORDS, re.I)
_BEHIND = r"(?P<sep>\s*[)）\]】]\s*[、.．:：]?\s*|\s*[、.．:：_–—-]\s*|\s+)"
_NUMBERED = re.compile(rf"[(（\[【]?(?P<number>\d{{1,4}}){_BEHIND}(?P<title>\S.{{0,60}})")
_HAN_NUMBERED = re.compile(rf"[(（\[【]?(?P<number>{_CHARACTERS}){_BEHIND}(?P<title>\S.{{0,24}})")
_ROMAN_NUMBERED = re.compile(rf"(?P<number>{ROMAN})(?P<sep>\s*[.:)—–-]\s*|\s+)(?P<title>\S.{{0,60}})")
_SPELLED_NUMBERED = re.compile(
    rf"(?P<number>{_SPELLED_WORDS})(?P<sep>\s*[.:—–-]\s*)(?P<title>\S.{{0,60}})", re.I
)
MAX_HAN_NUMBERED = 5
_TITLE_FIRST = re.compile(rf"(?P<title>[^\s，。：；第]{{1,8}})第(?P<number>{_CHARACTERS})")
"""逍遥游第一: the manner of the classics."""
_NUMBER_SIGN = re.compile(r"[#№]\s*(?=\d)|No\.?\s*(?=\d)")


@lru_cache(maxsize=1 << 15)
def parse_heading(text: str) -> Heading | None:
    """What kind of heading a line would be if it were one; None for lines that cannot be.

    Ornaments around it and what its title tells of votes and word counts do not count.

    >>> parse_heading("第一封信") is None
    True
    """
    line = " ".join(text.split())
    if not line or len(line) > MAX_LONG_TITLE or (count_han(line) > MAX_TITLE * 0.75):
        return None
    if len(line) > 2 * MAX_TITLE:
        found = next((h for manner in _SPACED if (h := parse_spaced(line, manner))), None)
        return found if found and found.unit not in VOLUMES and found.unit not in WITHIN else None
    line = without(line, notes_in(line))
    found = _parse_strong(line)
    if found is not None:
        return found
    begin, end = dressed(line)
    inner = line[begin:end]
    if inner and inner != line and (found := _parse_strong(inner)) is not None:
        return found
    return _parse_bare(line) or (_parse_bare(inner) if inner and inner != line else None)


def _parse_strong(line: str) -> Heading | None:
    found = next((h for manner in _UNSPACED if (h := parse_unspaced(line, manner))), None)
    return found or next((h for manner in _SPACED if (h := parse_spaced(line, manner))), None)


_BOX = re.compile(r"[【\[「『〖（(〔《<]\s*([^】\]」』〗）)〕》>]+?)\s*[】\]」』〗）)〕》>]\s*(.*)")


def parse_unspaced(line: str, manner: UnspacedManner) -> Heading | None:
    bracketed = _BOX.fullmatch(line)
    if bracketed:  # 【第一章 开始】, 【第一章】开始, 【番外】旧友
        opened = f"{bracketed.group(1).strip()} {bracketed.group(2).strip()}".strip()
        line = (
            opened if opened[:1] == "第" or not bracketed.group(2) or manner.section.match(opened) else line
        )
    extra = _extra(line, manner)
    if extra is not None:
        return extra
    for pattern in manner.numbered:
        match = pattern.fullmatch(line)
        if match:
            return _numbered(match, manner)
    section = manner.section.fullmatch(line)
    if section and _is_short(line):
        return _special(section)
    for pattern in manner.unmarked:
        match = pattern.fullmatch(line)
        if match:
            return _unmarked(match, manner)
    return None


def _numbered(match: re.Match[str], manner: UnspacedManner) -> Heading | None:
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
    if style == "glued" and _goes_on(match, title, manner):
        return None
    raw = match.group("number")
    number = {"上": 1, "中": 2, "下": 3}.get(raw) or read_numeral(raw)
    return Heading(_same_unit(match.group("unit")), number, style, title)


def _goes_on(match: re.Match[str], title: str, manner: UnspacedManner) -> bool:
    """Whether the words go on behind the unit: 第一章的内容, 第二部分, 第三回合."""
    return title[:1] in "的了里中內内上下得地之是" or bool(
        manner.compounds.match(match.group("unit") + title[:2])
    )


def _unmarked(match: re.Match[str], manner: UnspacedManner) -> Heading | None:
    title, number = match.group("title").strip(), read_numeral(match.group("number"))
    if not number or len(title) > 30 or _sentence(title):
        return None
    glued = bool(title) and not match.group("sep")
    if glued and (_goes_on(match, title, manner) or match.group("unit") in title):
        return None  # 一章一章地读
    return Heading(_same_unit(match.group("unit")), number, "loose" if glued else "unmarked", title)


def _extra(line: str, manner: UnspacedManner) -> Heading | None:
    """番外第一章 旧友, 番外一, 番外·雨夜, 番外之新居, and without any mark 番外旧友."""
    match = manner.extra.fullmatch(line)
    if not match or not _is_short(line):
        return None
    title = match.group("title")
    glued = title and not match.group("sep")
    if glued and (
        len(match.group("word")) > 3 or len(title) > 12 or title[0] in _WORDS_GO_ON or _sentence(title)
    ):
        return None
    return _special(match)


_WORDS_GO_ON = "的是里裡中了有和也都就被给太很写寫看更还還却卻不没沒到在会會要"


def _special(match: re.Match[str]) -> Heading:
    raw = match.group("of") or match.group("number")
    number = read_numeral(raw) if raw else None
    return Heading(match.group("word"), number, "special", match.group("title").strip("()（） "))


def _is_short(line: str) -> bool:
    return len(line) <= 30 and not _SENTENCE_END.search(line) and not _BODY_MARK.search(line)


def _sentence(title: str) -> bool:
    return bool(re.search(r"[。！!；;，,、：:…”」]$|[。；]|[，,]", title))


def _same_unit(unit: str) -> str:
    return {"節": "节", "話": "话", "冊": "册", "輯": "辑"}.get(unit, unit)


def parse_spaced(line: str, manner: SpacedManner) -> Heading | None:
    bare = line.strip("*_= —–-")
    match = manner.numbered.fullmatch(bare)
    if match:
        return _numbered_spaced(match, bare)
    match = manner.section.fullmatch(bare)
    if match and (bare[0].isupper()):
        title = match.group("title").strip()
        if title and (not re.search(r"[.:—–-]", match.group("end")) or not _title_like(title)):
            return None
        number = read_numeral(match.group("number")) if match.group("number") else None
        return Heading(match.group("word").lower(), number, "special", title)
    return None


def _numbered_spaced(match: re.Match[str], line: str) -> Heading | None:
    title, end = match.group("title").strip(), match.group("end")
    number = read_numeral(match.group("number"))
    if number is None:
        return None
    written = match.group("unit").lower()
    unit = SHORT.get(written, written)
    if title:
        if not end or "," in end:
            return None
        if not re.search(r"[.:;,—–_-]", end) and not (
            title[0].isupper() or title[0] in "\"'“‘(0123456789" or count_han(title[0])
        ):
            return None  # Part 2 was worse
        if not _title_like(title):
            # `CHAPTER 50. Ahab’s Boat and Crew. Fedallah.`: doubtful, so it must fill a gap in the series
            doubtful = re.search(r"[.:—–-]", end) and not title.endswith((",", ";"))
            return Heading(unit, number, "glued", title) if doubtful else None
    return Heading(unit, number, "separated", title)


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
    return _parse_numbered(_NUMBER_SIGN.sub("", line, count=1) if line[:1] in "#№N" else line)


def _parse_numbered(line: str) -> Heading | None:
    """A number and a title without a word that says chapter: 3、雨夜, `IV. The Duel`, `One: The Road`, 逍遥游第一."""
    match = _TITLE_FIRST.fullmatch(line)
    if match and len(match.group("number")) <= MAX_BARE:
        return Heading("title first", read_numeral(match.group("number")), "numbered", match.group("title"))
    match = _NUMBERED.fullmatch(line)
    if match and _fits(match):
        return Heading("numbered", int(match.group("number")), "numbered", match.group("title"))
    match = _HAN_NUMBERED.fullmatch(line)
    if match and len(match.group("number")) <= MAX_HAN_NUMBERED and _fits(match):
        number = read_numeral(match.group("number"))
        return Heading("han numbered", number, "numbered", match.group("title")) if number else None
    for unit, pattern in (("roman numbered", _ROMAN_NUMBERED), ("spelled numbered", _SPELLED_NUMBERED)):
        match = pattern.fullmatch(line)
        if match and match.group("number") and line[0].isupper() and _fits(match):
            title = match.group("title")
            if title[0].isupper() or title[0] in "“\"‘'":
                return Heading(unit, read_numeral(match.group("number")), "numbered", title)
    return None


def _fits(match: re.Match[str]) -> bool:
    """Whether what follows a bare number can be a title. A question can; that it continues the series must be seen."""
    title = match.group("title")
    if re.search(r"[。；;，,：:”」]$", title) or (
        title[0].isdigit() and match.group("sep").strip() in (":", "：")
    ):
        return False  # 3:0
    short = len(title) <= 40 if not count_han(title) else len(title) <= 24
    return short or _title_like(title)


_CONTENTS_WORDS = any_of("contents")
VOLUMES = all_of("holders")
"""Units that hold chapters where chapters exist as well."""
WITHIN = all_of("within")
"""Units that divide a chapter where chapters exist as well."""


def is_contents_title(text: str) -> bool:
    """`Contents`, `Table of Contents`, `目录`, `目 錄`, `目次`."""
    return bool(_CONTENTS_WORDS.fullmatch(text.strip()))


def sentence_like(text: str) -> bool:
    """Whether a line ends as a sentence does."""
    return text.rstrip().endswith(("。", "！", "？", "…", "”", "」", "!", "?", "."))
