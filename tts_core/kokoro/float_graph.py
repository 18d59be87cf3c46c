"""The published graph with its own weights in float32: what our loops are held to, and what a GPU computes with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def unpacked(source: Path) -> Any:
    """The ONNX model at `source` with every product of eight bits replaced by one of float32, the weights unpacked."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(source))
    graph = model.graph
    arrays = {weight.name: weight for weight in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    def number(name: str) -> Any:
        return numpy_helper.to_array(arrays[name])

    replaced: dict[str, Any] = {}
    added = []
    for node in graph.node:
        if node.op_type not in ("ConvInteger", "MatMulInteger"):
            continue
        packed, zero = node.input[1], node.input[3]
        whole = number(packed).astype(np.int32) - number(zero).astype(np.int32)
        weight = (whole * number(packed.replace("_quantized", "_scale"))).astype(np.float32)
        added.append(numpy_helper.from_array(weight, f"{packed}.float"))
        inputs = [made_by[node.input[0]].input[0], added[-1].name]
        last = node  # cast, bias in whole numbers, and at last the scale
        while last.op_type != "Mul":
            before = last.output[0]
            (last,) = users[before]
            if last.op_type == "Add":
                (other,) = (name for name in last.input if name != before)
                inputs.append(made_by[other].input[0].replace("_quantized", ""))
        kind = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}[node.op_type]
        one = helper.make_node(kind, inputs, [last.output[0]], name=f"{node.name}.float")
        one.attribute.extend(node.attribute)
        replaced[last.name] = one
    nodes = [replaced.get(node.name, node) for node in graph.node]
    del graph.node[:]
    graph.node.extend(_in_order(nodes, {weight.name for weight in [*graph.initializer, *added]}, graph))
    graph.initializer.extend(added)
    return model


def _in_order(nodes: list[Any], known: set[str], graph: Any) -> list[Any]:
    """What the outputs need, each node after those it reads."""
    made_by = {name: node for node in nodes for name in node.output}
    done = known | {given.name for given in graph.input} | {""}
    order: list[Any] = []
    stack = [output.name for output in graph.output]
    while stack:
        name = stack[-1]
        if name in done:
            stack.pop()
            continue
        missing = [other for other in made_by[name].input if other not in done]
        if missing:
            stack.extend(missing)
        else:
            order.append(made_by[name])
            done.update(made_by[name].output)
    return order
