"""Written text → spoken text.

One compiled scanner stops only where something may have to be said differently (a digit, a sign, an abbreviation, a
Roman numeral); there the rules of the language its neighbours speak are asked in order. Everything else is copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from normalizers import chinese, english
from normalizers.characters import EMOJI, INVISIBLE, fold, numeric_symbols
from normalizers.chinese.units import CURRENCY_SIGN as CHINESE_CURRENCY
from normalizers.electronic import find_addresses, find_kaomoji, say_address
from normalizers.english.abbreviations import STATES, WORDS
from normalizers.english.dates import MONTH
from normalizers.english.units import CURRENCY_SIGN as ENGLISH_CURRENCY
from normalizers.hints import Hint
from normalizers.lexicon import Lexicon, merge_hints
from normalizers.mixed_text import Language, language_at, main_language
from normalizers.notation import find_markup
from normalizers.rules import Place, Rule, Rulebook, Spoken
from normalizers.scripts import HAN
from normalizers.spans import Normalized, Replacement, compose
from normalizers.symbols import SPOKEN, say_numeric, say_symbol

_PASSES = 4
"""Passes until nothing changes any more; the second already finds nothing in all but contrived text."""

_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_MONTHS = MONTH.replace("(?P<month>", "(?:")
_PUNCTUATION_RUNS = r"-{2,}|\*+|_+|~+|`+|=+|\++|<+|>+|\|+|\\+"


@cache
def _scanner() -> re.Pattern[str]:
    numeric = "".join(re.escape(c) for c in numeric_symbols() if c not in _VULGAR)
    currency = f"(?:{ENGLISH_CURRENCY}|{CHINESE_CURRENCY})"
    signs = re.escape(SPOKEN)
    return re.compile(
        rf"(?P<number>[\d{_VULGAR}]|[-–—~](?<=[年月日号號点點时時分秒天周岁℃%层楼页章节].)[-–—~]?(?=第?\d)|[-–—~](?<=[\d度℃].)(?=[A-Z]\d|零下)|[-+±~≈#](?=\s?(?:[$€£¥₩]\s?)?\.?\d)|(?<![A-Za-z\d]){currency}(?=\s?-?\.?\d)|[$€£¥₩](?=\s?-?\.?\d)"
        rf"|(?<![\w.])\.(?=\d)|(?<![A-Za-z\d])['‘](?=\d\d)|\((?=\d{{3}}\)))"
        rf"|(?P<word>(?<![A-Za-z\d])(?:(?:{_MONTHS}|(?:Mon|Tues?|Tu|Wed|Thurs?|Thu|Fri|Sat|Sun)\.?|{WORDS}|{'|'.join(STATES)}|AD)(?![A-Za-z])|[A-Za-z]\.(?=\s?[A-Za-z])|[NSEW](?=\.?\s[\dA-Z])))"
        rf"|(?P<roman>(?<![A-Za-z\d])(?:[IVXLCDM]+(?:(?:th|st|nd|rd|e)\b)?(?![A-Za-z\d])|(?<![^\s(.,])[ivxlc]+(?![A-Za-z\d])))"
        rf"|(?P<numeric>[⁻⁺]?[{numeric}]+)"
        rf"|(?P<note>\[(?:(?<=[a-z]{{2}}\[)|(?<=[.,;:!?\"”’)\]。，！？、；：」』{HAN}]\[))\d{{1,3}}\](?![A-Za-z0-9_(=]))"
        rf"|(?P<silent>[{EMOJI}{INVISIBLE}]+)"
        rf"|(?P<sign>{_PUNCTUATION_RUNS}|[{signs}])"
        rf"|(?P<control>[\x00-\x08\x0e-\x1f\x7f-\x9f]+)"
    )


_STOP = re.compile(rf"[^a-z\s，。、；：？！“”’（）《》…,;:?!\"{HAN}]|(?<![A-Za-z\d])[a-z]")
"""Where the scanner has to look at all: not inside a word, not at Han characters and the commonest punctuation."""


def _next_candidate(text: str, at: int) -> re.Match[str] | None:
    """The first candidate at or behind `at`."""
    match = _scanner().match
    for stop in _STOP.finditer(text, at):
        found = match(text, stop.start())
        if found is not None:
            return found
    return None


class _Builder:
    """Collects the spoken text and its replacements; puts a blank where two Latin words would run together."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []
        self.length = 0
        self.copied = 0  # everything before this offset of the text has been handed on
        self.last = ""
        self.replacements: list[Replacement] = []

    def copy_to(self, end: int) -> None:
        if end > self.copied:
            piece = self.text[self.copied : end]
            self.parts.append(piece)
            self.length += len(piece)
            self.last = piece[-1]
            self.copied = end

    def say(
        self, start: int, end: int, said: str, cls: str, rule: str, alternatives: tuple[str, ...] = ()
    ) -> None:
        self.copy_to(start)
        text = self.text
        following = text[end : end + 1]
        if not said:
            if self.last in ("", " ") and following == " ":
                end += 1
            elif cls != "invisible" and _joins(self.last) and _joins(following):
                said = " "
        else:
            if _latin(said[0]) and (_latin(self.last) or self.last.isdigit()):
                said = " " + said
            if following and _latin(said[-1]) and (_latin(following) or following.isdigit()):
                said += " "
        if said == text[start:end]:
            return
        self.parts.append(said)
        self.replacements.append(
            Replacement(start, end, self.length, self.length + len(said), cls, rule, alternatives)
        )
        self.length += len(said)
        if said:
            self.last = said[-1]
        self.copied = end


