"""WebVTT, block by block."""

from __future__ import annotations

from flows.sources.subtitles.formats.vtt import read


def test_the_header_says_language_and_track() -> None:
    found = read("WEBVTT\nKind: Chapters\nLanguage: en-GB\n\n00:01.000 --> 00:02.000\nOne\n")
    assert (found.language, found.track) == ("en-GB", "chapters")


def test_a_time_without_a_blank_line_before_it_begins_a_cue() -> None:
    found = read("WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n00:02.000 --> 00:03.000\nTwo")
    assert [cue.text for cue in found.cues] == ["One", "Two"]


def test_notes_are_left_out_and_text_without_a_time_is_told() -> None:
    found = read("WEBVTT\n\nNOTE by me\n\nlost words\n\n00:01.000 --> 00:02.000\nOne")
    assert [(item.reason, item.text) for item in found.left_out] == [
        ("note", "NOTE by me"),
        ("no-time", "lost words"),
    ]
    assert found.warnings == ("line 5: text without a time is not spoken",)


def test_a_cue_with_an_unreadable_time_is_left_out_by_its_line() -> None:
    found = read("WEBVTT\n\nsoon --> later\nOne\n\n00:01.000 --> 00:02.000\nTwo")
    assert [(item.reason, item.text, item.line) for item in found.left_out] == [("no-time", "One", 4)]
    assert [cue.text for cue in found.cues] == ["Two"]


def test_the_line_above_a_time_is_its_label() -> None:
    found = read("WEBVTT\n\nsome words\n7\n00:01.000 --> 00:02.000\nOne")
    assert found.cues[0].label == "7"
    assert [(item.reason, item.text) for item in found.left_out] == [("note", "some words")]
