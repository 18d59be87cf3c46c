"""Loops compiled for the CPU they run on, and kept on the disk: only a machine's first start waits for the compiler.

A loop's name on the disk is a digest of all that decides its code: the compiler's version, the CPU and its features,
and the text of the modules that write it. Another CPU, another LLVM or a changed loop is another file. A file that
is not whole is compiled anew; a folder that cannot be written costs a compilation a start, nothing else.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tts_core.files import cache_folder, keep, kept
from tts_core.memory import release_code

logger = logging.getLogger(__name__)

Code = Callable[..., None]
POINTER_AND_COUNT = (ctypes.c_void_p, ctypes.c_int64)
"""ctypes of the usual parameters."""

_alive: list[Any] = []  # a function's code lives as long as its engine


def kernel_folder() -> Path:
    """Where compiled loops are kept."""
    return cache_folder() / "loops"


class Loops:
    """Compiled functions of one module.

    Args:
        write: makes the module's text; called only where no compiled one is kept.
        parts: what decides that text besides this file: other modules' paths, parameters.
        folder: where compiled loops are kept; None = `kernel_folder()`.
    """

    def __init__(
        self, write: Callable[[], str], parts: Sequence[Path | str], folder: Path | None = None
    ) -> None:
        import llvmlite.binding as llvm  # the compiler, which whoever only reads lines does without

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        cpu_name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
        machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=cpu_name, features=features, opt=3
        )
        digest = hashlib.sha256(repr((llvm.llvm_version_info, machine.triple, cpu_name, features)).encode())
        for part in (Path(__file__), *parts):
            digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        path = (folder or kernel_folder()) / f"{digest.hexdigest()[:32]}.o"
        code = kept(path)
        if code is None:
            logger.info("compiling loops for this processor (%s), once: some seconds", cpu_name)
            code = _compiled(write(), machine)
            keep(path, code)
        # In one stretch of memory: constants out of reach of the code that reads them end the process.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine, use_lmm=True)
        self._engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        _alive.append(self._engine)
        release_code(Path(llvm.ffi.lib._name))  # 32 MB of a compiler that has nothing more to do

    def function(self, name: str, *arguments: Any) -> Code:
        """A function by name; calling it lets other Python threads run.

        Args:
            arguments: ctypes of its parameters; it returns nothing.
        """
        address = self._engine.get_function_address(name)
        if not address:
            raise KeyError(name)
        return ctypes.CFUNCTYPE(None, *arguments)(address)


def optimize(module: Any, machine: Any) -> None:
    """Run LLVM's passes but those that would make other loops of ours: they are written in vectors."""
    import llvmlite.binding as llvm

    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)


def _compiled(text: str, machine: Any) -> bytes:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    optimize(module, machine)
    code: bytes = machine.emit_object(module)
    return code
