"""Writes a Parquet file with typical columns: `write_parquet.py FILE ROWS`."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

path, rows = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(1)
table = pa.table(
    {
        "id": [f"item-{i}" for i in range(rows)],
        "score": pa.array(random.integers(0, 997, rows), pa.int32()),
        "user": pa.array(random.integers(0, 2**62, rows)),
        "weight": random.normal(size=rows),
        "at": pa.array(random.integers(16 * 10**14, 17 * 10**14, rows), pa.timestamp("us", "UTC")),
        "label": pa.array([None if i % 3 == 0 else f"label {i % 1000}" for i in range(rows)]),
        "tags": pa.array([["a", "b"] if i % 2 else [] for i in range(rows)]),
    }
)
pq.write_table(table, path, row_group_size=200_000)
