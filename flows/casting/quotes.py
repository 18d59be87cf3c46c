"""Find what is spoken: the quotation style of a book, and the quoted spans of each paragraph.

The style is decided once a book (marks that cover most paragraphs), never mark by mark: a UK novel's ‘ ’ and
its apostrophes can only be told apart by knowing that ‘ opens its speech.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Style = Literal["double", "single", "corner", "guillemets", "dash", "labels", "unmarked"]
QuoteKind = Literal["speech", "letter", "thought", "narration"]

MAX_OPEN_PARAGRAPHS = 14
"""How far a quote whose later paragraphs do not open again (verse, one sentence a line) may run to its close."""
SCARE_WORDS = 4
"""A quote of more words than this is speech even without a closing stop."""
LABEL_WORDS = 3


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


_OPENS = {"double": "“„〝", "single": "‘", "corner": "「『﹁﹃", "guillemets": "«‹"}
_CLOSES = {"double": "”〞", "single": "’", "corner": "」』﹂﹄", "guillemets": "»›"}

_STOP = ".,!?;:…—–-。，！？；：、～~_*)）"
_AFTER_CLOSE = re.compile(r"[\s.,!?;:…—–\-)\]。，！？；：、”’\"]|$")
_DASH_START = re.compile(r"\s*(?:——|—|–|―|--)\s*(?=\S)|\s*- (?=\S)")
_LABEL = re.compile(
    r"\s*(?:>>\s*)?(?:\[\s*([A-Z][\w .'’\-]{0,30}?)\s*\]:?|\*{0,2}([A-Z][A-Z0-9 .'’\-]{0,30}[A-Z0-9.]|[A-Z])\*{0,2}"
    r"(?:\s*[(\[][^)\]]{1,60}[)\]])?\s*[:：]\*{0,2}|([A-Z][a-z]+(?: [A-Z][a-z]+)?)(?:\s*\([^)]{1,60}\))?:)\s+(?=\S)"
)
_LABEL_ZH = re.compile(
    r"\s*(?:【([^】]{1,8})】[:：]?|([\u4e00-\u9fff]{1,6})(?:（[^）]{1,20}）)?[：:])\s*(?=\S)"
)
_ZH_UNMARKED = re.compile(
    r"([^\n。！？：“”「」]{1,24}?)(问道|問道|说道|說道|答道|笑道|喊道|叫道|骂道|罵道|怒道|回答|问|問|道|说|說|曰|云|答|喊|叫|想|云)[：:]\s*(?=[^\s“「『\"‘])"
)
_SPEECH_VERB_BEFORE = re.compile(
    r"(?:said|say|says|saying|cried|cry|crying|asked|asking|replied|answered|exclaimed|called|shouted|shouting|whispered|muttered|"
    r"murmured|repeated|added|began|continued|remarked|observed|returned|tells|told|screamed|answer|reply|call|cry|whisper|shout|exclaim|murmur|out|with|words)\s*$"
)
_NOT_SAID = re.compile(
    r"(?:as (?:much|who) (?:as|should) (?:to )?say|initials|entitled|labell?ed|inscribed|marked)[,:]?$"
)
"""as much as to say, “Are you all like this?”: nobody says it."""
_SAID_BEFORE = re.compile(
    r"\b(?:said|cried|asked|replied|answered|whispered|shouted|murmured|muttered|exclaimed)\s*$"
)
_NAMED_BEFORE = re.compile(
    r"\b(?:the|an?|his|her|their|my|its|our|your|this|of|as|in|on|at|called|named|termed|word|words|entitled|signed|spell|spelt|spelled|"
    r"become|became|phrase|motto|read|reading|or|than|with|for|by|into|very|so-called|styled|from|titles?|names?|[A-Za-z]+['’]s)\s*$"
)
"""Words after which a few quoted words are a name, a title or a borrowed phrase, whatever stop stands inside the mark."""
_INSCRIBED = re.compile(
    r"[刻写寫印绣繡贴貼题題标標][着著有满滿](?!.*[说說问問喊叫念读讀])[^。！？；，“”「」『』]{0,12}[：:]$"
)
"""墙上写着：what stands on a thing is read, not said."""
_LETTER_LEAD = re.compile(
    r"(?:\bread\b[^.!?\"“”]{0,60}|\bletter\b[^.!?\"“”]{0,80}|\bnote\b[^.!?\"“”]{0,60}|\bwrote\b[^.!?\"“”]{0,60}|"
    r"(?:信|字条|便条|纸条)[^。！？]{0,16}(?:写|道|说|：)[^。！？]{0,6}|写道[：:]?\s*|念道[：:]?\s*)[:：,—-]*\s*$"
)
_LETTER_OPEN = re.compile(
    r"(?:My |MY |Most )?(?:[Dd]ear(?:est)?|DEAR(?:EST)?)(?: [A-Z][\w. ]{1,30})?[,:;.—-]|(?:SIR|MADAM),|Sir,—|To [A-Z][\w. ]{1,30}[,:]\s*$"
)
SALUTATION_LETTERS = 48
"""A paragraph this short that is nothing but a salutation opens a letter without being announced."""
_SIGNATURE = re.compile(
    r"(?:&c|\b(?:[Yy]ours?|[Ss]incerely|[Ff]aithfully|[Aa]ffectionately|[Oo]bedient|servant|devotedly)\b.{0,60})[.,’”\"]*$|^[A-Z][A-Z. ]{4,40}$"
)
_NAME_ALONE = re.compile(r"(?:[A-Z][\w.]*\s*){1,4}")
_LEADING_APOSTROPHE = re.compile(
    r"[’'](?:tis|twas|twere|twill|twould|em|im|er|ere|ave|as|is|ow|orse|ouse|ome|ope|and|ead|eart|ave|ad|bout|cause|course|fore|"
    r"gainst|mong|neath|nother|nuff|pon|round|scuse|spect|stead|til|till|way|s|e|n|o|un|d|ud|ll|m|\d\d)\b",
    re.IGNORECASE,
)


def find_style(paragraphs: Sequence[str], lang: str) -> Style:
    """The quotation style that covers most paragraphs; see `Style`."""
    sample = paragraphs if len(paragraphs) <= 4000 else paragraphs[:: len(paragraphs) // 4000 + 1]
    counts = dict.fromkeys(("double", "single", "corner", "guillemets", "dash", "labels"), 0)
    labels: dict[str, int] = {}
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
        counts["dash"] += bool(_DASH_START.match(head))
        name = label_of(head, lang) if lang != "zh" or any(c in head for c in "：:【") else ""
        if name:
            labels[name] = labels.get(name, 0) + 1
    counts["labels"] = sum(n for n in labels.values() if n > 1) if len(labels) > 1 else 0
    whole = len([t for t in sample if t.strip()])
    marked = max(counts["double"], counts["corner"], counts["guillemets"], counts["single"])
    if counts["labels"] > max(1, marked, whole // 5):
        return "labels"
    if counts["dash"] > max(1, 2 * marked):
        return "dash" if lang != "zh" else "unmarked"
    if marked == 0:
        return "unmarked" if lang == "zh" else "double"
    # A book in ‘ ’ has “ ” inside its speech and a book in “ ” has ‘ ’ inside: the outer marks cover more paragraphs.
    order: tuple[Style, ...] = ("double", "corner", "single", "guillemets")
    return max(order, key=lambda style: counts[style])


_SINGLE_SPEECH = re.compile(r"(?:^|[\s(—–-])[‘'](?=[\w“\"—…’'])[^‘]{1,4000}?[.,!?…—–-][’'](?=\s|$|[—–)-])")


def label_of(text: str, lang: str) -> str:
    """The speaker printed before a line (`ANNA (laughing):`, `[JOE]`, `甲：`), or "" where there is none."""
    match = _LABEL.match(text) or (_LABEL_ZH.match(text) if lang == "zh" else None)
    if not match:
        return ""
    name = next(group for group in match.groups() if group)
    if name.lower() in _NOT_LABELS or len(name.split()) > LABEL_WORDS:
        return ""
    return name.strip()


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


def find_quotes(paragraphs: Sequence[str], lang: str, style: Style | None = None) -> list[Quote]:
    """All quoted speech, letters and thoughts of a chapter or book, in order.

    Args:
        paragraphs: texts of the paragraphs.
        lang: `en` or `zh`.
        style: the book's; found here when None.

    Scare quotes, titles, signs and measures are left out: they are narration.
    """
    if style is None:
        style = find_style(paragraphs, lang)
    if style == "labels":
        return _find_labels(paragraphs, lang)
    if style == "dash":
        return _find_dashes(paragraphs, lang)
    if style == "unmarked":
        return _find_unmarked(paragraphs)
    return _mark_letters(paragraphs, _find_marked(paragraphs, lang, style))


def _find_labels(paragraphs: Sequence[str], lang: str) -> list[Quote]:
    quotes = []
    for number, text in enumerate(paragraphs):
        name = label_of(text, lang)
        if name:
            match = _LABEL.match(text) or _LABEL_ZH.match(text)
            assert match is not None
            end = len(text.rstrip())
            if name.lower() not in ("narrator", "旁白") or end > match.end():
                quotes.append(Quote(number, match.end(), end, match.end(), end, label=name))
    return quotes


# The tag inside dash dialogue carries no mark: "—All three, Fintan, Bridie said, —and the dog goes free."
_DASH_TAG = re.compile(
    r"(?<=[?!.,…])\s+(?:(?:said|asked|cried|answered|replied|says|whispered|shouted|called|muttered|murmured|exclaimed|added|went on|"
    r"continued|repeated|told|observed|remarked|laughed|sighed|began|put in|inquired|returned|demanded)\s+"
    r"(?:he|she|they|I|we|the [a-z]+|(?:(?:Mr|Mrs|Miss|Dr)\.? )?[A-Z]\w+(?: [A-Z]\w+)?)"
    r"|(?:he|she|they|I|we|(?:(?:Mr|Mrs|Miss|Dr)\.? )?[A-Z]\w+(?: [A-Z]\w+)?)\s+"
    r"(?:said|asked|cried|answered|replied|says|whispered|shouted|called|muttered|murmured|exclaimed|added|went on|continued|repeated|"
    r"told|observed|remarked|laughed|sighed|began|put in|inquired|returned|demanded))\b"
)


def _find_dashes(paragraphs: Sequence[str], lang: str) -> list[Quote]:
    quotes = []
    for number, text in enumerate(paragraphs):
        opening = _DASH_START.match(text)
        if not opening:
            continue
        at, length = opening.end(), len(text.rstrip())
        while at < length:
            tag = _DASH_TAG.search(text, at)
            end = tag.start() if tag else length
            if end > at:
                quotes.append(Quote(number, at, end, at, end))
            if not tag:
                break
            again = re.compile(r"[,.;:]?\s*(?:——|—|–|―|--)\s*").search(text, tag.end())
            if not again:
                break
            at = again.end()
    return quotes


def _find_unmarked(paragraphs: Sequence[str]) -> list[Quote]:
    """Chinese without marks: `X问：…`, `X道：…` to the end of the paragraph, and lines led by a dash."""
    quotes = []
    for number, text in enumerate(paragraphs):
        end = len(text.rstrip())
        dash = _DASH_START.match(text)
        if dash:
            quotes.append(Quote(number, dash.end(), end, dash.end(), end))
            continue
        tags = [m for m in _ZH_UNMARKED.finditer(text) if m.end() < end]
        for i, tag in enumerate(tags):
            stop = tags[i + 1].start() if i + 1 < len(tags) else end
            stop = _back_to_clause(text, tag.end(), stop) if i + 1 < len(tags) else stop
            kind: QuoteKind = "thought" if tag.group(2) == "想" else "speech"
            if stop > tag.end():
                quotes.append(
                    Quote(number, tag.end(), stop, tag.end(), stop, kind=kind, label=tag.group(1).strip())
                )
    return quotes


def _back_to_clause(text: str, start: int, stop: int) -> int:
    """The last sentence end before `stop`: what follows it introduces the next speaker."""
    last = max((text.rfind(mark, start, stop) for mark in "。！？"), default=-1)
    return last + 1 if last >= 0 else stop


def _find_marked(paragraphs: Sequence[str], lang: str, style: Style) -> list[Quote]:
    opens = _OPENS[style]
    marks = re.compile(
        "[" + re.escape(opens + _CLOSES[style] + {"double": '"＂', "single": "'"}.get(style, "")) + "]"
    )
    quotes: list[Quote] = []
    pending = -1  # index in `quotes` of an utterance that was not closed in its paragraph
    for number, text in enumerate(paragraphs):
        if not text or text.isspace():
            continue
        at = 0
        if pending >= 0:
            lead = len(text) - len(text.lstrip(" \t\r\n　_*"))
            opened_again = lead < len(text) and text[lead] in opens + "\"'＂"
            close = None if opened_again else _closing_ahead(paragraphs, number, style, lang)
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
        found = _scan(text, at, style, marks, lang)
        for i, (start, end, closed) in enumerate(found):
            continues = i == 0 and pending >= 0 and not text[:start].strip(" \t\r\n　_*")
            inner_end = end - 1 if closed else end
            if continues or _is_speech(text, start, end, closed, lang, style, i == 0):
                quotes.append(Quote(number, start, end, start + 1, inner_end, continues=continues))
        if found:
            pending = -1 if found[-1][2] else len(quotes) - 1
    return quotes


def _closing_ahead(paragraphs: Sequence[str], number: int, style: Style, lang: str) -> tuple[int, int] | None:
    """Where an utterance left open closes, if it does before anything opens: (paragraph, offset of the mark)."""
    opens, closes = _OPENS[style], _CLOSES[style]
    straight = {"double": '"＂', "single": "'"}.get(style, "")
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


def _scan(text: str, at: int, style: Style, marks: re.Pattern[str], lang: str) -> list[tuple[int, int, bool]]:
    """Quoted stretches `(start, end, closed)` of `text[at:]`; only the outer level."""
    if style == "single":
        return _scan_single(text, at, marks)
    opens, closes = _OPENS[style], _CLOSES[style]
    found: list[tuple[int, int, bool]] = []
    start, depth = -1, 0
    for match in marks.finditer(text, at):
        i = match.start()
        char = text[i]
        if start < 0:
            if char in opens or (char in '"＂' and _opens_straight(text, i)):
                start, depth = i, 1
        elif char in opens:
            if style in ("corner", "guillemets"):
                if char == text[start] and depth == 1:  # 「 inside 「: the close was forgotten
                    found.append((start, i, False))
                    start, depth = i, 1
                else:
                    depth += 1
            elif _sentence_ended(text, i):  # the close was forgotten
                found.append((start, i, False))
                start, depth = i, 1
            else:
                depth += 1
        elif char in closes:
            matches = closes.index(char) == opens.index(text[start]) if style == "corner" else False
            depth = 0 if matches else depth - 1
            if depth == 0 and not matches and style == "corner" and text[start] in "「﹁":
                depth = 1  # 』 alone cannot close 「
            if depth <= 0:
                found.append((start, i + 1, True))
                start = -1
        elif _is_measure(text, i, marks):
            continue
        elif _looks_opening(text, i):
            # a straight mark that can only open while we are inside: nested, or the close was forgotten
            if _sentence_ended(text, i):
                found.append((start, i, False))
                start, depth = i, 1
            else:
                depth += 1
        else:
            depth -= 1
            if depth <= 0 or not _later_close(text, i, marks):
                found.append((start, i + 1, True))
                start = -1
    if start >= 0 and len(text.rstrip()) > start + 1:
        found.append((start, len(text.rstrip()), False))
    return found


def _later_close(text: str, i: int, marks: re.Pattern[str]) -> bool:
    following = marks.search(text, i + 1)
    return following is not None and not _looks_opening(text, following.start())


def _opens_straight(text: str, i: int) -> bool:
    return i + 1 < len(text)


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


def _is_speech(text: str, start: int, end: int, closed: bool, lang: str, style: Style, first: bool) -> bool:
    """False for scare quotes, titles, signs and mottos: few words, no stop inside, in the middle of a sentence."""
    if not closed:
        return end - start > 2
    inner = text[start + 1 : end - 1].strip()
    if not inner:
        return False
    if closed and text[end - 2].isspace() and lang != "zh":
        return True  # a dash was lost in print: “The weather ” he began
    before = text[:start].rstrip()
    if lang == "zh" and _INSCRIBED.search(before[-24:]):
        return False
    if lang != "zh" and (_NOT_SAID.search(before[-24:]) or before.endswith("[Illustration:")):
        return False
    last = inner.rstrip("\"'’”_*")[-1:] or inner[-1]
    if (
        lang != "zh"
        and last in ",."
        and len(inner.split()) <= SCARE_WORDS + 2
        and _NAMED_BEFORE.search(before[-20:])
    ):
        return False  # at the “Coach and Horses.”
    if (
        first
        and lang != "zh"
        and inner[:1].islower()
        and before[-1:].isalpha()
        and not _SAID_BEFORE.search(before[-16:])
    ):
        return False  # generally “very particular,” swallowed: part of the sentence it stands in
    if last in ".,!?;:…—–-。，！？；：～~":
        return True
    if lang == "zh":
        if len(inner) > 12 and any(c in "，。！？；" for c in inner):
            return True
        after = text[end : end + 1]
        if before[-1:] in "：:":
            return True
        return not before and (not text[end:].strip() or after in "，。")
    if not before and not text[end:].strip():
        return len(inner.split()) > 1 or inner[:1].isupper()
    if len(inner.split()) > SCARE_WORDS + 6:
        return True
    if (
        before[-1:] == ","
        and text[end : end + 1] in (",", ";")
        and not _SPEECH_VERB_BEFORE.search(before[-17:-1])
    ):
        return False  # a sign, “CLOSED”, and a lamp
    if before[-1:] in ",:" or before.endswith("--") or _SPEECH_VERB_BEFORE.search(before[-16:]):
        return inner[:1].isupper() or not inner[:1].isalpha()
    return len(inner.split()) > SCARE_WORDS and (not before or before[-1] in ".!?;,:—-")


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
