"""Chinese numbers in running text: telephone, codes, percent, fractions, ranges, counts with 两, arithmetic."""

from __future__ import annotations

import re

from normalizers.chinese.numerals import DIGITS, cardinal, counted, digits, fraction, number
from normalizers.chinese.units import NUMBER, SCALE, in_thousands
from normalizers.roman import parse
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

_CALL = re.compile(
    r"(?:电话|電話|手机|手機|热线|熱線|拨打|撥打|拨|撥|致电|致電|打|呼叫|客服|固话|座机|座機|传真|傳真|"
    r"联系方式|聯繫方式|报警|報警|短信|来电|來電|联系|热线电话|[Tt]el|TEL)(?:号码|號碼|号|號|是|为|為|：|:|"
    r"给|給|了|过|一下|\s|请|请拨|请打|至|到|“|\"|”)*$"
)
_SERVICE_NUMBERS = words(
    "110 112 114 117 119 120 121 122 911 999 10000 10010 10086 10001 10011 10015 10050 11185 11183 12306 "
    "12315 12319 12320 12329 12333 12339 12345 12348 12355 12358 12365 12366 12369 12377 12380 12388 12395 "
    "12580 12117 95588 95599 95533 95555 95566 95559 95595 95511 95518 95519 95522 95528 95338 95558 95568 "
    "95577 95580 95561 95508"
)


@RULES.rule(
    "telephone",
    "mobile",
    r"(?:\+?(?P<country>86)[\s-]*)?(?P<number>1[3-9]\d(?P<sep>[\s-]?)\d{4}(?P=sep)\d{4})(?!\d|\.\d)",
)
def _mobile(m: re.Match[str], place: Place) -> str:
    country = ("加" if m[0].startswith("+") else "") + digits(m["country"]) if m["country"] else ""
    return country + digits(m["number"], telephone=True)


@RULES.rule(
    "telephone",
    "landline",
    r"(?:\(?(?P<area>0\d{2,3})\)?[\s-]?)(?P<number>[1-9]\d{6,7}|[1-9]\d{3}[\s-]\d{4})(?:(?:-|转|"
    r"轉)(?P<extension>\d{1,5}))?(?!\d)",
)
def _landline(m: re.Match[str], place: Place) -> str:
    extension = "转" + digits(m["extension"], telephone=True) if m["extension"] else ""
    return digits(m["area"] + m["number"], telephone=True) + extension


@RULES.rule(
    "telephone", "toll-free", r"(?P<number>[48]00[\s-]?\d{3}[\s-]?\d{4}|[48]00[\s-]\d{4}[\s-]\d{3})(?!\d)"
)
def _toll_free(m: re.Match[str], place: Place) -> str | None:
    if m[0].isdigit() and re.match(r"\s?(?:元|块|个|人|次|万|亿|多|余)", place.after(m.end(), 3)):
        return None
    return digits(m["number"], telephone=True)


@RULES.rule("telephone", "international", r"\+(?P<number>\d{1,3}(?:[\s-]\d{2,5}){2,4})(?!\d)")
def _international(m: re.Match[str], place: Place) -> str:
    return "加" + digits(m["number"], telephone=True)


@RULES.rule("telephone", "masked", r"(?P<number>\d{3,4})(?![\d.])")
def _masked(m: re.Match[str], place: Place) -> str | None:
    """138****5678."""
    shown = place.before(2) == "**" or place.after(m.end(), 2) == "**"
    return digits(m["number"], telephone=True) if shown else None


@RULES.rule("telephone", "called-number", r"(?P<number>\d{3,12}(?:-\d{3,8}){0,2})(?!\d|\.\d)")
def _called(m: re.Match[str], place: Place) -> str | None:
    plain = m["number"].replace("-", "")
    before, after = place.before(14), place.after(m.end(), 8)
    listed = m["number"] in _SERVICE_NUMBERS and re.search(r"(\D{1,8})(?:\d{3,5}[、或和及])+$", before)
    call = _CALL.search(listed[1] if listed else before)
    if re.match(r"\s?(?:元|块|个|人|次|多|余|年|分钟|小时|天|万|亿|台|部|位|岁|米|月|[%％])", after):
        return None
    service = m["number"] in _SERVICE_NUMBERS and bool(
        re.match(
            r"(?:热线|熱線|电话|電話|打|客服|报警|報警|急救|来|來|咨询|查询|查号|投诉|火警|服务|订票|訂票|购票|官网|举报|平台)",
            after,
        )
        or re.search(
            r"(?:给|給|向|通过|通過|火警|急救|报警|匪警|移动|联通|电信|打了|拨了|请打|快打|请拨|叫)\s?$",
            before,
        )
    )
    if (
        (
            call
            and not (
                call[0] == "打" and len(plain) != 3 and m["number"] not in _SERVICE_NUMBERS and len(plain) < 5
            )
        )
        or service
        or re.match(r"(?:热线|熱線)", after)
    ):
        return digits(plain, telephone=True)
    return None


