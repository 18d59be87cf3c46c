"""Keys follow what is spoken: a better reading remakes the lines it changes, in every engine, and nothing else
is read twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.making.plan import PlannedLine, plan_lines
from flows.making.readings import Readings, Unread
from flows.script.line import Line
from flows.workspace.progress import Silent, reporting
from normalizers import DuoyinError, Lexicon
from normalizers.pronunciation import word_list
from tests.engines import embedded
from tts_core.description import TextCode
from tts_core.engine import Engine, Prepared, Utterance, word_times
from tts_core.phonetics.lexicon_en import english_lexicon
from tts_core.pool import EnginePool

LINES = (
    ("The tomato was red.", "en"),
    ("He went home.", "en"),
    ("A tomato, he said.", "en"),
    ("红玫瑰很好看。", "zh"),
    ("他回家了。", "zh"),
)
EMPTY = Lexicon.empty()
TOMATO, ROSE = {0, 2}, {3}


def asked_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that an engine is asked to read from now on."""
    read = engine.read
    asked: list[str] = []

    def noted(line: Utterance) -> Prepared:
        asked.append(line.text)
        return read(line)

    monkeypatch.setattr(engine, "read", noted)
    return asked


@dataclass(frozen=True)
class Speaking:
    """An engine by its name in the registry, with one of its voices."""

    name: str
    engine: Engine
    voice: str

    def plan(
        self,
        lines: Sequence[tuple[str, str]] = LINES,
        lexicon: Lexicon = EMPTY,
        readings: Readings | None = None,
    ) -> list[PlannedLine]:
        script = [
            Line(
                f"{i}",
                0,
                i,
                0,
                len(text),
                "narration",
                "narrator",
                text,
                language,
                0.5,
            )
            for i, (text, language) in enumerate(lines)
        ]
        return plan_lines(
            script,
            {"narrator": self.voice},
            lexicon,
            lambda voice: (self.name, self.engine, voice),
            readings=readings,
        )

    def keys(self, lexicon: Lexicon = EMPTY) -> list[str]:
        return [item.key for item in self.plan(lexicon=lexicon)]


@pytest.fixture(scope="module", params=["kokoro", "gpt-sovits"])
def speaking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Speaking:
    if request.param == "kokoro":
        return Speaking("kokoro", embedded(), "bm_george")
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home

    return Speaking("gpt-sovits", loaded(make_home(tmp_path_factory.mktemp("home"))), "anna")


def changed(before: Sequence[str], after: Sequence[str]) -> set[int]:
    return {i for i, (one, two) in enumerate(zip(before, after, strict=True)) if one != two}


