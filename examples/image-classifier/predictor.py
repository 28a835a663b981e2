"""Recognizes one handwritten digit per image of 32x32 pixels."""

import math
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import onnxruntime
from PIL import Image

SIDE = 32
MODEL = Path(__file__).resolve().parent / "model" / "digits.onnx"


class PythonPredictor:
    def __init__(self, config: dict[str, Any], job_spec: dict[str, Any]) -> None:
        # One thread: a job gets its parallelism from its workers, and each of them has one CPU.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            MODEL, sess_options=options, providers=["CPUExecutionProvider"]
        )
        print(f"job {job_spec['job_id']}: model ready")

    def predict(self, payload: list[str], batch_id: str) -> list[dict[str, Any]]:
        """Take image files, as paths or file:// URIs; return one prediction each, in order."""
        images = np.stack([read_pixels(file) for file in payload])
        (probabilities,) = self.session.run(["probabilities"], {"images": images})
        return [most_likely(scores) for scores in probabilities]


def read_pixels(file: str) -> np.ndarray:
    """Decode an image to a (SIDE, SIDE) array of grey bytes."""
    path = url2pathname(urlsplit(file).path) if file.startswith("file://") else file
    with Image.open(path) as image:
        if image.size != (SIDE, SIDE):
            width, height = image.size
            raise ValueError(
                f'Cannot classify "{file}": {width}x{height} pixels, expected {SIDE}x{SIDE}'
            )
        return np.asarray(image.convert("L"))


def most_likely(probabilities: np.ndarray) -> dict[str, Any]:
    label = int(probabilities.argmax())
    # Rounds halves up, as the TypeScript predictor does.
    confidence = math.floor(float(probabilities[label]) * 1e6 + 0.5) / 1e6
    return {"label": label, "confidence": confidence}
