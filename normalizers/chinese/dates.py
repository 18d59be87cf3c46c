"""Chinese dates, years, eras and clock times."""

from __future__ import annotations

import re

from normalizers.chinese.numerals import cardinal, counted, digits
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

_COUNT_AFTER_YEAR = re.compile(
    r"(?:的)?(?:历史|歷史|以来|以來|来的|來的|之久|左右|以上|以下|以内|之内|之内|多|余|餘|时间|時間|光阴|"
    r"光陰|寿命|壽命|陈酿|道行|修为|功力|岁月|歲月|前(?!后)|之前|以前|后|後|之后|以后|间|一次|一遇|内|树龄|工龄|老|期)"
)
_COUNT_BEFORE_YEAR = re.compile(
    r"(?:[了过過约約近有满滿逾达達超每整这這那几前后活等隔经經历歷长長]|大约|长达|超过|不到|将近|持续|一共|"
    r"总共|已经|至少|最多|足足|只有|仅仅|相距|上下|未来|过去|最近|余下|剩下|判|刑|期)$"
)


def year_digits(number: str) -> str:
    """`2024` → 二零二四."""
    return digits(number)


def is_count_of_years(number: str, place: Place, end: int) -> bool:
    """Whether `number` before 年 counts years (5000年历史) and is no year (2024年). `end` is behind 年."""
    value = int(number)
    before, after = place.before(8), place.after(end, 10)
    if len(number) == 3 and (
        re.match(r"\s?(?:间|[-–—~至到]{1,2}\s?\d{3}年)", after)
        or re.search(r"\d{3}年?\s?[-–—~至到]{1,2}\s?$", before)
    ):
        return False  # 756—763年间, 701年-762年
    if len(number) == 3 and re.search(r"(?:^|[（(，、。；~—–至到\s-])前$", before):
        return False  # 前206年
    era = re.search(
        r"(?:公元|西元|纪元|公元前|民国|民國|昭和|大正|明治|平成|令和|光绪|康熙|乾隆|雍正|嘉庆|道光|咸丰|同治|宣统|顺治|崇祯|天启|万历|"
        r"隆庆|嘉靖|正德|弘治|成化|天顺|景泰|正统|宣德|永乐|建文|洪武|贞观|永徽|开元|天宝|建安|建武|永平|元和|大历|会昌|熙宁|元丰|"
        r"元祐|绍兴|淳熙|靖康|宣和|政和|崇宁|庆历|嘉祐|景德|咸平|至元|大德|至正|AD|BC)前?$",
        before,
    )
    if era:
        return len(number) <= 2 and "公" not in before
    if re.match(r"\d{1,2}月|代|\s?\d{1,2}[日号號]", after):
        return False
    if value == 1000 and not re.search(r"[在于於]$", before):
        return True  # 1000年才开一次花
    if len(number) <= 1 or len(number) >= 5:
        return True
    if number[0] == "0":
        return False
    if len(number) == 2:
        if _COUNT_BEFORE_YEAR.search(before) or _COUNT_AFTER_YEAR.match(after):
            return True
        if (re.match(r"(?:[春夏秋冬](?!天?[秋冬])|底|末(?!期)|[上下]半年)", after) and value >= 10) or (
            value >= 10 and re.match(r"初(?!中|级|三|一)", after)
        ):
            return False
        return not (
            value >= 50
            and (
                value % 10 != 0
                or re.match(r"(?:出生|生|毕业|入学|结婚|参军|初|底|末|春|夏|秋|冬|的|那)", after)
            )
        )
    if len(number) == 3:
        return True
    round_number = value % 100 == 0
    if value > 2200:
        return round_number or bool(_COUNT_AFTER_YEAR.match(after) or _COUNT_BEFORE_YEAR.search(before))
    if round_number and (_COUNT_AFTER_YEAR.match(after) or _COUNT_BEFORE_YEAR.search(before)):
        return not (
            1800 <= value <= 2100
            and re.match(r"(?:的)?(?:前|后|後|以来|以來|之前|之后|以前|以后|间)", after)
            and not _COUNT_BEFORE_YEAR.search(before)
        ) or (value in (1000, 2000) and not re.match(r"(?:以来|以來|后|後|之后|以后|前后)", after))
    return value < 1000


def _month_day(month: str, day: str, unit: str = "日") -> str:
    return f"{cardinal(int(month))}月{cardinal(int(day))}{unit}"


