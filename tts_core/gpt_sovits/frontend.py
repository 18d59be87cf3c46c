"""An utterance → phoneme ids and BERT vectors, with each spoken word's place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from normalizers import DuoyinError, Hint
from tts_core.engine import Language, Utterance
from tts_core.gpt_sovits.chinese import MARKS, SpokenPiece, chinese_phones
from tts_core.gpt_sovits.english import english_phones
from tts_core.gpt_sovits.symbols import SymbolSet, symbol_ids
from tts_core.gpt_sovits.text2semantic import BERT_WIDTH

FEWEST_PHONES = (
    6  # shorter lines get a full stop in front, or their first sound is swallowed (TextPreprocessor.py)
)
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[^A-Za-zÀ-ž{_HAN}]*(?:(?P<zh>[{_HAN}][^A-Za-zÀ-ž]*)|(?P<en>[A-Za-zÀ-ž][^{_HAN}]*)|$)")

BertVectors = Callable[[str, Sequence[int]], Tensor]
"""(characters, phonemes of each) → `[1024, phonemes]`; `features.Bert`."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the models are given for one line.

    Args:
        phones: symbols; ids: their numbers, int64 `[X]`.
        bert: `[1024, X]`, or None where all would be zero.
        spans: (start, end, phonemes) of each spoken word or character, marks with start == end; in order, all phonemes covered.
    """

    phones: tuple[str, ...]
    ids: Tensor
    bert: Tensor | None
    spans: tuple[tuple[int, int, int], ...]

    @property
    def voiced(self) -> int:
        """Phonemes that are sounds, not marks."""
        return sum(phone not in MARKS.values() for phone in self.phones)


def spoken(utterance: Utterance, which: SymbolSet, bert: BertVectors | None = None) -> Spoken:
    """Phonemes of an utterance; Chinese and English may mix.

    Raises:
        DuoyinError: a language the models are not wired for yet, or a text without anything to say.
    """
    if utterance.language not in ("zh", "en"):
        raise DuoyinError(
            f"GPT-SoVITS speaks Chinese and English here, not yet {utterance.language!r}",
            where=utterance.text[:20],
        )
    pieces = [
        _piece(utterance.text[start:end], start, language, utterance.hints, which)
        for start, end, language in language_runs(utterance.text, utterance.language)
    ]
    phones = [phone for _, piece in pieces for phone in piece.phones]
    spans = [span for _, piece in pieces for span in piece.spans]
    if not any(phone not in MARKS.values() for phone in phones):
        raise DuoyinError("there is nothing to say in this line", where=utterance.text[:40])
    padding = len(phones) < FEWEST_PHONES
    vectors: Tensor | None = None
    if bert is not None and any(language == "zh" for language, _ in pieces):
        parts = [
            bert(piece.text, piece.counts)
            if language == "zh" and piece.phones
            else torch.zeros(BERT_WIDTH, len(piece.phones))
            for language, piece in pieces
        ]
        vectors = torch.cat([torch.zeros(BERT_WIDTH, 1)] * padding + parts, dim=1)
    if padding:
        phones, spans = [".", *phones], [(0, 0, 1), *spans]
    if phones[-1] not in MARKS.values():  # an open end lets the model go on talking
        phones.append(".")
        spans.append((len(utterance.text), len(utterance.text), 1))
        vectors = None if vectors is None else torch.cat([vectors, torch.zeros(BERT_WIDTH, 1)], dim=1)
    return Spoken(tuple(phones), torch.tensor(symbol_ids(phones, which)), vectors, tuple(spans))


def language_runs(text: str, language: Language) -> list[tuple[int, int, Language]]:
    """Stretches (start, end, language) of `text` told by script; marks and spaces belong to what is before them."""
    runs: list[tuple[int, int, Language]] = []
    for match in _RUNS.finditer(text):
        if match.start() == match.end():
            continue
        told: Language = "zh" if match["zh"] else "en" if match["en"] else runs[-1][2] if runs else language
        if runs and runs[-1][2] == told:
            runs[-1] = (runs[-1][0], match.end(), told)
        else:
            runs.append((match.start(), match.end(), told))
    return runs


def _piece(
    text: str, start: int, language: Language, hints: Sequence[Hint], which: SymbolSet
) -> tuple[Language, SpokenPiece]:
    inside = [hint.moved(-start) for hint in hints if start <= hint.start < hint.end <= start + len(text)]
    if language == "en":
        return "en", english_phones(text, start, inside)
    readings: list[str | None] = [None] * len(text)
    for hint in inside:
        syllables = hint.value.split()
        if hint.alphabet == "pinyin" and len(syllables) == hint.end - hint.start:
            readings[hint.start : hint.end] = syllables
    return "zh", chinese_phones(text, start, readings, erhua=which != "v1")
