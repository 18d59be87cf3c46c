"""Captions: cut where a reader pauses, two rows at most, never over one another, and on time."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flows.mastering.captions.cut import (
    LEAD,
    LEAST_SECONDS,
    ROW_COLUMNS,
    captions,
    columns,
    printed_pieces,
)
from flows.mastering.exports.base import TimedLine, TimedWord


def timed(text: str, pattern: str = r"[^\W_]+(?:['’][^\W_]+)*", *, start: float = 0.0) -> TimedLine:
    """A line of which each word takes 0.4 s."""
    found = list(re.finditer(pattern, text))
    words = [
        TimedWord(m.group(), start + 0.4 * i, start + 0.4 * (i + 1), m.start(), m.end())
        for i, m in enumerate(found)
    ]
    return TimedLine("1", text, "narrator", start, start + 0.4 * len(found), tuple(words), "en")


def test_a_short_line_is_one_caption() -> None:
    (one,) = captions([timed("She said no.", start=3.0)])
    assert one.rows == ("She said no.",)
    assert (one.start, one.end) == (3.0 - LEAD, 4.2 + 0.6)


def test_a_long_line_is_cut_where_sentences_and_clauses_end() -> None:
    text = (
        "The lamp at the end of the pier had been out for a week. Nobody had climbed the ladder to see why, "
        "and the boats came home in the dark."
    )
    assert [one.rows for one in captions([timed(text)])] == [
        ("The lamp at the end of the", "pier had been out for a week."),
        ("Nobody had climbed the ladder to see why,", "and the boats came home in the dark."),
    ]


def test_chinese_rows_hold_eighteen_characters() -> None:
    text = "他一边走一边想，这座城里的灯为什么一盏一盏地灭了，却没有一个人出来问一句话，连狗也不叫。"
    made = captions([timed(text, r"[\u4e00-\u9fff]")])
    rows = [row for one in made for row in one.rows]
    assert all(columns(row) <= ROW_COLUMNS for row in rows)
    assert all(len(row) <= 18 for row in rows) and "".join(rows) == text


def test_marks_go_with_their_word_and_opening_ones_with_the_next() -> None:
    pieces = printed_pieces(timed("“Well,” he said—“no.”"))
    assert [piece.text for piece in pieces] == ["“Well,” ", "he ", "said—", "“no.”"]


def test_words_of_a_line_with_odd_spaces_keep_their_times() -> None:
    pieces = printed_pieces(timed("One\n  two   three."))
    assert [(piece.text, round(piece.start, 1)) for piece in pieces] == [
        ("One ", 0.0),
        ("two ", 0.4),
        ("three.", 0.8),
    ]


def test_a_line_without_word_times_is_shown_while_it_sounds() -> None:
    (one,) = captions([TimedLine("1", "Hm.", "Ann", 1.0, 2.0)])
    assert one.rows == ("Hm.",) and one.start == 1.0 - LEAD and one.end >= 2.0


def test_a_caption_stays_up_to_the_next_where_hardly_anything_lies_between() -> None:
    first, second = captions([timed("One two three.", start=0.0), timed("Four five.", start=1.5)])
    assert first.end == second.start == 1.5 - LEAD


def test_a_chapter_that_begins_later_in_the_file_is_moved_with_its_words() -> None:
    (one,) = captions([timed("One two.", start=0.5)], offset=100.0)
    assert one.start == 100.5 - LEAD and [word.start for word in one.words] == [100.5, 100.9]


words = st.lists(st.text("abcdefghijklmnop灯塔海,.—“” ", min_size=1, max_size=12), min_size=1, max_size=40)


@given(st.lists(words, min_size=1, max_size=4))
def test_nothing_is_lost_and_nothing_overlaps(texts: list[list[str]]) -> None:
    lines, start = [], 0.0
    for parts in texts:
        line = timed(" ".join(parts), r"[a-p]+|[灯塔海]", start=start)
        lines.append(line)
        start = line.end + 0.3
    made = captions(lines)
    squeezed = "".join("".join(line.text.split()) for line in lines)
    assert "".join("".join(row.split()) for one in made for row in one.rows) == squeezed
    assert all(1 <= len(one.rows) <= 2 for one in made)
    assert all(a.start < a.end <= b.start or a.end == b.start for a, b in pairwise(made))
    assert all(a.start <= b.start for a, b in pairwise(made))
    if made:
        assert made[-1].end - made[-1].start >= LEAST_SECONDS - 0.001
