"""Chinese headings: numbers as they stand in them, and how a chapter is announced."""

from __future__ import annotations

import re
from functools import lru_cache

DIGITS = "〇○零一二三四五六七八九两兩壹贰貳叁參叄肆伍陆陸柒捌玖"
"""Characters of one digit, financial and traditional ones too."""
CHARACTERS = f"{DIGITS}十百千万萬廿卅卌拾佰仟"
"""Characters a number in a heading is written with."""
UNITS = "部分|[章回節节卷折部集篇幕话話册冊輯辑]"
"""What stands behind 第 and a number."""
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
NUMERAL = rf"(?:[{CHARACTERS}]+|[0-9０-９]+|[{CIRCLED}])"

_HEADING = re.compile(
    rf"(?:正文\s*|[《〈][^》〉]{{1,20}}[》〉]\s*|"
    rf"[^\s第，。]{{1,12}}\s+)?(?:第\s*{NUMERAL}\s*(?:{UNITS})[\s:：、.．·・—–\-]*(?=第))?"
    rf"第\s*(?P<number>{NUMERAL})\s*(?P<unit>{UNITS})"
)
_VOLUME = re.compile(rf"(?P<unit>卷)\s*之?\s*(?P<number>{NUMERAL}|[上中下])")
_UNMARKED = re.compile(rf"(?P<number>{NUMERAL})\s*(?P<unit>[章回節节話话卷])(?=[\s:：、.．·]|$)")
"""三十章 雨夜: without 第, where the number and its unit stand apart."""
_OPENING = re.compile(r"[【\[「〖]\s*")
_BRACKETED = re.compile(rf"(第)\s*[（(【\[]\s*({NUMERAL})\s*[)）】\]]\s*({UNITS})")
"""第（1）章 is 第1章."""
_SAME_UNIT = str.maketrans("節話冊輯", "节话册辑")
_PARTS = {"上": 1, "中": 2, "下": 3}

# What cn2an 0.5 does not know is written as what it knows.
_PLAIN = str.maketrans({"○": "零", "參": "叁", "叄": "叁", "卅": "三十", "卌": "四十"})
_NUMBER = re.compile(f"[{CHARACTERS}]+")
_UNIT_FIRST = re.compile(r"^(?=[百千万萬佰仟])")
_ZERO_LEFT_OUT = re.compile(r"(?<=[百千万萬佰仟])(?=[一二三四五六七八九壹贰貳叁肆伍陆陸柒捌玖]$)")


@lru_cache(maxsize=4096)
def read(characters: str) -> int | None:
    """Value of a number in Chinese characters: 一百二十三 → 123, 二〇二四 → 2024, 廿四 → 24; None where it is none.

    Read by `cn2an.cn2an(…, "normal")`, but for what it gets wrong or refuses:
    百二十 (120) and 千 are refused, 卅 (30), 卌 (40), ○, 參, 叄 are unknown, and 一百五 is 150 to it, as in speech;
    in headings, which count without 零, it is 105 (三国演义, 第一百五回). Signs and fractions are no number here.

    >>> read("一百十八"), read("壹拾贰"), read("第一百五回"[1:-1]), read("③"), read("封")
    (118, 12, 105, 3, None)
    """
    if not _NUMBER.fullmatch(characters):
        return CIRCLED.index(characters) + 1 if len(characters) == 1 and characters in CIRCLED else None
    plain = _UNIT_FIRST.sub("一", characters.translate(_PLAIN))
    plain = _ZERO_LEFT_OUT.sub("零", plain)
    from cn2an import cn2an  # 0.3 s of import: only where such a number is read

    try:
        return int(cn2an(plain, "normal"))
    except (ValueError, KeyError):  # 一十零: what it refuses, and what it stumbles over
        return None


def read_heading(title: str) -> tuple[str, int] | None:
    """Unit and number of a heading: 第十二回 春归 → (回, 12), 卷上 → (卷, 1); None without them."""
    line = _OPENING.sub("", title, count=1) if _OPENING.match(title) else title
    line = _BRACKETED.sub(r"\1\2\3", line)
    m = _HEADING.match(line) or _VOLUME.match(line) or _UNMARKED.match(line)
    if m is None:
        return None
    written = m["number"]
    number = int(written) if written.isdecimal() else _PARTS.get(written) or read(written)
    return (m["unit"].translate(_SAME_UNIT), number) if number is not None else None


def announce(numeral: str) -> str:
    """How a chapter whose heading is a bare numeral is announced: 三 → 第三章."""
    return f"第{numeral}章"


def some_chapters(numbers: str) -> str:
    """A part of a book by the numbers of its chapters: `1-3` → 第1-3章."""
    return f"第{numbers}章"
