"""Where sentences end."""

from __future__ import annotations

import re
from dataclasses import dataclass

_END = re.compile(r"[。！？!?…]+[”’」』）)\"']*|\.+[”’)\"']*(?=\s|$)|\n+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]` is one sentence; `pause_seconds` is the silence that follows it."""

    start: int
    end: int
    pause_seconds: float


def split_spans(text: str, lang: str = "auto", max_chars: int = 0) -> list[Sentence]:
    """The sentences of `text`, in order; every character that is not white space lies in one of them."""
    cuts = [m.end() for m in _END.finditer(text)] + [len(text)]
    out: list[Sentence] = []
    start = 0
    for cut in cuts:
        piece = text[start:cut]
        bare = piece.strip()
        if bare:
            at = start + piece.index(bare)
            out.append(Sentence(at, at + len(bare), 0.35))
            start = cut
    return out


def split(text: str, lang: str = "auto") -> list[str]:
    """The sentences of `text` as strings."""
    return [text[s.start : s.end] for s in split_spans(text, lang)]