def _joins(character: str) -> bool:
    """Whether two such characters side by side would read as one word."""
    return character.isalnum() and ord(character) < 0x2E80


def _latin(character: str) -> bool:
    return character.isalpha() and ord(character) < 0x2E80


def _number(place: Place, m: re.Match[str], language: Language) -> tuple[Rule, int, Spoken] | None:
    return _ask(chinese.NUMBER_RULES if language == "zh" else english.NUMBER_RULES, place)


def _ask(book: Rulebook, place: Place) -> tuple[Rule, int, Spoken] | None:
    answer = book.answer(place)
    if answer is None:
        return None
    rule, m, spoken = answer
    return rule, m.end() if spoken.end is None else spoken.end, spoken


_ZH_NUMBER_WORD = re.compile(
    r"(?P<word>[Nn][Oo]|[Pp]|[Vv]ol|VOL|[Ff]ig)(?:\.|[°º])?\s?(?P<number>\d+)(?![\d.])"
)
_ZH_NUMBERED = {"no": ("第", ""), "p": ("第", "页"), "vol": ("第", "卷"), "fig": ("图", "")}
"""English abbreviations before a number inside Chinese: what is said before and after it."""


def _pass(
    text: str, main: Language, fixed: list[tuple[int, int, str, str, str]]
) -> tuple[str, tuple[Replacement, ...]]:
    """One pass over folded text. `fixed` are spans (start, end, said, class, rule) that were decided beforehand, in order."""
    builder = _Builder(text)
    at = 0
    next_fixed = 0
    size = len(text)
    place = Place(text, 0)
    while at < size:
        m = _next_candidate(text, at)
        start = m.start() if m else size
        if next_fixed < len(fixed) and fixed[next_fixed][0] <= start:
            low, high, said, cls, rule = fixed[next_fixed]
            next_fixed += 1
            if low >= at:
                builder.say(low, high, said, cls, rule)
                at = high
            continue
        if m is None:
            break
        limit = fixed[next_fixed][0] if next_fixed < len(fixed) else size
        place.at = start
        kind = m.lastgroup
        end = m.end()
        found: tuple[str, str, Spoken] | None = None
        if kind == "number":
            language = language_at(text, *_number_extent(text, start), main)
            answer = _number(place, m, language)
            if answer:
                found, end = (answer[0].cls, answer[0].name, answer[2]), answer[1]
            elif text[start] in SPOKEN:
                spoken = say_symbol(m, place, language)
                if spoken is not None:
                    found, end = (spoken.cls or "symbol", "sign", spoken), spoken.end or end
        elif kind == "word":
            zh = _ZH_NUMBER_WORD.match(text, start) if main == "zh" else None
            if zh and language_at(text, start, zh.end(), main) == "zh":
                lead, tail = _ZH_NUMBERED[zh["word"].lower()]
                found, end = (
                    ("ordinal", "number-sign", Spoken(lead + chinese.numerals.cardinal(zh["number"]) + tail)),
                    zh.end(),
                )
            else:
                numeral = _ask(english.ROMAN_RULES, place) if text[start] in "IVXLCDMivxlc" else None
                answer = numeral or _ask(english.WORD_RULES, place)  # CHAPTER V. is no initial
                if answer:
                    found, end = (answer[0].cls, answer[0].name, answer[2]), answer[1]
        elif kind == "roman":
            language = language_at(text, start, end, main)
            beside_latin = bool(re.search(r"[A-Za-z]\.?\s?$", place.before(4)))
            book = chinese.ROMAN_RULES if language == "zh" and not beside_latin else english.ROMAN_RULES
            answer = _ask(book, place)
            if answer:
                found, end = (answer[0].cls, answer[0].name, answer[2]), answer[1]
        elif kind == "numeric":
            spoken = say_numeric(m, place, language_at(text, start, end, main))
            found, end = (spoken.cls or "number", "numeric-character", spoken), spoken.end or end
        elif kind == "silent":
            found = ("emoji", "silent", Spoken(""))
            if set(m[0]) <= _INVISIBLES:
                found = ("invisible", "silent", Spoken(""))
        elif kind == "note":
            found = ("note-mark", "note-mark", Spoken(""))  # like a superscript: it points to a note
        elif kind == "sign":
            if m[0][0] == "-":
                found = ("dash", "dash", Spoken("—"))
            else:
                spoken = say_symbol(m, place, language_at(text, start, end, main))
                if spoken is not None:
                    found, end = (spoken.cls or "symbol", "sign", spoken), spoken.end or end
        else:
            found = ("control", "silent", Spoken(" "))
        if found is None or end > limit:
            at = m.end() if kind in ("roman", "sign", "number") and m.end() <= limit else start + 1
            if kind == "word":
                at = start + 1
            continue
        cls, name, spoken = found
        builder.say(start, end, spoken.text, spoken.cls or cls, name, spoken.alternatives)
        at = max(end, builder.copied)
    builder.copy_to(size)
    return "".join(builder.parts), tuple(builder.replacements)