def _valid(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


@RULES.rule(
    "date", "iso-date", r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\d-])"
)
def _iso(m: re.Match[str], place: Place) -> str | None:
    return (
        f"{year_digits(m['year'])}年{_month_day(m['month'], m['day'])}"
        if _valid(m["month"], m["day"])
        else None
    )


@RULES.rule(
    "date",
    "day-month-year",
    r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<two>\d{1,2})(?P=sign)(?P<year>(?:1\d|2[01])\d\d)(?![\d-])",
)
def _day_first(m: re.Match[str], place: Place) -> str | None:
    one, two = m["one"], m["two"]
    if int(one) > 12:
        one, two = two, one
    return f"{year_digits(m['year'])}年{_month_day(one, two)}" if _valid(one, two) else None


@RULES.rule(
    "date", "year-month", r"(?P<year>(?:1[5-9]|20)\d\d)(?P<sign>[-/])(?P<month>0[1-9]|1[0-2])(?![\d/.年-])"
)
def _year_month(m: re.Match[str], place: Place) -> str | None:
    return f"{year_digits(m['year'])}年{cardinal(int(m['month']))}月"


@RULES.rule("date", "month-slash-day", r"(?P<month>0[1-9]|1[0-2])/(?P<day>0[1-9]|[12]\d|3[01])(?![\d/%])")
def _month_slash_day(m: re.Match[str], place: Place) -> Spoken | None:
    written_as_date = m["month"][0] == "0" or m["day"][0] == "0"
    if written_as_date or re.search(r"(?:日期|时间|生日|[在于于從从到至])[:：]?\s?$", place.before(6)):
        from normalizers.chinese.numerals import fraction

        return Spoken(_month_day(m["month"], m["day"]), (fraction(m["month"], m["day"]),))
    return None


@RULES.rule(
    "date",
    "slash-day-of-week",
    r"(?P<month>1[0-2]|0?[1-9])/(?P<day>[12]\d|3[01]|0?[1-9])(?![\d/])"
    r"(?=\s?[（(]?(?:周|週|星期|礼拜)[一二三四五六日天\d])",
)
def _slash_day_of_week(m: re.Match[str], place: Place) -> str:
    """3/15（周五）."""
    return _month_day(m["month"], m["day"])


_NO_DENOMINATORS = words("1 01 13 14 17 18 19 21 22 23 26 27 28 29 31")


@RULES.rule(
    "date",
    "slash-range",
    r"(?P<month>1[0-2]|0?[1-9])/(?P<day>[12]\d|3[01]|0?[1-9])\s?[-–—~至到]\s?"
    r"(?P<month2>1[0-2]|0?[1-9])/(?P<day2>[12]\d|3[01]|0?[1-9])(?![\d/])",
)
def _slash_range(m: re.Match[str], place: Place) -> str | None:
    """2/28-3/1: nobody measures in firsts or twenty-eighths."""
    if place.before(1) in ("/", ".") or not {m["day"], m["day2"]} & _NO_DENOMINATORS:
        return None
    return f"{_month_day(m['month'], m['day'])}到{_month_day(m['month2'], m['day2'])}"


@RULES.rule(
    "range",
    "weekday-range",
    r"(?P<one>[1-7])\s?(?:[-–—~]{1,2}|至|到)\s?(?P<week>周|週|星期|礼拜)?(?P<two>[1-7])(?![\d.:])",
)
def _weekday_range(m: re.Match[str], place: Place) -> str | None:
    """周1-周5."""
    if not re.search(r"(?:周|週|星期|礼拜)$", place.before(2)):
        return None
    return f"{cardinal(m['one'])}到{m['week'] or ''}{cardinal(m['two'])}"


@RULES.rule(
    "range",
    "months-of-years",
    r"(?P<one>(?:19|20)\d\d)\.(?P<month>0?[1-9]|1[0-2])\s?[-–—~至到]{1,2}\s?(?P<two>(?:19|20)\d\d)\."
    r"(?P<month2>0?[1-9]|1[0-2])(?![\d%]|\.\d)月?",
)
def _months_of_years(m: re.Match[str], place: Place) -> str:
    """1990.05-1995.06."""
    one, two = (
        (year_digits(m[year]), cardinal(int(m[month])))
        for year, month in (("one", "month"), ("two", "month2"))
    )
    return f"{one[0]}年{one[1]}月到{two[0]}年{two[1]}月"


