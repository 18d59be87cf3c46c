"""Written text → spoken text.

One compiled scanner stops only where something may have to be said differently (a digit, a sign, an abbreviation, a
Roman numeral); there the rules of the language its neighbours speak are asked in order. Everything else is copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

from normalizers.characters import EMOJI, INVISIBLE, fold, numeric_symbols
from normalizers.electronic import find_addresses, find_kaomoji, say_address
from normalizers.hints import Hint
from normalizers.languages import Language
from normalizers.lexicon import Lexicon, merge_hints
from normalizers.mixed_text import han_of, language_at, latin_of, main_language
from normalizers.notation import find_markup
from normalizers.rules import Place, Rulebook, Spoken
from normalizers.scripts import HAN, LATIN
from normalizers.spans import Normalized, Replacement, compose
from normalizers.symbols import SPOKEN, say_numeric, say_symbol

_PASSES = 4
"""Passes until nothing changes any more; the second already finds nothing in all but contrived text."""

_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_PUNCTUATION_RUNS = r"-{2,}|\*+|_+|~+|`+|=+|\++|<+|>+|\|+|\\+"
_APART = rf"(?<![{LATIN}\d])"
"""No letter and no digit stands before it."""


@cache
def _scanner(latin: Language, han: Language) -> re.Pattern[str]:
    """What is looked at, in a text whose Latin letters and Han characters are in these languages."""
    numeric = "".join(re.escape(c) for c in numeric_symbols() if c not in _VULGAR)
    currency = f"(?:{latin.currency}|{han.currency})"
    leads = "".join(f"|{record.number_leads}" for record in (han, latin) if record.number_leads)
    signs = re.escape(SPOKEN)
    return re.compile(
        rf"(?P<number>[\d{_VULGAR}]{leads}|[-+±~≈#](?=\s?(?:[$€£¥₩]\s?)?\.?\d)|"
        rf"{_APART}{currency}(?=\s?-?\.?\d)|[$€£¥₩](?=\s?-?\.?\d)"
        rf"|(?<![\w.])\.(?=\d)|{_APART}['‘](?=\d\d)|\((?=\d{{3}}\)|0\d{{3,4}}\)))"
        rf"|(?P<word>{_APART}(?:{latin.scanned_words}))"
        rf"|(?P<roman>{_APART}(?:[IVXLCDM]+(?:(?:th|st|nd|rd|e)\b)?(?![{LATIN}\d])|(?<![^\s(.,"
        rf"])[ivxlc]+(?![{LATIN}\d])))"
        rf"|(?P<numeric>[⁻⁺]?[{numeric}]+)"
        rf"|(?P<note>\[(?:(?<=[a-z]{{2}}\[)|(?<=[.,;"
        rf":!?\"”’)\]。，！？、；：」』{HAN}]\[))\d{{1,3}}\](?![A-Za-z0-9_(=]))"
        rf"|(?P<silent>[{EMOJI}{INVISIBLE}]+)"
        rf"|(?P<sign>{_PUNCTUATION_RUNS}|[{signs}])"
        rf"|(?P<control>[\x00-\x08\x0e-\x1f\x7f-\x9f]+)"
    )


_STOP = re.compile(rf"[^一-鿿a-z\s，。、；：？！“”’（）《》…,;:?!\"{HAN}ß-öø-ɏ]|(?<![{LATIN}\d])[a-z]")
"""Where the scanner has to look at all: not inside a word, not at Han characters and the commonest punctuation."""


def _next_candidate(scanner: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """The first candidate at or behind `at`."""
    match = scanner.match
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


@dataclass(frozen=True, slots=True)
class _Found:
    """What a candidate says: class and name of the rule, its answer, and where the replaced text ends."""

    cls: str
    rule: str
    spoken: Spoken
    end: int


def _ask(book: Rulebook, place: Place) -> _Found | None:
    answer = book.answer(place)
    if answer is None:
        return None
    rule, m, spoken = answer
    return _Found(rule.cls, rule.name, spoken, m.end() if spoken.end is None else spoken.end)


def _say_number(m: re.Match[str], place: Place, main: Language) -> _Found | None:
    language = language_at(place.text, *_number_extent(place.text, m.start()), main)
    found = _ask(language.number_rules, place)
    return found or (_say_sign_in(m, place, language) if m[0][0] in SPOKEN else None)


def _say_word(m: re.Match[str], place: Place, main: Language) -> _Found | None:
    latin = latin_of(main)
    if main is not latin:
        found = _ask(main.word_rules, place)
        if found and language_at(place.text, m.start(), found.end, main) is main:
            return found
    numeral = _ask(latin.roman_rules, place) if m[0][0] in _ROMAN_LETTERS else None
    return numeral or _ask(latin.word_rules, place)  # CHAPTER V. is no initial


def _say_roman(m: re.Match[str], place: Place, main: Language) -> _Found | None:
    beside_latin = _LATIN_BEFORE.search(place.before(4))
    language = latin_of(main) if beside_latin else language_at(place.text, m.start(), m.end(), main)
    return _ask(language.roman_rules, place)


def _say_numeric(m: re.Match[str], place: Place, main: Language) -> _Found:
    spoken = say_numeric(m, place, language_at(place.text, m.start(), m.end(), main))
    return _Found(spoken.cls or "number", "numeric-character", spoken, spoken.end or m.end())


def _say_sign(m: re.Match[str], place: Place, main: Language) -> _Found | None:
    if m[0][0] == "-":
        return _Found("dash", "dash", Spoken("—"), m.end())
    return _say_sign_in(m, place, language_at(place.text, m.start(), m.end(), main))


def _say_sign_in(m: re.Match[str], place: Place, language: Language) -> _Found | None:
    spoken = say_symbol(m, place, language)
    if spoken is None:
        return None
    return _Found(spoken.cls or "symbol", "sign", spoken, spoken.end or m.end())


def _say_silent(m: re.Match[str], place: Place, main: Language) -> _Found:
    return _Found("invisible" if set(m[0]) <= _INVISIBLES else "emoji", "silent", Spoken(""), m.end())


def _say_note(m: re.Match[str], place: Place, main: Language) -> _Found:
    return _Found("note-mark", "note-mark", Spoken(""), m.end())  # like a superscript: it points to a note


def _say_control(m: re.Match[str], place: Place, main: Language) -> _Found:
    return _Found("control", "silent", Spoken(" "), m.end())


_READERS: dict[str, Callable[[re.Match[str], Place, Language], _Found | None]] = {
    "number": _say_number,
    "word": _say_word,
    "roman": _say_roman,
    "numeric": _say_numeric,
    "note": _say_note,
    "silent": _say_silent,
    "sign": _say_sign,
    "control": _say_control,
}
"""Who says a candidate, by the group of the scanner that found it."""
_WHOLE = frozenset({"roman", "sign", "number"})
"""Kinds that are stepped over as a whole where nobody says them; others only by one character."""
_ROMAN_LETTERS = frozenset("IVXLCDMivxlc")
_LATIN_BEFORE = re.compile(r"[A-Za-z]\.?\s?$")


def _pass(
    text: str, main: Language, fixed: list[tuple[int, int, str, str, str]]
) -> tuple[str, tuple[Replacement, ...]]:
    """One pass over folded text. `fixed` are spans (start, end, said, class, rule) that were decided
    beforehand, in order."""
    builder = _Builder(text)
    scanner = _scanner(latin_of(main), han_of(main))
    size = len(text)
    place = Place(text, 0)
    at = 0
    for low, high, said, cls, rule in [*fixed, (size, size, "", "", "")]:
        at = _say_until(low, at, scanner, place, main, builder)
        if at <= low < size:
            builder.say(low, high, said, cls, rule)
            at = high
    builder.copy_to(size)
    return "".join(builder.parts), tuple(builder.replacements)


def _say_until(
    limit: int, at: int, scanner: re.Pattern[str], place: Place, main: Language, builder: _Builder
) -> int:
    """Say every candidate from `at` that ends before `limit`; returns where the next search begins."""
    while at < limit:
        m = _next_candidate(scanner, place.text, at)
        if m is None or m.start() >= limit:
            break
        place.at = m.start()
        kind = m.lastgroup or ""
        found = _READERS[kind](m, place, main)
        if found is None or found.end > limit:
            at = m.end() if kind in _WHOLE and m.end() <= limit else m.start() + 1
            continue
        spoken = found.spoken
        builder.say(
            m.start(), found.end, spoken.text, spoken.cls or found.cls, found.rule, spoken.alternatives
        )
        at = max(found.end, builder.copied)
    return at


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
        lang: a code of `LANGUAGES`, or `auto`. The language of each number comes from its neighbours.
        hints: readings for stretches of `text` (SSML, PLS, ruby).
        lexicon: the project's lexicon with the series' behind it, scoped to this line.

    Returns: spoken text. Its `hints` have offsets of the spoken text and do not overlap; respellings are already
    part of the text. Conflicts and markup that was not understood are in `notes`.
    Raises: `DuoyinError` for an unknown `lang`.
    """
    marked, markup_hints, notes = _strip_markup(text)
    if (whole_letters := _compose_letters(marked.text)) is not None:
        markup_hints = [_moved(hint, whole_letters) for hint in markup_hints]
        marked = compose(marked, whole_letters)
    bare = marked.text
    moved = (_moved(hint, marked) for hint in hints)
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


