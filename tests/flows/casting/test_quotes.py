"""Quote styles and spans: every book is covered without gaps, and what is not speech stays narration."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.casting import cast_book
from flows.casting.quotes import find_quotes, find_style
from flows.casting.readers import reader_for


def spoken(paragraphs: list[str], lang: str = "en") -> list[str]:
    return [
        paragraphs[q.paragraph][q.inner_start : q.inner_end]
        for q in find_quotes(paragraphs, reader_for(lang).conventions)
        if q.kind == "speech"
    ]


@pytest.mark.parametrize(
    ("paragraph", "lang", "style"),
    [
        ("“Come in,” said Ada.", "en", "double"),
        ('"Come in," said Ada.', "en", "double"),
        ("‘Come in,’ said Ada. ‘It’s the farmers’ gate.’", "en", "single"),
        ("«Come in», said Ada.", "en", "guillemets"),
        ("「進來吧。」阿達說。", "zh", "corner"),
        ("“进来吧。”阿达说。", "zh", "double"),
        ("阿达问：来了吗？", "zh", "unmarked"),
    ],
)
def test_the_style_is_told_from_the_marks_that_hold_speech(paragraph: str, lang: str, style: str) -> None:
    assert find_style([paragraph] * 3, reader_for(lang).conventions) == style


def test_chinese_speech_without_marks_among_words_that_have_some() -> None:
    talk = [
        "陈阵紧追着问：为什么？",
        "乌力吉说：你想想看，越往里越危险。他一边说着，一边搬开石头。",
        "他说的“老儿”是谁？",
    ]
    conventions = reader_for("zh").conventions
    assert find_style(talk * 20, conventions) == "unmarked"
    assert find_style(["“走吧。”阿达说。", *talk] * 20, conventions) == "double"
    said = ["为什么？", "你想想看，越往里越危险。"]
    assert [talk[q.paragraph][q.start : q.end] for q in find_quotes(talk, conventions, "unmarked")] == said
    source = ["——冯承钧译《多桑蒙古史》", "——你来了。"]
    assert [q.paragraph for q in find_quotes(source, conventions, "unmarked")] == [1]


def test_apostrophes_and_plural_possessives_do_not_close_uk_single_quotes() -> None:
    text = "‘It’s the bakers’ dog, and ’tis Sunday,’ said Mr Orme. ‘Look!’"
    assert spoken([text]) == ["It’s the bakers’ dog, and ’tis Sunday,", "Look!"]


def test_nested_quotes_stay_inside_the_outer_one() -> None:
    assert spoken(["“He said ‘Never!’ and left,” Ada told us."]) == ["He said ‘Never!’ and left,"]
    assert spoken(["「他說『不去』就走了。」阿達說。"], "zh") == ["他說『不去』就走了。"]


def test_scare_quotes_signs_and_titles_are_narration() -> None:
    assert spoken(
        ["The so-called “palace” had a sign, “CLOSED”, and a copy of “The Hinge”.", "“Go,” said Ada."]
    ) == ["Go,"]
    assert spoken(["She loved Bellini’s “Feast,” a plate with the name “A. VANE,” and Ada’s “sir.”"]) == []
    assert spoken(["那“老儿”却走了。", "“走吧。”阿达说。"], "zh") == ["走吧。"]


def test_inches_after_a_number_do_not_close_the_quote() -> None:
    assert spoken(['"Six feet 2" is no height for a gate," said Ada.']) == [
        'Six feet 2" is no height for a gate,'
    ]


def test_an_utterance_over_paragraphs_is_one_utterance() -> None:
    paragraphs = [
        "“There was a bell,” he said. “It rang.",
        "“Then the river came.",
        "“We ring it still.”",
        "“Who does?”",
    ]
    quotes = find_quotes(paragraphs, reader_for("en").conventions)
    assert [q.continues for q in quotes] == [False, False, True, True, False]


def test_verse_in_one_pair_of_marks_is_spoken_to_its_end() -> None:
    paragraphs = ["“Up the hill", "the lanterns go,", "down the hill they come.”", "Nobody clapped."]
    assert spoken(paragraphs) == ["Up the hill", "the lanterns go,", "down the hill they come."]


def test_a_forgotten_close_does_not_swallow_the_chapter() -> None:
    paragraphs = [
        "“I forgot to close this.",
        "Rain fell all day on the yard.",
        "“Did it?” asked Ada.",
        "It did.",
    ]
    assert spoken(paragraphs) == ["I forgot to close this.", "Did it?"]


def test_a_letter_read_out_is_a_letter() -> None:
    paragraphs = [
        "Ada broke the seal and read:",
        "“Dear Miss Orme,",
        "“I cannot come.",
        "“Yours, P. Rudd.”",
        "“Well,” said Ada.",
    ]
    assert [q.kind for q in find_quotes(paragraphs, reader_for("en").conventions)] == [
        "letter",
        "letter",
        "letter",
        "speech",
    ]


def test_dash_dialogue_gives_its_tag_to_the_narrator() -> None:
    paragraphs = ["—You have the key? said Ada.", "—I have it.", "—Then go, Tom said, —and shut the gate."]
    assert spoken(paragraphs) == ["You have the key?", "I have it.", "Then go,", "and shut the gate."]


def test_printed_labels_are_speakers() -> None:
    quotes = find_quotes(
        ["ADA: Is it late?", "TOM (laughing): It is.", "ADA: Then go."], reader_for("en").conventions
    )
    assert [q.label for q in quotes] == ["ADA", "TOM", "ADA"]


def test_chinese_without_marks() -> None:
    paragraphs = ["苏青问：车修好了没有？", "老韩道：修是修好了，就是没油。", "——那还走不走？"]
    assert spoken(paragraphs, "zh") == ["车修好了没有？", "修是修好了，就是没油。", "那还走不走？"]


pieces = st.lists(
    st.sampled_from(
        [
            "“",
            "”",
            '"',
            "‘",
            "’",
            "'",
            "「",
            "」",
            "«",
            "»",
            "—",
            "Ada said",
            " ",
            ",",
            ".",
            "道：",
            "说",
            "他",
            "\n",
            "[JOE]",
            "A:",
            "…",
            "hm",
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(pieces, max_size=5), max_size=3), st.sampled_from(["en", "zh"]))
def test_spans_cover_every_paragraph_without_gaps_whatever_the_marks(
    chapters: list[list[str]], lang: str
) -> None:
    casting = cast_book(chapters, lang)
    assert len(casting.spans) == len(chapters)
    for paragraphs, spans_of in zip(chapters, casting.spans, strict=True):
        assert len(spans_of) == len(paragraphs)
        for text, spans in zip(paragraphs, spans_of, strict=True):
            assert spans[0].start == 0 and spans[-1].end == len(text)
            assert all(a.end == b.start for a, b in itertools.pairwise(spans))
            assert all(0.0 <= s.confidence <= 1.0 + 1e-9 for s in spans)


def test_corner_marks_closed_by_their_inner_ones_or_never_do_not_swallow_a_chapter_on_one_line() -> None:
    chapter = ["阿衡道：「你說『去罷。」周生道：「不去。」阿衡又道：「那麼「我去。」兩人都笑了。"]
    assert spoken(chapter, "zh") == ["你說『去罷。", "不去。", "那麼", "我去。"]
