"""The user's and the publisher's say: lexicon files, and which reading wins where several are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint, HintSource
from normalizers.languages import LANGUAGES
from normalizers.mixed_text import main_language
from normalizers.notation import parse_reading
from normalizers.scripts import LETTER

PRECEDENCE: dict[HintSource, int] = {source: rank for rank, source in enumerate(get_args(HintSource))}
"""markup > project > series > ssml > pls > ruby."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: `written` is read `value`, within its scope.

    Args:
        case: match upper and lower case exactly; by default so when `written` has a capital (Polish is not polish).
        language: only in text of this language; None for any.
        chapters: only in these chapters (counted from 1); empty for all.
        speakers: only in lines of these characters of the cast; empty for all.
        where: file and line, for messages.
    """

    written: str
    alphabet: Alphabet
    value: str
    case: bool = False
    language: str | None = None
    chapters: frozenset[int] = frozenset()
    speakers: frozenset[str] = frozenset()
    source: Literal["project", "series"] = "project"
    where: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Readings a project, a series or both ask for. Data: make another with `scoped` or `with_series`."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def empty(cls) -> Lexicon:
        """A lexicon that asks for nothing."""
        return cls()

    @classmethod
    def load(cls, path: Path | str, source: Literal["project", "series"] = "project") -> Lexicon:
        """Read a lexicon file (format: docs/how-to/lexicon.md). Raises `DuoyinError` naming file and line."""
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DuoyinError(
                f"cannot read the lexicon: {error}",
                where=str(path),
                hint="a lexicon is a plain text file in UTF-8",
            ) from error
        return cls.parse(text, str(path), source)

    @classmethod
    def parse(
        cls, text: str, where: str = "lexicon", source: Literal["project", "series"] = "project"
    ) -> Lexicon:
        """The same from a string; `where` names it in messages."""
        entries: list[Entry] = []
        seen: dict[tuple[object, ...], Entry] = {}
        for number, line in enumerate(text.splitlines(), 1):
            bare = line.strip()
            if not bare or bare.startswith("#"):
                continue
            entry = _entry(bare, f"{where}:{number}", source)
            key = (
                entry.written if entry.case else entry.written.lower(),
                entry.case,
                entry.language,
                entry.chapters,
                entry.speakers,
            )
            if key in seen and (seen[key].alphabet, seen[key].value) != (entry.alphabet, entry.value):
                raise DuoyinError(
                    f"{entry.written!r} already has another reading at {seen[key].where}",
                    where=entry.where,
                    hint="keep one of the two, or give them different scopes (chapter=…, speaker=…)",
                )
            seen[key] = entry
            entries.append(entry)
        return cls(tuple(entries))

    def with_series(self, series: Lexicon) -> Lexicon:
        """This project's lexicon with the series' behind it: where both know a word, the project wins."""
        return Lexicon(self.entries + tuple(replace(entry, source="series") for entry in series.entries))

    def scoped(self, *, chapter: int | None = None, speaker: str | None = None) -> Lexicon:
        """What applies to a line of `chapter` (from 1) spoken by `speaker`; entries without a scope always do."""
        return Lexicon(
            tuple(
                entry
                for entry in self.entries
                if (not entry.chapters or chapter in entry.chapters)
                and (not entry.speakers or speaker in entry.speakers)
            )
        )

    def hints(self, text: str, lang: str = "auto") -> tuple[Hint, ...]:
        """Where in `text` the entries apply: longest match first, Latin words whole, Han anywhere. Scopes are
        not looked at."""
        if not self.entries:
            return ()
        language = main_language(text, lang).code
        out: list[Hint] = []
        for source in ("project", "series"):
            exact, folded = _tables(self.entries, source, language)
            for table, haystack in ((exact, text), (folded, _lower(text))):
                if table is None:
                    continue
                pattern, by_word = table
                for m in pattern.finditer(haystack):
                    entry = by_word[m[0]]
                    out.append(Hint(m.start(), m.end(), entry.alphabet, entry.value, entry.source))
        return tuple(sorted(out, key=lambda hint: (hint.start, -hint.end)))


_Table = tuple[re.Pattern[str], dict[str, Entry]]


@lru_cache(maxsize=64)
def _tables(entries: tuple[Entry, ...], source: str, language: str) -> tuple[_Table | None, _Table | None]:
    chosen = [e for e in entries if e.source == source and (e.language is None or e.language == language)]
    return _table([e for e in chosen if e.case], exact=True), _table(
        [e for e in chosen if not e.case], exact=False
    )


def _table(entries: Sequence[Entry], *, exact: bool) -> _Table | None:
    by_word: dict[str, Entry] = {}
    for entry in entries:  # a scoped entry is narrower: it wins over one for the whole book
        key = entry.written if exact else _lower(entry.written)
        known = by_word.get(key)
        if known is None or _narrowness(entry) > _narrowness(known):
            by_word[key] = entry
    if not by_word:
        return None
    return re.compile("|".join(_bordered(word) for word in sorted(by_word, key=len, reverse=True))), by_word


def _narrowness(entry: Entry) -> int:
    return bool(entry.chapters) + bool(entry.speakers) + bool(entry.language)


def _lower(text: str) -> str:
    """Lower case of the same length (İ and its like stay)."""
    lowered = text.lower()
    return (
        lowered
        if len(lowered) == len(text)
        else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    )


def _bordered(word: str) -> str:
    """Latin words match whole; Chinese has no word borders."""
    pattern = re.escape(word)
    if re.match(rf"[{LETTER}\d]", word):
        pattern = rf"(?<![{LETTER}\d]){pattern}"
    if re.search(rf"[{LETTER}\d]$", word):
        pattern = rf"{pattern}(?![{LETTER}\d])"
    return pattern


_OPTION = re.compile(r"(?P<name>\w+)(?:\s*=\s*(?P<value>.+))?")


def _entry(line: str, where: str, source: Literal["project", "series"]) -> Entry:
    body, *options = _split_options(line)
    written, sign, notation = (part.strip() for part in body.partition("="))
    if not (written and sign and notation):
        raise DuoyinError(
            "expected `written = reading`",
            where=where,
            hint='for example `重庆 = chong2 qing4` or `Hermione = "her-my-oh-nee"`',
        )
    try:
        alphabet, value = parse_reading(written, notation)
    except DuoyinError as error:
        raise DuoyinError(error.message, where=where, hint=error.hint) from error
    entry = Entry(written, alphabet, value, case=written != written.lower(), source=source, where=where)
    for option in options:
        entry = _with_option(entry, option.strip())
    return entry


def _split_options(line: str) -> list[str]:
    """`written = reading ; option ; option` with quotes kept whole; a comment after ` #` is dropped."""
    parts = [""]
    quoted = False
    for at, character in enumerate(line):
        if character in '"“”':
            quoted = not quoted
        if character == "#" and not quoted and line[at - 1 : at].isspace():
            break
        if character == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _with_option(entry: Entry, option: str) -> Entry:
    m = _OPTION.fullmatch(option)
    name, value = (m["name"], (m["value"] or "").strip()) if m else ("", "")
    if name == "case":
        return replace(entry, case=True)
    if name == "anycase":
        return replace(entry, case=False)
    if name == "lang" and value in LANGUAGES:
        return replace(entry, language=value)
    if name == "speaker" and value:
        return replace(entry, speakers=frozenset(part.strip() for part in value.split(",") if part.strip()))
    if name == "chapter" and re.fullmatch(r"\d{1,4}(?:-\d{1,4})?(?:\s*,\s*\d{1,4}(?:-\d{1,4})?)*", value):
        chapters: set[int] = set()
        for part in value.split(","):
            low, _, high = part.strip().partition("-")
            chapters.update(range(int(low), int(high or low) + 1))
        return replace(entry, chapters=frozenset(chapters))
    raise DuoyinError(
        f"unknown option {option!r}",
        where=entry.where,
        hint=f"options are case, anycase, lang={'|'.join(LANGUAGES)}, chapter=3,5-7 and speaker=NAME",
    )


def merge_hints(text: str, hints: Iterable[Hint]) -> tuple[tuple[Hint, ...], tuple[str, ...]]:
    """The hints that count, in order and without overlap, and a sentence for every conflict.

    The stronger source wins (`PRECEDENCE`); within one source the longer stretch, then the earlier.
    Hints outside of `text` are dropped with a note.
    """
    kept: list[Hint] = []
    notes: list[str] = []
    for hint in sorted(hints, key=lambda h: (PRECEDENCE[h.source], h.start - h.end, h.start)):
        if not 0 <= hint.start < hint.end <= len(text):
            notes.append(
                f"a {hint.source} reading {hint.value!r} for {hint.start}–{hint.end} lies outside of the "
                f"text and is ignored"
            )
            continue
        rival = next((k for k in kept if k.start < hint.end and hint.start < k.end), None)
        if rival is None:
            kept.append(hint)
        elif (rival.start, rival.end, rival.alphabet, rival.value) != (
            hint.start,
            hint.end,
            hint.alphabet,
            hint.value,
        ):
            notes.append(
                f"{text[hint.start : hint.end]!r}: {rival.source} says {rival.value!r}, so {hint.source} "
                f"{hint.value!r} is ignored"
            )
    return tuple(sorted(kept, key=lambda h: h.start)), tuple(notes)
