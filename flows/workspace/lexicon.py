"""Lines of a lexicon file added and taken out; all else in it stays, comments too."""

from __future__ import annotations

from pathlib import Path

from normalizers import DuoyinError, Lexicon
from tts_core.files import write_atomically


def add_line(path: Path, line: str) -> None:
    """Add one line to a lexicon file, which is made where it is missing.

    Raises:
        DuoyinError: the line cannot be understood, or says something else of a word than another one does; nothing is
            written then.
    """
    if "\n" in line or "\r" in line:
        raise DuoyinError("a reading is one line", where=str(path))
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    made = text + ("" if not text or text.endswith("\n") else "\n") + line + "\n"
    Lexicon.parse(made, str(path))
    write_atomically(path, made.encode())


def drop_line(path: Path, line: str) -> None:
    """Take one line out of a lexicon file, the last that reads like this. Raises `DuoyinError` where it has none."""
    texts = path.read_text(encoding="utf-8-sig").split("\n") if path.is_file() else []
    if line not in texts:
        raise DuoyinError("this reading is not in the lexicon any more", where=str(path))
    del texts[len(texts) - 1 - texts[::-1].index(line)]
    write_atomically(path, "\n".join(texts).encode())
