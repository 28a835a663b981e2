"""Ray Data: `map_batches` with a pool of as many actors as Millrace has workers.

Durable: Parquet files of the rows.

`classify.py <project> <images> <folder> <workers> <batch size>...` -> JSON of `{seconds: [...]}`,
one for each size, on a running cluster that has been used once. The time includes listing the
images, starting the actors and loading the model.
"""

import json
import sys
import time
from pathlib import Path

from cluster import start


class Classify:
    def __init__(self, project: str) -> None:
        sys.path.insert(0, project)
        from predictor import PythonPredictor

        self.predictor = PythonPredictor({}, {"job_id": "ray"})

    def __call__(self, batch: dict) -> dict:
        outputs = self.predictor.predict(list(batch["item"]), "")
        columns = {name: [output[name] for output in outputs] for name in outputs[0]}
        return {"item": batch["item"], **columns}


def run(files: list[str], folder: Path, *, project: str, workers: int, size: int) -> float:
    import ray

    started = time.perf_counter()
    # A few blocks per actor, so that none waits long for the others at the end.
    items = ray.data.from_items(files, override_num_blocks=workers * 4)
    results = items.map_batches(
        Classify,
        fn_constructor_args=(project,),
        batch_size=size,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    results.write_parquet(str(folder))
    seconds = time.perf_counter() - started
    rows = ray.data.read_parquet(str(folder)).count()
    if rows != len(files):
        raise RuntimeError(f"{rows} rows, expected {len(files)}")
    return seconds


def main(project: str, images: str, folder: str, workers: str, *sizes: str) -> list[float]:
    started = time.perf_counter()
    files = sorted(str(path) for path in Path(images).rglob("*.png"))
    listing = time.perf_counter() - started
    pool = int(workers)
    start(pool)
    run(files[:64], Path(folder) / "warm", project=project, workers=pool, size=32)
    return [
        listing
        + run(files, Path(folder) / f"rows-{size}", project=project, workers=pool, size=int(size))
        for size in sizes
    ]


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
