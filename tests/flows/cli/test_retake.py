"""`duoyin retake`: one line taken again, in a person's words, voice and tempo; its history; back again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from flows.cli.retake import retake as command
from flows.cli.script import script
from flows.making import retake as making
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.retake import find_line
from flows.making.voices import Voices
from flows.proof.verdict import Outcome, Verdict
from flows.script.line import Line
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project
from normalizers import DuoyinError
from tests.flows.cli.test_commands import duoyin
from tests.flows.conftest import BOOK, spoken, tone_project

CAT = "Nobody asked the cat."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    return tone_project(tmp_path / "project", tmp_path / "book.md")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes are made in this process, which is sooner done than starting another."""

    def speak(
        project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
    ) -> None:
        for line in lines:
            if line.prepared is not None and not project.takes.has(line.key):
                project.takes.write(line.key, next(iter(engines.main.speak([line.prepared]))))

    monkeypatch.setattr(making, "speak_here", speak)


Retake = Callable[..., dict[str, Any]]


@pytest.fixture
def retake(project: Path, here: None, capsys: pytest.CaptureFixture[str]) -> Retake:
    """`duoyin retake --json` of the cat's line."""

    def run(**options: Any) -> dict[str, Any]:
        capsys.readouterr()
        given: dict[str, Any] = {"line": "asked the cat", "as_json": True, **options}
        command(project, **given)
        made: dict[str, Any] = json.loads(capsys.readouterr().out)
        return made

    return run


def record(project: Path, text: str = CAT) -> dict[str, Any]:
    records = map(json.loads, (project / "script.jsonl").read_text(encoding="utf-8").splitlines())
    return next(r for r in records if r.get("text") == text)


def test_from_the_command_line_the_next_take_is_made_at_once_and_told(project: Path) -> None:
    run = duoyin("retake", project, "--line", "asked the cat")
    assert run.code == 0, run.err
    assert f"chapter 1, narrator: {CAT}" in run.out and "take     2, " in run.out
    assert "`duoyin audiobook` puts it into the file" in run.out
    assert spoken(project) == [CAT] and record(project)["take"] == 2


def test_the_next_take_is_chosen_in_the_script(project: Path, retake: Retake) -> None:
    made = retake()
    assert (made["take"], made["chapter"], made["speaker"]) == (2, 1, "narrator")
    assert soundfile.info(made["file"]).duration == pytest.approx(made["seconds"], abs=0.001)
    assert spoken(project) == [CAT]
    assert record(project)["take"] == 2
    assert retake()["take"] == 3, "once more is the one after that"
    assert retake(take=2)["file"] == made["file"] and len(spoken(project)) == 2


def test_the_next_take_is_none_that_was_heard_as_doubtful(project: Path, retake: Retake) -> None:
    doubtful = Verdict(Path(retake(take=2)["file"]).stem, Outcome.DOUBTFUL)
    unsure = Verdict(Path(retake(take=3)["file"]).stem, Outcome.INCONCLUSIVE)
    retake(undo=True)
    retake(undo=True)
    with Ledger(project / "ledger.sqlite") as ledger:
        ledger.record_verdicts("an ear", {v.key: json.dumps(v.to_json()) for v in (doubtful, unsure)})
    assert retake()["take"] == 3, "repair has tried the second"
    assert retake(take=2)["take"] == 2, "a person may want it"


def test_words_voice_and_tempo_are_a_persons(project: Path, retake: Retake) -> None:
    made = retake(text="And nobody asked the cat.", voice="middle", speed=0.9)
    assert made["said"] == "And nobody asked the cat." and made["text"] == CAT
    assert (made["voice"], made["speed"], made["take"]) == ("middle", 0.9, 1)
    kept = record(project)
    assert (kept["say"], kept["voice"], kept["speed"]) == (made["said"], "middle", 0.9)
    plain = retake(text=CAT, voice="", speed=1.0)
    assert (plain["said"], plain["voice"]) == (CAT, "low") and "say" not in record(project)


