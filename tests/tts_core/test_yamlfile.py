"""YAML files of people: mistakes with their line, and nothing lost when they are written again."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import DuoyinError
from tts_core import yamlfile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [\n", 2, "not YAML"),
        ("a: 1\nb:two\nc: 3\n", 2, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"),
        ("- a\n", 1, "not a mapping"),
    ],
)
def test_what_is_no_mapping_is_told_with_its_line(file: Path, text: str, line: int, words: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(DuoyinError, match=words) as caught:
        yamlfile.read_mapping(file)
    assert caught.value.where == f"{file}, line {line}"


@pytest.mark.parametrize(
    "text",
    ["%YAML 9.9\n---\na: 1\n", "a: 2001-99-99\n", "a: !!int x\n", "a: !!omap 3\n", "a: " + "[" * 400, "<<: *a\n",
     "- {a: b,', }\n%YAML 9.9\n---\n"],
)  # fmt: skip
def test_nothing_of_the_parser_comes_out_as_it_is(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(DuoyinError, match="not YAML"):
        yamlfile.read_mapping(file)


def test_half_a_character_is_refused_before_it_is_written_anywhere(file: Path) -> None:
    file.write_text('a: 1\nname: "\\ud800"\n', "utf-8")
    with pytest.raises(DuoyinError, match="half a character"):
        yamlfile.read_mapping(file)
    file.write_text("pattern: '[\\ud800-\\udfff]'\n", "utf-8")
    assert yamlfile.read_mapping(file)["pattern"] == "[\\ud800-\\udfff]", "between single quotes it is text"


def test_a_mapping_is_no_list(file: Path) -> None:
    file.write_text("a: 1\n", "utf-8")
    with pytest.raises(DuoyinError, match="not a list"):
        yamlfile.read_list(file)


def test_what_cannot_be_read_is_told(file: Path) -> None:
    with pytest.raises(DuoyinError, match="cannot be read"):
        yamlfile.read_mapping(file)
    file.write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(DuoyinError, match="not UTF-8"):
        yamlfile.read_mapping(file)


def test_an_empty_file_holds_nothing(file: Path) -> None:
    file.write_text("# nothing yet\n", "utf-8")
    assert yamlfile.read_mapping(file) == {}
    assert yamlfile.read_list(file) == []


def test_every_node_has_its_place(file: Path) -> None:
    file.write_text("a: 1\nb:\n  c: 2\n  d:\n    - e: 3\n", "utf-8")
    document = yamlfile.read_mapping(file)
    assert yamlfile.place(file, document, "b") == f"{file}, line 2"
    assert yamlfile.place(file, document["b"], "c") == f"{file}, line 3"
    assert yamlfile.place(file, document["b"]["d"][0]) == f"{file}, line 5"
    assert yamlfile.place(file, document, "new") == str(file)
    assert yamlfile.place(file) == str(file)


def test_comments_order_and_quotes_survive(file: Path) -> None:
    text = "# a comment\nb: 'two'  # beside it\na: \"one\"\nlist:\n  - x\n"
    file.write_text(text, "utf-8")
    document = yamlfile.read_mapping(file)
    assert yamlfile.to_text(document) == text
    document["c"] = 3
    assert yamlfile.to_text(document) == f"{text}c: 3\n"
