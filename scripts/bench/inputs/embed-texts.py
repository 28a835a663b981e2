"""The predictor of `embeddings`: vectors of 256 floats from a small static model, in its package.

The file is `predictor.py` in the project.
"""

from pathlib import Path

import wordllama


class PythonPredictor:
    def __init__(self, config, job_spec):
        # Its files are in the package, which it looks for in a cache directory.
        files = Path(wordllama.__file__).parent
        self.model = wordllama.WordLlama.load(cache_dir=files, disable_download=True)

    def predict(self, payload):
        return self.model.embed([row["text"] for row in payload])
