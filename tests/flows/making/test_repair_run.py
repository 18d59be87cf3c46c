"""Repair as part of making a book: what is touched, what a second run costs, and what a kill in the middle costs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from flows.making import audiobook
from flows.making import proof as proving
from flows.making.delivery import Delivery
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.repair import as_kept
from flows.making.retake import scripted
from flows.making.voices import Voices
from flows.proof.heard import Asked
from flows.proof.verdict import Fault, Finding, Outcome, Verdict
from flows.workspace.ledger import Ledger, Why
from flows.workspace.project import Project, open_project
from tests.engines import ToneEngine
from tests.flows.conftest import BOOK, REPOSITORY, spoken, tone_project
from tts_core.description import EngineDescription

T = TypeVar("T")
SUSPECTS = ("Nobody asked the cat.", "In the morning it had stopped.")


class Speaking(ToneEngine):
    """Tones that pass for speech."""

    description = EngineDescription("speaking", "")


class Careful:
    """A listener that doubts the first takes of `SUSPECTS`, and the second take of one of them; `heard`: what it was
    asked to hear."""

    version = "careful 1"
    heard: ClassVar[list[tuple[str, int]]] = []

    def __init__(self, *, threads: int = 1) -> None:
        assert threads >= 1

    def listen(
        self, takes: Sequence[Asked], known: Collection[str] = (), look: Callable[[], None] = lambda: None
    ) -> Iterator[list[Verdict]]:
        for take in [take for take in takes if take.key not in known]:
            seed = take.load().evidence["seed"]
            Careful.heard.append((take.text, seed))
            if take.text in SUSPECTS and seed < (2 if take.text == SUSPECTS[0] else 1):
                finding = Finding(Fault.DROPPED, 0.9, said=take.text.split()[1])
                yield [Verdict(take.key, Outcome.DOUBTFUL, (finding,), score=-0.9)]
            else:
                yield [Verdict(take.key, Outcome.CLEAN, score=1.0)]


def step(name: str, work: Callable[[], T]) -> T:
    """A step without Prefect."""
    return work()


def speak(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Speaks here what is missing."""
    for line in lines:
        if line.prepared is not None and not project.takes.has(line.key):
            take = next(iter(engines.engine(line.engine).speak([line.prepared])))
            project.takes.write(line.key, take)


def make(folder: Path) -> Delivery:
    setattr(proving, "Listener", Careful)  # noqa: B010 - a name that module has from another
    setattr(proving, "missing_package", lambda: "")  # noqa: B010
    project = open_project(folder)
    with Ledger(project.ledger_file) as ledger:
        return audiobook.make(project, ledger, speak=speak, step=step)


@pytest.fixture(autouse=True)
def careful(monkeypatch: pytest.MonkeyPatch) -> None:
    Careful.heard = []
    monkeypatch.setattr(proving, "Listener", Careful)
    monkeypatch.setattr(proving, "missing_package", lambda: "")


def project_of(folder: Path, **options: object) -> Path:
    (folder / "book.md").write_text(BOOK, encoding="utf-8")
    made = tone_project(folder / "made", folder / "book.md", **options)
    settings = made / "project.yaml"
    settings.write_text(settings.read_text().replace("tests.engines:ToneEngine", f"{__name__}:Speaking"))
    return made


def digest(made: Delivery) -> str:
    return hashlib.sha256(made.path.read_bytes()).hexdigest()


def takes(folder: Path) -> list[Path]:
    return list((folder / "takes").rglob("*.flac"))


