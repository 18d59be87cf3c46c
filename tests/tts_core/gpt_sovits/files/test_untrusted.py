"""Files made to harm: whatever their bytes, the answer is a clear error, soon, in little memory, and nothing runs."""

from __future__ import annotations

import os
import pickle
import resource
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint

ROOM = 256 << 20  # bytes reading a small file may add to what the process held at most
PATIENCE = 10.0  # CPU seconds; harmful files would take years


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < ROOM and time.process_time() - started < PATIENCE * 12  # a property test reads many files


def archive(path: Path, program: bytes, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("a/data.pkl", program)
        for name, data in entries.items():
            file.writestr(f"a/data/{name.removeprefix('d')}", data)
    return path


def doubled(times: int, last: bytes) -> bytes:
    """A tuple that holds itself twice, `times` over: 2^times things in a few bytes."""
    program = b"\x80\x02)"
    for slot in range(times):
        program += b"q" + bytes([slot]) + b"h" + bytes([slot]) + b"\x86"
    return program + last


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(doubled(60, b"K\x01s.").replace(b"\x80\x02)", b"\x80\x02})", 1), id="key of 2^60 things"),
        pytest.param(b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\x01s.", id="key 200,000 deep"),
        pytest.param(doubled(60, b"\x85\x91.").replace(b"\x80\x02)", b"\x80\x04()", 1), id="set of 2^60 things"),
        pytest.param(b"\x80\x02}X\x06\x00\x00\x00weight}" + doubled(60, b"K\x01ss.")[2:],
        id="weights named by 2^60 things"),
    ],
)  # fmt: skip
def test_structures_that_expand_without_end(tmp_path: Path, program: bytes) -> None:
    with pytest.raises(DuoyinError, match=r"nested as no model's is|damaged or cut off"):
        read_checkpoint(archive(tmp_path / "x.ckpt", program))


def test_deep_lists_and_dictionaries_are_only_deep(tmp_path: Path) -> None:
    for opening, closing in ((b"]", b"a"), (b"}K\x01", b"s")):
        program = b"\x80\x02" + opening * 20_000 + b"N" + closing * 19_999 + b"."
        with pytest.raises(DuoyinError):
            read_checkpoint(archive(tmp_path / "x.ckpt", program))


def test_a_tensor_may_not_be_altered(tmp_path: Path) -> None:
    """BUILD would call torch's own __setstate__ with what the file says."""
    torch.save({"weight": {"a": torch.zeros(4)}}, tmp_path / "good.ckpt")
    with zipfile.ZipFile(tmp_path / "good.ckpt") as source:
        name = next(name for name in source.namelist() if name.endswith("data.pkl"))
        program = source.read(name)
        data = source.read(name.replace("data.pkl", "data/0"))
    at = program.rindex(b"R") + 1
    while program[at : at + 1] in (b"q", b"r"):
        at += 2 if program[at : at + 1] == b"q" else 5
    altered = program[:at] + b"(K\x00K\x00)tb" + program[at:]
    with pytest.raises(DuoyinError, match="alters a tensor"):
        read_checkpoint(archive(tmp_path / "x.ckpt", altered, d0=data))


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "builtins.__import__", "subprocess.Popen", "torch.load"]
)
@pytest.mark.parametrize("way", ["GLOBAL", "STACK_GLOBAL", "NEWOBJ", "from memo", "built strings"])
def test_no_way_to_name_a_function_runs_it(tmp_path: Path, name: str, way: str) -> None:
    module, function = (part.encode() for part in name.rsplit(".", 1))
    target = tmp_path / "ran"
    argument = f"touch {target}".encode()
    given_ = b"X" + struct.pack("<I", len(argument)) + argument + b"\x85"

    def text(value: bytes) -> bytes:
        return b"\x8c" + bytes([len(value)]) + value

    stack = text(module) + text(function) + b"\x93"
    program = {
        "GLOBAL": b"\x80\x02c" + module + b"\n" + function + b"\n" + given_ + b"R.",
        "STACK_GLOBAL": b"\x80\x04" + stack + given_ + b"R.",
        "NEWOBJ": b"\x80\x04" + stack + given_ + b"\x81.",
        "from memo": b"\x80\x04"
        + text(module)
        + b"\x94"
        + text(function)
        + b"\x9400h\x00h\x01\x93"
        + given_
        + b"R.",
        "built strings": b"\x80\x04}" + text(b"weight") + stack + given_ + b"Rs.",
    }[way]
    with pytest.raises(DuoyinError, match="asks to run") as refusal:
        read_checkpoint(archive(tmp_path / "x.ckpt", program))
    assert "Nothing of it was run" in str(refusal.value) and not target.exists()


