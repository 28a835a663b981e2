"""A hand-written loop: reads a CSV file, embeds batches of it, writes a row for each.

`embed-texts.py <project> <file> <folder> <batch size>` -> JSON of `{seconds}`, with loading the
model.
"""

import csv
import json
import os
import sys
import time


def main(project: str, file: str, folder: str, size: int) -> float:
    started = time.perf_counter()
    sys.path.insert(0, project)
    from predictor import PythonPredictor

    predictor = PythonPredictor({}, {})
    with open(file, newline="") as source, open(f"{folder}/rows.ndjson", "w") as rows:
        batch, index = [], 0

        def predict() -> None:
            nonlocal index
            for item, vector in zip(batch, predictor.predict(batch)):
                row = {"index": index, "id": item["custom_id"], "output": vector.tolist()}
                rows.write(json.dumps(row) + "\n")
                index += 1
            batch.clear()

        for item in csv.DictReader(source):
            batch.append(item)
            if len(batch) == size:
                predict()
        if batch:
            predict()
        rows.flush()
        os.fsync(rows.fileno())
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:4], int(sys.argv[4]))}))
