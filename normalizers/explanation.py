"""Why a text is read as it is: every replacement, every ambiguous reading, every conflict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from normalizers.hints import Hint
from normalizers.lexicon import Lexicon
from normalizers.mixed_text import main_language
from normalizers.polyphones import candidates_of
from normalizers.pronunciation import readings
from normalizers.scripts import is_han
from normalizers.sentences import Sentence, split_spans
from normalizers.spans import Normalized
from normalizers.speak import normalize_spans
from normalizers.tagger import heteronyms
from normalizers.tones import sandhi
from normalizers.traditional import simplified


@dataclass(frozen=True, slots=True)
class ExplainedReplacement:
    """`source` (at `start:end` of the source text) is said `spoken` because of `rule` of class `cls`; it
    could be `alternatives`."""

    start: int
    end: int
    source: str
    spoken: str
    cls: str
    rule: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedReading:
    """`text` (at `start:end` of the spoken text) is read `reading` because of `reason`; it could be `alternatives`.

    `reading` is pinyin as written, or ARPAbet; `said` is the pinyin with tone sandhi, '' for English.
    `reason` is a hint's source (markup, project, …), word, phrase, surname, context, dictionary or a
    part-of-speech tag.
    """

    start: int
    end: int
    text: str
    reading: str
    said: str
    reason: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything `duoyin say --explain` prints. `notes` are lexicon conflicts and markup that was not understood."""

    text: str
    language: str
    normalized: Normalized
    sentences: tuple[Sentence, ...]
    replacements: tuple[ExplainedReplacement, ...]
    readings: tuple[ExplainedReading, ...]
    notes: tuple[str, ...]


def explain(
    text: str, lang: str = "auto", lexicon: Lexicon | None = None, hints: Iterable[Hint] = ()
) -> Explanation:
    """How `text` will be read and why; arguments as for `normalize_spans`. `sentences` are spans of the spoken text."""
    normalized = normalize_spans(text, lang, hints=hints, lexicon=lexicon)
    spoken = normalized.text
    replaced = tuple(
        ExplainedReplacement(
            r.src_start,
            r.src_end,
            text[r.src_start : r.src_end],
            spoken[r.out_start : r.out_end],
            r.cls,
            r.rule,
            r.alternatives,
        )
        for r in normalized.replacements
    )
    hinted = [
        ExplainedReading(h.start, h.end, spoken[h.start : h.end], h.value, "", h.source, ())
        for h in normalized.hints
    ]
    covered = {at for h in normalized.hints for at in range(h.start, h.end)}
    ambiguous = [*hinted, *_chinese(spoken, covered), *_english(spoken, covered)]
    return Explanation(
        text,
        main_language(text, lang).code,
        normalized,
        tuple(split_spans(spoken, lang)),
        replaced,
        tuple(sorted(ambiguous, key=lambda r: r.start)),
        normalized.notes,
    )


def _chinese(spoken: str, covered: set[int]) -> list[ExplainedReading]:
    rows = readings(spoken)
    if not rows:
        return []
    pinyin = [""] * len(spoken)
    for row in rows:
        pinyin[row.at] = row.pinyin
    said = sandhi(spoken, pinyin)
    out = []
    for row in rows:
        choice = (len(candidates_of(simplified(row.character))) > 1 and row.alternatives) or said[
            row.at
        ] != row.pinyin
        if choice and row.at not in covered and is_han(row.character):
            out.append(
                ExplainedReading(
                    row.at, row.at + 1, row.character, row.pinyin, said[row.at], row.source, row.alternatives
                )
            )
    return out


def _english(spoken: str, covered: set[int]) -> list[ExplainedReading]:
    return [
        ExplainedReading(h.start, h.end, h.text, h.arpabet, "", h.tag, h.alternatives)
        for h in heteronyms(spoken)
        if h.start not in covered
    ]
