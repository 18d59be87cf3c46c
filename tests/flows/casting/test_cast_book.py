"""Who speaks: tags, turns, narrators, roles, groups, renamed people; in English and Chinese. The stories are
our own."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.casting import (
    UNNAMED_NARRATOR,
    Casting,
    Corrections,
    LineCorrection,
    attribute,
    cast_book,
    genders,
)
from flows.casting.chinese.people import mark_mentions
from flows.casting.chinese.quoting import CONVENTIONS
from flows.casting.people import given_people
from flows.casting.prose import from_text

INN = [
    "The inn was quiet. Martha Vane put down the lamp, and Edwin Holt looked up from his ledger.",
    "“Nobody came,” said Martha.",
    "“Nobody ever does,” Edwin replied.",
    "“You might sound sorry about it.”",
    "“I might.”",
    "Martha laughed. “Then try, Edwin.”",
    "Edwin shut the ledger. “There. I am sorry.”",
    "“You are not,” she said.",
    "“No,” he admitted.",
]


def speakers(casting: Casting) -> list[str | None]:
    return [span.speaker for _, _, span in casting.dialogue()]


def test_tags_alternation_vocatives_beats_and_pronouns() -> None:
    casting = cast_book([INN], "en")
    assert speakers(casting) == ["Martha", "Edwin", "Martha", "Edwin", "Martha", "Edwin", "Martha", "Edwin"]
    assert (casting["Martha"].gender, casting["Edwin"].gender) == ("female", "male")
    assert "Martha Vane" in casting["Martha"].aliases
    assert casting.person == 3 and casting.narrator is None


def test_characters_come_by_lines_spoken() -> None:
    casting = cast_book([INN], "en")
    lines = [c.lines for c in casting.characters]
    assert lines == sorted(lines, reverse=True) and sum(lines) == 8


def test_one_paragraph_may_hold_two_speakers() -> None:
    story = ["“Sit,” said Martha. “Eat.” Then Edwin said, “I have eaten.”", "“Liar,” said Martha."]
    assert speakers(cast_book([story], "en")) == ["Martha", "Martha", "Edwin", "Martha"]


def test_things_and_animals_that_speak_are_characters() -> None:
    story = [
        "“Who wound me?” asked the Clock.",
        "“Not I,” said the Heron.",
        "“Then I go by myself,” the Clock said.",
    ]
    casting = cast_book([story], "en")
    assert [str(s).removeprefix("the ").title() for s in speakers(casting)] == ["Clock", "Heron", "Clock"]


def test_an_unnamed_first_person_narrator_has_one_label() -> None:
    story = [
        "I came down the hill in the dark and I found the gate open. I had my lamp, but I did not light it, "
        "for I was afraid of what I might see.",
        "“Who is there?” I asked.",
        "“Only Ada,” said Ada.",
        "“You frightened me,” I said, and I laughed, because my hands were shaking and I did not want her "
        "to know that I had been running.",
        "I went on beside her. I told her what I had seen at the mill, and I told it badly.",
    ]
    casting = cast_book([story], "en")
    assert casting.person == 1
    assert speakers(casting) == [casting.narrator, "Ada", casting.narrator]


def test_a_first_person_narrator_is_named_by_those_who_address_him() -> None:
    story = [
        "I came down the hill in the dark and I found the gate open. I had my lamp, but I did not light it, "
        "for I was afraid of what I might see.",
        "“Is that you, Corwin?” asked Ada.",
        "“It is,” I said. I was out of breath, and I leaned on the gate while I looked back at the mill and "
        "at the road I had come by.",
        "“You have been running, Corwin,” said Ada.",
        "“I have,” I answered. I did not tell her why, though I think I wanted to, and I think she knew that I did.",
    ]
    casting = cast_book([story], "en")
    assert casting.narrator == "Corwin"
    assert speakers(casting) == ["Ada", "Corwin", "Ada", "Corwin"]


def test_mr_and_mrs_of_one_surname_are_two_people() -> None:
    story = [
        "“Late again,” said Mr. Orme.",
        "“You are,” said Mrs. Orme.",
        "“I meant the train,” said Mr. Orme.",
    ]
    casting = cast_book([story], "en")
    assert speakers(casting) == ["Mr. Orme", "Mrs. Orme", "Mr. Orme"]
    assert (casting["Mr. Orme"].gender, casting["Mrs. Orme"].gender) == ("male", "female")


def test_chinese_tags_pronouns_alternation_and_listeners() -> None:
    story = [
        "林小满推开门，笑道：“你来得比邮差还早。”",
        "“邮差今天不来了，”陈岩说，“桥断了。”",
        "“断了？什么时候？”",
        "“昨天夜里。”",
        "陈岩把伞靠在墙边，低声对林小满说：“今晚别走河边。”",
    ]
    assert speakers(cast_book([story], "zh")) == ["林小满", "陈岩", "陈岩", "林小满", "陈岩", "陈岩"]


def test_who_comes_first_does_not_hang_on_the_hashes_of_a_process() -> None:
    program = (
        "from flows.casting.attribution import prepare\n"
        "text = '保安老陈跑过来，说道：“走！”\\n门房阿童站起来，管家老童说道：“来了？”\\n' * 3 + '天色很好。' * 1300\n"
        "print([p.name for p in prepare(text, 'zh').people.persons])"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "4")
    }
    assert len(orders) == 1 and "老陈" in orders.pop()


@given(
    st.text("孙悟空行者的他", max_size=40),
    st.sets(st.text("孙悟空行者", min_size=1, max_size=3), max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_of_two_names_at_one_place_the_longer_is_meant_and_no_two_overlap(text: str, names: set[str]) -> None:
    people = given_people([{"name": name} for name in sorted(names)])
    mark_mentions(from_text(text, CONVENTIONS), people)
    expected, at = [], 0
    while at < len(text):
        name = max((n for n in names if text.startswith(n, at)), key=len, default="")
        if name:
            expected.append((at, name))
        at += len(name) or 1
    assert [(m.start, text[m.start : m.end]) for m in people.mentions] == expected


def test_chinese_classics_with_four_speeches_in_a_paragraph() -> None:
    story = [
        "柳三把刀往桌上一放，道：“掌柜的，酒呢？”掌柜陪笑道：“客官，酒在，人不在。”柳三奇道：“什么人？”掌柜道：“温酒的人。”"
    ]
    assert speakers(cast_book([story], "zh")) == ["柳三", "掌柜", "柳三", "掌柜"]


def test_a_corrected_line_is_fixed_and_teaches_its_neighbours() -> None:
    story = [
        "Ada and Tom stood at the gate.",
        "“Is it late, do you think?”",
        "“It is past nine.”",
        "“Then we should go in.”",
        "“Yes, we should.”",
    ]
    for first, second in (("Ada", "Tom"), ("Tom", "Ada")):
        taught = Corrections(lines=(LineCorrection("Is it late, do you think?", first),))
        casting = cast_book([story], "en", taught)
        assert speakers(casting) == [first, second, first, second]
        assert next(casting.dialogue())[2].confidence > 0.999


def test_a_line_can_be_corrected_to_narration() -> None:
    told = Corrections(lines=(LineCorrection("Nobody came,", "narrator"),))
    assert speakers(cast_book([INN], "en", told)) == speakers(cast_book([INN], "en"))[1:]


def test_merged_names_are_one_person_and_genders_of_the_cast_file_hold() -> None:
    told = Corrections(names={"Martha": "Old Pat", "Edwin": "Old Pat"}, genders={"Old Pat": "male"})
    casting = cast_book([INN], "en", told)
    assert set(speakers(casting)) == {"Old Pat"}
    assert casting["Old Pat"].gender == "male"


def test_gold_mode_takes_spans_and_names_as_given() -> None:
    text = "\n\n".join(INN)
    spans = [(text.index("Nobody came"), text.index("Nobody came") + 12)]
    assert attribute(
        text, "en", quotes=spans, characters=[{"name": "Miss Vane", "aliases": ["Martha"], "gender": None}]
    ) == [(*spans[0], "Miss Vane")]


def test_genders_are_unknown_where_nothing_tells() -> None:
    assert genders("Zorblax left. Mrs. Pim stayed; she slept.", "en", names=["Zorblax", "Mrs. Pim"]) == {
        "Zorblax": None,
        "Mrs. Pim": "female",
    }


def test_genders_are_told_in_a_first_person_book_whose_narrator_is_not_asked_for() -> None:
    story = "I came down and I saw my door open, and I was afraid. " * 6 + "“Who?” I said. Mrs. Pim laughed."
    assert genders(story, "en", names=["Mrs. Pim"]) == {"Mrs. Pim": "female"}


def test_a_text_without_names_or_without_words_raises_nothing() -> None:
    assert speakers(cast_book([["“Hm.”"], [], [""]], "en")) == [None]
    assert speakers(cast_book([["“嗯。”"]], "zh")) == [None]
    assert attribute("", "en") == []


PIECES = st.sampled_from(
    ["“", "”", '"', "‘", "’", "「", "」", "—", ":", "：", "\n", " said ", " he ", "I ", "Tom", "Anna Bell",
    "Mr. ", "the man", "her mother ",
     "老", "孙少平", "说", "道", "问：", " ：", "他", "，", "。", "!", "?", "，字", "İ", "\u2028", "\t",
     "’s ", "was ", "who ", "1", "𝒳"]
)  # fmt: skip


@example("“““\n”", "en")
@example("“说\n“”", "zh")
@given(st.lists(PIECES, max_size=50).map("".join), st.sampled_from(["en", "zh"]))
@settings(max_examples=150, deadline=None)
def test_no_text_whatever_fails_and_every_line_has_a_speaker_or_an_honest_unknown(
    text: str, lang: str
) -> None:
    casting = cast_book([text.split("\n")], lang)
    names = {c.name for c in casting.characters}
    assert all(span.speaker is None or span.speaker in names for _, _, span in casting.dialogue())
    assert all(0 <= a < b <= len(text) for a, b, _ in attribute(text, lang))
    assert set(genders(text, lang, names=["Tom", "Tom", "", "孙少平"])) == {"Tom", "", "孙少平"}


def test_whoever_is_called_a_few_times_in_a_long_book_is_not_its_narrator() -> None:
    talk = [
        "I went in.",
        "“Well?” I said, and I sat down in my chair.",
        "“Nothing,” said Tom. I told him what I knew.",
    ]
    called = [
        *talk * 2,
        "“You are late, Pete Moor,” said Tom.",
        "“I am not,” I said.",
        "“Pete Moor is late,” said Ann.",
    ]
    assert cast_book([called * 4], "en").narrator == "Pete Moor"
    assert cast_book([called * 4 + talk * 30], "en").narrator == "Pete Moor"
    assert cast_book([called * 4 + talk * 300], "en").narrator == UNNAMED_NARRATOR


def test_a_long_letter_at_the_end_makes_no_narrator_of_its_writer() -> None:
    told = [
        "Tom went in, and saw the chair, and sat on it.",
        "“Well?” said Tom.",
        "“Nothing, Levy,” said Ann.",
    ]
    letter = ["I went in. I saw what I had done, and I sat down in my chair, where I wrote what I had seen."]
    book = [told * 60] * 9 + [letter * 120]
    assert cast_book(book, "en").person == 3
    assert cast_book([told * 9 + letter * 60] * 9, "en").person == 1


def test_whose_narrative_is_announced_after_the_beginning_told_that_too() -> None:
    talk = ["I went in, and I sat down in my chair.", "“Well?” I said. “Sit, Millie.”", "“No,” said Tom."]
    called = ["“Millie is late, I think,” said Tom.", "“Millie, come,” said Ann.", "“Millie, sit,” said Ann."]
    book = [talk * 8 + called, ["Mr. Garnet’s Narrative", *talk * 20], talk * 20]
    assert cast_book(book, "en").narrator == "Mr. Garnet"
