"""A hand-written loop with a thread pool that decodes ahead.

`decode-ahead.py <project> <images> <folder> <threads> <batch size>` -> JSON of `{seconds}`, with
loading the model.
"""

import json
import os
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main(project: str, images: str, folder: str, threads: int, size: int) -> float:
    started = time.perf_counter()
    sys.path.insert(0, project)
    from predictor import PythonPredictor

    predictor = PythonPredictor({}, {})
    files = sorted(str(path) for path in Path(images).rglob("*.jpg"))
    batches = [files[first : first + size] for first in range(0, len(files), size)]
    with ThreadPoolExecutor(threads) as pool, open(f"{folder}/rows.ndjson", "w") as rows:
        waiting = iter(batches)
        ahead = deque(
            (batch, pool.submit(predictor.preprocess, batch))
            for _, batch in zip(range(2 * threads), waiting)
        )
        index = 0
        while ahead:
            batch, decoded = ahead.popleft()
            pixels = decoded.result()
            following = next(waiting, None)
            if following is not None:
                ahead.append((following, pool.submit(predictor.preprocess, following)))
            for file, output in zip(batch, predictor.predict(pixels)):
                rows.write(json.dumps({"index": index, "id": file, "output": output}) + "\n")
                index += 1
        rows.flush()
        os.fsync(rows.fileno())
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:4], *map(int, sys.argv[4:6]))}))
