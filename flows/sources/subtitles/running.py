"""Running text to lines: cues that a talk or a caption cuts without regard to its sentences.

Automatic captions and transcripts end a cue where a line is full. What such cues say is put together again, and cut
where sentences end, within a cue as well; a sentence too long for a line is cut where a clause ends or somebody
pauses, and never behind a word that no sentence ends with if there is another place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.sources.subtitles.model import Turn
from flows.sources.subtitles.speech import join_lines
from flows.sources.words import all_of
from normalizers import split_spans
from normalizers.languages import LANGUAGES

ENDS_CLAUSE = re.compile(r"[,;:，；：、][\"'”’»」』）)]*\s*$")
_CLAUSE = re.compile(r"[,;:，；：、][\"'”’»」』）)]*(?:\s+|(?<=[，；：、])(?=\S))")
SHORT_MS = 5_000
"""Sentences are said in one breath while they last no longer than this together."""
_NEVER_LAST = all_of("never_last")


@dataclass(frozen=True, slots=True)
class Piece:
    """A turn, or a part of it.

    Args:
        turn: the whole turn. cue: the number of the cue it belongs to.
        low, high: its part, `turn.text[low:high]`; blanks at its edges are not said.
    """

    turn: Turn
    cue: int
    low: int
    high: int

    @property
    def text(self) -> str:
        return self.turn.text[self.low : self.high].strip()

    @property
    def start_ms(self) -> int:
        return self._time(self.low)

    @property
    def end_ms(self) -> int:
        return self._time(self.high)

    def _time(self, at: int) -> int:
        """When a place of the turn is said: as the file tells of its words, else its time is shared by characters."""
        turn = self.turn
        word = len(turn.text[:at].split())
        if word < len(turn.word_ms):
            return min(max(turn.start_ms, turn.word_ms[word]), turn.end_ms)
        return turn.start_ms + (turn.end_ms - turn.start_ms) * at // max(1, len(turn.text))


def whole(turn: Turn, cue: int) -> Piece:
    """A turn as one piece."""
    return Piece(turn, cue, 0, len(turn.text))


def lines_of(run: Sequence[Piece], language: str, *, longest_ms: int) -> list[list[Piece]]:
    """The lines of a run, each of one piece or more, in order; together they hold every character of it.

    Args:
        run: turns of one speaker that go on into each other.
        language: of the run, a BCP 47 primary tag.
        longest_ms: what a line may last.
    """
    if _lasts(run) <= longest_ms:
        return _up_to_a_clause(run, longest_ms)
    lines: list[list[Piece]] = []
    for sentence in _sentences(run, language):
        if _lasts(sentence) > longest_ms:
            lines += _cut(list(_clauses(sentence)), longest_ms)
        elif lines and _lasts([*lines[-1], *sentence]) <= SHORT_MS:
            lines[-1] += sentence
        else:
            lines.append(list(sentence))
    return [_joined(line) for line in lines]


def _lasts(pieces: Sequence[Piece]) -> int:
    return pieces[-1].end_ms - pieces[0].start_ms


def _up_to_a_clause(run: Sequence[Piece], longest_ms: int) -> list[list[Piece]]:
    """A comma at a cue's end is a good place to breathe: there a line of two thirds of the longest ends."""
    lines = [[run[0]]]
    for piece in run[1:]:
        far = _lasts([*lines[-1], piece]) > longest_ms * 2 // 3
        if far and ENDS_CLAUSE.search(lines[-1][-1].text):
            lines.append([piece])
        else:
            lines[-1].append(piece)
    return lines


def _sentences(run: Sequence[Piece], language: str) -> Iterator[list[Piece]]:
    """The pieces of each sentence."""
    text = ""
    ends: list[int] = []
    for piece in run:
        text = join_lines([text, piece.text]) if text else piece.text
        ends.append(len(text))
    known = language if language in LANGUAGES else "auto"
    stops = [span.end for span in split_spans(text, known, max_chars=0)]
    sentence: list[Piece] = []
    for piece, end in zip(run, ends):
        begin = end - len(piece.text)
        within = [stop - begin for stop in stops if begin < stop < end]
        parts = _parts(piece, within)
        for part in parts[:-1]:
            yield [*sentence, part]
            sentence = []
        sentence.append(parts[-1])
        if end in stops:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _clauses(sentence: Sequence[Piece]) -> Iterator[Piece]:
    for piece in sentence:
        ends = [match.end() for match in _CLAUSE.finditer(piece.turn.text, piece.low, piece.high)]
        yield from _parts(piece, ends)


def _parts(piece: Piece, cuts: Sequence[int]) -> list[Piece]:
    """A piece cut at places of its turn."""
    text = piece.turn.text
    bounds = [piece.low, *(cut for cut in cuts if text[cut : piece.high].strip()), piece.high]
    return [replace(piece, low=low, high=high) for low, high in pairwise(bounds)]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The same with neighbours of one turn made one again."""
    made = [pieces[0]]
    for piece in pieces[1:]:
        last = made[-1]
        if piece.turn is last.turn and piece.low == last.high:
            made[-1] = replace(last, high=piece.high)
        else:
            made.append(piece)
    return made


def _cut(pieces: list[Piece], longest_ms: int) -> list[list[Piece]]:
    """A sentence that is too long, cut in two at its best place, and again."""
    if len(pieces) == 1 or _lasts(pieces) <= longest_ms:
        return [pieces]
    at = min(range(1, len(pieces)), key=lambda k: _cost(pieces, k))
    return [*_cut(pieces[:at], longest_ms), *_cut(pieces[at:], longest_ms)]


def _cost(pieces: Sequence[Piece], at: int) -> float:
    """How bad a cut is: halves of unlike length count most, then a place where nobody breathes; pauses and ends of
    cues are good ones."""
    before, behind = pieces[at - 1], pieces[at]
    uneven = abs(_lasts(pieces[:at]) - _lasts(pieces[at:])) / _lasts(pieces)
    between_cues = before.turn is not behind.turn
    pause = min(500, behind.start_ms - before.end_ms) / 1000
    last = before.text.split()[-1].lower()
    breathless = 0.0 if ENDS_CLAUSE.search(before.text) else 2.0 if last in _NEVER_LAST else 0.7
    return 1.5 * uneven + breathless - 0.3 * between_cues - pause
