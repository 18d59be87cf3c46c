"""A base that is there is loaded with its discriminators; one that is not is told with sizes and licences."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tests.tts_core.gpt_sovits.training.tiny_base import NAME
from tests.tts_core.gpt_sovits.training.tiny_sound import NARROWING, base_weights
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.training.base import base_of
from tts_core.gpt_sovits.training.discriminators import PERIODS, discriminator_weights, narrowing_of


def test_a_missing_base_is_told_with_what_pulling_it_would_fetch(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError) as told:
        base_of("gpt-sovits-v2pro", tmp_path, tmp_path)
    for part in (
        "v2Pro/s2Dv2Pro.pth",
        "v2Pro/s2Gv2Pro.pth",
        "MIT (RVC-Boss)",
        "MB  in all",
        "--training --allow-hub",
    ):
        assert part in str(told.value)
    assert "hours of many speakers" in str(told.value)
    with pytest.raises(DuoyinError, match="there is no base model 'mine' on this machine"):
        base_of("mine", tmp_path, tmp_path)


def test_an_export_is_no_base_and_a_base_knows_its_discriminators(tmp_path: Path) -> None:
    gpt = tiny.save_gpt(tmp_path / "a.ckpt")
    import_checkpoints(gpt, tiny.save_sovits(tmp_path / "a.pth"), "export", tmp_path / "models")
    with pytest.raises(DuoyinError, match="export is an export, made for speaking"):
        base_of("export", tmp_path / "models", tmp_path)
    import_checkpoints(gpt, tiny.save_sovits(tmp_path / "b.pth", base_weights()), NAME, tmp_path / "models")
    alone = base_of(NAME, tmp_path / "models", tmp_path)
    assert alone.discriminators is None
    import torch

    (tmp_path / NAME).mkdir()
    torch.save(discriminator_weights(PERIODS, NARROWING), tmp_path / NAME / "s2D.pth")
    whole = base_of(NAME, tmp_path / "models", tmp_path)
    assert whole.discriminators is not None
    assert narrowing_of(whole.discriminators) == NARROWING
    assert whole.digest != alone.digest
