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
    auditions=(
        "老船长数着海上的灯，一直数到天黑。",
        "“钥匙放在哪儿了？”她问，没有人回答。",
        "那个星期四的早晨，有六千人走过这座桥。",
        "他笑了笑，抖掉大衣上的雨水，在炉火旁坐下。",
        "一个九岁的孩子，怎么会知道粮食的价钱？",
        "站住！那边的冰太薄了。",
        "先量两遍，再下一刀，木工的活儿急不得。",
        "她的声音很轻，剧场最后一排却听得清清楚楚。",
        "钟敲了十一下，谁也没有发觉已经这么晚了。",
    ),
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
