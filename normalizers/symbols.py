"""Signs: arithmetic that is spoken, marks that are not, numbers that are a single character."""

from __future__ import annotations

import re
import unicodedata

from normalizers.characters import numeric_symbols
from normalizers.chinese import numerals as chinese
from normalizers.english import numerals as english
from normalizers.mixed_text import Language
from normalizers.roman import parse
from normalizers.rules import Place, Spoken

_GREEK = {
    "α": ("alpha", "阿尔法"), "β": ("beta", "贝塔"), "γ": ("gamma", "伽马"), "δ": ("delta", "德尔塔"), "ε": ("epsilon", "艾普西龙"),
    "ζ": ("zeta", "泽塔"), "η": ("eta", "伊塔"), "θ": ("theta", "西塔"), "ι": ("iota", "约塔"), "κ": ("kappa", "卡帕"),
    "λ": ("lambda", "拉姆达"), "μ": ("mu", "缪"), "ν": ("nu", "纽"), "ξ": ("xi", "克西"), "π": ("pi", "派"), "ρ": ("rho", "柔"),
    "σ": ("sigma", "西格玛"), "τ": ("tau", "陶"), "υ": ("upsilon", "宇普西龙"), "φ": ("phi", "斐"), "χ": ("chi", "希"),
    "ψ": ("psi", "普西"), "ω": ("omega", "欧米伽"),
}  # fmt: skip
"""Names of Greek letters that stand alone, as in formulas; in a Greek word they stay."""
_GREEK |= {letter.upper(): _GREEK[letter] for letter in "γδθλξπσφψω"} | {"ϕ": _GREEK["φ"], "ϵ": _GREEK["ε"]}

SPOKEN = "".join(_GREEK) + "+=×÷<>≤≥≠≈√∞∑∫∂∆&@#%*/^_~|\\§¶†‡•·№`°′″←→↑↓⇒※$"
"""Signs the scanner stops at."""

_ARITHMETIC = {
    "+": ("plus", "加"), "=": ("equals", "等于"), "×": ("times", "乘"), "÷": ("divided by", "除以"), "<": ("is less than", "小于"), ">": ("is greater than", "大于"),
    "≤": ("is less than or equal to", "小于等于"), "≥": ("is greater than or equal to", "大于等于"), "≠": ("is not equal to", "不等于"), "≈": ("is approximately", "约等于"),
    "*": ("times", "乘"), "^": ("to the power of", "的幂"), "·": ("times", "乘"),
}  # fmt: skip
_PREFIX = {
    "√": ("the square root of", "根号"),
    "∞": ("infinity", "无穷大"),
    "§": ("section", "第"),
    "№": ("number", "第"),
    "∑": ("the sum of", "求和"),
    "∫": ("the integral of", "积分"),
    "∆": ("delta", "德尔塔"),
    "∂": ("partial", "偏"),
}
_OPERAND_LEFT = re.compile(r"(?:[\d)²³%]|(?:^|[^A-Za-z])[A-Za-zα-ωπ])\s?$")
_OPERAND_RIGHT = re.compile(r"\s?(?:[-+]?[\d(√.]|[A-Za-zα-ωπ](?![A-Za-z]))")


