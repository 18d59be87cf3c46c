from __future__ import annotations

import pytest

from tts_core.durations import clock


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
