"""The report of a dub: its gates in words, its lines with players, and the facts behind them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from lxml import html as parser

from flows.making import dubbing
from flows.making.report import dub as report_of_dub
from flows.making.report.cues import FIRST_GATES, dub_view
from flows.making.report.page import report_page, state
from flows.making.report.pagewords import page_words
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.preview import FRAME_BYTES, PREVIEW_BITS, preview_between
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_project
from tests.flows.conftest import tone_project
from tests.flows.making.test_delivery import speak, step

CUES = """\
1
00:00:01,000 --> 00:00:03,000
ANN: It is <b>nine</b>.

2
00:00:04,000 --> 00:00:04,900
TOM: It is ten, I heard it strike, and I heard it strike before that as well.

3
00:00:05,000 --> 00:00:07,000
ANN: Nobody asked the cat.

4
00:00:12,000 --> 00:00:14,000
[door slams]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DubDelivery:
    """A dub of three cues, the second too long for its place."""
    folder = tmp_path_factory.mktemp("dub")
    (folder / "film.srt").write_text(CUES, encoding="utf-8")
    project = open_project(
        tone_project(folder / "film.duoyin", folder / "film.srt"), {"workers": 1}, product="dub"
    )
    with Ledger(project.ledger_file) as ledger:
        return dubbing.make(project, ledger, speak=speak, step=step)


@pytest.fixture(scope="module")
def facts(made: DubDelivery) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(made.report_file.read_text("utf-8"))
    return told


def text_of(html: str, where: str) -> str:
    (element,) = parser.fromstring(html).xpath(f"//*[@id='{where}']")
    return " ".join(element.text_content().split())


def test_facts_and_page_stand_beside_the_file_and_can_be_moved(
    made: DubDelivery, facts: dict[str, Any]
) -> None:
    home = str(made.path.parents[1])
    page = made.page_file.read_text("utf-8")
    assert home not in json.dumps(facts) and home not in page
    assert (facts["path"], facts["page"]) == (made.path.name, made.page_file.name)
    assert {"overrun_ms", "overlap_ms", "speech_iou", "drift_ms_per_minute"} <= set(facts["metrics"])
    assert facts["levels"]["level"] and facts["left_out_texts"][0]["texts"] == ["[door slams]"]
    addresses = re.findall(r"(?:src|href)=[\"']([^\"']*)", page)
    assert [a for a in addresses if not a.startswith(("data:", "#"))] == []


def test_the_five_gates_that_matter_come_first_in_words_and_units(facts: dict[str, Any]) -> None:
    view = dub_view(facts, page_words("en"))
    assert [figure.name for figure in view.first] == [*FIRST_GATES[:4], "speech_lufs"], (
        "nothing lies under the speech"
    )
    shown = {figure.name: (figure.value, figure.allowed) for figure in (*view.first, *view.others)}
    assert shown["overlap_ms"] == ("0 ms", "at most 0 ms")
    assert (
        shown["onsets_in_window"][1] == "at least 90\N{NO-BREAK SPACE}%"
        and shown["rate_jump_p95"][1] == "at most 20\N{NO-BREAK SPACE}%"
    )
    assert shown["length_delta_samples"] == ("0 samples", "exactly 0 samples")
    assert shown["drift_ms_per_minute"][1] == "−5.0 to 5.0 ms/min"
    labels = [figure.label for figure in (*view.first, *view.others, *view.figures)]
    assert [label for label in labels if "_" in label or " p95" in label] == []


def test_a_line_too_long_for_its_place_is_listed_before_the_others(
    made: DubDelivery, facts: dict[str, Any]
) -> None:
    wanting = [line for line in facts["lines"] if line["why"]]
    assert "I heard it strike" in wanting[0]["text"] or "I heard it strike" in wanting[-1]["text"]
    assert state(facts) in ("doubts", "missed")
    page = made.page_file.read_text("utf-8")
    assert "too long for its place by" in text_of(page, "cues") and "duoyin retake film.duoyin --line" in page
    assert page.index('id="cues"') < page.index('id="all"')


def test_each_line_can_be_heard(made: DubDelivery, facts: dict[str, Any]) -> None:
    tree = parser.fromstring(made.page_file.read_text("utf-8"))
    assert len(tree.xpath("//tbody//button[@data-from]")) == len(facts["lines"]) == 3
    assert tree.xpath("//audio[@id='whole']/@src")[0].startswith("data:audio/mpeg;base64,")


def test_of_a_long_programme_only_lines_that_want_an_ear_are_in_the_page(
    made: DubDelivery, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = [line["id"] for line in facts["lines"] if line["why"]]
    clips = report_of_dub._clips(made, wanting)
    assert list(clips) == wanting and all(len(clip) < len(made.preview) for clip in clips.values())
    page = report_page(facts, clips=clips, samples={})
    tree = parser.fromstring(page)
    assert tree.xpath("//audio[@id='whole']") == [] == tree.xpath("//button[@data-from]")
    assert len(tree.xpath("//audio")) == len(wanting)
    monkeypatch.setattr(report_of_dub, "MOST_CLIPS", 0)
    assert report_of_dub._clips(made, wanting) == {}


def test_a_preview_is_cut_at_its_frames(made: DubDelivery) -> None:
    assert len(made.preview) % FRAME_BYTES == 0
    assert {made.preview[k] for k in range(0, len(made.preview), FRAME_BYTES)} == {0xFF}, (
        "each begins with its mark"
    )
    second = preview_between(made.preview, 1.0, 2.0)
    assert len(second) * 8 / PREVIEW_BITS == pytest.approx(1.1, abs=0.1)
    assert preview_between(made.preview, -0.5, 0.5) == preview_between(made.preview, 0.0, 0.5)


def test_a_lost_line_comes_before_a_late_one(facts: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(facts))
    for line, why in zip(
        changed["lines"], ([{"what": "late", "ms": 900}], [], [{"what": "lost"}]), strict=True
    ):
        line["why"] = why
    assert [line["cue"] for line in dub_view(changed, page_words("en")).wanting] == [3, 1]


def test_what_got_lost_is_named_with_its_cue(facts: dict[str, Any]) -> None:
    gap = {"kind": "no-take", "fails": True, "chapter": 0, "line": "a", "text": "It is nine.", "what": "it has no take",
           "mend": "duoyin dub film.duoyin", "cue": 7}  # fmt: skip
    changed = {**facts, "passed": False, "coverage": {**facts["coverage"], "passed": False, "gaps": [gap]}}
    page = report_page(changed, clips={}, samples={})
    assert "What is missing (1)" in text_of(page, "verdict")
    assert "Cue 7: “It is nine.” it has no take → duoyin dub film.duoyin" in text_of(page, "coverage")


def test_a_film_of_twenty_thousand_lines_has_a_small_page(facts: dict[str, Any]) -> None:
    many = json.loads(json.dumps(facts))
    many["lines"] = [{**line, "id": f"{k}{line['id']}"} for k in range(7_000) for line in facts["lines"]]
    page = report_page(many, clips={}, samples={})
    assert len(page) < 1_500_000
    assert "No drawing: 21000 lines" in page and "The first 1200 of 21000 lines" in page
