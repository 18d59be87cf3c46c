"""Spanish dialogue: dashes, the tags behind them, and the turns between tags."""

from __future__ import annotations

from flows.casting import attribute, cast_book
from flows.casting.spanish.people import tagged

PLAZA = [
    "La plaza estaba vacía cuando llegó don Fermín.",
    "—¿Ha visto usted a mi hermana? —preguntó don Fermín.",
    "—No, señor —respondió el viejo sin levantar la cabeza—. Hoy no ha venido nadie.",
    "—¿Está seguro?",
    "—Seguro.",
    "Ana Ozores salió entonces de la iglesia.",
    "—¡Fermín! —gritó Ana.",
    "«No me mires», pensó ella.",
    "—Vámonos —dijo Ana Ozores—, que es tarde.",
]


def speakers(paragraphs: list[str]) -> list[str | None]:
    return [span.speaker for _, _, span in cast_book([paragraphs], "es").dialogue()]


def test_tags_name_the_speaker_on_both_sides_of_an_aside() -> None:
    told = speakers(PLAZA)
    assert told[0] == "Fermín"
    assert told[1:3] == ["el viejo", "el viejo"]
    assert told[-2:] == ["Ana Ozores", "Ana Ozores"]


def test_lines_between_tags_alternate() -> None:
    told = speakers(PLAZA)
    assert told[3:5] == ["Fermín", "el viejo"]


def test_a_short_form_is_its_owners() -> None:
    assert {name for _, _, name in attribute("\n\n".join(PLAZA), "es") if name} == {
        "Fermín",
        "el viejo",
        "Ana Ozores",
    }


def test_titles_articles_and_endings_tell_the_gender() -> None:
    people = {character.name: character for character in cast_book([PLAZA], "es").characters}
    assert people["Fermín"].gender == "male"
    assert people["el viejo"].gender == "male" and people["el viejo"].age == "old"
    assert people["Ana Ozores"].gender == "female"


def test_words_that_name_nobody_are_no_people() -> None:
    assert [who.name for who in tagged("—Ven —dijo la voz. —No —respondió Dios.")] == []


def test_a_name_before_the_verb_and_a_colon() -> None:
    assert speakers(["Pedro dijo: «Mañana vuelvo a casa.»", "«Te espero», contestó doña Rosa."])[-1] == "Rosa"


def test_a_pronoun_tells_the_gender() -> None:
    told = speakers(
        [
            "—¿Vienes? —preguntó Ana.",
            "—Voy —respondió Luis.",
            "—Date prisa —dijo ella.",
            "—Ya voy —dijo él.",
        ]
    )
    assert told == ["Ana", "Luis", "Ana", "Luis"]


def test_hyphens_that_stand_for_rayas() -> None:
    paragraphs = [
        "-Así es -dijo don Quijote-; pero yo sé que él no tiene ninguna culpa.",
        "-¡Voto a tal! -respondió Cardenio.",
        "-Eso no -respondió don Quijote, que era bien-criado-. Vamos.",
        "El cura venía de Ciudad-Real, y no dijo nada.",
    ]

    casting = cast_book([paragraphs * 3], "es")

    said = [(span.speaker, paragraphs[n % 4][span.start : span.end]) for _, n, span in casting.dialogue()]
    assert said[:5] == [
        ("Quijote", "Así es"),
        ("Quijote", "pero yo sé que él no tiene ninguna culpa."),
        ("Cardenio", "¡Voto a tal!"),
        ("Quijote", "Eso no"),
        ("Quijote", "Vamos."),
    ]
