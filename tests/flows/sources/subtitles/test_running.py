"""Talks and captions whose cues end where a line is full are spoken sentence by sentence."""

from __future__ import annotations

from itertools import pairwise

import pytest

from flows.sources.subtitles import spoken_lines
from tests.flows.sources.subtitles.cue_files import read, srt

TALK = (
    "Today I am going to show you a very simple way to",
    "keep bees. You do not need a garden. All you need is a",
    "roof and a little patience. My aunt has kept hers up there for",
    "ten years and has never been stung.",
)


def lines(*texts: str, step: float = 4.0) -> list[str]:
    """The lines of cues that follow each other at once."""
    return [line.text for line in spoken_lines(read(srt(*texts, step=step, length=step)))]


def test_a_sentence_is_a_line_wherever_its_cues_end() -> None:
    assert lines(*TALK) == [
        "Today I am going to show you a very simple way to keep bees.",
        "You do not need a garden.",
        "All you need is a roof and a little patience.",
        "My aunt has kept hers up there for ten years and has never been stung.",
    ]


def test_a_sentence_within_a_cue_has_its_share_of_the_time() -> None:
    spoken = spoken_lines(read(srt(*TALK, step=4.0, length=4.0)))
    assert spoken[0].start_ms == 4000 and spoken[-1].end_ms == 20000
    assert all(one.end_ms == other.start_ms for one, other in pairwise(spoken))
    assert spoken[1].start_ms == 8000 + 4000 * len("keep bees.") // len(TALK[1])


def test_short_sentences_are_said_in_one_breath() -> None:
    text = "and that was it. We left. Nobody saw us. It was dark and we walked for"
    assert lines(text, "hours along the river until", "we came to a mill.", step=4.5) == [
        "and that was it. We left. Nobody saw us.",
        "It was dark and we walked for hours along the river until we came to a mill.",
    ]


def test_a_point_that_ends_no_sentence_cuts_nothing() -> None:
    text = ("we asked Dr. Watson about it and he told us that the house at No. 7 was sold", "by St. Mary's")
    assert lines(*text, "in 1.5 days.", step=5.0)[0].startswith("we asked Dr. Watson about it and he told us")


def test_a_name_at_a_cues_head_goes_on_in_a_talk_but_not_in_a_film() -> None:
    talk = [*TALK[:3], "Bristol and never been stung."]
    assert lines(*talk)[-1] == "My aunt has kept hers up there for Bristol and never been stung."
    assert lines("This is not a drill", "Bristol is lost.", "We must go. Now.", "Hurry up.")[0] == (
        "This is not a drill"
    )


@pytest.mark.parametrize(
    ("cues", "first"),
    [
        (
            [
                "when you have put all of the frames back, which takes",
                "a while with two of you",
                "and longer alone.",
            ],
            "when you have put all of the frames back,",
        ),
        (
            [
                "it runs on and on with no stop and nobody knows the",
                "end of it at all because his words",
                "are only heard.",
            ],
            "it runs on and on with no stop and nobody knows the end of it at all because his words",
        ),
    ],
)
def test_a_sentence_too_long_for_a_line_is_cut_where_one_can_breathe(cues: list[str], first: str) -> None:
    assert lines(*cues, step=5.0)[0] == first


def test_chinese_sentences_are_cut_within_cues_as_well() -> None:
    cues = [
        "今天我们来讲讲怎样在屋顶上养",
        "蜜蜂。你不需要花园。你只需要一个",
        "屋顶和一点耐心。我的姑姑养了",
        "十年。",
    ]
    assert lines(*cues) == [
        "今天我们来讲讲怎样在屋顶上养蜜蜂。",
        "你不需要花园。",
        "你只需要一个屋顶和一点耐心。",
        "我的姑姑养了十年。",
    ]


def test_a_film_keeps_its_cues() -> None:
    film = ["Climbing. When he could not", "shut it down, we left.", "How long?", "An hour."]
    assert lines(*film) == ["Climbing. When he could not shut it down, we left.", "How long?", "An hour."]


def test_a_sentence_begins_when_the_file_says_that_its_first_word_does() -> None:
    timed = "keep<00:00:06.500><c> bees.</c><00:00:11.000><c> You</c><00:00:11.250><c> need</c><00:00:11.500><c> no</c>"
    blocks = [
        ("00:00:00.000 --> 00:00:06.000", "today I show you how to"),
        ("00:00:06.000 --> 00:00:12.000", timed),
        ("00:00:12.000 --> 00:00:18.000", "garden for them at all."),
    ]
    text = "WEBVTT\n\n" + "\n\n".join(f"{stamp}\n{shown}" for stamp, shown in blocks) + "\n"
    first, second = spoken_lines(read(text, "talk.en.vtt"))
    assert (first.text, second.text) == (
        "today I show you how to keep bees.",
        "You need no garden for them at all.",
    )
    assert first.end_ms == second.start_ms == 11000
    assert read(text, "talk.en.vtt").cues[1].turns[0].word_ms == (6000, 6500, 11000, 11250, 11500)


def test_a_pause_of_a_second_is_none_in_a_file_of_whole_seconds() -> None:
    said = [line.text for line in spoken_lines(read(srt(*TALK[:3] * 4, step=5.0, length=4.0)))]
    assert said[0].endswith("keep bees.")
    said = [line.text for line in spoken_lines(read(srt(*TALK[:3] * 4, step=5.0, length=4.05)))]
    assert said[0] == TALK[0]
