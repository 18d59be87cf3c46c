"""Clips follow each other without a gap, and words are marked when they are heard."""

from __future__ import annotations

from dataclasses import replace

from flows.mastering.exports.base import TimedLine
from flows.mastering.readalong.clips import Clip, Printed, SoundingLine, begins, line_clips, words
from tests.flows.mastering.captions.test_cut import timed


def sounding(start: float, end: float, *, printed: bool = True, announced: bool = False) -> SoundingLine:
    places = (Printed("a.xhtml", 0, 1, 0, 1),) if printed else ()
    return SoundingLine(TimedLine("1", "x", "narrator", start, end), places, announced=announced)


def test_a_clip_lasts_until_the_next_and_the_ends_of_the_chapter_are_in_clips_too() -> None:
    lines = [sounding(0.75, 2.0), sounding(2.5, 3.0), sounding(3.25, 4.0)]
    assert line_clips(lines, 6.0) == [Clip(0, 2500), Clip(2500, 3250), Clip(3250, 6000)]


def test_an_announcement_is_heard_with_the_line_behind_it() -> None:
    lines = [sounding(0.75, 1.0, printed=False, announced=True), sounding(2.0, 3.0)]
    assert line_clips(lines, 4.0) == [None, Clip(0, 4000)]


def test_what_is_not_found_in_print_is_not_played_under_another_line() -> None:
    lines = [sounding(0.0, 1.0), sounding(1.5, 3.0, printed=False), sounding(3.5, 4.0)]
    assert line_clips(lines, 5.0) == [Clip(0, 1500), None, Clip(3500, 5000)]


def test_words_are_cut_with_their_marks_and_are_heard_at_their_times() -> None:
    item = SoundingLine(timed("“Well,” he said.", start=1.0), (Printed("a", 0, 13, 0, 16),))
    cuts = words(item)
    assert [item.line.text[a:b] for a, b in cuts] == ["“Well,” ", "he ", "said."]
    assert begins(item, Clip(0, 3000), [a for a, _ in cuts]) == [0, 1400, 1800]


def test_a_line_that_a_person_changed_is_marked_by_the_share_of_its_letters() -> None:
    printed = (Printed("a.xhtml", 0, 8, 0, 10), Printed("a.xhtml", 8, 16, 10, 20))
    item = SoundingLine(timed("One two.", start=0.0), printed, as_printed=False)
    assert begins(item, Clip(0, 1000), [0, 10]) == [0, 400]


def test_words_at_one_time_are_one() -> None:
    line = timed("One two three.")
    at_once = [replace(word, start=0.0, end=0.0) for word in line.words[:2]]
    item = SoundingLine(replace(line, words=(*at_once, line.words[2])), ())
    assert [item.line.text[a:b] for a, b in words(item)] == ["One two ", "three."]
