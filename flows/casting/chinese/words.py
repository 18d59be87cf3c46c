"""Chinese words that tell who speaks, in simplified and traditional letters. Written for this project."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from flows.casting.nouns import Age, Gender
from flows.casting.turns import TagKind

SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余"
    "元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣"
    "贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰"
    "从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利"
    "蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付闫代岳佟趙錢孫鄭馮陳褚衛蔣韓楊許呂張嚴謝鄒蘇潘範魯韋馬鳳貝賀羅畢傅齊顧黃蕭尹紀項董閔賈婁顏鍾駱樊淩"
    "萬盧莫經應單龔邢陸榮譚貢勞龍葉黎懷賴藺喬雙聞黨莊閻連習東歐隆師鞏關劉吳孔呂衛雲"
)
COMPOUND_SURNAMES = tuple(
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 東方 皇甫 尉迟 公孙 公孫 慕容 令狐 独孤 獨孤 南宫 南宮 "
    "端木 司徒 轩辕 宇文 长孙 長孫 太史 东郭 耶律 完颜 完顏 拓跋 呼延 司空 公冶 闻人 聞人 淳于 西门 西門 纳兰 納蘭 "
    "赫连 赫連 澹台 澹臺 钟离 鍾離".split()
)

SPEECH = (
    "说道|說道|问道|問道|答道|笑道|喊道|叫道|骂道|罵道|喝道|嚷道|叹道|嘆道|哭道|应道|應道|接道|续道|吼道|"
    "回道|奇道|怒道|劝道|勸道|赞道|惊道|喜道|急道|冷道|嗔道|谢道|奏道|禀道|吩咐|"
    "回答|解释|解釋|补充|補充|嘟囔|嘟哝|埋怨|抱怨|询问|詢問|追问|追問|反问|反問|建议|命令|警告|宣布|表示|"
    "央求|哀求|恳求|请求|安慰|提醒|介绍|称赞|感叹|惊叹|自语|咕哝|喃喃|开口|插嘴|打断|插话|搭话|"
    "说|說|道|问|問|答|喊|叫|嚷|骂|罵|吼|曰|云|讲|講|劝|勸|叹|嘆|吼|喝|唱|念|嘀咕|应|應|笑|哭|接口|开导|"
    "招呼|吆喝|呵斥|训斥|责备|回话|搭腔|夸|开言|發話|发话|发问|發問|高呼|质问|質問|叮嘱|叮囑|嘱咐|囑咐|附和|打趣|反驳|反駁|想"
)
"""Verbs of speech, longer first. 道, 想 and 笑 count only where a colon or a quote is near."""

SUBJECT_ENDERS = frozenset(
    "说說道问問答喊叫嚷骂罵吼曰云讲講劝勸叹嘆喝唱念应應笑哭想对對向朝跟冲衝给給把被在从從又就便也都只忽忙赶趕急大高低轻輕冷淡怒惊驚喜苦点點摇搖抬站坐走一不没沒很再才却卻还還则則正已将將来來去看见見听聽望瞪睁"
    "睜眨伸拍拉扯指转轉回起上下出进進的地得着著了过過連连忍终終马馬立即随隨悄小声聲大放端拿接推跳跑跟和与與同陪低哈嘿呵嘻咧嘴气氣喘满滿脸臉两兩双雙用以为為是有会會要能可但因所如若乃遂亦复復因忽即方倒竟奇陪忙惊喜慌闻聞暗睁大喝拱拜跪摆擺喘"
)
"""Letters at which the name at the start of a tag clause ends."""

_MALE: Gender = "male"
_FEMALE: Gender = "female"
PRONOUNS: dict[str, tuple[TagKind, Gender | None]] = {
    "他": ("he", "male"), "她": ("she", "female"), "我": ("I", None), "俺": ("I", None),
    **dict.fromkeys("他们 她们 我们 大家 众人 眾人 人们 他們 她們".split(), ("they", None)),
}  # fmt: skip

MALE_NOUNS = tuple(
    "少年 男子 父亲 父親 爸爸 爸 爹 爷爷 爺爺 爷 爺 祖父 外公 姥爷 哥哥 哥 大哥 二哥 三哥 弟弟 弟 叔叔 叔 二叔 三叔 "
    "二爸 大爸 伯伯 伯父 大伯 舅舅 舅 姑父 姨夫 姐夫 妹夫 女婿 丈夫 男人 老汉 老漢 老头 老頭 老头子 老头儿 "
    "老爷 老爺 老爷子 大爷 大爺 少爷 少爺 公子 先生 小伙子 小伙 男孩 男生 和尚 道士 太监 皇帝 国王 國王 "
    "王子 书生 書生 儿子 兒子 孙子 孫子 侄子 外甥 小子 后生 岳父 公公 老丈人 老翁 老者 老叟 大汉 汉子 大王 樵夫 "
    "师父 師父 掌柜 掌櫃 员外 員外 将军 將軍 太守 丞相 县令 渔夫 猎人 和尚 长老 長老 店家 店小二 小二 哥子 "
    "老伯 大叔 兄弟 师兄 師兄 师弟 老兄 老弟 表哥 表弟 堂兄 堂哥 堂弟 驸马 小厮 小廝 老和尚 "
    "小和尚".split()
)
FEMALE_NOUNS = tuple(
    "母亲 母親 妈妈 媽媽 妈 媽 娘 奶奶 祖母 外婆 姥姥 姐姐 姐 大姐 二姐 三姐 妹妹 妹 小妹 婶婶 婶 嬸 二妈 "
    "大妈 大媽 伯母 大娘 舅妈 舅母 姑姑 姑妈 姨妈 阿姨 姨 嫂嫂 嫂子 嫂 大嫂 二嫂 弟媳 媳妇 媳婦 儿媳妇 儿媳 "
    "妻子 老婆 女人 老婆子 老太太 老太婆 太太 夫人 小姐 姑娘 女孩 女生 女儿 女兒 闺女 女子 妇人 婦人 丫头 "
    "丫頭 丫环 丫鬟 尼姑 公主 皇后 王后 女王 侄女 孙女 外甥女 岳母 婆婆 老妇 老嫗 女教师 女护士 护士 保姆 娘子 "
    "菩萨 菩薩 奶妈 师姐 师妹 表姐 表妹 堂姐 堂妹 仙女 女同志 女同学 寡妇 情人 未婚妻 女友 老板娘 少妇 女士 "
    "女干部 售货员 太后 贵妃 王妃 娘娘 师太 道姑 少女 女童".split()
)
NEUTRAL_NOUNS = tuple(
    "孩子 小孩 娃娃 娃 老人 老人家 同学 老师 老師 医生 醫生 大夫 司机 警察 士兵 队长 隊長 书记 書記 主任 "
    "校长 校長 经理 局长 县长 部长 主席 班长 班主任 干部 领导 同志 客人 来人 來人 邻居 记者 编辑 服务员 仆人 僕人 "
    "下人 家丁 朋友 青年 年轻人 那人 这人 此人 这家伙 那家伙 家伙 对方 對方 主人 老板 老闆 工人 农民 妖怪 "
    "妖精 怪物 行者 国师 小妖 小鬼 村民 士卒 探子 军士 军官 左右 群臣 船家 厨子 秘书 会计 支书 校医 诗人 作家 "
    "法官 律师 店员 车夫 邮差 门房 看守 病人 伙计 徒弟 道人 先锋 大人 老乡 社员 副书记 副主任 组长 副队长 "
    "公社书记 县委书记 老教授 教授 研究员 船长 水手 机器人 狐狸 老虎 猴子 狗 猫 兔子 "
    "保安 门卫 厨师 木匠 铁匠 石匠 裁缝 邮递员 售票员 管理员 保管员 站长 店长 警官 护工 学徒 师傅".split()
)
ROLE_NOUNS: dict[str, Gender | None] = {
    **dict.fromkeys(NEUTRAL_NOUNS),
    **dict.fromkeys(FEMALE_NOUNS, _FEMALE),
    **dict.fromkeys(MALE_NOUNS, _MALE),
}
KIN = frozenset(n for n in MALE_NOUNS + FEMALE_NOUNS if len(n) <= 2)
CHILD_NOUNS = frozenset(
    "孩子 小孩 娃娃 男孩 女孩 男孩子 女孩子 小男孩 小女孩 小姑娘 小丫头 丫头 丫頭 小子 小家伙".split()
)
OLD_NOUNS = frozenset(
    "老人 老人家 老汉 老漢 老头 老頭 老头子 老太太 老太婆 爷爷 爺爺 奶奶 祖父 祖母 外公 外婆 姥姥 姥爷 老者 "
    "老翁 老叟 老妇".split()
)

_TITLES_OF_MEN = (
    "先生 师傅 師傅 叔 叔叔 伯 伯伯 哥 弟 爷 爺 公 爷爷 大爷 大叔 "
    "大哥 兄 老爷 公子 少爷 将军 將軍 丞相 老汉 师父 師父 师兄 师弟 "
    "掌柜 掌櫃 大伯 伯父 老伯 道长 法师 员外 捕头 老爹 阿公"
).split()  # fmt: skip
_TITLES_OF_WOMEN = (
    "太太 小姐 夫人 女士 婶 嬸 嫂 姨 阿姨 姐 妹 奶奶 大娘 大妈 大姐 "
    "娘 姑娘 姑姑 老太太 师母 师娘 师姐 师妹 护士 護士 护士长 老板娘 "
    "伯母 婶婶 婶子 嫂子 大嫂 大婶 婆婆 外婆 老太 阿婆"
).split()  # fmt: skip
_TITLES_OF_BOTH = (
    "老师 老師 主任 书记 書記 队长 隊長 校长 县长 局长 经理 医生 醫生 "
    "大夫 教授 博士 老板 同志 老 总 处长 院长 厂长 科长 部长 警官 警长 "
    "探长 律师 律師 医师 记者 編輯 编辑 主编 教练 导演 会计 秘书 司机 "
    "班长 组长 股长 所长 站长 店长 馆长 社长 会长 船长 机长 镇长 乡长 "
    "村长 市长 省长 司令 参谋 政委 连长 排长 营长 团长 师长 旅长 军长 "
    "董事长 总裁 总监 老闆 工程师"
).split()  # fmt: skip
TITLE_SUFFIXES: dict[str, Gender | None] = {
    **dict.fromkeys(_TITLES_OF_BOTH),
    **dict.fromkeys(_TITLES_OF_WOMEN, _FEMALE),
    **dict.fromkeys(_TITLES_OF_MEN, _MALE),
}
"""What follows a name (X先生), with the gender it tells."""

NOT_NAMES = frozenset(
    "个人 個人 二位 两位 兩位 三位 几位 幾位 诸位 諸位 各位 列位 老和 其内 其內 "
    "什么 怎么 这样 那样 这个 那个 我们 你们 他们 她们 自己 大家 人们 没有 不是 就是 还是 但是 可是 于是 "
    "因为 所以 如果 虽然 然后 后来 现在 今天 明天 昨天 时候 这时 那时 这里 那里 哪里 一个 一下 一会 一边 "
    "一声 一句 一直 一切 有人 有点 有些 别人 众人 眾人 一人 二人 三人 两人 两个 不知 不要 不能 不过 只是 "
    "只好 只见 却说 且说 话说 正是 原来 当下 忽然 突然 果然 终于 接着 随后 许多 众多 高兴 平时 时间 方面 "
    "当然 应该 能够 可以 已经 经过 通过 万一 万分 时而 向来 向前 常常 常年 全家 全村 全部 家里 家中 和他 "
    "和她 和气 和平 安静 安心 明白 明显 明年 高声 高大 黄土 黄昏 白天 白色 金色 石头 水面 云彩 花朵 马上 马车 "
    "车子 车上 车站 山上 山里 山下 田里 田野 江水 江山 路上 路边 路旁 成了 成天 成为 成功 从此 从来 从前 "
    "都是 都在 都有 于此 解放 解决 游戏 房子 房间 门口 门外 毛巾 何况 何必 任何 任务 史书 单位 单独 国家 国王 "
    "文章 文化 农民 农村 公社 公路 公家 连忙 连夜 祖先 师父 班长 班里 党员 关于 关系 简直 简单 查看 易经 "
    "古人 古代 广大 广播 东西 东边 利用 相信 相当 红色 红军 满脸 满意 广场 居然 终究 温暖 农历 习惯 容易 双手 双方 "
    "平静 平安 平常 景色 龙王 龙宫 华丽 时刻 乐意 齐声 康复 元气 余下 强烈 强调 危险 应声 应酬 管他 干部 "
    "干活 干脆 支持 支书 莫非 莫要 经常 房中 宗教 郁闷 单是 包括 包袱 左右 左边 石阶 甘心 武器 武艺 叶子 幸亏 司机 "
    "怀里 怀疑 能人 双眼 苍白 申请 扶着 通红 边走 边说 尚且 别的 别处 充满 慎重 步子 满天 满口 国内 广阔 "
    "东方 沃土 越来 越发 师生 巩固 聂聂 勾引 冷冷 冷笑 那么 那边 那天 那年 那人 那些 空中 曾经 沙发 养活 须知 丰富 "
    "盖上 益发 公公 后面 后边 后悔 后来 后头 相互 相反 关心 关门 毕竟 安排 常言 时机 乐得 顾不 和尚 计划 "
    "成立 谈话 贾宝 项目 席间 季节 路过 危机 江湖 童年 盛大 林子 高粱 夏天 田间 胡说 万里 支吾 管理 水里 "
    "水中 方才 方向 "
    "任凭 张开 张口 孔子 严肃 华人 金子 花园 平原 黄色 明天 成年 熊熊 纪念 舒服 祝贺 梁上 蓝天 强壮 路口 "
    "江边 梅花 林中 高高 夏日 凌晨 万岁 支援 经理 房屋 解释 应付 宗旨 洪水 包围 石板 吉祥 程度 陆续 荣誉 "
    "羊群 家伙 家庭 "
    "封建 松开 井边 段时 富裕 乌黑 焦急 巴掌 弓箭 牧童 山坡 山沟 谷子 车辆 全身 全国 班上 秋天 秋风 伊人 "
    "宫中 宁可 仇恨 暴雨 厉害 戎装 祖国 武装 符合 刘海 景象 束手 龙头 幸福 白白 怀着 从容 从中 咸菜 籍贯 "
    "赖以 卓越 蒙蒙 "
    "池塘 阴天 闻声 党委 谭谭 劳动 申明 堵住 雍容 桑树 桂花 牛羊 寿命 通常 边缘 燕子 尚未 农业 温和 别说 "
    "庄稼 庄严 晏晏 柴火 充分 慕名 连续 习以 鱼儿 容貌 向着 向阳 古老 易于 戈壁 终年 居民 步行 都城 满怀 "
    "弘扬 匡正 文字 "
    "左邊 左边 右边 右邊 那知 谁知 誰知 他爸 他妈 他爹 他娘 她爸 她妈 他哥 她哥 他姐 她姐 他弟 她妹 儿子 "
    "女儿 孩子 父亲 母亲".split()
)


NOT_SUBJECTS = frozenset(
    # time and place
    "次日 当日 當日 翌日 明日 今日 昨日 前日 是日 是夜 当夜 當夜 今晚 昨晚 早晨 傍晚 半夜 少顷 少頃 须臾 "
    "須臾 霎时 霎時 顷刻 頃刻 此时 此時 此间 此間 此处 此處 自此 至此 "
    "学校 學校 公社 大队 大隊 机关 機關 医院 醫院 里面 裡面 裏面 外面 前面 后面 後面 上面 下面 旁边 旁邊 "
    "门外 門外 洞里 洞裡 屋里 屋裡 路上 山前 背后 背後 半空 空中 中间 中間 四下 "
    # how, and why
    "真个 真個 果真 果然 端的 委实 委實 其实 其實 于是 於是 于此 於此 既然 既而 然后 然後 遂即 随即 隨即 "
    "随后 隨後 连忙 連忙 急忙 慌忙 忙忙 连连 連連 方才 方纔 方繞 幸喜 幸而 彼此 "
    "同时 同時 立刻 马上 馬上 并且 並且 偷偷 忽然 包括 如下 即 意思 结果 結果 许多 許多 当时 當時 何也 何如 "
    "何处 何處 安得 不觉 不覺 不知 口称 口稱 口中 人报 人報 传令 傳令 "
    "三个 三個 两个 兩個 四个 四個 众皆 眾皆 聞之 闻之 "
    "好象 好像 似乎 仿佛 彷佛 大概 大约 也许 或许 可能 究竟 到底 简直 居然 竟然 "
    # what is done or felt
    "大怒 大喜 大惊 大驚 大笑 大哭 大叫 大骂 大罵 大悦 大悅 暗喜 欢喜 歡喜 商议 商議 计议 計議 议论 議論 "
    "叹息 嘆息 沉吟 欣然 愕然 唿喇 诧异 詫異 省悟 心惊 心驚 相貌".split()
)
"""Words that stand where a subject may, and name nobody."""


def alternation(words: Iterable[str]) -> str:
    """A regular expression for any of `words`, the longest that stands there: a tree by letters, so that `re`
    tries each letter once."""
    rests: dict[str, set[str]] = {}
    for word in words:
        rests.setdefault(word[0], set()).add(word[1:])
    # every branch begins with a plain letter: only then does `re` skip what can begin none
    return "|".join(re.escape(first) + _rest(rests[first]) for first in sorted(rests))


def _rest(words: set[str]) -> str:
    """What may follow the letters before; "" among `words` where they are a word themselves."""
    longer = words - {""}
    if not longer:
        return ""
    return f"(?:{alternation(longer)})" + ("?" if "" in words else "")


@cache
def character_gender() -> dict[str, int]:
    """Letter of a given name -> log odds of a female bearer (× 1.5, −5 to 5).

    Source: letter counts by gender of the `ngender` package (MIT); `docs/casting.md` has the recipe.
    """
    table: dict[str, int] = {}
    for line in files(__package__).joinpath("given_characters.txt").read_text("utf-8").splitlines():
        level, _, letters = line.partition(" ")
        table.update(dict.fromkeys(letters, int(level)))
    return table


def noun_gender(noun: str) -> Gender | None:
    return ROLE_NOUNS.get(noun)


def noun_age(noun: str) -> Age | None:
    return "child" if noun in CHILD_NOUNS else "old" if noun in OLD_NOUNS else None


_NOBODY = frozenset("旁白 画外音 畫外音 解说 解說 独白 獨白 众人 眾人 大家 全体 所有人 合".split())
"""Labels of no single person."""


def label_noun(label: str) -> tuple[Gender | None, Age | None] | None:
    """See `Reader.label_noun`: 男记者, 女声, 小女孩, 妈妈; 旁白 and the like are nobody's gender."""
    noun = next((noun for noun in sorted(ROLE_NOUNS, key=len, reverse=True) if label.endswith(noun)), "")
    letter = re.search("[男女]", label)
    told: Gender | None = None
    if letter is not None:
        told = _MALE if letter[0] == "男" else _FEMALE
    gender = told or ROLE_NOUNS.get(noun)
    if gender is None and label not in _NOBODY and not noun:
        return None
    return gender, noun_age(noun)
