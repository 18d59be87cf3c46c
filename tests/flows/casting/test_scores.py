"""Floors on annotated novels of the shared folder; the published figures are in docs/casting.md."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.casting import attribute, genders
from flows.casting.nouns import as_gender


def scorer(shared: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_quotes", shared / "cases" / "score_quotes.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def records(shared: Path, name: str) -> list[dict[str, Any]]:
    path = shared / "cases" / "quotes" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(shared: Path, name: str, given: bool = False) -> dict[str, Any]:
    score_quotes = scorer(shared)
    total: Counter[str] = Counter()
    for r in records(shared, name):
        spans = [(q["start"], q["end"]) for q in r["quotes"]]
        cast = [{"name": c["name"], "aliases": c.get("aliases", []), "gender": None} for c in r["characters"]]
        got = (
            attribute(r["text"], r["lang"], quotes=spans, characters=cast)
            if given
            else attribute(r["text"], r["lang"])
        )
        found = score_quotes.score_record(r, got)
        if r.get("complete", True):
            found["gold_spans_c"], found["found_spans_c"] = found["gold_spans"], found["found_spans"]
        total.update(found)
    report: dict[str, Any] = score_quotes.report(total)
    return report


def test_every_typographic_convention_is_read(shared: Path) -> None:
    report = score(shared, "typography.jsonl")
    assert report["span_f1"] >= 99 and report["all"]["e2e"] >= 98


@pytest.mark.parametrize(
    ("name", "spans", "end_to_end"),
    [
        ("pdnc-ThePictureOfDorianGray.jsonl", 98.5, 89),
        ("pdnc-AlicesAdventuresInWonderland.jsonl", 97, 90),
        ("pdnc-TheInvisibleMan.jsonl", 97.5, 82),
    ],
)
def test_english_novels_end_to_end(shared: Path, name: str, spans: float, end_to_end: float) -> None:
    report = score(shared, name)
    assert report["span_f1"] >= spans and report["all"]["e2e"] >= end_to_end


def test_a_given_cast_is_used(shared: Path) -> None:
    assert score(shared, "pdnc-HardTimes.jsonl", given=True)["all"]["acc"] >= 91


def test_chinese_excerpts(shared: Path) -> None:
    assert score(shared, "wp.jsonl")["all"]["e2e"] >= 85
    assert score(shared, "wp.jsonl", given=True)["all"]["acc"] >= 91


@pytest.mark.parametrize(("name", "floor"), [("pdnc-PrideAndPrejudice.jsonl", 0.97), ("wp.jsonl", 0.95)])
def test_genders_by_lines_spoken(shared: Path, name: str, floor: float) -> None:
    right = total = 0
    for r in records(shared, name):
        said = Counter(q["speaker"] for q in r["quotes"])
        told = genders(r["text"], r["lang"], names=[c["name"] for c in r["characters"]])
        for c in r["characters"]:
            if c.get("gender"):
                total += said[c["name"]]
                right += said[c["name"]] * (told[c["name"]] == as_gender(c["gender"]))
    assert right >= floor * total
