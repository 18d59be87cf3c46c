"""Listening to a production's takes: what is heard, what is kept, and what is said where nobody listens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest

from flows.making import proof as proving
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.making.proof import by_line, listener_of, proof_facts, prove, told
from flows.proof.heard import Asked
from flows.proof.verdict import Fault, Finding, Outcome, Proof, Verdict
from flows.script.line import NARRATOR, Line
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError, Lexicon
from tests.engines import ToneEngine
from tests.flows.conftest import tone_project
from tts_core.description import EngineDescription

TEXTS = ("It was nine.", "It was ten.", "Nobody came.", "It was nine.")


class Speaking(ToneEngine):
    """Tones that pass for speech."""

    description = EngineDescription("speaking", "")


class FewWords:
    """A listener that doubts every take without the word “was”; what it hears is noted."""

    version = "few words 1"
    heard: list[str]

    def __init__(self, *, threads: int = 1) -> None:
        assert threads >= 1

    def listen(
        self, takes: Sequence[Asked], known: Collection[str] = (), look: Callable[[], None] = lambda: None
    ) -> Iterator[list[Verdict]]:
        for take in [take for take in takes if take.key not in known]:
            FewWords.heard.append(take.text)
            assert take.load().seconds == pytest.approx(take.seconds)
            if "was" in take.text:
                yield [Verdict(take.key, Outcome.CLEAN, score=1.0)]
            else:
                finding = Finding(Fault.DROPPED, 0.9, 0.1, 0.2, said="was")
                yield [Verdict(take.key, Outcome.DOUBTFUL, (finding,), score=-0.9)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "book.txt").write_text("\n\n".join(TEXTS), encoding="utf-8")
    folder = tone_project(tmp_path / "project", tmp_path / "book.txt")
    settings = folder / "project.yaml"
    name = "tests.flows.making.test_proof:Speaking"
    settings.write_text(settings.read_text().replace("tests.engines:ToneEngine", name), encoding="utf-8")
    return open_project(folder)


def spoken(project: Project) -> list[PlannedLine]:
    """The lines of the book, their takes made."""
    lines = [
        Line(f"l{n}", 0, n, 0, len(text), "narration", NARRATOR, text, "en", 0.5)
        for n, text in enumerate(TEXTS)
    ]
    engines = Engines(project)
    planned = plan_lines(lines, {NARRATOR: "low"}, Lexicon.empty(), engines.of_voice)
    for line in planned:
        assert line.prepared is not None
        project.takes.write(line.key, next(iter(engines.main.speak([line.prepared]))))
    return planned


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `FewWords` hears, which listens instead of the recognizer."""
    FewWords.heard = []
    monkeypatch.setattr(proving, "Listener", FewWords)
    monkeypatch.setattr(proving, "missing_package", lambda: "")
    return FewWords.heard


def test_each_take_is_heard_once_and_never_again(project: Project, listened: list[str]) -> None:
    lines = spoken(project)
    with Ledger(project.ledger_file) as ledger:
        first = prove(project, lines, listener_of(project), ledger)
        assert sorted(listened) == ["It was nine.", "It was ten.", "Nobody came."]
        again = prove(project, lines, listener_of(project), ledger)
    assert len(listened) == 3
    assert again == first and first.listener == FewWords.version


