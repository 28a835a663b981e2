"""Files by pandas, with both of its engines."""

from __future__ import annotations

import itertools

import pandas as pd
from files import Files


def pandas_files() -> Files:
    frame = pd.DataFrame(
        {
            "i": range(20),
            "nullable": pd.array([1, None] * 10, "Int64"),
            "text": pd.array(["a", None] * 10, "string"),
            "category": pd.Categorical(["x", "y"] * 10),
            "when": pd.date_range("2024-03-30", periods=20, freq="7h", tz="Europe/Berlin"),
            "naive": pd.date_range("1969-12-31", periods=20, freq="1us"),
            "delta": pd.to_timedelta(range(20), unit="h"),
            "object": [{"a": 1}, [1], "x", None] * 5,
            "bool": pd.array([True, None] * 10, "boolean"),
            "period": pd.period_range("2024-01", periods=20, freq="M"),
        }
    )
    plain = frame.drop(columns=["object"])
    for engine, index, codec in itertools.product(
        ["pyarrow", "fastparquet"], [True, False, None], ["snappy", None, "gzip"]
    ):
        usable = plain if engine == "pyarrow" else plain.drop(columns=["period"])
        yield (
            f"{engine}-{index}-{codec}",
            lambda path, e=engine, i=index, c=codec, f=usable: f.to_parquet(
                path, engine=e, index=i, compression=c
            ),
        )
    indexed = plain.set_index(["category", "i"])
    yield "multi_index", lambda path: indexed.to_parquet(path)
    yield "interval", lambda path: pd.DataFrame({"v": pd.interval_range(0, 5)}).to_parquet(path)
    yield (
        "sparse",
        lambda path: pd.DataFrame({"v": pd.arrays.SparseArray([0, 0, 1])}).to_parquet(path),
    )
