"""Reads NumPy arrays and scalars, without importing NumPy."""

from __future__ import annotations

import math
import re
from typing import Any, Callable

from millrace_host.iso_duration import duration_text

# A text of so many numbers is about as long as a worker takes (512 MiB), and the list of them needs
# 2 GiB; with more, the machine may run out of memory on the way to the refusal.
_MAX_VALUES = 1 << 26
_NAT = -(1 << 63)
_UNIT = re.compile(r"\[(\d*)(\w+)\]")


def check_size(value: Any) -> None:
    """Raise ValueError for an array that is too large to be JSON."""
    shape = getattr(value, "shape", None)
    if shape is None:
        shape = (len(value),) if hasattr(type(value), "__len__") else ()
    count = math.prod(axis for axis in shape if axis is not None)  # None: ragged
    if count > _MAX_VALUES:
        raise ValueError(
            f"it has {count} values, expected at most {_MAX_VALUES}: write it to a file and "
            "return its path"
        )


def array_values(array: Any) -> Any:
    """Return the values of an array or scalar of NumPy as nested lists."""
    check_size(array)
    dtype = array.dtype
    if dtype.names is not None:
        return _records(array)
    if dtype.kind == "M":
        return _each(array.astype(str).tolist(), lambda text: None if text == "NaT" else text)
    if dtype.kind == "m":
        return _durations(array)
    if dtype.char == "g":  # longer than a double
        return _each(array.tolist(), _long_double)
    return array.tolist()


def _each(values: Any, work: Callable[[Any], Any]) -> Any:
    if isinstance(values, list):
        return [_each(value, work) for value in values]
    return None if values is None else work(values)  # None: masked


def _records(array: Any) -> Any:
    """Return an object for each element of a structured array."""
    names = array.dtype.names
    if array.ndim == 0:
        return {name: array[name] for name in names}
    if array.ndim > 1:
        return [_records(part) for part in array]
    columns = [array_values(array[name]) for name in names]
    return [dict(zip(names, row)) for row in zip(*columns)]


def _durations(array: Any) -> Any:
    found = _UNIT.search(array.dtype.str)
    counts = array.astype("i8").tolist()
    if found is None:  # without a unit it is a number
        return _each(counts, lambda count: None if count == _NAT else count)
    times, unit = int(found[1] or 1), found[2]
    return _each(
        counts, lambda count: None if count == _NAT else duration_text(count * times, unit)
    )


def _long_double(value: Any) -> float | str:
    double = float(value)
    return double if double == value or math.isnan(double) else str(value)
