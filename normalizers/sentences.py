"""Where sentences end, where over-long ones may be cut, and the silence each cut deserves."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from normalizers.languages import Language
from normalizers.mixed_text import han_of, latin_of, main_language
from normalizers.scripts import is_han
from normalizers.stops import WORD_BEFORE, Stop

PAUSE_SENTENCE = 0.45
"""Silence after a full stop, in seconds. Narrators pause 0.4 to 0.6 s between sentences of one paragraph."""
PAUSE_EXCLAMATION = 0.45
PAUSE_QUESTION = 0.50
PAUSE_ELLIPSIS = 0.60
PAUSE_COLON = 0.30
PAUSE_SEMICOLON = 0.35
PAUSE_DASH = 0.30
PAUSE_COMMA = 0.20
PAUSE_WORD = 0.08
"""Silence where a sentence had to be cut between two words."""
PAUSE_LINE = 0.60
"""Silence at a line break that no stop precedes (verse, headings)."""
PAUSE_PARAGRAPH = 0.80
"""Silence at an empty line."""

_SHORTEST_SHARE = 0.3
"""A cut leaves at least this share of `max_chars` on either side where the text allows it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]` is one sentence (or clause of a long one); `pause_seconds` is the silence that follows it."""

    start: int
    end: int
    pause_seconds: float


_OPEN = "“「『《〈（(【[{〔"
_CLOSE = "”」』》〉）)】]}〕"
_PAIR = dict(zip(_OPEN, _CLOSE, strict=True))
_CLOSERS = "”」』》〉）)】]}〕\"'’`*_"
_PICTURES = "\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d"
"""Emoji, which belong to the sentence before them; not the ○ of old commentaries."""
_END = re.compile(
    rf"(?P<line>\s*\n\s*)|(?P<stop>[。！？．｡][。！？!?．｡.…]*|…+[。！？!?]*|[!?](?:[。！？!?…]|\s?[.!?])*|"
    rf"\s?\.(?:\s?[.!?])*)"
    rf"(?P<close>(?:[{re.escape(_CLOSERS)}]|\s?''(?=\s|$)|\s?\[\d+\](?![A-Za-z0-9_])|\s?[{_PICTURES}]+)*)(?P<late>"
    rf"[.!?。](?![\w.]))?(?P<close2>[{re.escape(_CLOSERS)}]*)"
)
_CONTINUES = re.compile(r"(?:[a-z](?![A-Z])|\(|[-–—,;:、，；：])")
_MARKER = re.compile(
    r"(?:^|(?<=\s))(?P<bullet>[•◦▪●⁃‣]\s*)?(?:(?P<number>\d{1,3})(?P<n>\.\)|[.)])|(?P<letter>[a-z])(?P<l>"
    r"\.\)|[.)]))(?=\s)"
)


def split_spans(text: str, lang: str = "auto", max_chars: int | None = None) -> list[Sentence]:
    """The sentences of `text`, in order; every character that is not white space lies in exactly one.

    Args:
        text: a paragraph, or a whole text: a line break always ends a sentence.
        lang: a code of `LANGUAGES`, or `auto`; Chinese and Latin sentences are understood side by side in every one.
        max_chars: sentences longer than this are cut at clauses; 0 never cuts, None takes the language's own.

    Returns: spans without white space at their edges, with the silence that follows each, in seconds.
    """
    main = main_language(text, lang)
    if max_chars is None:
        max_chars = main.longest_sentence
    out: list[Sentence] = []
    for start, end, pause in _sentences(text, main):
        if max_chars and end - start > max_chars:
            out.extend(_cut(text, start, end, pause, max_chars, latin_of(main)))
        else:
            out.append(Sentence(start, end, pause))
    return out


