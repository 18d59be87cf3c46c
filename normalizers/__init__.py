"""Written text → spoken text: sentences, numbers, abbreviations, readings; Chinese, English and mixed."""

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint, HintSource
from normalizers.lexicon import Lexicon
from normalizers.readings import to_pinyin
from normalizers.sentences import Sentence, split, split_spans
from normalizers.spans import Normalized, Replacement
from normalizers.speak import normalize, normalize_spans
from normalizers.tagger import TaggedWord, tag_english
from normalizers.tones import sandhi

__all__ = [
    "Alphabet",
    "DuoyinError",
    "Hint",
    "HintSource",
    "Lexicon",
    "Normalized",
    "Replacement",
    "Sentence",
    "TaggedWord",
    "normalize",
    "normalize_spans",
    "sandhi",
    "split",
    "split_spans",
    "tag_english",
    "to_pinyin",
]