def files(folder: Path, kind: str) -> set[str]:
    return {path.name for path in (folder / ".duoyin" / kind).glob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = project_of(tmp_path_factory.mktemp("undisturbed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "Listener", Careful)
        patch.setattr(proving, "missing_package", lambda: "")
        return make(folder)


def test_doubtful_lines_are_mended_and_the_report_and_the_ledger_say_so(undisturbed: Delivery) -> None:
    facts = json.loads(undisturbed.report_file.read_text())["proof"]
    assert facts["doubtful_lines"] == [] and facts["doubtful"] == 0
    repaired = {
        entry["text"]: (entry["take"], entry["tried"], entry["because"]) for entry in facts["repaired"]
    }
    assert repaired == {
        SUSPECTS[0]: (3, 2, "dropped “asked”"),
        SUSPECTS[1]: (2, 1, "dropped “the”"),
    }
    with Ledger(undisturbed.report_file.parent.parent / "ledger.sqlite") as ledger:
        ids = {entry["text"]: entry["id"] for entry in facts["repaired"]}
        (choice,) = ledger.history(ids[SUSPECTS[0]])
        assert (choice.why, choice.take, choice.reason) == (Why.REPAIRED, 3, "dropped “asked”")

        engines = Engines(open_project(undisturbed.report_file.parent.parent))
        production = scripted(open_project(undisturbed.report_file.parent.parent), engines)
        kept = as_kept(production.plan(production.lines), ledger, production.other)
        assert {line.line.text: line.take for line in kept if line.take > 1} == {
            SUSPECTS[0]: 3,
            SUSPECTS[1]: 2,
        }


def test_a_second_run_hears_and_speaks_nothing_and_a_lost_ledger_changes_nothing(
    tmp_path: Path, undisturbed: Delivery
) -> None:
    folder = project_of(tmp_path)
    assert digest(make(folder)) == digest(undisturbed)
    lines, Careful.heard = len(spoken(folder)), []
    assert digest(make(folder)) == digest(undisturbed)
    assert (len(spoken(folder)), Careful.heard) == (lines, [])
    with Ledger(folder / "ledger.sqlite") as ledger:
        before = [ledger.history(line) for line in _ids(folder)]
    assert all(len(history) <= 1 for history in before), "choosing the same again is no choice"

    for file in folder.glob("ledger.sqlite*"):
        file.unlink()
    assert digest(make(folder)) == digest(undisturbed)
    assert len(spoken(folder)) == lines, "takes are the truth; they are heard again, not spoken again"


def _ids(folder: Path) -> list[str]:
    records = map(json.loads, (folder / "script.jsonl").read_text(encoding="utf-8").splitlines())
    return [record["id"] for record in records if "id" in record]


def test_only_the_chapters_that_repair_touches_are_mastered_anew(tmp_path: Path) -> None:
    folder = project_of(tmp_path)
    settings = folder / "project.yaml"
    text = settings.read_text()
    settings.write_text(text + "proof: off\n")
    make(folder)
    stitched, encoded = files(folder, "chapters"), files(folder, "encoded")
    settings.write_text(text)
    make(folder)
    kinds = len({name.partition(".")[2] for name in stitched})  # sound, record, levels
    assert len(files(folder, "chapters") - stitched) == 2 * kinds, "two of three chapters hold a suspect"
    suffixes = len({Path(name).suffix for name in encoded})
    assert 0 < len(files(folder, "encoded") - encoded) <= 2 * suffixes


def test_a_pinned_line_is_heard_and_told_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = project_of(tmp_path)
    make(folder)
    script = folder / "script.jsonl"
    records = [json.loads(text) for text in script.read_text(encoding="utf-8").splitlines()]
    pinned = [{**r, "take": 1} if r.get("text") == SUSPECTS[0] else r for r in records]
    script.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in pinned), encoding="utf-8")
    facts = json.loads(make(folder).report_file.read_text())["proof"]
    assert [entry["text"] for entry in facts["doubtful_lines"]] == [SUSPECTS[0]]
    assert [entry["text"] for entry in facts["repaired"]] == [SUSPECTS[1]]


def test_a_kill_in_the_middle_of_repair_costs_at_most_what_was_in_flight(
    tmp_path: Path, undisturbed: Delivery
) -> None:
    first_takes = len(takes(undisturbed.report_file.parent.parent)) - 3
    folder = project_of(tmp_path, delay=0.15)
    code = f"import sys; from pathlib import Path; from {__name__} import make; make(Path(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 120
        while len(takes(folder)) <= first_takes and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    killed_at = len(spoken(folder))
    assert killed_at > first_takes, "it was stopped while takes were taken again"
    assert digest(make(folder)) == digest(undisturbed)
    texts = spoken(folder)
    assert len(texts) <= first_takes + 3 + 1, "three takes more, and one that was in flight"
