"""English: how numbers, dates, units, abbreviations and signs are said."""

from normalizers.english import abbreviations, dates, numbers, romans, scripture, units
from normalizers.rules import Rulebook

NUMBER_RULES = Rulebook(
    [*scripture.DIGIT_RULES.rules, *dates.DIGIT_RULES.rules, *units.RULES.rules, *numbers.RULES.rules]
)
"""Rules that start at a digit, or at the sign or currency in front of one."""

WORD_RULES = Rulebook([*dates.WORD_RULES.rules, *scripture.WORD_RULES.rules, *abbreviations.RULES.rules])
"""Rules that start at an abbreviation, a month or an initial."""

ROMAN_RULES = Rulebook([*scripture.ROMAN_RULES.rules, *romans.RULES.rules])
"""Rules that start at letters that can be a Roman numeral."""

__all__ = ["NUMBER_RULES", "ROMAN_RULES", "WORD_RULES"]
