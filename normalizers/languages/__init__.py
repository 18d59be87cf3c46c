"""Languages: a record each, one table of them, and one answer to "which language is this?"."""

from normalizers.languages.base import Language
from normalizers.languages.detection import foreign_language, language_of, latin_language, spoken_language
from normalizers.languages.table import DEFAULT_LANGUAGE, HAN_LANGUAGE, LANGUAGES, language, primary

__all__ = [
    "DEFAULT_LANGUAGE",
    "HAN_LANGUAGE",
    "LANGUAGES",
    "Language",
    "foreign_language",
    "language",
    "language_of",
    "latin_language",
    "primary",
    "spoken_language",
]
