"""Frames and tables: pandas, Polars, Arrow."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from table import Case, refused, run, value

STAMP = pd.Timestamp("2024-01-01T00:00:00.000000001", tz="UTC")


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1, 2],
            "x": [1.5, 2.5],
            "s": ["a", None],
            "at": pd.to_datetime(["2024-01-01", None]),
        },
        index=[7, 9],
    )


FRAME_ROWS = [
    '{"n":1,"x":1.5,"s":"a","at":"2024-01-01T00:00:00"}',
    '{"n":2,"x":2.5,"s":null,"at":null}',
]


def arrow() -> pa.Table:
    return pa.table(
        {"v": [[1.5], None], "d": [decimal.Decimal("1.10"), None], "t": [dt.timedelta(1), None]}
    )


ARROW_ROWS = ['{"v":[1.5],"d":1.1,"t":"P1D"}', '{"v":null,"d":null,"t":null}']

PANDAS = [
    Case("frame", frame, FRAME_ROWS, 2),
    Case(
        "frame of another length",
        lambda: frame()[:1],
        f"[{FRAME_ROWS[0]}]",
        2,
        warning="predict returned a pandas.DataFrame of 1 for 2 items",
    ),
    Case(
        "empty frame",
        lambda: frame()[:0],
        "[]",
        2,
        warning="predict returned a pandas.DataFrame of 0",
    ),
    Case("frame without columns", lambda: pd.DataFrame(index=[1, 2]), ["{}", "{}"], 2),
    Case(
        "numbers as columns",
        lambda: pd.DataFrame(np.eye(2)),
        ['{"0":1.0,"1":0.0}', '{"0":0.0,"1":1.0}'],
        2,
    ),
    Case(
        "mixed columns",
        lambda: pd.DataFrame(
            {
                "a": pd.array([1, None], "Int64"),
                "c": pd.Categorical(["x", None]),
                "o": [{"k": {1}}, float("nan")],
                "b": [True, False],
            }
        ),
        ['{"a":1,"c":"x","o":{"k":[1]},"b":true}', '{"a":null,"c":null,"o":null,"b":false}'],
        2,
    ),
    Case(
        "Arrow columns",
        lambda: pd.DataFrame({"a": pd.array([1.5, None], "float64[pyarrow]")}),
        ['{"a":1.5}', '{"a":null}'],
        2,
    ),
    Case(
        "frame with nan",
        lambda: pd.DataFrame({"a": [1.5, np.nan]}),
        ['{"a":1.5}', '{"a":null}'],
        2,
        "null",
    ),
    Case("a list of frames", lambda: [frame(), None], [f"[{','.join(FRAME_ROWS)}]", "null"], 2),
    Case("series", lambda: pd.Series([1, 2], index=["a", "b"]), ["1", "2"], 2),
    Case("series of texts", lambda: pd.Series(["a", None]), ['"a"', "null"], 2),
    Case("index", lambda: pd.Index([dt.date(2024, 1, 1), 1]), ['"2024-01-01"', "1"], 2),
    Case(
        "columns",
        lambda: {"a": pd.Series([1, 2]), "b": np.zeros((2, 1))},
        ['{"a":1,"b":[0.0]}', '{"a":2,"b":[0.0]}'],
        2,
    ),
    value("row", lambda: frame().iloc[0], '[1,1.5,"a","2024-01-01T00:00:00"]'),
    value(
        "scalars",
        lambda: [STAMP, pd.NA, pd.NaT, pd.Timedelta("1D 2ns")],
        '["2024-01-01T00:00:00.000000001+00:00",null,null,"P1DT0.000000002S"]',
    ),
    value(
        "timestamp of a row",
        lambda: {"at": pd.Timestamp("2024-01-01 10:00")},
        '{"at":"2024-01-01T10:00:00"}',
    ),
    value("counts", lambda: pd.Series(["a", "a", "b"]).value_counts().to_dict(), '{"a":2,"b":1}'),
    value("by date", lambda: {pd.Timestamp("2024-01-01"): 1}, '{"2024-01-01T00:00:00":1}'),
    refused("nan", lambda: pd.DataFrame({"a": [1, np.nan]}), r"output\[0\]\[1\]\.a is nan"),
    refused(
        "same names",
        lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
        r"pandas\.DataFrame that cannot be read: ValueError: it has two columns named 'a'",
    ),
    refused(
        "two levels",
        lambda: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
        "a key of type tuple",
    ),
    refused(
        "interval",
        lambda: {"a": pd.Interval(0, 1)},
        r"output\[0\]\.a is a pandas\.Interval, expected a JSON value$",
    ),
    refused("sparse", lambda: frame().groupby("n"), "is a pandas.*GroupBy, expected a JSON value$"),
]

POLARS = [
    Case(
        "Polars frame",
        lambda: pl.DataFrame({"a": [1, None], "d": [dt.date(2024, 1, 1), None], "v": [[1.5], []]}),
        ['{"a":1,"d":"2024-01-01","v":[1.5]}', '{"a":null,"d":null,"v":[]}'],
        2,
    ),
    Case("Polars series", lambda: pl.Series([decimal.Decimal("1.5"), None]), ["1.5", "null"], 2),
    Case(
        "Polars columns",
        lambda: {"a": pl.Series([b"a", None]), "b": [1, 2]},
        ['{"a":"YQ==","b":1}', '{"a":null,"b":2}'],
        2,
    ),
    value(
        "Polars struct",
        lambda: pl.DataFrame({"a": [{"b": dt.timedelta(0, 1)}]}),
        '[{"a":{"b":"PT1S"}}]',
    ),
    refused(
        "lazy",
        lambda: pl.LazyFrame({"a": [1]}),
        r"is a polars\.lazyframe\.frame\.LazyFrame, .*: use \.collect\(\)$",
    ),
]

ARROW = [
    Case("Arrow table", arrow, ARROW_ROWS, 2),
    Case("record batch", lambda: arrow().to_batches()[0], ARROW_ROWS, 2),
    Case("Arrow array", lambda: pa.array([{"a": b"\xff"}, None]), ['{"a":"/w=="}', "null"], 2),
    Case("chunked array", lambda: pa.chunked_array([[1], [None]]), ["1", "null"], 2),
    Case(
        "Arrow columns",
        lambda: {"a": pa.array(["x", "y"]), "b": [1, 2]},
        ['{"a":"x","b":1}', '{"a":"y","b":2}'],
        2,
    ),
    value(
        "nanoseconds",
        lambda: pa.array([1], pa.timestamp("ns")),
        '["1970-01-01T00:00:00.000000001"]',
    ),
    value(
        "Arrow scalars",
        lambda: [pa.scalar(1.5), pa.scalar(None), pa.scalar(dt.date(2024, 1, 1))],
        '[1.5,null,"2024-01-01"]',
    ),
    value("dictionary", lambda: pa.array(["a", "a"]).dictionary_encode(), '["a","a"]'),
    value("map", lambda: pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())), '[[["a",1]]]'),
    value("half floats", lambda: pa.array(np.array([0.1], "f2")), "[0.0999755859375]"),
    refused(
        "nan in a table", lambda: pa.table({"a": [float("nan")]}), r"output\[0\]\[0\]\.a is nan"
    ),
    refused(
        "same names in a table",
        lambda: pa.table([[1], [2]], names=["a", "a"]),
        "two columns named 'a'",
    ),
]

if __name__ == "__main__":
    run([*PANDAS, *POLARS, *ARROW])
