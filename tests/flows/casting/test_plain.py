"""A language without a reader: marks, dashes and turns tell what they can, the rest stays unknown, and a
person is told so."""

from __future__ import annotations

import pytest

from flows.casting import Corrections, LineCorrection, cast_book
from flows.casting.plain import plain_reader
from flows.casting.quotes import find_quotes
from flows.casting.readers import READERS, reader_for

CAFE = [
    "Ana entró en el café.",
    "—Hola —dijo Luis.",
    "—Hola, Luis. ¿Llego tarde?",
    "—Un poco —respondió él, sin mirarla—. Pero no importa.",
    "—Entonces pidamos.",
]


def said(paragraph: str) -> list[str]:
    """What is spoken of one paragraph in a book of dashes."""
    quotes = find_quotes([paragraph], plain_reader("pt").conventions, "dash")
    return [paragraph[q.start : q.end] for q in quotes]


@pytest.mark.parametrize(
    ("paragraph", "words"),
    [
        ("—Hola —dijo Ana—. ¿Vienes?", ["Hola", "¿Vienes?"]),
        ("—Hola —dijo Ana.", ["Hola"]),
        ("—Hola. —Ana sonrió—. ¿Vienes?", ["Hola.", "¿Vienes?"]),
        ("— Привет, — сказала Анна. — Ты идёшь?", ["Привет,", "Ты идёшь?"]),
        ("—Bien.", ["Bien."]),
        ("Ana —que llegó tarde— sonrió.", []),
    ],
)
def test_an_aside_of_dash_dialogue_stands_between_dashes(paragraph: str, words: list[str]) -> None:
    assert said(paragraph) == words


def test_nobody_is_made_up_and_a_person_is_told() -> None:
    casting = cast_book([CAFE], "pt")
    assert {span.speaker for _, _, span in casting.dialogue()} == {None}
    assert len(casting.notes) == 1 and "“pt”" in casting.notes[0]


def test_a_corrected_line_teaches_the_turns_around_it() -> None:
    lines = (LineCorrection("Un poco", "Luis", occurrence=1), LineCorrection("Entonces pidamos.", "Ana"))
    casting = cast_book([CAFE], "pt", Corrections(names={"Ana": "Ana", "Luis": "Luis"}, lines=lines))
    assert [s.speaker for _, _, s in casting.dialogue()] == ["Luis", "Ana", "Luis", "Luis", "Ana"]


def test_printed_labels_name_speakers_in_any_language() -> None:
    casting = cast_book([["ANA: Hola.", "LUIS: Hola.", "ANA: Adiós.", "LUIS: Adiós."]], "pt")
    assert [s.speaker for _, _, s in casting.dialogue()] == ["ANA", "LUIS", "ANA", "LUIS"]


@pytest.mark.parametrize(
    ("text", "language"), [("„Komm“, sagte Anna.", "de"), ("«Viens», dit Anne.", "fr"), ("", "ja")]
)
def test_no_text_of_any_language_fails(text: str, language: str) -> None:
    casting = cast_book([[text], []], language)
    assert "".join(text[s.start : s.end] for s in casting.spans[0][0]) == text


def test_a_language_with_a_reader_is_read_by_it() -> None:
    assert all(reader_for(code).language == code and not reader_for(code).note for code in READERS)
    assert all("tag after sure is" in reader_for(code).weights() for code in ("en", "zh"))
