"""Chinese measures and money: Latin unit signs and currency signs to words."""

from __future__ import annotations

import re
from decimal import Decimal

from normalizers.chinese.numerals import cardinal, counted, digits, number
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
SCALE = r"[十百千万萬亿億]{1,2}"

UNITS = {
    short: name
    for shorts, name in [
        ("km KM Km", "千米"), ("cm CM", "厘米"), ("mm MM", "毫米"), ("dm", "分米"), ("nm", "纳米"), ("hm² hm2", "公顷"),
        ("μm µm um", "微米"), ("m M", "米"), ("kg KG Kg", "千克"),
        ("mg", "毫克"), ("g G", "克"), ("μg µg", "微克"), ("t", "吨"), ("lb lbs", "磅"), ("oz", "盎司"),
        ("l L", "升"), ("ml mL ML", "毫升"), ("dl", "分升"), ("cl", "厘升"),
        ("s", "秒"), ("ms", "毫秒"), ("μs µs us", "微秒"), ("ns", "纳秒"), ("min mins", "分钟"), ("h hr hrs",
        "小时"), ("Hz HZ hz", "赫兹"), ("kHz KHz", "千赫兹"), ("MHz", "兆赫兹"),
        ("GHz", "吉赫兹"), ("W w", "瓦"), ("kW KW kw", "千瓦"), ("MW", "兆瓦"), ("GW", "吉瓦"),
        ("kWh KWh kwh", "千瓦时"), ("V v", "伏"), ("kV KV", "千伏"), ("mV", "毫伏"), ("A", "安"),
        ("mA", "毫安"), ("mAh mah", "毫安时"), ("J", "焦"), ("kJ KJ", "千焦"), ("cal", "卡"), ("kcal Kcal",
        "千卡"), ("N", "牛"), ("Pa", "帕"), ("kPa", "千帕"), ("hPa", "百帕"), ("MPa", "兆帕"),
        ("dB db", "分贝"), ("ha", "公顷"), ("Ω", "欧姆"), ("mol", "摩尔"),
        ("mmol", "毫摩尔"), ("μmol µmol umol", "微摩尔"), ("ft", "英尺"), ("in inch",
        "英寸"), ("yd", "码"), ("mph", "英里每小时"), ("rpm", "转每分钟"), ("px", "像素"),
        ("℃ °C ° C", "摄氏度"), ("℉ °F", "华氏度"), ("°", "度"), ("bpm", "次每分钟"), ("Mbps mbps",
        "兆比特每秒"), ("kbps Kbps", "千比特每秒"), ("kn", "节"), ("mmHg", "毫米汞柱"), ("ppm", "百万分之"),
        ("pct pcts", "个百分点"), ("bp bps BP", "个基点"),
        ("㎡", "平方米"), ("㎥", "立方米"), ("㎏", "千克"), ("㎞", "千米"), ("㎝", "厘米"), ("㎜", "毫米"),
        ("㎎", "毫克"), ("㏄ cc", "毫升"), ("㎢", "平方千米"), ("㎖", "毫升"), ("kg.", "千克"),
        ("r/min r/m rev/min", "转每分钟"), ("r/s", "转每秒"), ("kW·h kw·h KW·h kW•h", "千瓦时"), ("N·m", "牛米"),
    ]
    for short in shorts.split(" ")
}  # fmt: skip
UNITS |= {"° C": "摄氏度", "°": "度"}
UNITS.pop("C", None)
_SIGNS = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_PER = {"h": "小时", "hr": "小时", "s": "秒", "sec": "秒", "min": "分钟", "d": "天", "day": "天", "m": "米",
"km": "千米", "kg": "千克", "g": "克", "l": "升",
        "L": "升", "m2": "平方米", "m²": "平方米", "㎡": "平方米", "m3": "立方米", "m³": "立方米",
        "cm2": "平方厘米", "cm²": "平方厘米", "cm3": "立方厘米", "cm³": "立方厘米",
        "dl": "分升", "dL": "分升", "ml": "毫升", "mL": "毫升", "mol": "摩尔", "s2": "秒方", "s²": "秒方",
        "t": "吨", "ha": "公顷"}  # fmt: skip
