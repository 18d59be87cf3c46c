"""What of a processor decides the shape of a loop."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Cpu:
    """What decides the shape of a loop.

    Args:
        lanes: floats in a vector register. registers: how many such registers there are.
        reads_float16: in hardware.
        weight_limit: largest weight in eight bits whose products are summed right. An x86 without VNNI adds two
            products of an unsigned and a signed byte in sixteen bits and cuts what does not fit: 2 · 255 · 63 does
            (Intel, *oneDNN: Nuances of int8 computations*).
        pairs: it multiplies whole vectors of int16 and adds neighbouring products in one instruction.
    """

    lanes: int
    registers: int
    reads_float16: bool
    weight_limit: int
    pairs: bool


@cache
def cpu() -> Cpu:
    """This machine's processor."""
    if platform.machine().lower() in ("aarch64", "arm64"):
        return Cpu(lanes=4, registers=32, reads_float16=True, weight_limit=127, pairs=False)
    import llvmlite.binding as llvm  # the compiler, which whoever only reads lines does without

    has = llvm.get_host_cpu_features()
    half = bool(has.get("f16c"))
    limit = 127 if has.get("avx512vnni") or has.get("avxvnni") else 63
    if has.get("avx512f") and has.get("avx512vl"):
        return Cpu(16, 32, half, limit, bool(has.get("avx512bw")))
    wide = bool(has.get("avx2") and has.get("fma"))
    return Cpu(8 if wide else 4, 16, half, limit, wide)


@cache
def processor() -> str:
    """This machine's processor and all its features, by which what is made for it alone is named."""
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def widest(columns: int) -> int:
    """Floats of the widest vectors that so many columns fill."""
    width = cpu().lanes
    while columns % width:
        width //= 2
    return width
