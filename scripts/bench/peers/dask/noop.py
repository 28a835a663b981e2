"""Dask: a task is a batch, one worker process.

Durable: the rows, in a file that the client syncs at the end.

`noop.py <folder> <workers> <batches> <items a batch>...` -> JSON of `{seconds: [...]}`, one for
each size, on a running cluster that has been used once.
"""

import json
import os
import sys
import time
from pathlib import Path

from cluster import start


def predict(first: int, count: int) -> str:
    """Return the rows as text: Dask serializes every element of a list separately."""
    return "".join(f'{{"output":{item}}}\n' for item in range(first, first + count))


def run(client, file: Path, *, batches: int, batch_size: int) -> float:
    started = time.perf_counter()
    # A task makes its own payload: Dask searches every element of a list for tasks.
    # Not pure: no hashing of arguments.
    firsts = range(0, batches * batch_size, batch_size)
    futures = client.map(predict, firsts, count=batch_size, pure=False)
    # All results in one call: fetching them one by one costs a round trip for every few.
    results = client.gather(futures)
    with file.open("w") as out:
        out.writelines(results)
        out.flush()
        os.fsync(out.fileno())
    rows = sum(text.count("\n") for text in results)
    if rows != batches * batch_size:
        raise RuntimeError(f"{rows} rows, expected {batches * batch_size}")
    return time.perf_counter() - started


def main(folder: str, workers: str, batches: str, *sizes: str) -> list[float]:
    with start(int(workers)) as client:
        run(client, Path(folder) / "warm.ndjson", batches=100, batch_size=1)
        return [
            run(
                client,
                Path(folder) / f"rows-{size}.ndjson",
                batches=int(batches),
                batch_size=int(size),
            )
            for size in sizes
        ]


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
