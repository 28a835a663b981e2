"""Turns an image of a handwritten digit into a vector: similar digits have similar vectors."""

from pathlib import Path
from typing import Any, Union

import numpy as np
import onnxruntime
from millrace import ItemError
from PIL import Image, UnidentifiedImageError

SIDE = 32
MODEL = Path(__file__).resolve().parent / "model" / "embed.onnx"


class PythonPredictor:
    def __init__(self, config: dict[str, Any], job_spec: dict[str, Any]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            MODEL, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self.norms: list[float] = []

    def preprocess(self, payload: list[str], batch_id: str) -> list[Union[np.ndarray, ItemError]]:
        """Decode files, while predict works on other batches. A broken one fails alone."""
        return [decode(file) for file in payload]

    def predict(self, payload: list[np.ndarray], batch_id: str) -> np.ndarray:
        """Take images of (SIDE, SIDE) grey bytes; return features of (images, 96) floats."""
        (features,) = self.session.run(["vectors"], {"images": np.stack(payload)})
        return features

    def postprocess(self, output: np.ndarray, batch_id: str) -> np.ndarray:
        """Scale the vectors to length 1, so that a dot product is their similarity."""
        norms = np.linalg.norm(output, axis=1, keepdims=True)
        self.norms.append(float(norms.mean()))
        return output / norms

    def on_job_complete(self) -> None:
        """Print one of the numbers that only this worker knows."""
        print(f"mean length of this worker's vectors: {np.mean(self.norms or [0]):.3f}")


def decode(path: str) -> Union[np.ndarray, ItemError]:
    try:
        with Image.open(path) as image:
            if image.size != (SIDE, SIDE):
                width, height = image.size
                return ItemError("wrong_size", f"{width}x{height} pixels, expected {SIDE}x{SIDE}")
            return np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        return ItemError("broken_image", str(error).replace(path, Path(path).name))
