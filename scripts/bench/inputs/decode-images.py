"""The predictor of `decode-images`: Pillow decodes in preprocess, ONNX Runtime predicts.

The file is `predictor.py` in the project, beside `model.onnx`.
"""

from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

SIDE = 32


class PythonPredictor:
    def __init__(self, config, job_spec):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        model = Path(__file__).resolve().parent / "model.onnx"
        self.session = onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )

    def preprocess(self, payload):
        return np.stack([decode(file) for file in payload])

    def predict(self, payload):
        (probabilities,) = self.session.run(["probabilities"], {"images": payload})
        return [
            {"label": int(scores.argmax()), "confidence": float(scores.max())}
            for scores in probabilities
        ]


def decode(file):
    with Image.open(file) as image:
        return np.asarray(
            image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR).convert("L")
        )