_NAMED = re.compile(
    r"(?:985|211)(?=[\s、/]?(?:高校|工程|大学|院校|名校|毕业|学校|985|211|、))|(?:996|007|955)(?=工作制|"
    r"加班|的(?:工作|生活|公司|日子)|文化|福报)|996(?=[。，、；！？”’]|$)|(?<=985[/、])211|(?<=天天|每天|都是|干着|过着|不想|拒绝|抵制|所谓)(?:996|"
    r"007)(?!\d)|(?:40[0-9]|50[0-9])(?=错误|錯誤|页面|报错|界面|代码|了，|了。)|(?:911|119|315|618|520|1024|"
    r"404)(?=事件|恐怖|晚会|打假|大促|购物节|购物|表白|程序员|情人节|消防)"
    r"|(?:999|925)(?=[纯足]?[银金])|84(?=消毒)|(?<=[“\"])(?:618|911|315|1024|520|996|007)(?=[”\"])"
    r"|(?<=麒麟)\d{3,4}|(?<=骁龙)\d{3,4}|(?<=天玑)\d{3,4}|(?<=TX )\d{4}(?!\d)|(?<=TX)\d{4}(?!\d)|(?<=Office )365"
    r"|(?:520|521|1314)(?=[那这当]天|那晚|快乐)|(?<=[“\"‘'])88(?=[”\"’'])"
    r"|(?:360)(?=安全|杀毒|公司|浏览器|卫士)|(?:163|126|139|189|188)(?=邮箱|郵箱)|58(?=同城)|51(?=job|社保)|"
    r"2333*(?!\d|[个元人块米名])|(?P<same>[68])(?P=same){2,}(?!\d|\s?[个元人块米名位只年号路天斤公千万亿%.])"
)


@RULES.rule("code", "household-number", r"\d+")
def _household(m: re.Match[str], place: Place) -> str | None:
    """985高校, 996工作制, 315晚会, 163邮箱, 666: numbers that are names."""
    named = _NAMED.match(place.text, place.at)
    if (
        named is None
        or place.before(1) in (".", ",")
        or (place.before(1).isascii() and place.before(1).isalnum() and place.before(2) != "TX")
        or re.search(r"[第共约有达]$", place.before(1))
    ):
        return None
    if named.end() != m.end() or m[0] == "2":
        return None
    return digits(m[0])


@RULES.rule("code", "aircraft", r"(?P<number>\d{3})(?=(?:客机|飞机|型|系列|MAX|-\d)|(?![\d.]))")
def _aircraft(m: re.Match[str], place: Place) -> str | None:
    return (
        digits(m["number"])
        if re.search(r"(?:波音|空客|空中客车|[Bb]oeing|[Aa]irbus)\s?A?$", place.before(10))
        else None
    )


@RULES.rule(
    "code",
    "type-of-year",
    r"(?P<number>[0-9]\d)(?=式(?:坦克|步枪|手枪|冲锋枪|机枪|榴弹|火箭|战斗|主战|军装|军服|大衣|钢盔|导弹|"
    r"火炮|狙击|自行|自动|重|轻|班用|半自动)|(?<=[5-9]\d)式(?=[，。、；）]|$))",
)
def _type(m: re.Match[str], place: Place) -> str:
    return digits(m["number"])


@RULES.rule("code", "route", r"(?P<number>\d{3})(?=\s?路(?![人程口面上边段灯费标障况线]))")
def _route(m: re.Match[str], place: Place) -> Spoken | None:
    return Spoken(digits(m["number"], telephone=True), (digits(m["number"]), cardinal(m["number"])))


@RULES.rule(
    "code",
    "establishment",
    r"(?P<number>\d{3,5})(?=(?:部队|部隊|大厦|大廈|大楼|医院|醫院|研究所|所(?=的|里|，|。|$)|工厂|兵工厂|"
    r"高地|阵地|基地|国道|省道|县道|不锈钢|工程(?!师|队|兵|款|费|量)|特工|专列))",
)
def _establishment(m: re.Match[str], place: Place) -> Spoken | None:
    """731部队, 301医院, 101大厦, 703所: numbers that are names; 300所学校 counts."""
    if m["number"].endswith("00") or re.search(r"[第共约約有达達]$|[,.]$", place.before(1)):
        return None
    if place.before(1).isascii() and place.before(1).isalnum():
        return None
    return Spoken(digits(m["number"]), (digits(m["number"], telephone=True), cardinal(m["number"])))


_ROOM_BEFORE = re.compile(
    r"(?:房间|房間|客房|包间|包厢|教室|宿舍|[A-Z]座|\d[门門]|\d[层層]|\d单元|\d栋|\d幢|号楼|號樓)\s?$"
)


@RULES.rule("code", "room-after", r"(?P<number>\d{3,4})(?![\d.]|\s?(?:个|人|户|间|套|元|平|米))")
def _room_after(m: re.Match[str], place: Place) -> Spoken | None:
    if not _ROOM_BEFORE.search(place.before(6)):
        return None
    return Spoken(digits(m["number"], telephone=True), (digits(m["number"]), cardinal(m["number"])))


_PLATE = re.compile(
    r"[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊][A-Z][·•・.-]?[A-Z\d]*$"
)


@RULES.rule("code", "plate", r"-?(?P<number>\d{2,6})(?!\d|\.\d)")
def _plate(m: re.Match[str], place: Place) -> str | None:
    """川A·12345 of a car."""
    return digits(m["number"]) if _PLATE.search(place.before(8)) else None


_CODE_CUE = re.compile(
    r"(?:尾号|尾號|编号|編號|邮编|郵編|邮政编码|房间号|房間號|门牌号|門牌號|验证码|驗證碼|密码|密碼|房号|学号|工号|警号|证号|卡号|帐号|"
    r"账号|賬號|身份证|身份證|号码|號碼|分机号?|分機號?|序列号|端口|订单号|单号|代码|代碼|代号|代號|车牌号?|QQ|"
    r"微信号?|频道号|取件码|取货码|提货码|兑换码|邀请码|激活码|识别码|区号|區號|口令|暗号|批号|型号|牌照|档案号|票号|群号|座机|ID|PIN)"
    r"(?:号|是|为|為|：|:|\s|“|\"|码|第|即|叫|有)*$"
)