@RULES.rule(
    "year",
    "season",
    r"(?P<one>(?:19|20)\d\d)\s?[-–—/~]\s?(?P<two>\d\d)(?=\s?(?:赛季|賽季|学年|學年|年度|财年|财政年度))",
)
def _season(m: re.Match[str], place: Place) -> str | None:
    """2020/21赛季."""
    following = (int(m["one"]) + 1) % 100 == int(m["two"])
    return f"{year_digits(m['one'])}到{year_digits(m['two'])}" if following else None


@RULES.rule("year", "before-christ-range", r"(?P<one>\d{1,4})年?\s?[-–—~至到]{1,2}\s?(?P<two>\d{1,4})(?=年)")
def _before_christ_range(m: re.Match[str], place: Place) -> str | None:
    """公元前500-300年."""
    if not re.search(r"(?:公元|西元|纪元)前$", place.before(4)):
        return None
    return "到".join(
        year_digits(m[part]) if len(m[part]) > 2 else cardinal(m[part]) for part in ("one", "two")
    )


@RULES.rule(
    "date", "year-dot-month", r"(?P<year>(?:19|20)\d\d)\.(?P<month>0?[1-9]|1[0-2])(?![\d%]|\.\d)(?P<unit>月)?"
)
def _year_dot_month(m: re.Match[str], place: Place) -> str | None:
    """2022.10出版, (2019.9-2022.6): a month, where a month is spoken of."""
    after, before = place.after(m.end(), 10), place.before(3)
    if not (
        m["unit"]
        or re.match(
            r"出版|印刷|发行|上映|发布|毕业|入学|入职|离职|开业|成立|播出|起(?!点)|生(?!产)|至今|\s?[-–—~至到]\s?(?:19|20)\d\d\.",
            after,
        )
        or re.search(r"(?:\.\d{1,2}\s?[-–—~至到]|[于自从])\s?$", place.before(6))
        or (before.endswith(("(", "（")) and after.startswith((")", "）")))
    ):
        return None
    return f"{year_digits(m['year'])}年{cardinal(int(m['month']))}月"


_NAMED_DAY = (
    r"事[变變件]|妇女节|婦女節|劳动节|勞動節|国庆|晚会|晚會|假期|大促|购物节|運動|运动|惨案|慘案|讲话|講話|"
    r"淞沪|会战|起义|抗战|大地震|长假|黄金周|打假|恐怖|地震|青年节|儿童节|建军节"
)


@RULES.rule(
    "date",
    "named-day",
    rf"(?P<month>1[0-2]|[1-9])[.·・/](?P<day>[12]\d|3[01]|[1-9])(?=\s?[”」\"]?(?:{_NAMED_DAY}))|(?P<month2>"
    rf"1[0-2]|[1-9])[·・](?P<day2>[12]\d|3[01]|[1-9])(?!\d)",
)
def _named_day(m: re.Match[str], place: Place) -> str:
    """9·18事变 is 九一八, 5.1假期 五一, 10.1 十一."""
    month, day = m["month"] or m["month2"], m["day"] or m["day2"]
    return "十一" if (month, day) == ("10", "1") else digits(month) + digits(day)


@RULES.rule(
    "date",
    "birthday",
    r"(?P<month>1[0-2]|0?[1-9])[./](?P<day>[12]\d|3[01]|0?[1-9])(?![\d./%]|\s?[年岁元块分米度个])",
)
def _birthday(m: re.Match[str], place: Place) -> Spoken | None:
    """生日是8.15, 日期8.15, 今天是12/25: a day without its year."""
    if not re.search(
        r"(?:生日|日期|纪念日|紀念日|忌日|开学|放假)(?:就)?[是为為在：:]?\s?$|[今明昨后後前]天(?:就|都|已经)?[是为為：:]\s?$",
        place.before(8),
    ):
        return None
    return Spoken(_month_day(m["month"], m["day"]), (f"{cardinal(m['month'])}点{digits(m['day'])}",))


@RULES.rule("date", "month-range", r"(?P<one>0?[1-9]|1[0-2])\s?[-–—~至到]\s?(?P<two>0?[1-9]|1[0-2])(?=月)")
def _month_range(m: re.Match[str], place: Place) -> str:
    return f"{cardinal(int(m['one']))}到{cardinal(int(m['two']))}"


