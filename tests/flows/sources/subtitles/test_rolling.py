"""Captions that roll up or grow are said once, when they first appear; people who say a thing twice say it twice."""

from __future__ import annotations

import pytest

from flows.sources.subtitles import parse_subtitles

LAMP, DOOR, NOBODY = "the lamp is on the shelf", "and the door was left open", "but nobody came"


def said(*shown: str, length: float = 2.0) -> list[tuple[int, str]]:
    """Starts in seconds, and words, of cues that follow each other at once."""
    stamps = [f"0:00:{k * length:06.3f} --> 0:00:{(k + 1) * length:06.3f}" for k in range(len(shown))]
    text = "\n".join(f"{k}\n{stamp}\n{words}\n" for k, (stamp, words) in enumerate(zip(stamps, shown), 1))
    file = parse_subtitles(text.encode(), name="film.srt")
    return [(cue.start_ms // 1000, cue.text) for cue in file.cues if cue.text]


@pytest.mark.parametrize(
    "shown",
    [
        (LAMP, f"{LAMP}\n{DOOR}", f"{DOOR}\n{NOBODY}"),
        (LAMP, f"{LAMP} {DOOR}", f"{DOOR} {NOBODY}"),
    ],
)
def test_a_line_that_rolls_up_is_said_when_it_first_appears(shown: tuple[str, ...]) -> None:
    assert said(*shown) == [(0, LAMP), (2, DOOR), (4, NOBODY)]


def test_a_line_that_grows_is_one_line() -> None:
    assert said("the", "the lamp is", LAMP, f"{LAMP}\nand th", f"{LAMP}\n{DOOR}") == [(0, LAMP), (6, DOOR)]


def test_people_who_say_a_thing_twice_say_it_twice() -> None:
    words = ["No!", "No!", "I said no.", "Go.", "Go home.", "I will.", "Will you?", "Yes."]
    assert [text for _, text in said(*words)] == words


def test_a_line_of_blanks_in_a_caption_of_a_video_site_does_not_end_it() -> None:
    for blank in (" ", ""):
        first = f"00:00.500 --> 00:03.000\n{blank}\nthe<00:01.000><c> lamp</c>\n\n"
        text = f"WEBVTT\n\n{first}00:03.000 --> 00:03.010\nthe lamp\n{blank}\n"
        file = parse_subtitles(text.encode(), name="film.vtt")
        assert [(cue.start_ms, cue.text) for cue in file.cues if cue.text] == [(500, "the lamp")]


def test_a_cue_cut_in_two_is_said_once_and_lasts_as_long_as_both() -> None:
    for shown in (DOOR, "门开着没有关上"):
        stamps = ("0:00:01.000 --> 0:00:02.500", "0:00:02.500 --> 0:00:03.000")
        text = "\n".join(f"{k}\n{stamp}\n{shown}\n" for k, stamp in enumerate(stamps, 1))
        file = parse_subtitles(text.encode(), name="film.srt")
        assert [(c.start_ms, c.end_ms, c.text) for c in file.cues if c.text] == [(1000, 3000, shown)]
        assert [item.reason for item in file.left_out] == ["repeat"]


def test_of_two_cues_that_overlap_the_first_is_not_said_again_beside_the_second() -> None:
    words = [f"- {LAMP}", f"- Good!\n- {LAMP}", f"- Good!\n- {DOOR}", NOBODY]
    assert [text for _, text in said(*words)] == [LAMP, "Good!", f"Good! {DOOR}", NOBODY]
    assert [text for _, text in said(f"- {LAMP}", f"- {DOOR}\n- {LAMP}", f"- {DOOR}\n- {NOBODY}")] == [
        LAMP,
        DOOR,
        NOBODY,
    ]


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ("Fight!", "Fight!", "Fight!"),
        ("去吧", "去吧", "去吧"),
        ("Thank you, sir.", "Thank you, sir.", "Thank you, sir."),
        ("请你到甲板旁边去", "-什么 -请你到甲板旁边去", "什么请你到甲板旁边去"),
        ("- 再过去\n- 为什么", "- 再过去\n- 为什么", "再过去为什么"),
        (LAMP, f"{NOBODY}\n{LAMP}", f"{NOBODY} {LAMP}"),
    ],
)
def test_a_few_words_or_an_answer_that_come_again_are_said_again(first: str, second: str, again: str) -> None:
    assert [text for _, text in said(first, second)][1:] == [again]


def test_words_said_again_after_a_pause_are_said_again() -> None:
    text = f"1\n0:00:01.000 --> 0:00:02.000\n{LAMP}\n\n2\n0:00:03.000 --> 0:00:04.000\n{LAMP}\n"
    file = parse_subtitles(text.encode(), name="film.srt")
    assert [cue.text for cue in file.cues] == [LAMP, LAMP]


def test_a_cue_for_each_line_of_a_caption_is_one_caption() -> None:
    def shown(count: int) -> list[str]:
        blocks = [
            f"00:00:{4 * k:02}.000 --> 00:00:{4 * k + 3:02}.000 line:{line}%\n{text}\n"
            for k in range(1, count)
            for line, text in ((79, f"Number {k} is what"), (85, "I said, my friend."))
        ]
        alone = [f"00:01:{k:02}.000 --> 00:01:{k:02}.900\nYes.\n" for k in range(10)]
        file = parse_subtitles(("WEBVTT\n\n" + "\n".join(blocks + alone)).encode(), name="film.vtt")
        return [cue.text for cue in file.cues if cue.text][:2]

    assert shown(7) == ["Number 1 is what I said, my friend.", "Number 2 is what I said, my friend."]
    assert shown(3) == ["Number 1 is what", "I said, my friend."]
