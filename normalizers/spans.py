"""What normalization hands back: spoken text, and where every piece of it came from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from normalizers.hints import Hint


@dataclass(frozen=True, slots=True)
class Replacement:
    """`source[src_start:src_end]` is spoken as `text[out_start:out_end]` (offsets in code points).

    Args:
        cls: the semiotic class: cardinal, ordinal, year, date, time, money, measure, range, roman, abbreviation, ….
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
    """Spoken text with its replacements in order.

    What lies between two replacements was copied character for character (full-width letters as ASCII).
    `hints` are readings for stretches of `text`; `notes` are sentences for a person: lexicon conflicts,
    markup not understood.
    """

    source: str
    text: str
    replacements: tuple[Replacement, ...] = ()
    hints: tuple[Hint, ...] = ()
    notes: tuple[str, ...] = ()

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest source span whose speech covers `text[start:end]`."""
        return self._source_edge(start, left=True), self._source_edge(end, left=False)

    def to_spoken(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span of `text` that speaks `source[start:end]`."""
        return self._spoken_edge(start, left=True), self._spoken_edge(end, left=False)

    def _source_edge(self, at: int, *, left: bool) -> int:
        rows = self.replacements
        if left:
            index = bisect_right(rows, at, key=lambda r: r.out_end)  # first that ends behind `at`
            if index < len(rows) and rows[index].out_start <= at:
                return rows[index].src_start
            return at + (rows[index - 1].src_end - rows[index - 1].out_end if index else 0)
        index = bisect_left(rows, at, key=lambda r: r.out_start) - 1  # last that begins before `at`
        if index < 0:
            return at
        row = rows[index]
        return row.src_end if at <= row.out_end else at + row.src_end - row.out_end

    def _spoken_edge(self, at: int, *, left: bool) -> int:
        rows = self.replacements
        if left:
            index = bisect_right(rows, at, key=lambda r: r.src_end)
            if index < len(rows) and rows[index].src_start <= at:
                return rows[index].out_start
            return at + (rows[index - 1].out_end - rows[index - 1].src_end if index else 0)
        index = bisect_left(rows, at, key=lambda r: r.src_start) - 1
        if index < 0:
            return at
        row = rows[index]
        return row.out_end if at <= row.src_end else at + row.out_end - row.src_end


def compose(first: Normalized, second: Normalized) -> Normalized:
    """Two passes as one: `second.source` must be `first.text`. Replacements that touch are merged."""
    if not second.replacements:
        return first
    if not first.replacements:
        return Normalized(first.source, second.text, second.replacements)
    # Both passes as intervals of the middle text, with how far each moves what follows.
    rows = [(r.out_start, r.out_end, 0, r) for r in first.replacements] + [
        (r.src_start, r.src_end, 1, r) for r in second.replacements
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2]))
    out: list[Replacement] = []
    moved = [0, 0]  # middle minus source, spoken minus middle, of everything so far
    index = 0
    while index < len(rows):
        low, high = rows[index][0], rows[index][1]
        start = (low - moved[0], low + moved[1])
        members = [rows[index][3]]
        passes = [rows[index][2]]
        _move(moved, rows[index])
        index += 1
        while index < len(rows) and (
            rows[index][0] < high
            or (rows[index][0] == high and (rows[index][2] not in passes or low == high))
        ):
            high = max(high, rows[index][1])
            members.append(rows[index][3])
            passes.append(rows[index][2])
            _move(moved, rows[index])
            index += 1
        named = members[-1] if len(members) > 1 else members[0]
        out.append(
            Replacement(
                start[0],
                high - moved[0],
                start[1],
                high + moved[1],
                named.cls,
                named.rule,
                named.alternatives,
            )
        )
    return Normalized(first.source, second.text, tuple(out))


def _move(moved: list[int], row: tuple[int, int, int, Replacement]) -> None:
    replacement = row[3]
    moved[row[2]] += (replacement.out_end - replacement.out_start) - (
        replacement.src_end - replacement.src_start
    )
