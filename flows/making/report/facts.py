"""What is told of a finished audiobook, as plain data: report.json holds it, and the page shows nothing else.

Paths are relative to the folder of the report, times are seconds, levels that nothing has (silence) are null.
"""

from __future__ import annotations

import importlib.metadata
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.making.book import Book
from flows.making.coverage import DELETED
from flows.making.plan import PlannedLine, guess_seconds
from flows.making.voices import Voices
from flows.mastering.check import CheckReport, without_infinities
from flows.mastering.exports.base import MasterChapter
from flows.mastering.loudness import CURVE_POINTS, HOP, SHORT_TERM_HOPS, Curve
from flows.mastering.profiles import Profile
from flows.script.line import Line
from flows.script.manuscript import count_characters
from flows.workspace.project import Project
from tts_core.sound import SILENT


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is heard.

    Args:
        chapter: title of the chapter; '' where there are none. start: seconds in the whole; it takes `seconds`.
        file: the finished file that it is in. at: seconds in that file.
    """

    chapter: str
    start: float
    seconds: float
    file: Path
    at: float


@dataclass(frozen=True, slots=True)
class Made:
    """A finished audiobook, as the report looks at it.

    Args:
        planned: lines and takes. chapters: as stitched; `times` (title, start, seconds): as delivered.
        checks: of each finished file. profile: that they are judged by.
    """

    project: Project
    book: Book
    planned: Sequence[PlannedLine]
    chapters: Sequence[MasterChapter]
    times: Sequence[tuple[str, float, float]]
    checks: Sequence[CheckReport]
    profile: Profile

    def places(self) -> dict[str, Place]:
        """Where each line that sounds is heard, by its id."""
        whole = len(self.checks) == 1
        found: dict[str, Place] = {}
        for number, (chapter, (title, start, _)) in enumerate(zip(self.chapters, self.times)):
            file = Path(self.checks[0 if whole else number].path)
            for line in chapter.lines:
                at = line.start + (start if whole else 0.0)
                found[line.id] = Place(title, start + line.start, line.end - line.start, file, at)
        return found


def book_facts(made: Made, delivered: Mapping[str, Any], places: Mapping[str, Place]) -> dict[str, Any]:
    """Everything the report tells of an audiobook.

    Args:
        delivered: the delivery as plain data, its paths absolute. places: of `made`.
    """
    manuscript, seconds = made.book.manuscript, _seconds_by_line(made.chapters)
    speech = sum(seconds.values())
    guessed = sum(guess_seconds(u) for line in made.planned if (u := line.utterance))
    facts = {
        "kind": "audiobook",
        **relative(delivered),
        **made_now(),
        "title": manuscript.title or made.project.source.stem,
        "authors": list(manuscript.authors),
        "series": " #".join(filter(None, (manuscript.series, manuscript.series_index))),
        "language": made.book.language,
        "project": made.project.typed(),
        "format": made.project.settings.format,
        "profile": asdict(made.profile),
        "engines": sorted({line.engine for line in made.planned if line.key}),
        "lines": sum(1 for line in made.planned if line.key),
        "chapters_in_book": [chapter.title for chapter in manuscript.chapters],
        "chapters": _chapters(made, seconds, speech / guessed if guessed else 1.0),
        "speakers": speakers(made.planned, seconds),
        "voices": voices(made.planned, seconds, made.book.voices),
        "speech_seconds": round(speech, 3),
        "forecast_seconds": round(guessed, 3),
        "left_out_texts": _left_out(made),
        "levels": book_levels(made.checks, made.profile),
        "proof": heard(
            delivered["proof"],
            places,
            {item.line.id: item.line for item in made.planned},
            made.project,
        ),
    }
    plain: dict[str, Any] = without_infinities(facts)
    return plain


def relative(delivered: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as plain data, its paths relative to the folder of its report; without the text for a terminal."""
    folder = Path(delivered["report"]).parent

    def moved(path: str) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    data = {key: value for key, value in delivered.items() if key != "summary"}
    data |= {key: moved(data[key]) for key in ("path", "report", "page") if key in data}
    if "sha256" in data:
        data["sha256"] = {moved(path): digest for path, digest in data["sha256"].items()}
    data |= {key: [moved(path) for path in data[key]] for key in ("captions", "read_along") if key in data}
    if "checks" in data:
        data["checks"] = [{**check, "path": moved(check["path"])} for check in data["checks"]]
    return data


