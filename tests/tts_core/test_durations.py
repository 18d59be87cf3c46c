from __future__ import annotations

import pytest

from tts_core.durations import clock, timecode


@pytest.mark.parametrize(
    ("seconds", "short", "with_hours", "exact"),
    [
        (0, "0:00", "0:00:00", "0:00:00.00"),
        (123.4, "2:03", "0:02:03", "0:02:03.40"),
        (59.999, "1:00", "0:01:00", "0:01:00.00"),
        (3723.25, "1:02:03", "1:02:03", "1:02:03.25"),
    ],
)
def test_a_length_of_time(seconds: float, short: str, with_hours: str, exact: str) -> None:
    assert clock(seconds) == short
    assert clock(seconds, hours=True) == with_hours
    assert clock(seconds, decimals=2) == exact


def test_a_timecode_is_as_cues_have_it() -> None:
    assert timecode(3_723_250) == "01:02:03.250"
    assert timecode(3_723_250, ",") == "01:02:03,250"
    assert timecode(-500) == "-00:00:00.500"
