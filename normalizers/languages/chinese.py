"""Chinese: the record."""

from __future__ import annotations

from normalizers.chinese import NUMBER_LEADS, NUMBER_RULES, ROMAN_RULES, WORD_RULES, headings, numerals
from normalizers.chinese.sentences import SENTENCES
from normalizers.chinese.signs import SIGNS
from normalizers.chinese.units import CURRENCY_SIGN
from normalizers.languages.base import Language
from normalizers.scripts import HAN

CHINESE = Language(
    code="zh",
    tags=("zho", "chi", "cmn"),
    name="Chinese",
    own_name="中文",
    letters=HAN,
    latin=False,
    spaced=False,
    common_words=frozenset(),
    own_letters="",
    short_line=8,
    long_line=110,
    longest_sentence=120,
    # measured over 西游记, chapter 1
    characters_per_second=4.4,
    # Pellegrino, Coupé & Marsico, "A cross-language perspective on speech information rate", Language 87
    # (2011), table 1
    syllables_per_second=5.18,
    probe="那天晚上很冷，屋子里没有一个人想起那封信。",
    number_rules=NUMBER_RULES,
    word_rules=WORD_RULES,
    roman_rules=ROMAN_RULES,
    scanned_words="",
    number_leads=NUMBER_LEADS,
    currency=CURRENCY_SIGN,
    signs=SIGNS,
    cardinal=numerals.cardinal,
    digits=numerals.digits,
    fraction=lambda numerator, denominator: numerals.fraction(str(numerator), str(denominator)),
    minus="负",
    sentences=SENTENCES,
    number_words=f"[{headings.CHARACTERS}]+",
    heading_units=headings.UNITS,
    heading_number=headings.NUMERAL,
    read_number=headings.read,
    read_heading=headings.read_heading,
    announce=headings.announce,
    some_chapters=headings.some_chapters,
    transcript_prompt="以下是普通话的句子，用简体中文书写。",
)
