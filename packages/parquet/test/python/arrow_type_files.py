"""Files by pyarrow: each type."""

from __future__ import annotations

import itertools
from typing import Any, Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from files import Files
from values import (
    ROWS,
    TEXTS,
    blobs,
    decimals,
    floats,
    integers,
    random_,
    some,
    texts,
    whole,
    with_nulls,
)

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
SHARES_OF_NULLS = [0.0, 0.3, 1.0]


def arrow_values() -> dict[str, tuple[pa.DataType, list[Any]]]:
    """Types by name, with values as Python's or, where the type has more, integers to be cast."""
    found: dict[str, tuple[pa.DataType, list[Any]]] = {
        "bool": (pa.bool_(), some(lambda: random_.random() < 0.5)),
        "null": (pa.null(), [None] * ROWS),
        "f16": (
            pa.float16(),
            [np.float16(value) for value in [0.0, -0.0, 1.5, 65504, 6e-8, np.nan, np.inf] * 8][
                :ROWS
            ],
        ),
        "f32": (pa.float32(), floats()),
        "f64": (pa.float64(), floats()),
        "string": (pa.string(), texts()),
        "large_string": (pa.large_string(), texts()),
        "string_view": (pa.string_view(), texts()),
        "binary": (pa.binary(), blobs()),
        "large_binary": (pa.large_binary(), blobs()),
        "binary_view": (pa.binary_view(), blobs()),
        "fixed_binary": (pa.binary(7), blobs(7)),
        "date32": (pa.date32(), integers(32, True)),
        "date64": (pa.date64(), some(lambda: random_.randint(-100_000, 100_000) * 86_400_000)),
        "dictionary": (
            pa.dictionary(pa.int8(), pa.string()),
            [random_.choice(TEXTS) for _ in range(ROWS)],
        ),
        "dictionary_int": (
            pa.dictionary(pa.int16(), pa.int64()),
            [random_.choice([1, 2**53 + 1]) for _ in range(ROWS)],
        ),
    }
    for bits, signed in itertools.product([8, 16, 32, 64], [True, False]):
        kind = getattr(pa, f"{'' if signed else 'u'}int{bits}")()
        found[str(kind)] = (kind, integers(bits, signed))
    for precision, scale in [
        (1, 0),
        (4, 2),
        (9, 0),
        (9, 9),
        (10, 2),
        (15, 3),
        (17, 5),
        (18, 18),
        (20, 0),
        (38, 10),
        (38, 38),
    ]:
        found[f"decimal128_{precision}_{scale}"] = (
            pa.decimal128(precision, scale),
            decimals(precision, scale),
        )
    for precision, scale in [(5, 2), (40, 3), (76, 20), (76, 0)]:
        found[f"decimal256_{precision}_{scale}"] = (
            pa.decimal256(precision, scale),
            decimals(precision, scale),
        )
    found["decimal32"] = (pa.decimal32(9, 3), decimals(9, 3))
    found["decimal64"] = (pa.decimal64(18, 6), decimals(18, 6))
    for unit in PER_SECOND:
        found.update(times(unit))
    return found


def times(unit: str) -> dict[str, tuple[pa.DataType, list[Any]]]:
    """Timestamps, durations and times of day in a unit."""
    per = PER_SECOND[unit]
    most = per * (10**10 if unit != "ns" else 9 * 10**9)
    stamps = [0, -1, 1, per, -per, *some(lambda: random_.randint(-most, most))][:ROWS]
    found: dict[str, tuple[pa.DataType, list[Any]]] = {
        f"timestamp_{unit}_{zone and zone[:3]}": (pa.timestamp(unit, zone), stamps)
        for zone in [None, "UTC", "Europe/Berlin"]
    }
    lengths = [0, 1, -1, per, 90_061 * per, *whole(50)][:ROWS]
    found[f"duration_{unit}"] = (pa.duration(unit), lengths)
    day = some(lambda: random_.randint(0, 86_400 * per - 1))
    found[f"time_{unit}"] = (pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit), day)
    return found


def arrow_array(kind: pa.DataType, values: list[Any]) -> pa.Array:
    if pa.types.is_temporal(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        return (
            pa.array(values, width).cast(kind)
            if not pa.types.is_date64(kind)
            else pa.array(values, width).view(kind)
        )
    return pa.array(values, kind)


def arrow_types() -> Files:
    for name, (kind, values) in arrow_values().items():
        for share, codec, version in zip(
            itertools.cycle(SHARES_OF_NULLS), ["none", "snappy", "zstd"] * 2, ["1.0", "2.0"] * 3
        ):
            array = arrow_array(kind, with_nulls(values, share))
            table = pa.table({"v": array, "n": pa.array(range(len(array)))})
            yield (
                f"{name}-{share}-{codec}-v{version[0]}",
                write_arrow(table, compression=codec, data_page_version=version),
            )
        required = pa.table(
            [arrow_array(kind, values)],
            pa.schema([pa.field("v", kind, nullable=pa.types.is_null(kind))]),
        )
        yield f"{name}-required", write_arrow(required)
        yield f"{name}-empty", write_arrow(required.slice(0, 0))
        yield f"{name}-noschema", write_arrow(required, store_schema=False)


def write_arrow(table: pa.Table, **options: Any) -> Callable[[str], None]:
    return lambda path: pq.write_table(table, path, **options)