@RULES.rule(
    "date",
    "month-day",
    r"(?P<month>0?[1-9]|1[0-2])月(?P<day>0?[1-9]|[12]\d|3[01])(?:\s?[日号號]?\s?[-–—~]{1,2}\s?(?P<last>"
    r"[12]?\d|3[01])(?!月))?(?P<unit>[日号號])?(?![\d.%])",
)
def _month_and_day(m: re.Match[str], place: Place) -> str:
    last = f"到{cardinal(int(m['last']))}" if m["last"] else ""
    day = (
        "日"
        if m["last"] and re.search(r"日\s?[-–—~]", m[0])
        else "号"
        if m["last"] and re.search(r"[号號]\s?[-–—~]", m[0])
        else ""
    )
    return f"{cardinal(int(m['month']))}月{cardinal(int(m['day']))}{day}{last}{m['unit'] or ''}"


@RULES.rule("date", "month", r"(?P<month>0?[1-9]|1[0-2])(?P<gap>\s?)(?=月(?!亮|光|球|饼|牙))")
def _month(m: re.Match[str], place: Place) -> str:
    return cardinal(int(m["month"]))


@RULES.rule("date", "day", r"(?P<day>0[1-9]|[12]\d|3[01]|[1-9])\s?(?=[日号號])")
def _day(m: re.Match[str], place: Place) -> str:
    return cardinal(int(m["day"]))


@RULES.rule(
    "year",
    "year-range",
    r"(?P<one>\d{4}|[1-9]\d\d(?=年|\s?[-–—~至到]{1,2}\s?\d{3}年[间）)，。；]))(?P<unit>年)?\s?(?:[-–—~]{1,2}|至|到)\s?"
    r"(?P<two>\d{4}|\d{3}|\d\d)\s?(?=年)",
)
def _year_range(m: re.Match[str], place: Place) -> str | None:
    if len(m["two"]) == 3 and (len(m["one"]) != 3 or int(m["two"]) <= int(m["one"])):
        return None
    if len(m["two"]) == 2 and m["unit"]:
        return None
    return f"{year_digits(m['one'])}{m['unit'] or ''}到{year_digits(m['two'])}"


_PART_DATE = r"(?:[./年](?P<{0}month>1[0-2]|0?[1-9])(?:[./月](?P<{0}day>[12]\d|3[01]|0?[1-9])日?)?)?"


def _part_date(m: re.Match[str], which: str) -> str:
    """1921, 1921.7 or 1921.7.1 as said."""
    said = year_digits(m[which])
    if m[f"{which}month"]:
        said += f"年{cardinal(int(m[f'{which}month']))}月"
    return said + (f"{cardinal(int(m[f'{which}day']))}日" if m[f"{which}day"] else "")


_NAMED_BEFORE = re.compile(r"[（(][^（）()，,]{0,40}[A-Za-z·\u4e00-\u9fff][，,]\s?(?:约|約)?$")


@RULES.rule(
    "year",
    "lifetime",
    rf"(?P<one>1\d{{3}}|20\d\d|[1-9]\d\d(?=[-–—~]{{1,2}}\d{{3}}))(?:{_PART_DATE.format('one')})\s?(?P<dash>[-–—~]{{1,2}})"
    rf"\s?(?:(?P<two>1\d{{3}}|20\d\d|[1-9]\d\d){_PART_DATE.format('two')})?(?=\s?[）)])",
)
def _lifetime(m: re.Match[str], place: Place) -> str | None:
    """李四（1921.7.1-2001）, 张三(1990—), 埃拉伽巴路斯（Elagabalus，218—222）."""
    named = _NAMED_BEFORE.search(place.before(46))
    if not named and (place.before(1) not in ("(", "（") or (len(m["one"]) == 3 and m["dash"] != "-")):
        return None
    if m["two"] and int(m["one"]) > int(m["two"]):
        return None
    return f"{_part_date(m, 'one')}到{_part_date(m, 'two')}" if m["two"] else f"{_part_date(m, 'one')}至今"


@RULES.rule(
    "year",
    "year-range-bare",
    r"(?P<one>1\d{3}|20\d\d)\s?[-–—~]{1,2}\s?(?P<two>1\d{3}|20\d\d)(?![\d元米个人万亿.%])",
)
def _year_range_bare(m: re.Match[str], place: Place) -> str | None:
    return f"{year_digits(m['one'])}到{year_digits(m['two'])}" if int(m["one"]) < int(m["two"]) else None


