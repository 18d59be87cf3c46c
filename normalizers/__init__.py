"""Written text → spoken text: sentences, numbers, abbreviations, readings; Chinese, English, Spanish and mixed.

A name is imported when it is first asked for: who only raises a `DuoyinError` loads no rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint, HintSource

if TYPE_CHECKING:
    from normalizers.explanation import ExplainedReading, ExplainedReplacement, Explanation, explain
    from normalizers.heteronym_readings import Heteronym
    from normalizers.languages import LANGUAGES, Language, language, language_of, primary, spoken_language
    from normalizers.lexicon import Lexicon, merge_hints
    from normalizers.pronunciation import Reading, readings, to_pinyin
    from normalizers.sentences import Sentence, split, split_spans
    from normalizers.spans import Normalized, Replacement
    from normalizers.speak import normalize, normalize_spans
    from normalizers.tagger import TaggedWord, heteronyms, heteronyms_among, tag_english
    from normalizers.tones import sandhi
    from normalizers.traditional import simplified

__all__ = [
    "LANGUAGES",
    "Alphabet",
    "DuoyinError",
    "ExplainedReading",
    "ExplainedReplacement",
    "Explanation",
    "Heteronym",
    "Hint",
    "HintSource",
    "Language",
    "Lexicon",
    "Normalized",
    "Reading",
    "Replacement",
    "Sentence",
    "TaggedWord",
    "explain",
    "heteronyms",
    "heteronyms_among",
    "language",
    "language_of",
    "merge_hints",
    "normalize",
    "normalize_spans",
    "primary",
    "readings",
    "sandhi",
    "simplified",
    "split",
    "split_spans",
    "spoken_language",
    "tag_english",
    "to_pinyin",
]

_NAMES = {
    "explanation": (
        "ExplainedReading",
        "ExplainedReplacement",
        "Explanation",
        "explain",
    ),
    "heteronym_readings": ("Heteronym",),
    "languages": (
        "LANGUAGES",
        "Language",
        "language",
        "language_of",
        "primary",
        "spoken_language",
    ),
    "lexicon": (
        "Lexicon",
        "merge_hints",
    ),
    "pronunciation": (
        "Reading",
        "readings",
        "to_pinyin",
    ),
    "sentences": (
        "Sentence",
        "split",
        "split_spans",
    ),
    "spans": (
        "Normalized",
        "Replacement",
    ),
    "speak": (
        "normalize",
        "normalize_spans",
    ),
    "tagger": (
        "TaggedWord",
        "heteronyms",
        "heteronyms_among",
        "tag_english",
    ),
    "tones": ("sandhi",),
    "traditional": ("simplified",),
}
"""Module → the names above that are its."""
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found
