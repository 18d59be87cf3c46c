"""Weights of the published graph, unpacked from their eight bits to the float32 numbers they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution along time.

    Args:
        kernel: `[out, in, taps]`; of a transposed one `[in, out, taps]`.
        bias: `[out]`.
    """

    kernel: Floats
    bias: Floats
    dilation: int
    stride: int


class GraphWeights:
    """The weights of a loaded ONNX model by the names of its nodes."""

    def __init__(self, model: Any) -> None:
        from onnx import helper, numpy_helper

        self._arrays = {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}
        self._nodes = {node.name: node for node in model.graph.node}
        self._attribute = helper.get_attribute_value

    def array(self, name: str) -> NDArray[Any]:
        """A constant of the graph."""
        return self._arrays[name]

    def convolution(self, path: str) -> Convolution:
        """The convolution at `path`, be it in eight bits or in float32.

        Args:
            path: of its node without the operator, as `/decoder/decoder/generator/ups.0`.
        """
        bias = self._arrays[f"{path.replace('/decoder/decoder/', 'decoder.decoder.').replace('/', '.')}.bias"]
        for operator in ("Conv_quant", "ConvTranspose", "Conv"):
            node = self._nodes.get(f"{path}/{operator}")
            if node is not None:
                break
        else:
            raise KeyError(path)
        settings = {attribute.name: self._attribute(attribute) for attribute in node.attribute}
        kernel = self._arrays[node.input[1]]
        if kernel.dtype != np.float32:
            kernel = self._unpacked(node.input[1], node.input[3])
        return Convolution(kernel, bias, settings["dilations"][0], settings["strides"][0])

    def linear(self, path: str) -> tuple[Floats, Floats]:
        """The matrix `[in, out]` and bias `[out]` of the fully connected layer at `path`."""
        node = self._nodes[f"{path}/Gemm_MatMul_quant"]
        name = path.replace("/decoder/decoder/", "decoder.decoder.").replace("/", ".")
        return self._unpacked(node.input[1], node.input[3]), self._arrays[f"{name}.bias"]

    def _unpacked(self, name: str, zero: str) -> Floats:
        scale = self._arrays[name.replace("_quantized", "_scale")]
        whole = self._arrays[name].astype(np.int32) - self._arrays[zero].astype(np.int32)
        unpacked: Floats = (whole * scale).astype(np.float32)
        return unpacked
