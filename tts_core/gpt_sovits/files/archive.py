"""Read a PyTorch checkpoint that comes from a stranger, without running any of it.

A `.ckpt`/`.pth` is a zip with a pickle inside, and a pickle is a program. Here the program is checked opcode by opcode
before it runs, may call only the few constructors that rebuild tensors and dicts, and every size is bounded by what the
file really holds. Anything else is a `DuoyinError` that names the offending thing.

Format: `torch.save` zip archives (PyTorch serialization note); GPT-SoVITS overwrites the first two bytes of some files
(see `VERSION_HEADERS`).
"""

from __future__ import annotations

import hashlib
import io
import math
import pickle
import pickletools
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from normalizers import DuoyinError

MAX_FILE_BYTES = 4 << 30  # the largest published file (s2Gv3) is 0.77 GB
MAX_PICKLE_BYTES = 32 << 20  # the structure, not the numbers; published files have under 1 MB
MAX_OPCODES = 4_000_000
MAX_ENTRIES = 50_000
MAX_DIMENSIONS = 8
MAX_NESTING = 64  # of one thing in another; a model's has 6
MAX_EXPANDED = 1_000_000
"""Things in one tuple or set, counting repeated ones each time: hashing or printing it visits all."""

ZIP_MAGIC = b"PK"

VERSION_HEADERS: dict[bytes, tuple[str, bool]] = {
    b"00": ("v1", False),
    b"01": ("v2", False),
    b"02": ("v3", False),
    b"03": ("v3", True),
    b"04": ("v4", True),
    b"05": ("v2Pro", False),
    b"06": ("v2ProPlus", False),
}
"""First two bytes some savers write over `PK` → (model version, is a LoRA). Source: process_ckpt.py of the
reference."""

_STORAGE_TYPES: dict[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}

_OPCODES = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "DUP", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT",
    "GET", "BINGET", "LONG_BINGET", "NONE", "NEWTRUE", "NEWFALSE", "INT", "BININT", "BININT1", "BININT2",
    "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    "EMPTY_LIST", "APPEND", "APPENDS", "LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
    "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "EMPTY_SET", "ADDITEMS", "FROZENSET", "GLOBAL",
    "STACK_GLOBAL", "REDUCE", "BUILD", "NEWOBJ", "BINPERSID",
))  # fmt: skip
"""What torch.save, dicts, numbers, strings and plain objects need. INST, OBJ, EXT and NEWOBJ_EX are not among them."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What a checkpoint file holds.

    Args:
        content: dicts, lists, numbers, strings and CPU tensors; foreign objects are `Inert`.
        header: model version and LoRA flag told by the first two bytes, or None where they are plain `PK`.
        sha256: hex digest of the file's bytes.
    """

    content: Any
    header: tuple[str, bool] | None
    sha256: str


class Inert:
    """Stands for an object of a class we know to occur in configs (paths, HParams) and do not need. Does nothing."""

    arguments: tuple[Any, ...]
    fields: dict[str, Any]

    def __new__(cls, *args: Any) -> Inert:  # unpickling calls no __init__
        made = super().__new__(cls)
        made.arguments, made.fields = args, {}
        return made

    def __init__(self, *args: Any) -> None:
        """Takes whatever the other class took."""

    def __setstate__(self, state: Any) -> None:
        parts = state if isinstance(state, tuple) else (state,)
        for part in parts:
            if isinstance(part, dict):
                self.fields.update({str(key): value for key, value in part.items()})


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: torch.dtype
    count: int