@RULES.rule("decade", "decades-of-birth", r"(?P<decade>[05-9][05])(?=[、和]\d[05][后後])")
def _decades_of_birth(m: re.Match[str], place: Place) -> str:
    """80、90后."""
    return digits(m["decade"])


@RULES.rule(
    "decade",
    "decade",
    r"(?P<decade>\d{2,4})\s?(?:'?s|(?=(?:年代|[后後](?=[的们們女男小一是这這那群人辈輩妹青都也就还還很更最，。！？、；：）”\s]|$))))",
)
def _decade(m: re.Match[str], place: Place) -> Spoken | None:
    written = m["decade"]
    after = place.after(m.end(), 4)
    if after.startswith(("后", "後")):
        if len(written) != 2 or written[1] not in "05" or re.search(r"[第前了过約约]$", place.before(2)):
            return None
        return Spoken(digits(written))
    if len(written) == 2 and written[1] == "0":
        if "0" < written[0] < "6" and m[0].endswith("s") and "'" not in m[0]:
            return None  # 30s of a clock
        tail = "" if after.startswith("年代") else "年代"
        return Spoken(cardinal(written) + tail if written != "00" else "零零" + tail)
    if len(written) == 4 and written[3] == "0":
        tail = "" if after.startswith("年代") else "年代"
        return Spoken(year_digits(written) + tail)
    return None


@RULES.rule("year", "before-christ", r"(?P<year>\d{1,4})\s?(?P<era>(?i:b\.?c\.?e?|a\.?d)\b\.?)(?:年)?")
def _before_christ(m: re.Match[str], place: Place) -> str | None:
    prefix = "公元前" if m["era"][0] in "bB" else "公元"
    said = digits(m["year"]) if len(m["year"]) > 2 else cardinal(m["year"])
    return f"{prefix}{said}年"


@RULES.rule("year", "year", r"(?P<year>\d{2,5})\s?(?=年(?!级|級|纪|紀|轻|龄|代表))")
def _year(m: re.Match[str], place: Place) -> Spoken | None:
    written = m["year"]
    if place.before(1) in (".", ",") or place.before(1).isdigit():
        return None
    count = cardinal(written)
    if len(written) == 2 and place.before(1) in ("'", "’", "‘"):
        return Spoken(digits(written))  # '98年
    if is_count_of_years(written, place, m.end() + 1):
        return Spoken(count, (digits(written),), cls="duration")
    return Spoken(year_digits(written), (count,))


@RULES.rule(
    "year",
    "title",
    r"(?P<year>1[5-9]\d\d|20\d\d|2[1-9]\d\d)(?=[》：:，—·]|[\u4e00-\u9fff](?<![个位名条只本次天年月万亿千百元里米]))",
)
def _title(m: re.Match[str], place: Place) -> str | None:
    """《1984》, 《2001太空漫游》: a title that is a year or begins with one."""
    return digits(m["year"]) if place.before(1) == "《" else None


@RULES.rule("year", "era-year", r"(?P<year>\d{3,4})(?![\d年.,])")
def _era(m: re.Match[str], place: Place) -> str | None:
    return digits(m["year"]) if re.search(r"(?:公元前?|西元前?|纪元前?)$", place.before(4)) else None


@RULES.rule("year", "document", r"(?P<year>(?:19|20)\d\d)(?=[\]〕］】)）]\s?(?:第\s?)?\d{1,4}\s?号)")
def _document(m: re.Match[str], place: Place) -> str | None:
    """国发〔2021〕15号."""
    return year_digits(m["year"]) if re.search(r"[\[〔［【(（]$", place.before(1)) else None


@RULES.rule("year", "in-brackets", r"(?P<year>1\d{3}|20\d\d)(?=\s?[）)])")
def _in_brackets(m: re.Match[str], place: Place) -> str | None:
    """顺治元年(1644), 《狂人日记》（1918）."""
    return digits(m["year"]) if re.search(r"[年》」』]\s?[（(]\s?$", place.before(4)) else None


@RULES.rule("year", "edition", r"(?P<year>[5-9]\d|0\d)(?=版(?!本|权|面|块|税))")
def _edition(m: re.Match[str], place: Place) -> str:
    return digits(m["year"])


