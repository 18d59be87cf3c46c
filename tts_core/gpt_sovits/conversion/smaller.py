"""Exported graphs made smaller: weights in half precision, or in eight bits.

Two things are done to a weight. It is *kept* in fewer bits, and computed with in float32: a runtime unfolds it when it
loads the graph, so that the file is small and nothing is slower. Or, in `int8`, the products of the first stage are
*computed* in eight bits: activations get a scale each time (dynamic quantization), which halves their time on a CPU.
The last product of the first stage stays out of it, since it decides between tokens that are nearly as likely, and so
do convolutions, whose eight-bit kernels are slower than those of float32.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from normalizers import DuoyinError
from tts_core.files import atomic_path, write_atomically
from tts_core.gpt_sovits.files.prepared import GRAPHS_FILE

SmallForm = Literal["float16", "int8"]
SMALL_FORMS: tuple[SmallForm, ...] = get_args(SmallForm)

LEAST_KEPT = 1024  # numbers of a weight that is worth it: gains and biases stay as they are
QUANTIZED = ("prefill", "step")
"""Graphs whose products are computed in eight bits."""
_LARGEST_INT8 = 127


def make_smaller(source: Path, target: Path, form: SmallForm) -> list[Path]:
    """Write the graphs in folder `source` (of `export_onnx`) to folder `target` with smaller weights.

    Returns the files.

    `target/graphs.json` tells the form, and is not there before the graphs are whole.

    Raises:
        DuoyinError: no graphs there, or graphs that are small already.
        CannotWrite: no room, or no right.
    """
    try:
        sizes = json.loads((source / GRAPHS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DuoyinError("there are no exported graphs here", where=str(source)) from error
    if "weights" in sizes:
        raise DuoyinError(f"these graphs are {sizes['weights']} already", where=str(source))
    target.mkdir(parents=True, exist_ok=True)
    files = []
    for path in sorted(source.glob("*.onnx")):
        model = onnx.load(str(path))
        if form == "int8" and path.stem in QUANTIZED:
            model = _computed_in_eight_bits(model)
        _kept_smaller(model, form)
        files.append(target / path.name)
        with atomic_path(files[-1]) as beside:
            beside.write_bytes(model.SerializeToString())
    content = json.dumps({**sizes, "weights": form}, indent=1) + "\n"
    write_atomically(target / GRAPHS_FILE, content.encode())
    return [*files, target / GRAPHS_FILE]


def _computed_in_eight_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    """Products with weights by onnxruntime's dynamic quantization, a scale for each output.

    Weights use seven of their eight bits: processors before VNNI add pairs of products in sixteen bits, and would
    saturate.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    deciding = [node.name for node in model.graph.node if model.graph.output[0].name in node.output]
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)  # it asks for a preprocessing that exported graphs do not need
    try:
        with TemporaryDirectory() as folder:
            made = Path(folder) / "made.onnx"
            quantize_dynamic(
                model,
                made,
                op_types_to_quantize=["MatMul"],
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=deciding,
            )
            return onnx.load(str(made))
    finally:
        root.setLevel(before)


def _kept_smaller(model: onnx.ModelProto, form: SmallForm) -> None:
    """Keep every large float32 weight in fewer bits, with the nodes that unfold it before everything else."""
    columns = {node.input[1] for node in model.graph.node if node.op_type == "ConvTranspose"}
    products = {
        name for node in model.graph.node if node.op_type in ("MatMul", "Gemm") for name in node.input
    }
    unfolding: list[onnx.NodeProto] = []
    for name, weight in list(_large_weights(model.graph)):
        eight = form == "int8" and name not in products and weight.ndim > 1
        if eight:
            axis = 1 if name in columns else 0
            rest = tuple(at for at in range(weight.ndim) if at != axis)
            scale = np.abs(weight).max(axis=rest, keepdims=True) / _LARGEST_INT8
            scale = np.where(scale == 0, 1, scale).astype(np.float32)
            kept: npt.NDArray[np.generic] = np.rint(weight / scale).astype(np.int8)
            model.graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
            unfolding.append(_cast(f"{name}_kept", f"{name}_whole"))
            unfolding.append(onnx.helper.make_node("Mul", [f"{name}_whole", f"{name}_scale"], [name]))
        else:
            kept = np.clip(weight, -65504, 65504).astype(np.float16)
            unfolding.append(_cast(f"{name}_kept", name))
        model.graph.initializer.append(numpy_helper.from_array(kept, f"{name}_kept"))
    for node in reversed(unfolding):
        model.graph.node.insert(0, node)


def _cast(name: str, to: str) -> onnx.NodeProto:
    return onnx.helper.make_node("Cast", [name], [to], to=onnx.TensorProto.FLOAT)


def _large_weights(graph: onnx.GraphProto) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Float32 weights by name, taken out of the graph: initializers, and constants written as nodes."""
    for tensor in list(graph.initializer):
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= LEAST_KEPT:
            yield tensor.name, numpy_helper.to_array(tensor)
            graph.initializer.remove(tensor)
    for node in list(graph.node):
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = node.attribute[0].t
            if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= LEAST_KEPT:
                yield node.output[0], numpy_helper.to_array(tensor)
                graph.node.remove(node)
