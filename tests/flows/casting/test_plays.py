"""Plays: a printed name says who speaks, above the words or before them; brackets are stage directions."""

from __future__ import annotations

import pytest

from flows.casting import cast_book
from flows.casting.plays import find_speeches, is_play

ABOVE = [
    "ACT I",
    "A room in the old house. ABEL, an old man, sits at the window.",
    *["ABEL.", "[To GRETA.] The ferry is late.", "GRETA.", "It is always late. [Laughing.] You know that."]
    * 4,
    "ABEL.",
    "[GRETA nods.] So I do.",
    "THE BOY.",
    "Nobody came.",
    "And nobody will.",
    "GRETA.",
    "Yes.",
    "Enter Kari.",
]
BEFORE = [
    "ABEL. [To GRETA.] The ferry is late.",
    "GRETA (laughing). It is always late.",
    "ABEL. You know that, I suppose?",
    "GRETA. So I do.",
    "ABEL. Nobody came.",
    "GRETA. Nobody ever does.",
]
SPANISH = ["DON JUAN.—¿Quién va?", "INÉS.—Soy yo, señor.", "DON JUAN.—Pasa.", "INÉS.—Ya paso."] * 2
PROSE = [
    "The ferry was late.",
    "Yes.",
    "Nobody came, and Abel sat at the window.",
    "Nothing.",
    "Yes.",
    "So.",
] * 3


def said(paragraphs: list[str]) -> list[tuple[str, str]]:
    return [(s.speaker, paragraphs[s.paragraph][s.start : s.end]) for s in find_speeches(paragraphs)]


def test_names_above_the_words() -> None:
    speeches = said(ABOVE)

    assert speeches[:3] == [
        ("ABEL", "The ferry is late."),
        ("GRETA", "It is always late."),
        ("GRETA", "You know that."),
    ]
    assert speeches[-4:] == [
        ("ABEL", "So I do."),
        ("THE BOY", "Nobody came."),
        ("THE BOY", "And nobody will."),
        ("GRETA", "Yes."),
    ]


def test_names_before_the_words() -> None:
    assert said(BEFORE)[:3] == [
        ("ABEL", "The ferry is late."),
        ("GRETA", "It is always late."),
        ("ABEL", "You know that, I suppose?"),
    ]
    assert said(SPANISH)[:2] == [("DON JUAN", "¿Quién va?"), ("INÉS", "Soy yo, señor.")]


@pytest.mark.parametrize("paragraphs", [PROSE, ABOVE[:2], ["ACT I", "ACT II", "ACT III", "ACT I"] * 3])
def test_what_is_no_play(paragraphs: list[str]) -> None:
    assert not is_play(paragraphs)
    assert find_speeches(paragraphs) == []


@pytest.mark.parametrize(("play", "lang"), [(ABOVE, "en"), (BEFORE, "en"), (SPANISH, "es")])
def test_every_speech_has_the_voice_of_its_name(play: list[str], lang: str) -> None:
    casting = cast_book([["A preface that somebody wrote."], play], lang)

    lines = [
        ((span.speaker or "").casefold(), play[n][span.start : span.end])
        for c, n, span in casting.dialogue()
        if c == 1
    ]
    assert lines == [(speaker.casefold(), words) for speaker, words in said(play)]