def made_now() -> dict[str, str]:
    """When, and with which version of Duoyin."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"made_at": now, "duoyin": importlib.metadata.version("duoyin")}


def _seconds_by_line(chapters: Sequence[MasterChapter]) -> dict[str, float]:
    return {line.id: line.end - line.start for chapter in chapters for line in chapter.lines}


def _chapters(made: Made, seconds: Mapping[str, float], pace: float) -> list[dict[str, Any]]:
    """A row a chapter; `foretold_seconds`: by its characters, at the pace of the whole book, pauses as they are."""
    lines = {line.line.id: line for line in made.planned}
    levels = [levels for check in made.checks for levels in check.chapters]
    rows: list[dict[str, Any]] = []
    for number, (chapter, (title, start, length)) in enumerate(zip(made.chapters, made.times)):
        own = [lines[line.id] for line in chapter.lines]
        spoken = sum(seconds[line.id] for line in chapter.lines)
        foretold = pace * sum(guess_seconds(u) for line in own if (u := line.utterance))
        level = levels[number] if len(levels) == len(made.chapters) else None
        rows.append(
            {
                "title": title,
                "start": round(start, 3),
                "seconds": round(length, 3),
                "foretold_seconds": round(length - spoken + foretold, 3),
                "lines": len(own),
                "speakers": len({line.line.speaker for line in own}),
                "characters": sum(count_characters(line.line.text) for line in own),
                "speech_seconds": round(spoken, 3),
                "loudness": round(level.integrated, 2) if level else None,
                "rms": round(level.rms, 2) if level else None,
                "true_peak": round(level.true_peak, 2) if level else None,
            }
        )
    return rows


def speakers(planned: Sequence[PlannedLine], seconds: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Voice, lines, seconds and characters by speaker, who speaks most first.

    Args:
        seconds: of speech, by line id.
    """
    rows: dict[str, dict[str, Any]] = {}
    for item in planned:
        row = rows.setdefault(
            item.line.speaker, {"voice": item.voice, "lines": 0, "seconds": 0.0, "characters": 0}
        )
        row["lines"] += 1
        row["seconds"] += seconds.get(item.line.id, 0.0)
        row["characters"] += count_characters(item.line.text)
    ordered = sorted(rows.items(), key=lambda pair: (-pair[1]["seconds"], pair[0]))
    return {name: {**row, "seconds": round(row["seconds"], 3)} for name, row in ordered}


def voices(
    planned: Sequence[PlannedLine], seconds: Mapping[str, float], used: Voices
) -> list[dict[str, Any]]:
    """The voices that are heard, with what each is used under and whom it speaks for; most heard first.

    Args:
        seconds: of speech, by line id. used: what each voice is used under.
    """
    rows: dict[str, dict[str, Any]] = {}
    for item in planned:
        if not item.key:
            continue
        row = rows.setdefault(
            item.voice,
            {"voice": item.voice, "engine": item.engine, "speakers": {}, "lines": 0, "seconds": 0.0},
        )
        row["speakers"][item.line.speaker] = None
        row["lines"] += 1
        row["seconds"] += seconds.get(item.line.id, 0.0)
    ordered = sorted(rows.values(), key=lambda row: (-row["seconds"], row["voice"]))
    return [
        {
            **row,
            "speakers": list(row["speakers"]),
            "seconds": round(row["seconds"], 3),
            "licence": used.consents.get(row["voice"], ""),
            "cloned": row["voice"] in used.cloned,
        }
        for row in ordered
    ]


def _left_out(made: Made) -> list[dict[str, Any]]:
    left_out = [(item.reason, item.text) for item in made.book.manuscript.left_out]
    removed = [(DELETED, line.text) for line in made.book.script.removed]
    silent = [("no-words", item.line.text) for item in made.planned if not item.key and item.line.text]
    return texts_by_reason([*left_out, *removed, *silent])


