"""A hand-written loop that writes vectors to one `.npy` file.

`make-vectors.py <project> <items> <folder> <batch size>` -> JSON of `{seconds}`.
"""

import json
import sys
import time

import numpy as np


def main(project: str, items: int, folder: str, size: int) -> float:
    started = time.perf_counter()
    sys.path.insert(0, project)
    from predictor import PythonPredictor

    predictor = PythonPredictor({}, {})
    file = f"{folder}/vectors.npy"
    target = np.lib.format.open_memmap(file, mode="w+", dtype="float32", shape=(items, 768))
    for first in range(0, items, size):
        payload = list(range(first, min(items, first + size)))
        target[first : first + len(payload)] = predictor.predict(payload)
    target.flush()
    return time.perf_counter() - started


if __name__ == "__main__":
    project, items, folder, size = sys.argv[1:]
    print(json.dumps({"seconds": main(project, int(items), folder, int(size))}))
