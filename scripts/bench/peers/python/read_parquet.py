"""Reads a Parquet file with pyarrow, and converts each row to JSON. Prints the seconds."""

import json
import sys
import time

import pyarrow.parquet as pq

started = time.perf_counter()
size = 0
for batch in pq.ParquetFile(sys.argv[1]).iter_batches(batch_size=65_536):
    for row in batch.to_pylist():
        size += len(json.dumps(row, default=str))
print(json.dumps({"seconds": time.perf_counter() - started}))
