"""Write the digit images, train the classifier on them, export it to ONNX and measure it.

Everything is derived from the 1,797 digits that ship with scikit-learn, with fixed seeds and one
thread, so that running the script twice on one machine gives the same files.
"""

import csv
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

PROJECT = Path(__file__).resolve().parent.parent
IMAGES = PROJECT / "images"
LABELS = PROJECT / "labels.csv"
MODEL = PROJECT / "model" / "digits.onnx"
ACCURACY = PROJECT / "model" / "accuracy.json"

SEED = 7
TEST_SHARE = 0.25
DIGIT_SIDE = 8  # pixels of a digit in the data set
SCALE = 4  # each of them becomes SCALE x SCALE pixels, so that people can see the images
IMAGE_SIDE = DIGIT_SIDE * SCALE
CLASSES = 10


def write_images(digits: np.ndarray) -> list[Path]:
    """Write one 8-bit grey PNG per digit; digits: (n, 8, 8), ink from 0 to 16."""
    shutil.rmtree(IMAGES, ignore_errors=True)
    IMAGES.mkdir(parents=True)
    files = []
    for index, digit in enumerate(digits):
        grey = np.rint(digit * (255 / 16)).astype(np.uint8)
        pixels = grey.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
        file = IMAGES / f"digit-{index:04d}.png"
        Image.fromarray(pixels).save(file, optimize=True)
        files.append(file)
    return files


def read_images(files: list[Path]) -> np.ndarray:
    """Read PNG files into one (n, IMAGE_SIDE, IMAGE_SIDE) array of bytes."""
    return np.stack([np.asarray(Image.open(file).convert("L")) for file in files])


def write_labels(files: list[Path], labels: np.ndarray, test: set[int]) -> None:
    with LABELS.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "label", "split"])
        for index, (file, label) in enumerate(zip(files, labels, strict=True)):
            split = "test" if index in test else "train"
            writer.writerow([f"{IMAGES.name}/{file.name}", int(label), split])


def features(images: np.ndarray) -> np.ndarray:
    """What the first nodes of the graph compute: the mean of each SCALE x SCALE cell, 0 to 1."""
    cells = images.reshape(-1, DIGIT_SIDE, SCALE, DIGIT_SIDE, SCALE)
    return cells.mean(axis=(2, 4)).reshape(-1, DIGIT_SIDE * DIGIT_SIDE) / 255


def train(images: np.ndarray, labels: np.ndarray) -> MLPClassifier:
    """Fit one hidden layer; alpha was chosen by cross-validation on the training split alone."""
    classifier = MLPClassifier(
        hidden_layer_sizes=(96,), alpha=0.05, batch_size=64, max_iter=150, tol=0, random_state=SEED
    )
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # The number of epochs is fixed, so reaching it is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return classifier.fit(features(images), labels)


def export(classifier: MLPClassifier) -> None:
    """Write the ONNX model: image bytes (batch, IMAGE_SIDE, IMAGE_SIDE) in, probabilities out.

    The graph computes in float64: the kernels for one image and for a batch, and those of other
    processors, add in another order, and in float32 that shows in the sixth decimal.
    """
    (hidden_weights, output_weights), (hidden_bias, output_bias) = (
        classifier.coefs_,
        classifier.intercepts_,
    )
    constants = {
        "cells": np.array([-1, DIGIT_SIDE, SCALE, DIGIT_SIDE, SCALE], dtype=np.int64),
        "cell_axes": np.array([2, 4], dtype=np.int64),
        "flat": np.array([-1, DIGIT_SIDE * DIGIT_SIDE], dtype=np.int64),
        "white": np.array(255, dtype=np.float64),
        "hidden_weights": hidden_weights.astype(np.float64),
        "hidden_bias": hidden_bias.astype(np.float64),
        "output_weights": output_weights.astype(np.float64),
        "output_bias": output_bias.astype(np.float64),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.DOUBLE),
        helper.make_node("Reshape", ["pixels", "cells"], ["pixel_cells"]),
        helper.make_node("ReduceMean", ["pixel_cells", "cell_axes"], ["digits"], keepdims=0),
        helper.make_node("Reshape", ["digits", "flat"], ["grey"]),
        helper.make_node("Div", ["grey", "white"], ["features"]),
        helper.make_node("Gemm", ["features", "hidden_weights", "hidden_bias"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "output_weights", "output_bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [
            helper.make_tensor_value_info(
                "images", TensorProto.UINT8, ["batch", IMAGE_SIDE, IMAGE_SIDE]
            )
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, ["batch", CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(
        graph, producer_name="millrace-examples", opset_imports=[helper.make_opsetid("", 18)]
    )
    model.ir_version = 8  # the version that opset 18 came with; older runtimes read it too
    onnx.checker.check_model(model, full_check=True)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    MODEL.write_bytes(model.SerializeToString(deterministic=True))


def measure(images: np.ndarray, labels: np.ndarray, indexes: np.ndarray) -> dict[str, float]:
    """Count what the exported model gets right, through onnxruntime."""
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": images[indexes]})
    correct = int((probabilities.argmax(axis=1) == labels[indexes]).sum())
    total = len(indexes)
    return {"images": total, "correct": correct, "accuracy": round(correct / total, 6)}


def main() -> None:
    dataset = load_digits()
    labels = dataset.target
    files = write_images(dataset.images)
    images = read_images(files)

    everything = np.arange(len(files))
    train_indexes, test_indexes = train_test_split(
        everything, test_size=TEST_SHARE, random_state=SEED, stratify=labels
    )
    write_labels(files, labels, set(test_indexes.tolist()))

    export(train(images[train_indexes], labels[train_indexes]))
    accuracy = {
        "test": measure(images, labels, test_indexes),
        "all": measure(images, labels, everything),
    }
    ACCURACY.write_text(json.dumps(accuracy, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(accuracy))


if __name__ == "__main__":
    main()