_INVISIBLES = frozenset(
    c
    for code in (
        *range(0xAD, 0xAE),
        0x34F,
        0x61C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    )
    for c in chr(code)
)
_EXTENT = re.compile(r"[-+±~≈#.'‘(]?\s?[$€£¥₩]?\s?[\d.,:/%°½⅓⅔¼¾-]*")


def _number_extent(text: str, start: int) -> tuple[int, int]:
    m = _EXTENT.match(text, start)
    extent = (
        m[0].rstrip(".,:") if m else ""
    )  # a mark at the end closes the clause: what follows does not tell the language
    return start, start + max(1, len(extent))


def normalize_spans(
    text: str, lang: str = "auto", *, hints: Iterable[Hint] = (), lexicon: Lexicon | None = None
) -> Normalized:
    """`text` as spoken, with the source offsets of every replacement.

    Args:
        text: any text, one line or a whole book; inline markup `{written|reading}` is understood.
        lang: `zh`, `en` or `auto`. The language of each number comes from its neighbours.
        hints: readings for stretches of `text` (SSML, PLS, ruby).
        lexicon: the project's lexicon with the series' behind it, scoped to this line.

    Returns: spoken text. Its `hints` have offsets of the spoken text and do not overlap; respellings are already
    part of the text. Conflicts and markup that was not understood are in `notes`.
    Raises: `DuoyinError` for an unknown `lang`.
    """
    marked, markup_hints, notes = _strip_markup(text)
    bare = marked.text
    moved = (
        replace(h, start=low, end=high) for h in hints for low, high in (marked.to_spoken(h.start, h.end),)
    )
    kept, conflicts = merge_hints(
        bare, [*markup_hints, *moved, *(lexicon.hints(bare, lang) if lexicon else ())]
    )
    respelled: list[tuple[int, int, str, str, str]] = [
        (h.start, h.end, h.value, "respelling", h.source) for h in kept if h.alphabet == "respell"
    ]
    whole = _to_fixpoint(bare, lang, respelled)
    readings = tuple(
        replace(h, start=low, end=high)
        for h in kept
        if h.alphabet != "respell"
        for low, high in (whole.to_spoken(h.start, h.end),)
        if low < high
    )
    return replace(
        compose(marked, whole), source=text, text=whole.text, hints=readings, notes=(*notes, *conflicts)
    )


def _to_fixpoint(text: str, lang: str, respelled: list[tuple[int, int, str, str, str]]) -> Normalized:
    """Passes until nothing changes, as one."""
    whole = Normalized(text, text)
    current = text
    for number in range(_PASSES):
        folded = fold(current)
        main = main_language(folded, lang)
        fixed = [
            (
                start,
                end,
                say_address(folded[start:end], _address_language(folded, start, end, main)),
                "electronic",
                kind,
            )
            for start, end, kind in find_addresses(folded)
        ]
        fixed = _without_overlap(
            [*fixed, *((low, high, "", "kaomoji", "kaomoji") for low, high in find_kaomoji(folded))]
        )
        if number == 0 and respelled:
            fixed = sorted(
                [*respelled, *(a for a in fixed if not any(a[0] < r[1] and r[0] < a[1] for r in respelled))]
            )
        spoken, replacements = _pass(folded, main, fixed)
        whole = compose(whole, Normalized(current, spoken, replacements))
        if spoken == current:
            break
        current = spoken
    return replace(whole, source=text, text=current)


def _without_overlap(spans: list[tuple[int, int, str, str, str]]) -> list[tuple[int, int, str, str, str]]:
    out: list[tuple[int, int, str, str, str]] = []
    for span in sorted(spans):
        if not out or span[0] >= out[-1][1]:
            out.append(span)
    return out


def _strip_markup(text: str) -> tuple[Normalized, list[Hint], list[str]]:
    """The text without its braces, as a first pass, with the hints they ask for (offsets of the stripped text)."""
    rows, notes = find_markup(text)
    if not rows:
        return Normalized(text, text), [], notes
    parts: list[str] = []
    replacements: list[Replacement] = []
    hints: list[Hint] = []
    at = length = 0
    for start, end, written, hint in rows:
        parts += [text[at:start], written]
        length += start - at
        replacements.append(
            Replacement(start, end, length, length + len(written), "markup", "inline-reading")
        )
        hints.append(hint.moved(length))
        length += len(written)
        at = end
    parts.append(text[at:])
    return Normalized(text, "".join(parts), tuple(replacements)), hints, notes


def _address_language(text: str, start: int, end: int, main: Language) -> Language:
    return main if main == "zh" else language_at(text, start, end, main)


def normalize(text: str, lang: str) -> str:
    """`text` as spoken; `lang` is `zh`, `en` or `auto`."""
    return normalize_spans(text, lang).text