@RULES.rule("code", "named-code", r"(?P<number>\d{3,20}|0\d+)(?!\d|\.\d|,\d{3})")
def _named_code(m: re.Match[str], place: Place) -> Spoken | None:
    cue = _CODE_CUE.search(place.before(14))
    if not cue:
        return None
    telephone = cue[0].startswith(("尾", "分", "邮", "郵", "房", "验", "驗"))
    return Spoken(
        digits(m["number"], telephone=telephone),
        (digits(m["number"], telephone=not telephone), cardinal(m["number"])),
    )


@RULES.rule("code", "collection-code", r"\d{1,4}(?:-\d{1,6}){1,3}(?![\d.-])")
def _collection_code(m: re.Match[str], place: Place) -> str | None:
    """取件码8-2-3015."""
    return digits(m[0]) if re.search(r"[取提]货?件?码[是为：:]?\s?$", place.before(6)) else None


@RULES.rule("code", "book-number", r"[\d-]{5,17}[\dXx](?!\d)")
def _book_number(m: re.Match[str], place: Place) -> str | None:
    """ISBN 978-7-111-12345-6."""
    if not re.search(r"(?:ISBN|ISSN|书号)[\s:：为是]*$", place.before(8)):
        return None
    return digits(m[0]) + ("X" if m[0][-1] in "Xx" else "")


@RULES.rule(
    "code", "quoted-code", r"(?P<number>\d{3,12})(?=[”\"’'」』]?[号號](?!码|楼|樓|线|線|院|门|門|桌|机|機))"
)
def _numbered(m: re.Match[str], place: Place) -> str | None:
    if len(m["number"]) >= 4 or m["number"][0] == "0":
        return digits(m["number"])
    return None


@RULES.rule(
    "code",
    "room",
    r"(?P<number>\d{3,4})(?=\s?(?:房间|房間|房(?!子|产|屋)|室(?!友|内|温)|号房|號房|宿舍|教室|病房|包厢|"
    r"包間|包间|会议室|寝室|次列车|次列車|航班|路公交|次特快|次高铁|次动车|国道|省道))",
)
def _room(m: re.Match[str], place: Place) -> Spoken | None:
    if re.search(r"[有共了约個个]$", place.before(1)) and not re.match(
        r"\s?(?:次|航班|国道)", place.after(m.end(), 3)
    ):
        return None
    if place.after(m.end(), 2) == "路公" and len(m["number"]) < 3:
        return None
    return Spoken(digits(m["number"], telephone=True), (digits(m["number"]), cardinal(m["number"])))


@RULES.rule("code", "standard", r"802\.\d{1,2}(?=[a-z]{1,2}(?![A-Za-z]))")
def _standard(m: re.Match[str], place: Place) -> str:
    """802.11ax."""
    return "点".join(digits(part) for part in m[0].split("."))


@RULES.rule("code", "dotted-quad", r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
def _dotted_quad(m: re.Match[str], place: Place) -> str:
    return "点".join(digits(part) for part in m[0].split("."))


@RULES.rule("code", "version", r"\d{1,4}(?:\.\d{1,4}){2,}(?!\d)")
def _version(m: re.Match[str], place: Place) -> str:
    return "点".join(cardinal(part) for part in m[0].split("."))


@RULES.rule("ordinal", "ordinal", r"(?P<number>\d[\d,]*)")
def _ordinal(m: re.Match[str], place: Place) -> str | None:
    """Behind 第 the number is never 两 (第2次 → 第二次) except for 两千, 两万 …."""
    if not place.before(2).rstrip().endswith("第"):
        return None
    if re.match(r"\.\d|[-–—~/]\d", place.after(m.end(), 2)):
        return None
    plain = m["number"].rstrip(",")
    said = cardinal(plain.replace(",", ""))
    if re.match(r"[-–—~]|、", place.after(m.end(), 1)):
        return said
    return said + m["number"][len(plain) :]


@RULES.rule(
    "range",
    "percent-range",
    r"(?P<sign>-)?(?P<one>\d+(?:\.\d+)?)\s?%?\s?(?:[-–—~至到]{1,2})\s?(?P<two>\d+(?:\.\d+)?)\s?(?P<unit>[%‰])",
)
def _percent_range(m: re.Match[str], place: Place) -> str:
    base = "百分之" if m["unit"] == "%" else "千分之"
    return f"{'负' if m['sign'] else ''}{base}{_percent(m['one'])}到{base}{_percent(m['two'])}"


def _percent(written: str) -> str:
    """100 % is 百分之百; trailing zeros of the decimals are not said (0.70 % → 百分之零点七)."""
    whole, _, part = written.partition(".")
    part = part.rstrip("0")
    if whole == "100" and not part:
        return "百"
    return number(f"{whole}.{part}" if part else whole)


_RAISED = re.compile(
    r"(?:[力率度量值]|防御|攻击|经验|暴击|命中|生命|伤害|速度|敏捷|精神|体质|智慧|幸运|闪避|抗性)$"
)
"""What games raise: 攻击力+50%."""


@RULES.rule(
    "percent", "percent", rf"(?P<sign>[-+±])?(?P<number>{NUMBER})\s?(?P<unit>[%‰‱])(?P<point>(?=个百分点))?"
)
def _percent_rule(m: re.Match[str], place: Place) -> str | None:
    if m["sign"] and place.before(1).isascii() and place.before(1).isalnum():
        return None
    base = {"%": "百分之", "‰": "千分之", "‱": "万分之"}[m["unit"]]
    sign = {"-": "负", "+": "正", "±": "正负"}.get(m["sign"] or "", "")
    if sign == "正" and _RAISED.search(place.before(4)):
        sign = "加"
    return f"{sign}{base}{_percent(m['number'])}"


@RULES.rule("fraction", "mixed-number", r"(?P<whole>\d+)\s?又\s?(?P<top>\d+)\s?/\s?(?P<bottom>\d+)")
def _mixed(m: re.Match[str], place: Place) -> str:
    return f"{number(m['whole'])}又{fraction(m['top'], m['bottom'])}"


@RULES.rule("fraction", "parts", r"(?P<bottom>\d+)\s?分之\s?(?P<top>\d+(?:\.\d+)?)")
def _parts(m: re.Match[str], place: Place) -> str:
    return f"{number(m['bottom'])}分之{number(m['top'])}"


_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3,
5), "⅘": (4, 5),
           "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1,
           9), "⅒": (1, 10)}  # fmt: skip