_HAN_PER = words(
    "天 小时 人 次 月 年 秒 分钟 平方米 公里 千克 公斤 吨 日 周 斤 个 件 晚 位 份 亩 升 张 瓶 盒 包 袋 箱 只 "
    "支 条 台 套 本 碗 杯 桶 块 双 对 组 节 课时 平 米 间 辆 首 页 字 户 股 桌 场 片 粒 枚 株 头 度 学期 工作日"
)
_PER |= {each: each for each in _HAN_PER}
_HAN_EACH = "|".join(sorted(_HAN_PER, key=lambda each: (-len(each), each)))
_POWERED = words("km cm mm dm nm m KM CM MM M ft in inch yd s")
"""Units that are squared and cubed by a plain digit: 3v3 is a match of three."""
_ATTACHED_ONLY = words("M G W V A J N t L l h s w v m g")


def unit_name(sign: str, power: str) -> str:
    """`m`, `²` → 平方米."""
    name = UNITS[sign]
    return {"2": "平方", "²": "平方", "3": "立方", "³": "立方"}.get(power, "") + name


_LOAD = re.compile(r"[货重载吊煤钢粮沙肥]|级|以上|左右|的?(?:卡|货)车")
"""Behind a weight in tons."""
_DEGREES = r"℃|°\s?C|摄氏度|度(?![假日过量])|°"


@RULES.rule(
    "measure",
    "temperature-range",
    rf"(?P<sign1>[-−])?(?P<one>\d+(?:\.\d+)?)\s?(?P<unit1>{_DEGREES})?\s?(?:[-–—~至到]|"
    rf"[-–—]{{2}})\s?(?P<sign2>[-−])?(?P<two>\d+(?:\.\d+)?)\s?(?P<unit>{_DEGREES})",
)
def _temperature_range(m: re.Match[str], place: Place) -> str | None:
    """-20~-10℃, -10℃~5℃: the sign and the unit are said with each."""
    if not (m["sign1"] or m["sign2"] or (m["unit1"] and m["unit1"] != "度")):
        return None
    unit = "度" if m["unit"] in ("度", "°") else "摄氏度"
    return "到".join(
        f"{'零下' if sign else ''}{number(value)}{unit}"
        for sign, value in ((m["sign1"], m["one"]), (m["sign2"], m["two"]))
    )


@RULES.rule(
    "measure",
    "per-so-many",
    rf"(?P<number>{NUMBER})\s?(?P<unit>{_SIGNS})/(?P<by>10{{1,3}})\s?(?P<of>{_SIGNS})(?![A-Za-z0-9])",
)
def _per_so_many(m: re.Match[str], place: Place) -> str:
    """6.5L/100km."""
    return f"每{number(m['by'])}{UNITS[m['of']]}{number(m['number'])}{UNITS[m['unit']]}"


@RULES.rule(
    "measure",
    "number-unit",
    rf"(?P<sign>[-+±])?(?P<number>{NUMBER})(?P<scale>{SCALE})?(?:\s?(?:[-–—~至到]|[-–—]{{2}})\s?(?P<last>"
    rf"{NUMBER})(?P<scale2>{SCALE})?)?(?P<gap>\s?)(?P<unit>{_SIGNS})(?P<power>[23²³](?!\d))?"
    rf"(?:/(?P<per>[A-Za-z]{{1,3}}[23²³]?|㎡|{_HAN_EACH}))?(?![A-Za-z0-9])",
)
def _number_unit(m: re.Match[str], place: Place) -> Spoken | None:
    unit, per = m["unit"], m["per"]
    if (per and per not in _PER) or (m["power"] and m["power"] in "23" and unit not in _POWERED):
        return None
    if unit in _ATTACHED_ONLY and m["gap"] and not m["power"] and not per and unit not in "mgLls":
        return None
    if unit == "A" and not re.search(r"电流|電流|安培|\d[Vv伏][/，,、\s]*$", place.before(12)):
        return None
    if unit in _ATTACHED_ONLY and not per and not m["power"] and re.search(r"[A-Za-z]\s$", place.before(2)):
        return None  # iPhone 6s
    if unit in ("W", "w") and (
        place.after(m.end(), 1) == "+"
        or re.search(r"(?:[月年日]入|薪|赚|粉丝|阅读|播放|存款|销量|破|涨粉)$", place.before(3))
    ):
        return None  # 月入1W: ten thousand
    heavy = unit == "t" and ("." in m["number"] or _LOAD.match(place.after(m.end(), 3)))
    if unit in ("M", "G", "N", "J", "t", "w") and not per and not m["power"] and not heavy:
        return None
    before = place.before(3)
    if (
        m["sign"] != "±"
        and before[-1:].isascii()
        and (before[-1:].isalpha() or (m["sign"] and before[-1:].isdigit()))
    ):
        return None
    if (unit, before[-2:]) in (("°F", "华氏"), ("℉", "华氏"), ("°C", "摄氏"), ("℃", "摄氏")):
        unit = "°"
    sign = {"-": "负", "+": "正", "±": "正负"}.get(m["sign"] or "", "")
    if sign == "正" and re.match(r"[\u4e00-\u9fff]", before[-1:]) and before[-1:] not in "是为到至在约达温压":
        sign = "加"  # 电池+65W快充
    if unit in ("℃", "°C", "° C", "°") and (sign == "负" or before.endswith("零下")):
        sign = "" if before.endswith("零下") else "零下"
    said = sign + (
        _quantity(m["number"], m["scale"], unit)
        if not m["last"]
        else number(m["number"]) + (m["scale"] or "")
    )
    if m["last"]:
        said += f"到{number(m['last'])}{m['scale2'] or ''}"
    name = unit_name(unit, m["power"] or "")
    if unit == "ppm":
        return Spoken(f"百万分之{said}")
    if per:
        return Spoken(f"{said}{name}每{_PER[per]}", (f"每{_PER[per]}{said}{name}",))
    return Spoken(said + name)


