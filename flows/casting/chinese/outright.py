"""What a Chinese text says outright of who is a man or a woman: 丫鬟小翠; 何志刚是唯一的女司机; 慕容雪跳下来，他…"""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re
from collections.abc import Iterator

from flows.casting.chinese.words import FEMALE_NOUNS, MALE_NOUNS, alternation
from flows.casting.nouns import Gender
from flows.casting.outright import Outright, OutrightRules
from flows.casting.people import Mention
from flows.casting.turns import Turn

ADDRESS, SELF = 12, 120
"""Letters at either end of the words in which somebody is called, and at their beginning in which they tell of the one
who says them."""
LOOKS = 24
"""Places at which a name is looked at."""
NEXT, ANOTHER = 0.8, 0.3
"""Weights of a clause or sentence that goes on with 他 or 她; and where somebody of that gender is named near by."""
REACH, NEAR = 60, 90
"""Letters after a name in which such a clause begins, and those in which somebody else may be meant."""

_MORE_MEN = """
    男人 男子 男孩子 少年 小伙子 汉子 帅哥 王爷 世子 皇子 太子 皇上 陛下 少主 少侠 相公 官人 夫君 侍卫 太监 光棍 爸爸
    老爸 老爹 孙儿 义子 养子 独子 长子 次子 幼子 师兄 师弟 大师兄 小师弟 兄长 兄台 父王 老头 男生 男友 男朋友 未婚夫
    新郎 少爷 公子 大少爷 二少爷 哥哥 弟弟 哥 爸 爹 爷爷 叔叔 伯伯 舅舅 大哥 大叔 大爷 老弟 老爷 姐夫 妹夫
""".split()
_MORE_WOMEN = """
    女人 女子 女孩子 少女 美女 娘娘 贵妃 皇妃 王妃 太后 郡主 女侠 女友 女朋友 新娘 新妇 宫女 侍女 婢女 女佣 女主人 母后
    妈妈 老妈 孙女儿 养女 长女 次女 幼女 独女 大师姐 小师妹 师太 女帝 女皇 小妾 未婚妻 奴婢 姐姐 妹妹 姐 妈 娘 奶奶 阿姨
    姑姑 婆婆 大姐 大婶 大妈 大娘 夫人 小姐 姑娘 太太 女士 大小姐 二小姐 丫头 嫂子 公主 师姐 师妹 娘子
""".split()
_GENDERS: dict[str, Gender] = {
    **dict.fromkeys((*MALE_NOUNS, *_MORE_MEN), "male"),
    **dict.fromkeys((*FEMALE_NOUNS, *_MORE_WOMEN), "female"),
}
_LONG = alternation(sorted(noun for noun in _GENDERS if len(noun) > 1))
_BEFORE = re.compile(
    f"(?P<one>[个位名][^，。！？；]{{0,4}})?(?P<noun>{_LONG}|女[\u4e00-\u9fff]{{1,2}}|男[\u4e00-\u9fff]{{1,2}})"
    r"(?:名叫|叫做|(?(one)[叫是]|))?$"
)
"""丫鬟小翠; 有个女孩叫小雨."""
_A_NOUN = f"(?P<noun>{_LONG}|女[\u4e00-\u9fff]{{1,3}}|男[\u4e00-\u9fff]{{1,3}})(?=[，。！？；、”」]|$)"
_IS = re.compile(
    r"(?:(?:就|乃|原|本|也|可|正)?(?:是|为)[^，。！？；“”]{0,14}?"
    r"|，(?=一|这|那)[^，。！？；“”]{0,10}?[的个位名])" + _A_NOUN
)
"""何志刚是这趟车唯一的女司机; 苏青，一个十六岁的少年，"""
_LATER = re.compile(
    r"[^。！？；“”，]{0,20}，[他她](?:就|乃|原|本|也|可|正)?是[^，。！？；“”]{0,14}?" + _A_NOUN
)
"""慕容雪跳下来，他是青云门的大师兄."""
_GOES_ON = re.compile(
    "[，。！？；!?]”?[ 　]*(?:但|可|而|于是|这时|接着|然后|后来|因为|不过)?(?P<who>[他她])(?!们|們)"
)
_OTHER_SENTENCE = re.compile("[。！？!?]")
_ADDRESS = re.compile(
    f"(?:^|[，,。！？!?…—、：“「])(?P<noun>{alternation(sorted(_GENDERS))})(?=[，,。！？!?…～~—、]|$)"
)
_I_OF_MEN = "本少爷 本公子 本少主 本王 本将军 本皇子 本世子 老子 老夫 老衲 贫僧 小生 愚兄".split()
_I_OF_WOMEN = "本小姐 本姑娘 本宫 本公主 本郡主 老娘 奴家 奴婢 小女子 民女 妾身 臣妾 老身 哀家".split()
_OF_ONESELF: dict[str, Gender] = {**dict.fromkeys(_I_OF_MEN, "male"), **dict.fromkeys(_I_OF_WOMEN, "female")}
_SELF = re.compile(
    f"{alternation(sorted(_OF_ONESELF))}|我(?:是|可是|不过是|只是)?(?:一?个|一介|个)?"
    r"(?P<noun>女人|女孩子?|女流|姑娘家|女生|大男人|男人|男孩子?|男生|爷们)"
)


def _described(text: str, mention: Mention, one: Outright) -> None:
    """丫鬟小翠; 何志刚是这趟车唯一的女司机."""
    before = _BEFORE.search(text, max(0, mention.start - 10), mention.start)
    if before:
        noun = before["noun"]
        one.nouns[noun] = _gender_of(noun)
    if mention.genitive:
        return
    after = _IS.match(text, mention.end, mention.end + 32) or _LATER.match(
        text, mention.end, mention.end + 48
    )
    if after:
        one.nouns[after["noun"]] = _gender_of(after["noun"])


def _gender_of(noun: str) -> Gender:
    return _GENDERS.get(noun) or ("female" if noun[0] == "女" else "male")


def _signs(text: str, mention: Mention, begin: int, end: int) -> Iterator[tuple[float, bool]]:
    """Weight and gender (true: a woman) of the 他 or 她 with which the clause of a name goes on."""
    if text[mention.end : mention.end + 1] == "的":
        return
    if mention.start > begin and text[mention.start - 1] not in "，。！？；：\n”」 　是":
        return
    sign = _GOES_ON.search(text, mention.end, min(end, mention.end + REACH))
    if sign and not _OTHER_SENTENCE.search(text, mention.end, sign.start()):
        yield NEXT, sign["who"] == "她"


RULES = OutrightRules(LOOKS, NEAR, ANOTHER, common=False, described=_described, signs=_signs)


def take_address(turn: Turn, text: str, begin: int, end: int) -> None:
    """Fill what the words `text[begin:end]` tell of the gender of whoever is called, and of whoever says them."""
    if turn.calls is None:
        called = _ADDRESS.search(text[begin : min(end, begin + ADDRESS)]) or _ADDRESS.search(
            "，" + text[max(begin, end - ADDRESS) : end].rpartition("，")[2]
        )
        turn.calls = _GENDERS[called["noun"]] if called else None
    if turn.own_gender is None:
        own = _SELF.search(text, begin, min(end, begin + SELF))
        if own:
            noun = own["noun"]
            turn.own_gender = (
                _OF_ONESELF[own.group()] if not noun else "male" if "男" in noun or "爷" in noun else "female"
            )
