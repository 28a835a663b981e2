"""Files by pyarrow: options of its writer, and encodings."""

from __future__ import annotations

import decimal
import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from arrow_type_files import write_arrow
from files import Files
from values import (
    TEXTS,
    random_,
    some,
    with_nulls,
)

LONG_ROWS = 3_000


CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]


def long_table(rows: int = LONG_ROWS) -> pa.Table:
    words = some(lambda: random_.choice(TEXTS), rows)
    return pa.table(
        {
            "i": pa.array(range(rows)),
            "big": pa.array(some(lambda: random_.randint(-(2**63), 2**63 - 1), rows)),
            "f": pa.array(some(lambda: random_.gauss(0, 1), rows)),
            "t": pa.array(with_nulls(words, 0.2)),
            "unique": pa.array([f"row {i} {'x' * (i % 50)}" for i in range(rows)]),
            "b": pa.array(with_nulls(some(lambda: random_.random() < 0.9, rows), 0.1)),
            "l": pa.array(
                with_nulls(
                    some(lambda: some(lambda: random_.randint(0, 9), random_.randint(0, 5)), rows),
                    0.2,
                )
            ),
            "ts": pa.array(some(lambda: random_.randint(0, 2**50), rows)).cast(
                pa.timestamp("us", "UTC")
            ),
        }
    )


def arrow_options() -> Files:
    table = long_table()
    choices: dict[str, list[Any]] = {
        "compression": CODECS,
        "data_page_version": ["1.0", "2.0"],
        "use_dictionary": [True, False],
        "data_page_size": [200, 10_000],
    }
    for picked in itertools.product(*choices.values()):
        options = dict(zip(choices, picked))
        yield "-".join(str(value) for value in picked), write_arrow(table, **options)
    others: list[dict[str, Any]] = [
        {"row_group_size": 7},
        {"row_group_size": 700, "write_page_index": True},
        {"write_page_checksum": True, "compression": "gzip"},
        {"dictionary_pagesize_limit": 64, "data_page_size": 500},
        {"dictionary_pagesize_limit": 64, "data_page_size": 500, "data_page_version": "2.0"},
        {"use_deprecated_int96_timestamps": True},
        {"use_compliant_nested_type": False},
        {"coerce_timestamps": "ms", "allow_truncated_timestamps": True},
        {"store_decimal_as_integer": True},
        {"write_time_adjusted_to_utc": True},
        {"sorting_columns": [pq.SortingColumn(0)]},
        {"bloom_filter_options": {"i": True}},
        {"max_rows_per_page": 10},
    ]
    others += [{"version": version} for version in ["1.0", "2.4", "2.6"]]
    for number, options in enumerate(others):
        yield f"other{number}", write_arrow(table, **options)


def arrow_encodings() -> Files:
    rows = 1_000
    columns = {
        "INT32": pa.array(some(lambda: random_.randint(-(2**31), 2**31 - 1), rows), pa.int32()),
        "INT32_small": pa.array(some(lambda: random_.randint(0, 3), rows), pa.int32()),
        "INT32_sorted": pa.array(range(rows), pa.int32()),
        "INT64": pa.array(some(lambda: random_.randint(-(2**63), 2**63 - 1), rows)),
        "INT64_small": pa.array(some(lambda: random_.randint(-5, 5), rows)),
        "INT64_times": pa.array(sorted(some(lambda: random_.randint(10**15, 2 * 10**15), rows))),
        "UINT64": pa.array(some(lambda: random_.randint(0, 2**64 - 1), rows), pa.uint64()),
        "UINT32": pa.array(some(lambda: random_.randint(0, 2**32 - 1), rows), pa.uint32()),
        "FLOAT": pa.array(some(lambda: random_.gauss(0, 1), rows), pa.float32()),
        "DOUBLE": pa.array(some(lambda: random_.gauss(0, 1), rows)),
        "FLOAT16": pa.array(np.array(some(lambda: random_.gauss(0, 1), rows), dtype="f2")),
        "TEXT": pa.array(some(lambda: random_.choice(TEXTS) + str(random_.randint(0, 99)), rows)),
        "PREFIXED": pa.array(
            sorted(f"common prefix {random_.randint(0, 10**6)}" for _ in range(rows))
        ),
        "FIXED": pa.array(some(lambda: random_.randbytes(5), rows), pa.binary(5)),
        "DECIMAL": pa.array(
            [decimal.Decimal(random_.randint(-(10**20), 10**20)).scaleb(-2) for _ in range(rows)],
            pa.decimal128(25, 2),
        ),
        "BOOLEAN": pa.array(some(lambda: random_.random() < 0.8, rows)),
    }
    encodings = [
        "PLAIN",
        "RLE",
        "DELTA_BINARY_PACKED",
        "DELTA_LENGTH_BYTE_ARRAY",
        "DELTA_BYTE_ARRAY",
        "BYTE_STREAM_SPLIT",
    ]
    for (name, column), encoding, nulls in itertools.product(
        columns.items(), encodings, [False, True]
    ):
        array = pa.array(with_nulls(column.to_pylist(), 0.3), column.type) if nulls else column
        for version, size in [("1.0", 100_000), ("2.0", 900)]:
            options = {"column_encoding": {"v": encoding}, "use_dictionary": False}
            yield (
                f"{name}-{encoding}-{nulls}-v{version[0]}",
                write_arrow(
                    pa.table({"v": array}),
                    data_page_version=version,
                    data_page_size=size,
                    **options,
                ),
            )
