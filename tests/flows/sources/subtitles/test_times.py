"""Clock readings in every hand they are written by."""

from __future__ import annotations

import pytest

from flows.sources.subtitles import parse_subtitles
from flows.sources.subtitles.times import frame_rate, has_time_line, read_clock, read_stamp


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:00:06,25", 6250),
        ("00:06.250", 6250),
        ("00.00.06,250", 6250),
        ("00:00:06:250", 6250),
        ("00:00:06,249.0999999", 6249),
        ("00:00:06,49.67968749994179", 6049),
        ("00:00:06,9.0", 6009),
        ("75:10", 4_510_000),
        ("6.25", 6250),
        ("-00:00:02,000", -2000),
        ("00:00:06:15", 6600),
        ("00:00:06;15", 6600),
        ("2: 00:00:06.250", None),
        ("6", None),
        ("six", None),
    ],
)
def test_a_clock_reading(text: str, ms: int | None) -> None:
    found = read_clock(text)
    assert (found and found.at(25)) == ms


@pytest.mark.parametrize(
    "line",
    [
        "00:00:06,250 ---> 00:00:08,500",
        "00:00:06,250 ==> 00:00:08,500 X1:10 X2:20",
        "[00:00:06,250 —> 00:00:08,500]",
        "００：００：０６，２５０ －－＞ ００：００：０８，５００",
        "2: 00:00:06.250 -> 00:00:08.500 line:0 align:start",
        "00:00:06,250 – 00:00:08,500",
        "00h00m06s250 --> 00h00m08s500",
        "00:00:O6,25O --> 00:00:O8,5OO",
    ],
)
def test_a_line_of_two_times(line: str) -> None:
    stamp = read_stamp(line)
    assert stamp and stamp.end and (stamp.start.ms, stamp.end.ms, stamp.rest) == (6250, 8500, "")
    assert has_time_line(line)


@pytest.mark.parametrize(
    "line", ["Open 10:30 - 11:45.", "10:30 - 11:45", "We lost 3 -> 2.", "soon --> later"]
)
def test_times_that_somebody_says_are_no_stamp(line: str) -> None:
    assert read_stamp(line) is None


def test_frames_past_the_twenty_fifth_are_of_thirty_a_second() -> None:
    slow, fast = read_stamp("00:00:06:24 --> 00:00:08:12"), read_stamp("00:00:06:28 --> 00:00:08:12")
    assert slow and fast and (frame_rate([slow]), frame_rate([slow, fast])) == (25, 30)


@pytest.mark.parametrize(
    "stamp", ["xx:yy --> 00:00:08,500", "--> 00:00:08,500", "00:0?:06,250 --> 00:0?:08,500"]
)
def test_a_time_beyond_reading_is_told_with_its_cue(stamp: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n{stamp}\nTwo.\n\n3\n00:00:09,000 --> 00:00:10,000\nThree.\n"
    file = parse_subtitles(text.encode(), name="film.srt")
    assert [cue.text for cue in file.cues] == ["One.", "Three."]
    assert "line 6" in file.warnings[0] and "cue 2" in file.warnings[0]
    assert ("no-time", "Two.") in {(item.reason, item.text) for item in file.left_out}
