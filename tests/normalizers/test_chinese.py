"""Chinese and mixed text: each class of written form and how it is said."""

from __future__ import annotations

import pytest

from normalizers import DuoyinError, normalize

SAID = {
    "2024年3月5日，5000年历史，98年出生": "二零二四年三月五日，五千年历史，九八年出生",
    "上世纪90年代的80后": "上世纪九十年代的八零后",
    "晚上8:05到20:30": "晚上八点零五分到二十点三十分",
    "比分3:2，早上8：30": "比分三比二，早上八点三十分",
    "2个人第2次坐2路车上2楼": "两个人第二次坐二路车上二楼",
    "2两酒、2斤米、200多人": "二两酒、两斤米、两百多人",
    "￥1,299，$1.5亿，36.00元": "一千二百九十九元，一点五亿美元，三十六元",
    "3/4的人，增长-2.5%，100%": "四分之三的人，增长负百分之二点五，百分之百",
    "拨打110，手机13812345678": "拨打幺幺零，手机幺三八幺二三四五六七八",
    "编号0086，302室，1208房间": "编号零零八六，三零二室，幺二零八房间",
    "3、4个，7-8岁，10~20人": "三四个，七到八岁，十到二十人",
    "零下5℃，120m²，80km/h": "零下五摄氏度，一百二十平方米，八十千米每小时",
    "GPT-4、歼-20、PM2.5、4A级": "GPT四、歼二十、PM二点五、四A级",
    "9·18事变，985高校，163邮箱": "九一八事变，九八五高校，一六三邮箱",
    "第IV章，路易XIV，亨利VIII": "第四章，路易十四，亨利八世",
    "第①章，½杯，Ⅳ": "第一章，二分之一杯，四",
    "１２３号，ＡＢＣ": "一百二十三号，ABC",
    "他说：“I have 2 dogs.”": "他说：“I have two dogs.”",
    "Henry VIII是国王，World War II结束了": "Henry the eighth是国王，World War two结束了",
    "Dr. Wang有3个iPad": "Doctor Wang有三个iPad",
    "男/女，A&B，#话题#，@张三": "男，女，A和B，话题，艾特张三",
    "太好了👍——真的……～": "太好了——真的……",
    "φ(n) = 96，角θ，α粒子，5μm": "斐(n) 等于 九十六，角西塔，阿尔法粒子，五微米",
    "时间是3:02，比例为1:50": "时间是三点零二分，比例为一比五十",
    "见P.12–15页，P2P，《2001：太空漫游》": "见第十二到十五页，P二P，《二零零一：太空漫游》",
    "川A·12345，血压120/80mmHg": "川A·一二三四五，血压一百二十比八十毫米汞柱",
    "周一~周五，好啊~，±5%，华氏98.6°F": "周一到周五，好啊，正负百分之五，华氏九十八点六度",
    "密码是abc123，房间号1208": "密码是abc一二三，房间号幺二零八",
    "李四（1921.7.1-2001）和王五(1990—)": "李四（一九二一年七月一日到二零零一）和王五(一九九零至今)",
    "前206年，5/1劳动节，今天是12/25": "前二零六年，五一劳动节，今天是十二月二十五日",
    "约5 000步，1 234.56元，1920x1080": "约五千步，一千二百三十四点五六元，一千九百二十乘一千零八十",
    "跑了1h30min又30s，70s的歌": "跑了一小时三十分钟又三十秒，七十年代的歌",
    "e=mc²，x+y=10，a≥b": "e等于mc平方，x加y等于十，a大于等于b",
    "等级Lv.5→Lv.6，攻击力+50%，3v3": "等级Lv.五到Lv.六，攻击力加百分之五十，三v三",
    "体脂率25%→18%，涨了5k，2.4hm²": "体脂率百分之二十五到百分之十八，涨了五千，二点四公顷",
    "138****5678，端口8080，说“88”": "幺三八五六七八，端口八零八零，说“八八”",
    "3/15（周五），2/28-3/1，周1-周5": "三月十五日（周五），二月二十八日到三月一日，周一到周五",
    "A.D.1894年，80、90后，3——2——1": "公元一八九四年，八零、九零后，三——二——一",
    "電話119，2個點，3號": "電話幺幺九，两個點，三號",
}


@pytest.mark.parametrize(("written", "spoken"), SAID.items())
def test_is_said(written: str, spoken: str) -> None:
    assert normalize(written, "zh") == spoken


@pytest.mark.parametrize(
    ("written", "lang", "spoken"),
    [
        ("他有3个朋友", "auto", "他有三个朋友"),
        ("He has 3 friends", "auto", "He has three friends"),
        ("The word 3个 means three", "en", "The word 三个 means three"),
        ("It costs $3.50. 太贵了。", "auto", "It costs three dollars and fifty cents. 太贵了。"),
        ("The year 1949, 新的开始。", "auto", "The year nineteen forty nine, 新的开始。"),
        ("共有1,000, 其中500。", "auto", "共有一千, 其中五百。"),
        ("10", "zh", "十"),
        ("10", "en-GB", "ten"),
    ],
)
def test_each_number_takes_the_language_of_its_neighbours(written: str, lang: str, spoken: str) -> None:
    assert normalize(written, lang) == spoken


def test_an_unknown_language_is_refused_with_a_hint() -> None:
    with pytest.raises(DuoyinError, match="no rules for the language 'fr'") as caught:
        normalize("12", "fr")
    assert caught.value.hint
