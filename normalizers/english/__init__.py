"""English: how numbers, dates, units, abbreviations and signs are said."""

from normalizers.english import abbreviations, dates, gauges, numbers, romans, scripture, units
from normalizers.rules import Rulebook

NUMBER_RULES = Rulebook(
    [
        *gauges.RULES.rules,
        *scripture.DIGIT_RULES.rules,
        *dates.DIGIT_RULES.rules,
        *units.RULES.rules,
        *numbers.RULES.rules,
    ]
)
"""Rules that start at a digit, or at the sign or currency in front of one."""

WORD_RULES = Rulebook([*dates.WORD_RULES.rules, *scripture.WORD_RULES.rules, *abbreviations.RULES.rules])
"""Rules that start at an abbreviation, a month or an initial."""

ROMAN_RULES = Rulebook([*scripture.ROMAN_RULES.rules, *romans.RULES.rules])
"""Rules that start at letters that can be a Roman numeral."""

_MONTHS = dates.MONTH.replace("(?P<month>", "(?:")
SCANNED_WORDS = (
    rf"(?:{_MONTHS}|(?:Mon|Tues?|Tu|Wed|Thurs?|Thu|Fri|Sat|Sun)\.?|{abbreviations.WORDS}|"
    rf"{'|'.join(abbreviations.STATES)}|AD)"
    r"(?![A-Za-zÀ-ÖØ-öø-ɏ])|[A-Za-z]\.(?=\s?[A-Za-z])|[NSEW](?=\.?\s[\dA-Z])"
)
"""Regular expression of where the scanner stops for `WORD_RULES`."""

__all__ = ["NUMBER_RULES", "ROMAN_RULES", "SCANNED_WORDS", "WORD_RULES"]
