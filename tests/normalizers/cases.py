"""Scores on case files, with the folding of the conventions (../shared/cases/README.md)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from normalizers import normalize, split, to_pinyin

FILES = ("normalize_zh", "normalize_en", "sentences_zh", "sentences_en", "polyphone_zh")
FLOORS = Path(__file__).with_name("floors.json")
"""Cases right per file and category, as reached; a test fails when a category falls below."""


def scorer(shared: Path) -> ModuleType:
    """The shared scoring script as a module."""
    spec = importlib.util.spec_from_file_location("score", shared / "cases" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(shared: Path, name: str, file: Path | None = None) -> dict[str, tuple[int, int]]:
    """Category → (right, all) for one case file, by default the shared one of that name."""
    judge = scorer(shared)
    task, language = name.removeprefix("novels_").split("_")
    table: dict[str, tuple[int, int]] = {}
    for text, expected, category, _ in judge.load(str(file or shared / "cases" / f"{name}.tsv")):
        right = _RIGHT[task](judge, text, expected, language)
        good, total = table.get(category, (0, 0))
        table[category] = (good + right, total + 1)
    return dict(sorted(table.items()))


def _normalized(judge: ModuleType, text: str, expected: str, language: str) -> bool:
    fold = judge.fold_en if language == "en" else judge.fold_zh
    return fold(normalize(text, language)) in [fold(answer) for answer in expected.split(" || ")]


def _split(judge: ModuleType, text: str, expected: str, language: str) -> bool:
    wanted = json.loads(expected)
    answers = wanted if isinstance(wanted[0], list) else [wanted]
    have = [judge.fold_sentence(s) for s in split(text, language)]
    return have in [[judge.fold_sentence(s) for s in answer] for answer in answers]


def _read(judge: ModuleType, text: str, expected: str, language: str) -> bool:
    at = text.index(judge.MARK)
    reading = to_pinyin(text.replace(judge.MARK, ""))[at]
    return judge.fold_pinyin(reading) in [judge.fold_pinyin(answer) for answer in expected.split(" || ")]


_RIGHT: dict[str, Callable[[ModuleType, str, str, str], bool]] = {
    "normalize": _normalized,
    "sentences": _split,
    "polyphone": _read,
}
