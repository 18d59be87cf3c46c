"""What was heard, found again in a text that somebody wrote: its words are better labels than a recogniser's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from normalizers import to_pinyin

RUN = 3  # words in a row by which a passage is looked for
COMMON = 40  # a run that stands in more places tells nothing
AROUND = 12  # words of the text on either side of the place found
SHORT_TEXT = 400  # words: such a text is compared as a whole

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """`text[start:end]`, a word or a Han character, as it sounds: small letters without accents, or pinyin without
    tones, so that homophones are one."""

    start: int
    end: int
    sound: str


def tokens(text: str) -> list[Token]:
    """The words of a text."""
    syllables = to_pinyin(text)
    made = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        if len(word) == 1 and re.fullmatch(f"[{_HAN}]", word):
            sound = syllables[match.start()].rstrip("012345")
        else:
            letters = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
            sound = "".join(c for c in letters if not unicodedata.combining(c) and c != "'")
        made.append(Token(match.start(), match.end(), sound))
    return made


class KnownText:
    """A text in which passages are looked for: a line or a whole book."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self._sounds = [token.sound for token in self.tokens]
        self._places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at in range(len(self._sounds) - RUN + 1):
            self._places[tuple(self._sounds[at : at + RUN])].append(at)

    def placed(self, heard: Sequence[str]) -> list[int | None]:
        """Which of the text's tokens each heard sound is; None where it is none of them. All None where the passage is
        nowhere in the text."""
        first, last = self._region(heard)
        region = self._sounds[first:last]
        return [None if at is None else first + at for at in _aligned(heard, region)]

    def _region(self, heard: Sequence[str]) -> tuple[int, int]:
        """Tokens among which the heard ones are."""
        if len(self._sounds) <= SHORT_TEXT:
            return 0, len(self._sounds)
        votes: Counter[int] = Counter()
        width = max(8, len(heard) // 4)
        for at in range(len(heard) - RUN + 1):
            places = self._places.get(tuple(heard[at : at + RUN]), ())
            if len(places) <= COMMON:
                for place in places:
                    votes[(place - at) // width] += 1
        if not votes:
            return 0, 0
        bucket = max(votes, key=lambda key: (votes[key] + votes[key + 1], -key))
        start = bucket * width
        return max(0, start - AROUND), min(len(self._sounds), start + 2 * width + len(heard) + AROUND)


def _aligned(heard: Sequence[str], region: Sequence[str]) -> list[int | None]:
    """Levenshtein alignment of all that was heard with a stretch of the text; what is before and after it costs
    nothing."""
    rows = [[0] * (len(region) + 1)]
    for i, sound in enumerate(heard, 1):
        before, row = rows[-1], [i]
        for j, other in enumerate(region, 1):
            row.append(min(before[j - 1] + (sound != other), before[j] + 1, row[j - 1] + 1))
        rows.append(row)
    found: list[int | None] = [None] * len(heard)
    i, j = len(heard), min(range(len(region) + 1), key=lambda at: rows[-1][at])
    while i > 0:
        if j > 0 and rows[i][j] == rows[i - 1][j - 1] + (heard[i - 1] != region[j - 1]):
            i, j = i - 1, j - 1
            found[i] = j
        elif rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return found
