"""Checkpoints of strangers: what is accepted, what is refused, and that nothing in them runs."""

from __future__ import annotations

import io
import os
import pickle
import random
import struct
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.files import archive
from tts_core.gpt_sovits.files.checkpoints import (
    Checkpoint,
    fold_weight_norm,
    kind_of,
    read_checkpoint,
)
from tts_core.gpt_sovits.model.sovits import load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    return tiny.save_gpt(folder / "anna.ckpt"), tiny.save_sovits(folder / "anna.pth")


def test_a_gpt_checkpoint(pair: tuple[Path, Path]) -> None:
    checkpoint = read_checkpoint(pair[0])
    assert checkpoint.kind == "t2s"
    assert checkpoint.info == "GPT-e1"
    assert checkpoint.weights["bert_proj.bias"].dtype == torch.float16
    model = load_text2semantic(checkpoint)
    expected = tiny.gpt_weights()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, expected[name].half().float()), name


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize(
    ("version", "speaker", "symbols", "header"),
    [
        ("v1", False, 322, b"PK"),
        ("v1", False, 322, b"00"),
        ("v2", False, 732, b"PK"),
        ("v2", False, 732, b"01"),
        ("v2Pro", True, 732, b"05"),
        ("v2ProPlus", True, 732, b"06"),
    ],
)
def test_a_sovits_checkpoint_with_or_without_version_header(
    tmp_path: Path, version: str, speaker: bool, symbols: int, header: bytes, half: bool
) -> None:
    weights = tiny.sovits_weights(speaker=speaker, symbols=symbols)
    checkpoint = read_checkpoint(
        tiny.save_sovits(tmp_path / "a.pth", weights, version=version, half=half, header=header)
    )
    assert checkpoint.kind == version
    assert load_sovits(checkpoint).kind == version


def test_the_kind_follows_shapes_not_what_the_config_says() -> None:
    weights = tiny.sovits_weights(symbols=322)
    assert kind_of(weights, {"model": {"version": "v2"}}) == "v1"
    pro = {"sv_emb.weight": torch.empty(0), "enc_p.text_embedding.weight": torch.empty(732, 1)}
    assert kind_of({**pro, "dec.conv_pre.weight": torch.empty(768, 1, 1)}) == "v2ProPlus"
    assert (
        kind_of({**pro, "dec.conv_pre.weight": torch.empty(512, 1, 1)}, {"model": {"version": "v2ProPlus"}})
        == "v2Pro"
    )


def test_later_kinds_are_told_apart() -> None:
    flow_matching = {"cfm.estimator.x": torch.empty(1)}
    assert kind_of(flow_matching) == "v3"
    assert kind_of(flow_matching, header=("v4", False)) == "v4"
    assert kind_of(flow_matching, {"model": {"version": "v4"}}) == "v4"
    assert kind_of(flow_matching, header=("v3", True)) == "lora"
    assert kind_of({"cfm.x.lora_A.default.weight": torch.empty(1)}) == "lora"
    with pytest.raises(DuoyinError, match="neither a text-to-semantic nor a SoVITS model"):
        kind_of({"encoder.weight": torch.empty(1)})


def test_training_state_is_ignored_and_everything_else_must_fit(tmp_path: Path) -> None:
    weights = tiny.sovits_weights()
    extra = {"enc_q.pre.weight": torch.zeros(1), "quantizer.vq.layers.0._codebook.inited": torch.ones(1)}
    load_sovits(read_checkpoint(tiny.save_sovits(tmp_path / "a.pth", {**weights, **extra})))
    missing = {name: tensor for name, tensor in weights.items() if name != "enc_p.mrte.c_pre.bias"}
    with pytest.raises(DuoyinError, match=r"missing enc_p.mrte.c_pre.bias \[512\]"):
        load_sovits(read_checkpoint(tiny.save_sovits(tmp_path / "b.pth", missing)))
    with pytest.raises(DuoyinError, match=r"unknown dec.extra \[3\]"):
        load_sovits(
            read_checkpoint(tiny.save_sovits(tmp_path / "c.pth", {**weights, "dec.extra": torch.zeros(3)}))
        )
    wrong = {**weights, "enc_p.mrte.c_pre.bias": torch.zeros(7)}
    with pytest.raises(DuoyinError, match=r"enc_p.mrte.c_pre.bias is \[7\], not \[512\]"):
        load_sovits(read_checkpoint(tiny.save_sovits(tmp_path / "d.pth", wrong)))
    broken = {**weights, "enc_p.mrte.c_pre.bias": torch.full((512,), torch.nan)}
    with pytest.raises(DuoyinError, match=r"enc_p\.mrte\.c_pre\.bias holds values that are no numbers"):
        load_sovits(read_checkpoint(tiny.save_sovits(tmp_path / "e.pth", broken)))