def say_symbol(m: re.Match[str], place: Place, language: Language) -> Spoken | None:
    """What one sign (or a run of it) says; '' removes it, None leaves it as it is."""
    run = m[0]
    sign = run[0]
    zh = language == "zh"
    left, right = place.before(12), place.after(m.end(), 12)
    if len(run) > 1:
        if sign in "`":
            return Spoken("", cls="mark")
        if sign in "<>" and not re.search(r"[\dA-Za-z)]\s?$", left):
            return Spoken("", cls="mark")  # >> opens another speaker's words in captions
        if (
            (sign == "=" and run == "==")
            or sign in "<>"
            or (run.strip("+") == "" and re.search(r"[A-Za-z]$", left))
        ):
            return Spoken(
                ("加加" if zh else "plus plus")
                if sign == "+"
                else ("等于" if zh else "equals")
                if sign == "="
                else run
            )
        return Spoken("", cls="mark")
    operands = _OPERAND_LEFT.search(left) and _OPERAND_RIGHT.match(right)
    if (
        sign in _ARITHMETIC
        and sign not in "·*^"
        and operands
        and not (sign in "<>" and re.match(r"\s?[A-Za-z]+>", right))
    ):
        return Spoken(_ARITHMETIC[sign][zh])
    if sign in "*·" and re.search(r"\d\s?$", left) and re.match(r"\s?\d", right):
        return Spoken(_ARITHMETIC[sign][zh])
    if sign == "^" and operands:
        exponent = re.match(r"\s?(\d+)", right)
        if exponent:
            value = exponent[1]
            said = (
                f"的{chinese.cardinal(value)}次方"
                if zh
                else "squared"
                if value == "2"
                else "cubed"
                if value == "3"
                else f"to the power of {english.cardinal(value)}"
            )
            return Spoken(said, end=m.end() + exponent.end())
        return Spoken(_ARITHMETIC[sign][zh])
    if sign == "×" and re.search(r"\w\s?$", left) and re.match(r"\s?\d", right):
        return Spoken(_ARITHMETIC[sign][zh])
    if sign in "≥≤≈≠" and re.match(r"\s?[-+]?\d", right):
        return Spoken(_ARITHMETIC[sign][zh])
    if sign == "=" and re.search(r"\w\s?$", left) and re.match(r"\s?\w", right):
        return Spoken(_ARITHMETIC[sign][zh])
    if sign == "+":
        if re.search(r"[A-Za-z\u4e00-\u9fff]\s?$", left) and re.match(r"\s?[A-Za-z\u4e00-\u9fff]", right):
            return Spoken("加" if zh else "plus")
        if re.search(r"[A-Za-z\d]$", left):
            return Spoken("加" if zh else "plus")
        return Spoken("", cls="mark")
    if sign == "&":
        and_so_on = re.match(r"c\b(?:\.(?!\s*(?:$|[A-Z])))?", right)
        if and_so_on and not zh:
            return Spoken("et cetera", end=m.end() + and_so_on.end())
        return Spoken("和" if zh else "and")
    if sign == "_" and (
        re.search(r"[A-Za-z\d]$", left) and re.match(r"[A-Za-z\d]", right)
        if zh
        else re.search(r"@\w*$", left)
    ):
        return Spoken("下划线" if zh else "underscore")  # a handle; in English prose _ marks italics
    if sign == "%":
        return Spoken("百分号" if zh else "percent")
    if sign == "@":
        return Spoken("艾特" if zh else "at")
    if sign == "#":
        if zh:
            return Spoken(
                "井" if re.search(r"[\dA-Za-z]$", left) and re.match(r"[楼号座栋]", right) else "", cls="mark"
            )
        if re.match(r"[A-Za-z]", right) or re.search(r"[A-Za-z]$", left):
            return Spoken(
                "sharp"
                if re.search(r"(?:^|[^A-Za-z])[A-G]$", left) and not re.match(r"\w", right)
                else "hash"
            )
        return Spoken("", cls="mark")
    if sign == "/":
        if re.search(r"(?:^|\s)s$", left) and re.match(r"he\b", right):
            return Spoken("or")
        if re.search(r"\b(?:and|either)$", left, re.I) and re.match(r"or\b", right):
            return Spoken(" ")
        if (
            re.search(r"\b(?:he|she|him|her|his|they|s)$", left, re.I)
            and re.match(r"(?:he|she|him|hers?|his|they)\b", right, re.I)
            and not zh
        ):
            return Spoken("or", ("slash",))
        per = re.match(
            r"天|人|月|年|日|次|小时|分钟?|秒|斤|公斤|千克|kg|吨|平米|平方米|㎡|升|亩|晚|位|张|份|件|个|周|台|本|条|只|里|公里|km|盒|瓶|杯|袋|包|套|支",
            right,
        )
        if zh and per and re.search(r"(?:元|块|美元|次|个|人|米|吨|克|升|条|转|字|只|公里|千米)$", left):
            unit = {"kg": "千克", "㎡": "平方米", "km": "千米"}.get(per[0], per[0])
            return Spoken("每" + unit, end=m.end() + per.end(), cls="measure")
        if re.search(r"[\u4e00-\u9fff\d]$", left) and re.match(r"[\u4e00-\u9fff\d]", right) and zh:
            return Spoken("，", ("或", "斜杠"))
        if re.search(r"[A-Za-z\d)]$", left) and re.match(r"[A-Za-z\d(]", right):
            return Spoken("，" if zh else "slash")
        if not zh and re.search(r"\w\s$", left) and re.match(r"\s\w", right):
            return Spoken("slash")
        return Spoken("，" if zh and left.strip() and right.strip() else "", cls="mark")
    if sign == "$":
        return Spoken("dollar") if not zh and re.match(r"[A-Za-z]", right) else None
    if sign in _PREFIX:
        return Spoken(_PREFIX[sign][zh])
    if sign in _GREEK:
        if re.search(r"[α-ωΑ-Ωά-ώ]$", left) or re.match(r"[α-ωΑ-Ωά-ώ]", right):
            return None
        apart = " " if not zh and re.match(r"[A-Za-z]", right) else ""
        return Spoken(_GREEK[sign][zh] + apart)
    if sign == "°":
        return Spoken("度" if zh else "degrees") if re.search(r"\d\s?$", left) else Spoken("", cls="mark")
    if sign in "<>":
        return (
            None
            if _OPERAND_LEFT.search(left) is None or not re.match(r"\s?\d", right)
            else Spoken(_ARITHMETIC[sign][zh])
        )
    if sign == "·":
        return Spoken(" ", cls="mark") if not zh and re.search(r"\w$", left) else None
    return Spoken("", cls="mark")


