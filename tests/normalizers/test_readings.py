"""Chinese readings: words, surnames, neutral tones, sandhi; English heteronyms."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import heteronyms, readings, sandhi, tag_english, to_pinyin


def reading(text: str, character: str) -> str:
    return to_pinyin(text)[text.index(character)]


@pytest.mark.parametrize(
    ("text", "character", "pinyin"),
    [
        ("重庆的行长", "重", "chong2"), ("重庆的行长", "行", "hang2"), ("他还钱", "还", "huan2"),
        ("银行里的人", "行", "hang2"), ("我了解他", "了", "liao3"), ("火终于点着了", "着", "zhao2"),
        ("你得马上走", "得", "dei3"), ("得了第一名", "得", "de2"), ("他教我写字", "教", "jiao1"), ("头发很长",
        "发", "fa4"), ("六安瓜片", "六", "lu4"), ("打的去机场", "的", "di1"),
        ("她在切菜", "切", "qie1"), ("这一切瓜葛", "切", "qie4"), ("关切地问", "切", "qie4"),
        ("这个混蛋", "混", "hun2"),
        ("父子同行，不料遇雨", "行", "xing2"), ("他是这行的老手", "行", "hang2"), ("同行是冤家", "行", "hang2"),
    ],
)  # fmt: skip
def test_words_decide(text: str, character: str, pinyin: str) -> None:
    assert reading(text, character) == pinyin


@pytest.mark.parametrize(
    ("text", "character", "pinyin"),
    [
        ("单雄信大笑", "单", "shan4"), ("那个姓解的人", "解", "xie4"), ("区先生来了", "区", "ou1"),
        ("小任说他来", "任", "ren2"), ("缪院长", "缪", "miao4"), ("尉迟恭", "尉", "yu4"),
        ("令狐冲", "令", "ling2"), ("翟欣欣", "翟", "zhai2"), ("任静和付笛声", "任", "ren2"), ("曾局长", "曾",
        "zeng1"), ("查文斌走了过来", "查", "zha1"),
        # and the same characters as ordinary words
        ("单位领导", "单", "dan1"), ("解放军", "解", "jie3"), ("他曾说过", "曾", "ceng2"), ("任务完成", "任",
        "ren4"), ("查理和盖斯勒", "查", "cha2"), ("查理和盖斯勒", "盖", "gai4"), ("区区小事", "区", "qu1"),
    ],
)  # fmt: skip
def test_surnames_are_told_from_words(text: str, character: str, pinyin: str) -> None:
    assert reading(text, character) == pinyin


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("桌子长一米二", "chang2"), ("地道长达三百米", "chang2"), ("他长我十岁", "zhang3"), ("又长了两斤肉", "zhang3"),
        ("头发长及腰间", "chang2"), ("那孩子长到八岁", "zhang3"), ("他校长当了三年", "zhang3"),
    ],
)  # fmt: skip
def test_a_length_is_long_and_an_age_has_grown(text: str, pinyin: str) -> None:
    assert reading(text, "长") == pinyin


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("借了钱要还。", "huan2"), ("钱我还不起。", "huan2"), ("还我命来！", "huan2"), ("你还不还？", "huan2"),
        ("他还不起床。", "hai2"), ("他还给我买了糖。", "hai2"), ("把书还给我。", "huan2"), ("他还不了解情况。", "hai2"),
        ("他应该还活着。", "hai2"), ("你还他妈敢来。", "hai2"),
    ],
)  # fmt: skip
def test_what_is_given_back_is_huan(text: str, pinyin: str) -> None:
    assert reading(text, "还") == pinyin


@pytest.mark.parametrize(
    ("text", "character", "pinyin"),
    [
        # verbs, by what they are done to
        ("她在院子里种了几棵葱。", "种", "zhong4"), ("这种花开得早。", "种", "zhong3"),
        ("他弹了弹烟灰。", "弹", "tan2"),
        ("他把茶倒在地上。", "倒", "dao4"), ("墙倒在地上。", "倒", "dao3"), ("风车呼呼地转。", "转", "zhuan4"),
        ("他把饭盛到碗里。", "盛", "cheng2"), ("他给老爷扇扇子。", "扇", "shan1"), ("头发散乱。", "散", "san3"),
        ("把犯人解到府里。", "解", "jie4"), ("他又把话重说了一遍。", "重", "chong2"),
        ("这笔钱他得来不易。", "得", "de2"),
        ("这酒太冲了。", "冲", "chong4"), ("你别太过分了。", "分", "fen4"),
        ("你号什么！", "号", "hao2"), ("几号什么时候？", "号", "hao4"),
        # particles of older prose
        ("他还不曾睡哩。", "哩", "li5"), ("我们回去罢。", "罢", "ba5"), ("说罢，他走了。", "罢", "ba4"),
        ("你生病麼？", "麼", "ma5"), ("你要什麼？", "麼", "me5"), ("这事急不得。", "得", "de5"),
        ("哥啊，他怕你。", "啊", "a5"),
        ("你这孽畜！", "畜", "chu4"), ("一肩蓝呢大轿。", "呢", "ni2"), ("他们也曾沿用此名。", "曾", "ceng2"),
        ("观里的道士。", "观", "guan4"), ("先看将壶子放好。", "将", "jiang1"), ("杀了二将。", "将", "jiang4"),
    ],
)  # fmt: skip
def test_neighbours_decide_where_a_character_stands_alone(text: str, character: str, pinyin: str) -> None:
    assert reading(text, character) == pinyin


@pytest.mark.parametrize(
    "text",
    [
        "你往那里去？", "妖怪那里走！", "说那里话！", "那里肯坐。", "不知是那里勾当。", "这从那里说起！", "还有那位？",
        "那里知道他已经走了。", "步儿那里移得动？", "你这布那里来的？", "扇子你收在那里？", "那里管他许多！",
    ],
)  # fmt: skip
def test_older_prose_asks_with_na(text: str) -> None:
    """那 is 哪 where the sentence asks, or says by asking that it is not so."""
    assert reading(text, "那") == "na3"


@pytest.mark.parametrize(
    "text",
    [
        "你在那里做什么？", "那里有一座山。", "你去过那里吗？", "她还在那里？", "我从那里来。", "那里会下雪吗？",
        "那个女人来了？", "就在那里，别动。", "那里冷得很。", "那里管事的是个老头。", "他到那里去了。", "那个敢情好！",
        "那里住得下这么多人吗？",
    ],
)  # fmt: skip
def test_there_stays_there(text: str) -> None:
    assert reading(text, "那") == "na4"


def test_common_words_outweigh_the_context_model() -> None:
    for text, character, pinyin in [
        ("仿佛没听见", "佛", "fu2"), ("他兴冲冲地来", "兴", "xing4"), ("众将领命", "将", "jiang4"),
        ("查户口", "查", "cha2"),
        ("我得追上去", "得", "dei3"), ("他得了奖", "得", "de2"), ("一乘小轿", "乘", "sheng4"),
        ("与她同行了三天", "行", "xing2"), ("两行脚印", "行", "hang2"),
    ]:  # fmt: skip
        assert reading(text, character) == pinyin, text


def test_traditional_text_is_read_like_simplified() -> None:
    for traditional, plain in [
        ("我瞭解銀行的行長", "我了解银行的行长"),
        ("他睡不著，還在看著書", "他睡不着，还在看着书"),
        ("單雄信與任務", "单雄信与任务"),
    ]:
        assert to_pinyin(traditional) == to_pinyin(plain)
    assert reading("乾隆皇帝", "乾") == "qian2"


def test_every_reading_has_a_reason() -> None:
    reasons = {r.character: r.source for r in readings("曾局长了解重庆，他很好")}
    assert reasons["曾"] == "surname" and reasons["了"] == "word" and reasons["很"] == "dictionary"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("你好", "ni2 hao3"), ("我很好", "wo3 hen2 hao3"), ("展览馆", "zhan2 lan2 guan3"), ("纸老虎",
        "zhi3 lao2 hu3"), ("一个", "yi2 ge4"), ("一天", "yi4 tian1"), ("第一", "di4 yi1"), ("一九四九",
        "yi1 jiu3 si4 jiu3"),
        ("一月一号", "yi1 yue4 yi1 hao4"), ("不对", "bu2 dui4"), ("不好", "bu4 hao3"), ("是不是",
        "shi4 bu5 shi4"), ("看一看", "kan4 yi5 kan4"), ("想想", "xiang3 xiang5"), ("衣服", "yi1 fu5"),
        ("妈妈", "ma1 ma5"),
    ],
)  # fmt: skip
def test_sandhi(text: str, said: str) -> None:
    assert " ".join(sandhi(text, to_pinyin(text))) == said


def _heteronym_rows() -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("heteronyms_en.tsv").read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if not line.startswith("#")]


def test_english_heteronyms_by_context() -> None:
    wrong = []
    for marked, phones in _heteronym_rows():
        at = marked.index("*")
        found = {h.start: h.arpabet for h in heteronyms(marked.replace("*", ""))}
        if found.get(at) != phones:
            wrong.append((marked, phones, found.get(at)))
    assert len(wrong) <= 3, wrong


def test_tags_are_penn_treebank() -> None:
    tags = {
        w.text: w.tag
        for w in tag_english("The old man quickly gave her two heavy books, and they didn't laugh.")
    }
    assert tags["The"] == "DT" and tags["old"] == "JJ" and tags["quickly"] == "RB" and tags["gave"] == "VBD"
    assert tags["books"] == "NNS" and tags["they"] == "PRP" and tags["laugh"] == "VB" and tags["two"] == "CD"
