"""Written text → spoken text: sentences, numbers, abbreviations, readings; Chinese, English, Spanish and mixed."""

from normalizers.errors import DuoyinError
from normalizers.explanation import ExplainedReading, ExplainedReplacement, Explanation, explain
from normalizers.heteronym_readings import Heteronym
from normalizers.hints import Alphabet, Hint, HintSource
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