def test_a_pickle_inside_a_pickle_stays_bytes(tmp_path: Path) -> None:
    class Inner:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    outer = pickle.dumps({"weight": {"a": pickle.dumps(Inner())}}, protocol=2)
    with pytest.raises(DuoyinError, match=r"asks to run|no tensor|opcode"):
        read_checkpoint(archive(tmp_path / "x.ckpt", outer))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "0/../1", "", "0\x00"])
def test_tensor_data_comes_from_the_archive_only(tmp_path: Path, key: str) -> None:
    pid = (b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX" + struct.pack("<I", len(key.encode())) + key.encode()
           + b"X\x03\x00\x00\x00cpuK\x04tQ")  # fmt: skip
    program = (
        b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n("
        + pid
        + b"K\x00K\x04\x85K\x01\x85\x89NtRs."
    )
    with pytest.raises(DuoyinError, match="damaged or cut off"):
        read_archive(archive(tmp_path / "x.pth", program, d0=b"\0" * 16))


def test_sizes_that_are_only_claimed(tmp_path: Path) -> None:
    for claim in (
        b"\x8e" + struct.pack("<Q", 1 << 40),
        b"X" + struct.pack("<I", 1 << 31),
        b"\x8b" + struct.pack("<I", 1 << 30),
    ):
        with pytest.raises(DuoyinError):
            read_checkpoint(archive(tmp_path / "x.ckpt", b"\x80\x04" + claim + b"abc."))
    header = struct.pack("<Q", 1 << 40) + b"{}"
    tensor = b'{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}'
    for data in (header, struct.pack("<Q", len(tensor)) + tensor, b"", b"\xff" * 64):
        (tmp_path / "x.safetensors").write_bytes(data)
        with pytest.raises(DuoyinError, match="not a readable safetensors file"):
            read_checkpoint(tmp_path / "x.safetensors")


def test_links_devices_and_folders(tmp_path: Path) -> None:
    (tmp_path / "folder.ckpt").mkdir()
    (tmp_path / "nowhere.ckpt").symlink_to(tmp_path / "absent")
    (tmp_path / "zero.ckpt").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.ckpt")
    for name in ("folder.ckpt", "nowhere.ckpt", "zero.ckpt", "pipe.ckpt", "folder.ckpt/x"):
        with pytest.raises(DuoyinError):
            read_checkpoint(tmp_path / name)
    os.symlink(tiny.save_gpt(tmp_path / "good.ckpt"), tmp_path / "link.ckpt")
    assert read_checkpoint(tmp_path / "link.ckpt").kind == "t2s"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(st.sampled_from(
    [b"(", b")", b"]", b"}", b"N", b"\x88", b"K\x05", b"X\x01\x00\x00\x00a", b"q\x00", b"h\x00", b"q\x01",
    b"h\x01", b"2", b"0", b"1",
     b"t", b"l", b"d", b"\x85", b"\x86", b"\x87", b"a", b"e", b"s", b"u", b"R", b"b", b"\x81", b"Q", b"\x93",
     b"\x94", b"\x90", b"\x91",
     b"\x8f", b"\x8c\x05torch", b"\x8c\x0cFloatStorage", b"ccollections\nOrderedDict\n",
     b"ctorch._utils\n_rebuild_tensor_v2\n",
     b"cpathlib\nPosixPath\n", b"cutils\nHParams\n", b"ctorch\nFloatStorage\n", b"cos\nsystem\n",
     b"X\x07\x00\x00\x00storage",
     b"X\x06\x00\x00\x00weight", b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"L99999999999999999999L\n"]
), max_size=60))  # fmt: skip
def test_any_program_ends_in_an_error_or_a_model(tmp_path: Path, program: list[bytes]) -> None:
    path = archive(tmp_path / "x.ckpt", b"\x80\x04" + b"".join(program) + b".", d0=b"\0" * 16)
    try:
        read_checkpoint(path)
    except DuoyinError as error:
        assert str(error)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_to_a_safetensors_file(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.safetensors"
    if not (tmp_path / "good").exists():
        from safetensors.torch import save_file

        save_file(
            tiny.gpt_weights(width=8, layers=1),
            tmp_path / "good",
            metadata={"duoyin": '{"info": "x", "config": {}}'},
        )
    good = bytearray((tmp_path / "good").read_bytes())
    header = 8 + struct.unpack("<Q", good[:8])[0]
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, header - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(good[: data.draw(st.one_of(st.just(len(good)), st.integers(0, len(good))))]))
    try:
        read_checkpoint(path)
    except DuoyinError as error:
        assert str(error)
