"""The report of a real run: facts and page beside the finished book."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.making.delivery import Delivery
from tests.conftest import REPOSITORY
from tests.flows.conftest import BOOK, tone_project
from tests.flows.making.test_delivery import make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """A small book with a voice for each speaker."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "book.md").write_text(BOOK, encoding="utf-8")
    return make(
        tone_project(folder / "book.duoyin", folder / "book.md"), single_voice=False, captions=["srt"]
    )


@pytest.fixture(scope="module")
def facts(made: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(made.report_file.read_text("utf-8"))
    return told


def test_the_report_is_the_same_wherever_the_folder_lies(
    made: Delivery, facts: dict[str, Any], tmp_path: Path
) -> None:
    home = str(made.path.parents[2])
    assert home not in made.report_file.read_text("utf-8") and home not in made.page_file.read_text("utf-8")
    moved = shutil.copytree(made.path.parent, tmp_path / "elsewhere")
    for name in (
        facts["path"],
        facts["page"],
        *facts["captions"],
        *facts["sha256"],
        facts["checks"][0]["path"],
    ):
        assert (moved / name).is_file(), name
    assert Path(made.to_json()["path"]).is_absolute(), "who called for the book finds it"


def test_lengths_add_up(facts: dict[str, Any]) -> None:
    spoken = sum(row["seconds"] for row in facts["speakers"].values())
    assert spoken == pytest.approx(facts["speech_seconds"], abs=0.01)
    assert sum(row["seconds"] for row in facts["voices"]) == pytest.approx(spoken, abs=0.01)
    assert sum(row["speech_seconds"] for row in facts["chapters"]) == pytest.approx(spoken, abs=0.01)
    assert sum(row["seconds"] for row in facts["chapters"]) == pytest.approx(facts["seconds"], abs=0.2)
    foretold = sum(row["foretold_seconds"] for row in facts["chapters"])
    assert foretold == pytest.approx(facts["seconds"], rel=0.05), "at the pace of the whole"


def test_the_curve_runs_over_the_whole_file(facts: dict[str, Any]) -> None:
    levels = facts["levels"]
    assert len(levels["level"]) == len(levels["peaks"]) == -(-facts["seconds"] // 3)
    assert max(filter(None, levels["level"])) == pytest.approx(levels["value"], abs=6)
    assert max(filter(None, levels["peaks"])) <= levels["true_peak"] + 0.1


def test_what_is_not_read_aloud_is_quoted_with_its_reason(facts: dict[str, Any]) -> None:
    texts = {row["reason"]: row["texts"] for row in facts["left_out_texts"]}
    assert texts["scene-break"] == ["* * *"]
    counted = {reason: sum(len("".join(t.split())) for t in some) for reason, some in texts.items()}
    assert counted == facts["left_out"]


def test_a_voice_has_its_licence_and_a_line_to_be_heard(made: Delivery, facts: dict[str, Any]) -> None:
    assert {row["voice"] for row in facts["voices"]} >= {"low", "high"}
    assert made.page_file.read_text("utf-8").count("<audio") == len(facts["voices"])


def test_a_book_in_files_with_a_cover_has_one_curve_and_a_small_picture(tmp_path: Path) -> None:
    (book,) = (REPOSITORY / "projects/example-en").glob("*.epub")
    made = make(tone_project(tmp_path / "made", book), chapters="1-2", format="flac")
    facts = json.loads(made.report_file.read_text("utf-8"))
    assert len(facts["checks"]) == 2
    assert facts["seconds"] / 3 <= len(facts["levels"]["level"]) <= facts["seconds"] / 3 + 1
    assert [row["start"] for row in facts["chapters"]] == [
        0,
        pytest.approx(facts["checks"][0]["seconds"], abs=0.01),
    ]
    assert 'src="data:image/jpeg;base64,' in made.page_file.read_text("utf-8")
