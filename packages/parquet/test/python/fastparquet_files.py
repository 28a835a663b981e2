"""Files by fastparquet."""

from __future__ import annotations

import decimal
import itertools

import fastparquet
import numpy as np
import pandas as pd
from files import Files
from values import (
    TEXTS,
    floats,
    random_,
    some,
    with_nulls,
)


def fastparquet_files() -> Files:
    rows = 40
    frames = {
        "numbers": pd.DataFrame(
            {
                f"{kind}": np.array(some(lambda: random_.randint(0, 100), rows)).astype(kind)
                for kind in [
                    "int8",
                    "int16",
                    "int32",
                    "int64",
                    "uint8",
                    "uint16",
                    "uint32",
                    "uint64",
                    "float32",
                    "float64",
                    "bool",
                ]
            }
        ),
        "nullable": pd.DataFrame(
            {
                "i": pd.array(with_nulls(list(range(rows)), 0.3), "Int64"),
                "b": pd.array(with_nulls([True] * rows, 0.3), "boolean"),
            }
        ),
        "text": pd.DataFrame(
            {"t": with_nulls([random_.choice(TEXTS[:6]) for _ in range(rows)], 0.3)}, dtype=object
        ),
        "category": pd.DataFrame(
            {"c": pd.Categorical([random_.choice("abc") for _ in range(rows)])}
        ),
        "times": pd.DataFrame(
            {
                "t": pd.date_range("1970-01-01", periods=rows, freq="1h"),
                "z": pd.date_range("1970-01-01", periods=rows, freq="1h", tz="UTC"),
            }
        ),
        "deltas": pd.DataFrame(
            {"d": pd.to_timedelta(some(lambda: random_.randint(0, 86_399), rows), unit="s")}
        ),
        "floats": pd.DataFrame({"f": floats()[:rows]}),
    }
    for name, frame in frames.items():
        for codec, nulls, times in itertools.product(
            ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW", "BROTLI"],
            [True, False],
            ["int64", "int96"],
        ):
            if times == "int96" and name != "times":
                continue
            yield (
                f"{name}-{codec}-{nulls}-{times}",
                lambda path, f=frame, c=codec, n=nulls, t=times: fastparquet.write(
                    path, f, compression=c, has_nulls=n, times=t, row_group_offsets=[0, 15]
                ),
            )
    for encoding, values in {
        "json": [{"a": 1}, [1, 2], "x"],
        "bytes": [b"a", b"\xff", b""],
        "utf8": ["a", "é", ""],
        "int": [1, 2, 3],
        "bool": [True, False, True],
        "decimal": [decimal.Decimal("1.5"), decimal.Decimal("2"), decimal.Decimal("-1")],
    }.items():
        frame = pd.DataFrame({"v": pd.Series(values, dtype=object)})
        yield (
            f"object-{encoding}",
            lambda path, f=frame, e=encoding: fastparquet.write(path, f, object_encoding=e),
        )