@RULES.rule("fraction", "vulgar-fraction", rf"(?P<whole>\d+)?\s?(?P<part>[{''.join(_VULGAR)}])")
def _vulgar(m: re.Match[str], place: Place) -> str:
    top, bottom = _VULGAR[m["part"]]
    said = fraction(str(top), str(bottom))
    return f"{number(m['whole'])}又{said}" if m["whole"] else said


_GAUGE = re.compile(
    r"(?:(?:^|[^A-Za-z])(?i:hp|mp|sp|ap|xp|exp|tp|cp|ep|lv|lvl|level)|血量?|蓝量?|魔力值?|法力值?|生命值?|体力值?|精力值?|"
    r"能量值?|耐力值?|耐久度?|经验值?|護盾|护盾|怒气值?|等级|级别|進度|进度|饱食度|好感度|熟练度|弹药|灵力值?|真气值?|内力值?|"
    r"評分|评分|得分|剩余|剩餘|完成|任务)[:：=]?\s*[\[【(（]?$"
)
"""What a value stands behind of which its maximum is printed too (HP：120/350)."""


@RULES.rule(
    "fraction",
    "fraction-range",
    r"(?P<top>\d{1,3})/(?P<bottom>[1-9]\d{0,3})\s?[-–—~至到]\s?(?P<top2>\d{1,3})/(?P<bottom2>[1-9]\d{0,3})(?![\d/.]|[A-Za-z])",
)
def _fraction_range(m: re.Match[str], place: Place) -> str | None:
    """1/3~1/2."""
    if place.before(1) in ("/", "."):
        return None
    return f"{fraction(m['top'], m['bottom'])}到{fraction(m['top2'], m['bottom2'])}"


@RULES.rule(
    "fraction",
    "pressure",
    r"(?P<high>\d{2,3})\s?/\s?(?P<low>\d{2,3})(?![\d/.])(?:\s?(?P<unit>mmHg)(?![A-Za-z]))?",
)
def _pressure(m: re.Match[str], place: Place) -> Spoken | None:
    """血压120/80 is said in its order."""
    if not re.search(r"(?:血压|血壓|高压低压)[^，。！？；]{0,5}$", place.before(8)):
        return None
    unit = "毫米汞柱" if m["unit"] else ""
    return Spoken(
        f"{number(m['high'])}比{number(m['low'])}{unit}", (f"{number(m['high'])}，{number(m['low'])}{unit}",)
    )


@RULES.rule(
    "fraction",
    "fraction",
    r"(?P<sign>[-+])?(?P<top>\d{1,5})\s?/\s?(?P<bottom>[1-9]\d{0,4})(?![\d/.]|[A-Za-z])",
)
def _fraction(m: re.Match[str], place: Place) -> Spoken | None:
    if place.before(1) in ("/", ".") or (place.before(1).isascii() and place.before(1).isalpha()):
        return None
    if not m["sign"] and _GAUGE.search(place.before(16)):
        return Spoken(f"{number(m['top'])}比{number(m['bottom'])}", (fraction(m["top"], m["bottom"]),))
    sign = {"-": "负", "+": "加" if place.before(1).isdigit() else "正"}.get(m["sign"] or "", "")
    return Spoken(sign + fraction(m["top"], m["bottom"]), (f"{number(m['top'])}比{number(m['bottom'])}",))


_TWO = re.compile(
    r"\s?(?:个|個|箇|位|名|只|隻|条|條|张|張|把|本|件|块|塊|间|間|家|座|栋|棟|棵|朵|头|頭|匹|辆|輛|架|艘|台|"
    r"臺|部|支|枝|根|颗|顆|粒|滴|杯|碗|盘|盤|瓶|罐|盒|箱|袋|包|桶|壶|壺|双|雙|对|對|副|套|次|回|趟|遍|场|場|顿|頓|"
    r"声|聲|步|句|首|篇|封|页|頁|段|幅|道|扇|群|队|隊|伙|批|种|種|类|類|样|樣|岁|歲|年(?!级|級|纪|段)|天|周|"
    r"週|星期|礼拜|秒|倍|米|尺|寸|丈|里(?!面|边|頭)|公里|公斤|公尺|公分|公顷|英里|英尺|英寸|厘米|毫米|千米|"
    r"千克|毫升|立方|平方|平米|斤|吨|噸|克|升|亩|畝|成(?!功|为|為)|股|缕|阵|陣|"
    r"番|代|辈|输|届|屆|任|人|口|户|戶|点|點|分钟|分鐘|刻钟|小时|小時|钟头|鐘頭|个|万|萬|千|亿|億|门|門|笔|"
    r"筆|项|項|份|毛|角(?!度|色|形|落)|晚|夜|餐|桩|则|則|招|拳|刀|剑|枪|炮|箭|圈|轮|輪|集|卷|册|侧|侧|边|邊|"
    r"手|眼|腿|脚(?!本)|房(?=[\d一两二三四]?[厅廳])|国|國|省|地|军|軍|性|者|方(?!面)|厅|廳|室|卫|居|"
    r"毫克|毫秒|微米|纳米|海里|光年|月(?!份)|個月|个月|分之|截|串|束|团|團|堆|排(?!\d)|桌|床|身|"
    r"盏|盞|尊|顶|頂|片|节|節|堂|课|级台阶|级|針|针|通|记|記|下(?!午|周|个|册)|度(?=电)|拨|撥|筐|车|車|船|"
    r"杆|梁|缸|锅|鍋|勺|匙|餐|票|發|发(?=子弹|炮)|届|载|載|旬|更|更天|秋|春|盅|坛|壇|帖|贴|贯|锭|錠|文|吊|"
    r"钱(?!包)|石|斗|升)"
)
"""What follows 2 when it is said 两."""
_NOT_TWO = re.compile(
    r"\s?(?:年级|年級|路|号|號|日|月(?!份)(?!\S*前)|楼|樓|层|層|班|组|組|排|座|期|中|小(?!时|時)|车厢|環節|"
    r"环|環|线|線|连|團|级|級|度|等|两|兩|分之|分(?!钟|鐘)|等奖|等獎|档|月|进制|次元|次函数|次方|次曲|次型|"
    r"次多项|年生|区|區|维|維|胡|战|戰|手(?=[车车房货]))"
)