def split(text: str, lang: str) -> list[str]:
    """The whole sentences of `text` as strings; long ones are not cut."""
    return [text[s.start : s.end] for s in split_spans(text, lang, max_chars=0)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _sentences(text: str, main: Language) -> Iterator[tuple[int, int, float]]:
    shield = _Shield(text)
    start = 0
    for end, pause in _boundaries(text, shield, latin_of(main), han_of(main)):
        low, high = _trim(text, start, end)
        if low < high:
            yield from _list_items(text, low, high, pause)
        start = end
    low, high = _trim(text, start, len(text))
    if low < high:
        yield from _list_items(text, low, high, PAUSE_SENTENCE)


def _boundaries(text: str, shield: _Shield, latin: Language, han: Language) -> Iterator[tuple[int, float]]:
    start = 0
    at = 0
    while m := _END.search(text, at):
        at = max(m.end(), at + 1)
        if m["line"] is not None:
            yield m.end(), PAUSE_PARAGRAPH if m["line"].count("\n") > 1 else PAUSE_LINE
            start = m.end()
            continue
        end = shield.closed_until(m.end("stop"), m.end())
        if shield.covers(m.start("stop"), end):
            continue
        if _ends_sentence(text, start, m, end, latin, han):
            yield end, max(_pause(m["stop"]), _line_pause(text, end))
            start = end
        elif m.end("stop") < end:
            at = m.end("stop") + 1 if m.end("stop") + 1 > m.start() else at


def _line_pause(text: str, end: int) -> float:
    """The silence a line break right behind a sentence asks for; 0 where the line goes on."""
    gap = re.compile(r"\s*").match(text, end)
    breaks = gap[0].count("\n") if gap else 0
    return PAUSE_PARAGRAPH if breaks > 1 else PAUSE_LINE if breaks else 0.0


def _pause(stop: str) -> float:
    if "…" in stop or stop.count(".") > 1:
        return PAUSE_ELLIPSIS
    if "?" in stop or "？" in stop:
        return PAUSE_QUESTION
    return PAUSE_EXCLAMATION if "!" in stop or "！" in stop else PAUSE_SENTENCE


_MARKS = re.compile(rf"[{re.escape(_OPEN + _CLOSE)}\"\n]|(?<![\w])['‘](?=\w)|(?<=[\w.,!?…—-])['’](?!\w)|''")
_ELISION = re.compile(r"'(?:tis|twas|em|til|cause|bout|\d\ds)\b", re.IGNORECASE)


class _OpenMarks:
    """The quotes and brackets that one line has opened so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.stack: list[tuple[str, int]] = []
        self.straight: int | None = None
        self.twice: int | None = None
        self.paired: bool | None = None

    def close(self, mark: str, at: int) -> int | None:
        """Where the stretch began that `mark` closes; None where it opens one, or closes none."""
        if mark == '"':
            opened, self.straight = self.straight, at if self.straight is None else None
            return opened
        if mark == "''":
            return self._close_doubled(at)
        if mark in _PAIR:
            self.stack.append((_PAIR[mark], at))
            return None
        if self._opens_single(mark, at):
            self.stack.append(("'", at))
            return None
        return self._close_innermost("'" if mark in "'’" else mark)

    def _close_doubled(self, at: int) -> int | None:
        """'' opens and closes alike; only where the line has them in pairs."""
        if self.paired is None:
            line_end = self.text.find("\n", at)
            self.paired = self.text.count("''", at, line_end if line_end >= 0 else len(self.text)) % 2 == 0
        if not self.paired:
            return None
        opened, self.twice = self.twice, at if self.twice is None else None
        return opened

    def _opens_single(self, mark: str, at: int) -> bool:
        return (
            mark in "'‘"
            and not self.text[at - 1 : at].isalnum()
            and not _ELISION.match(self.text[at : at + 8])
            and self.text[at + 1 : at + 2] != " "
        )

    def _close_innermost(self, want: str) -> int | None:
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth][0] == want:
                opened = self.stack[depth][1]
                del self.stack[depth:]
                return opened
        return None


class _Shield:
    """Stretches inside quotes, brackets and titles that are closed on their own line: no sentence ends in there."""

    def __init__(self, text: str) -> None:
        self.text = text
        spans: list[tuple[int, int]] = []
        line = _OpenMarks(text)
        for m in _MARKS.finditer(text):
            mark, at = m[0], m.start()
            if mark == "\n":
                line = _OpenMarks(text)
                continue
            opened = line.close(mark, at)
            if opened is not None:
                spans.append((opened, at))
        spans.sort()
        self.starts: list[int] = []
        self.ends: list[int] = []
        for low, high in spans:  # outermost only
            if self.ends and low < self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], high)
                continue
            self.starts.append(low)
            self.ends.append(high)

    def closed_until(self, at: int, end: int) -> int:
        """Where the marks that close behind a stop end: before a straight quote that opens (他说。"好。")."""
        index = bisect_left(self.starts, at)
        opening = self.starts[index] if index < len(self.starts) else end
        return opening if opening < end and self.text[opening] == '"' else end

    def covers(self, at: int, end: int) -> bool:
        """Whether a stop at `at` whose closing marks reach to `end` is still inside a quote or bracket."""
        index = bisect_left(self.starts, at) - 1
        return index >= 0 and self.ends[index] >= end


def _ends_sentence(text: str, start: int, m: re.Match[str], end: int, latin: Language, han: Language) -> bool:
    stop = _stop(text, start, m, end)
    if not stop.following.strip() or stop.first == "\n":
        return True
    mark, first, before = stop.mark, stop.first, stop.before
    if "…" in mark and mark.strip("…") == "" and not stop.quoted:
        return first in '“「『"' or (first.isupper() and first != "I" and stop.gap > 0)
    beside_han = is_han(before[-1:] or " ") or is_han(first)
    if beside_han or mark[0] in "。！？｡．":
        return han.sentences.ends(stop)
    if _goes_on(stop):
        return False
    if stop.quoted and first == "“" and any(mark in '”"' for mark in stop.closers):
        return True  # “No.” “Go on.”
    if stop.quoted and first not in "“\"‘'`「":
        return latin.sentences.attribution.match(stop.following) is None or _says_again(stop)
    if mark.strip()[0] != "." or mark.count(".") > 1:
        if mark.count(".") > 1 and mark.strip(". ") == "":
            return not (first == "I" and stop.following[1:2] in (" ", "'", "’"))
        return True
    if m["late"] or stop.closers.strip("'\"”’ *_`"):
        return True
    return latin.sentences.ends(stop)


def _says_again(stop: Stop) -> bool:
    """He said "yes." She said "no.": the quote has its own clause before it."""
    opening = stop.text[stop.start : stop.at].lstrip()[:1]
    return opening not in "“\"‘'`「" and re.match(r"(?:He|She|They|We|I|It)\s", stop.following) is not None


def _stop(text: str, start: int, m: re.Match[str], end: int) -> Stop:
    closers = text[m.end("stop") : end]
    after = text[end : end + 60]
    gap = len(after) - len(after.lstrip(" \t\u3000\xa0"))
    return Stop(
        text=text,
        start=start,
        at=m.start("stop"),
        mark=m["stop"],
        closers=closers,
        quoted=any(mark in "”」』\"'’`" for mark in closers) or "''" in closers,
        before=text[max(start, m.start("stop") - 60) : m.start("stop")].rstrip(),
        gap=gap,
        following=after[gap:],
    )


def _goes_on(stop: Stop) -> bool:
    """Whether a stop between Latin words closes no sentence by what follows it."""
    first, following = stop.first, stop.following
    if stop.gap == 0 and (not stop.quoted or first not in '“"‘「『') and not _has_lost_its_blank(stop):
        return True
    if stop.mark.strip()[:1] == "." and stop.numbers_a_list:
        return True
    if _CONTINUES.match(following) and not re.match(r"[a-z]\)\s|[ivx]+\)\s", following):
        return first != "(" or not _stands_in_brackets(stop)
    return first == "." or following.startswith(". .")


_GLUED = re.compile(
    r"(?!(?:Com|Net|Org|Js|Io|Co|Edu|Gov|Py|Txt|Pdf|Html?|Exe)\b)(?:[A-Z][a-z]+|I|A)(?=[\s,;:!?'’]|\.(?:\s|$))"
)
_TOKEN = re.compile(r"[^\s(“\"‘—–]*$")


def _has_lost_its_blank(stop: Stop) -> bool:
    """Hello world.Today is Tuesday; not Node.Js, nor www.example.Com."""
    token = _TOKEN.search(stop.before)
    before = token[0] if token else ""
    return (
        re.search(r"(?:[a-z]{2}|[a-z]['’][a-z]|\d)$", before) is not None
        and re.search(r"[./@_\\]|[A-Z].*[A-Z]", before) is None
        and stop.mark.strip() == stop.mark
        and _GLUED.match(stop.following) is not None
    )


_IN_BRACKETS = re.compile(
    r"\((?:(?:[a-z]|\d{1,2}|[ivx]+)\)\s[A-Z]|[A-Z“\"‘'][^()]{8,400}[.!?][”\"’']?\)(?:\s|$))"
)


def _stands_in_brackets(stop: Stop) -> bool:
    """He was late. (She was not.): a bracket with whole sentences, or the mark of an item of a list."""
    return (
        stop.gap > 0
        and not stop.quoted
        and _IN_BRACKETS.match(stop.text, stop.text.index("(", stop.at)) is not None
    )


def _list_items(text: str, start: int, end: int, pause: float) -> Iterator[tuple[int, int, float]]:
    """`1. The first item 2. The second item` is two sentences: a numbered list run together."""
    first = _MARKER.match(text, start)
    if first is None or end - start > 100_000:
        yield start, end, pause
        return
    style = (first["n"] or first["l"], bool(first["bullet"]))
    value = int(first["number"]) if first["number"] else ord(first["letter"])
    low = start
    for m in _MARKER.finditer(text, first.end(), end):
        this = int(m["number"]) if m["number"] else ord(m["letter"])
        if (
            (m["n"] or m["l"], bool(m["bullet"])) == style
            and this == value + 1
            and bool(m["number"]) == bool(first["number"])
        ):
            a, b = _trim(text, low, m.start())
            if a < b:
                yield a, b, PAUSE_SENTENCE
            low, value = m.start(), this
    a, b = _trim(text, low, end)
    yield a, b, pause


@cache
def _clauses(latin: Language) -> tuple[tuple[re.Pattern[str], float, float], ...]:
    """Where a clause ends: pattern (the cut is behind the match), silence in seconds, weight of the cut."""
    rules = latin.sentences
    return (
        (
            re.compile(r"[。！？!?][”」』\"’]*(?=[^”」』\"’\s，、,])|[.!?][”\"’]*\s+(?=[A-Z“\"])|…{2}"),
            PAUSE_SENTENCE,
            3.0,
        ),
        (re.compile(r"[；;][”」』\"’]*\s*"), PAUSE_SEMICOLON, 2.5),
        (re.compile(r"——|—|\s[-–]\s|--"), PAUSE_DASH, 1.8),
        (re.compile(r"[：:](?=[^\d]|$)\s*(?![“「『\"])"), PAUSE_COLON, 1.8),
        (
            re.compile(rf",[”\"’]?\s+(?=(?:{rules.after_comma})\b)"),
            PAUSE_COMMA,
            1.6,
        ),
        (re.compile(r"，[”」』]*|,[”\"’]?\s+(?!\d)"), PAUSE_COMMA, 1.3),
        (re.compile(rf"\s+(?=(?:{rules.conjunctions})\b)"), PAUSE_WORD, 0.8),
        (re.compile(r"、"), PAUSE_COMMA, 0.6),
    )


_QUOTE_HEAD = 6
"""Characters after an opening quote in which no cut is made."""


def _cut(
    text: str, start: int, end: int, pause: float, max_chars: int, latin: Language
) -> Iterator[Sentence]:
    """Cut a long sentence at the best clause ends, left to right; never in a number, a word or a quote's
    first words."""
    while end - start > max_chars:
        window_end = min(end, start + max_chars)
        least = start + max(1, int(max_chars * _SHORTEST_SHARE))
        best = 0.0
        best_cut, best_pause = -1, PAUSE_WORD
        for pattern, silence, weight in _clauses(latin):
            for m in pattern.finditer(text, least, window_end):
                at = m.end()
                if at >= end or not text[at:end].strip() or _in_quote_head(text, start, at):
                    continue
                if m[0][0] == "." and not _plain_word_before(text, m.start(), latin):
                    continue
                # The nearer to the middle of a short rest or to the full length of a long one, the better.
                rest = end - at
                balance = 1.0 - abs(at - start - min(max_chars, (end - start) / 2)) / max_chars
                score = weight + balance - (0.8 if rest < max_chars * _SHORTEST_SHARE / 2 else 0.0)
                if score > best:
                    best, best_cut, best_pause = score, at, silence
        if best_cut < 0:
            best_cut = _between_words(text, start, window_end)
            best_pause = PAUSE_WORD
        low, high = _trim(text, start, best_cut)
        if low < high:
            yield Sentence(low, high, best_pause)
        start, _ = _trim(text, best_cut, end)
    low, high = _trim(text, start, end)
    if low < high:
        yield Sentence(low, high, pause)


def _plain_word_before(text: str, at: int, latin: Language) -> bool:
    """Whether the full stop at `at` closes a word that is no abbreviation."""
    word = WORD_BEFORE.search(text[max(0, at - 24) : at])
    return (
        word is not None
        and len(word[1]) > 2
        and "." not in word[1]
        and word[1].lower() not in latin.sentences.abbreviations
    )


def _in_quote_head(text: str, start: int, at: int) -> bool:
    return any(mark in "“「『" for mark in text[max(start, at - _QUOTE_HEAD) : at])


def _between_words(text: str, start: int, limit: int) -> int:
    """The last place before `limit` where no word and no number is broken."""
    blank = text.rfind(" ", start + 1, limit)
    if blank > start + (limit - start) // 2:
        return blank + 1
    at = limit
    floor = start + (limit - start) // 2
    while at > floor:
        left, right = text[at - 1], text[at]
        if (
            not (left.isascii() and right.isascii())
            and not (left.isdigit() or right.isdigit())
            and right not in "，。！？；：、”」』）》"
        ):
            return at
        at -= 1
    return blank + 1 if blank > start else limit