class _Restored(io.RawIOBase):
    """A file whose first two bytes read as `PK`, whatever they are on disk."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def read(self, size: int = -1, /) -> bytes:
        start = self._raw.tell()
        data = self._raw.read(size)
        if start < len(ZIP_MAGIC) and data:
            data = ZIP_MAGIC[start : start + len(data)] + data[max(0, len(ZIP_MAGIC) - start) :]
        return data


def read_archive(path: Path) -> Archive:
    """Read the checkpoint at `path`.

    Raises:
        DuoyinError: not a checkpoint, cut off, damaged, too large, or asking for code to be run.
    """
    path = Path(path)
    where = path.name
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DuoyinError("cannot open the checkpoint", where=str(path), hint=str(error.strerror)) from error
    if not path.is_file():
        raise DuoyinError("not a file", where=str(path))
    if size > MAX_FILE_BYTES:
        raise DuoyinError(
            f"the file has {size / 2**30:.1f} GiB; no checkpoint has more than {MAX_FILE_BYTES >> 30}",
            where=where,
        )
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        magic = raw.read(2)
        raw.seek(0)
        header = VERSION_HEADERS.get(magic)
        if magic != ZIP_MAGIC and header is None:
            raise DuoyinError(
                "not a PyTorch checkpoint (neither a zip nor a GPT-SoVITS version header)",
                where=where,
                hint="Old-style files: load and torch.save them again with the program that made them.",
            )
        try:
            content = _read_zip(cast(BinaryIO, _Restored(raw)), size, where)
        except DuoyinError:
            raise
        except Exception as error:  # a border: whatever a damaged file provokes
            raise DuoyinError(
                f"the checkpoint is damaged or cut off ({type(error).__name__}: {str(error)[:120]})",
                where=where,
                hint="Download it again and compare its size and digest with the publisher's.",
            ) from error
    return Archive(content, header, digest)


def _read_zip(raw: BinaryIO, file_bytes: int, where: str) -> Any:
    with zipfile.ZipFile(raw) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise DuoyinError(f"{len(entries)} entries in the archive", where=where)
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise DuoyinError("the archive is compressed; torch.save never does that", where=where)
        if sum(entry.file_size for entry in entries) > file_bytes:
            raise DuoyinError("the archive claims to hold more than the file has", where=where)
        by_name = {entry.filename: entry for entry in entries}
        pickles = [name for name in by_name if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise DuoyinError("not a PyTorch checkpoint: no data.pkl in the archive", where=where)
        prefix = pickles[0].removesuffix("data.pkl")
        order = by_name.get(prefix + "byteorder")
        if order is not None and archive.read(order) != b"little":
            raise DuoyinError("written on a big-endian machine", where=where)
        if by_name[pickles[0]].file_size > MAX_PICKLE_BYTES:
            raise DuoyinError("the checkpoint's structure is larger than any model's", where=where)
        program = archive.read(pickles[0])
        with warnings.catch_warnings():
            _check_program(program, where)

        loaded: dict[str, torch.Tensor] = {}

        def storage(wanted: _Storage) -> torch.Tensor:
            if wanted.key not in loaded:
                entry = by_name[prefix + "data/" + wanted.key]
                if entry.file_size != wanted.count * wanted.dtype.itemsize:
                    raise ValueError(f"tensor data {wanted.key} has {entry.file_size} bytes")
                data = bytearray(archive.read(entry))
                flat = (
                    torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)
                )
                loaded[wanted.key] = flat.view(wanted.dtype)
            found = loaded[wanted.key]
            if found.dtype != wanted.dtype or found.numel() != wanted.count:
                raise ValueError(f"tensor data {wanted.key} is used with two types")
            return found

        return _Unpickler(io.BytesIO(program), where, storage, budget=2 * file_bytes).load()


def _check_program(program: bytes, where: str) -> None:
    """Refuse opcodes we have no use for, and memo slots that would make the unpickler allocate without bound."""
    # Damaged strings have odd escapes; the caller restores the filters.
    warnings.simplefilter("ignore", DeprecationWarning)
    machine = _Rehearsal(where)
    for count, (opcode, argument, _) in enumerate(pickletools.genops(program), 1):
        if opcode.name not in _OPCODES:
            raise DuoyinError(
                f"the checkpoint uses pickle opcode {opcode.name}, which no model needs",
                where=where,
                hint=_DO_NOT,
            )
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > count:
            raise DuoyinError(
                "the checkpoint's structure is not one that torch.save writes", where=where, hint=_DO_NOT
            )
        if count > MAX_OPCODES:
            raise DuoyinError("the checkpoint's structure is larger than any model's", where=where)
        machine.step(opcode, argument)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the rehearsal knows of a thing on the pickle machine's stack: how many things it expands to, how deep, and
    what made it."""

    things: int = 1
    depth: int = 0
    maker: str = ""


_MARK = _Shape(things=0)


