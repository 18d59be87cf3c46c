"""Find what is spoken: the quotation style of a book, and the quoted spans of each paragraph.

The style is decided once a book (marks that cover most paragraphs), never mark by mark: a UK novel's ‘ ’ and
its apostrophes can only be told apart by knowing that ‘ opens its speech.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from flows.casting.plays import find_speeches, is_play

Style = Literal["double", "single", "corner", "guillemets", "dash", "labels", "play", "unmarked"]
QuoteKind = Literal["speech", "letter", "thought", "narration"]

MAX_OPEN_PARAGRAPHS = 14
"""How far a quote whose later paragraphs do not open again (verse, one sentence a line) may run to its close."""
SCARE_WORDS = 4
"""A quote of more words than this is speech even without a closing stop."""
LABEL_WORDS = 3
LEADS_ON = ":：,，"
"""Marks at the end of a paragraph that leads up to the next one."""
ABOVE_REACH = 160
"""Letters of the paragraph above that may lead up to a quote."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One quoted stretch inside one paragraph.

    Args:
        paragraph: index of the paragraph.
        start, end: offsets in the paragraph, marks included.
        inner_start, inner_end: offsets without the marks.
        continues: same utterance as the quote before it (the mark was never closed): a hard link.
        kind: speech, letter (read aloud or quoted), thought; narration where a person said so.
        label: the speaker printed as a label or a `name: speech` tag without marks; else "".
    """

    paragraph: int
    start: int
    end: int
    inner_start: int
    inner_end: int
    continues: bool = False
    kind: QuoteKind = "speech"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one style: `opens[i]` is closed by `closes[i]` where they pair; `straight` ones open and
    close alike."""

    opens: str
    closes: str
    straight: str = ""


MARKS: Mapping[Style, Marks] = {
    "double": Marks("“„〝", "”〞", '"＂'),
    "single": Marks("‘", "’", "'"),
    "corner": Marks("「『﹁﹃", "」』﹂﹄"),
    "guillemets": Marks("«‹", "»›"),
}


class Quoted(NamedTuple):
    """What stands between two marks of a paragraph: `text[start:end]`, marks included.

    Args:
        first: whether it is the first of its paragraph.
        inner: the words without the marks; `before`: the paragraph up to the mark.
        above: the end of the paragraph above, where nothing stands before the mark.
    """

    text: str
    start: int
    end: int
    first: bool
    inner: str
    before: str
    above: str = ""

    @property
    def lead(self) -> str:
        """What leads up to the words: in their own paragraph, or above them with a colon or comma."""
        return self.before or (self.above if self.above[-1:] in LEADS_ON else "")

    @property
    def after(self) -> str:
        """The paragraph from the closing mark."""
        return self.text[self.end :]

    @property
    def last(self) -> str:
        """The last letter or stop of the words, marks inside them aside."""
        return self.inner.rstrip("\"'’”_*")[-1:] or self.inner[-1]

    @property
    def is_whole(self) -> bool:
        """Whether the paragraph holds nothing else."""
        return not self.before and not self.text[self.end :].strip()


def ends_like_speech(quoted: Quoted) -> bool:
    """Plain rule for any language: words with a stop inside the mark, announced by a colon, or too many for a
    scare quote."""
    words = len(quoted.inner.split())
    if quoted.inner[-1] in SPEECH_STOPS or quoted.before[-1:] in ("：", ":"):
        return True
    if quoted.is_whole:
        return words > 1 or quoted.inner[:1].isupper()
    return words > SCARE_WORDS


_ASIDE_OPENS = re.compile(r"\s+(?:[—–―]|--)(?:(?=\w)|\s+(?=[a-zß-öø-ÿа-яё]))")
_ASIDE_CLOSES = re.compile(r"\s*(?:[—–―]|--)[.,;:…]*\s*")


def aside_between_dashes(text: str, at: int) -> tuple[int, int] | None:
    """`—Hola —dijo Ana—. ¿Vienes?`: an aside opens with a dash and ends with the next one, or with the paragraph."""
    opening = _ASIDE_OPENS.search(text, at)
    if not opening:
        return None
    closing = _ASIDE_CLOSES.search(text, opening.end())
    return opening.start(), closing.end() if closing else len(text)


