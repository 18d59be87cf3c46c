"""Where sentences end, where over-long ones may be cut, and the silence each cut deserves."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from normalizers.mixed_text import main_language
from normalizers.rules import words
from normalizers.scripts import HAN, is_han

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
_QUOTES = '“”「」『』"'
_CLOSERS = "”」』》〉）)】]}〕\"'’`*_"
_END = re.compile(
    rf"(?P<line>\s*\n\s*)|(?P<stop>[。！？．｡][。！？!?．｡.…]*|…+[。！？!?]*|[!?](?:[。！？!?…]|\s?[.!?])*|\s?\.(?:\s?[.!?])*)"
    rf"(?P<close>(?:[{re.escape(_CLOSERS)}]|\s?''(?=\s|$)|\s?\[\d+\](?!\w))*)(?P<late>[.!?。](?![\w.]))?(?P<close2>[{re.escape(_CLOSERS)}]*)"
)
_NEVER_ENDS = words(
    "mr mrs ms messrs dr prof gen col capt lt lieut sgt maj cpl pvt rev hon gov sen rep pres adm supt mme mlle st mt ft fig figs sec vol vols no nos pp p ch chap vs cf "
    "eg e.g i.e ie viz al approx ca c ed eds fr art eq ref refs op cit bros n° see jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri tel ext pt pts "
    "sr. messieurs msgr mgr ver cmdr brig sra esq. rt dist asst ste ald det wm chas geo jas thos robt jno benj saml danl richd fredk edw"
)
_UNITS = words("oz lb lbs ft in mi km cm mm kg min mins sec hr hrs yd yds gal qt tsp tbsp cwt")
_COMPANIES = words("inc ltd co corp bros llc plc jr sr esq")
_TITLES_AHEAD = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|Rev|Sir|Lord|Lady|Capt|Col|Gen|Miss|Madame)\b")
_STARTERS = words(
    "The A An I He She It We They You This That These Those There Then But And So If When While What Who Why How Where In On At As By For From To With After Before "
    "His Her Its Their My Our Your No Not Yes Now Once One All Some Every Each Such Here Perhaps Suddenly Meanwhile Is Are Was Were Did Do Does Had Has Have Will Would "
    "Could Should Can May Please Only Even Still Though Although Because Since Until Nobody Everyone Everybody Good Let Well Oh Again Today Tomorrow Yesterday"
)
_LEAD_IN = re.compile(
    r"(?:^|[:;“\"‘]\s*)(?:at|on|in|by|from|before|after|until|till|since|around|about|within|during|through|between)\b(?:[^.!?:]|\.(?!\s)|\.(?=\s\d))*$",
    re.IGNORECASE,
)
"""`At 5 a.m. Mr. Smith went …`: what stands before the abbreviation is only an adverbial of time."""
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|been|had|has|have|did|does|do|went|came|left|died|said|saw|got|took|made|gave|reigned|ruled|lived|began|ran|sat|stood|fell|met|woke|"
    r"works?|lives?|goes|comes|leaves|opens|closes|starts?|ends?|he|she|they|we|you|I|\w{3,}ed)\b"
)
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w.'’-]*\s+){0,4}?(?:\w+ly\s+)?(?:said|says|asked|asks|cried|cries|replied|replies|answered|answers|exclaimed|whispered|murmured|muttered|shouted|called|added|"
    r"returned|continued|observed|remarked|began|thought|repeated|demanded|inquired|enquired|screamed|yelled|sighed|laughed|growled|gasped|sobbed|snapped|roared|went on|declared|"
    r"agreed|admitted|explained|insisted|interrupted|suggested|urged|warned|wondered|retorted|rejoined|responded|pleaded|begged|protested|announced|breathed|hissed|stammered)\b"
)
_CONTINUES = re.compile(r"(?:[a-z]|\(|[-–—,;:、，；：])")
_MARKER = re.compile(
    r"(?:^|(?<=\s))(?P<bullet>[•◦▪●⁃‣]\s*)?(?:(?P<number>\d{1,3})(?P<n>\.\)|[.)])|(?P<letter>[a-z])(?P<l>\.\)|[.)]))(?=\s)"
)


def split_spans(text: str, lang: str = "auto", max_chars: int | None = None) -> list[Sentence]:
    """The sentences of `text`, in order; every character that is not white space lies in exactly one.

    Args:
        text: a paragraph, or a whole text: a line break always ends a sentence.
        lang: `zh`, `en` or `auto`; decides only the default length, both scripts are understood side by side.
        max_chars: sentences longer than this are cut at clauses; 0 never cuts, None takes the language's own.

    Returns: spans without white space at their edges, with the silence that follows each, in seconds.
    """
    if max_chars is None:
        max_chars = main_language(text, lang).longest_sentence
    out: list[Sentence] = []
    for start, end, pause in _sentences(text):
        if max_chars and end - start > max_chars:
            out.extend(_cut(text, start, end, pause, max_chars))
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


def _sentences(text: str) -> Iterator[tuple[int, int, float]]:
    shield = _Shield(text)
    start = 0
    for end, pause in _boundaries(text, shield):
        low, high = _trim(text, start, end)
        if low < high:
            yield from _list_items(text, low, high, pause)
        start = end
    low, high = _trim(text, start, len(text))
    if low < high:
        yield from _list_items(text, low, high, PAUSE_SENTENCE)


def _boundaries(text: str, shield: _Shield) -> Iterator[tuple[int, float]]:
    start = 0
    at = 0
    while m := _END.search(text, at):
        at = max(m.end(), at + 1)
        if m["line"] is not None:
            yield m.end(), PAUSE_PARAGRAPH if m["line"].count("\n") > 1 else PAUSE_LINE
            start = m.end()
            continue
        end = m.end()
        if shield.covers(m.start("stop"), end):
            continue
        if _ends_sentence(text, start, m):
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


class _Shield:
    """Stretches inside quotes, brackets and titles that are closed on their own line: no sentence ends in there."""

    def __init__(self, text: str) -> None:
        spans: list[tuple[int, int]] = []
        stack: list[tuple[str, int]] = []
        straight = twice = -1
        doubled: bool | None = None
        for m in re.finditer(
            rf"[{re.escape(_OPEN + _CLOSE)}\"\n]|(?<![\w])['‘](?=\w)|(?<=[\w.,!?…—-])['’](?!\w)|''", text
        ):
            mark, at = m[0], m.start()
            if mark == "\n":
                stack.clear()
                straight = twice = -1
                doubled = None
            elif mark == '"':
                if straight < 0:
                    straight = at
                else:
                    spans.append((straight, at))
                    straight = -1
            elif mark == "''":
                if doubled is None:
                    line_end = text.find("\n", at)
                    doubled = text.count("''", at, line_end if line_end >= 0 else len(text)) % 2 == 0
                if doubled:  # '' opens and closes alike; only where the line has them in pairs
                    if twice < 0:
                        twice = at
                    else:
                        spans.append((twice, at))
                        twice = -1
            elif mark in _PAIR:
                stack.append((_PAIR[mark], at))
            elif (
                mark in "'‘"
                and not text[at - 1 : at].isalnum()
                and not re.match(r"'(?:tis|twas|em|til|cause|bout|\d\ds)\b", text[at : at + 8], re.I)
                and text[at + 1 : at + 2] != " "
            ):
                stack.append(("'", at))
            else:
                want = "'" if mark in "'’" else mark
                for depth in range(len(stack) - 1, -1, -1):
                    if stack[depth][0] == want:
                        spans.append((stack[depth][1], at))
                        del stack[depth:]
                        break
        spans.sort()
        self.starts: list[int] = []
        self.ends: list[int] = []
        for low, high in spans:  # outermost only
            if self.ends and low < self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], high)
                continue
            self.starts.append(low)
            self.ends.append(high)

    def covers(self, at: int, end: int) -> bool:
        """Whether a stop at `at` whose closing marks reach to `end` is still inside a quote or bracket."""
        index = bisect_left(self.starts, at) - 1
        return index >= 0 and self.ends[index] >= end


_LIST_NUMBER = re.compile(r"(?:[•◦▪●⁃‣]\s*)?(?:\d{1,3}|[A-Za-z]|[IVXLC]+|[ivx]+)")
_LIST_HEAD = re.compile(r"\s*(?:[•◦▪●⁃‣]\s*)?(?:(?P<number>\d{1,3})|(?P<letter>[a-z]))[.)]")


def _is_list_number(text: str, start: int, at: int) -> bool:
    """Whether the full stop at `at` only closes the number of a list item or a heading."""
    if at - start < 12 and _LIST_NUMBER.fullmatch(text[start:at].strip()):
        return True
    head = _LIST_HEAD.match(text, start)
    if head is None:
        return False
    last = re.search(r"\s(?:[•◦▪●⁃‣]\s*)?(\d{1,3}|[a-z])$", text[max(start, at - 8) : at])
    if last is None or last[1].isdigit() != bool(head["number"]):
        return False
    before = str(int(last[1]) - 1) if last[1].isdigit() else chr(ord(last[1]) - 1)
    return (
        re.search(
            rf"(?:^|\s)(?:[•◦▪●⁃‣]\s*)?{re.escape(before)}[.)]", text[max(start, at - 2000) : at].lstrip()
        )
        is not None
    )


_WORD_BEFORE = re.compile(rf"((?:[^\W{HAN}]|°)(?:[^\W{HAN}]|[.'’°-])*)\s?$")


def _ends_sentence(text: str, start: int, m: re.Match[str]) -> bool:
    stop, end = m["stop"], m.end()
    closers = (m["close"] or "") + (m["close2"] or "")
    after = text[end : end + 60]
    if not after.strip():
        return True
    gap = len(after) - len(after.lstrip(" \t\u3000\xa0"))
    following = after[gap:]
    first = following[:1]
    if first == "\n":
        return True
    quoted = any(mark in "”」』\"'’`" for mark in closers) or "''" in closers
    before = text[max(start, m.start("stop") - 60) : m.start("stop")].rstrip()
    chinese = stop[0] in "。！？｡．" or (bool(before) and is_han(before[-1])) or is_han(first)
    if "…" in stop and stop.strip("…") == "" and not quoted:
        return first in '“「『"' or (first.isupper() and first != "I" and gap > 0)
    if chinese and (stop[0] != "." or is_han(before[-1:] or " ") or is_han(first)):
        return _ends_chinese(text, start, m, first, following, quoted, closers, gap, before)
    if gap == 0 and (not quoted or first not in '“"‘「『'):
        return False
    if stop.strip()[:1] == "." and _is_list_number(text, start, m.start("stop")):
        return False
    if _CONTINUES.match(following) and not re.match(r"[a-z]\)\s|[ivx]+\)\s", following):
        return False
    if first == "." or following.startswith(". ."):
        return False
    if quoted and first not in "“\"‘'`「":
        return _ATTRIBUTION.match(following) is None
    if stop.strip()[0] != "." or stop.count(".") > 1:
        if stop.count(".") > 1 and stop.strip(". ") == "":
            return not (first == "I" and following[1:2] in (" ", "'", "’"))
        return True
    if m["late"] or closers.strip("'\"”’ *_`"):
        return True
    return _ends_after_full_stop(text, start, m.start("stop"), following, before)


def _ends_chinese(
    text: str,
    start: int,
    m: re.Match[str],
    first: str,
    following: str,
    quoted: bool,
    closers: str,
    gap: int,
    before: str,
) -> bool:
    if first in "，、；：。！？,;:…—）》】)":
        return False
    if m["stop"] == "." and re.search(r"(?:^|[^\w])\d{1,3}$", before) and gap == 0:
        return False  # 1.打开门。
    if re.search(r"[A-Za-z\d]$", before) and m["stop"] == "." and gap == 0 and not is_han(first):
        return False
    if m["stop"] == "." and (
        _is_list_number(text, start, m.start("stop"))
        or (gap == 0 and re.search(r"(?:^|[^A-Za-z])[A-Za-z](?:\.[A-Za-z])*$", before))
    ):
        return False
    if m["stop"] == "." and re.search(r"(?:^|\W)(?:Dr|Mr|Mrs|Ms|Prof|St|No|vs|Vol)$", before):
        return False
    if quoted and first not in '“「『"‘':
        # What follows a quote belongs to it (他喊道), unless it introduces the next one (我说：“…”).
        clause = re.match(r"[^。！？!?\n“「『\"]{0,40}", following)
        tail = following[clause.end() : clause.end() + 1] if clause else ""
        introduces = (
            tail in ("“", "「", "『", '"')
            and clause is not None
            and re.search(r"[：:]\s?$", clause[0]) is not None
        )
        opener = text[start : m.start("stop")]
        return introduces and bool(re.search(r"[：:]\s?[“「『\"]", opener))
    if closers and closers[-1] in "》〉" and not quoted:
        return False
    if closers and closers[-1] in "）)】]" and not quoted:
        # A bracket in mid-sentence may hold a whole sentence; only one that stands alone ends here.
        head = re.compile(r"\s*").match(text, start)
        low = head.end() if head else start
        return text.rfind(_OPEN[_CLOSE.index(closers[-1])], start, m.start("stop")) == low
    return True


def _ends_after_full_stop(text: str, start: int, at: int, following: str, before: str) -> bool:
    word_match = _WORD_BEFORE.search(before)
    word = word_match[1] if word_match else ""
    bare = word.rstrip(".").lower()
    following_word = re.match(r"[\"“‘'(]?([A-Za-z]+)", following)
    nextword = following_word[1] if following_word else ""
    starter = nextword in _STARTERS or following[:1] in '“"‘'
    lead = text[max(start, at - 160) : at].strip()
    if re.search(r"\d$", word):
        return True
    if (
        (bare in ("a.m", "p.m", "am", "pm", "b.c", "a.d", "b.c.e", "c.e", "p.d.t") and "." in word)
        or re.search(r"\b[ap]\.\s?m$", before, re.I)
        or re.search(r"\b[BA]\.\s?[CD](?:\.E)?$", before)
    ):
        if following[:1].isdigit() or (not following[:1].isupper() and following[:1] not in '“"‘'):
            return False
        if nextword.isupper() and len(nextword) <= 4 and re.match(r"[A-Z]\.", following):
            return False  # 11:58 p.m. P.D.T.
        if re.match(
            r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b(?!\s(?:was|is|had|came|would|will|night was)\b)",
            following,
        ):
            return False  # 6 p.m. Monday
        return not (_LEAD_IN.search(lead) and not _VERB.search(_LEAD_IN.search(lead)[0]))  # type: ignore[index]
    if bare in _NEVER_ENDS:
        return (
            bare in ("no", "see", "p", "al", "art", "mar", "jun", "c", "sec", "st", "ed", "sep")
            and starter
            and not following[:1].isdigit()
            and not (bare in ("al", "c", "sec", "art", "ed") and nextword == "I")
            and not (
                re.match(r"(?:Mr|No|Fig)$", word)
                or (word == "St" and not re.search(r"[A-Z][a-z]+\sSt$", before))
            )
        )
    if bare in _UNITS and re.search(rf"\d\s?{re.escape(word)}$", before):
        return following[:1].isupper() or following[:1] in '“"‘'
    if bare in _COMPANIES:
        return starter or bool(_TITLES_AHEAD.match(following)) or (bare in ("inc", "ltd", "corp") and False)
    if bare == "etc":
        return following[:1].isupper() or following[:1] in '“"‘'
    if "." in word and re.fullmatch(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}", word.rstrip(".")):
        degree = re.fullmatch(
            r"(?:Ph\.?D|[MB]\.?[ASDE]|M\.?B\.?A|LL\.?[BMD]|J\.?D|D\.?Phil|Ed\.?D|D\.?D)",
            word.rstrip("."),
            re.I,
        )
        if degree:
            return following[:1].isupper()
        return (starter and nextword != "I") or (
            nextword == "I" and bool(re.match(r"I\s+[a-z]|I['’]", following))
        )
    if re.fullmatch(r"[A-Z]", word):
        if re.match(r"[A-Z]\.", following):
            return False
        if word == "I":  # 'you and I.', but 'Albert I. Jones'
            return starter or not re.search(r"[A-Z][a-z]+\sI$", before)
        return starter and not re.search(r"(?:^|\s)(?:[A-Z]\.\s?)+$", before[:-1])
    return True


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


_CLAUSES = (
    (
        re.compile(r"[。！？!?][”」』\"’]*(?=[^”」』\"’\s，、,])|[.!?][”\"’]*\s+(?=[A-Z“\"])|…{2}"),
        PAUSE_SENTENCE,
        3.0,
    ),
    (re.compile(r"[；;][”」』\"’]*\s*"), PAUSE_SEMICOLON, 2.5),
    (re.compile(r"——|—|\s[-–]\s|--"), PAUSE_DASH, 1.8),
    (re.compile(r"[：:](?=[^\d]|$)\s*(?![“「『\"])"), PAUSE_COLON, 1.8),
    (
        re.compile(
            r",[”\"’]?\s+(?=(?:and|but|or|so|for|yet|nor|which|who|when|while|where|because|although|though|if|as|then)\b)"
        ),
        PAUSE_COMMA,
        1.6,
    ),
    (re.compile(r"，[”」』]*|,[”\"’]?\s+(?!\d)"), PAUSE_COMMA, 1.3),
    (re.compile(r"\s+(?=(?:and|but|or|because|which|while|when|that|although|though)\b)"), PAUSE_WORD, 0.8),
    (re.compile(r"、"), PAUSE_COMMA, 0.6),
)
"""Where a clause ends: pattern (the cut is behind the match), silence in seconds, weight of the cut."""
_QUOTE_HEAD = 6
"""Characters after an opening quote in which no cut is made."""


def _cut(text: str, start: int, end: int, pause: float, max_chars: int) -> Iterator[Sentence]:
    """Cut a long sentence at the best clause ends, left to right; never in a number, a word or a quote's first words."""
    while end - start > max_chars:
        window_end = min(end, start + max_chars)
        least = start + max(1, int(max_chars * _SHORTEST_SHARE))
        best = 0.0
        best_cut, best_pause = -1, PAUSE_WORD
        for pattern, silence, weight in _CLAUSES:
            for m in pattern.finditer(text, least, window_end):
                at = m.end()
                if at >= end or not text[at:end].strip() or _in_quote_head(text, start, at):
                    continue
                if m[0][0] == "." and not _plain_word_before(text, m.start()):
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


def _plain_word_before(text: str, at: int) -> bool:
    """Whether the full stop at `at` closes a word that is no abbreviation."""
    word = _WORD_BEFORE.search(text[max(0, at - 24) : at])
    return (
        word is not None
        and len(word[1]) > 2
        and "." not in word[1]
        and word[1].lower() not in _NEVER_ENDS | _UNITS | _COMPANIES
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
