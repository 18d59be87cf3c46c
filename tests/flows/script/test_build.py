"""From manuscript and casting to lines: everything is in a line, in order, once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.script.build import book_language, build_script
from flows.script.line import Line
from flows.script.manuscript import Chapter, Manuscript, Paragraph
from flows.workspace.settings import Pauses
from normalizers import DuoyinError, spoken_language
from normalizers.languages import language

PAUSES = Pauses(paragraph=0.5, quote=0.25, verse=0.3, scene=1.5, heading=1.2)


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    kind: str
    speaker: str | None = None
    confidence: float | None = 0.9
    evidence: str = ""


def a_book(*paragraphs: Paragraph | str, title: str = "", language: str = "en") -> Manuscript:
    made = tuple(p if isinstance(p, Paragraph) else Paragraph(p) for p in paragraphs)
    return Manuscript("Book", (), language, (Chapter(title, made, "a.xhtml"),))


def lines_of(book: Manuscript, *spans: list[Span], announce: bool = True) -> list[Line]:
    return build_script(book, [list(spans)] if spans else None, PAUSES, announce=announce)


def letters(text: str) -> str:
    return "".join(text.split())


def test_sentences_become_lines_and_scraps_join_their_neighbours() -> None:
    lines = lines_of(
        a_book("It was a long and quiet night in the harbour. Why? Nobody had come home that evening.")
    )
    assert [line.text for line in lines] == [
        "It was a long and quiet night in the harbour. Why?",
        "Nobody had come home that evening.",
    ]


def test_speech_and_its_tag_are_lines_of_their_own_with_their_speakers() -> None:
    text = "“I shall never go back there,” said Ann, “never, as long as I live.”"
    cut, again = text.index(" said"), text.index("“never")
    spans = [
        Span(0, cut, "dialogue", "Ann"),
        Span(cut, again, "narration"),
        Span(again, len(text), "dialogue", "Ann"),
    ]
    lines = lines_of(a_book(text), spans)
    assert [(line.speaker, line.kind) for line in lines] == [
        ("Ann", "dialogue"),
        ("narrator", "narration"),
        ("Ann", "dialogue"),
    ]
    assert [line.confidence for line in lines] == [0.9, None, 0.9]
    assert lines[0].pause_after >= PAUSES.quote
    assert lines[-1].pause_after == PAUSES.paragraph


def test_a_speaker_nobody_could_name_is_unknown_and_not_the_narrator() -> None:
    lines = lines_of(a_book("“Who goes there in the dark of the night?”"), [Span(0, 41, "dialogue", None)])
    assert [line.speaker for line in lines] == ["unknown"]


def test_what_casting_sees_empty_is_read_by_the_narrator() -> None:
    (line,) = lines_of(a_book("The Trial of the Knave of Hearts."), [Span(0, 0, "narration")])
    assert (line.text, line.speaker) == ("The Trial of the Knave of Hearts.", "narrator")


def test_marks_between_two_quotes_have_no_voice_of_their_own() -> None:
    text = "“Come in and shut the door.” — “I will not, I am late.”"
    spans = [Span(0, 28, "dialogue", "A"), Span(28, 31, "narration"), Span(31, len(text), "dialogue", "B")]
    lines = lines_of(a_book(text), spans)
    assert [line.speaker for line in lines] == ["A", "B"]
    assert letters("".join(line.text for line in lines)) == letters(text)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=200), max_size=4))
def test_every_character_is_in_exactly_one_line(paragraphs: list[str]) -> None:
    book = a_book(*(" ".join(p.split()) for p in paragraphs))
    lines = lines_of(book, announce=False)
    for index, paragraph in enumerate(book.chapters[0].paragraphs):
        mine = [line for line in lines if line.paragraph == index]
        assert letters("".join(line.text for line in mine)) == letters(paragraph.text)
        assert all(line.text == paragraph.text[line.start : line.end] for line in mine)
        assert all(a.end <= b.start for a, b in itertools.pairwise(mine))


@given(
    st.lists(
        st.sampled_from(
            ["Yes.", "No one was there at all that night.", "好。", "他走了很远的路才回到家里。"]
        ),
        max_size=20,
    )
)
def test_ids_are_unique_and_stay_when_other_paragraphs_change(paragraphs: list[str]) -> None:
    lines = lines_of(a_book(*paragraphs))
    ids = [line.id for line in lines]
    assert len(set(ids)) == len(ids)
    later = lines_of(a_book("Something quite new stands before it all.", *paragraphs, "And something after."))
    assert [line.id for line in later][1:-1] == ids


def test_ids_are_unique_in_a_book_whose_parts_count_their_chapters_anew() -> None:
    """The first chapter of a title keeps the ids that it has by itself."""
    chapter = Chapter(
        "I", (Paragraph("I", "heading"), Paragraph("Nobody had come home that evening.")), "a.xhtml"
    )
    book = Manuscript("Book", (), "en", (chapter, replace(chapter, source="b.xhtml"), chapter))
    ids = [line.id for line in lines_of(book)]
    assert len(set(ids)) == len(ids) == 6
    assert ids[:2] == [line.id for line in lines_of(Manuscript("Book", (), "en", (chapter,)))]


def test_lines_are_never_longer_than_an_engine_likes_unless_nothing_can_be_cut() -> None:
    text = "and so on, " * 200
    assert all(len(line.text) <= language("en").long_line for line in lines_of(a_book(text)))


def test_a_scene_break_is_a_pause_and_a_heading_a_longer_one() -> None:
    book = a_book(
        Paragraph("The Storm", "heading"), "The wind rose over the water that night.", Paragraph("",
        "scene-break"), "Morning came.",
        title="The Storm",
    )  # fmt: skip
    assert [line.pause_after for line in lines_of(book)] == [1.2, 1.5, 0.5]


def test_a_title_that_the_page_does_not_print_is_announced_once() -> None:
    lines = lines_of(a_book("It began on a Monday, as these things do.", title="Beginnings"))
    assert next((line.text, line.kind, line.paragraph) for line in lines) == ("Beginnings", "heading", -1)
    printed = lines_of(
        a_book(Paragraph("Beginnings", "heading"), "It began on a Monday.", title="Beginnings")
    )
    assert [line.text for line in printed] == ["Beginnings", "It began on a Monday."]
    assert [
        line.text for line in lines_of(a_book("It began on a Monday.", title="Beginnings"), announce=False)
    ] == ["It began on a Monday."]


@pytest.mark.parametrize(
    ("title", "language", "say"),
    [
        ("IV", "en", "Chapter IV"),
        ("12.", "en", "Chapter 12"),
        ("TWENTY-ONE", "en", "Chapter Twenty-One"),
        ("十二", "zh", "第十二章"),
        ("The End", "en", ""),
    ],
)
def test_a_bare_numeral_is_announced_as_a_chapter(title: str, language: str, say: str) -> None:
    lines = lines_of(a_book(Paragraph(title, "heading"), title=title, language=language))
    assert [(line.text, line.say) for line in lines] == [(title, say)]


def test_numerals_of_sections_are_read_as_they_stand() -> None:
    book = a_book(
        Paragraph("The Road", "heading"), Paragraph("1", "heading"), "It rained.", Paragraph("2", "heading"),
        "It snowed.",
        title="The Road",
    )  # fmt: skip
    assert [line.say for line in lines_of(book)] == [""] * 5
    numbered = a_book(
        Paragraph("II", "heading"), "It rained.", Paragraph("1", "heading"), "It snowed.", title="II"
    )
    assert [line.say for line in lines_of(numbered)] == ["Chapter II", "", "", ""]


@pytest.mark.parametrize(
    ("title", "printed", "first"),
    [
        ("Chapter 1", "CHAPTER ONE", "CHAPTER ONE"),
        ("Chapter 1: The Road", "1", "1"),
        ("Chapter One", "I", "I"),
        ("第一章 山村", "第1章", "第1章"),
        ("Beginnings", "I", "Beginnings"),
        ("Book One", "CHAPTER ONE", "Book One"),
    ],
)
def test_a_title_printed_in_other_numerals_is_not_read_twice(title: str, printed: str, first: str) -> None:
    lines = lines_of(a_book(Paragraph(printed, "heading"), "It began on a Monday.", title=title))
    assert lines[0].text == first and len(lines) == (3 if first == title else 2)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("他在GitHub上工作。", "zh"),
        ("He said 你好 to all of us.", "en"),
        ("Hello", "en"),
        ("你好", "zh"),
        ("1984", "en"),
        ("……", "en"),
    ],
)
def test_the_language_of_a_line_is_told_by_its_letters(text: str, language: str) -> None:
    assert spoken_language(text, "en") == language


def test_hints_of_the_publisher_travel_with_their_words() -> None:
    from normalizers import Hint

    text = "He bowed low to the lady of the house. Then he drew the bow and shot."
    at = text.index("bow and")
    book = a_book(Paragraph(text, hints=(Hint(at, at + 3, "ipa", "boʊ", "ssml"),)))
    line = lines_of(book)[-1]
    (hint,) = line.hints
    assert line.text[hint.start : hint.end] == "bow"


ENGLISH = (
    "The rain had not stopped since noon, and the old man at the window counted the carriages that went by. "
)
FRENCH = (
    "Il était déjà minuit dans la ville, et le vieil homme comptait les voitures qui passaient sur "
    "le pont avec lui. "
)


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en", "他走进了房间，看见窗外的雨还在下。" * 3, "zh"),
        ("zh-CN", ENGLISH * 3, "en"),
        ("und", ENGLISH, "en"),
        ("", "他走进了房间。", "zh"),
        ("fr", ENGLISH * 3, "en"),
        ("en", "He said 你好 and 再见 to all of us.", "en"),
        ("zh", "他在 GitHub 上写 Python 和 Rust。", "zh"),
        ("en", "La la la! " * 40, "en"),
    ],
)
def test_clear_letters_are_believed_before_the_metadata(declared: str, text: str, language: str) -> None:
    assert book_language(a_book(text, language=declared)) == language


@pytest.mark.parametrize(
    "text", [FRENCH * 4, "吾輩は猫である。名前はまだ無い。" * 3, "Он вошёл в комнату и сел у окна. " * 3]
)
@pytest.mark.parametrize("declared", ["en", "fr", ""])
def test_a_book_in_a_language_no_engine_speaks_is_refused(text: str, declared: str) -> None:
    with pytest.raises(DuoyinError, match="another language") as caught:
        book_language(a_book(text, language=declared))
    assert "project.yaml" in (caught.value.hint or "")
