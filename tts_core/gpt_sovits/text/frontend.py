"""An utterance → phoneme ids and BERT vectors, with each spoken word's place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from normalizers import DuoyinError, Hint
from tts_core.engine import Utterance
from tts_core.gpt_sovits.text.chinese import MARKS, SpokenPiece, chinese_phones
from tts_core.gpt_sovits.text.english import english_phones
from tts_core.gpt_sovits.text.symbols import SymbolSet, symbol_ids

if TYPE_CHECKING:  # text is read without torch, too
    from torch import Tensor

FEWEST_PHONES = (
    6  # shorter lines get a full stop in front, or their first sound is swallowed (TextPreprocessor.py)
)
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[^A-Za-zÀ-ž{_HAN}]*(?:(?P<zh>[{_HAN}][^A-Za-zÀ-ž]*)|(?P<en>[A-Za-zÀ-ž][^{_HAN}]*)|$)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of Chinese in a line, as BERT is to see it.

    Args:
        at: the line's first phoneme that belongs to it.
        text: normalized characters; counts: phonemes of each.
    """

    at: int
    text: str
    counts: tuple[int, ...]


BertVectors = Callable[[Sequence[Passage]], Sequence["Tensor"]]
"""Passages → `[1024, phonemes]` each; `features.Bert`."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the models are given for one line.

    Args:
        phones: symbols; numbers: theirs in the model's set of symbols.
        spans: (start, end, phonemes) of each spoken word or character, marks with start == end; in order, all
            phonemes covered.
        passages: what BERT is asked about.
        bert: `[1024, X]`, or None where all would be zero, or nobody asked (`with_vectors`).
    """

    phones: tuple[str, ...]
    numbers: tuple[int, ...]
    spans: tuple[tuple[int, int, int], ...]
    passages: tuple[Passage, ...]
    bert: Tensor | None = None

    @property
    def ids(self) -> Tensor:
        """The symbols' numbers, int64 `[X]`."""
        import torch

        return torch.tensor(self.numbers)

    @property
    def voiced(self) -> int:
        """Phonemes that are sounds, not marks."""
        return sum(phone not in MARKS.values() for phone in self.phones)


def spoken(utterance: Utterance, which: SymbolSet) -> Spoken:
    """Phonemes of an utterance; Chinese and English may mix.

    Raises:
        DuoyinError: a language the models are not wired for yet, or a text without anything to say.
    """
    if utterance.language not in LANGUAGES:
        raise DuoyinError(
            f"gpt-sovits does not speak {utterance.language!r}",
            where=utterance.text[:40],
            hint=f"It speaks {', '.join(LANGUAGES)}.",
        )
    phones: list[str] = []
    spans: list[tuple[int, int, int]] = []
    passages: list[Passage] = []
    for start, end, run in language_runs(utterance.text, utterance.language):
        inside = [hint.moved(-start) for hint in utterance.hints if start <= hint.start < hint.end <= end]
        piece = LANGUAGES[run](utterance.text[start:end], start, inside, which)
        if piece.counts:
            passages.append(Passage(len(phones), piece.text, tuple(piece.counts)))
        phones += piece.phones
        spans += piece.spans
    if not any(phone not in MARKS.values() for phone in phones):
        raise DuoyinError("there is nothing to say in this line", where=utterance.text[:40])
    if len(phones) < FEWEST_PHONES:
        phones, spans = [".", *phones], [(0, 0, 1), *spans]
        passages = [replace(passage, at=passage.at + 1) for passage in passages]
    if phones[-1] not in MARKS.values():  # an open end lets the model go on talking
        phones.append(".")
        spans.append((len(utterance.text), len(utterance.text), 1))
    return Spoken(tuple(phones), tuple(symbol_ids(phones, which)), tuple(spans), tuple(passages))


def with_vectors(lines: Sequence[Spoken], bert: BertVectors) -> list[Spoken]:
    """Lines with BERT's vectors at their Chinese phonemes, zeros elsewhere; BERT is asked once about all."""
    told = iter(bert([passage for line in lines for passage in line.passages]))
    made = []
    for line in lines:
        vectors: Tensor | None = None
        for passage in line.passages:
            part = next(told)
            if vectors is None:
                vectors = part.new_zeros(len(part), len(line.phones))
            vectors[:, passage.at : passage.at + part.shape[1]] = part
        made.append(replace(line, bert=vectors))
    return made


def language_runs(text: str, language: str) -> list[tuple[int, int, str]]:
    """Stretches (start, end, language) of `text` told by script; marks and spaces belong to what is before them."""
    runs: list[tuple[int, int, str]] = []
    for match in _RUNS.finditer(text):
        if match.start() == match.end():
            continue
        told = match.lastgroup or (runs[-1][2] if runs else language)
        if runs and runs[-1][2] == told:
            runs[-1] = (runs[-1][0], match.end(), told)
        else:
            runs.append((match.start(), match.end(), told))
    return runs


def _english(text: str, start: int, hints: Sequence[Hint], _: SymbolSet) -> SpokenPiece:
    return english_phones(text, start, hints)


def _chinese(text: str, start: int, hints: Sequence[Hint], which: SymbolSet) -> SpokenPiece:
    readings: list[str | None] = [None] * len(text)
    for hint in hints:
        syllables = hint.value.split()
        if hint.alphabet == "pinyin" and len(syllables) == hint.end - hint.start:
            readings[hint.start : hint.end] = syllables
    return chinese_phones(text, start, readings, erhua=which != "v1")


LANGUAGES: Mapping[str, Callable[[str, int, Sequence[Hint], SymbolSet], SpokenPiece]] = {
    "zh": _chinese,
    "en": _english,
}
"""Code → how a stretch of it is read: (text, its place in the line, hints inside, symbols) → phonemes.
`_RUNS` tells the stretches apart."""

PACE = {"zh": 0.118, "en": 0.080}
"""Seconds a phoneme where the prompt does not tell: 4.2 characters a second of two phonemes; 12.5 phonemes a second."""