@RULES.rule(
    "range",
    "neighbours",
    r"(?P<one>\d)[、,](?P<two>\d)(?=\s?(?:十|百|千|万|亿|个|個|位|名|只|天|年|岁|歲|次|人|里|米|元|块|斤|"
    r"分钟|小时|月|张|本|杯|碗|条|周|星期|遍|层|句|件|双|回|步|尺|寸))",
)
def _neighbours(m: re.Match[str], place: Place) -> str | None:
    if int(m["two"]) - int(m["one"]) != 1:
        return None
    if re.search(r"第(?:[\d一二三四五六七八九]+、)*$", place.before(8)):
        return None  # 第1、2、3名: each of them
    if m["one"] == "2" and m["two"] == "3":
        return "两三"
    return DIGITS[int(m["one"])] + ("两" if m["one"] == "1" and m["two"] == "2" else DIGITS[int(m["two"])])


@RULES.rule("arithmetic", "by", rf"(?P<one>{NUMBER})\s?[xX](?=\s?\d+(?:\.\d+)?(?![A-Za-z\d]))")
def _by(m: re.Match[str], place: Place) -> str | None:
    """1920x1080."""
    if place.before(1).isascii() and place.before(1).isalnum():
        return None
    return f"{number(m['one'])}乘"


@RULES.rule(
    "arithmetic",
    "minus",
    r"(?P<one>\d+(?:\.\d+)?)\s?[-−–]\s?(?P<two>\d+(?:\.\d+)?)(?=(?:\s?[-+×÷]\s?\d+(?:\.\d+)?)*\s?[=等])",
)
def _minus(m: re.Match[str], place: Place) -> str:
    return f"{number(m['one'])}减{number(m['two'])}"


_SCORE_CUE = re.compile(
    r"第[一二三四五两末][局盘盤节節]|直落|[两三四五六七]局|[赢贏输輸]|比分|获胜|獲勝|取胜|击败|擊敗|不敌|"
    r"战胜|戰勝|战平|踢平|大胜|险胜|完胜|领先|落后|爆冷|总分|[总總决決][赛賽](?:场次)?\|(?!\s?(?:[日天号號月年名人场場个個支]|分钟))"
)


_NUMBERED = re.compile(
    r"[图圖表例式题題附件课課节節章元栋棟楼樓号號座室款第类類版层層厅排行组編编修册卷条條集期弄巷路街村段码碼型]\s?$"
)
"""Behind these two numbers and a hyphen are one number: 附件2-1, 选修3-1."""


def _falls(m: re.Match[str], place: Place) -> bool:
    """湖人108-102凯尔特人: a range rises, a result may fall or stand at nought."""
    one, two = int(m["one"]), int(m["two"])
    if not (one > two or two == 0) or " " in m[0] or "—" in m[0] or _NUMBERED.search(place.before(2)):
        return False
    before, after = place.before(1), place.after(m.end(), 8)
    listed = re.match(r"[、，]\d{1,3}-\d{1,3}(?![\d-])", after) or re.search(
        r"\d-\d{1,3}[、，]$", place.before(6)
    )
    beside = (
        re.match(r"[\u4e00-\u9fff]", before) and re.match(r"[\u4e00-\u9fff]", after) and not _TWO.match(after)
    )
    return bool(listed or (beside and not re.match(r"[号號栋棟楼樓室层層单]", after)))


@RULES.rule("score", "score-hyphen", r"(?P<one>\d{1,3})\s?[-–—]\s?(?P<two>\d{1,3})(?![\d.%-])")
def _score(m: re.Match[str], place: Place) -> Spoken | None:
    around = place.before(12) + "|" + place.after(m.end(), 6)
    if place.before(1) == "第" or re.search(r"[A-Za-z\d-]$", place.before(1)):
        return None
    if not (_SCORE_CUE.search(around) or _falls(m, place)):
        return None
    return Spoken(
        f"{cardinal(m['one'])}比{cardinal(m['two'])}", (f"{cardinal(m['one'])}到{cardinal(m['two'])}",)
    )