_POWERS = {2: ("squared", "平方"), 3: ("cubed", "立方")}


def say_numeric(m: re.Match[str], place: Place, language: Language) -> Spoken:
    """Numbers written as one character: superscripts, subscripts, ①, Ⅳ and the digits of old scripts."""
    run = m[0]
    negative = run[0] == "⁻"
    run = run.lstrip("⁻⁺")
    begin = m.end() - len(run)
    zh = language == "zh"
    table = numeric_symbols()
    kind, value = table[run[0]]
    left = place.before(12)
    say = chinese.cardinal if zh else english.cardinal
    if kind in ("super", "sub") and any(table[c][0] != kind for c in run):
        run = re.match(rf"[{re.escape(''.join(c for c in set(run) if table[c][0] == kind))}]+", run)[0]  # type: ignore[index]
    end = begin + len(run)
    if kind == "super":
        digits = "".join(str(int(table[c][1])) for c in run)
        operand = re.search(
            r"(?:(?<![A-Za-z])[A-Za-z]|\d|\)|(?<![A-Za-z])[kcm]?m|[πθ]|[=+*/(-]\s?[a-z]{1,3})$", left
        )
        if not operand:
            return Spoken("", end=end, cls="note-mark")
        power = int(digits)
        if negative:
            return Spoken(
                f"的负{say(power)}次方" if zh else f"to the power of minus {say(power)}", end=end, cls="power"
            )
        if power in _POWERS:
            if zh and left[-1:].isdigit():
                return Spoken(f"的{say(power)}次方", end=end, cls="power")
            return Spoken(_POWERS[power][zh], end=end, cls="power")
        return Spoken(f"的{say(power)}次方" if zh else f"to the power of {say(power)}", end=end, cls="power")
    if kind == "sub":
        digits = "".join(str(int(table[c][1])) for c in run)
        return Spoken(say(digits), end=end, cls="serial")
    if kind == "roman":
        letters = unicodedata.normalize("NFKC", "".join(c for c in run if table[c][0] == "roman"))
        length = next((i for i, c in enumerate(run) if table[c][0] != "roman"), len(run))
        number = parse(letters)
        if number is None:
            number, length = int(value), 1
        return Spoken(say(number), end=begin + length, cls="roman")
    if kind == "fraction":
        top, bottom = value.as_integer_ratio() if value > 0 else (0, 1)
        for denominator in (3, 5, 6, 7, 9, 10, 12, 20, 40, 80, 160, 320):
            if abs(value * denominator - round(value * denominator)) < 1e-3:
                top, bottom = round(value * denominator), denominator
                break
        said = chinese.fraction(str(abs(top)), str(bottom)) if zh else english.fraction(abs(top), bottom)
        return Spoken(
            said if value >= 0 else ("负" if zh else "minus ") + said, end=begin + 1, cls="fraction"
        )
    said = say(int(value))
    following = place.after(begin + 1, 1)
    if (not left.endswith("第") and (kind == "circled" and following and following.isalnum())) or (
        following and following in table
    ):
        said += "，" if zh else ", "
    return Spoken(said, end=begin + 1, cls="list-number" if kind == "circled" else "number")