@RULES.rule(
    "year",
    "bare-year",
    r"(?P<year>(?:19|20)\d\d)(?![\d.,:：/年%-]|\s?(?:多|余|"
    r"余?[个個名位人元块米斤吨公千百万亿年天周次件本张只条户点号室房楼路级度辆台部篇首句字页秒分小]|[A-Za-z]))",
)
def _bare_year(m: re.Match[str], place: Place) -> Spoken | None:
    before = place.before(8)
    if (
        re.search(r"(?:[在于於自从從]|截至|截止|©|[Ii]n |[Ss]ince |[A-Za-z]{2,} )\s?$", before)
        or (re.search(r"[：:]\s*$", before) and not place.after(m.end(), 4).strip())
        or (not before.strip() and re.match(r"\s?[\u4e00-\u9fff]", place.after(m.end(), 2)))
    ):
        return Spoken(year_digits(m["year"]), (cardinal(m["year"]),))
    return None


@RULES.rule(
    "year",
    "named-year",
    r"(?P<year>(?:19|20)\d\d)(?=\s?(?:[A-Z]{2,}|款|版|届|级(?!别|数|台阶)|赛季|财年|学年|春晚|新年|奥运|"
    r"世界杯|欧洲杯|亚运|专辑|單曲|单曲|巡演|演唱会|跨年|春季|夏季|秋季|冬季|秋冬|春夏|高考|中考|考研|双十一|双11|[上下]半年|[一二三四]季度|"
    r"Q[1-4]|第[一二三四]季度))",
)
def _named_year(m: re.Match[str], place: Place) -> str:
    return year_digits(m["year"])


_TOOK = re.compile(
    r"(?:用时|耗时|历时|時長|时长|总长|片长|成绩|配速|计时|全长|时间)(?:是|为|為|：|:|约|仅|共|达)?\s?$"
)
"""Before a time that is a duration: 用时1:23:45."""


@RULES.rule(
    "time", "time-taken", r"(?P<hours>\d{1,2})[:：](?P<minutes>[0-5]\d)[:：](?P<seconds>[0-5]\d)(?![\d:：])"
)
def _time_taken(m: re.Match[str], place: Place) -> str | None:
    cue = _TOOK.search(place.before(6))
    if not cue or cue[0].startswith("时间"):
        return None
    hours = f"{counted(str(int(m['hours'])))}小时" if int(m["hours"]) else ""
    return f"{hours}{cardinal(int(m['minutes']))}分{cardinal(int(m['seconds']))}秒"


@RULES.rule("ratio", "scale", r"(?P<one>\d{1,2})\s?[:：∶]\s?(?P<two>\d{3,8})(?![\d:：])")
def _scale(m: re.Match[str], place: Place) -> str:
    """1:1000 of a map."""
    return f"{cardinal(int(m['one']))}比{cardinal(int(m['two']))}"


_SCORE_CUE = re.compile(
    r"比分|[战戰]胜|获胜|獲勝|取胜|[击擊]败|[击擊]敗|不敌|不敵|[战戰]平|[踢打]平|直落|"
    r"第[一二三四五两末]?[局盘盤节節]|[一两三四五六七][局盘盤]|大胜|大勝|险胜|小胜|完胜|领先|領先|落后|落後|"
    r"爆冷|逆转|淘汰|总分|總分|胜|勝|负|[赢贏输輸]|打成|扳成|扳平|比赛|队|隊"
)
_RATIO_CUE = re.compile(r"比例|比率|汇率|配比|按|比值|稀释|兑|混合|配方|赔率|勾兑")
_TIME_CUE = re.compile(
    r"(?:上午|下午|晚上|早上|中午|凌晨|傍晚|清晨|深夜|半夜|今晚|明早|早晨|夜里|时间|時間|点|点钟|[今明昨]天|"
    r"[日号號]|上|现在|現在|约|約|(?:时间|時間|现在|現在)[是为為：:]|[在到从從至于])\s?$"
)


def clock(hours: str, minutes: str, seconds: str | None = None) -> str:
    """`8`, `05` → 八点零五分; full hours are 八点; 2 is 两点."""
    said = f"{counted(str(int(hours)))}点"
    if int(minutes) or seconds:
        said += (
            f"零{cardinal(int(minutes))}分"
            if len(minutes) == 2 and 0 < int(minutes) < 10
            else f"{cardinal(int(minutes))}分"
        )
    if seconds:
        said += f"零{cardinal(int(seconds))}秒" if 0 < int(seconds) < 10 else f"{cardinal(int(seconds))}秒"
    return said


