"""Spanish words to phonemes: what the Academia's rules say, one word a rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.phonetics.phonemes import SYMBOLS
from tts_core.phonetics.spanish import say, spelled_out

WORDS = {
    "casa": "kˈasa",
    "ciudad": "θjuðˈad",
    "guerra": "ɡˈera",
    "pingüino": "piŋɡwˈino",
    "queso": "kˈeso",
    "acción": "akθjˈon",
    "huevo": "wˈeβo",
    "hielo": "jˈelo",
    "deshielo": "desjˈelo",
    "alrededor": "ˌalreðeðˈoɾ",
    "perro": "pˈero",
    "pero": "peɾo",
    "México": "mˈexiko",
    "examen": "eksˈamen",
    "xilófono": "silˈofono",
    "muy": "mˈuj",
    "rey": "rˈA",
    "aire": "ˈIɾe",
    "causa": "kˈWsa",
    "deuda": "dˈeʊða",
    "hoy": "ˈoɪ",
    "país": "paˈis",
    "oíais": "oˈiIs",
    "averigüe": "ˌaβeɾˈiɣwe",
    "rápidamente": "rˈapiðamˈente",
    "invierno": "imbjˈeɾno",
    "tengo": "tˈeŋɡo",
    "niño": "nˈiɲo",
    "yo": "ʝˈo",
    "llave": "ʎˈaβe",
    "psicólogo": "sikˈoloɣo",
    "whisky": "wˈiski",
    "de": "de",
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_read_by_the_rules(word: str) -> None:
    assert say(word) == WORDS[word]


def test_american_spanish_has_no_theta() -> None:
    assert say("cabeza", accent="american") == "kaβˈesa"
    assert say("calle", accent="american") == "kˈaʝe"


def test_stops_are_weak_after_a_vowel_and_full_after_a_pause_or_a_nasal() -> None:
    assert say("barco") == "bˈaɾko"
    assert say("barco", previous="mi") == "βˈaɾko"
    assert say("dedo", previous="el") == "dˈeðo"
    assert say("un", following="βˈeso") == "ˈum"


def test_capitals_are_spelled_where_they_are_no_word() -> None:
    assert [spelled_out(word) for word in ("DNI", "PDF", "ONU", "RENFE", "CIA", "LA")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert say("DNI") == "dˈe ˈene ˈi"


@given(st.text(max_size=20))
def test_any_text_gives_symbols_of_the_alphabet(text: str) -> None:
    assert set(say(text)) <= SYMBOLS
