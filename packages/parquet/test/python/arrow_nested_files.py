"""Files by pyarrow: lists, maps and structs in each other, and odd ones."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pyarrow as pa
from arrow_type_files import write_arrow
from files import Files
from values import (
    ROWS,
    TEXTS,
    random_,
)


def arrow_nested() -> Files:
    rows = 200
    i64, text = pa.int64(), pa.string()
    pair = pa.struct([("x", i64), ("y", text)])
    kinds: dict[str, pa.DataType] = {
        "list": pa.list_(i64),
        "large_list": pa.large_list(text),
        "fixed_list": pa.list_(pa.float32(), 3),
        "list_list": pa.list_(pa.list_(i64)),
        "list_fixed": pa.list_(pa.list_(i64, 2)),
        "fixed_fixed": pa.list_(pa.list_(pa.float64(), 2), 2),
        "struct": pair,
        "struct_struct": pa.struct([("a", pair), ("b", pa.struct([("c", pair)]))]),
        "list_struct": pa.list_(pair),
        "struct_list": pa.struct(
            [("l", pa.list_(pair)), ("m", pa.map_(text, i64)), ("d", pa.duration("us"))]
        ),
        "map": pa.map_(text, i64),
        "map_int": pa.map_(i64, text),
        "map_date": pa.map_(pa.date32(), text),
        "map_decimal": pa.map_(pa.decimal128(10, 2), i64),
        "map_bool": pa.map_(pa.bool_(), i64),
        "map_binary": pa.map_(pa.binary(), i64),
        "map_struct_value": pa.map_(text, pair),
        "map_struct_key": pa.map_(pa.struct([("k", i64)]), i64),
        "map_list": pa.map_(text, pa.list_(pa.map_(text, i64))),
        "list_map": pa.list_(pa.map_(text, i64)),
        "deep": pa.list_(pa.struct([("m", pa.map_(text, pa.list_(pa.list_(pair))))])),
        "list_duration": pa.list_(pa.duration("ns")),
        "map_duration": pa.map_(text, pa.duration("s")),
        "list_dictionary": pa.list_(pa.dictionary(pa.int8(), text)),
        "list_view": pa.list_view(i64),
        "struct_proto": pa.struct(
            [("__proto__", i64), ("constructor", i64), ("2", i64), ("1", i64), ("", i64)]
        ),
    }
    for name, kind in kinds.items():
        for share in [0.0, 0.3]:
            values = [nested_value(kind, share) for _ in range(rows)]
            array = pa.array(values, kind)
            table = pa.table({"v": array, "n": pa.array(range(rows))})
            yield f"{name}-{share}", write_arrow(table)
            yield (
                f"{name}-{share}-pages",
                write_arrow(table, data_page_size=100, row_group_size=90, use_dictionary=False),
            )
            yield (
                f"{name}-{share}-v2",
                write_arrow(table, data_page_version="2.0", data_page_size=150, compression="lz4"),
            )
            yield (
                f"{name}-{share}-legacy",
                write_arrow(table, use_compliant_nested_type=False, store_schema=False),
            )


def nested_value(kind: pa.DataType, share: float, is_key: bool = False) -> Any:
    if not is_key and random_.random() < share:
        return None
    if pa.types.is_fixed_size_list(kind):
        return [nested_value(kind.value_type, share) for _ in range(kind.list_size)]
    if pa.types.is_map(kind):
        keys = [nested_value(kind.key_type, 0, True) for _ in range(random_.randint(0, 4))]
        return [(key, nested_value(kind.item_type, share)) for key in keys]
    if pa.types.is_struct(kind):
        return {field.name: nested_value(field.type, share) for field in kind}
    if pa.types.is_nested(kind):
        return [nested_value(kind.value_type, share) for _ in range(random_.randint(0, 4))]
    if pa.types.is_floating(kind):
        return random_.uniform(-5, 5)
    if pa.types.is_boolean(kind):
        return random_.random() < 0.5
    if pa.types.is_decimal(kind):
        return decimal.Decimal(random_.randint(-999, 999)).scaleb(-2)
    if pa.types.is_date(kind):
        return datetime.date(2000, 1, 1) + datetime.timedelta(random_.randint(0, 5))
    if pa.types.is_duration(kind):
        return datetime.timedelta(seconds=random_.randint(-(10**6), 10**6))
    if pa.types.is_binary(kind):
        return random_.randbytes(2)
    if pa.types.is_integer(kind):
        return random_.randint(-3, 3)
    return random_.choice(TEXTS)


def arrow_odd() -> Files:
    ids = [uuid.UUID(int=random_.getrandbits(128)) for _ in range(ROWS)]
    yield "uuid", write_arrow(pa.table({"u": pa.array([each.bytes for each in ids], pa.uuid())}))
    documents = [
        "{}",
        '{"a":1.10}',
        "[9007199254740993]",
        "",
        "not json",
        "null",
        '"x"',
        " 1 ",
        "NaN",
        '{"a":\n1}',
    ]
    yield "json", write_arrow(pa.table({"j": pa.array(documents, pa.json_())}))
    yield (
        "same_names",
        write_arrow(
            pa.Table.from_arrays(
                [pa.array([1]), pa.array([2]), pa.array([3]), pa.array([4])], ["a", "a", "a_2", "a"]
            )
        ),
    )
    yield (
        "names",
        write_arrow(
            pa.table(
                {
                    name: pa.array([1])
                    for name in ["__proto__", "", "2", "1", "a.b", 'q"', "ü", "\n"]
                }
            )
        ),
    )
    yield "many_columns", write_arrow(pa.table({f"c{i}": pa.array([i, None]) for i in range(500)}))
    yield "no_columns", write_arrow(pa.table({"a": [1, 2]}).select([]))
    yield (
        "long_text",
        write_arrow(
            pa.table({"t": pa.array(["x" * 3_000_000, "é" * 2_000_000])}), compression="none"
        ),
    )
    yield (
        "long_list",
        write_arrow(
            pa.table({"l": pa.array([list(range(100_000)), [], None, [1]])}), data_page_size=1_000
        ),
    )
    yield (
        "long_lists_v2",
        write_arrow(
            pa.table({"l": pa.array([list(range(5_000)) for _ in range(20)])}),
            data_page_size=1_000,
            data_page_version="2.0",
        ),
    )
    yield (
        "metadata",
        write_arrow(pa.table({"a": [1]}).replace_schema_metadata({"k": "v" * 100_000})),
    )