def test_foreign_objects_in_the_config_are_harmless(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """Old trainers pickled their paths and their HParams class along with the numbers."""
    stub = type("HParams", (), {"__module__": "utils"})
    import sys
    import types

    module: Any = types.ModuleType("utils")
    module.HParams = stub
    settings_ = stub()
    settings_.__dict__.update({"model": {"version": "v2"}, "path": PurePosixPath("/logs/s2")})
    sys.modules["utils"] = module
    try:
        torch.save({"weight": tiny.sovits_weights(), "config": settings_, "info": "x"}, tmp_path / "old.pth")
    finally:
        del sys.modules["utils"]
    checkpoint = read_checkpoint(tmp_path / "old.pth")
    assert checkpoint.config["model"] == {"version": "v2"}
    assert load_sovits(checkpoint).kind == "v2"


class _Payload:
    """What an attacker would pickle."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call, self.arguments


@pytest.mark.parametrize(
    "payload",
    [
        lambda target: _Payload(os.system, f"touch {target}"),
        lambda target: _Payload(eval, f"open({str(target)!r}, 'w').close()"),
        lambda target: _Payload(exec, f"open({str(target)!r}, 'w').close()"),
        lambda target: _Payload(open, str(target), "w"),
        lambda target: _Payload(getattr, "x", "upper"),
        lambda target: _Payload(__import__, "antigravity"),
        lambda target: _Payload(torch.load, str(target)),
        lambda target: _Payload(torch.hub.load, "owner/repo", "model"),
    ],
)
@pytest.mark.parametrize("place", ["config", "weight", "beside"])
def test_a_crafted_checkpoint_runs_nothing(tmp_path: Path, payload: Any, place: str) -> None:
    target = tmp_path / "ran"
    evil = payload(target)
    weights: dict[str, Any] = dict(tiny.gpt_weights())
    content = {"weight": weights, "config": {}, "info": "GPT-e1"}
    if place == "config":
        content["config"] = {"model": evil}
    elif place == "weight":
        weights["x"] = evil
    else:
        content["more"] = evil
    torch.save(content, tmp_path / "evil.ckpt")
    with pytest.raises(DuoyinError, match="asks to run") as refusal:
        read_checkpoint(tmp_path / "evil.ckpt")
    assert "Nothing of it was run" in str(refusal.value)
    assert not target.exists()


def _with_program(path: Path, program: bytes, source: Path) -> Path:
    """The archive `source` with another data.pkl."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, program if entry.filename.endswith("data.pkl") else old.read(entry))
    return path


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (b"\x80\x02(i" + b"os\nsystem\n.", "opcode INST"),
        (b"\x80\x02\x82\x01.", "opcode EXT1"),
        (
            b"\x80\x02Nr" + struct.pack("<I", 0x7FFFFFFF) + b".",
            "not one that torch.save writes",
        ),  # a memo slot of 32 GB
        (b"\x80\x02]" + b"(" * 10, "damaged or cut off"),
        (b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.", "asks to run builtins.eval"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x02K\x03tR.", "damaged or cut off"),
        (b"\x80\x02N.", "no dictionary"),
        (b"\x80\x02}.", "holds no weights"),
    ],
)
def test_hand_made_pickles(tmp_path: Path, pair: tuple[Path, Path], program: bytes, said: str) -> None:
    with pytest.raises(DuoyinError, match=said):
        read_checkpoint(_with_program(tmp_path / "x.ckpt", program, pair[0]))


class _Storage:
    """Pickled as a reference to the archive's entry data/0, said to hold four floats."""


