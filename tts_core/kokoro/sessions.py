"""onnxruntime's parts of the engine as this machine runs them: optimized and packed for its processor once, and from
then on mapped into memory.

A session of a graph as it was cut optimizes it, copies its weights and packs them for the processor's products, in
every process anew. One of what `write_ready` wrote does none of that and computes the same numbers to the last bit;
its weights are pages of a file, which all workers share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tts_core.loops.machine import processor

WEIGHTS = ".weights"
"""Suffix of the file beside a graph that holds its weights."""
LEAST_BYTES = 1024
"""Weights smaller than this stay in the graph's own file."""


@cache
def made_for() -> str:
    """What ready files are made for, 16 hex digits: onnxruntime's version, the processor and its features."""
    import onnxruntime

    return hashlib.sha256(f"{onnxruntime.__version__} {processor()}".encode()).hexdigest()[:16]


def ready_files(names: Sequence[str]) -> tuple[str, ...]:
    """What `write_ready` writes for graphs of these names."""
    return tuple(file for name in names for file in (name, Path(name).with_suffix(WEIGHTS).name))


def write_ready(source: Path, folder: Path, names: Sequence[str]) -> None:
    """Write the graphs of these names, ready for this machine, into `folder`."""
    import onnxruntime

    for name in names:
        options = _options()
        options.optimized_model_filepath = str(folder / name)
        for entry, value in {
            "session.optimized_model_external_initializers_file_name": Path(name).with_suffix(WEIGHTS).name,
            "session.optimized_model_external_initializers_min_size_in_bytes": str(LEAST_BYTES),
            "session.save_external_prepacked_constant_initializers": "1",
        }.items():
            options.add_session_config_entry(entry, value)
        onnxruntime.InferenceSession(str(source / name), options, providers=["CPUExecutionProvider"])


def session(path: Path) -> Any:
    """A session of one thread of a graph that `write_ready` wrote."""
    import onnxruntime

    options = _options()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it is already
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(of: Any, feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """All outputs of a session for `feed`. What a long line needed is not kept for the next."""
    outputs: list[NDArray[Any]] = of.run(None, dict(feed), _shrinking())
    return outputs


@cache
def _shrinking() -> Any:
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _options() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options
