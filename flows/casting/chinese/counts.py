"""Counts of short strings in a Chinese text: at the starts of clauses, after surnames, and what follows them;
one pass in numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_HAN_FIRST, _HAN_LAST, _DOT = 0x4E00, 0x9FFF, 0xB7
LONGEST = 4


@dataclass(frozen=True, slots=True)
class Clauses:
    """Runs of Chinese letters in the narration.

    Args:
        starts, ends: offsets in the text, in order; a run never crosses from narration into speech.
        stretch: which stretch of narration each run is in.
    """

    starts: list[int]
    ends: list[int]
    stretch: list[int]


class Letters:
    """A text as numbers, with its runs of Chinese letters."""

    def __init__(self, text: str, narration: Sequence[tuple[int, int]]) -> None:
        self.text = text
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)
        han = ((codes >= _HAN_FIRST) & (codes <= _HAN_LAST)) | (codes == _DOT)
        numbers = np.zeros(int(codes.max(initial=0)) + 1, np.int64)
        numbers[codes] = 1
        letters = np.flatnonzero(numbers)
        numbers[letters] = np.arange(1, len(letters) + 1)
        self.ids: Ints = numbers[codes]
        self.letters: Ints = letters
        self.size = len(letters) + 1
        self.room: Ints = _run_length(han)
        told = np.zeros(len(text), np.int32)
        for number, (a, b) in enumerate(narration, 1):
            told[a:b] = number
        inside = han & (told > 0)
        new = inside.copy()
        new[1:] &= ~(inside[:-1] & (told[1:] == told[:-1]))
        ends = inside.copy()
        ends[:-1] &= ~(inside[1:] & (told[1:] == told[:-1]))
        self.clause_starts: Ints = np.flatnonzero(new)
        self.clause_ends: Ints = np.flatnonzero(ends) + 1
        self.clauses = Clauses(
            self.clause_starts.tolist(), self.clause_ends.tolist(), (told[self.clause_starts] - 1).tolist()
        )

    def at_starts(self, cut: Ints, least: int) -> tuple[Counter[str], dict[str, set[str]]]:
        """Strings of 2 to 4 letters that open clauses, with their counts and the letters seen after them.

        Args:
            cut: per place in the text, where a title that goes on over this place begins, or -1: no string
                may end there.
            least: counts below this are left out.
        """
        counts: Counter[str] = Counter()
        follows: dict[str, set[str]] = {}
        ids = np.concatenate((self.ids, np.zeros(LONGEST + 1, np.int64)))
        spelled = ["", *map(chr, self.letters.tolist())]
        for n in (2, 3, 4):
            at = self.clause_starts[self.clause_ends - self.clause_starts >= n]
            at = at[cut[np.minimum(at + n, len(cut) - 1)] <= at]
            one, which, count = self._unique(ids, at, n)
            kept = np.flatnonzero(count >= least)
            words = self._words(at[one[kept]], n)
            counts.update(dict(zip(words, count[kept].tolist(), strict=True)))
            names = dict(zip(kept.tolist(), words, strict=True))
            follows.update((word, set()) for word in words)
            pairs = np.unique(which * self.size + ids[at + n])
            owner, after = pairs // self.size, pairs % self.size
            wanted = count[owner] >= least
            for i, letter in zip(owner[wanted].tolist(), after[wanted].tolist(), strict=True):
                follows[names[i]].add(spelled[letter])
        return counts, follows

    def after(self, openers: frozenset[str], cut: Ints, least: int) -> Counter[str]:
        """Strings of 2 and 3 letters anywhere that begin with one of `openers`; `cut` and `least` as in `at_starts`."""
        counts: Counter[str] = Counter()
        opens = np.zeros(self.size, np.bool_)
        opens[1:] = np.isin(self.letters, np.array([ord(c) for c in openers], np.int64))
        begins = opens[self.ids]
        ids = np.concatenate((self.ids, np.zeros(LONGEST, np.int64)))
        for n in (2, 3):
            at = np.flatnonzero(begins & (self.room >= n))
            at = at[cut[np.minimum(at + n, len(cut) - 1)] <= at]
            one, _, count = self._unique(ids, at, n)
            kept = np.flatnonzero(count >= least)
            words = self._words(at[one[kept]], n)
            counts.update(dict(zip(words, count[kept].tolist(), strict=True)))
        return counts

    def _unique(self, ids: Ints, at: Ints, n: int) -> tuple[Ints, Ints, Ints]:
        """Of the strings of `n` letters at `at`: where each is found, which each place has, and the counts."""
        key = ids[at]
        for k in range(1, n):
            key = key * self.size + ids[at + k]
        found, which, count = np.unique(key, return_inverse=True, return_counts=True)
        one = np.empty(len(found), np.int64)
        one[which] = np.arange(len(at))
        return one, which, count

    def _words(self, at: Ints, n: int) -> list[str]:
        text = self.text
        return [text[i : i + n] for i in at.tolist()]


def _run_length(mask: Bools) -> Ints:
    """Per place, how many true places follow without a gap, itself included."""
    places = np.arange(len(mask), dtype=np.int32)
    stops = np.where(mask, np.int32(len(mask)), places)
    following = np.minimum.accumulate(stops[::-1])[::-1]
    return np.where(mask, following - places, 0)
