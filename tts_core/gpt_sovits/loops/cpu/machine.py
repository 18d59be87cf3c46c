"""Inner loops written in LLVM's own language and compiled for the CPU they run on.

numba makes good code of plain loops; where sums must stay in vector registers over a whole inner loop it does not,
and such loops are half of a decode step's time. They are written here as text with every register named
(`products.py`, `attention.py`): a line of it is an instruction. llvmlite, which numba brings, compiles them in a
twentieth of a second.
"""

from __future__ import annotations

import ctypes
import struct
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import llvmlite.binding as llvm
import torch

Code = Callable[..., None]
Piece = TypeVar("Piece")
ADDRESS, COUNT, REAL = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float

_alive: list[Any] = []  # a function's code lives as long as its engine


def compiled(text: str, name: str, *arguments: Any) -> Code:
    """The function `name` of a module in LLVM's language, for this CPU; calling it lets other Python threads run.

    Args:
        arguments: ctypes of its parameters (`ADDRESS`, `COUNT`, `REAL`); it returns nothing.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    _alive.append(engine)
    return ctypes.CFUNCTYPE(None, *arguments)(engine.get_function_address(name))


def share(work: Callable[[Piece], object], pieces: Sequence[Piece]) -> None:
    """Do all pieces of work on as many threads as torch was given, each taking the next when it is done, and wait for
    all."""
    left = deque(pieces)

    def worker() -> None:
        while True:
            try:
                piece = left.popleft()
            except IndexError:
                return
            work(piece)

    most = torch.get_num_threads()
    waiting = [_workers(most).submit(worker) for _ in range(min(most, len(left)) - 1)]
    try:
        worker()
    finally:
        for one in waiting:
            one.result()


def shared_out(work: Callable[[int, int], object], count: int, threads: int) -> None:
    """Call `work(first, last)` over `count` things, a contiguous share for each of so many threads, and wait for
    all."""
    if threads <= 1:
        work(0, count)
        return
    each = -(-count // threads)
    share(lambda first: work(first, min(count, first + each)), range(0, count, each))


def threads_for(operations: int) -> int:
    """How many of torch's threads are worth waking for so many floating-point operations."""
    return max(1, min(torch.get_num_threads(), operations // _WORTH_A_THREAD))


_WORTH_A_THREAD = 2_000_000  # operations: some 20 µs, about what handing them to another thread costs


@cache
def _workers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="duoyin-loop")


# -- words of the language ------------------------------------------------------------------------------


def floats(count: int) -> str:
    """The type of a vector of float32."""
    return f"<{count} x float>"


def same(count: int, constant: str) -> str:
    """A vector constant of equal elements: `same(2, "i32 7")` is `<i32 7, i32 7>`."""
    return f"<{', '.join([constant] * count)}>"


def counting(count: int, first: int = 0) -> str:
    """The vector constant first, first + 1, … of int32."""
    return f"<{', '.join(f'i32 {first + index}' for index in range(count))}>"


def real(number: float) -> str:
    """A float32 constant, exactly: the language wants the bits of the double that equals it."""
    single = struct.unpack("<f", struct.pack("<f", number))[0]
    return f"float 0x{struct.unpack('<Q', struct.pack('<d', single))[0]:016X}"


def spread(name: str, scalar: str, count: int, kind: str = "float") -> str:
    """`%name`: the vector whose elements all are `scalar`."""
    vector = f"<{count} x {kind}>"
    return (
        f"%{name}.one = insertelement {vector} poison, {kind} {scalar}, i32 0\n"
        f"%{name} = shufflevector {vector} %{name}.one, {vector} poison, <{count} x i32> zeroinitializer"
    )


def at(name: str, base: str, offset: int | str) -> str:
    """`%name`: the address `offset` bytes beyond `base`."""
    return f"%{name} = getelementptr i8, ptr {base}, i64 {offset}"


def added_product(name: str, one: str, other: str, to: str, count: int) -> str:
    """`%name` = one · other + to, in one rounding where the CPU can."""
    vector = floats(count)
    return (
        f"%{name}.product = fmul contract {vector} {one}, {other}\n"
        f"%{name} = fadd contract {vector} %{name}.product, {to}"
    )


FETCHES = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"
"""What a module that uses `fetch` declares."""

_CACHE_LINE = 64  # bytes


def fetch(name: str, base: str, span: int, ahead: int = 0) -> str:
    """Ask for the `span` bytes that begin `ahead` bytes beyond `base`, to have them in the second cache soon."""
    lines = []
    for line in range(0, span, _CACHE_LINE):
        lines.append(at(f"{name}.{line}", base, ahead + line))
        lines.append(f"call void @llvm.prefetch.p0(ptr %{name}.{line}, i32 0, i32 2, i32 1)")
    return "\n".join(lines)
