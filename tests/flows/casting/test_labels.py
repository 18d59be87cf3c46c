"""A speaker's label in subtitles tells the gender by its noun, and by its name where it has one."""

from __future__ import annotations

import pytest

from flows.casting import genders, told_by_label

LABELS = {
    "en": {
        "female": ["Woman", "OLD WOMAN", "GIRL 2", "Mom", "Female reporter", "WOMAN'S VOICE", "Mrs. Hall", "Caitlin"],
        "male": ["Man on TV", "BOY", "Dad", "Male voice", "Policeman", "Guy", "Larry King", "Uncle Ben"],
        None: ["Reporter 1", "Kokkoro", "narrator+1"],
    },
    "zh": {
        "female": ["女人", "女声", "女1", "小女孩", "妈妈", "女记者", "李太太"],
        "male": ["男人", "男声", "男2", "爸爸", "男记者", "王先生"],
        None: ["旁白", "记者"],
    },
    "es": {
        "female": ["Mujer", "MUJER 2", "Niña", "Madre", "Voz femenina", "María", "Señora López"],
        "male": ["Hombre 1", "Chico", "VOZ MASCULINA", "Padre", "Carlos Rey"],
        None: ["Policía"],
    },
}  # fmt: skip


@pytest.mark.parametrize("language", LABELS)
def test_a_label_tells_the_gender(language: str) -> None:
    labels = [label for group in LABELS[language].values() for label in group]
    by_name = genders("", language, labels)
    told = {label: told_by_label(label, language, guessed=by_name[label])[0] for label in labels}
    assert told == {label: gender for gender, group in LABELS[language].items() for label in group}


@pytest.mark.parametrize(("label", "language"), [("BOY 2", "en"), ("小女孩", "zh"), ("Niña", "es")])
def test_a_label_tells_a_child(label: str, language: str) -> None:
    assert told_by_label(label, language, guessed=None)[1] == "child"
