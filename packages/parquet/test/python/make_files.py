"""Writes small Parquet files with every writer, type and option at hand: `make_files.py FOLDER`."""

from __future__ import annotations

import json
import os
import sys

from arrow_nested_files import arrow_nested, arrow_odd
from arrow_option_files import arrow_encodings, arrow_options
from arrow_type_files import arrow_types
from duckdb_files import duckdb_files
from fastparquet_files import fastparquet_files
from pandas_files import pandas_files
from polars_files import polars_files

WRITERS = [
    arrow_types,
    arrow_options,
    arrow_encodings,
    arrow_nested,
    arrow_odd,
    pandas_files,
    polars_files,
    duckdb_files,
    fastparquet_files,
]


def main(folder: str) -> None:
    refused: list[str] = []
    count = 0
    for writer in WRITERS:
        for name, write in writer():
            path = os.path.join(folder, f"{writer.__name__}-{name}.parquet")
            try:
                write(path)
                count += 1
            except Exception as error:  # the writer does not have this combination
                refused.append(
                    f"{writer.__name__}-{name}: {type(error).__name__}: {str(error)[:120]}"
                )
                if os.path.exists(path):
                    os.remove(path)
    print(json.dumps({"written": count, "not_written": refused}))


if __name__ == "__main__":
    main(sys.argv[1])
