"""A hand-written loop.

Each process handles its share of the batches one by one, and writes its rows.

`classify.py <project> <images> <folder> <workers> <batch size>...` -> JSON of `{seconds: [...]}`,
one for each size, from the start of the processes to the end of the last.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def work(project: str, images: str, out: str, worker: int, workers: int, size: int) -> None:
    sys.path.insert(0, project)
    from predictor import PythonPredictor

    predictor = PythonPredictor({}, {"job_id": "loop"})
    files = sorted(str(path) for path in Path(images).rglob("*.png"))
    with open(out, "w") as rows:
        for first in range(worker * size, len(files), workers * size):
            payload = files[first : first + size]
            outputs = predictor.predict(payload, str(first))
            for i, (file, output) in enumerate(zip(payload, outputs)):
                rows.write(json.dumps({"index": first + i, "id": file, "output": output}) + "\n")
        rows.flush()
        os.fsync(rows.fileno())


def run(project: str, images: str, folder: str, workers: int, size: int) -> float:
    started = time.perf_counter()
    children = [
        subprocess.Popen(
            [
                *(sys.executable, __file__, "work"),
                *(project, images, f"{folder}/{size}-{worker}.ndjson"),
                *map(str, (worker, workers, size)),
            ],
            stdout=sys.stderr,
        )
        for worker in range(workers)
    ]
    for child in children:
        if child.wait() != 0:
            raise RuntimeError(f"a process ended with exit code {child.returncode}")
    return time.perf_counter() - started


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(*sys.argv[2:5], *map(int, sys.argv[5:8]))
    else:
        project, images, folder, workers, *sizes = sys.argv[1:]
        seconds = [run(project, images, folder, int(workers), int(size)) for size in sizes]
        print(json.dumps({"seconds": seconds}))
