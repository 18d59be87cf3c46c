"""Caption files say what is heard and when, in the words of each format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pysubs2
import pytest

from flows.mastering.captions.cut import captions
from flows.mastering.captions.formats import Captioned, CaptionedChapter, as_json, ass, lrc, srt, vtt
from flows.mastering.exports.base import TimedLine
from flows.sources.subtitles import read_subtitles
from tests.flows.mastering.captions.test_cut import timed

LONG = "The lamp at the end of the pier had been out for a week. Nobody had climbed the ladder to see why."


@pytest.fixture
def book() -> Captioned:
    one = captions([timed(LONG, start=1.0), timed("A < B & {C} --> D\\N.", start=12.0)])
    line = timed("“Go,” she said.", start=0.5)
    spoken = TimedLine("2", line.text, "Ann, of Kent", line.start, line.end, line.words, "en")
    two = captions([spoken], offset=3700.0)
    chapters = (
        CaptionedChapter("The Pier", 0.0, 3700.0, tuple(one)),
        CaptionedChapter("Ann", 3700.0, 3710.0, tuple(two)),
    )
    return Captioned("The Lamp", "E. Author", "en", chapters)


def test_subrip_counts_its_cues_and_goes_on_past_the_hour(book: Captioned) -> None:
    assert srt(book) == (
        "1\n00:00:00,920 --> 00:00:06,520\nThe lamp at the end of the\npier had been out for a week.\n\n"
        "2\n00:00:06,520 --> 00:00:10,400\nNobody had climbed the ladder to see why.\n\n"
        "3\n00:00:11,920 --> 00:00:14,600\nA < B & {C} --> D\\N.\n\n"
        "4\n01:01:40,420 --> 01:01:42,300\n“Go,” she said.\n"
    )


def test_webvtt_names_the_speaker_and_escapes_what_is_markup(book: Captioned) -> None:
    text = vtt(book)
    assert text.startswith(
        "WEBVTT The Lamp\n\nNOTE The Pier\n\n00:00:00.920 --> 00:00:06.520\n<v narrator>The lamp"
    )
    assert "<v Ann, of Kent>“Go,” she said.\n" in text
    assert "A &lt; B &amp; {C} --&gt; D\\N." in text


def test_lrc_has_a_row_a_caption_and_empty_ones_before_silence(book: Captioned) -> None:
    rows = lrc(book).splitlines()
    assert rows[:4] == ["[ti:The Lamp]", "[ar:E. Author]", "[la:en]", "[re:Duoyin]"]
    assert rows[4:7] == [
        "[00:00.92]The lamp at the end of the pier had been out for a week.",
        "[00:06.52]Nobody had climbed the ladder to see why.",
        "[00:10.40]",
    ]
    assert "[61:40.42]“Go,” she said." in rows


def test_karaoke_times_add_up_and_say_each_word(book: Captioned) -> None:
    file = pysubs2.SSAFile.from_string(ass(book))
    assert [event.name for event in file] == ["narrator", "narrator", "narrator", "Ann  of Kent"]
    assert file[0].plaintext == "The lamp at the end of the\npier had been out for a week."
    for event in file:
        spent = sum(int(hundredths) for hundredths in re.findall(r"\\kf?(\d+)", event.text))
        assert spent * 10 == pytest.approx(event.duration, abs=15)
    assert file[3].text == "{\\k8}{\\kf40}“Go,” {\\kf40}she {\\kf100}said."


def test_json_has_every_word_with_its_times(book: Captioned) -> None:
    data = json.loads(as_json(book))
    assert [chapter["title"] for chapter in data["chapters"]] == ["The Pier", "Ann"]
    (spoken,) = data["chapters"][1]["captions"]
    assert spoken["words"] == [
        ["“Go,” ", 3700.5, 3700.9],
        ["she ", 3700.9, 3701.3],
        ["said.", 3701.3, 3701.7],
    ]
    assert spoken["speaker"] == "Ann, of Kent" and spoken["rows"] == ["“Go,” she said."]


@pytest.mark.parametrize("write, name", [(srt, "a.srt"), (vtt, "a.vtt"), (ass, "a.ass")])
def test_what_we_write_we_read(
    book: Captioned, tmp_path: Path, write: Callable[[Captioned], str], name: str
) -> None:
    file = tmp_path / name
    file.write_text(write(book), encoding="utf-8")
    read = read_subtitles(file)
    assert not read.warnings
    assert [round(cue.start_ms, -1) for cue in read.cues] == [920, 6520, 11920, 3700420]
