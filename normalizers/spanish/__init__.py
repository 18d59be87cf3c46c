"""Spanish: how numbers, dates, units, abbreviations and signs are said."""

from normalizers.rules import Rulebook
from normalizers.spanish import abbreviations, dates, numbers, romans, units

_EARLY = tuple(rule for rule in numbers.RULES.rules if rule.cls in ("telephone", "code", "ordinal"))
_LATE = tuple(rule for rule in numbers.RULES.rules if rule not in _EARLY)

NUMBER_RULES = Rulebook([*dates.DIGIT_RULES.rules, *_EARLY, *units.RULES.rules, *_LATE])
"""Rules that start at a digit, or at the sign or currency in front of one."""

WORD_RULES = Rulebook([*dates.WORD_RULES.rules, *abbreviations.RULES.rules])
"""Rules that start at an abbreviation."""

ROMAN_RULES = romans.RULES
"""Rules that start at letters that can be a Roman numeral."""

SCANNED_WORDS = (
    rf"{abbreviations.PATTERN}|[Ee]tc(?![A-Za-zé])|D(?:\.|ª|ña)|S\.|[Nn](?:\.\s?[ºo°]|[º°]|[úu]m)|[Cc]/|"
    rf"[Yy]/o|[Ss]{{1,2}}\.\s|[ad]\.\s?(?:de\s)?C\.|"
    r"TV(?![A-Za-z])|EEUU"
)
"""Where the rules of words are tried."""

__all__ = ["NUMBER_RULES", "ROMAN_RULES", "SCANNED_WORDS", "WORD_RULES"]
