"""Writes model/embed.onnx: the classifier of ../image-classifier up to its hidden layer.

Run it with `onnx` installed, from this directory.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).resolve().parent


def main() -> None:
    source = HERE.parent / "image-classifier" / "model" / "digits.onnx"
    target = HERE / "model" / "embed.onnx"
    onnx.utils.extract_model(source, target, ["images"], ["active"])
    model = onnx.load(target)
    graph = model.graph
    graph.node.append(helper.make_node("Cast", ["active"], ["vectors"], to=TensorProto.FLOAT))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", 96]))
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main()