def test_a_changed_entry_of_a_table_remakes_the_lines_with_that_word(
    speaking: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = speaking.keys()
    monkeypatch.setitem(english_lexicon("british")._gold, "tomato", "təmˈAtQ")
    if speaking.name == "gpt-sovits":
        from tts_core.gpt_sovits.text import english

        monkeypatch.setitem(english._dictionary(), "tomato", "T AH0 M AA1 T OW0")
    assert changed(before, speaking.keys()) == TOMATO


def test_a_changed_rule_of_chinese_remakes_the_lines_with_that_word(
    speaking: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = speaking.keys()
    monkeypatch.setitem(word_list(), "玫瑰", ("mei2", "hua1"))
    assert changed(before, speaking.keys()) == ROSE


@pytest.mark.parametrize(
    ("entry", "lines"), [("tomato = [T AH0 M AA1 T OW0]", TOMATO), ("玫瑰 = mei4 gui4", ROSE)]
)
def test_a_lexicon_entry_remakes_the_lines_with_that_word(
    speaking: Speaking, entry: str, lines: set[int]
) -> None:
    assert changed(speaking.keys(), speaking.keys(Lexicon.parse(entry))) == lines


def test_an_entry_that_says_what_is_said_anyway_remakes_nothing(speaking: Speaking) -> None:
    assert speaking.keys() == speaking.keys(Lexicon.parse("红 = hong2\n回家 = hui2 jia1"))


def test_another_spelling_of_the_same_sounds_is_the_same_take(speaking: Speaking) -> None:
    one, two = speaking.plan([("The colour grey is here.", "en"), ("The color gray is here.", "en")])
    assert one.key == two.key


def test_times_of_a_take_are_mapped_onto_the_text_as_it_is_spelled_now(speaking: Speaking) -> None:
    one, two = (
        speaking.engine.read(Utterance(text, "en", speaking.voice))
        for text in ("The colour grey is here.", "The color  gray is here.")
    )
    assert one.given == two.given
    times = [unit / 10 for unit in range(200)]  # whatever was stored with the take
    first, second = word_times(one, times), word_times(two, times)
    assert [(t.start, t.end) for t in first] == [(t.start, t.end) for t in second]
    assert [two.text[t.start_char : t.end_char] for t in second] == ["The", "color", "gray", "is", "here"]


def test_the_second_plan_reads_nothing_and_a_changed_line_alone(
    speaking: Speaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_of(speaking.engine, monkeypatch)
    file = tmp_path / "cache" / "readings.sqlite"
    first = speaking.plan(readings=Readings(file))
    assert asked == [text for text, _ in LINES]
    asked.clear()
    assert speaking.plan(readings=Readings(file)) == first
    assert asked == []
    edited = [*LINES[:4], ("他走了。", "zh")]
    speaking.plan(edited, readings=Readings(file))
    assert asked == ["他走了。"]


def test_other_rules_read_every_line_again_and_remake_nothing(
    speaking: Speaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "readings.sqlite"
    first = speaking.plan(readings=Readings(file))
    monkeypatch.setattr(TextCode, "digest", lambda _: "other rules")
    asked = asked_of(speaking.engine, monkeypatch)
    assert speaking.plan(readings=Readings(file)) == first
    assert len(asked) == len(LINES)


def test_a_damaged_file_of_readings_is_not_missed(speaking: Speaking, tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    file.write_bytes(b"no database at all" * 100)
    assert speaking.plan(readings=Readings(file)) == speaking.plan()
    first = Readings(file)
    speaking.plan(readings=first)
    assert file.read_bytes()[:6] == b"SQLite"


def test_a_reading_with_a_flipped_bit_is_read_anew(
    speaking: Speaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "readings.sqlite"
    first = speaking.plan(readings=Readings(file))
    with sqlite3.connect(file) as database:  # “The tomato” read with another letter is plain JSON still
        changed = database.execute("UPDATE readings SET prepared = REPLACE(prepared, 'tomato', 'tomatp')")
        assert changed.rowcount
    asked = asked_of(speaking.engine, monkeypatch)
    assert speaking.plan(readings=Readings(file)) == first
    assert asked == ["The tomato was red.", "A tomato, he said."]


def test_a_line_that_cannot_be_read_is_named(speaking: Speaking) -> None:
    with pytest.raises(DuoyinError, match="does not speak 'xx'") as caught:
        speaking.engine.read(Utterance("Hello.", "xx", speaking.voice))
    assert "Hello." in str(caught.value)


def test_the_digest_of_the_text_code_follows_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "some_text_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    table = package / "table.tsv"
    table.write_text("a\tb\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    digests = []
    for content in ("a\tb\n", "a\tc\n", "a\tb\n"):
        table.write_text(content)
        from tts_core import description

        description._text_code_digest.cache_clear()
        digests.append(TextCode(("some_text_rules",)).digest())
    assert digests[0] == digests[2] != digests[1]


def many_lines(count: int = 30) -> list[tuple[str, str]]:
    return [
        (f"Number {i} of the line.", "en") if i % 2 else (f"第{i}行写在这里。", "zh") for i in range(count)
    ]


class Told(Silent):
    """Notes stages and shares; `stop_at` ends the work at that share."""

    def __init__(self, stop_at: float = 2.0) -> None:
        self.stages: list[str] = []
        self.shares: list[float] = []
        self.stop_at = stop_at

    def stage(self, name: str, detail: str = "") -> None:
        self.stages.append(f"{name}: {detail}")

    def share(self, done: float, detail: str = "") -> None:
        self.shares.append(done)
        if done >= self.stop_at:
            raise KeyboardInterrupt


@pytest.fixture
def kokoro(speaking: Speaking, monkeypatch: pytest.MonkeyPatch) -> Speaking:
    monkeypatch.setattr("flows.making.readings.MANY_LINES", 20)
    monkeypatch.setattr("flows.making.readings.LINES_FOR_PROCESSES", 20)
    monkeypatch.setattr("flows.making.readings.CHUNK_LINES", 4)
    return speaking


@pytest.mark.parametrize("speaking", ["kokoro"], indirect=True)
def test_many_lines_are_read_by_several_processes_as_by_one(
    kokoro: Speaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = many_lines()
    alone = kokoro.plan(script)
    asked = asked_of(kokoro.engine, monkeypatch)
    pools: list[EnginePool] = []

    def readers(name: str) -> EnginePool:
        pools.append(EnginePool(name, tmp_path / "takes", workers=2))
        return pools[-1]

    told, file = Told(), tmp_path / "readings.sqlite"
    with reporting(told):
        assert kokoro.plan(script, readings=Readings(file, readers)) == alone
        assert told.stages == ["Reading lines: 30 of 30"]
        assert told.shares == sorted(told.shares) and told.shares[-1] == 1.0
        assert kokoro.plan(script, readings=Readings(file, readers)) == alone
    assert asked == []
    assert len(told.stages) == len(pools) == 1 and not pools[0].pids()


@pytest.mark.parametrize("processes", [0, 1])
@pytest.mark.parametrize("speaking", ["kokoro"], indirect=True)
def test_a_stopped_reading_keeps_what_it_has_and_goes_on(
    kokoro: Speaking, tmp_path: Path, processes: int
) -> None:
    file, pools = tmp_path / "readings.sqlite", []

    def readers(name: str) -> EnginePool:
        pools.append(EnginePool(name, tmp_path / "takes", workers=processes))
        return pools[-1]

    with reporting(Told(stop_at=0.2)), pytest.raises(KeyboardInterrupt):
        kokoro.plan(many_lines(), readings=Readings(file, readers if processes else None))
    assert all(pool.closed and not pool.pids() for pool in pools)
    told = Told()
    with reporting(told):
        kokoro.plan(many_lines(60), readings=Readings(file))
    assert told.stages == ["Reading lines: 52 of 60"]


@pytest.mark.parametrize("speaking", ["kokoro"], indirect=True)
def test_a_line_among_many_that_cannot_be_read_is_named(kokoro: Speaking, tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="does not speak 'xx'") as caught:
        script = [*many_lines(), ("Hello there.", "xx")]
        engine = kokoro.engine
        readings = Readings(tmp_path / "readings.sqlite")
        readings.read_ahead(
            [Unread("kokoro", engine, Utterance(text, language, kokoro.voice)) for text, language in script]
        )
        readings.read("kokoro", engine, Utterance("Hello there.", "xx", kokoro.voice))
    assert "Hello there." in str(caught.value)
