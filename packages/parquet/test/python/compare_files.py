"""Compares each `x.parquet.ndjson` of a folder with what pyarrow reads of `x.parquet`."""

from __future__ import annotations

import glob
import json
import sys

from expected import compare


def main(folder: str) -> None:
    right: list[str] = []
    different: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for lines_file in sorted(glob.glob(f"{folder}/*.parquet.ndjson")):
        name = lines_file.removesuffix(".ndjson")
        with open(lines_file, encoding="utf-8", newline="\n") as lines:
            try:
                problem = compare(name, lines)
            except Exception as error:  # pyarrow itself cannot read the file
                unreadable[name.rsplit("/", 1)[-1]] = f"{type(error).__name__}: {error}"[:300]
                continue
        if problem:
            different[name.rsplit("/", 1)[-1]] = problem[:300]
        else:
            right.append(name.rsplit("/", 1)[-1])
    print(json.dumps({"right": right, "different": different, "unreadable": unreadable}))


if __name__ == "__main__":
    main(sys.argv[1])