def texts_by_reason(left_out: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """What is not read aloud, by reason, most characters first; the whole texts.

    Args:
        left_out: (reason, text).
    """
    rows: dict[str, dict[str, Any]] = {}
    for reason, text in left_out:
        row = rows.setdefault(reason, {"reason": reason, "characters": 0, "texts": []})
        row["characters"] += count_characters(text)
        row["texts"].append(text)
    return sorted(rows.values(), key=lambda row: (-row["characters"], row["reason"]))


def book_levels(checks: Sequence[CheckReport], profile: Profile) -> dict[str, Any] | None:
    """What a profile judges (loudness in LUFS, or RMS in dBFS) and the peaks, a value every `step` seconds, with what
    is allowed and what the whole measures; None where no sound was measured."""
    judged = "rms" if profile.rms_range is not None else "loudness"
    curves = [(check.curve, check.seconds) for check in checks]
    total = sum(seconds for _, seconds in curves)
    if not total or any(curve is None for curve, _ in curves):
        return None
    only = curves[0][0]
    if len(curves) == 1 and only is not None:
        step, level, peaks = only.step, list(getattr(only, judged)), list(only.peaks)
    else:
        step = max(SHORT_TERM_HOPS * HOP, math.ceil(total / CURVE_POINTS * 10) / 10)
        level, peaks = _joined(curves, judged, step, math.ceil(total / step))
    allowed = profile.rms_range
    if profile.target_lufs is not None and profile.loudness_tolerance is not None:
        allowed = (
            profile.target_lufs - profile.loudness_tolerance,
            profile.target_lufs + profile.loudness_tolerance,
        )
    whole = [(check.rms if judged == "rms" else check.integrated, check.seconds) for check in checks]
    return levels(
        step,
        level,
        peaks,
        judged=judged,
        profile=profile.name,
        allowed=allowed,
        value=_mean_level(whole),
        true_peak=max(check.true_peak for check in checks),
        max_true_peak=profile.max_true_peak,
    )


def levels(
    step: float,
    level: Sequence[float],
    peaks: Sequence[float],
    *,
    judged: str,
    profile: str,
    allowed: tuple[float, float] | None,
    value: float,
    true_peak: float,
    max_true_peak: float,
) -> dict[str, Any]:
    """A curve with its limits, as plain data.

    Args:
        judged: what `level` is: loudness or rms. allowed: of the whole file. value: what that measures.
    """
    return {
        "judged": judged,
        "unit": "dBFS" if judged == "rms" else "LUFS",
        "profile": profile,
        "allowed": list(allowed) if allowed else None,
        "value": round(value, 2),
        "true_peak": round(true_peak, 2),
        "max_true_peak": max_true_peak,
        "step": round(step, 3),
        "level": [round(number, 1) if math.isfinite(number) else None for number in level],
        "peaks": [round(number, 1) if math.isfinite(number) else None for number in peaks],
    }


def _mean_level(parts: Sequence[tuple[float, float]]) -> float:
    """The level of several files together, weighted by their seconds."""
    power = sum(seconds * 10 ** (level / 10) for level, seconds in parts)
    return 10 * math.log10(power / sum(seconds for _, seconds in parts)) if power > 0 else SILENT


def _joined(
    curves: Sequence[tuple[Curve | None, float]], judged: str, step: float, count: int
) -> tuple[list[float], list[float]]:
    """The curves of several files on one grid: mean power, highest peak."""
    power, weight, peaks = [0.0] * count, [0.0] * count, [SILENT] * count
    for at, length, value, peak in _points(curves, judged):
        k = min(count - 1, int(at / step))
        power[k] += length * 10 ** (value / 10)
        weight[k] += length
        peaks[k] = max(peaks[k], peak)
    mean = [10 * math.log10(p / w) if p > 0 and w > 0 else SILENT for p, w in zip(power, weight)]
    return mean, peaks


def _points(
    curves: Sequence[tuple[Curve | None, float]], judged: str
) -> Iterator[tuple[float, float, float, float]]:
    """(middle, length, level, peak) of each stretch."""
    begin = 0.0
    for curve, seconds in curves:
        if curve is not None:
            for k, (value, peak) in enumerate(zip(getattr(curve, judged), curve.peaks)):
                length = min(curve.step, max(0.0, seconds - k * curve.step)) or curve.step
                yield begin + k * curve.step + length / 2, length, value, peak
        begin += seconds


def heard(
    proof: Mapping[str, Any], places: Mapping[str, Place], lines: Mapping[str, Line], project: Project
) -> dict[str, Any]:
    """What listening found, each doubtful line with its place in the file and what a person can do.

    Args:
        proof: as a delivery has it.
        places: by line id. lines: of the script, by id.
    """
    return {
        **proof,
        "doubtful_lines": [
            {
                **row,
                "language": lines[row["id"]].language,
                "chapter_title": place.chapter if place else "",
                "start": round(place.start, 3) if place else None,
                "seconds": round(place.seconds, 3) if place else 0.0,
                "mend": mend(project, row["id"]),
            }
            for row in proof["doubtful_lines"]
            for place in [places.get(row["id"])]
        ],
    }


def mend(project: Project, line: str) -> str:
    """The command that speaks a line anew, as it is typed in the folder that holds the project."""
    return f"duoyin retake {project.typed()} --line {line}"
