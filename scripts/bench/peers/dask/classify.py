"""Dask: a task is a batch, with as many worker processes as Millrace has.

Durable: the rows, in a file that is synced at the end.

`classify.py <project> <images> <folder> <workers> <batch size>...` -> JSON of `{seconds: [...]}`,
one for each size, on a running cluster. Includes listing the images; the first run also loads the
model, once per worker.
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


def classify(first: int, paths: str, project: str) -> str:
    """Return the rows as text: Dask serializes every element of a list separately."""
    payload = paths.split("\n")
    outputs = load(project).predict(payload, "")
    rows = [
        json.dumps({"index": first + i, "id": item, "output": output}) + "\n"
        for i, (item, output) in enumerate(zip(payload, outputs, strict=True))
    ]
    return "".join(rows)


def run(client, files: list[str], file: Path, *, project: str, size: int) -> float:
    started = time.perf_counter()
    # One string per task: Dask searches every element of a list for tasks.
    firsts = range(0, len(files), size)
    payloads = ["\n".join(files[first : first + size]) for first in firsts]
    futures = client.map(classify, firsts, payloads, project=project, pure=False)
    results = client.gather(futures)
    with file.open("w") as out:
        out.writelines(results)
        out.flush()
        os.fsync(out.fileno())
    rows = sum(text.count("\n") for text in results)
    if rows != len(files):
        raise RuntimeError(f"{rows} rows, expected {len(files)}")
    return time.perf_counter() - started


def main(project: str, images: str, folder: str, workers: str, *sizes: str) -> list[float]:
    started = time.perf_counter()
    files = sorted(str(path) for path in Path(images).rglob("*.png"))
    listing = time.perf_counter() - started
    with start(int(workers)) as client:
        return [
            listing
            + run(
                client, files, Path(folder) / f"rows-{size}.ndjson", project=project, size=int(size)
            )
            for size in sizes
        ]


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
