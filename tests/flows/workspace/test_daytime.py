"""Times of day as people write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from flows.workspace.daytime import next_time
from normalizers import DuoyinError


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-01T22:15", "2026-03-02T07:00"),
        ("2026-03-01T06:59", "2026-03-01T07:00"),
        ("2026-03-01T07:00", "2026-03-02T07:00"),
    ],
)
def test_it_is_the_next_time_that_clocks_show_it(now: str, then: str) -> None:
    assert next_time("07:00", datetime.fromisoformat(now)) == datetime.fromisoformat(then)


@pytest.mark.parametrize("clock", ["7:00", "24:00", "07:60", "soon", "07:00 "])
def test_anything_else_is_no_time_of_day(clock: str) -> None:
    with pytest.raises(DuoyinError, match="no time of day"):
        next_time(clock, datetime(2026, 3, 1))