def _quantity(written: str, scale: str | None, unit: str) -> str:
    if scale:
        return counted(written) + scale if scale[0] in "千万萬亿億" else number(written) + scale
    if unit in ("℃", "°C", "° C", "°", "°F", "℉"):
        return number(written)
    return counted(written)


@RULES.rule(
    "measure",
    "power-of-ten-unit",
    rf"10\^(?P<exponent>[-−]?\d{{1,3}})\s?(?P<unit>{_SIGNS})(?:/(?P<per>[A-Za-z]{{1,3}}[23²³]?))?(?![A-Za-z0-9])",
)
def _power_of_ten_unit(m: re.Match[str], place: Place) -> str | None:
    """3×10^8m/s."""
    if m["per"] and m["per"] not in _PER:
        return None
    exponent = m["exponent"].replace("−", "-")
    said = f"十的{'负' if exponent[0] == '-' else ''}{cardinal(exponent.lstrip('-'))}次方{UNITS[m['unit']]}"
    return said + (f"每{_PER[m['per']]}" if m["per"] else "")


@RULES.rule(
    "measure", "volts-amperes", r"(?P<volts>\d+(?:\.\d+)?)V\s?/?\s?(?P<amperes>\d+(?:\.\d+)?)A(?![A-Za-z\d])"
)
def _volts_amperes(m: re.Match[str], place: Place) -> str:
    """5V2A of a charger."""
    return f"{number(m['volts'])}伏{number(m['amperes'])}安"


_SIDES = {"N": "北纬", "S": "南纬", "E": "东经", "W": "西经"}


@RULES.rule(
    "measure",
    "degrees-side",
    r"(?P<degrees>\d{1,3}(?:\.\d+)?)\s?°\s?(?:(?P<minutes>[0-5]?\d(?:\.\d+)?)\s?[′'’]\s?"
    r"(?:(?P<seconds>[0-5]?\d(?:\.\d+)?)\s?[″\"”]\s?)?)?(?P<side>[NSEW])(?![A-Za-z])",
)
def _degrees_side(m: re.Match[str], place: Place) -> str:
    """39.9°N, 116°23′E."""
    said = f"{_SIDES[m['side']]}{number(m['degrees'])}度"
    return said + "".join(
        f"{number(m[part])}{name}" for part, name in (("minutes", "分"), ("seconds", "秒")) if m[part]
    )


@RULES.rule(
    "measure",
    "inches-of-a-screen",
    r"(?P<inches>\d{1,3}(?:\.\d)?)[\"″”](?=\s?(?:的)?(?:显示|屏|电视|液晶|曲面|笔记本|大屏|轮[毂胎]))",
)
def _inches_of_a_screen(m: re.Match[str], place: Place) -> str:
    """27"显示器."""
    return f"{number(m['inches'])}英寸"


@RULES.rule(
    "measure",
    "degrees-minutes",
    r"(?P<degrees>\d{1,3}(?:\.\d+)?)\s?°\s?(?P<minutes>[0-5]?\d(?:\.\d+)?)\s?[′'’](?:\s?(?P<seconds>[0-5]?\d(?:\.\d+)?)\s?(?:[″\"”]|''))?",
)
def _degrees_minutes(m: re.Match[str], place: Place) -> str:
    """116°23′ of a place on the globe."""
    seconds = f"{number(m['seconds'])}秒" if m["seconds"] else ""
    return f"{number(m['degrees'])}度{number(m['minutes'])}分{seconds}"