class _Tensor:
    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return torch._utils._rebuild_tensor_v2, (_Storage(), *self.arguments, False, None)


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: Any) -> Any:
        return ("storage", torch.FloatStorage, "0", "cpu", 4) if isinstance(thing, _Storage) else None


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((1 << 40,), (0,), 0),
        ((4,), (1,), 1 << 40),
        ((2, 2), (1 << 50, 1), 0),
        ((-1,), (1,), 0),
        ((1,) * 500, (1,) * 500, 0),
    ],
)
def test_a_tensor_cannot_be_larger_than_its_data(
    tmp_path: Path, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    """Strides of 0 make terabytes of a few bytes, offsets read what is not there."""
    torch.save({"weight": {"a": torch.zeros(4)}}, tmp_path / "four.ckpt")
    program = io.BytesIO()
    _Pickler(program, protocol=2).dump({"weight": {"a": _Tensor(offset, shape, strides)}})
    with pytest.raises(DuoyinError, match="damaged or cut off"):
        read_checkpoint(_with_program(tmp_path / "x.ckpt", program.getvalue(), tmp_path / "four.ckpt"))


def test_truncated_files(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    for source in pair:
        data = source.read_bytes()
        for part in (0, 1, 2, 10, 100, len(data) // 2, len(data) - 1):
            (tmp_path / "cut").write_bytes(data[:part])
            with pytest.raises(DuoyinError):
                read_checkpoint(tmp_path / "cut")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 30))
def test_damaged_files_give_a_clear_error_or_load(
    pair: tuple[Path, Path], tmp_path: Path, seed: int, flips: int
) -> None:
    """Random bytes overwritten, mostly in the structure: never another exception, never code, never a hang."""
    chance = random.Random(seed)
    data = bytearray(pair[seed % 2].read_bytes())
    program = data.index(b"PK", 4)
    for _ in range(flips):
        place = chance.randrange(program) if chance.random() < 0.5 else chance.randrange(len(data))
        data[place] = chance.randrange(256)
    (tmp_path / "x.pth").write_bytes(data)
    try:
        checkpoint = read_checkpoint(tmp_path / "x.pth")
        (load_text2semantic if checkpoint.kind == "t2s" else load_sovits)(checkpoint)
    except DuoyinError as error:
        assert str(error)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_structures_give_a_clear_error_or_load(
    pair: tuple[Path, Path], tmp_path: Path, data: st.DataObject
) -> None:
    """The same inside data.pkl with the archive's checksums right, as somebody with intent would do it."""
    with zipfile.ZipFile(pair[0]) as source:
        program = bytearray(
            next(source.read(name) for name in source.namelist() if name.endswith("data.pkl"))
        )
    for _ in range(data.draw(st.integers(1, 6))):
        program[data.draw(st.integers(0, len(program) - 1))] = data.draw(st.integers(0, 255))
    path = _with_program(tmp_path / "x.ckpt", bytes(program), pair[0])
    try:
        checkpoint = read_checkpoint(path)
        load_text2semantic(checkpoint)
    except DuoyinError as error:
        assert str(error)


def test_a_compressed_archive_is_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """A few kilobytes may unpack to gigabytes; torch.save never compresses."""
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a/data.pkl", b"\0" * 10_000_000)
    with pytest.raises(DuoyinError, match="compressed"):
        read_checkpoint(tmp_path / "bomb.pth")


def test_other_files_are_named_for_what_they_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(b"RIFF....WAVE")
    with pytest.raises(DuoyinError, match="not a PyTorch checkpoint"):
        read_checkpoint(tmp_path / "a.pth")
    with pytest.raises(DuoyinError, match="cannot open"):
        read_checkpoint(tmp_path / "absent.pth")
    with pytest.raises(DuoyinError, match="not a readable safetensors file"):
        (tmp_path / "a.safetensors").write_bytes(b"x" * 40)
        read_checkpoint(tmp_path / "a.safetensors")


def test_the_file_is_never_given_to_torch_load(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[Path, Path]
) -> None:
    monkeypatch.setattr(torch, "load", None)
    assert archive.read_archive(pair[0]).content["info"] == "GPT-e1"


def test_weight_norm_is_folded_in_both_spellings() -> None:
    direction, gain = torch.randn(4, 3, 5), torch.rand(4, 1, 1)
    expected = torch._weight_norm(direction, gain, 0)
    for g, v in (
        ("weight_g", "weight_v"),
        ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ):
        folded = fold_weight_norm({f"a.{g}": gain, f"a.{v}": direction, "a.bias": torch.zeros(4)})
        assert folded.keys() == {"a.weight", "a.bias"}
        torch.testing.assert_close(folded["a.weight"], expected)


def test_a_gpt_file_whose_sizes_make_no_model() -> None:
    weights = tiny.gpt_weights()
    odd = Checkpoint("t2s", weights, {"model": {"head": 5}}, "", "", "odd.ckpt")
    with pytest.raises(DuoyinError, match="make no model"):
        load_text2semantic(odd)
