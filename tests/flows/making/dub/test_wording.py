"""Shorter wordings: proposed by a model, checked, kept, and never spoken unless somebody says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.casting.llm import Endpoint
from flows.making.dub.programme import read_programme
from flows.making.dub.timing import Draft, draft
from flows.making.dub.wording import (
    Alternatives,
    Proposals,
    TooLong,
    acceptable,
    propose,
    propose_shorter,
    read_alternatives,
    shortened,
)
from flows.making.engines import Engines
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.casting.test_llm import Fake
from tests.flows.conftest import tone_project

KEY = "sk-very-secret"
LINE = TooLong("a1", "I met old Watson at 221 Baker Street on a very rainy night.", "en", 14)
GOOD = "I met Watson at 221 Baker Street."


def endpoint(fake: Fake) -> Endpoint:
    return Endpoint(fake.endpoint.url, "tiny", KEY, timeout_seconds=5)


@pytest.fixture
def answering() -> Iterator[list[Fake]]:
    made: list[Fake] = []
    yield made
    for fake in made:
        fake.server.shutdown()
        fake.server.server_close()


def fake(made: list[Fake], reply: str) -> Fake:
    made.append(Fake(lambda _: reply))
    return made[-1]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (GOOD, True),
        ("I met Watson at 22 Baker Street.", False),
        ("I met him at 221 Baker Street.", False),
        ("我在贝克街221号见到Watson。", False),
        ("I met my old friend Watson at 221 Baker Street that very rainy night.", False),
        ("", False),
    ],
    ids=["kept", "number", "name", "language", "too long", "empty"],
)
def test_a_proposal_is_checked(text: str, good: bool) -> None:
    assert acceptable(text, LINE) == good


def test_chinese_lines_are_shortened_in_chinese() -> None:
    line = TooLong("b", "我昨天晚上在车站等了她整整3个小时。", "zh", 12)
    assert acceptable("昨晚我等了她3个小时。", line)
    assert not acceptable("昨晚我等了她很久。", line), "the number is gone"
    assert not acceptable("I waited 3 hours.", line)


def test_the_model_is_asked_once(tmp_path: Path, answering: list[Fake]) -> None:
    server = fake(answering, f'Sure: {{"1": ["{GOOD}", "I met him."], "9": ["x"]}}')
    for _ in range(2):
        found = propose([LINE], endpoint(server), tmp_path)
        assert found.wordings == {"a1": (GOOD,)} and found.refused == 2 and not found.notes
    assert len(server.questions) == 1 and server.keys == [f"Bearer {KEY}"]
    assert "at most 14 syllables" in json.dumps(server.questions[0])
    assert KEY not in "".join(path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("reply", ["no idea", '{"1": "text"}', '["a"]', '{"1": [3]}', "{"])
def test_nonsense_is_no_proposal(tmp_path: Path, answering: list[Fake], reply: str) -> None:
    assert propose([LINE], endpoint(fake(answering, reply)), tmp_path).wordings == {}


def test_a_model_that_fails_stops_nothing_and_tells_no_key(tmp_path: Path, answering: list[Fake]) -> None:
    server = fake(answering, "{}")
    server.status = 500
    lines = [TooLong(f"l{k}", LINE.text, "en", 14) for k in range(60)]
    found = propose(lines, endpoint(server), tmp_path)
    assert found.wordings == {} and found.notes and KEY not in repr(found)
    assert len(server.questions) == 2, "it is left alone after two failures"
    nobody = Endpoint("http://127.0.0.1:9/v1", "tiny", KEY, timeout_seconds=2)
    assert propose([LINE], nobody, tmp_path).notes


SUBTITLES = """1
00:00:01,000 --> 00:00:02,900
I met old Watson at 221 Baker Street on a very rainy night.

2
00:00:03,000 --> 00:00:05,000
Did he see you there that night?
"""


def dub_project(folder: Path, fake: Fake | None) -> Project:
    source = folder / "talk.srt"
    source.write_text(SUBTITLES)
    project = tone_project(folder / "p", source)
    model = {"url": fake.endpoint.url, "model": "tiny"} if fake else None
    return open_project(project, {"language_model": model} if model else {})


def planned(project: Project, shorten: str) -> tuple[Draft, list[str]]:
    """The plan before anything is shortened, and what would be spoken."""
    project = replace(project, dub=project.dub.model_copy(update={"shorten": shorten}))
    engines = Engines(project)
    before = draft(project, read_programme(project, engines), engines)
    after = shortened(project, before, engines)
    return before, [line.say or line.text for line in after.programme.lines]


def test_a_proposal_is_listed_and_spoken_only_when_accepted(tmp_path: Path, answering: list[Fake]) -> None:
    short = "Watson: 221 Baker Street."
    project = dub_project(tmp_path, fake(answering, json.dumps({"1": [short]})))
    before, said = planned(project, "propose")
    assert before.plan.flagged
    assert said[0].startswith("I met old Watson"), "nobody accepted it yet"
    line = before.plan.flagged[0].id
    listed = read_alternatives(project.alternatives_file)
    assert listed.proposed == {item.id: (short,) if item.id == line else () for item in before.plan.flagged}
    assert not any(listed.filled.values())
    assert planned(project, "none")[1] == said
    assert planned(project, "accept")[1][0] == short


def test_a_wording_that_a_person_filled_in_is_spoken_and_stays(tmp_path: Path) -> None:
    project = dub_project(tmp_path, None)
    before, _ = planned(project, "none")
    line = before.plan.flagged[0].id
    file = project.alternatives_file
    file.write_text(file.read_text().replace("alternatives: []", "alternatives: [Old Watson saw me.]", 1))
    assert planned(project, "none")[1][0] == "Old Watson saw me."
    assert read_alternatives(file).filled[line] == ("Old Watson saw me.",)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("- id: a\n  alternatives: [x]\n- alternatives: [y]\n", ", line 3"),
        ("- id: a\n- just text\n", ", line 2"),
        ("- id: a\n  alternatives: short\n", ", line 1"),
        ("id: a\n", ", line 1"),
    ],
)
def test_a_mistake_in_the_list_is_named_by_its_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "alternatives.yaml"
    file.write_text(text)
    with pytest.raises(DuoyinError) as caught:
        read_alternatives(file)
    assert caught.value.where == f"{file}{place}"


def test_off_by_default_and_a_missing_model_is_named(tmp_path: Path) -> None:
    project = dub_project(tmp_path, None)
    before, _ = planned(project, "none")
    assert propose_shorter(project, before, Alternatives({}, {})) == Proposals({})
    with pytest.raises(DuoyinError, match="needs a language model"):
        planned(project, "propose")