def test_undo_goes_back_step_by_step_and_the_history_tells(
    project: Path, retake: Retake, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = retake(take=2), retake(speed=0.8)
    assert second["take"] == 1
    back = retake(undo=True)
    assert (back["file"], back["take"], back["speed"]) == (first["file"], 2, 1.0)
    command(project, line="asked the cat", undo=True)
    assert "take     1, " in (told := capsys.readouterr().out) and "--undo" not in told
    assert "take" not in record(project), "nothing is chosen any more"
    with pytest.raises(DuoyinError, match="no choice of line"):
        retake(undo=True)

    choices = retake(history=True)["choices"]
    assert [(c["why"], c["changes"]) for c in choices] == [
        ("chosen", {"take": [0, 2]}),
        ("chosen", {"speed": [1.0, 0.8], "take": [2, 1]}),
        ("undone", {"speed": [0.8, 1.0], "take": [1, 2]}),
        ("undone", {"take": [2, 0]}),
    ]
    assert all(c["user"] and c["at"] and Path(c["file"]).is_file() for c in choices)
    command(project, line="asked the cat", history=True)
    text = capsys.readouterr().out
    assert "chosen" in text and "take back to 2" in text


def test_what_was_edited_by_hand_since_is_not_undone(project: Path, retake: Retake) -> None:
    retake(speed=0.8)
    script = project / "script.jsonl"
    script.write_text(
        script.read_text(encoding="utf-8").replace('"speed": 0.8', '"speed": 0.9'), encoding="utf-8"
    )
    with pytest.raises(DuoyinError, match=r"speed is 0\.9"):
        retake(undo=True)
    assert record(project)["speed"] == 0.9


def test_a_choice_outlives_the_ledger(project: Path, retake: Retake) -> None:
    retake(take=3)
    for file in project.glob("ledger.sqlite*"):
        file.unlink()
    script(project)
    assert record(project)["take"] == 3
    assert retake()["take"] == 4


def test_words_that_are_a_whole_line_name_it_though_others_hold_them() -> None:
    texts = ("The Clock", "It was the clock.", "the clock struck")
    lines = [
        Line(f"{n}f", 0, n, 0, 9, "narration", "narrator", text, "en", 0.5) for n, text in enumerate(texts)
    ]
    assert find_line(lines, "the clock ").text == "The Clock"
    with pytest.raises(DuoyinError, match="3 lines"):
        find_line(lines, "clock")
    with pytest.raises(DuoyinError, match="2 lines"):
        find_line([lines[0], replace(lines[0], id="8f")], "The Clock")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"line": None}, "which line"),
        ({"line": "zebra"}, "no line of this project"),
        ({"line": "clock"}, "lines of this project"),
        ({"take": 77}, "no take 77"),
        ({"take": 0}, "numbered from 1"),
        ({"speed": 3.0}, "0.6 to 1.6"),
        ({"voice": "nobody"}, "no voice “nobody”"),
        ({"text": "…"}, "nothing to say"),
        ({"undo": True, "take": 2}, "go without"),
    ],
)
def test_a_wish_that_cannot_be_is_one_message_and_changes_nothing(
    project: Path, retake: Retake, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DuoyinError, match=message):
        retake(**options)
    assert not spoken(project)
    file = project / "script.jsonl"
    assert not file.exists() or '"take"' not in file.read_text(encoding="utf-8")
    with Ledger(project / "ledger.sqlite") as ledger:
        assert not ledger.chosen()


def test_near_lines_are_named_with_their_ids(project: Path, retake: Retake) -> None:
    with pytest.raises(DuoyinError) as caught:
        retake(line="Nobody asked a cat.")
    assert f"{record(project)['id']} “{CAT}”" in (caught.value.hint or "")
    with pytest.raises(DuoyinError) as caught:
        retake(line="clock")
    assert record(project, "The second clock stood in the hall.")["id"] in (caught.value.hint or "")
    assert retake(line=record(project)["id"][:7])["text"] == CAT, "the beginning of an id will do"
