"""Chinese signs."""

from __future__ import annotations

import re

from normalizers.chinese.numerals import cardinal
from normalizers.rules import Spoken
from normalizers.scripts import HAN
from normalizers.signs import REMOVED, Sign, Signs, greek

_COUNTED = re.compile(r"(?:元|块|美元|次|个|人|米|吨|克|升|条|转|字|只|公里|千米)$")
_PER = re.compile(
    r"天|人|月|年|日|次|小时|分钟?|秒|斤|公斤|千克|kg|吨|平米|平方米|㎡|升|亩|晚|位|张|份|件|个|周|台|本|条|"
    r"只|里|公里|km|盒|瓶|杯|袋|包|套|支|片|粒|枚|度|(?:min|h|s|d)(?![A-Za-z])"
)
_PER_NAMES = {"kg": "千克", "㎡": "平方米", "km": "千米", "min": "分钟", "h": "小时", "s": "秒", "d": "天"}
_LATIN_LEFT, _LATIN_RIGHT = re.compile(r"[A-Za-z\d]$"), re.compile(r"[A-Za-z\d]")


def power(digits: str, negative: bool, after_digit: bool) -> str:
    """`2` behind a unit → 平方, behind a number → 的二次方."""
    if negative:
        return f"的负{cardinal(digits)}次方"
    name = None if after_digit else {"2": "平方", "3": "立方"}.get(digits)
    return name or f"的{cardinal(digits)}次方"


def _underscore(sign: Sign) -> Spoken:
    """Said in the names of accounts and files."""
    return Spoken("下划线") if sign.between(_LATIN_LEFT, _LATIN_RIGHT) else REMOVED


def _hash(sign: Sign) -> Spoken:
    """3#楼 is 三井楼."""
    house = re.search(r"[\dA-Za-z]$", sign.left) and re.match(r"[楼号座栋]", sign.right)
    return Spoken("井" if house else "", cls="mark")


def _slash(sign: Sign) -> Spoken:
    """元/天 is 每天; between words it is a pause."""
    left, right = sign.left, sign.right
    if re.search(r"(?:^|\s)s$", left) and re.match(r"he\b", right):
        return Spoken("or")
    if re.search(r"\b(?:and|either)$", left, re.I) and re.match(r"or\b", right):
        return Spoken(" ")
    per = _PER.match(right)
    if per and _COUNTED.search(left):
        return Spoken("每" + _PER_NAMES.get(per[0], per[0]), end=sign.end + per.end(), cls="measure")
    if re.search(rf"[{HAN}\d]$", left) and re.match(rf"[{HAN}\d]", right):
        return Spoken("，", ("或", "斜杠"))
    if re.search(r"[A-Za-z\d)]$", left) and re.match(r"[A-Za-z\d(]", right):
        return Spoken("，")
    return Spoken("，" if left.strip() and right.strip() else "", cls="mark")


_WEEKDAY = r"(?:周|週|星期|礼拜|禮拜)"
_TO_LEFT = re.compile(
    rf"(?:{_WEEKDAY}[一二三四五六日天]|[\d一二三四五六七八九十百千万][日号號月年点點时時级級层層楼岁歲元章节節回页頁]?)\s?$"
)
_TO_RIGHT = re.compile(rf"\s?(?:{_WEEKDAY}?[一二三四五六日天七八九十百千万两]|第|下{_WEEKDAY}|次[日年])")


def _tilde(sign: Sign) -> Spoken:
    """周一~周五; at the end of a word it is a drawl."""
    return Spoken("到") if sign.between(_TO_LEFT, _TO_RIGHT) else REMOVED


def _arrow(sign: Sign) -> Spoken:
    """25%→18%."""
    return Spoken("到") if sign.left.strip() and sign.right.strip() else REMOVED


def _kept(sign: Sign) -> None:
    """Left for the rules of money and of names (爱因斯坦·罗森)."""


SIGNS = Signs(
    words={
        "+": "加", "=": "等于", "×": "乘", "÷": "除以", "<": "小于", ">": "大于", "≤": "小于等于",
        "≥": "大于等于", "≠": "不等于", "≈": "约等于", "*": "乘",
        "^": "的幂", "·": "乘", "√": "根号", "∞": "无穷大", "§": "第", "№": "第", "∑": "求和", "∫": "积分",
        "∆": "德尔塔", "∂": "偏", "%": "百分号",
        "@": "艾特", "&": "和", "°": "度",
        **greek("阿尔法 贝塔 伽马 德尔塔 艾普西龙 泽塔 伊塔 西塔 约塔 卡帕 拉姆达 缪 纽 克西 派 柔 西格玛 "
        "陶 宇普西龙 斐 希 普西 欧米伽"),
    },
    rules={"_": _underscore, "#": _hash, "/": _slash, "$": _kept, "·": _kept, "~": _tilde, "→": _arrow},
    power=power,
    pause="，",
    in_addresses={
        ".": "点", "@": "艾特", "/": "斜杠", ":": "冒号", "-": "杠", "_": "下划线", "?": "问号", "=": "等于",
        "&": "和", "#": "井号", "%": "百分号",
        "~": "波浪号", "+": "加", "\\": "反斜杠",
    },
)  # fmt: skip