DASH_START = re.compile(r"\s*(?:——|—|–|―|--)\s*(?=\S)|\s*- (?=\S)")


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a language prints speech: all that `find_quotes` asks of it.

    Args:
        marks: the marks of each style.
        without_marks: the style of a text that has no marks at all.
        led_by_dashes: the style of a text whose lines of speech open with a dash.
        dash: what opens a line of speech in a style of dashes.
        next_aside: of a paragraph led by a dash and a place in its speech, where the next aside (`said Ana`)
            begins and where the speech goes on (the end of the text: nowhere); None where all that is left is said.
        find_unmarked: the quotes of a text in style `unmarked`; `unmarked`: what its paragraphs of speech have.
        is_speech: whether closed marks hold speech, against scare quotes, titles and signs; the words inside
            are not empty.
        label: printed speakers of the language beside `ANNA:` and `[JOE]`; `label_signs`: letters of which
            every label has one ("" where any line may have a label).
        blank_lines: whether blank lines part the paragraphs of a plain text; else every line is one.
    """

    marks: Mapping[Style, Marks] = field(default_factory=lambda: MARKS)
    without_marks: Style = "double"
    led_by_dashes: Style = "dash"
    dash: re.Pattern[str] = DASH_START
    next_aside: Callable[[str, int], tuple[int, int] | None] = aside_between_dashes
    find_unmarked: Callable[[Sequence[str]], list[Quote]] | None = None
    is_speech: Callable[[Quoted], bool] = ends_like_speech
    unmarked: re.Pattern[str] | None = None
    label: re.Pattern[str] | None = None
    label_signs: str = ""
    blank_lines: bool = True


SPEECH_STOPS = ".,!?;:…—–-。，！？；：～~"
"""Marks at the end of quoted words that make speech of them."""
_STOP = ".,!?;:…—–-。，！？；：、～~_*)）"
_AFTER_CLOSE = re.compile(r"[\s.,!?;:…—–\-)\]。，！？；：、”’\"]|$")
_LABEL = re.compile(
    r"\s*(?:>>\s*)?(?:\[\s*([A-Z][\w .'’\-]{0,30}?)\s*\]:?|\*{0,2}([A-Z][A-Z0-9 .'’\-]{0,30}[A-Z0-9.]|[A-Z])\*{0,2}"
    r"(?:\s*[(\[][^)\]]{1,60}[)\]])?\s*[:：]\*{0,2}|([A-Z][a-z]+(?: [A-Z][a-z]+)?)(?:\s*\([^)]{1,60}\))?:)\s+(?=\S)"
)
_LETTER_LEAD = re.compile(
    r"(?:\bread\b[^.!?\"“”]{0,60}|\bletter\b[^.!?\"“”]{0,80}|\bnote\b[^.!?\"“”]{0,60}|\bwrote\b[^.!?\"“”]{0,60}|"
    r"(?:信|字条|便条|纸条)[^。！？]{0,16}(?:写|道|说|：)[^。！？]{0,6}|写道[：:]?\s*|念道[：:]?\s*)[:：,—-]*\s*$"
)
_LETTER_OPEN = re.compile(
    r"(?:My |MY |Most )?(?:[Dd]ear(?:est)?|DEAR(?:EST)?)(?: [A-Z][\w. ]{1,30})?[,:;.—-]|(?:SIR|MADAM),|Sir,"
    r"—|To [A-Z][\w. ]{1,30}[,:]\s*$"
)
SALUTATION_LETTERS = 48
"""A paragraph this short that is nothing but a salutation opens a letter without being announced."""
_SIGNATURE = re.compile(
    r"(?:&c|\b(?:[Yy]ours?|[Ss]incerely|[Ff]aithfully|[Aa]ffectionately|[Oo]bedient|servant|devotedly)\b.{0,"
    r"60})[.,’”\"]*$|^[A-Z][A-Z. ]{4,40}$"
)
_NAME_ALONE = re.compile(r"(?:[A-Z][\w.]*\s*){1,4}")
_LEADING_APOSTROPHE = re.compile(
    r"[’'](?:tis|twas|twere|twill|twould|em|im|er|ere|ave|as|is|ow|orse|ouse|ome|ope|and|ead|eart|ave|ad|"
    r"bout|cause|course|fore|"
    r"gainst|mong|neath|nother|nuff|pon|round|scuse|spect|stead|til|till|way|s|e|n|o|un|d|ud|ll|m|\d\d)\b",
    re.IGNORECASE,
)


MIN_UNMARKED, MORE_UNMARKED = 20, 1.5
"""Paragraphs of speech without marks, and how many times more than with marks, of a book that has none but for words
that it quotes."""


def find_style(paragraphs: Sequence[str], conventions: Conventions) -> Style:
    """The quotation style that covers most paragraphs; see `Style`."""
    sample = paragraphs if len(paragraphs) <= 4000 else paragraphs[:: len(paragraphs) // 4000 + 1]
    counts = dict.fromkeys(("double", "single", "corner", "guillemets", "dash", "labels"), 0)
    labels: dict[str, int] = {}
    unmarked = 0
    signs = conventions.label_signs
    for text in sample:
        head = text.lstrip()[:40]
        if not head:
            continue
        counts["double"] += bool(
            ("“" in text and "”" in text) or text.count('"') > 1 or text.count("＂") > 1 or head[0] in '“"＂'
        )
        counts["corner"] += "「" in text or "『" in text
        counts["guillemets"] += "«" in text or "»" in text
        if "‘" in text or "'" in text:
            counts["single"] += bool(_SINGLE_SPEECH.search(text))
        counts["dash"] += bool(conventions.dash.match(head))
        name = label_of(head, conventions) if not signs or any(c in head for c in signs) else ""
        if name:
            labels[name] = labels.get(name, 0) + 1
        unmarked += bool(conventions.unmarked and conventions.unmarked.search(text))
    counts["labels"] = sum(n for n in labels.values() if n > 1) if len(labels) > 1 else 0
    whole = len([t for t in sample if t.strip()])
    marked = max(counts["double"], counts["corner"], counts["guillemets"], counts["single"])
    if counts["labels"] > max(1, marked, whole // 5):
        return "labels"
    if 2 * marked < whole and is_play(paragraphs):
        return "play"
    if counts["dash"] > max(1, 2 * marked):
        return conventions.led_by_dashes
    if marked == 0 or unmarked > max(MIN_UNMARKED, MORE_UNMARKED * marked):
        return conventions.without_marks
    # A book in ‘ ’ has “ ” inside its speech and a book in “ ” has ‘ ’ inside: the outer marks cover more paragraphs.
    order: tuple[Style, ...] = ("double", "corner", "single", "guillemets")
    return max(order, key=lambda style: counts[style])


_SINGLE_SPEECH = re.compile(r"(?:^|[\s(—–-])[‘'](?=[\w“\"—…’'])[^‘]{1,4000}?[.,!?…—–-][’'](?=\s|$|[—–)-])")


def label_of(text: str, conventions: Conventions) -> str:
    """The speaker printed before a line (`ANNA (laughing):`, `[JOE]`, `甲：`), or "" where there is none."""
    match = _match_label(text, conventions)
    if not match:
        return ""
    name = next(group for group in match.groups() if group)
    if name.lower() in _NOT_LABELS or len(name.split()) > LABEL_WORDS:
        return ""
    return name.strip()


def _match_label(text: str, conventions: Conventions) -> re.Match[str] | None:
    return _LABEL.match(text) or (conventions.label.match(text) if conventions.label else None)


_NOT_LABELS = frozenset(
    [
        "note",
        "notes",
        "nb",
        "ps",
        "p.s",
        "warning",
        "chapter",
        "part",
        "book",
        "act",
        "scene",
        "contents",
        "title",
        "author",
        "translator",
        "editor",
        "source",
        "language",
        "date",
        "time",
        "place",
        "example",
        "answer",
        "question",
        "figure",
        "table",
        "edition",
        "produced",
        "press",
        "price",
        "illustration",
        "footnote",
        "produced",
        "translated",
        "by",
        "url",
        "注",
        "注意",
        "提示",
        "译者",
        "作者",
        "时间",
        "地点",
        "标题",
        "书名",
        "日期",
        "例如",
        "比如",
    ]
)


def find_quotes(
    paragraphs: Sequence[str], conventions: Conventions, style: Style | None = None
) -> list[Quote]:
    """All quoted speech, letters and thoughts of a chapter or book, in order.

    Args:
        paragraphs: texts of the paragraphs.
        conventions: of the language.
        style: the book's; found here when None.

    Scare quotes, titles, signs and measures are left out: they are narration.
    """
    if style is None:
        style = find_style(paragraphs, conventions)
    if style == "labels":
        return _find_labels(paragraphs, conventions)
    if style == "play":
        return [
            Quote(number, start, end, start, end, label=speaker)
            for number, start, end, speaker in find_speeches(paragraphs)
        ]
    if style == "dash":
        return _find_dashes(paragraphs, conventions)
    if style == "unmarked":
        return conventions.find_unmarked(paragraphs) if conventions.find_unmarked else []
    return _mark_letters(paragraphs, _find_marked(paragraphs, conventions, style))


def _find_labels(paragraphs: Sequence[str], conventions: Conventions) -> list[Quote]:
    quotes = []
    for number, text in enumerate(paragraphs):
        name = label_of(text, conventions)
        match = _match_label(text, conventions)
        if name and match:
            end = len(text.rstrip())
            if name.lower() not in ("narrator", "旁白") or end > match.end():
                quotes.append(Quote(number, match.end(), end, match.end(), end, label=name))
    return quotes


def _find_dashes(paragraphs: Sequence[str], conventions: Conventions) -> list[Quote]:
    quotes = []
    for number, text in enumerate(paragraphs):
        opening = conventions.dash.match(text)
        if not opening:
            continue
        at, length = opening.end(), len(text.rstrip())
        while at < length:
            end, onward = conventions.next_aside(text, at) or (length, length)
            if end > at:
                quotes.append(Quote(number, at, end, at, end))
            at = onward
    return quotes


def _find_marked(paragraphs: Sequence[str], conventions: Conventions, style: Style) -> list[Quote]:
    of_style = conventions.marks[style]
    opens = of_style.opens
    marks = re.compile("[" + re.escape(opens + of_style.closes + of_style.straight) + "]")
    quotes: list[Quote] = []
    pending = -1  # index in `quotes` of an utterance that was not closed in its paragraph
    for number, text in enumerate(paragraphs):
        if not text or text.isspace():
            continue
        at = 0
        if pending >= 0:
            lead = len(text) - len(text.lstrip(" \t\r\n　_*"))
            opened_again = lead < len(text) and text[lead] in opens + "\"'＂"
            close = None if opened_again else _closing_ahead(paragraphs, number, style, of_style)
            if close is not None:
                for between in range(number, close[0]):
                    line = paragraphs[between]
                    if line.strip():
                        quotes.append(Quote(between, 0, len(line), 0, len(line), continues=True))
                if close[0] == number:
                    quotes.append(Quote(number, 0, close[1] + 1, 0, close[1], continues=True))
                    at = close[1] + 1
                    pending = -1
                else:
                    # come back when the loop reaches the paragraph with the close
                    pending = len(quotes) - 1
                    while quotes[-1].paragraph > number:
                        quotes.pop()
                    continue
            elif not opened_again:
                pending = -1
        if not marks.search(text, at):
            continue
        found = _scan(text, at, style, of_style, marks)
        for i, stretch in enumerate(found):
            start, end, closed = stretch
            continues = i == 0 and pending >= 0 and not text[:start].strip(" \t\r\n　_*")
            inner_end = end - 1 if closed else end
            above = (
                _last_text(paragraphs, number)[-ABOVE_REACH:] if i == 0 and not text[:start].strip() else ""
            )
            if continues or _is_speech(text, stretch, i == 0, above, conventions):
                quotes.append(Quote(number, start, end, start + 1, inner_end, continues=continues))
        if found:
            pending = -1 if found[-1][2] else len(quotes) - 1
    return quotes


def _closing_ahead(
    paragraphs: Sequence[str], number: int, style: Style, marks: Marks
) -> tuple[int, int] | None:
    """Where an utterance left open closes, if it does before anything opens: (paragraph, offset of the mark)."""
    opens, closes, straight = marks.opens, marks.closes, marks.straight
    for ahead in range(number, min(len(paragraphs), number + MAX_OPEN_PARAGRAPHS)):
        text = paragraphs[ahead]
        for at, char in enumerate(text):
            if char in opens:
                return None
            if char in closes and (style != "single" or _closes_single(text, at)):
                return ahead, at
            if char in straight:
                if char == "'" and not _closes_single(text, at):
                    continue
                before = text[at - 1] if at else " "
                if at and not before.isspace() and _AFTER_CLOSE.match(text, at + 1):
                    return ahead, at
                return None
    return None


def _closes_single(text: str, at: int) -> bool:
    before = text[at - 1] if at else " "
    return bool(before in _STOP + '”"' and _AFTER_CLOSE.match(text, at + 1))


Stretch = tuple[int, int, bool]
"""`(start, end, closed)` of a quoted stretch of a paragraph."""


def _scan(text: str, at: int, style: Style, of_style: Marks, marks: re.Pattern[str]) -> list[Stretch]:
    """Quoted stretches of `text[at:]`; only the outer level.

    Args:
        marks: matches any mark of the style.
    """
    if style == "single":
        return _scan_single(text, at, marks)
    scan = _Scan(text, style, of_style, marks)
    for match in marks.finditer(text, at):
        scan.read(match.start())
    return scan.finish()


class _Scan:
    """A paragraph read mark by mark: what was found, the place of the open mark (-1: none), and how deep
    marks are nested in it."""

    __slots__ = ("closes", "depth", "found", "marks", "opens", "start", "straight", "style", "text")

    def __init__(self, text: str, style: Style, of_style: Marks, marks: re.Pattern[str]) -> None:
        self.text, self.style, self.marks = text, style, marks
        self.opens, self.closes, self.straight = of_style.opens, of_style.closes, of_style.straight
        self.found: list[Stretch] = []
        self.start, self.depth = -1, 0

    def read(self, i: int) -> None:
        """Take in the mark at `text[i]`."""
        char = self.text[i]
        if self.start < 0:
            if char in self.opens or (char in self.straight and i + 1 < len(self.text)):
                self.start, self.depth = i, 1
        elif char in self.opens:
            self._opening(i, char)
        elif char in self.closes:
            self._closing(i, char)
        elif not _is_measure(self.text, i, self.marks):
            self._straight_inside(i)

    def finish(self) -> list[Stretch]:
        """All stretches; one that was never closed runs to the end."""
        end = len(self.text.rstrip())
        if self.start >= 0 and end > self.start + 1:
            self.found.append((self.start, end, False))
        return self.found

    def _reopen(self, i: int) -> None:
        """The close was forgotten."""
        self.found.append((self.start, i, False))
        self.start, self.depth = i, 1

    def _close(self, i: int) -> None:
        self.found.append((self.start, i + 1, True))
        self.start = -1

    def _opening(self, i: int, char: str) -> None:
        if self.style in ("corner", "guillemets"):
            forgotten = char == self.text[self.start] and self.depth == 1  # 「 inside 「
        else:
            forgotten = _sentence_ended(self.text, i)
        if forgotten:
            self._reopen(i)
        else:
            self.depth += 1

    def _closing(self, i: int, char: str) -> None:
        opener = self.text[self.start]
        pairs = self.style == "corner"
        matches = pairs and self.closes.index(char) == self.opens.index(opener)
        self.depth = 0 if matches else self.depth - 1
        if self.depth == 0 and not matches and pairs and opener in "「﹁":
            self.depth = 1  # 』 alone cannot close 「
        if self.depth <= 0:
            self._close(i)

    def _straight_inside(self, i: int) -> None:
        """A straight mark that can only open is nested, or the close was forgotten; any other closes."""
        if _looks_opening(self.text, i):
            if _sentence_ended(self.text, i):
                self._reopen(i)
            else:
                self.depth += 1
            return
        self.depth -= 1
        if self.depth <= 0 or not _later_close(self.text, i, self.marks):
            self._close(i)


def _later_close(text: str, i: int, marks: re.Pattern[str]) -> bool:
    following = marks.search(text, i + 1)
    return following is not None and not _looks_opening(text, following.start())


def _looks_opening(text: str, i: int) -> bool:
    before = text[i - 1] if i else " "
    after = text[i + 1] if i + 1 < len(text) else " "
    return (before.isspace() or before in "(—–-") and not after.isspace() and after not in ".,;:!?)"


def _sentence_ended(text: str, i: int) -> bool:
    before = text[:i].rstrip()
    return bool(before) and before[-1] in ".!?。！？…"


def _is_measure(text: str, i: int, marks: re.Pattern[str]) -> bool:
    """6' 2" is a height: a digit before, no stop, and a proper close further on."""
    if not i or not text[i - 1].isdigit():
        return False
    following = marks.search(text, i + 1)
    return (
        following is not None
        and text[following.start() - 1] in _STOP
        and not _looks_opening(text, following.start())
    )


