"""Words of books are data: a language names its parts once, and every rule reads them by one loop."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from flows.sources.headings import is_contents_title, parse_heading
from flows.sources.matter import reason_by_name, side_of
from flows.sources.words import WORDS, Words, all_of, any_of


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.code)
def test_every_expression_of_every_language_compiles(words: Words) -> None:
    own = {field.name: getattr(words, field.name) for field in fields(words) if field.name != "talk"}
    talk = {field.name: getattr(words.talk, field.name) for field in fields(words.talk)}
    for name, value in [*own.items(), *talk.items()]:
        if isinstance(value, str):
            re.compile(value)
        else:
            assert all(word == word.lower() for word in value), name


def test_one_module_a_language() -> None:
    assert len({words.code for words in WORDS}) == len(WORDS)


def test_fields_of_all_languages_are_read_as_one() -> None:
    assert any_of("closing").fullmatch("尾声") and any_of("closing").fullmatch("Epilogue")
    assert {"卷", "part", "parte"} <= all_of("holders")
    assert any_of("rights", "^(?:{})$").search("All rights reserved")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Portada", "title-page"),
        ("Página legal", "copyright"),
        ("Notas", "note"),
        ("版权页", "copyright"),
        ("Copyright Page", "copyright"),
        ("奥付", "copyright"),
        ("Capítulo 1", ""),
    ],
)
def test_pages_around_the_story_are_called_by_their_names(title: str, reason: str) -> None:
    assert reason_by_name("c1.xhtml", "", title) == reason


def test_contents_and_sides_in_three_languages() -> None:
    assert all(is_contents_title(title) for title in ("Contents", "目录", "Índice", "もくじ"))
    assert [side_of(title, frozenset()) for title in ("Preface", "前言", "Dedicatoria", "Prólogo")] == [
        "front",
        "front",
        "front",
        "",
    ]
    assert [side_of(title, frozenset()) for title in ("Afterword", "后记", "Bibliografía")] == ["back"] * 3


@pytest.mark.parametrize(
    ("line", "unit", "number", "title"),
    [
        ("Capítulo 3", "capítulo", 3, ""),
        ("CAPÍTULO IV. El duelo", "capítulo", 4, "El duelo"),
        ("Prólogo", "prólogo", None, ""),
        ("Epílogo: La noche", "epílogo", None, "La noche"),
    ],
)
def test_headings_of_a_language_are_its_words_and_nothing_else(
    line: str, unit: str, number: int | None, title: str
) -> None:
    found = parse_heading(line)
    assert found is not None and (found.unit, found.number, found.title) == (unit, number, title)