@RULES.rule(
    "range",
    "range",
    rf"(?P<sign>-)?(?P<one>{NUMBER})(?P<scale1>{SCALE})?\s?(?:[-–—~]{{1,2}})\s?(?P<two>{NUMBER})(?P<scale2>"
    rf"{SCALE})?(?![\d-]|\.\d|:\d)",
)
def _range(m: re.Match[str], place: Place) -> Spoken | None:
    one, two = m["one"], m["two"]
    whole, before = one.isdigit() and two.isdigit(), place.before(2)
    if (
        whole
        and re.search(r"(?:[图圖表式例]|清单|清單|习题|练习|附件|选修|必修|课时)\s?$", place.before(3))
        and "~" not in m[0]
    ):
        return Spoken(f"{cardinal(one)}杠{cardinal(two)}", (f"{cardinal(one)}到{cardinal(two)}",), cls="code")
    if whole and re.search(r"(?:[楼樓栋棟幢座]|单元|單元)\s?$", place.before(3)) and len(one) < 3 <= len(two):
        return Spoken(f"{cardinal(one)}杠{digits(two, telephone=True)}", cls="code")  # 8号楼1-202
    if whole and re.search(
        r"(?<![A-Za-z])(?:GB|ISO|IEC|DIN|JIS|ASTM|YY|JB|QB|HJ|DB\d*|JGJ|CJJ|GA)(?:/T)?\s?$", place.before(8)
    ):
        return Spoken(f"{digits(one)}杠{digits(two)}", cls="code")  # GB/T 7714-2015
    if "——" in m[0] and len(one) == len(two) == 1 and one > two:
        return None  # 3——2——1——
    if (before[-1:].isascii() and before[-1:].isalnum()) or before[-1:] == "-":
        return None
    if any(part[0] == "0" and len(part) > 1 and part[1] != "." for part in (one, two)):
        return Spoken(digits(one) + digits(two), cls="code")
    sign = "负" if m["sign"] else ""
    first = counted(one) if m["scale1"] and m["scale1"][0] in "千万亿萬億" else number(one)
    second = counted(two) if m["scale2"] and m["scale2"][0] in "千万亿萬億" else number(two)
    if _TWO.match(place.after(m.end())) and not _NOT_TWO.match(place.after(m.end())):
        second = "两" if two == "2" else second
        first = "两" if one == "2" and not m["scale1"] else first
    return Spoken(f"{sign}{first}{m['scale1'] or ''}到{second}{m['scale2'] or ''}")


@RULES.rule(
    "cardinal",
    "scaled",
    rf"(?P<sign>[-+])?(?P<number>{NUMBER})(?P<scale>{SCALE})(?P<rest>(?P<low>\d+)(?P<lowscale>[千百]?)(?=\D|"
    rf"$))?(?P<plus>\+)?",
)
def _scaled(m: re.Match[str], place: Place) -> str | None:
    if m["sign"] and place.before(1).isascii() and place.before(1).isalnum():
        return None
    sign = {"-": "负", "+": "正"}.get(m["sign"] or "", "")
    scale = m["scale"]
    value = counted(m["number"]) if scale[0] in "千万萬亿億" else number(m["number"])
    rest = ""
    if m["rest"]:
        low = m["low"]
        rest = (
            (("两" if low == "2" and m["lowscale"] == "千" else number(low)) + m["lowscale"])
            if m["lowscale"] or len(low) == 1
            else cardinal(low)
        )
    return f"{sign}{value}{scale}{rest}{'加' if m['plus'] else ''}"


@RULES.rule("cardinal", "times", r"(?P<number>\d+(?:\.\d+)?)(?P<w>[wW])(?![A-Za-z0-9])")
def _ten_thousands(m: re.Match[str], place: Place) -> str | None:
    """300w: ten thousands in web Chinese."""
    if place.before(1).isascii() and place.before(1).isalnum():
        return None
    return counted(m["number"]) + "万"


@RULES.rule("cardinal", "thousand-letter", r"(?P<number>\d+(?:\.\d+)?)[kK](?![A-Za-z0-9])")
def _thousands_of_pay(m: re.Match[str], place: Place) -> str | None:
    """月薪8k: thousands where money is spoken of; 4K电视 keeps its letter."""
    if not re.search(
        r"(?:月薪|年薪|工资|薪水|薪资|底薪|收入|房租|租金|奖金|预算|存款|才|就|只要|起薪|挣|赚|涨|跌|欠|借|花|罚|赢|输)[是有要了]?\s?$",
        place.before(6),
    ):
        return None
    return in_thousands(m["number"])


@RULES.rule("cardinal", "plus", r"(?P<number>\d[\d,]*)\+(?!\d|\s\d)")
def _plus(m: re.Match[str], place: Place) -> str:
    """10+个 is ten and more of them; 60+ alone keeps its sign."""
    counted_things = m["number"].endswith("0") and _TWO.match(place.after(m.end(), 4))
    return number(m["number"].rstrip(",")) + ("多" if counted_things else "加")


@RULES.rule("serial", "after-letters", r"-?(?P<number>\d+)(?P<decimal>\.\d+)?")
def _after_letters(m: re.Match[str], place: Place) -> Spoken | None:
    """GPT-4, MP3, H2O, PM2.5, G1024次, V50: the hyphen is no minus."""
    letters = re.search(r"(?P<letters>[A-Za-z]+)_?$", place.before(16))
    if not letters:
        return None
    written = m["number"]
    if re.search(r"\d\s?[xX]$", place.before(4)):
        return Spoken(cardinal(written))  # 1920x1080
    if len(written) > 1 and re.search(r"(?<![A-Za-z\d])\d[A-Z]$", place.before(3)):
        return Spoken(digits(written))  # 1Q84
    if len(written) > 2 and _CODE_CUE.search(place.before(16)[: -len(letters[0])]):
        return Spoken(digits(written), (cardinal(written),))  # 密码是abc123
    if place.before(1) == "_" and len(written) > 2:
        return Spoken(digits(written), (cardinal(written),))
    if m["decimal"]:
        return Spoken(f"{cardinal(written)}点{digits(m['decimal'])}")
    if len(written) == 4 and written[:2] in ("19", "20") and len(letters["letters"]) > 2:
        return Spoken(digits(written))
    train = (len(letters["letters"]) <= 2 and (len(written) >= 3 and not written.endswith("00"))) or (
        len(written) >= 3 and re.match(r"\s?(?:次|航班)", place.after(m.end(), 3))
    )
    if train or (written[0] == "0" and len(written) > 1):
        return Spoken(
            digits(written, telephone=bool(re.match(r"\s?(?:次|航班|列车)", place.after(m.end(), 3)))),
            (cardinal(written),),
        )
    if (written == "95" and letters["letters"] in ("N", "KN")) or (
        len(written) == 2 and letters["letters"] == "IP"
    ):
        return Spoken(digits(written))
    if written in ("10",) and letters["letters"].isupper() and len(letters["letters"]) == 3:
        return Spoken("十")
    return Spoken(cardinal(written), (digits(written),))


