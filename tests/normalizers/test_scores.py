"""The scores on the shared cases are printed, and no category may fall below what has been reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.normalizers.cases import FILES, FLOORS, score


@pytest.mark.parametrize("name", FILES)
def test_no_category_falls_below_what_has_been_reached(
    shared: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))[name]
    table = score(shared, name)
    right, total = (sum(row[i] for row in table.values()) for i in (0, 1))
    with capsys.disabled():
        print(f"\n{name}: {right}/{total} = {100 * right / total:.1f} %")
        for category, (good, cases) in table.items():
            print(f"  {category:24s} {good:4d}/{cases:<4d} {100 * good / cases:5.1f} %")
    fallen = {
        category: (table.get(category, (0, 0))[0], floor)
        for category, floor in floors.items()
        if table.get(category, (0, 0))[0] < floor
    }
    assert not fallen, f"right now against floor: {fallen}"
