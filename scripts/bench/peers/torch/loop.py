"""A hand-written loop for a GPU, with a DataLoader whose processes decode images ahead.

`loop.py <images> <file of rows> <batch size>` -> JSON of `{seconds}`, including model loading.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch
from predictor import classify, load_model, read_image
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    def __init__(self, files: list[str]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int):
        return read_image(self.files[index])


def main(images: str, out: str, batch_size: str) -> float:
    started = time.perf_counter()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_model(device)
    files = sorted(str(path) for path in Path(images).rglob("*.jpg"))
    loader = DataLoader(
        Images(files),
        batch_size=int(batch_size),
        num_workers=os.cpu_count(),
        pin_memory=device == "cuda",
    )
    index = 0
    with open(out, "w") as rows:
        for batch in loader:
            for output in classify(model, batch, device):
                rows.write(
                    json.dumps({"index": index, "id": files[index], "output": output}) + "\n"
                )
                index += 1
        rows.flush()
        os.fsync(rows.fileno())
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))
