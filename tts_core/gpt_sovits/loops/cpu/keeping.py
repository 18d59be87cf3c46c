"""numba's compiled loops, kept on the disk: a process' first sound need not wait ten seconds for the compiler.

numba keeps functions by itself only where no intrinsic or closure decides their code, as here they do. So what decides
it is told, as for `tts_core.loops.compiler`: the text of the modules that write it, and the parameters they are called
with. Another CPU, another numba or a changed loop is another file; one that is not whole is compiled anew.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core import compiler, serialize  # no public way to give numba a cache of one's own

import tts_core.loops
from tts_core.files import keep, kept
from tts_core.loops.compiler import kernel_folder

SOURCES = tuple(
    path
    for folder in (Path(__file__).parent, Path(tts_core.loops.__file__).parent)
    for path in sorted(folder.glob("*.py"))
)
"""What decides the loops' code beside their parameters: all modules of both rooms, of which none can be forgotten."""


def kept_loop(*parameters: object, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """`numba.njit(**options)` of a function whose compiled code is kept.

    Args:
        parameters: that decide its code; their `repr` tells them apart.
    """

    def compiled(function: Callable[..., None]) -> Any:
        told = repr(
            (_sources(), function.__module__, function.__qualname__, parameters, sorted(options.items()))
        )
        digest = hashlib.sha256(told.encode()).hexdigest()[:32]
        # Kept code is found by its name: no two functions may have one.
        function.__qualname__ = f"{function.__name__}_{digest}"
        dispatcher = numba.njit(boundscheck=False, error_model="numpy", nogil=True, **options)(function)
        dispatcher._cache = _Kept(digest)
        return dispatcher

    return compiled


@cache
def _sources() -> str:
    digest = hashlib.sha256(repr((numba.__version__, llvmlite.__version__)).encode())
    for path in SOURCES:
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Kept:
    """What a dispatcher asks for code, and gives it to, for each signature.

    Args:
        digest: of what decides the function's code.
    """

    cache_path: str | None = None

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The function as it was compiled for such arguments; None where it was not."""
        context.refresh()
        content = kept(self._path(signature, context.codegen()))
        return None if content is None else compiler.CompileResult._rebuild(context, *pickle.loads(content))

    def save_overload(self, signature: Any, made: Any) -> None:
        """Keep it; one with addresses of this process in it would be of no use to another."""
        if not made.lifted and not made.library.has_dynamic_globals:
            keep(self._path(signature, made.codegen), serialize.dumps(made._reduce()))

    def flush(self) -> None:
        """Called where a dispatcher is told to compile anew: nothing here is known of old code."""

    def _path(self, signature: Any, codegen: Any) -> Path:
        told = repr((self._digest, str(signature), codegen.magic_tuple()))
        return kernel_folder() / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.numba"
