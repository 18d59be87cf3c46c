"""A Spanish novel and a Spanish subtitle file from source to plan: a third language needs no setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from flows.casting import Casting, Character, Span
from flows.casting.assign import assign_voices
from flows.making import dubbing
from flows.making.book import Book, read_book
from flows.making.dub.programme import read_programme
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.making.voices import Voices
from flows.sources.subtitles import read_subtitles, spoken_lines
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Silent, reporting
from flows.workspace.project import Project, create_project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import tone_project
from tts_core.kokoro.voice_bank import presets

T = TypeVar("T")

NOVEL = Path(__file__).with_name("el-faro.txt")
SUBTITLES = Path(__file__).with_name("sintel-es.vtt")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The novel as read and cast, with the language told by itself."""
    project = open_project(tone_project(tmp_path_factory.mktemp("novela") / "p", NOVEL))
    assert project.settings.language == "auto"
    return read_book(project)


def test_the_text_tells_the_language(book: Book) -> None:
    assert book.language == "es"
    assert {line.language for line in book.lines} == {"es"}


@pytest.mark.parametrize("declared", ["language: es", "language: en", "language: spa", "author: Nadie"])
def test_metadata_that_are_right_wrong_or_missing_lead_to_spanish(tmp_path: Path, declared: str) -> None:
    source = tmp_path / "el-faro.md"
    text = re.sub(
        r"^(Capítulo|Epílogo)", r"## \1", NOVEL.read_text("utf-8").split("\n", 1)[1], flags=re.MULTILINE
    )
    source.write_text(f"---\ntitle: El faro\n{declared}\n---\n{text}", "utf-8")
    read = read_book(open_project(tone_project(tmp_path / "p", source)))
    assert read.language == "es"
    assert [chapter.title for chapter in read.manuscript.chapters][-1] == "Epílogo"


def test_chapters_are_found_and_announced_by_their_headings(book: Book) -> None:
    titles = ["Capítulo 1. La carta", "Capítulo II. La lámpara", "Epílogo"]
    assert book.manuscript.title == "El faro de Punta Negra"
    assert [chapter.title for chapter in book.manuscript.chapters] == titles
    assert [line.text for line in book.lines if line.kind == "heading"] == titles


def test_tags_behind_dashes_name_who_speaks(book: Book) -> None:
    said = {line.text.lstrip("—"): line.speaker for line in book.lines if line.kind == "dialogue"}
    assert said["¿Quién la ha traído?"] == "Mateo"
    assert said["Dime qué pone"] == "Elvira"
    assert said["¿Sabes lo que significa?"] == "Lucía"
    assert said["Aquella noche faltó el aceite."] == "Fermín"
    assert said["Llevo 12 años esperando a que alguien suba esa escalera."] == "el viejo"
    assert book.casting is not None
    assert {c.name: c.gender for c in book.casting.characters} == {
        "Mateo": "male",
        "Elvira": "female",
        "Lucía": "female",
        "Fermín": "male",
        "el viejo": "male",
    }


def test_thoughts_in_angle_marks_are_the_narrators(book: Book) -> None:
    thoughts = [line for line in book.lines if "no puede ser" in line.text or "Madre lo sabía" in line.text]
    assert [line.speaker for line in thoughts] == ["narrator", "narrator"]


def spoken_texts(lines: Sequence[PlannedLine]) -> str:
    return " ".join(line.utterance.text for line in lines if line.utterance is not None)


def test_what_is_spoken_follows_spanish_rules(tmp_path: Path) -> None:
    project = open_project(tone_project(tmp_path / "p", NOVEL))
    engines = Engines(project)
    read = read_book(project, engines)
    spoken = spoken_texts(plan_lines(read.lines, read.voices.by_speaker, read.lexicon, engines.of_voice))
    for words in (
        "Capítulo uno. La carta",
        "Capítulo dos. La lámpara",
        "el tres de marzo de mil novecientos veintiuno, a las ocho y media de la mañana",
        "Tenía veintiún años, las manos de un hombre de cuarenta",
        "un billete de cincuenta pesetas",
        "del señor Quiroga, el notario",
        "la avenida de la Marina, número siete",
        "mil quinientas pesetas",
        "otras ochocientas",
        "catorce kilómetros de camino",
        "diecisiete de noviembre de mil novecientos nueve",
        "El setenta y cinco por ciento del aceite",
        "en el segundo piso",
        "treinta y un hombres",
    ):
        assert words in spoken
    assert not re.search(r"\d", spoken)


# -- voices --------------------------------------------------------------------------------------------------


def kokoro_voices(characters: int) -> dict[str, str]:
    people = tuple(
        Character(f"P{i}", gender=("male", "female")[i % 2], lines=40 - i) for i in range(characters)
    )
    talk = tuple(
        (Span(0, 5, "dialogue", a.name), Span(5, 9, "dialogue", b.name)) for a, b in pairwise(people)
    )
    casting = Casting("es", people, (talk,))
    return assign_voices(casting, presets(), "es")


