"""What is peculiar to the page of a dub: its gates in words and units, and its lines on a timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.making.report.pagewords import PageWords, number
from tts_core.durations import clock

FIRST_GATES = ("lost_lines", "onsets_in_window", "overlap_ms", "hard_rate_violations", "speech_over_bed_lu")
"""What a viewer notices first: every line is there, in time, alone, at a human pace, and can be understood."""
STEAD = ("speech_lufs", "loudness", "unplaced_lines")
"""Gates that move up where one of those was not judged: a dub without the original has nothing under its speech."""
MOST_CUES = 1_200
"""Lines in the table."""
MOST_DRAWN = 1_200
"""Lines up to which the timeline is drawn."""
SECONDS_A_ROW = 60.0
"""Of a drawing; a shorter programme has one that is as long as it."""
LANE = 46
"""Pixels of a speaker in a drawing: a name and three bars."""
HEAD = 16

_PERCENT = frozenset({"onsets_in_window", "rate_jump_p95", "soft_rate_share", "speech_iou"})
_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value as it is shown: what it is, how much, how much is allowed ('' where nothing is judged)."""

    name: str
    label: str
    value: str
    allowed: str = ""
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a drawing: left end and length in percent, height from above in pixels."""

    kind: str
    left: float
    width: float
    top: int
    line: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Minute:
    """A drawing of a minute: lanes with their heights from above in pixels, and bars."""

    first: str
    last: str
    height: int
    lanes: tuple[tuple[int, str], ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class DubView:
    """What the template shows of a dub.

    Args:
        first, others: gates. figures: what is measured and not judged.
        wanting: lines that want an ear, lost ones first. lines: those of the table.
        minutes: the timeline; none where it would be too large.
    """

    first: tuple[Figure, ...]
    others: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    wanting: tuple[Mapping[str, Any], ...]
    lines: tuple[Mapping[str, Any], ...]
    minutes: tuple[Minute, ...]

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in (*self.first, *self.others) if not figure.passed]


def dub_view(facts: Mapping[str, Any], words: PageWords) -> DubView:
    """The gates, figures and lines of a dub as its page shows them."""
    gates = {gate["name"]: _gate(gate, words) for gate in facts["gates"]}
    first = [name for name in (*FIRST_GATES, *STEAD) if name in gates][: len(FIRST_GATES)]
    metrics = [name for name in facts["metrics"] if name not in gates]
    lines: Sequence[Mapping[str, Any]] = facts["lines"]
    wanting = sorted((line for line in lines if line["why"]), key=_urgency)
    return DubView(
        tuple(gates[name] for name in first),
        tuple(gate for name, gate in gates.items() if name not in first),
        tuple(
            Figure(name, _label("metric", name, words), _value(name, facts["metrics"][name], words))
            for name in metrics
        ),
        tuple(wanting),
        tuple(lines[:MOST_CUES]),
        tuple(_minutes(lines, facts["seconds"])) if len(lines) <= MOST_DRAWN else (),
    )


def _urgency(line: Mapping[str, Any]) -> tuple[int, float]:
    """Lines that are not there come first, then those furthest from their place."""
    kinds = {why["what"] for why in line["why"]}
    return (
        0 if kinds & {"lost", "unplaced"} else 1,
        -max((why.get("ms", 0.0) for why in line["why"]), default=0.0),
    )


def _gate(gate: Mapping[str, Any], words: PageWords) -> Figure:
    name = gate["name"]
    return Figure(
        name,
        _label("gate", name, words),
        _value(name, gate["value"], words),
        _allowed(gate, words),
        gate["passed"],
    )


def _label(group: str, name: str, words: PageWords) -> str:
    key = f"{group}.{name}"
    return str(words.say(key)) if words.has(key) else name.replace("_", " ")


def _value(name: str, value: float | None, words: PageWords) -> str:
    """A value with its unit, which its name tells."""
    if value is None:
        return "–"
    if name in _PERCENT:
        return str(words.percent(value))
    if name.endswith("_ms"):
        return f"{number(value, 0)} ms"
    if name.endswith("_ms_per_minute"):
        return f"{number(value)} ms/min"
    if name.startswith("syllables_per_second"):
        return f"{number(value)} {words.say('unit.per_second')}"
    if name.endswith("_samples"):
        return f"{number(value, 0)} {words.say('unit.samples')}"
    if name.endswith("_lu"):
        return f"{number(value)} LU"
    if name in ("loudness", "speech_lufs"):
        return f"{number(value)} LUFS"
    if name == "rate_max":
        return f"{number(value, 2)}×"
    return number(value, 0)


def _allowed(gate: Mapping[str, Any], words: PageWords) -> str:
    """A limit (`≤ 0.2`, `within ±5.1 (…)`, `-23.0 ±1.0 LUFS`) in words, with the unit of what it limits."""
    text = gate["limit"].split("(")[0].strip()
    found = [float(part) for part in _NUMBER.findall(text.replace("±", " "))]
    if "±" in text and len(found) == 2:
        low, high = found[0] - found[1], found[0] + found[1]
    elif "±" in text:
        low, high = -found[0], found[0]
    else:
        value = _value(gate["name"], found[0], words)
        kinds = {"≤": "check.most", "≥": "check.least"}
        return str(words.say(kinds.get(text[0], "check.exactly"), low=value, high=value))
    return str(words.say("check.between", low=number(low), high=_value(gate["name"], high, words)))


def _minutes(lines: Sequence[Mapping[str, Any]], seconds: float) -> Iterator[Minute]:
    """For each minute and speaker: when the subtitles show a line, where it was to be, where it is heard."""
    row = max(1.0, min(SECONDS_A_ROW, seconds))
    by_minute: dict[int, list[Mapping[str, Any]]] = {}
    for line in lines:
        begin, end = min(line["source_start"], line["start"]), max(line["source_end"], line["end"])
        for k in range(int(begin // row), int(end // row) + 1):
            by_minute.setdefault(k, []).append(line)
    for k, within in sorted(by_minute.items()):
        lanes = list(dict.fromkeys(sorted(line["lane"] for line in within)))
        bars = [
            bar for line in within for bar in _bars(line, k, row, HEAD + LANE * lanes.index(line["lane"]))
        ]
        yield Minute(
            clock(k * row),
            clock(min(seconds, (k + 1) * row)),
            HEAD + LANE * len(lanes),
            tuple((HEAD + LANE * at, lane) for at, lane in enumerate(lanes)),
            tuple(bars),
        )


def _bars(line: Mapping[str, Any], minute: int, length: float, top: int) -> Iterator[Bar]:
    rows = [("source", line["source_start"], line["source_end"])]
    if line["placed"]:
        rows.append(("planned", line["planned_start"], line["planned_end"]))
        rows.append(("flagged" if line["why"] else "delivered", line["start"], line["end"]))
    for row, (kind, begin, end) in enumerate(rows):
        left = max(0.0, begin / length - minute)
        right = min(1.0, end / length - minute)
        if right > left:
            width = max(0.3, 100 * (right - left))
            yield Bar(kind, round(100 * left, 2), round(width, 2), top + 15 + 10 * row, line)
