"""The user's readings: a plain-text lexicon per project and per series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint


@dataclass(frozen=True, slots=True)
class Entry:
    written: str
    alphabet: Alphabet
    value: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Readings that a project or a series asks for."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def empty(cls) -> Lexicon:
        return cls()

    @classmethod
    def load(cls, path: Path | str) -> Lexicon:
        """Read `written = reading` lines. Raises `DuoyinError` naming file and line."""
        entries = []
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DuoyinError(f"cannot read the lexicon: {error}", where=str(path)) from error
        for number, line in enumerate(lines, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            written, sign, value = (part.strip() for part in line.partition("="))
            if not (written and sign and value):
                raise DuoyinError("expected `written = reading`", where=f"{path}:{number}")
            entries.append(Entry(written, "pinyin" if value[-1:].isdigit() else "respell", value))
        return cls(tuple(entries))

    def hints(self, text: str) -> tuple[Hint, ...]:
        """Every place in `text` an entry applies to."""
        out = []
        for entry in self.entries:
            at = text.find(entry.written)
            while at >= 0:
                out.append(Hint(at, at + len(entry.written), entry.alphabet, entry.value, "project"))
                at = text.find(entry.written, at + 1)
        return tuple(sorted(out, key=lambda hint: (hint.start, -hint.end)))
