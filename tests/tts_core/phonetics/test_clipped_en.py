"""Words as dialect speakers clip them."""

from __future__ import annotations

import pytest

from tts_core.phonetics.lexicon_en import english_lexicon

AMERICAN = english_lexicon("american")


@pytest.mark.parametrize(
    ("word", "symbols"),
    [
        ("th’", "ðə"), ("an'", "ən"), ("d'ye", "djə"), ("o’", "ə"), ("goin'", "ɡˈOɪn"), ("nothin’", "nˈʌθɪn"),
        ("'ead", "ˈɛd"), ("'is", "ɪz"), ("’e", "i"), ("g'night", "ɡənˈIt"), ("heav'n", "hˈɛvᵊn"), ("b'lieve", "bəlˈiv"),
        ("didn'", "dˈɪdᵊn"), ("owd", "ˈWd"),
    ],
)  # fmt: skip
def test_a_clipped_word_is_never_spelled(word: str, symbols: str) -> None:
    assert AMERICAN.say(word) == symbols


@pytest.mark.parametrize(
    ("word", "whole"),
    [("boys'", "boys"), ("minutes'", "minutes"), ("'over", "over"), ("don't", "don't"), ("James'", "James")],
)
def test_possessives_and_opening_quotes_clip_nothing(word: str, whole: str) -> None:
    assert AMERICAN.say(word) == AMERICAN.say(whole)


@pytest.mark.parametrize(
    ("word", "symbols"),
    [
        ("Chloë", "klˈOi"),
        ("résumé", "ɹˈɛzəmˌA"),
        ("drôle", "dɹˈOl"),
        ("crème", "kɹˈɛm"),
        ("Fouqué", "fˌukˈA"),
    ],
)
def test_accents_are_heard(word: str, symbols: str) -> None:
    assert AMERICAN.say(word) == symbols