def _moved(hint: Hint, by: Normalized) -> Hint:
    """A hint for the source of a pass as one for its text."""
    start, end = by.to_spoken(hint.start, hint.end)
    return replace(hint, start=start, end=end)


_ACCENT = re.compile(r"[A-Za-z\u00c0-\u024f][\u0300-\u036f]+")


def _compose_letters(text: str) -> Normalized | None:
    """A pass that writes each letter and its accents as one character; None where all are."""
    if text.isascii() or not _ACCENT.search(text):
        return None
    parts: list[str] = []
    replacements: list[Replacement] = []
    at = length = 0
    for m in _ACCENT.finditer(text):
        whole = unicodedata.normalize("NFC", m[0])
        parts += [text[at : m.start()], whole]
        length += m.start() - at
        if whole != m[0]:
            replacements.append(
                Replacement(m.start(), m.end(), length, length + len(whole), "letter", "composed-letter")
            )
        length += len(whole)
        at = m.end()
    parts.append(text[at:])
    return Normalized(text, "".join(parts), tuple(replacements)) if replacements else None


def _to_fixpoint(text: str, lang: str, respelled: list[tuple[int, int, str, str, str]]) -> Normalized:
    """Passes until nothing changes, as one."""
    whole = Normalized(text, text)
    current = text
    for number in range(_PASSES):
        folded = fold(current)
        if number and folded != current:
            whole = compose(whole, _letter_for_letter(current, folded))
            current = folded
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


def _letter_for_letter(text: str, folded: str) -> Normalized:
    """A pass for what looks like another letter only since its neighbours are spoken (0O0 in Chinese)."""
    replacements = [
        Replacement(at, at + 1, at, at + 1, "letter", "look-alike")
        for at, (one, other) in enumerate(zip(text, folded, strict=True))
        if one != other
    ]
    return Normalized(text, folded, tuple(replacements))


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
    return language_at(text, start, end, main) if main.latin else main


def normalize(text: str, lang: str) -> str:
    """`text` as spoken; `lang` is a code of `LANGUAGES` or `auto`."""
    return normalize_spans(text, lang).text
