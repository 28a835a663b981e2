"""Finds the rows of an output: what belongs to each item, if the output says so."""

from __future__ import annotations

from typing import Any

from millrace_host.convert import convert, is_column
from millrace_host.json_text import is_out_of_memory
from millrace_host.not_json import class_name

_JSON = (list, tuple, dict, str, int, float)
_UNORDERED = (set, frozenset)
# A tensor of TensorFlow is first an array, then a list.
_MAX_STEPS = 10
_TAKEN = "it is taken as the output of the whole batch and given to each item"


def find_rows(
    value: Any, item_count: int
) -> tuple[list[Any] | tuple[Any, ...] | None, Any, str | None]:
    """Return the rows if there is one for each item, the value, and a warning for the log."""
    if isinstance(value, (list, tuple)) and len(value) == item_count:
        return value, value, None
    name = "list"
    if not isinstance(value, _JSON):
        name = class_name(value)
        value = _opened(value)
    if isinstance(value, dict):
        return _rows_of_columns(value, item_count)
    if not isinstance(value, (list, tuple)):
        return None, value, None
    if len(value) == item_count:
        return value, value, None
    warning = f"predict returned a {name} of {len(value)} for {item_count} items: {_TAKEN}"
    return None, value, warning


def _opened(value: Any) -> Any:
    """Return the list or dict that a value is in JSON; the value itself if it cannot be read."""
    opened = value
    for _ in range(_MAX_STEPS):
        if isinstance(opened, _UNORDERED):  # its order says nothing about the items
            return value
        try:
            opened = convert(opened)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            return value  # the error is reported when it is written, with its position
        if opened is None or isinstance(opened, _JSON):
            return opened
    return value


def _rows_of_columns(
    columns: dict[Any, Any], item_count: int
) -> tuple[list[Any] | None, Any, str | None]:
    """Return the rows of equally long columns of which at least one is an array or a series."""
    arrays = {name for name, column in columns.items() if is_column(column)}
    if not arrays:
        return None, columns, None
    lengths = {name: _length(column, name in arrays) for name, column in columns.items()}
    others = [name for name, length in lengths.items() if length != item_count]
    if others:
        if not any(lengths[name] == item_count for name in arrays):
            return None, columns, None
        found = "no column" if lengths[others[0]] is None else f"of {lengths[others[0]]}"
        what = f"a dict of columns for {item_count} items, but {others[0]!r} is {found}"
        return None, columns, f"predict returned {what}: {_TAKEN}"
    values = [_opened(column) for column in columns.values()]
    if not all(isinstance(one, (list, tuple)) and len(one) == item_count for one in values):
        return None, columns, None  # the error is reported when it is written
    return [dict(zip(columns, row)) for row in zip(*values)], columns, None


def _length(column: Any, is_array: bool) -> int | None:
    if not is_array and not isinstance(column, (list, tuple)):
        return None
    try:
        return len(column)
    except TypeError:  # an array without an axis
        return None