def test_a_small_cast_speaks_with_spanish_voices() -> None:
    chosen = kokoro_voices(2)
    assert chosen["narrator"] == "ef_dora"
    assert chosen["P0"] == "em_alex"


def test_a_big_cast_is_joined_by_voices_that_the_spanish_ones_carry() -> None:
    """Three voices speak Spanish; all others that stand in have a partner that makes them speak it."""
    chosen = kokoro_voices(30)
    gender = {preset.name: preset.gender for preset in presets()}
    assert all(gender[chosen[f"P{i}"]] == ("male", "female")[i % 2] for i in range(30))
    assert len(set(chosen.values())) > 12
    assert all(chosen[f"P{i}"] != chosen[f"P{i + 1}"] for i in range(29))


# -- the dub -------------------------------------------------------------------------------------------------


def test_cues_tell_the_language_and_keep_their_times() -> None:
    file = read_subtitles(SUBTITLES)
    lines = spoken_lines(file)
    assert {line.language for line in lines} == {"es"}
    assert [line.cue for line in lines] == list(range(2, 15))
    assert (lines[0].start_ms, lines[0].end_ms) == (18_700, 21_500)
    assert "Blender" not in " ".join(line.text for line in lines)


def test_a_label_before_spanish_words_names_the_speaker(tmp_path: Path) -> None:
    source = tmp_path / "es.srt"
    source.write_text(
        "1\n00:00:01,000 --> 00:00:03,000\nCHAMÁN: ¿Qué te trae a la tierra de los guardianes?\n\n"
        "2\n00:00:04,000 --> 00:00:05,500\n- Estoy buscando a alguien.\n- ¿A quién?\n",
        "utf-8",
    )
    lines = spoken_lines(read_subtitles(source))
    assert lines[0].speaker == "CHAMÁN"
    assert [line.text for line in lines] == [
        "¿Qué te trae a la tierra de los guardianes?",
        "Estoy buscando a alguien.",
        "¿A quién?",
    ]


def test_the_dub_is_planned(tmp_path: Path) -> None:
    project = open_project(tone_project(tmp_path / "p", SUBTITLES))
    programme = read_programme(project, Engines(project))
    assert programme.language == "es"
    with Ledger(project.ledger_file) as ledger:
        assert len(dubbing.forecast(project, ledger).plan.lines) == 13


def test_a_language_that_nobody_speaks_is_refused_with_those_that_are_spoken(tmp_path: Path) -> None:
    source = tmp_path / "wald.txt"
    source.write_text(
        "Es war einmal ein König, der hatte einen großen Wald bei seinem Schloss. Darin lief Wild aller Art herum, und "
        "das war nicht gut für ihn. Er schickte einen Jäger aus, der sollte ein Reh schießen, aber er kam "
        "nicht wieder. "
        "»Vielleicht ist ihm ein Unglück zugestoßen«, sagte der König, und es war auch so. Den folgenden "
        "Tag schickte er "
        "zwei andere Jäger aus, die sollten ihn suchen, aber die blieben auch weg. Da ließ er am dritten "
        "Tag alle seine "
        "Jäger kommen und sprach: »Streift durch den ganzen Wald und lasst nicht ab, bis ihr sie alle drei "
        "gefunden habt.« ",
        "utf-8",
    )
    project = open_project(tone_project(tmp_path / "p", source))
    engines = Engines(project)
    with pytest.raises(DuoyinError) as refused:
        read = read_book(project, engines)
        plan_lines(read.lines, read.voices.by_speaker, read.lexicon, engines.of_voice)
    told = f"{refused.value} {refused.value.hint}"
    assert "de" in re.findall(r"\w+", told) or "German" in told
    assert all(code in re.findall(r"\w+", told) for code in ("en", "zh", "es"))


def run_here(name: str, work: Callable[[], T]) -> T:
    """A step without Prefect."""
    return work()


@pytest.mark.slow
def test_spanish_sintel_is_dubbed(tmp_path: Path) -> None:
    """The real voices say every cue within its time."""
    project = create_project(SUBTITLES, tmp_path / "p")
    with Ledger(project.ledger_file) as ledger, reporting(Silent()):
        delivery = dubbing.make(project, ledger, speak=speak_here, step=run_here)
    assert delivery.passed, [gate for gate in delivery.scorecard.gates if not gate.passed]
    assert delivery.scorecard.metrics["overlap_ms"] == 0


def speak_here(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Speak what is missing in this process."""
    for line in lines:
        if line.prepared is not None and not project.takes.has(line.key):
            project.takes.write(line.key, next(iter(engines.engine(line.engine).speak([line.prepared]))))
