"""Chinese: how numbers, dates, units and signs are said."""

from normalizers.chinese import dates, numbers, units
from normalizers.rules import Rulebook

_EARLY = tuple(
    rule
    for rule in numbers.RULES.rules
    if (rule.cls in ("telephone", "code", "ordinal", "percent") and rule.name != "version")
    or rule.name == "percent-range"
)
_LATE = tuple(rule for rule in numbers.RULES.rules if rule not in _EARLY)

NUMBER_RULES = Rulebook([*_EARLY, *dates.RULES.rules, *units.RULES.rules, *_LATE])
"""Rules that start at a digit, or at the sign or currency in front of one. Telephone numbers and codes come first."""

ROMAN_RULES = numbers.ROMAN_RULES
"""Rules that start at letters that can be a Roman numeral next to Chinese."""

WORD_RULES = numbers.WORD_RULES
"""Rules that start at an English abbreviation which Chinese says in its own way."""

NUMBER_LEADS = (
    r"[-–—~](?<=[年月日号號点點半时時分秒天周岁℃%层楼页章节名集回卷课届期次条排班].)[-–—~]?(?=第?\d)"
    r"|[-–—~](?<=[\d度℃].)(?=[A-Z]\d|零下)"
)
"""Regular expression of the signs of a range (5月-6月, A1-A5) that start a rule before its second number."""

__all__ = ["NUMBER_LEADS", "NUMBER_RULES", "ROMAN_RULES", "WORD_RULES"]
