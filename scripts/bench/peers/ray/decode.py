"""Ray Data with two stages: tasks that decode, and an actor that predicts.

`decode.py <project> <images> <folder> <batch size>` -> JSON of `{seconds}`, on a running cluster
that has been used once. The time includes listing the images and loading the model.
"""

import json
import sys
import time
from pathlib import Path

from cluster import start


class Decode:
    def __init__(self, project: str) -> None:
        sys.path.insert(0, project)
        from predictor import PythonPredictor

        # Without its model.
        self.predictor = PythonPredictor.__new__(PythonPredictor)

    def __call__(self, batch: dict) -> dict:
        return {"item": batch["item"], "pixels": self.predictor.preprocess(list(batch["item"]))}


class Predict:
    def __init__(self, project: str) -> None:
        sys.path.insert(0, project)
        from predictor import PythonPredictor

        self.predictor = PythonPredictor({}, {})

    def __call__(self, batch: dict) -> dict:
        outputs = self.predictor.predict(batch["pixels"])
        columns = {name: [output[name] for output in outputs] for name in outputs[0]}
        return {"item": batch["item"], **columns}


def run(files: list[str], folder: Path, *, project: str, size: int) -> float:
    import ray

    started = time.perf_counter()
    results = (
        ray.data.from_items(files, override_num_blocks=8)
        .map_batches(
            Decode,
            fn_constructor_args=(project,),
            batch_size=size,
            compute=ray.data.ActorPoolStrategy(size=1),
        )
        .map_batches(
            Predict,
            fn_constructor_args=(project,),
            batch_size=size,
            compute=ray.data.ActorPoolStrategy(size=1),
        )
    )
    results.write_parquet(str(folder))
    seconds = time.perf_counter() - started
    rows = ray.data.read_parquet(str(folder)).count()
    if rows != len(files):
        raise RuntimeError(f"{rows} rows, expected {len(files)}")
    return seconds


def main(project: str, images: str, folder: str, size: str) -> float:
    started = time.perf_counter()
    files = sorted(str(path) for path in Path(images).rglob("*.jpg"))
    listing = time.perf_counter() - started
    start(2)
    run(files[:64], Path(folder) / "warm", project=project, size=32)
    return listing + run(files, Path(folder) / "rows", project=project, size=int(size))


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
