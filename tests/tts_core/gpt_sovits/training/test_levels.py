"""Sound is brought to the levels the reference trains on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tts_core.gpt_sovits.training.recorded import names, recorded
from tts_core.gpt_sovits.training.levels import hubert_sound, sliced_sound, training_sound

PREPARED = names("data_prep*", "data_prep")


@pytest.mark.parametrize("name", PREPARED)
def test_parity_train_levels(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    for index in range(len(case.notes["amplitude"]["peaks"])):
        sound = case.inputs[f"wav32k.{index}"].numpy()
        apart = training_sound(sound, wrap=True).astype(int) - case.outputs[f"int16.{index}"].numpy().astype(
            int
        )
        assert np.isin(apart, [-1, 0, 1, -65_535, 65_535]).all()
        features = hubert_sound(sound)
        assert features.shape == tuple(case.outputs[f"hubert16k.{index}"].shape)
        assert np.abs(features - case.outputs[f"hubert16k.{index}"].numpy()).max() <= 1e-2
        apart = sliced_sound(sound).astype(int) - case.outputs[f"slice_int16.{index}"].numpy().astype(int)
        assert np.abs(apart).max() <= 1


def test_what_is_too_loud_is_clipped_where_the_reference_wraps_around() -> None:
    loud = np.array([0.0, 1.4, -1.4], np.float32)
    assert training_sound(loud).tolist() == [0, 32_767, -32_768]
    assert training_sound(loud, wrap=True)[1] < 0


def test_silence_stays_silence() -> None:
    assert not training_sound(np.zeros(100, np.float32)).any()
    assert not sliced_sound(np.zeros(100, np.float32)).any()
    assert training_sound(np.zeros(0, np.float32)).shape == (0,)
