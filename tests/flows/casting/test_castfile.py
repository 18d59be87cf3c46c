"""The cast file: edits survive re-runs, mistakes are named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.casting import Corrections, LineCorrection, cast_book, castfile
from normalizers import DuoyinError
from tests.flows.casting.test_cast_book import INN

VOICES = {"Martha": "v_one", "Edwin": "v_two", "narrator": "v_told", "unknown": "v_told"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cast.yaml"
    castfile.save(path, cast_book([INN], "en"), VOICES)
    return path


def recast(path: Path) -> castfile.CastFile:
    casting = cast_book([INN], "en", castfile.load(path).corrections())
    castfile.save(path, casting, {c.name: "v_new" for c in casting.characters})
    return castfile.load(path)


def names(cast: castfile.CastFile) -> list[str]:
    return [entry.name for entry in cast.entries]


def test_an_absent_file_is_an_empty_cast(tmp_path: Path) -> None:
    assert castfile.load(tmp_path / "cast.yaml") == castfile.CastFile()


def test_a_second_run_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    recast(path)
    assert path.read_bytes() == before


def test_comments_and_voices_survive(path: Path) -> None:
    path.write_text(
        path.read_text("utf-8").replace("voice: v_two", "voice: v_mine  # my own choice"), "utf-8"
    )
    cast = recast(path)
    assert "# my own choice" in path.read_text("utf-8")
    assert {e.name: e.voice for e in cast.entries} == {"Martha": "v_one", "Edwin": "v_mine"}


def test_renaming_is_stable(path: Path) -> None:
    castfile.rename_character(path, "Martha", "Mattie")
    for _ in range(2):
        cast = recast(path)
        assert sorted(names(cast)) == ["Edwin", "Mattie"]
        assert "Martha" in next(e for e in cast.entries if e.name == "Mattie").aliases


def test_merging_and_splitting_are_stable(path: Path) -> None:
    castfile.merge_characters(path, "Martha", ["Edwin"])
    assert names(recast(path)) == ["Martha"]
    castfile.split_character(path, "Martha", ["Edwin", "Edwin Holt"])
    for _ in range(2):
        assert sorted(names(recast(path))) == ["Edwin", "Martha"]


def test_an_emptied_voice_is_chosen_again(path: Path) -> None:
    castfile.revoice_character(path, "Martha", None)
    assert next(e.voice for e in recast(path).entries if e.name == "Martha") == "v_new"


def test_a_corrected_line_is_stored_once_and_holds(path: Path) -> None:
    for speaker in ("Martha", "Edwin"):
        castfile.correct_line(path, LineCorrection("You might sound sorry about it.", speaker, 1))
    cast = castfile.load(path)
    assert [line.speaker for line in cast.lines] == ["Edwin"]
    casting = cast_book([INN], "en", cast.corrections())
    assert [s.speaker for _, _, s in casting.dialogue()][2] == "Edwin"


def test_a_later_volume_finds_its_voices_by_name_or_alias(path: Path) -> None:
    later = cast_book([["“Back again,” said Martha Vane.", "“I am,” said Tom."]], "en")
    fixed = castfile.load(path).voices_for(later)
    assert [fixed.get(c.name) for c in later.characters if "Martha" in c.name] == ["v_one"]
    assert "Tom" not in fixed


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("characters:\n  - name: [a\n", 3, "not YAML"),
        ("characters:\n  - name: Ada\n  - lines: 3\n", 3, "no name"),
        ("characters:\n  - name: Ada\n    gender: maybe\n", 2, "no gender"),
        ("characters:\n  - name: Ada\n    gender: [F]\n", 2, "no gender"),
        ("characters:\n  - name: Ada\n    age: [old]\n", 2, "no age"),
        ("characters:\n  - name: Ada\n    aliases: [A]\n  - name: Abe\n    aliases: [A]\n", 4, "both"),
        ("lines:\n  - {text: hello there}\n", 2, "speaker"),
        ("cast: []\n", 1, "means nothing"),
        ("characters:\n  - name: Ada\n    sex: F\n", 3, "means nothing"),
        ("lines:\n  - {txt: hello there, speaker: Ada}\n", 2, "means nothing"),
        ("characters:\n  - name: Ada\n    voice:bf_emma\n    age: old\n", 3, "not YAML"),
        ("- a\n- b\n", 1, "mapping"),
        ("characters:\n  - name: Ada\n    aliases: {a: b}\n", 2, "list of names"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "cast.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(DuoyinError) as caught:
        castfile.load(path)
    assert words in str(caught.value) and f"cast.yaml, line {line}" in str(caught.value.where)


def test_a_correction_of_words_nobody_says_is_an_error(path: Path) -> None:
    castfile.correct_line(path, LineCorrection("These words are nowhere.", "Martha"))
    with pytest.raises(DuoyinError, match="no line of the book") as caught:
        cast_book([INN], "en", castfile.load(path).corrections())
    assert (caught.value.where or "").startswith(f"{path}, line ")


@pytest.mark.parametrize("words", ["Only me", "“Only me,”", "only me!"])
def test_marks_at_the_end_of_a_corrected_line_are_not_compared(words: str) -> None:
    story = ["“Who is there?” asked Abel.", "“Only me,” said Mary.", "“So,” said Abel."]
    corrections = Corrections(lines=(LineCorrection(words, "Abel"),))
    made = cast_book([story], "en", corrections)
    spoken = [span.speaker for paragraph in made.spans[0] for span in paragraph if span.kind == "dialogue"]
    assert spoken == ["Abel", "Abel", "Abel"]


@pytest.mark.parametrize(("written", "held"), [("Mattie", ["Mattie"]), ("", []), ("5", ["5"])])
def test_an_alias_that_is_no_list_is_one_name_and_none_is_none(
    path: Path, written: str, held: list[str]
) -> None:
    """Not its letters, one by one."""
    path.write_text(f"characters:\n  - name: Martha\n    aliases: {written}\n  - name: Edwin\n", "utf-8")
    held = [*held, "Martha Vane"]  # as the book calls her
    assert [list(e.aliases) for e in recast(path).entries if e.name == "Martha"] == [held]
    castfile.rename_character(path, "Martha", "Mara")
    assert next(list(e.aliases) for e in castfile.load(path).entries if e.name == "Mara") == [*held, "Martha"]
    castfile.merge_characters(path, "Mara", ["Edwin"])
    assert "Edwin" in castfile.load(path).entries[0].aliases