_MODEL = re.compile(
    r"(?:歼|运|轰|直|强|教|枭龙|东风|东风|长征|神舟|天宫|天舟|嫦娥|红旗|鹰击|巨浪|苏|米格|图|伊尔|联盟|"
    r"阿波罗|北斗|玉兔|型|系列|猎鹰|飞豹|翼龙|无侦)$"
)
"""Behind these a hyphen joins a model's number."""


@RULES.rule(
    "range",
    "unit-range",
    r"[-–—~]{1,2}\s?(?=第?(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>[\u4e00-\u9fff℃%])|(?P<below>零下))",
)
def _unit_range(m: re.Match[str], place: Place) -> str | None:
    """1月-3月, 10℃~15℃, 第3章—第5章 the other way: the same unit on both sides makes a range of the dash."""
    before = place.before(1)
    half = before == "半" and m["unit"] in ("点", "點", "时", "時", "小", "天", "年")
    return "到" if m["below"] or before == m["unit"] or half else None


@RULES.rule("range", "code-range", r"[-–—~](?=(?P<letter>[A-Z])\d)")
def _code_range(m: re.Match[str], place: Place) -> str | None:
    """A1-A5区."""
    before = re.search(r"(?<![A-Za-z\d])([A-Z])\d{1,3}$", place.before(5))
    return "到" if before and before[1] == m["letter"] else None


@RULES.rule("number", "signed-number", rf"(?P<sign>[-+±~≈])\s?(?P<number>{NUMBER})(?!\d)")
def _signed(m: re.Match[str], place: Place) -> str | Spoken | None:
    before = place.before(1)
    sign = m["sign"]
    if sign == "-" and m["number"].isdigit() and _MODEL.search(place.before(4)):
        return cardinal(m["number"])  # 歼-20
    if sign in "-+" and before and ((before.isascii() and before.isalnum()) or before in ")）-"):
        return None
    if sign == "-" and m[0][1] == " ":
        return None
    if sign == "+" and m[0][1] == " ":
        return None
    word = {"-": "负", "+": "加", "±": "正负", "~": "约", "≈": "约等于"}[sign]
    if sign in "~" and before and before in "约近到":
        word = ""
    if sign in "~≈":
        return Spoken(word, end=m.start("number"))  # ≈667㎡: what follows is read with its unit
    return word + number(m["number"])


@RULES.rule("number", "hash-number", r"#\s?(?P<number>\d+)(?![A-Za-z#])")
def _hash(m: re.Match[str], place: Place) -> str:
    return cardinal(m["number"]) + (
        "" if place.after(m.end(), 1) in "号號" and place.after(m.end(), 1) else "号"
    )


@RULES.rule("decimal", "decimal", r"(?P<whole>\d{1,3}(?:,\d{3})+|\d*)\.(?P<part>\d+)(?!\d|\.\d)")
def _decimal(m: re.Match[str], place: Place) -> str | None:
    if not m["whole"] and place.before(1).isdigit():
        return None
    return number(m[0])


@RULES.rule(
    "cardinal",
    "spaced-thousands",
    r"(?P<number>[1-9]\d{0,2}(?:[ \u2009\u202f\xa0]\d{3})+(?:\.\d+)?)(?!\d|[ ]\d)",
)
def _spaced_thousands(m: re.Match[str], place: Place) -> str | None:
    """5 000步, 1 234.56元."""
    if place.before(1).isalnum() and place.before(1).isascii():
        return None
    several = len(re.findall(r"[ \u2009\u202f\xa0]", m["number"])) > 1
    if not several and not re.match(r"\s?[\u4e00-\u9fff]", place.after(m.end(), 2)):
        return None
    return number(re.sub(r"[ \u2009\u202f\xa0]", "", m["number"]))


@RULES.rule("cardinal", "ten-thousands", r"\d{1,4}(?:,\d{4})+(?!\d)")
def _by_ten_thousands(m: re.Match[str], place: Place) -> str:
    """100,0000: grouped as Chinese counts."""
    return cardinal(m[0].replace(",", ""))


@RULES.rule("cardinal", "thousands", r"\d{1,3}(?:,\d{3})+(?!\d)")
def _thousands(m: re.Match[str], place: Place) -> str:
    return number(m[0])


@RULES.rule("serial", "before-letters", r"(?P<number>\d+)(?=[A-Za-z])")
def _before_letters(m: re.Match[str], place: Place) -> str:
    if len(m["number"]) == 2 and re.match(r"[A-Z](?:型|式|主战|坦克|战机|战车)", place.after(m.end(), 3)):
        return digits(m["number"])  # 99A坦克
    model = len(m["number"]) > 2 and re.search(r"[A-Za-z]\d*-$", place.before(4))  # i7-12700K
    return digits(m["number"]) if model or len(m["number"]) > 4 else cardinal(m["number"])


_LIMIT_COUNTED = 13
"""Whole numbers with more digits than this are read digit by digit."""


