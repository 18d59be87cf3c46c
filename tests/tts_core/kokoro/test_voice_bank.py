"""Voices, mixtures, and what happens where the 54 cannot be had."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from normalizers import DuoyinError
from tts_core.kokoro.voice_bank import (
    FALLBACK_VARIABLE,
    PARTNERS,
    UNINTELLIGIBLE,
    Mixture,
    VoiceBank,
    gender_of,
    language_of,
    parse_voice,
    presets,
)
from tts_core.models import ModelStore


def test_weights_are_scaled_to_sum_to_one() -> None:
    assert parse_voice("af_heart*3 + bm_george") == Mixture((("af_heart", 0.75), ("bm_george", 0.25)))
    assert parse_voice("af_heart").main == "af_heart"


def test_partners_are_recommended_voices_of_their_language_and_gender() -> None:
    recommended = {preset.name for preset in presets() if preset.recommended}
    for (language, gender), voice in PARTNERS.items():
        assert voice in recommended and (language_of(voice), gender_of(voice)) == (language, gender)
    assert not recommended & UNINTELLIGIBLE


def test_a_mixture_is_the_mean_of_its_tables() -> None:
    bank = VoiceBank(ModelStore())
    if len(bank.available) < 54:
        pytest.skip("only the Japanese voices are here")
    one, other = bank.table("af_heart", "en"), bank.table("bm_george", "en")
    mixed = bank.table("af_heart*0.5+bm_george*0.5", "en")
    assert mixed.shape == (510, 256) and np.allclose(mixed, (one + other) / 2, atol=1e-6)


def test_without_npm_five_voices_are_left_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(FALLBACK_VARIABLE, "")  # put back afterwards
    store = ModelStore(tmp_path / "store", user_sources=[])
    with pytest.warns(UserWarning, match=r"five Japanese voices[\s\S]*npm is not installed"):
        bank = VoiceBank(store)
    assert bank.presets()[0].name == "jm_kumo" and len(bank.presets()) == 5
    assert bank.table("jm_kumo", "zh").shape == (510, 256)
    with pytest.raises(DuoyinError, match=r"not on this machine[\s\S]*jm_kumo"):
        bank.table("af_heart", "en")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        VoiceBank(store)  # a worker started by this process