def _scan_single(text: str, at: int, marks: re.Pattern[str]) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    start, weak = -1, -1
    for match in marks.finditer(text, at):
        i = match.start()
        char = text[i]
        before = text[i - 1] if i else " "
        after = text[i + 1] if i + 1 < len(text) else " "
        if start < 0:
            can_open = (before.isspace() or before in "(—–-[_") and not after.isspace()
            if (char == "‘" and can_open) or (
                char == "'" and can_open and not _LEADING_APOSTROPHE.match(text, i)
            ):
                start, weak = i, -1
        elif char == "‘":
            if _sentence_ended(text, i) and weak >= 0:
                found.append((start, weak + 1, True))
                start, weak = i, -1
        elif before in _STOP + '”"’' and not after.isalnum():
            found.append((start, i + 1, True))
            start = -1
        elif not after.isalnum() and weak < 0 and not before.isspace():
            weak = i
    if start >= 0:
        if weak >= 0:
            found.append((start, weak + 1, True))
        elif len(text.rstrip()) > start + 1:
            found.append((start, len(text.rstrip()), False))
    return found


def _is_speech(text: str, stretch: Stretch, first: bool, above: str, conventions: Conventions) -> bool:
    """False for scare quotes, titles, signs and mottos; what was never closed is speech."""
    start, end, closed = stretch
    if not closed:
        return end - start > 2
    inner = text[start + 1 : end - 1].strip()
    return bool(inner) and conventions.is_speech(
        Quoted(text, start, end, first, inner, text[:start].rstrip(), above)
    )


