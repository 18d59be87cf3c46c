"""Every character of the cues is spoken or left out with a reason; a line that is not heard is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flows.making import dubbing
from flows.making.coverage import Coverage, GapKind
from flows.making.dub import delivery
from flows.making.dub.coverage import cover_dub
from flows.making.dub.programme import Programme
from flows.making.plan import PlannedLine
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.score import LineScore
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_project
from tests.flows.conftest import tone_project
from tests.flows.making.test_coverage import edit
from tests.flows.making.test_delivery import speak, step
from tts_core.files import file_digest

SUBTITLES = """1
00:00:00,500 --> 00:00:03,000
MARY: Where were you?

2
00:00:03,300 --> 00:00:07,600
JOHN: At the station, waiting for

3
00:00:07,700 --> 00:00:09,600
JOHN: the very last train.

4
00:00:10,000 --> 00:00:12,600
♪ la la la ♪

5
00:00:13,800 --> 00:00:16,600
MARY: Come in, then.

6
00:00:17,000 --> 00:00:23,000
JOHN: The train was late. Then I looked for

7
00:00:23,000 --> 00:00:29,500
JOHN: you. There was nobody there but

8
00:00:29,500 --> 00:00:33,000
JOHN: the guard.
"""


class Run:
    """A dub that was made, and what its coverage was worked out of."""

    project: Project
    made: DubDelivery
    programme: Programme
    takes: Sequence[PlannedLine]
    files: Mapping[str, str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = open_project(folder, {"workers": 1, "single_voice": True}, product="dub")

    def make(self) -> DubDelivery:
        def noted(
            project: Project,
            programme: Programme,
            takes: Sequence[PlannedLine],
            heard: Sequence[LineScore],
            files: Mapping[str, str],
        ) -> Coverage:
            self.programme, self.takes, self.files = programme, takes, files
            return cover_dub(project, programme, takes, heard, files)

        with pytest.MonkeyPatch.context() as patch, Ledger(self.project.ledger_file) as ledger:
            patch.setattr(delivery, "cover_dub", noted)
            self.made = dubbing.make(self.project, ledger, speak=speak, step=step)
        return self.made

    def cover(
        self, *, programme: Programme | None = None, heard: Sequence[LineScore] | None = None
    ) -> Coverage:
        lines = self.made.scorecard.lines if heard is None else heard
        return cover_dub(self.project, programme or self.programme, self.takes, lines, self.files)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("dub")
    (folder / "talk.srt").write_text(SUBTITLES, encoding="utf-8")
    made = Run(tone_project(folder / "project", folder / "talk.srt"))
    made.make()
    return made


def test_every_character_of_the_cues_is_spoken_or_left_out(run: Run) -> None:
    found = run.cover()
    assert found.passed and not found.gaps
    assert found.characters["left-out"] == sum(found.left_out.values()) > 0
    spoken = "Wherewereyou?Atthestation,waitingfortheverylasttrain.Comein,then."
    spoken += "Thetrainwaslate.ThenIlookedforyou.Therewasnobodytherebuttheguard."
    assert found.characters["as-printed"] == len(spoken)
    assert found.found is not None and found.found.found == found.found.lines == found.takes


def test_a_cue_whose_sentences_are_lines_of_their_own_is_followed_in_all_of_them(run: Run) -> None:
    assert [line.text for line in run.programme.spoken if 6 in [span.index for span in line.spans]] == [
        "The train was late.",
        "Then I looked for you.",
    ]
    cut = [line for line in run.programme.spoken if line.text != "Then I looked for you."]
    lost = run.cover(programme=replace(run.programme, spoken=tuple(cut))).failing
    assert [(gap.kind, gap.cue, gap.text) for gap in lost] == [
        (GapKind.UNSCRIPTED, 6, "Then I looked for"),
        (GapKind.UNSCRIPTED, 7, "you."),
    ]


def test_the_report_and_the_summary_of_a_dub_say_so(run: Run) -> None:
    report = json.loads(run.made.report_file.read_text("utf-8"))
    assert report["coverage"]["passed"]
    assert report["coverage"]["found"]["files"] == {run.made.path.name: file_digest(run.made.path)}
    assert "every character is read" in delivery.summary(run.made)


def test_a_cue_in_no_line_is_lost(run: Run) -> None:
    short = replace(run.programme, spoken=run.programme.spoken[1:])
    found = run.cover(programme=short)
    gap = found.failing[0]
    assert (gap.kind, gap.cue, gap.text) == (GapKind.UNSCRIPTED, 1, "Where were you?")
    assert gap.to_text().startswith("cue 1, “Where were you?”") and "duoyin dub" in gap.mend
    assert found.characters["lost"] == len("Wherewereyou?")


def test_a_cue_in_two_lines_is_read_twice(run: Run) -> None:
    twice = replace(run.programme, spoken=(*run.programme.spoken, run.programme.spoken[0]))
    assert [gap.kind for gap in run.cover(programme=twice).failing] == [GapKind.READ_TWICE]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda line: replace(line, heard=False), GapKind.NOT_FOUND),
        (lambda line: replace(line, placed=False, heard=False), GapKind.UNPLACED),
        (lambda line: replace(line, mux_delay_ms=12.0), GapKind.MOVED),
    ],
)
def test_a_line_that_is_not_where_it_was_put_is_named(
    run: Run, change: Callable[[LineScore], LineScore], kind: GapKind
) -> None:
    first, *others = run.made.scorecard.lines
    found = run.cover(heard=[change(first), *others])
    (gap,) = found.failing
    assert (gap.kind, gap.cue, gap.text) == (kind, 1, "Where were you?")
    assert "duoyin dub project" in gap.mend and str(run.folder.parent) not in gap.mend


def test_a_line_that_a_person_deleted_is_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.srt").write_text(SUBTITLES, encoding="utf-8")
    other = Run(tone_project(tmp_path / "project", tmp_path / "talk.srt"))
    other.make()
    edit(other.project, "Come in", id=None)
    other.make()
    found = other.cover()
    assert found.passed and found.characters["deleted-in-script"] == len("Comein,then.")
