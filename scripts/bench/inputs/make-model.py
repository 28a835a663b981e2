"""Writes a heavy convolutional model with seeded weights.

It has the same inputs and outputs as the model of the digits example.

`make-model.py <file> <layers> <channels>`: uint8 images of (batch, 32, 32) -> probabilities of
(batch, 10).
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main(file: str, layers: int, channels: int) -> None:
    random = np.random.default_rng(17)
    weights = []

    def weight(name: str, *shape: int) -> str:
        scale = np.sqrt(2 / np.prod(shape[1:]))
        values = (random.standard_normal(shape) * scale).astype(np.float32)
        weights.append(numpy_helper.from_array(values, name))
        return name

    weights.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"))
    weights.append(numpy_helper.from_array(np.array(1 / 255, dtype=np.float32), "scale"))
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "scale"], ["scaled"]),
        helper.make_node("Unsqueeze", ["scaled", "axis"], ["layer0"]),
    ]
    for i in range(layers):
        kernel = weight(f"kernel{i}", channels, 1 if i == 0 else channels, 3, 3)
        nodes.append(
            helper.make_node("Conv", [f"layer{i}", kernel], [f"conv{i}"], pads=[1, 1, 1, 1])
        )
        nodes.append(helper.make_node("Relu", [f"conv{i}"], [f"layer{i + 1}"]))
    nodes += [
        helper.make_node("GlobalAveragePool", [f"layer{layers}"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", weight("dense", 10, channels)], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "convolutions",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 32, 32])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
