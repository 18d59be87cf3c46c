"""Surnames that are read otherwise than the common word: 曾 zēng, 单 shàn, 解 xiè, 任 rén."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from normalizers.rules import words

SURNAMES = {
    "曾": "zeng1", "单": "shan4", "解": "xie4", "任": "ren2", "查": "zha1", "区": "ou1", "华": "hua4",
    "仇": "qiu2", "朴": "piao2", "盖": "ge3", "缪": "miao4", "乐": "yue4", "宁": "ning4",
    "折": "she2", "冼": "xian3", "洗": "xian3", "种": "chong2", "员": "yun4", "逄": "pang2", "黑": "he4",
    "那": "na1", "车": "che1", "繁": "po2", "秘": "bi4", "宓": "mi4", "晁": "chao2", "谌": "chen2",
    "隗": "wei3", "葛": "ge3", "纪": "ji3", "应": "ying1", "召": "shao4", "柏": "bai3", "费": "fei4",
    "过": "guo1", "干": "gan1", "句": "gou1", "殷": "yin1", "於": "yu1", "燕": "yan1", "祭": "zhai4",
    "曲": "qu1", "瞿": "qu2", "相": "xiang4", "要": "yao1", "少": "shao4", "覃": "qin2", "都": "du1",
    "盛": "sheng4", "石": "shi2", "翟": "zhai2", "尉": "wei4", "哈": "ha3", "牟": "mou2", "佘": "she2",
    "卜": "bu3", "占": "zhan1", "候": "hou4", "阚": "kan4", "郗": "xi1", "郇": "xun2", "褚": "chu3",
    "臧": "zang1", "钭": "tou3", "晏": "yan4", "谯": "qiao2", "芮": "rui4", "靳": "jin4", "乜": "nie4", "撒": "sa3",
    "粘": "nian2", "能": "nai4", "俞": "yu2", "令": "ling2", "重": "chong2", "訾": "zi1", "适": "kuo4",
    "万": "wan4", "长": "zhang3", "降": "jiang4", "藏": "zang1", "戚": "qi1", "强": "qiang2", "行": "xing2",
    "叶": "ye4", "沈": "shen3", "幺": "yao1", "妫": "gui1", "郄": "qie4", "庹": "tuo3", "仉": "zhang3",
    "亓": "qi2", "笪": "da2", "璩": "qu2", "濮": "pu2", "逯": "lu4", "暴": "bao4", "斛": "hu2", "郏": "jia2",
}  # fmt: skip
"""Single surnames with the reading they have as a name (《百家姓》 with 现代汉语词典's readings)."""

DOUBLE_SURNAMES = {
    "尉迟": ("yu4", "chi2"), "万俟": ("mo4", "qi2"), "令狐": ("ling2", "hu2"), "长孙": ("zhang3", "sun1"),
    "澹台": ("tan2", "tai2"), "单于": ("chan2", "yu2"), "诸葛": ("zhu1", "ge3"), "夏侯": ("xia4", "hou2"),
    "鲜于": ("xian1", "yu2"), "宇文": ("yu3", "wen2"), "呼延": ("hu1", "yan2"), "慕容": ("mu4", "rong2"),
    "皇甫": ("huang2", "fu3"), "欧阳": ("ou1", "yang2"), "上官": ("shang4", "guan1"), "司马": ("si1", "ma3"),
    "东方": ("dong1", "fang1"), "独孤": ("du2", "gu1"), "南宫": ("nan2", "gong1"), "公孙": ("gong1", "sun1"),
    "轩辕": ("xuan1", "yuan2"), "端木": ("duan1", "mu4"), "百里": ("bai3", "li3"), "拓跋": ("tuo4", "ba2"),
    "赫连": ("he4", "lian2"), "乐正": ("yue4", "zheng4"), "亓官": ("qi2", "guan1"), "濮阳": ("pu2", "yang2"),
    "淳于": ("chun2", "yu2"), "太史": ("tai4", "shi3"), "钟离": ("zhong1", "li2"), "申屠": ("shen1", "tu2"),
    "仲孙": ("zhong4", "sun1"), "相里": ("xiang4", "li3"), "纳兰": ("na4", "lan2"), "完颜": ("wan2", "yan2"),
    "耶律": ("ye1", "lv4"), "爱新": ("ai4", "xin1"), "贺兰": ("he4", "lan2"), "哥舒": ("ge1", "shu1"),
}  # fmt: skip

_ONLY_NAMES = words("尉迟 万俟 令狐 澹台 诸葛 皇甫 欧阳 轩辕 拓跋 耶律 完颜 慕容")
"""Pairs that are never anything but a surname."""

_TRANSLITERATED = frozenset(
    "斯尔勒亚拉瓦克特利里罗姆巴布莱塞奥菲蒂兹伦顿曼茨诺奇鲁凯哈贝雷达迪卡萨丹洛夫娜茅佛埃"
)
"""Characters that spell foreign names: 盖斯勒 and 缪斯 have no Chinese surname."""

_AMBIGUOUS = frozenset(
    "曾单解任查区华仇朴盖乐宁折洗种员黑那车繁秘葛纪应召柏过干句殷於燕祭曲相要少都盛石哈占候能令重适万长降藏戚强行撒粘叶沈费覃缪翟尉牟佘冼谌隗晁"
)
"""Surnames worth a look at the context; the others have one reading only."""
_WEAK = frozenset("那车过干都石长万叶沈相要少能重适降藏强行应占候盛柏费种令黑撒召折句於秘哈宁牟")
"""So common as words that only a title or 姓 makes a surname of them."""

_TITLES = (
    "先生", "女士", "小姐", "太太", "夫人", "老师", "教授", "博士", "医生", "大夫", "经理", "总", "主任",
    "局长", "书记", "同志", "师傅", "师父", "师兄", "师弟", "师姐", "师妹", "掌门", "道长", "大人", "将军",
    "公子", "少爷", "姑娘", "大哥", "大姐", "大爷", "大妈", "大叔", "阿姨", "叔叔", "伯伯", "警官", "律师",
    "法官", "导演", "校长", "院长", "市长", "省长", "部长", "厂长", "队长", "班长", "科长", "处长", "县令",
    "知府", "丞相", "大侠", "女侠", "氏", "某", "家村", "家庄", "家堡", "家寨", "老爷", "员外", "老板", "董",
    "工", "导", "处", "局", "哥", "姐", "叔", "姨", "婶", "嫂", "婆婆", "公公", "太守", "都督", "元帅", "校尉", "参军",
)  # fmt: skip
_TITLE_NEVER_AFTER = {
    "任": tuple("务何命职性由意凭他她你我人谁其选教课免期一这那它重"),
    "解": tuple("释决放开下了不散除脱围救读药毒渴闷答说雇冻析体剖手衣甲带往送差"),
    "单": tuple("位独纯一子是等凭看说打手身膝脚人眼刀枪只名从就靠调薄词价据亲数向方干车"),
    "华": ("丽", "人", "夏", "侨", "为"),
    "区": ("域", "别", "分", "区"),
    "查": tuple(
        "户看问找收抄出明清验办询账帐案点实处堵禁获封扣岗票房铺夜寝哨了到一查个什谁这那他她我你不过完下遍来"
    ),
    "仇": tuple("人恨敌视杀富怨"),
    "盖": tuple("上住着了子好过世因被房章印天头在的起"),
    "宁": tuple("可愿死静肯为折缺夏波"),
}
"""What the character is a plain word before: 查户口, 任他去, 单凭这一点."""


@cache
def _tagger() -> Any:
    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg


def surname_at(sentence: str, at: int, words: list[tuple[int, str]]) -> tuple[str, ...] | None:
    """The reading of the surname that begins at `at`, or None where none does."""
    pair = sentence[at : at + 2]
    if pair in DOUBLE_SURNAMES and (any(start == at for start, _ in words) or pair in _ONLY_NAMES):
        return DOUBLE_SURNAMES[pair] if pair not in ("东方", "百里") else None
    character = sentence[at]
    reading = SURNAMES.get(character)
    if reading is None or character not in _AMBIGUOUS:
        return None
    before, after = sentence[max(0, at - 1) : at], sentence[at + 1 : at + 5]
    if before == "姓" and sentence[max(0, at - 2) : at] not in ("百姓", "老姓"):
        return (reading,)
    if after.startswith(_TITLE_NEVER_AFTER.get(character, ())) and character in _TITLE_NEVER_AFTER:
        return None
    word = next(((start, w) for start, w in words if start <= at < start + len(w)), (at, character))
    starts_word = word[0] == at
    if (
        after.startswith(_TITLES)
        and starts_word
        and len(word[1]) <= 2 + len(after)
        and not (character in _WEAK and not after.startswith(_TITLES[:60]))
    ):
        title = next(t for t in _TITLES if after.startswith(t))
        if (
            len(title) > 1
            or title in "氏某"
            or (
                title in "总工导哥姐叔"
                and before in ("", "，", "。", "：", "“", "是", "找", "叫", "请", "问", "对", "和", "跟")
            )
        ) and not (character == "曾" and title in ("工", "总")):
            return (reading,)
    if (
        before in ("老", "小")
        and len(word[1]) <= 2
        and character not in _WEAK
        and (
            at + 1 == len(sentence)
            or not sentence[at + 1].isalnum()
            or sentence[at + 1] in "说道笑问的是在也就都来去和跟对把被叫给看想走"
        )
    ) and (character not in "区" or before == "老"):
        return (reading,)
    if character in _WEAK:
        return None
    if not starts_word or set(after[:2]) & _TRANSLITERATED:
        return None
    return (reading,) if _names_person(sentence, at) else None


def _names_person(sentence: str, at: int) -> bool:
    """Whether jieba's part-of-speech tagger sees a person's name of two to four characters begin here."""
    low = max(0, at - 12)
    window = sentence[low : at + 14]
    start = low
    for word, flag in _tagger().cut(window):
        if start == at:
            return (bool(flag.startswith("nr")) and 2 <= len(word) <= 4) or (
                flag.startswith("nr") and len(word) == 1 and _given_name_follows(sentence, at)
            )
        if start < at < start + len(word):
            return False
        start += len(word)
    return False


def _given_name_follows(sentence: str, at: int) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in sentence[at + 1 : at + 2])
