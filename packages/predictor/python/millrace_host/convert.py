"""Turns the values that models and libraries return into what JSON has, by duck typing.

Nothing is imported for it: a class is recognised by its names and its methods.
"""

from __future__ import annotations

import binascii
import functools
import json
import os
from collections.abc import Mapping
from typing import Any, Callable

from millrace_host.arrays import array_values, check_size
from millrace_host.iso_duration import timedelta_text
from millrace_host.tables import pandas_rows, polars_rows, series_values, table_rows

Rule = Callable[[Any], Any]

# Compared with the current one, because predictors replace JSONEncoder.default.
_DEFAULT = json.JSONEncoder.default
_encoder = json.JSONEncoder()


class NoRuleError(TypeError):
    """JSON has no form for values of this class."""


def convert(value: Any) -> Any:
    """Return a value that JSON cannot represent in a form nearer to JSON.

    Its parts may need the same again. Raises NoRuleError, or what the value's own methods raise.
    """
    theirs = json.JSONEncoder.default
    if theirs is not _DEFAULT:
        try:
            return theirs(_encoder, value)
        except TypeError:
            pass  # theirs knows other classes
    rule = _rule(type(value))
    if rule is None:
        raise NoRuleError("JSON has no form for it")
    return rule(value)


def is_column(value: Any) -> bool:
    """Return True for arrays, tensors and series, which have a first axis."""
    kind = type(value)
    return (
        not issubclass(kind, (str, bytes, bytearray, memoryview))
        and hasattr(kind, "__len__")
        and any(hasattr(kind, name) for name, _ in _LISTS)
    )


@functools.lru_cache(maxsize=1024)
def _rule(kind: type) -> Rule | None:
    # Also one with fields, such as a dataclass: an exception is no output.
    if issubclass(kind, BaseException):
        return None
    for base in kind.__mro__:
        package = str(base.__module__).split(".", 1)[0]
        rule = _CLASSES.get(f"{package}.{base.__qualname__}")
        if rule is not None:
            return rule
    for name, rule in (*_METHODS, *_LISTS):
        if hasattr(kind, name):
            return rule
    return dict if issubclass(kind, Mapping) else None


def _base64(value: Any) -> str:
    return binascii.b2a_base64(bytes(value), newline=False).decode("ascii")


def _number(value: Any) -> int | float | str:
    """Return a Decimal as a number if a double has the same value, else as text."""
    if value.is_nan():
        return float("nan")
    if value.is_finite() and value.as_tuple().exponent == 0:
        return int(value)
    double = float(value)
    is_exact = value.is_infinite() or type(value)(repr(double)) == value
    return double if is_exact else str(value)


def _sorted(values: Any) -> list[Any]:
    """Return a set in an order that is the same in every process, if its values have one."""
    try:
        return sorted(values)
    except TypeError:
        return list(values)


def _fields(names: Callable[[type], Any]) -> Rule:
    return lambda value: {name: getattr(value, name) for name in names(type(value))}


def _sized(method: str) -> Rule:
    def rule(value: Any) -> Any:
        check_size(value)
        return getattr(value, method)()

    return rule


def _path(value: Any) -> Any:
    return os.fspath(value)


# By the package that defines the class, and its name.
_CLASSES: dict[str, Rule] = {
    "builtins.bytes": _base64,
    "builtins.bytearray": _base64,
    "builtins.memoryview": _base64,
    "builtins.set": _sorted,
    "builtins.frozenset": _sorted,
    "builtins.dict_keys": list,
    "builtins.dict_values": list,
    "collections.deque": list,
    "datetime.date": lambda value: value.isoformat(),  # datetime is a subclass
    "datetime.time": lambda value: value.isoformat(),
    "datetime.timedelta": timedelta_text,
    "decimal.Decimal": _number,
    "enum.Enum": lambda value: value.value,
    "ipaddress._IPAddressBase": str,
    "numpy.generic": array_values,
    "numpy.ndarray": array_values,
    "pandas.DataFrame": pandas_rows,
    "pandas.NAType": lambda _: None,
    "pandas.NaTType": lambda _: None,
    "pandas.Series": series_values,
    "polars.DataFrame": polars_rows,
    "pyarrow.RecordBatch": table_rows,
    "pyarrow.Table": table_rows,
    "pydantic._BaseUrl": str,
    "pydantic_core.Url": str,
    "uuid.UUID": str,
}

# By a member of the class; the first that it has.
_METHODS: tuple[tuple[str, Rule], ...] = (
    ("__fspath__", _path),
    ("model_dump", lambda value: value.model_dump()),  # pydantic 2
    ("__dataclass_fields__", _fields(lambda kind: kind.__dataclass_fields__)),
    ("__attrs_attrs__", _fields(lambda kind: [one.name for one in kind.__attrs_attrs__])),
    ("__struct_fields__", _fields(lambda kind: kind.__struct_fields__)),  # msgspec
    ("__fields__", lambda value: value.dict()),  # pydantic 1
    ("as_py", lambda value: value.as_py()),  # scalars of pyarrow
)
_LISTS: tuple[tuple[str, Rule], ...] = (
    ("tolist", _sized("tolist")),  # PyTorch, JAX, pandas, array.array
    ("to_pylist", _sized("to_pylist")),  # pyarrow
    ("to_list", _sized("to_list")),  # Polars
    ("numpy", _sized("numpy")),  # TensorFlow
    ("__array__", _sized("__array__")),
)