class _Rehearsal:
    """Runs a pickle without making anything, to see how large its tuples and sets would grow.

    A few bytes of tuples that hold one tuple twice make 2ⁿ things; hashing them would never end, and a deep one
    overruns the C stack. Lists and dictionaries cannot be hashed, so only what is complete when it is made needs
    counting.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._stack: list[_Shape] = []
        self._memo: dict[int, _Shape] = {}

    def step(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        name = opcode.name
        if name == "MARK":
            self._stack.append(_MARK)
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            key = len(self._memo) if name == "MEMOIZE" else int(argument)
            self._memo[key] = self._stack[-1] if self._stack else _Shape()
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self._stack.append(self._memo.get(int(argument), _Shape()))
        elif name == "DUP":
            self._stack.append(self._stack[-1] if self._stack else _Shape())
        else:
            taken = self._take(opcode)
            made = _Shape(
                sum(shape.things for shape in taken) + 1,
                max((shape.depth for shape in taken), default=-1) + 1,
                str(argument)
                if name == "GLOBAL"
                else taken[0].maker
                if name in ("REDUCE", "BUILD") and taken
                else "",
            )
            if made.things > MAX_EXPANDED or made.depth > MAX_NESTING:
                if name not in _GROWING:
                    raise DuoyinError(
                        "the checkpoint's structure is nested as no model's is",
                        where=self._where,
                        hint=_DO_NOT,
                    )
                made = _Shape()
            if name == "BUILD" and made.maker.startswith("torch._utils"):
                raise DuoyinError(
                    "the checkpoint alters a tensor after making it", where=self._where, hint=_DO_NOT
                )
            if opcode.stack_after:
                self._stack.append(_Shape(maker=made.maker) if name in _GROWING else made)

    def _take(self, opcode: pickletools.OpcodeInfo) -> list[_Shape]:
        """Pop what the opcode takes, in the order of the stack."""
        wanted = list(opcode.stack_before)
        taken: list[_Shape] = []
        if pickletools.markobject in wanted:
            while self._stack and (top := self._stack.pop()) is not _MARK:
                taken.append(top)
            taken.reverse()
            wanted = wanted[: wanted.index(pickletools.markobject)]
        count = min(len(wanted), len(self._stack))
        if count:
            taken = self._stack[-count:] + taken
            del self._stack[-count:]
        return taken


_GROWING = frozenset(("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD", "LIST", "DICT"))
"""These fill what cannot be hashed, and are as large as the file says."""

_DO_NOT = "Nothing of it was run. Do not use this file; get it again from a source you trust."


class _Unpickler(pickle.Unpickler):
    """Rebuilds dicts and tensors; every other name is refused."""

    def __init__(
        self, program: io.BytesIO, where: str, storage: Callable[[_Storage], torch.Tensor], *, budget: int
    ) -> None:
        super().__init__(program, encoding="utf-8")
        self._where = where
        self._storage = storage
        self._budget = budget  # bytes all tensors together may take: views of one storage cannot multiply it

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        if (module, name) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor")):
            return self._tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return self._parameter
        if module.split(".")[-1] == "utils" and name == "HParams":
            return Inert
        if module in ("pathlib", "pathlib._local") and name.endswith("Path"):
            return Inert
        raise DuoyinError(f"the checkpoint asks to run {module}.{name}", where=self._where, hint=_DO_NOT)

    def persistent_load(self, pid: Any, /) -> _Storage:
        kind, dtype, key, _location, count = pid
        if (
            kind != "storage"
            or not isinstance(dtype, torch.dtype)
            or not isinstance(key, str)
            or not isinstance(count, int)
        ):
            raise ValueError("malformed tensor record")
        if not key.isalnum() or count < 0:
            raise ValueError("malformed tensor record")
        return _Storage(key, dtype, count)

    def _tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> torch.Tensor:
        if not isinstance(storage, _Storage) or len(shape) != len(strides) or len(shape) > MAX_DIMENSIONS:
            raise ValueError("malformed tensor")
        numbers = (offset, *shape, *strides)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise ValueError("malformed tensor")
        elements = math.prod(shape)
        last = (
            offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
            if elements
            else 0
        )
        if elements > storage.count or last >= max(1, storage.count):
            raise ValueError("a tensor reaches beyond its data")
        self._budget -= elements * storage.dtype.itemsize
        if self._budget < 0:
            raise ValueError("the tensors take more room than the file has")
        return (
            self._storage(storage)
            .as_strided(tuple(shape), tuple(strides), offset)
            .clone(memory_format=torch.contiguous_format)
        )

    def _parameter(self, data: Any, *_rest: Any) -> Any:
        return data
