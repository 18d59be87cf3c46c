"""Facts as a dub's report has them, small."""

from __future__ import annotations

from typing import Any

from tests.flows.making.report.facts_of_books import book_facts


def cue(number: int, start: float, **other: Any) -> dict[str, Any]:
    """A line that is in time."""
    return {
        "id": f"line{number}", "cue": number, "lane": "ANN", "speaker": "ANN", "text": "It is nine.",
        "source_start": start, "source_end": start + 1.5, "planned_start": start, "planned_end": start + 1.4,
        "start": start, "end": start + 1.4, "onset_error_ms": 2.0, "heard": True, "in_window": True, "rate": 1.1,
        "excess_ms": 0, "reason": "", "placed": True, "why": [], **other,
    }  # fmt: skip


def dub_facts(**other: Any) -> dict[str, Any]:
    """A dub of two lines, the second of them late."""
    late = cue(2, 4.0, onset_error_ms=700.0, in_window=False, why=[{"what": "late", "ms": 700}])
    facts = book_facts(
        kind="dub", path="film.dub.mkv", report="film.dub.mkv.report.json", title="film", project="film.duoyin",
        chapters=[], seconds=8.0, video="film.mkv", profile={"name": "ebu-r128", "source": "EBU R 128"},
        gates=[
            {"name": "lost_lines", "value": 0, "limit": "≤ 0", "passed": True},
            {"name": "onsets_in_window", "value": 0.95, "limit": "≥ 0.9", "passed": True},
        ],
        metrics={"lines": 2, "lost_lines": 0, "rate_max": 1.1}, lines=[cue(1, 1.0), late],
    )  # fmt: skip
    return {key: value for key, value in (facts | other).items() if key not in ("checks", "chapters_in_book")}
