"""How Chinese stories bring people in: titles, roles, “我叫X”, inscriptions. The stories are our own (CC0)."""

from __future__ import annotations

from flows.casting import Casting, cast_book
from flows.casting.chinese.introductions import find_titles, same_office, title_insides, titled_names


def speakers(casting: Casting) -> list[str | None]:
    return [span.speaker for _, _, span in casting.dialogue()]


PHARMACY = [
    "傍晚，药铺里只剩下孟大夫一个人。门帘一掀，进来的是个小男孩，手里攥着一张纸。",
    "“大夫，我要抓药。”他小声说。",
    "孟大夫接过方子，看了一眼：“谁病了？”",
    "“我奶奶。”",
    "“你叫什么名字？”孟大夫问。",
    "“我叫阿禾。”",
    "阿禾踮起脚，看柜台上的秤。秤杆上刻着四个字：童叟无欺。",
    "“阿禾，这药先煎半个钟头。”孟大夫把纸包推过去，“记住了？”",
    "“记住了。”阿禾说。",
]

SCHOOL = [
    "校门口的石碑上写着：“勤能补拙。”欧阳校长站在碑前等人。",
    "一辆自行车停下来，车上下来一位女老师。",
    "“欧阳校长，我姓方，新来的。”方老师擦了擦汗。",
    "欧阳校长笑道：“路上不好走吧？”",
    "“还好。”方老师说，“就是桥断了一截。”",
    "这时保安老魏跑过来，喊道：“校长，有您的电话！”",
    "方老师望着他的背影。她想了想，把车推进了院子。",
]

FERRY = [
    "渡口的风很大。胡警官把帽子按住，问：“船什么时候开？”",
    "“等人。”钱师傅头也不回，“还有一位太太没到。”",
    "“等哪位太太？”胡警官问道。",
    "钱师傅说：“对岸的沈太太。”",
    "满船的人都不说话。满船的灯晃了几下。",
    "“来了！”钱师傅喊道。",
    "沈太太提着箱子走上跳板。“让各位久等了。”她说。",
    "“沈太太，坐稳。”钱师傅说。",
]


def test_whoever_gives_a_name_is_the_child_who_came_in() -> None:
    casting = cast_book([PHARMACY], "zh")
    assert speakers(casting) == ["阿禾", "孟大夫", "阿禾", "孟大夫", "阿禾", "孟大夫", "孟大夫", "阿禾"]
    assert "小男孩" in casting["阿禾"].aliases
    assert (casting["阿禾"].gender, casting["阿禾"].age) == ("male", "child")
    assert "gives this name" in [span.evidence for _, _, span in casting.dialogue()]


def test_a_surname_and_its_title_are_one_name_and_what_stands_on_a_stone_is_not_said() -> None:
    casting = cast_book([SCHOOL], "zh")
    assert speakers(casting) == ["方老师", "欧阳校长", "方老师", "方老师", "老魏"]
    assert {c.name for c in casting.characters} == {"方老师", "欧阳校长", "老魏"}
    assert casting["方老师"].gender == "female"


def test_those_addressed_do_not_speak_and_a_whole_boat_is_nobody() -> None:
    casting = cast_book([FERRY], "zh")
    assert speakers(casting) == [
        "胡警官",
        "钱师傅",
        "钱师傅",
        "胡警官",
        "钱师傅",
        "钱师傅",
        "沈太太",
        "钱师傅",
    ]
    assert {c.name: c.gender for c in casting.characters} == {
        "胡警官": None,
        "钱师傅": "male",
        "沈太太": "female",
    }
    assert all("满船" not in c.aliases for c in casting.characters)


def test_no_name_ends_inside_a_title() -> None:
    text = "陈师傅来了，欧阳先生也来了。"
    titles = find_titles(text)
    ends = title_insides(text, titles)
    assert ends[2] == 1 and ends[3] == -1
    assert ends[9] == 8 and ends[10] == -1
    assert titled_names(text, titles) == {"陈师傅": 1, "欧阳先生": 1}


def test_one_person_has_one_office() -> None:
    assert same_office("先生", "经理") and same_office("医生", "大夫")
    assert not same_office("师傅", "老师")
