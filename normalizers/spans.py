"""What normalization hands back: spoken text, and where every piece of it came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from normalizers.hints import Hint


@dataclass(frozen=True, slots=True)
class Replacement:
    """`source[src_start:src_end]` is spoken as `text[out_start:out_end]` (offsets in code points).

    Args:
        cls: the semiotic class: cardinal, ordinal, year, date, time, money, measure, range, roman, abbreviation, ...
        rule: the rule that fired, a stable kebab-case name.
        alternatives: other readings the same text can have, likeliest first; empty where there is none.
    """

    src_start: int
    src_end: int
    out_start: int
    out_end: int
    cls: str
    rule: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Normalized:
    """Spoken text with its replacements in order; what lies between them was copied unchanged."""

    source: str
    text: str
    replacements: tuple[Replacement, ...] = ()
    hints: tuple[Hint, ...] = ()

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest source span whose speech covers `text[start:end]`."""
        return self._source_edge(start, left=True), self._source_edge(end, left=False)

    def _source_edge(self, at: int, *, left: bool) -> int:
        index = bisect_right(self.replacements, at, key=lambda r: r.out_start) - 1
        if index < 0:
            return at
        last = self.replacements[index]
        if last.out_start < at < last.out_end:
            return last.src_start if left else last.src_end
        if at == last.out_start:
            return last.src_start
        return last.src_end + at - last.out_end

    def to_spoken(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span of `text` that speaks `source[start:end]`."""
        return self._spoken_edge(start, left=True), self._spoken_edge(end, left=False)

    def _spoken_edge(self, at: int, *, left: bool) -> int:
        index = bisect_right(self.replacements, at, key=lambda r: r.src_start) - 1
        if index < 0:
            return at
        last = self.replacements[index]
        if last.src_start < at < last.src_end:
            return last.out_start if left else last.out_end
        if at == last.src_start:
            return last.out_start
        return last.out_end + at - last.src_end
