"""What the rows of a Parquet file should be, by pyarrow: compares JSON lines with that."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
from typing import Any, Iterator

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
PER_SECOND = {"s": (1, 0), "ms": (10**3, 3), "us": (10**6, 6), "ns": (10**9, 9)}


class Number(str):
    """A number as it is written."""


def parse(line: str) -> Any:
    """Parse JSON, keeping digits, the order of fields and fields that are there twice."""
    return json.loads(
        line,
        parse_int=Number,
        parse_float=Number,
        parse_constant=Number,
        object_pairs_hook=lambda pairs: {"pairs": pairs},
    )


def compare(file: str, lines: Iterator[str]) -> str | None:
    """Return the first difference, or None. Raises when nothing at hand can read the file."""
    return compare_table(read_table(file), lines)


def read_table(file: str) -> pa.Table:
    try:
        # Of INT96 pyarrow by itself makes nanoseconds, which are too many for years such as 9999.
        table = read_with(file, None)
        coarse = read_with(file, "us")
        return table if table.equals(coarse.cast(table.schema, safe=False)) else coarse
    except OSError:
        # Pages of 32-bit numbers with wider ones in them, as DuckDB writes them.
        return duckdb.read_parquet(file).to_arrow_table()


def read_with(file: str, int96_unit: str | None) -> pa.Table:
    reader = pq.ParquetFile(file, coerce_int96_timestamp_unit=int96_unit)
    table = reader.read()
    for i in range(len(reader.schema)):
        column = reader.schema.column(i)
        # For pyarrow an ENUM is bytes.
        if column.logical_type.type == "ENUM" and column.path in table.column_names:
            place = table.column_names.index(column.path)
            table = table.set_column(place, column.path, table.column(place).cast(pa.string()))
    return table


def compare_table(table: pa.Table, lines: Iterator[str]) -> str | None:
    names = distinct(table.column_names)
    columns = [list(column) for column in table.columns]
    rows = 0
    for row, line in enumerate(lines):
        rows += 1
        pairs = parse(line)["pairs"]
        if [name for name, _ in pairs] != names:
            return f"row {row}: fields are {[name for name, _ in pairs]}, expected {names}"
        if row >= table.num_rows:
            continue
        for column, (name, got) in zip(columns, pairs):
            problem = differs(column[row], got)
            if problem:
                return f"row {row}, {name} ({column[row].type}): {problem}"
    if rows != table.num_rows:
        return f"{rows} rows, expected {table.num_rows}"
    return None


def distinct(names: list[str]) -> list[str]:
    taken, seen, result = set(names), set(), []
    for name in names:
        distinct_name, number = name, 2
        while distinct_name in seen or (name in seen and distinct_name in taken):
            distinct_name = f"{name}_{number}"
            number += 1
        seen.add(distinct_name)
        taken.add(distinct_name)
        result.append(distinct_name)
    return result


def differs(scalar: pa.Scalar, got: Any) -> str | None:
    """Say how a value differs from the scalar, or return None."""
    kind = scalar.type
    if isinstance(kind, pa.BaseExtensionType):
        return differs_extension(scalar, got)
    if pa.types.is_dictionary(kind):
        return differs(scalar.value, got) if scalar.is_valid else expect(None, got)
    if pa.types.is_run_end_encoded(kind):
        return expect(scalar.as_py(), got)
    if not scalar.is_valid or pa.types.is_null(kind):
        return expect(None, got)
    if pa.types.is_map(kind):
        return differs_map(scalar, got)
    if pa.types.is_struct(kind):
        return differs_struct(scalar, got)
    if is_list(kind):
        return differs_list(scalar.values, got)
    if pa.types.is_floating(kind):
        return differs_float(scalar.as_py(), got)
    if pa.types.is_decimal(kind):
        return differs_decimal(scalar.as_py(), got)
    if pa.types.is_integer(kind):
        return expect(Number(scalar.as_py()), got)
    if pa.types.is_boolean(kind):
        return expect(scalar.as_py(), got)
    return expect(text_of(scalar), got)


def is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def expect(wanted: Any, got: Any) -> str | None:
    same = type(wanted) is type(got) and wanted == got
    return None if same else f"is {got!r}, expected {wanted!r}"


def differs_extension(scalar: pa.Scalar, got: Any) -> str | None:
    name = scalar.type.extension_name
    if not scalar.is_valid:
        return expect(None, got)
    if name == "arrow.uuid":
        return expect(str(scalar.as_py()), got)
    if name == "arrow.json":
        return differs_json(scalar.value.as_py(), got)
    return differs(scalar.value, got)


def differs_json(text: str, got: Any) -> str | None:
    try:
        json.loads(text, parse_constant=reject)
        wanted = parse(text)
    except ValueError:
        wanted = text
    return None if wanted == got else f"is {got!r}, expected {wanted!r}"


def reject(constant: str) -> None:
    raise ValueError(constant)


def differs_float(value: float, got: Any) -> str | None:
    if not math.isfinite(value):
        return expect(None, got)
    is_float = isinstance(got, Number) and any(sign in got for sign in ".eE")
    same = (
        is_float and float(got) == value and math.copysign(1, float(got)) == math.copysign(1, value)
    )
    return None if same else f"is {got!r}, expected the float {value!r}"


def differs_decimal(value: decimal.Decimal, got: Any) -> str | None:
    """A number as long as a double gives the same decimal back, else a text: all digits."""
    if not isinstance(got, str) or decimal.Decimal(got) != value:
        return f"is {got!r}, expected the decimal {value}"
    plain = format(value, "f")
    if value == value.to_integral_value() and value.as_tuple().exponent == 0:
        return expect(Number(plain), got)
    exact = decimal.Decimal(repr(float(value))) == value
    return expect(Number(plain) if exact else plain, got)


def differs_list(values: pa.Array | None, got: Any) -> str | None:
    if not isinstance(got, list) or len(got) != len(values):
        return f"is {got!r}, expected a list of {len(values)}"
    for index, (scalar, element) in enumerate(zip(values, got)):
        problem = differs(scalar, element)
        if problem:
            return f"[{index}] {problem}"
    return None


def differs_struct(scalar: pa.StructScalar, got: Any) -> str | None:
    names = [scalar.type.field(i).name for i in range(scalar.type.num_fields)]
    if not isinstance(got, dict) or [name for name, _ in got["pairs"]] != names:
        return f"is {got!r}, expected the fields {names}"
    for i, (name, element) in enumerate(got["pairs"]):
        problem = differs(scalar[i], element)
        if problem:
            return f".{name} {problem}"
    return None


def differs_map(scalar: pa.MapScalar, got: Any) -> str | None:
    """An object where keys can be its names, else a list of pairs."""
    entries = scalar.values
    keys, values = (list(entries.field(0)), list(entries.field(1))) if len(entries) else ([], [])
    if isinstance(got, dict):
        pairs = got["pairs"]
        names = [name_of(key) for key in keys]
        if [name for name, _ in pairs] != names or len(set(names)) != len(names):
            return f"is {got!r}, expected the names {names}"
        problems = (differs(value, element) for value, (_, element) in zip(values, pairs))
    else:
        if not isinstance(got, list) or len(got) != len(keys):
            return f"is {got!r}, expected {len(keys)} pairs"
        problems = (
            differs(key, pair[0]) or differs(value, pair[1])
            for key, value, pair in zip(keys, values, got)
        )
    return next((problem for problem in problems if problem), None)


def name_of(key: pa.Scalar) -> str:
    """The text of a key: what its value is written as, without quotes."""
    for text in (str(key.as_py()), text_or_none(key)):
        if text is not None and differs(key, text) is None:
            return text
    if pa.types.is_boolean(key.type):
        return str(key.as_py()).lower()
    return str(key.as_py())


def text_or_none(scalar: pa.Scalar) -> str | None:
    try:
        return text_of(scalar)
    except TypeError:
        return None


def text_of(scalar: pa.Scalar) -> str:
    kind = scalar.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return scalar.as_py()
    if pa.types.is_date(kind):
        value = scalar.value
        return date_text(value if pa.types.is_date32(kind) else value // 86_400_000)
    if pa.types.is_timestamp(kind):
        per, places = PER_SECOND[kind.unit]
        seconds, fraction = divmod(scalar.value, per)
        days, rest = divmod(seconds, 86_400)
        zone = "Z" if kind.tz else ""
        return f"{date_text(days)}T{clock(rest)}{digits(fraction, places)}{zone}"
    if pa.types.is_time(kind):
        per, places = PER_SECOND[kind.unit]
        seconds, fraction = divmod(scalar.value, per)
        return f"{clock(seconds)}{digits(fraction, places)}"
    if pa.types.is_duration(kind):
        return duration_text(scalar.value, kind.unit)
    if (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    ):
        return base64.b64encode(scalar.as_py()).decode()
    if pa.types.is_binary_view(kind):
        return base64.b64encode(scalar.as_py()).decode()
    raise TypeError(f"no text for {kind}")


def date_text(days: int) -> str:
    cycles, rest = divmod(days, 146_097)
    date = datetime.date.fromordinal(rest + EPOCH_DAY)
    year = date.year + 400 * cycles
    shown = f"{year:04d}" if 0 <= year <= 9999 else f"{'-' if year < 0 else '+'}{abs(year):06d}"
    return f"{shown}-{date.month:02d}-{date.day:02d}"


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def digits(fraction: int, places: int) -> str:
    text = f"{fraction:0{places}d}" if places else "000"
    return f".{text[:3]}{text[3:].rstrip('0')}"


def duration_text(value: int, unit: str) -> str:
    per, places = PER_SECOND[unit]
    seconds, fraction = divmod(abs(value), per)
    days, rest = divmod(seconds, 86_400)
    decimals = f".{fraction:0{places}d}".rstrip("0") if fraction else ""
    parts = [(rest // 3600, "H"), (rest // 60 % 60, "M")]
    of_day = "".join(f"{count}{name}" for count, name in parts if count)
    if rest % 60 or fraction:
        of_day += f"{rest % 60}{decimals}S"
    text = (f"{days}D" if days else "") + (f"T{of_day}" if of_day else "")
    return f"{'-' if value < 0 else ''}P{text or 'T0S'}"