@RULES.rule(
    "measure",
    "and-hundredths",
    r"(?P<whole>\d{1,3})(?P<unit>[米块塊])(?P<part>\d\d)(?![\d.:A-Za-z]|\s?[\u4e00-\u9fff%％])",
)
@RULES.rule(
    "measure",
    "and-hundredths-of",
    r"(?P<whole>\d{1,3})(?P<unit>[米块塊])(?P<part>\d\d)(?=[的，。！？高长宽一了左以钱])",
)
def _and_hundredths(m: re.Match[str], place: Place) -> str:
    """1米75, 3块25: the digits behind the unit are its tenths and hundredths."""
    return f"{counted(m['whole'])}{m['unit']}{digits(m['part'])}"


@RULES.rule(
    "duration",
    "hours-minutes",
    r"(?P<hours>\d{1,3})\s?h(?:rs?)?\s?(?P<minutes>[0-5]?\d)\s?m(?:ins?)?(?:\s?(?P<seconds>[0-5]?\d)\s?s)?(?![A-Za-z\d])",
)
def _hours_minutes(m: re.Match[str], place: Place) -> str:
    """1h30min."""
    seconds = f"{number(str(int(m['seconds'])))}秒" if m["seconds"] else ""
    return f"{counted(m['hours'])}小时{number(str(int(m['minutes'])))}分钟{seconds}"


@RULES.rule("duration", "behind-hours", r"(?P<minutes>[0-5]?\d)['′](?!['′\d])")
def _behind_hours(m: re.Match[str], place: Place) -> str | None:
    """1小时30'."""
    return f"{number(m['minutes'])}分" if re.search(r"(?:小时|小時|[时時])\s?$", place.before(3)) else None


@RULES.rule("duration", "minutes-seconds", r"(?P<minutes>\d{1,3})['′](?P<seconds>[0-5]?\d)(?:[\"″”]|'')")
def _minutes_seconds(m: re.Match[str], place: Place) -> str:
    """5'30" of a run; of a person feet and inches."""
    if re.search(r"(?:身高|身长|个头)[是为有约达：:]?\s?$", place.before(5)):
        return f"{number(m['minutes'])}英尺{number(str(int(m['seconds'])))}英寸"
    return f"{number(m['minutes'])}分{number(str(int(m['seconds'])))}秒"


@RULES.rule(
    "measure",
    "data-size",
    rf"(?P<number>{NUMBER})(?P<gap>\s?)(?P<unit>[KMGTP]i?[Bb]?)(?P<per>/s)?(?![A-Za-z0-9])",
)
def _data(m: re.Match[str], place: Place) -> str | None:
    if re.search(r"[A-Za-z\d]$|[A-Za-z]\d*-$", place.before(4)):
        return None
    return f"{number(m['number'])}{m['gap']}{m['unit']}{'每秒' if m['per'] else ''}"


_CURRENCIES = {
    "$": "美元", "US$": "美元", "USD": "美元", "¥": "元", "￥": "元", "RMB": "元", "CNY": "元", "€": "欧元",
    "EUR": "欧元", "£": "英镑", "GBP": "英镑", "₩": "韩元", "KRW": "韩元", "HK$": "港元",
    "HKD": "港元", "NT$": "新台币", "TWD": "新台币", "JPY": "日元", "₽": "卢布", "RUB": "卢布", "₹": "卢比",
    "INR": "卢比", "฿": "泰铢", "THB": "泰铢", "A$": "澳元", "AUD": "澳元", "C$": "加元",
    "CAD": "加元", "S$": "新加坡元", "SGD": "新加坡元", "CHF": "瑞士法郎", "NZ$": "新西兰元", "MOP": "澳门元",
    "₫": "越南盾", "₱": "比索", "₺": "里拉", "₪": "谢克尔", "₿": "比特币", "R$": "雷亚尔", "MOP$": "澳门元",
    "NZD": "新西兰元",
}  # fmt: skip
CURRENCY_SIGN = "|".join(re.escape(c) for c in sorted(_CURRENCIES, key=len, reverse=True))
_MAGNITUDE = {
    "k": "千",
    "K": "千",
    "w": "万",
    "W": "万",
    "m": "百万",
    "M": "百万",
    "b": "十亿",
    "B": "十亿",
    "million": "百万",
    "billion": "十亿",
    "thousand": "千",
    "trillion": "万亿",
}
_ENGLISH_SCALE = {
    "m": (100, "万"),
    "M": (100, "万"),
    "mn": (100, "万"),
    "million": (100, "万"),
    "b": (10, "亿"),
    "B": (10, "亿"),
    "bn": (10, "亿"),
    "billion": (10, "亿"),
}
"""English magnitudes as Chinese ones: 3.2 billion is 32 亿."""


