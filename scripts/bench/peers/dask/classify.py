"""Dask: a task is a batch, as many worker processes as Millrace has.

Durable: the rows, in a file that is synced at the end.

`classify.py <project> <images> <folder> <workers> <batch size>...` -> JSON of `{seconds: [...]}`,
one for each size, on a cluster that is up; the first run also loads the model, once for each
worker.
"""

import json
import os
import sys
import time
from functools import cache
from pathlib import Path

from cluster import start


@cache
def load(project: str):
    sys.path.insert(0, project)
    from predictor import PythonPredictor

    return PythonPredictor({}, {"job_id": "dask"})


def classify(paths: str, project: str) -> list[dict]:
    return load(project).predict(paths.split("\n"), "")


def run(client, files: list[str], file: Path, *, project: str, size: int) -> float:
    started = time.perf_counter()
    # One text a task: Dask looks for tasks in every element of a list it is given.
    payloads = ["\n".join(files[i : i + size]) for i in range(0, len(files), size)]
    futures = client.map(classify, payloads, project=project, pure=False)
    results = client.gather(futures)
    outputs = [output for batch in results for output in batch]
    with file.open("w") as out:
        for index, (item, output) in enumerate(zip(files, outputs, strict=True)):
            out.write(json.dumps({"index": index, "id": item, "output": output}) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return time.perf_counter() - started


def main(project: str, images: str, folder: str, workers: str, *sizes: str) -> list[float]:
    files = sorted(str(path) for path in Path(images).rglob("*.png"))
    with start(int(workers)) as client:
        return [
            run(
                client, files, Path(folder) / f"rows-{size}.ndjson", project=project, size=int(size)
            )
            for size in sizes
        ]


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
