"""Clock readings as subtitle files write them."""

from __future__ import annotations

import re

# hh:mm:ss,mmm with every laxness met in the wild: hours missing, one-digit fields, a dot, a full-width
# colon or a missing fraction, spaces inside.
_CLOCK = r"-?\s*(?:\d{1,4}\s*[:：]\s*)?\d{1,3}\s*[:：]\s*\d{1,2}(?:\s*[,.，:;]\s*\d{1,9})?"
_ARROW = r"\s*(?:-{1,2}\s?>|—>|–>|→|－－＞|--&gt;)\s*"
TIME_LINE = re.compile(rf"^\s*({_CLOCK}){_ARROW}({_CLOCK})?(?P<rest>.*)$")
_PARTS = re.compile(
    r"(-?)\s*(?:(\d{1,4})\s*[:：]\s*)?(\d{1,3})\s*[:：]\s*(\d{1,2})(?:\s*[,.，:;]\s*(\d{1,9}))?$"
)
_TWO_TIMES = re.compile(r"\d\s*(?:-{1,2}\s?>|—>|–>|→|－－＞)\s*\d")


def has_time_line(text: str) -> bool:
    """Whether an arrow stands between two digits somewhere: SubRip and WebVTT have such lines."""
    return bool(_TWO_TIMES.search(text))


def clock_ms(text: str) -> int | None:
    """Milliseconds of a clock reading; None when it is none. The fraction is decimal: `41,04` is 41.040 s."""
    match = _PARTS.match(text.strip())
    if match is None:
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    total = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
    if fraction:
        total += round(int(fraction) * 1000 / 10 ** len(fraction))
    return -total if sign else total


def clock(ms: int) -> str:
    """`hh:mm:ss.mmm`, for messages."""
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    return f"{sign}{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
