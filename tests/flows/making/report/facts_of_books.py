"""Facts as a book's report has them, small and with everything in them that a page can show."""

from __future__ import annotations

from typing import Any

LIMITS = (
    ("integrated loudness", -19.1, "LUFS", -19.5, -18.5),
    ("true peak", -3.4, "dBTP", None, -3.0),
    ("noise floor", None, "dBFS", None, -60.0),
    ("missing takes", 0, "", None, 0),
)


def check(passed: bool = True) -> dict[str, Any]:
    """One finished file as judged; where it did not pass, it is too loud."""
    limits = [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "minimum": low,
            "maximum": high,
            "note": "",
            "passed": True,
        }
        for name, value, unit, low, high in LIMITS
    ]
    if not passed:
        limits[0] |= {"value": -14.2, "passed": False}
    return {
        "path": "Book.m4b", "passed": passed, "codec": "aac", "sample_rate": 24_000, "limits": limits
    }  # fmt: skip


def doubt(number: int, **other: Any) -> dict[str, Any]:
    """A doubtful line, enriched with its place."""
    return {
        "id": f"line{number}", "chapter": 1, "chapter_title": "One", "speaker": "Ann", "voice": "high",
        "language": "en", "text": "It is nine, said the clock.", "said": "It is nine, said the clock.",
        "heard": "It is, said the clock.", "key": f"{number:064}", "outcome": "doubtful", "score": -3.0,
        "findings": [{"fault": "dropped", "weight": 0.9, "start": 0.4, "end": 0.8, "said": "nine", "heard": ""}],
        "start": 12.5, "seconds": 2.0, "mend": f"duoyin retake book.duoyin --line line{number}", **other,
    }  # fmt: skip


def book_facts(**other: Any) -> dict[str, Any]:
    """A book of two chapters that nobody has listened to."""
    chapter = {
        "seconds": 60.0, "foretold_seconds": 61.0, "lines": 10, "speakers": 2, "characters": 500,
        "speech_seconds": 50.0, "loudness": -19.0, "rms": -21.0, "true_peak": -3.4,
    }  # fmt: skip
    return {
        "kind": "audiobook", "path": "Book.m4b", "report": "Book.m4b.report.json", "page": "Book.m4b.report.html",
        "passed": True, "sha256": {"Book.m4b": "0" * 64}, "seconds": 120.0, "made_at": "2026-11-29T06:00:00+00:00",
        "duoyin": "0.1.0", "title": "The Two Clocks", "authors": ["Nobody Known"], "series": "", "language": "en",
        "project": "book.duoyin", "format": "m4b", "profile": {"name": "audiobook", "source": "AES TD1008"},
        "engines": ["kokoro"], "lines": 20, "chapters_in_book": ["One", "Two"],
        "chapters": [{"title": "One", "start": 0.0, **chapter}, {"title": "Two", "start": 60.0, **chapter}],
        "speakers": {
            "narrator": {"voice": "low", "lines": 15, "seconds": 80.0, "characters": 800},
            "Ann": {"voice": "high", "lines": 5, "seconds": 20.0, "characters": 200},
        },
        "voices": [
            {
                "voice": name, "engine": "kokoro", "speakers": [speaker], "lines": 5, "seconds": seconds,
                "licence": own, "cloned": False,
            }
            for name, speaker, seconds, own in (("low", "narrator", 80.0, "MIT"), ("high", "Ann", 20.0, ""))
        ],
        "speech_seconds": 100.0, "forecast_seconds": 95.0, "characters_read": 1000, "left_out": {"note-mark": 3},
        "left_out_texts": [{"reason": "note-mark", "characters": 3, "texts": ["[1]"]}],
        "levels": {
            "judged": "loudness", "unit": "LUFS", "profile": "audiobook", "allowed": [-19.5, -18.5], "value": -19.1,
            "true_peak": -3.4, "max_true_peak": -3.0, "step": 3.0, "level": [-19.0, -21.0, None, -18.0] * 10,
            "peaks": [-4.0, -6.0, None, -3.6] * 10,
        },
        "proof": {
            "listener": "", "reason": "the proof extra is not installed", "heard": 0, "inconclusive": 0,
            "doubtful_lines": [], "repaired": [], "unrepaired": "",
        },
        "captions": [], "read_along": ["Book.epub"], "warnings": [], "checks": [check()], **other,
    }  # fmt: skip


def heard(*doubts: dict[str, Any]) -> dict[str, Any]:
    """What is told where somebody listened."""
    return {
        "listener": "whisper-base, 5f0e4c", "reason": "", "heard": 20, "inconclusive": 1, "clean": 19 - len(doubts),
        "doubtful": len(doubts), "doubtful_lines": list(doubts), "repaired": [], "unrepaired": "",
    }  # fmt: skip
