"""Ray Data: one actor, `map_batches` over a range.

Durable: Parquet files of the rows, the format that Ray writes fastest.

`noop.py <folder> <workers> <batches> <items a batch>...` -> JSON of `{seconds: [...]}`, one for
each size, on a running cluster that has been used once. Ray schedules and retries blocks, not
batches: per batch, it only has to cut it and hand it over.
"""

import json
import sys
import time
from pathlib import Path

from cluster import start


class Noop:
    def __call__(self, batch: dict) -> dict:
        return batch


def run(folder: Path, *, batches: int, batch_size: int, workers: int) -> float:
    import ray

    started = time.perf_counter()
    items = ray.data.range(batches * batch_size)
    compute = ray.data.ActorPoolStrategy(size=workers)
    results = items.map_batches(Noop, batch_size=batch_size, compute=compute)
    results.write_parquet(str(folder))
    seconds = time.perf_counter() - started
    rows = ray.data.read_parquet(str(folder)).count()
    if rows != batches * batch_size:
        raise RuntimeError(f"{rows} rows, expected {batches * batch_size}")
    return seconds


def main(folder: str, workers: str, batches: str, *sizes: str) -> list[float]:
    start(int(workers))
    run(Path(folder) / "warm", batches=100, batch_size=1, workers=int(workers))
    return [
        run(
            Path(folder) / f"rows-{size}",
            batches=int(batches),
            batch_size=int(size),
            workers=int(workers),
        )
        for size in sizes
    ]


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
