"""Writing a function for LLVM: loops over vectors of floats, with every value named.

llvmlite's builder makes one instruction a call; here are the few shapes that all our loops have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

FLOAT, SIZE, LANE, SHORT = ir.FloatType(), ir.IntType(64), ir.IntType(32), ir.IntType(16)
DOUBLE, ADDRESS = ir.DoubleType(), ir.PointerType()
_KINDS = {"p": ADDRESS, "n": SIZE, "f": FLOAT}


class Vectors:
    """Sums and products of vectors of `width` floats, in whatever function `builder` writes."""

    builder: Any
    vector: Any
    width: int

    def constant(self, number: float) -> Any:
        return ir.Constant(self.vector, [number] * self.width)

    def spread(self, number: Any, width: int | None = None) -> Any:
        """A scalar in every lane."""
        width = width or self.width
        kind = ir.VectorType(number.type, width)
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, number, LANE(0))
        lanes = ir.Constant(ir.VectorType(LANE, width), [0] * width)
        return self.builder.shuffle_vector(first, nothing, lanes)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a · b + c, in one rounding where the CPU can."""
        product = self.builder.fmul(a, b, flags=("contract",))
        return self.builder.fadd(product, c, flags=("contract",))

    def combined(self, row: Sequence[float], vectors: Sequence[Any]) -> Any:
        """Σ row · vectors."""
        total = None
        for factor, vector in zip(row, vectors, strict=True):
            if factor and total is None:
                total = vector if factor == 1 else self.builder.fmul(vector, self.constant(factor))
            elif factor == 1:
                total = self.builder.fadd(total, vector)
            elif factor == -1:
                total = self.builder.fsub(total, vector)
            elif factor:
                total = self.fma(vector, self.constant(factor), total)
        return self.constant(0.0) if total is None else total


class Function(Vectors):
    """A function of a module, being written. `with` it ends itself.

    Args:
        parameters: a letter each: `p` an address, `n` a count, `f` a float32.
        width: floats in its vectors.
        result: type of what it returns, set as `result` before its end; None = nothing.
    """

    def __init__(self, module: ir.Module, name: str, parameters: str, width: int, result: Any = None) -> None:
        kind = ir.FunctionType(result or ir.VoidType(), [_KINDS[letter] for letter in parameters])
        self.function = ir.Function(module, kind, name)
        self.module, self.width = module, width
        self.result: Any = None
        self.arguments = list(self.function.args)
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.vector = ir.VectorType(FLOAT, width)
        self.whole = ir.VectorType(LANE, width)

    def __enter__(self) -> Function:
        return self

    def __exit__(self, *_: object) -> None:
        if self.result is None:
            self.builder.ret_void()
        else:
            self.builder.ret(self.result)

    # -- loops ----------------------------------------------------------------------------------------

    def each(
        self,
        first: Any,
        last: Any,
        body: Callable[..., Sequence[Any] | None],
        carried: Sequence[Any] = (),
        step: Any = 1,
    ) -> list[Any]:
        """`body(index, *carried)` for first, first + step, … below `last`; returns what it last carried on."""
        b = self.builder
        first, last = self.size(first), self.size(last)
        before = b.block
        inside = b.append_basic_block("each")
        after = b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", first, last), inside, after)
        b.position_at_end(inside)
        index = b.phi(SIZE)
        index.add_incoming(first, before)
        values = []
        for start in carried:
            value = b.phi(start.type)
            value.add_incoming(start, before)
            values.append(value)
        given = list(body(index, *values) or ())
        following = b.add(index, self.size(step), flags=("nsw",))
        end = b.block
        index.add_incoming(following, end)
        for value, new in zip(values, given, strict=True):
            value.add_incoming(new, end)
        b.cbranch(b.icmp_signed("<", following, last), inside, after)
        b.position_at_end(after)
        results = []
        for start, new in zip(carried, given, strict=True):
            result = b.phi(start.type)
            result.add_incoming(start, before)
            result.add_incoming(new, end)
            results.append(result)
        return results

    def where(self, condition: Any, body: Callable[[], None]) -> None:
        with self.builder.if_then(condition):
            body()

    # -- numbers --------------------------------------------------------------------------------------

    def size(self, number: Any) -> Any:
        return SIZE(number) if isinstance(number, int) else number

    def add(self, *numbers: Any) -> Any:
        total = self.size(numbers[0])
        for number in numbers[1:]:
            total = self.builder.add(total, self.size(number), flags=("nsw",))
        return total

    def mul(self, one: Any, other: Any) -> Any:
        return self.builder.mul(self.size(one), self.size(other), flags=("nsw",))

    # -- memory ---------------------------------------------------------------------------------------

    def at(self, start: Any, elements: Any, kind: Any = FLOAT) -> Any:
        """The address of an element."""
        return self.builder.gep(start, [self.size(elements)], source_etype=kind)

    def load(self, place: Any, kind: Any = None) -> Any:
        kind = kind or self.vector
        loaded = self.builder.load(place, typ=kind)
        loaded.align = _alignment(kind)
        return loaded

    def store(self, value: Any, place: Any) -> None:
        self.builder.store(value, place, align=_alignment(value.type))

    # -- calls -----------------------------------------------------------------------------------------

    def intrinsic(self, name: str, result: Any, *arguments: Any) -> Any:
        known = self.module.globals.get(name)
        if known is None:
            known = ir.Function(self.module, ir.FunctionType(result, [a.type for a in arguments]), name)
        return self.builder.call(known, arguments)


def _alignment(kind: Any) -> int:
    element = kind.element if isinstance(kind, ir.VectorType) else kind
    return {FLOAT: 4, LANE: 4, SHORT: 2, SIZE: 8, DOUBLE: 8}.get(element, 1)