def amount(written: str) -> str:
    """A sum of money: trailing zeros of the decimals are not said (36.00 → 三十六); 2 is 两."""
    whole, point, part = written.partition(".")
    part = part.rstrip("0")
    return number(f"{whole}.{part}") if part else counted(whole) if point or whole == "2" else number(whole)


def in_thousands(written: str) -> str:
    """`200` of 200k → 二十万."""
    return number(format((Decimal(written.replace(",", "")) * 1000).normalize(), "f"))


@RULES.rule(
    "money",
    "sign-amount",
    rf"(?P<minus>-)?(?P<currency>{CURRENCY_SIGN})\s?(?P<number>{NUMBER})(?:\s?[-–—~]\s?(?P<mid>"
    rf"{CURRENCY_SIGN})?(?P<last>{NUMBER}))?\s?(?P<scale>{SCALE}|(?:million|billion|thousand|trillion|bn|"
    rf"mn)(?![A-Za-z])|[kKwWmMbB](?![A-Za-z]))?(?P<said>美元|美金|欧元|英镑|日元|韩元|港元|港币|元|"
    rf"块)?(?:/(?P<per>[\u4e00-\u9fff]{{1,2}}|[a-z]+))?",
)
def _sign_amount(m: re.Match[str], place: Place) -> Spoken | None:
    currency = m["currency"]
    if currency.isalpha() and place.before(1).isascii() and place.before(1).isalnum():
        return None
    scale = m["scale"] or ""
    end = m.end()
    per = ""
    if m["per"]:
        if m["per"] in _PER:
            per = f"每{_PER[m['per']]}"
        else:
            end = m.start("per") - 1
    last = f"到{amount(m['last'])}" if m["last"] else ""
    minus = "负" if m["minus"] else ""
    if scale in _ENGLISH_SCALE and not last:
        factor, scale = _ENGLISH_SCALE[scale]
        product = Decimal(m["number"].replace(",", "")) * factor
        amount_said = f"{minus}{counted(format(product.normalize(), 'f'))}{scale}"
        return Spoken(f"{amount_said}{m['said'] or _CURRENCIES[currency]}{per}", end=end)
    if scale in ("k", "K") and not last:
        return Spoken(f"{minus}{in_thousands(m['number'])}{m['said'] or _CURRENCIES[currency]}{per}", end=end)
    value = amount(m["number"]) if not scale or scale[:1] not in "kKwWmMbBt" else number(m["number"])
    said = f"{minus}{value}{last}{_MAGNITUDE.get(scale, scale)}{m['said'] or _CURRENCIES[currency]}{per}"
    return Spoken(said, end=end)


@RULES.rule(
    "money",
    "amount-code",
    rf"(?P<number>{NUMBER})(?P<scale>{SCALE})?\s?(?P<code>USD|RMB|CNY|EUR|GBP|JPY|HKD|KRW|AUD|CAD|SGD|CHF|"
    rf"TWD|[$€£¥])(?![A-Za-z\d])",
)
def _amount_code(m: re.Match[str], place: Place) -> str:
    return f"{amount(m['number'])}{m['scale'] or ''}{_CURRENCIES[m['code']]}"


@RULES.rule(
    "money",
    "amount-yuan",
    rf"(?P<minus>-)?(?P<number>{NUMBER})(?=(?:余|多)?(?:元|块钱|美元|美金|欧元|英镑|日元|韩元|港元|港币|"
    rf"人民币|卢布|卢比|法郎|澳元|加元|[圆圓塊]|块(?!石|状)))",
)
def _amount_yuan(m: re.Match[str], place: Place) -> str | None:
    if place.before(1).isascii() and place.before(1).isalpha():
        return None
    return ("负" if m["minus"] else "") + amount(m["number"])


@RULES.rule("money", "yuan-jiao", r"(?P<yuan>\d+)(?P<unit>[块塊元])(?P<jiao>\d)(?![\d.]|[个位人天点月%])")
def _yuan_jiao(m: re.Match[str], place: Place) -> str:
    return f"{counted(m['yuan'])}{m['unit']}{cardinal(m['jiao'])}"


@RULES.rule(
    "measure",
    "per",
    rf"(?P<number>{NUMBER})/(?P<per>{_HAN_EACH})",
)
def _per(m: re.Match[str], place: Place) -> str:
    """房租2500/月."""
    return f"{number(m['number'])}每{m['per']}"
