"""Reads frames and tables as rows: one object per row, with the columns as its fields."""

from __future__ import annotations

from typing import Any, Iterable

from millrace_host.arrays import check_size


def pandas_rows(frame: Any) -> list[dict[Any, Any]]:
    """Return the rows of a frame of pandas, without its index."""
    check_size(frame)
    names = list(frame.columns)
    _refuse_duplicates(names)
    if not names:
        return [{} for _ in range(len(frame))]
    columns = [series_values(column) for _, column in frame.items()]
    return [dict(zip(names, row)) for row in zip(*columns)]


def series_values(series: Any) -> list[Any]:
    """Return the values of a series of pandas, without its index."""
    check_size(series)
    values = series.tolist()
    if getattr(series.dtype, "kind", "O") != "O":
        return values
    # In a column of texts or objects, NaN is how pandas writes a missing value.
    return [None if isinstance(one, float) and one != one else one for one in values]


def polars_rows(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a frame of Polars."""
    check_size(frame)
    return frame.to_dicts()


def table_rows(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table or a record batch of Arrow."""
    check_size(table)
    _refuse_duplicates(table.schema.names)
    return table.to_pylist()


def _refuse_duplicates(names: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"it has two columns named {name!r}, expected distinct names")
        seen.add(name)
