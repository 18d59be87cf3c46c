"""How single English words are said, in the symbols of the dictionaries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.phonetics.lexicon_en import (
    EnglishLexicon,
    _past_stems,
    _plural_stems,
    _suffixed_stems,
    english_lexicon,
)
from tts_core.phonetics.phonemes import SYMBOLS

AMERICAN, BRITISH = english_lexicon("american"), english_lexicon("british")
HEARD = SYMBOLS


@pytest.mark.parametrize(
    ("word", "symbols"),
    [
        ("house", "hˈWs"),
        ("House", "hˈWs"),
        ("Darcy's", "dˈɑɹsiz"),
        ("bosses'", "bˈɔsᵻz"),
        ("mustn't", "mˈʌsᵊnt"),
        ("café", "kæfˈA"),
        ("McDarcy", "məkdˈɑɹsi"),
    ],
)
def test_american_words(word: str, symbols: str) -> None:
    assert AMERICAN.say(word) == symbols


def test_the_two_accents_differ() -> None:
    assert AMERICAN.say("bath") == "bˈæθ" and BRITISH.say("bath") == "bˈɑːθ"
    assert AMERICAN.say("car").endswith("ɹ") and not BRITISH.say("car").endswith("ɹ")


@pytest.mark.parametrize(
    ("stem", "word", "ending"),
    [
        ("blorn", "Blorn's", "z"),
        ("skrup", "Skrup's", "s"),
        ("grish", "Grish's", "ᵻz"),
        ("trave", "Trave'll", "əl"),
    ],
)
def test_endings_follow_the_last_sound(stem: str, word: str, ending: str) -> None:
    assert AMERICAN.say(word) == AMERICAN.say(stem) + ending


def test_an_inflected_form_that_no_dictionary_has_keeps_its_stem() -> None:
    stem = AMERICAN.say("zip")
    assert AMERICAN._inflected("zipped", "VBD", 0) == stem + "t"
    assert AMERICAN._inflected("zipping", "VBG", 0) == stem + "ɪŋ"
    assert AMERICAN._inflected("waited", "VBD", 0) == "wˈAɾᵻd"  # the tap
    assert BRITISH._inflected("starring", "VBG", 0) == "stˈɑːɹɪŋ"  # the linking r


def test_what_an_ending_may_stand_after() -> None:
    assert _plural_stems("cities") == ["city", "citie", "citi"] and _plural_stems("glass") == []
    assert _past_stems("stopped") == ["stoppe", "stopp", "stop"] and _past_stems("tried")[0] == "try"
    assert (
        _suffixed_stems("making", "ing") == ["mak", "make"] and _suffixed_stems("happier", "er")[0] == "happy"
    )
    assert (
        _suffixed_stems("bigger", "er") == ["bigg", "bigge", "big"] and _suffixed_stems("ring", "ing") == []
    )


def test_the_part_of_speech_decides_between_readings() -> None:
    assert AMERICAN.say("record", "NN") != AMERICAN.say("record", "VB")
    assert AMERICAN.say("read", "VBD") == "ɹˈɛd" and AMERICAN.say("read", "VB") == "ɹˈid"
    assert AMERICAN.say("live", "VBP") == "lˈɪv" and AMERICAN.say("live", "JJ") == "lˈIv"


def test_a_word_before_a_pause_is_strong() -> None:
    assert AMERICAN.say("could") == "kʊd" and AMERICAN.say("could", before_pause=True) == "kˈʊd"


def test_acronyms_are_spelled_or_read_and_shouted_words_are_read() -> None:
    assert AMERICAN.say("FBI") == AMERICAN.spell("FBI")
    assert AMERICAN.say("NASA") == "nˈæsə"
    assert AMERICAN.say("STOP") == AMERICAN.say("stop")
    assert AMERICAN.say("XKCDQ") == AMERICAN.spell("XKCDQ")


def test_compounds_of_known_words_stress_the_first() -> None:
    assert AMERICAN._compound("cloudhouse") == "klˈWdhˌWs"


def test_names_that_the_dictionaries_lack() -> None:
    assert AMERICAN.say("Margaret") == "mˈɑɹɡɹət" and BRITISH.say("Margaret") == "mˈɑːɡɹət"
    assert AMERICAN.say("Hugh") == "hjˈu" and BRITISH.say("Hugh") == "hjˈuː"
    assert BRITISH.say("Simon") == AMERICAN.say("Simon") == "sˈImən"


def test_a_british_speaker_knows_the_names_of_the_american_dictionary() -> None:
    assert BRITISH.say("Elizabeth") == "əlˈɪzəbəθ"
    assert BRITISH.say("Walter") == "wˈɒltə"


def test_chinese_names_in_pinyin_are_not_read_as_english() -> None:
    assert AMERICAN.say("Zhang") == "ʤˈɑŋ" and AMERICAN.say("Xiaoming") == "ʃjWmˈiŋ"
    assert BRITISH.say("Zhang") == "ʤˈɑːŋ"
    assert AMERICAN.say("Marina") != "mɑɹinˈɑ"


@pytest.mark.parametrize(
    "name", ["Hermione", "Raskolnikov", "Cthulhu", "Wemmick", "Pirrip", "Daenerys", "Xochitl", "Ng"]
)
def test_a_name_nobody_knows_is_said_with_one_main_stress(name: str) -> None:
    symbols = AMERICAN.say(name)
    assert symbols.count("ˈ") == 1 and set(symbols) <= HEARD


@given(
    st.from_regex(re.compile(r"\A[A-Za-zÀ-ÖØ-öø-ÿ]{1,12}('[a-z]{1,2})?\Z")),
    st.sampled_from([AMERICAN, BRITISH]),
)
def test_no_word_is_dropped(word: str, lexicon: EnglishLexicon) -> None:
    symbols = lexicon.say(word)
    assert symbols and set(symbols) <= HEARD, word


@pytest.mark.parametrize(
    ("cried", "like"),
    [("Noooo", "no"), ("NOOOOO", "no"), ("Goooood", "good"), ("Ohhh", "oh"), ("Eww", "ew"), ("Brrr", "burr"),
     ("Yesss", "yes"), ("Whaaat", "what"), ("Helllp", "help")],
)  # fmt: skip
def test_drawn_out_words_are_the_words_behind_them(cried: str, like: str) -> None:
    assert AMERICAN.say(cried) == AMERICAN.say(like)


def test_hushes_are_made_and_acronyms_spelled() -> None:
    assert AMERICAN.say("Shhh") == AMERICAN.say("sh") == "ʃʃ"
    assert AMERICAN.say("Psst") == AMERICAN.say("Pssst") == "pst"
    assert AMERICAN.say("AAA") == AMERICAN.spell("AAA")
    assert AMERICAN.say("Ann") == "ˈæn" and AMERICAN.say("egg") == "ˈɛɡ", "a double letter of a word stays"
