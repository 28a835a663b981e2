"""Files by Polars."""

from __future__ import annotations

import datetime
import decimal

import polars as pl
from files import Files
from values import (
    TEXTS,
    floats,
    integers,
    whole,
    with_nulls,
)


def polars_values() -> dict[str, pl.Series]:
    found = {
        "bool": pl.Series([True, False, None] * 10),
        "text": pl.Series([*TEXTS, None]),
        "categorical": pl.Series(["a", "b", None] * 10, dtype=pl.Categorical),
        "enum": pl.Series(["a", "b", None] * 10, dtype=pl.Enum(["a", "b"])),
        "binary": pl.Series([b"\x00\xff", b"", None]),
        "date": pl.Series([datetime.date(1969, 1, 1), datetime.date(9999, 12, 31), None]),
        "time": pl.Series([datetime.time(0, 0), datetime.time(23, 59, 59, 999999), None]),
        "null": pl.Series([None, None]),
        "list": pl.Series([[1, None], [], None, [3]]),
        "list_list": pl.Series([[[1], None], [], None, [[], [2, 3]]]),
        "array": pl.Series([[1.0, 2.0], None, [3.0, None]], dtype=pl.Array(pl.Float32, 2)),
        "array_array": pl.Series(
            [[[1, 2], [3, 4]], None], dtype=pl.Array(pl.Array(pl.Int64, 2), 2)
        ),
        "struct": pl.Series([{"a": 1, "b": "x"}, None, {"a": None, "b": None}]),
        "list_struct": pl.Series([[{"a": 1, "b": [1.5]}], [], None, [None, {"a": 2, "b": None}]]),
        "decimal": pl.Series(
            [decimal.Decimal("1.10"), decimal.Decimal("-12345678901234567890.12"), None]
        ),
        "struct_duration": pl.Series([{"d": datetime.timedelta(seconds=1)}, {"d": None}]),
        "long": pl.Series(range(5_000)),
        "long_text": pl.Series([f"row {i % 700}" for i in range(5_000)]),
        "runs": pl.Series([i // 1_000 for i in range(5_000)]),
    }
    for kind in [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64]:
        bits = int(str(kind).lstrip("UInt"))
        found[str(kind)] = pl.Series(
            with_nulls(integers(bits, str(kind).startswith("I")), 0.2), dtype=kind
        )
    for kind in [pl.Float32, pl.Float64]:
        found[str(kind)] = pl.Series(with_nulls(floats(), 0.2), dtype=kind)
    for unit in ["ms", "us", "ns"]:
        found[f"duration_{unit}"] = pl.Series(with_nulls(whole(40), 0.2)).cast(pl.Duration(unit))
        for zone in [None, "UTC", "Asia/Tokyo"]:
            found[f"datetime_{unit}_{zone and zone[:3]}"] = pl.Series(
                with_nulls(whole(45), 0.2)
            ).cast(pl.Datetime(unit, zone))
    return found


def polars_files() -> Files:
    for name, series in polars_values().items():
        for codec in ["zstd", "uncompressed", "snappy", "gzip", "brotli", "lz4"]:
            frame = pl.DataFrame({"v": series})
            yield (
                f"{name}-{codec}",
                lambda path, f=frame, c=codec: f.write_parquet(path, compression=c),
            )
        yield (
            f"{name}-small",
            lambda path, f=frame: f.write_parquet(path, row_group_size=3, data_page_size=64),
        )
        yield f"{name}-arrow", lambda path, f=frame: f.write_parquet(path, use_pyarrow=True)