@RULES.rule("cardinal", "whole-number", r"\d+")
def _whole(m: re.Match[str], place: Place) -> Spoken:
    written = m[0]
    before = place.before(2)
    if len(written) > _LIMIT_COUNTED:
        return Spoken(digits(written), cls="code")
    after = place.after(m.end())
    if (
        written == "2"
        and not re.search(r"(?:[第初负負]|星期)$", before)
        and not (after.startswith(("门", "門")) and re.search(r"[楼樓栋幢元]$", before))
        and _TWO.match(after)
        and not _NOT_TWO.match(after)
        and not (before[-1:].isascii() and before[-1:].isalpha())
    ):
        return Spoken("两", ("二",))
    if written == "2" and after.startswith(("组", "組")) and re.search(r"[分成为了共有各]$", before):
        return Spoken("两", ("二",))  # 分2组
    said = cardinal(written)
    alternatives = (digits(written),) if len(written) >= 3 else ()
    return Spoken(said, alternatives)


ROMAN_RULES = Rulebook()
_RULER = re.compile(
    r"(?:亨利|爱德华|查理|查尔斯|乔治|伊丽莎白|威廉|詹姆斯|理查|腓力|菲利普|拿破仑|尼古拉|亚历山大|腓特烈|"
    r"弗里德里希|保罗|约翰|本笃|庇护|拉美西斯|克利奥帕特拉|托勒密|彼得|凯瑟琳|叶卡捷琳娜|玛丽|路德维希|利奥|"
    r"格里高利|英诺森|图特摩斯|大流士|薛西斯|君士坦丁|斐迪南|弗朗茨|卡洛斯|费利佩|古斯塔夫|克里斯蒂安|"
    r"穆罕默德|苏莱曼|塞利姆|阿方索)$"
)


@ROMAN_RULES.rule("roman", "roman", r"(?P<numeral>[IVXLCDM]+)(?![A-Za-z0-9])")
def _roman(m: re.Match[str], place: Place) -> Spoken | None:
    value = parse(m["numeral"])
    if not value:
        return None
    before, after = place.before(12), place.after(m.end(), 8)
    if re.search(r"第\s?$", before):
        return Spoken(cardinal(value))
    glued = re.search(r"[\u4e00-\u9fff]\s?$", before)
    if len(m["numeral"]) == 1:
        if (
            m["numeral"] in "IVX"
            and re.match(r"\s?(?:期(?!待)|级|級|类|類|型|度|区|卷|部(?!分)|章|节|世)", after)
            and glued
        ):
            return Spoken(cardinal(value))
        if re.search(r"(?:路易|卷|篇|章|部|幕|场)$", before) or _RULER.search(before):
            return Spoken(
                cardinal(value)
                + ("世" if not after.startswith("世") and not re.search(r"[卷篇章部幕场]$", before) else "")
            )
        return None
    if not set(m["numeral"]) <= set("IVXL") or m["numeral"] in ("XL", "XX", "XXX", "XXL", "LI"):
        return None
    if (
        glued
        or (re.match(r"\s?[\u4e00-\u9fff]", after) and not before.strip())
        or re.match(r"\s?(?:期(?!待)|级|級|类|類|型|度|区|卷|部(?!分)|章|节)", after)
        or not (before.strip() or after.strip())
    ):
        if _RULER.search(before) and not after.startswith("世"):
            return Spoken(cardinal(value) + "世", (cardinal(value),))
        if before.endswith("路易") and value < 10 and not after.startswith("世"):
            return Spoken(cardinal(value) + "世")
        return Spoken(cardinal(value))
    return None


WORD_RULES = Rulebook()
_BORROWED = {
    "no": ("第", ""),
    "p": ("第", "页"),
    "pp": ("第", "页"),
    "vol": ("第", "卷"),
    "fig": ("图", ""),
}
"""English abbreviations before a number inside Chinese: what is said before and after it."""


@WORD_RULES.rule(
    "year", "era", r"(?P<era>A\.\s?D\.|B\.\s?C\.|AD|BC)\s?(?P<year>\d{1,4})(?![\d.])(?P<unit>年)?"
)
def _era(m: re.Match[str], place: Place) -> str | None:
    """A.D.1894年, BC 221."""
    if "." not in m["era"] and not m["unit"] and m["era"] == "AD":
        return None
    said = digits(m["year"]) if len(m["year"]) > 2 else cardinal(m["year"])
    return f"{'公元前' if m['era'][0] == 'B' else '公元'}{said}年"


@WORD_RULES.rule(
    "ordinal",
    "number-sign",
    r"(?P<word>[Nn][Oo]|[Pp][Pp]?|[Vv]ol|VOL|[Ff]ig)(?:\.|[°º])?\s?(?P<number>\d+)(?:\s?[-–—~]\s?(?P<last>\d+))?"
    r"(?![\d.A-Za-z])(?P<unit>[页頁])?",
)
def _borrowed(m: re.Match[str], place: Place) -> str | None:
    """No. 5 → 第五, P.12–15 → 第十二到十五页."""
    if m["word"] in ("P", "p") and "." not in m[0]:
        named = re.search(r"[\u4e00-\u9fff]$", place.before(1)) and not re.search(
            r"[见看在第从到至参阅翻读於于册卷章]$", place.before(1)
        )
        if named or re.match(r"\s?(?:Pro|Plus|Max|手机|系列|型|处理器)", place.after(m.end(), 6)):
            return None  # 华为P40
    lead, tail = _BORROWED[m["word"].lower()]
    last = f"到{cardinal(m['last'])}" if m["last"] else ""
    return f"{lead}{cardinal(m['number'])}{last}{tail or m['unit'] or ''}"
