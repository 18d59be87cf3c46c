"""Clock readings as subtitle files write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_MARK = r"[:;.,'’`·、。]"
_CLOCK = rf"[-−+]?\s*\d{{1,9}}(?:\s*{_MARK}\s*[-−]?\s*\d{{1,20}}){{1,4}}(?:\s\d{{3}}(?!\d))?"
_UNITS = re.compile(
    r"(?<=\d)\s*(?:h|hrs?|m|min|時|时|分)\s*(?=\d)|(?<=\d)\s*(?:s|sec|秒)\s*(?=\d)", re.IGNORECASE
)
_LAST_UNIT = re.compile(r"(?<=\d)\s*(?:s|sec|ms|秒)(?![a-z])", re.IGNORECASE)
_DIGIT_LIKE = re.compile(
    r"(?<=[\d:;.,])[OolI](?=[\dOolI:;.,\s])|(?<=[\d:;.,][OolI])[OolI](?![a-z])|\b[OolI](?=\d[:;])"
)
_LIKE = str.maketrans("OolI", "0011")
_DASH = r"[-=~_–—−―‒‐‑─]"
_ARROW = rf"(?:(?:{_DASH}\s?){{0,6}}(?:>+|&gt;|[→⇒➔➜➝⟶»›〉》]))"
_WEAK = rf"(?:{_DASH}{{1,3}}|[|/～〜]|\bto\b|[至到]|[,;]|\s)"
_OPEN, _CLOSE = r"[\[({<\"'“”‘「『【*#]*", r"[\])}>\"'“”’」』】*#]*"
_INDEX = re.compile(r"^\s*\d{1,6}\s*[.):\]、]?\s+(?=\S*\d)")
_STRONG_LINE = re.compile(
    rf"\s*{_OPEN}\s*(?P<start>{_CLOCK})\s*{_CLOSE}\s*{_ARROW}\s*{_OPEN}\s*(?P<end>{_CLOCK})?{_CLOSE}(?P<rest>.*)$"
)
_WEAK_LINE = re.compile(
    rf"\s*{_OPEN}\s*(?P<start>{_CLOCK})\s*{_CLOSE}\s*{_WEAK}\s*{_OPEN}\s*(?P<end>{_CLOCK})\s*{_CLOSE}"
    r"(?P<rest>(?:\s+\w+:\S+)*)\s*$"
)
_SEEMS = re.compile(rf"{_DASH}\s?>|→|⇒|－＞|--&gt;")
_SETTING = re.compile(r"(?:^|(?<=\s))[A-Za-z]\w*\s?:\s?-?[\w.%,+-]+")
_TWO_TIMES = re.compile(r"\d\s*(?:-{1,2}\s?>|—>|–>|→|－－＞)\s*\d")
_USUAL = re.compile(
    r"\s*(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{3})\s*-->\s*(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{3})\s*$"
)
_USUAL_CLOCK = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{2,3})")
_DIGITS = re.compile(r"\d\D{0,4}\d")
MAX_STAMP = 200
"""Characters; a longer line is speech."""
FRAMES_PER_SECOND = 25
"""Where frames are counted and none is beyond it; else thirty."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock reading: milliseconds, and the frames that stand in place of a fraction (`00:00:06:15`), or None."""

    ms: int
    frames: int | None = None

    def at(self, rate: int) -> int:
        """Milliseconds, with `rate` frames a second."""
        if self.frames is None:
            return self.ms
        part = round(self.frames * 1000 / rate)
        return self.ms - part if self.ms < 0 else self.ms + part


@dataclass(frozen=True, slots=True)
class Stamp:
    """A line of two times.

    Args:
        rest: what stands behind them and is neither a position nor a setting.
        arrow: whether an arrow parts them; what only a dash or `to` parts may be said by somebody.
    """

    start: Clock
    end: Clock | None
    rest: str = ""
    arrow: bool = True


def has_time_line(text: str) -> bool:
    """Whether a line of two times stands somewhere: SubRip and WebVTT have such lines."""
    if _TWO_TIMES.search(text):
        return True
    stamps = (read_stamp(line) for line in text.split("\n"))
    return any(stamp is not None and stamp.end is not None for stamp in stamps)


