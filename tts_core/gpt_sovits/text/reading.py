"""An utterance as the models are given it, in plain data: for each piece its phonemes, the text that BERT
reads, and its pause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from tts_core.engine import Prepared, Utterance, Word
from tts_core.gpt_sovits.text.frontend import Passage, Spoken, spoken
from tts_core.gpt_sovits.text.pieces import cut
from tts_core.gpt_sovits.text.symbols import SymbolSet, symbol_ids


class GivenPiece(NamedTuple):
    """One piece of a line.

    Args:
        phones: symbols, marks included.
        passages: (first phoneme, characters, phonemes of each) of what BERT reads.
        pause: seconds of silence after it at the voice's own tempo.
    """

    phones: tuple[str, ...]
    passages: tuple[tuple[int, str, tuple[int, ...]], ...]
    pause: float

    def spoken(self, which: SymbolSet) -> Spoken:
        """The piece with the numbers of its symbols."""
        passages = tuple(Passage(at, text, counts) for at, text, counts in self.passages)
        return Spoken(self.phones, tuple(symbol_ids(self.phones, which)), (), passages)


def read(utterance: Utterance, which: SymbolSet) -> Prepared:
    """Read an utterance; `given` is its language (it sets the pace that a draw is judged by) and its pieces.

    Raises:
        DuoyinError: a language the models do not speak, or a text without anything to say.
    """
    pieces: list[GivenPiece] = []
    words: list[Word] = []
    unit = 0
    parts = cut(utterance)
    for number, piece in enumerate(parts, 1):
        line = spoken(piece.utterance, which)
        pause = piece.pause if number < len(parts) else 0.0
        passages = tuple((passage.at, passage.text, passage.counts) for passage in line.passages)
        pieces.append(GivenPiece(line.phones, passages, pause))
        for start, end, count in line.spans:
            if start != end:
                words.append(Word(piece.start + start, piece.start + end, unit, unit + count))
            unit += count
        unit += 1  # the pause after the piece
    return Prepared(
        (utterance.language, tuple(pieces)),
        utterance.voice,
        utterance.language,
        utterance.speed,
        utterance.seed,
        tuple(words),
        utterance.text,
    )


def given(prepared: Prepared) -> tuple[str, Sequence[GivenPiece]]:
    """(language, pieces) of a line that `read` made."""
    language, pieces = cast(tuple[str, tuple[GivenPiece, ...]], prepared.given)
    return language, [GivenPiece(*piece) for piece in pieces]
