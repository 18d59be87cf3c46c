"""English sentences as Kokoro wants them."""

from __future__ import annotations

import pytest

from normalizers import DuoyinError, Hint
from normalizers.hints import Alphabet
from tts_core.kokoro.g2p_en import EnglishG2P
from tts_core.kokoro.g2p_zh import ChineseG2P
from tts_core.kokoro.vocabulary import VOCABULARY
from tts_core.phonetics.phonemes import tidy

G2P = EnglishG2P("american", ChineseG2P(str).say_plain)


def said(text: str, *hints: Hint) -> str:
    return "".join(sound.symbols for sound in tidy(G2P.sounds(text, hints)))


def test_articles_and_to_follow_the_next_sound() -> None:
    assert said("the man").startswith("ðə ") and said("the hour").startswith("ði ")
    assert said("a man").startswith("ɐ ") and said("an hour").startswith("ɐn ")
    assert said("to go").startswith("tə ") and said("to eat").startswith("tʊ ")


def test_the_letter_a_is_not_the_article() -> None:
    assert "ˈA" in said("He got an A.")
    assert said("A man").startswith("ɐ ")


def test_used_to_is_not_used() -> None:
    assert "jˈust" in said("He used to smoke.") and "jˈuzd" in said("They used the knife.")


def test_marks_are_those_of_the_model() -> None:
    assert said('"Stop!" he said -- and (at last) stopped...') == said(
        "“Stop!” he said — and (at last) stopped…"
    )
    assert set(said('"Stop!" he said -- and [at last] stopped...')) <= set(VOCABULARY)


def test_every_word_keeps_its_place() -> None:
    text = "Mr Darcy’s well-known friend, o'clock!"
    words = [text[s.start : s.end] for s in G2P.sounds(text) if s.word]
    assert words == ["Mr", "Darcy’s", "well", "known", "friend", "o'clock"]


def test_the_tap_is_written_as_the_model_knows_it() -> None:
    assert "ɾ" not in said("better water") and "T" in said("better water")


def hint(text: str, word: str, alphabet: Alphabet, value: str) -> Hint:
    at = text.index(word)
    return Hint(at, at + len(word), alphabet, value, "project")


def test_hints_replace_what_they_cover() -> None:
    text = "Wemmick laughed."
    readings: tuple[tuple[Alphabet, str], ...] = (
        ("ipa", "hɜɹˈmaɪ.ə.ni"),
        ("arpabet", "HH ER0 M AY1 AH0 N IY0"),
        ("respell", "her my oh knee"),
        ("pinyin", "he4 min3"),
    )
    for alphabet, value in readings:
        result = said(text, hint(text, "Wemmick", alphabet, value))
        assert result != said(text) and result.endswith("lˈæft."), alphabet
    assert said(text, hint(text, "Wemmick", "ipa", "hɜɹˈmaɪ.ə.ni")).startswith("hɜɹmˈIəni")


def test_a_hint_in_unknown_symbols_is_an_error_for_people() -> None:
    text = "Hermione"
    with pytest.raises(DuoyinError, match="not an ARPAbet phone"):
        said(text, hint(text, text, "arpabet", "HH QQ1"))
    with pytest.raises(DuoyinError, match="not a known IPA symbol"):
        said(text, hint(text, text, "ipa", "h§"))


def test_digits_and_signs_that_slipped_through_are_said() -> None:
    assert said("7 & 3%") == said("seven and three percent")