def _clock(hours: int, minutes: int, seconds: int, milliseconds: int) -> Clock:
    return Clock(((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds)


def read_stamp(line: str) -> Stamp | None:
    """The times of a line, in whatever signs; None where the line is none of times.

    Taken for what they are: full-width digits, any of `: ; . ,` between the fields, hours or a fraction missing or
    too long, hours and seconds by letters, a capital O for a nought, brackets and quotes, an index before the times,
    arrows of any length, and, between two full times that are alone on their line, a dash, `to` or nothing.
    """
    usual = _USUAL.match(line)
    if usual:
        fields = [int(field) for field in usual.groups()]
        return Stamp(_clock(*fields[:4]), _clock(*fields[4:]))
    if len(line) > MAX_STAMP or not _DIGITS.search(line):
        return None
    text = unicodedata.normalize("NFKC", line).replace("\ufeff", "")
    match = _STRONG_LINE.match(text) or _STRONG_LINE.match(_INDEX.sub("", text))
    if match is None:
        spelled = _LAST_UNIT.sub("", _UNITS.sub(lambda m: "." if m[0].strip()[0] in "sS秒" else ":", text))
        spelled = _DIGIT_LIKE.sub(lambda m: m[0].translate(_LIKE), spelled)
        match = (
            _STRONG_LINE.match(spelled)
            or _WEAK_LINE.match(spelled)
            or _WEAK_LINE.match(_INDEX.sub("", spelled))
        )
        if match is None:
            return None
    if read_clock(match["start"]) is None:  # 2: 00:00:06,250
        match = match.re.match(_INDEX.sub("", match.string)) or match
    start, end = read_clock(match["start"]), read_clock(match["end"] or "")
    weak = match.re is _WEAK_LINE
    if start is None or (weak and (end is None or not _full(match["start"]) or not _full(match["end"]))):
        return None
    rest = _SETTING.sub("", match["rest"]).strip() if match["rest"] else ""
    # What cannot be read of an end is no speech.
    speech = end is not None and re.search(r"[^\W\d_]{2}|[^\x00-\u2fff]", rest)
    return Stamp(start, end, rest if speech else "", arrow=not weak)


def _full(text: str) -> bool:
    return len(re.findall(r"\d+", text)) >= 3


def seems_stamp(line: str) -> bool:
    """Whether a line that no time can be read of was meant for one: it has an arrow, no markup and no sentence."""
    if len(line) > MAX_STAMP or line.startswith("<") or not _SEEMS.search(line):
        return False
    words = re.findall(r"[^\W\d_]{3,}", line)
    return len(words) <= 2


def read_clock(text: str) -> Clock | None:
    """A clock reading; None when it is none. A fraction is decimal: `41,04` is 41.040 s."""
    text = text.strip()
    usual = _USUAL_CLOCK.fullmatch(text)
    if usual:
        hours, minutes, seconds, fraction = usual.groups()
        return _clock(int(hours), int(minutes), int(seconds), int(fraction.ljust(3, "0")))
    if not re.fullmatch(_CLOCK, text):
        return None
    marks = [re.sub(r"[\s\d−+-]", "", part) or " " for part in re.findall(r"\d(\D+)(?=\d)", text)]
    fields = re.findall(r"\d+", text)
    if len(fields) == 5 and len(fields[3]) < 3:
        if marks[3] != "." or marks[2] not in ",.":
            return None
        fields[3] = fields[3].zfill(3)  # 35,74.6796875: milliseconds as a program prints them
    negative = bool(re.search(r"[-−]", text))
    whole, fraction, frames = _fields(fields, marks)
    seconds = 0
    for field in whole:
        seconds = seconds * 60 + int(field)
    ms = seconds * 1000 + (round(int(fraction) * 1000 / 10 ** len(fraction)) if fraction else 0)
    if negative:
        return Clock(-ms)
    return Clock(ms, int(frames) if frames else None)


def _fields(fields: list[str], marks: list[str]) -> tuple[list[str], str, str]:
    """Hours, minutes and seconds as far as they are there; then the fraction, or the frames.

    The last field is a fraction where its mark differs from those before it or where it has three digits. Four
    fields between colons (or the semicolon of drop frames) end with frames, as time codes do (SMPTE ST 12-1).
    """
    count, last = len(fields), fields[-1]
    if count == 5 or (count == 4 and len(fields[2]) > 2 and marks[2] in ",."):
        return fields[: count - 2], fields[count - 2], ""  # 06,249.0999: thousandths, and parts of them
    if count == 4:
        if marks[2] in ":;" and len(last) == 2 and int(last) < 30:
            return fields[:3], "", last
        return fields[:3], last, ""
    if count == 3:
        decimal = (marks[1] in ",." and marks[0] in ":;") or marks[1] == " " or len(last) > 2
        return (fields[:2], last, "") if decimal else (fields, "", "")
    decimal = marks[0] in ",." or len(last) > 2
    return (fields[:1], last, "") if decimal else (fields, "", "")


def frame_rate(stamps: Iterable[Stamp]) -> int:
    """Frames a second of a file: 25, or 30 where a time has a frame past the twenty-fifth."""
    frames = [c.frames or 0 for stamp in stamps for c in (stamp.start, stamp.end) if c is not None]
    return 30 if max(frames, default=0) >= FRAMES_PER_SECOND else FRAMES_PER_SECOND


def clock_ms(text: str) -> int | None:
    """Milliseconds of a clock reading; None when it is none. A last field of two digits is hundredths."""
    found = read_clock(unicodedata.normalize("NFKC", text))
    return None if found is None else found.at(100)