def _mark_letters(paragraphs: Sequence[str], quotes: list[Quote]) -> list[Quote]:
    """Turn quotes that quote writing into letters: announced ("read:", 信上写道：) or with a salutation of their own.

    A letter goes on while the mark stays open, and over paragraphs that are one quote each, to its signature.
    """
    out = list(quotes)
    letter = alone = closed = False
    previous = -2
    for i, quote in enumerate(quotes):
        text = paragraphs[quote.paragraph]
        inner = text[quote.inner_start : quote.inner_end].strip()
        whole = not text[: quote.start].strip() and not text[quote.end :].strip()
        signed, closed = closed, False
        name_below = signed and whole and quote.paragraph == previous + 1 and _NAME_ALONE.fullmatch(inner)
        if name_below or (quote.continues and letter):
            out[i] = replace(quote, kind="letter")
        elif alone and whole and quote.paragraph == previous + 1:
            out[i] = replace(quote, kind="letter")
            if _SIGNATURE.search(inner):
                letter = alone = False
                closed = True
        else:
            letter = alone = False
            if _LETTER_OPEN.match(inner):
                lead = text[: quote.start].strip() or _last_text(paragraphs, quote.paragraph)
                alone = whole and len(inner) < SALUTATION_LETTERS and inner.rstrip("-—")[-1:] in ",:"
                letter = alone or bool(_LETTER_LEAD.search(lead[-120:]) and previous != quote.paragraph)
                if letter:
                    out[i] = replace(quote, kind="letter")
        previous = quote.paragraph
    return out


def _last_text(paragraphs: Sequence[str], number: int) -> str:
    for back in range(number - 1, max(-1, number - 3), -1):
        if paragraphs[back].strip():
            return paragraphs[back].strip()
    return ""