@RULES.rule(
    "time",
    "clock-range",
    r"(?P<h1>[01]?\d|2[0-4])[:：](?P<m1>[0-5]\d)\s?(?:[-–—~]{1,2}|至|到)\s?(?P<h2>[01]?\d|"
    r"2[0-4])[:：](?P<m2>[0-5]\d)(?![\d:：])",
)
def _clock_range(m: re.Match[str], place: Place) -> str:
    return f"{clock(m['h1'], m['m1'])}到{clock(m['h2'], m['m2'])}"


@RULES.rule(
    "time",
    "clock-half-day",
    r"(?P<hours>[01]?\d|2[0-4])(?:[:：](?P<minutes>[0-5]\d)(?:[:：](?P<seconds>[0-5]\d))?)?\s?(?P<half>"
    r"[aApP])\.?[mM](?![A-Za-z])\.?",
)
def _clock_half_day(m: re.Match[str], place: Place) -> str | None:
    half = "上午" if m["half"] in "aA" else "下午"
    if re.search(r"(?:上午|下午|晚上|早上|中午|凌晨|傍晚)\s?$", place.before(4)):
        half = ""
    hours = int(m["hours"])
    if half == "下午" and hours == 12:
        half = "中午"
    elif half == "下午" and 7 <= hours <= 11:
        half = "晚上" if hours != 12 else half
    return f"{half}{clock(m['hours'], m['minutes'] or '00', m['seconds'])}"


@RULES.rule(
    "score",
    "score",
    r"(?P<one>\d{1,3})\s?[:：]\s?(?P<two>\d{1,3})(?:\s?[:：]\s?(?P<three>\d{1,3}))?(?![\d:：])",
)
def _score(m: re.Match[str], place: Place) -> Spoken | None:
    before, after = place.before(16), place.after(m.end(), 10)
    around = before + "|" + after
    if "：" in m[0] and re.match(r"[，、,]\s?\d", after):
        return None  # 数到100：1，2，3
    clause = re.split("[，。；！？]", before)[-1] + "|" + re.split("[，。；！？]", after)[0]
    said = "比".join(cardinal(int(part)) for part in (m["one"], m["two"], m["three"]) if part)
    clock_like = re.fullmatch(r"(?:[01]?\d|2[0-4])\s?[:：]\s?[0-5]\d(?:\s?[:：]\s?[0-5]\d)?", m[0])
    alternatives = (clock(m["one"], m["two"], m["three"]),) if clock_like else ()
    timed = _TIME_CUE.search(place.before(6)) or (clock_like and m["two"][0] == "0" and len(m["two"]) == 2)
    if not clock_like or (_RATIO_CUE.search(clause) and not timed):
        return Spoken(said, alternatives)
    if _SCORE_CUE.search(around) and not timed:
        return Spoken(said, alternatives)
    return None


@RULES.rule(
    "time",
    "clock-seconds",
    r"(?P<hours>[01]?\d|2[0-4])[:：](?P<minutes>[0-5]\d)[:：](?P<seconds>[0-5]\d)(?![\d:：])",
)
def _clock_seconds(m: re.Match[str], place: Place) -> str:
    return clock(m["hours"], m["minutes"], m["seconds"])


@RULES.rule("time", "clock", r"(?P<hours>[01]?\d|2[0-4])[:：](?P<minutes>[0-5]\d)(?![\d:：])(?:分(?!钟|鐘))?")
def _clock(m: re.Match[str], place: Place) -> Spoken:
    return Spoken(
        clock(m["hours"], m["minutes"]), (f"{cardinal(int(m['hours']))}比{cardinal(int(m['minutes']))}",)
    )


@RULES.rule(
    "time",
    "o'clock",
    r"(?P<hours>\d{1,2})\s?(?P<point>[点點时時])(?P<minutes>\d{1,2})(?P<unit>[分刻])?(?P<seconds>(?P<s>\d{1,"
    r"2})秒)?(?![\d.%])",
)
def _oclock(m: re.Match[str], place: Place) -> str | None:
    if int(m["hours"]) > 24 or int(m["minutes"]) > 59:
        return None
    minutes = m["minutes"]
    said = cardinal(int(minutes))
    if minutes[0] == "0" and len(minutes) == 2 and int(minutes):
        said = "零" + said
    out = f"{counted(str(int(m['hours'])))}{m['point']}{said}{m['unit'] or ''}"
    return out + (f"{cardinal(int(m['s']))}秒" if m["seconds"] else "")
