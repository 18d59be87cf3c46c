"""A pair of checkpoints becomes an imported model, once and checked."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.files.imported import imported_model


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    return tiny.save_gpt(folder / "anna.ckpt"), tiny.save_sovits(folder / "anna.pth")


def test_import_converts_once_and_records_digests(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    first = import_checkpoints(*pair, "anna", tmp_path / "a")
    again = import_checkpoints(*pair, "anna", tmp_path / "b")
    assert first == again
    assert first.version == "v2"
    assert set(first.sources) == {"anna.ckpt", "anna.pth"}
    assert imported_model(tmp_path / "a" / "anna") == first
    converted = read_checkpoint(tmp_path / "a" / "anna" / "sovits.safetensors")
    original = read_checkpoint(pair[1])
    assert converted.kind == original.kind
    assert converted.config == original.config
    assert all(torch.equal(converted.weights[name], tensor) for name, tensor in original.weights.items())


def test_import_refuses_what_it_cannot_run(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    with pytest.raises(DuoyinError, match="swapped"):
        import_checkpoints(pair[1], pair[0], "anna", tmp_path)
    with pytest.raises(DuoyinError, match="cannot be a model's name"):
        import_checkpoints(*pair, "../anna", tmp_path)
    v3 = tmp_path / "v3.pth"
    torch.save({"weight": {"cfm.a": torch.zeros(1)}, "config": {}, "info": ""}, v3)
    with pytest.raises(DuoyinError, match="v3 cannot be run yet"):
        import_checkpoints(pair[0], v3, "anna", tmp_path)
    assert not (tmp_path / "anna").exists()


def test_a_changed_import_is_noticed(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    import_checkpoints(*pair, "anna", tmp_path)
    file = tmp_path / "anna" / "t2s.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(DuoyinError, match="not the one that was imported"):
        imported_model(tmp_path / "anna")