def test_takes_of_other_engines_have_a_control_where_the_embedded_engine_is_here(
    project: Project, listened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = spoken(project)
    controls: list[str] = []

    class Asking(FewWords):
        def listen(
            self,
            takes: Sequence[Asked],
            known: Collection[str] = (),
            look: Callable[[], None] = lambda: None,
        ) -> Iterator[list[Verdict]]:
            controls.extend(take.control.text for take in takes if take.control is not None)
            return super().listen(takes, known, look)

    monkeypatch.setattr(proving, "Listener", Asking)
    for here, asked in ((False, []), (True, ["It was nine.", "It was ten.", "Nobody came."])):
        monkeypatch.setattr(proving, "embedded_here", lambda here=here: here)
        with Ledger(project.folder / f"{here}.sqlite") as ledger:
            prove(project, lines, listener_of(project), ledger)
        assert sorted(controls) == asked


def test_a_verdict_of_another_form_is_heard_anew(project: Project, listened: list[str]) -> None:
    lines = spoken(project)
    with Ledger(project.ledger_file) as ledger:
        ledger.record_verdicts(FewWords.version, {lines[0].key: '{"outcome": "splendid"}'})
        prove(project, lines, listener_of(project), ledger)
    assert "It was nine." in listened


def test_what_was_heard_before_a_stop_is_kept(
    project: Project, listened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = spoken(project)

    def stop_in_the_middle(done: float, detail: str) -> None:
        if done > 0.5:
            raise KeyboardInterrupt

    with Ledger(project.ledger_file) as ledger:
        with monkeypatch.context() as patch:
            patch.setattr(proving, "share_told", lambda: stop_in_the_middle)
            with pytest.raises(KeyboardInterrupt):
                prove(project, lines, listener_of(project), ledger)
        heard = len(listened)
        prove(project, lines, listener_of(project), ledger)
    assert 0 < heard < 3 and len(listened) == 3


def test_the_report_has_the_doubtful_lines_with_what_is_wrong(project: Project, listened: list[str]) -> None:
    lines = spoken(project)
    with Ledger(project.ledger_file) as ledger:
        facts = proof_facts(prove(project, lines, listener_of(project), ledger), lines)
    assert (facts["lines"], facts["heard"], facts["clean"], facts["doubtful"]) == (4, 4, 3, 1)
    (line,) = facts["doubtful_lines"]
    assert (line["id"], line["chapter"], line["speaker"], line["text"]) == (
        "l2",
        1,
        "narrator",
        "Nobody came.",
    )
    assert line["findings"][0]["fault"] == "dropped" and line["findings"][0]["said"] == "was"
    assert told(facts) == "listened to 4 of 4 lines: 1 doubtful, listed in the report"


def test_the_worst_doubtful_line_comes_first(project: Project) -> None:
    nine, ten, nobody, _ = spoken(project)
    verdicts = (
        Verdict(nine.key, Outcome.DOUBTFUL, score=-1.0),
        Verdict(ten.key, Outcome.INCONCLUSIVE, score=-9.0),
        Verdict(nobody.key, Outcome.DOUBTFUL, score=-4.0),
    )
    proof = Proof("x", {verdict.key: verdict for verdict in verdicts})
    assert [line for line, _ in by_line(proof, (nine, ten, nobody), Outcome.DOUBTFUL)] == [nobody, nine]


def test_without_the_extra_nobody_listens_and_the_run_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "missing_package", lambda: "hama")
    lines = spoken(project)
    with Ledger(project.ledger_file) as ledger:
        proof = prove(project, lines, listener_of(project), ledger)
    assert not proof.listener and not proof.verdicts
    assert "pip install 'duoyin[proof]'" in proof.reason
    assert told(proof_facts(proof, lines)).startswith("nobody listened: the package hama")


def test_without_the_extra_proof_on_is_an_error_that_names_the_setting(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "missing_package", lambda: "hama")
    lines = spoken(project)
    asked = open_project(project.folder, {"proof": "on"})
    with Ledger(project.ledger_file) as ledger, pytest.raises(DuoyinError, match="hama") as error:
        prove(asked, lines, listener_of(asked), ledger)
    assert "proof: on" in str(error.value) and "duoyin[proof]" in str(error.value)
    assert error.value.exit_code == 2


def test_proof_off_hears_nothing(project: Project, listened: list[str]) -> None:
    lines = spoken(project)
    off = open_project(project.folder, {"proof": "off"})
    with Ledger(project.ledger_file) as ledger:
        proof = prove(off, lines, listener_of(off), ledger)
    assert not listened and proof == Proof(reason="proof is off in project.yaml")


def test_takes_that_are_no_speech_are_not_listened_to(tmp_path: Path, listened: list[str]) -> None:
    (tmp_path / "book.txt").write_text("\n\n".join(TEXTS), encoding="utf-8")
    tones = open_project(tone_project(tmp_path / "project", tmp_path / "book.txt"))
    with Ledger(tones.ledger_file) as ledger:
        proof = prove(tones, spoken(tones), listener_of(tones), ledger)
    assert not listened and not proof.verdicts
