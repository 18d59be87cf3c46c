r"""Advanced SubStation Alpha and SubStation Alpha.

pysubs2 reads the columns in one fixed order and keeps no line numbers; here the `Format:` line of `[Events]`
decides, so that `Actor` instead of `Name` or a moved `Layer` is read rightly and a message can name the line.
"""

from __future__ import annotations

import re

from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.times import clock_ms

_ASS_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_SECTION = re.compile(r"^\s*(?:\[Script Info\]|\[V4\+? Styles\]|\[Events\]|Dialogue\s*:)", re.M | re.I)
_COMMA_FRACTION = re.compile(r"((?:^|,)\s*\d+:\d{1,2}:\d{1,2}),(\d{1,3})(?=,\s*\d+:\d|,[^,:]*,)")
"""A comma in a time, which is the mark between fields as well."""
_VERSION_4 = re.compile(r"^\[V4 Styles\]|ScriptType:\s*v4\.00\s*$", re.M | re.I)


def read(text: str) -> Cues:
    """Dialogue and comment events in file order."""
    cues: list[RawCue] = []
    left_out: list[LeftOutText] = []
    warnings: list[str] = []
    fields: tuple[str, ...] = _ASS_FIELDS
    in_events = "[events]" not in text.lower()
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            in_events = stripped.lower() == "[events]"
            continue
        if not in_events or not stripped or stripped.startswith(";"):
            continue
        kind, colon, rest = stripped.partition(":")
        kind = kind.strip().lower()
        if not colon or kind not in ("format", "dialogue", "comment"):
            continue
        if kind == "format":
            fields = tuple(field.strip().lower() for field in rest.split(","))
            continue
        values = _COMMA_FRACTION.sub(r"\1.\2", rest.lstrip(), count=2).split(",", len(fields) - 1)
        if len(values) < len(fields):
            warnings.append(f"line {number}: an event with {len(values)} of {len(fields)} fields is not read")
            continue
        event = dict(zip(fields, values))
        start, end = clock_ms(event.get("start", "")), clock_ms(event.get("end", ""))
        if start is None or end is None:
            warnings.append(f"line {number}: an event without a readable time is not read")
            left_out.append(LeftOutText("no-time", event.get("text", ""), 0, number))
            continue
        layer = event.get("layer", "0").strip()
        cues.append(
            RawCue(
                len(cues) + 1,
                number,
                start,
                end,
                re.sub(r"\\[Nn]", "\n", event.get("text", "")),
                style=event.get("style", "").strip().lstrip("*"),
                actor=(event.get("name") or event.get("actor") or "").strip(),
                layer=int(layer) if layer.lstrip("-").isdigit() else 0,
                effect=event.get("effect", "").strip(),
                comment=kind == "comment",
            )
        )
    return Cues(tuple(cues), tuple(left_out), tuple(warnings))


def looks_like_ass(text: str) -> Likeness:
    """Sections of SubStation, or events without any."""
    return Likeness.CERTAINLY if _SECTION.search(text) and not _VERSION_4.search(text) else Likeness.NOT


def looks_like_ssa(text: str) -> Likeness:
    """The same with the styles or the script type of version 4.00."""
    return Likeness.CERTAINLY if _SECTION.search(text) and _VERSION_4.search(text) else Likeness.NOT


ASS = CueFormat("ass", (".ass",), looks_like_ass, read, override_codes=True)
SSA = CueFormat("ssa", (".ssa",), looks_like_ssa, read, override_codes=True)
