"""Finds values that JSON cannot represent, and where they are."""

from __future__ import annotations

import inspect
import math
from typing import Any, Iterable, Iterator

from millrace_host.convert import NoRuleError, convert
from millrace_host.guarded import attempt
from millrace_host.tracebacks import type_name

# From this depth on, nesting is what made an encoder fail.
_TOO_DEEP = 100
_MAX_SHOWN_CHARS = 200
_NAN_HINT = ": set output.nan to get it as null or as a string"
# Objects that are not JSON, with what makes JSON of them or a part of them.
_HINTS = {
    "toarray": ".toarray()",  # sparse matrices of SciPy
    "collect": ".collect()",  # lazy frames
    "compute": ".compute()",  # Dask
}
_join = "".join


def has_text_keys(values: list[Any], objects: int) -> bool:
    """Return True when all keys of all dicts are strings; `objects` is the maximum number of dicts.

    Other keys become strings in JSON, and may then collide. False when unsure.
    """
    level = values
    while level:
        dicts = [one for one in level if one.__class__ is dict]
        lists = [one for one in level if one.__class__ is list]
        try:
            for one in dicts:
                _join(one)  # the fastest check
        except TypeError:
            return False
        objects -= len(dicts)
        if objects <= 0:
            return True
        level = []
        for one in dicts:
            level += one.values()
        for one in lists:
            level += one
    return False


def find_not_json(
    value: Any, path: str, *, allow_nan: bool = False, is_too_deep: bool = False
) -> str | None:
    """Return the first part that JSON cannot represent, such as `output[3].score is nan`.

    Without recursion, so any depth works. With is_too_deep, depth made the encoder fail.
    """
    names: list[str] = []
    containers: list[Any] = []  # kept, so that no other value gets the id of one of them
    open_parts: list[Iterator[tuple[str, Any]]] = [iter([(path, value)])]
    while open_parts:
        for name, part in open_parts[-1]:
            names.append(name)
            inner, reason = _look_at(part, allow_nan)
            if reason is None and any(part is one for one in containers):
                reason = "is circular: it contains itself"
            if reason is None and is_too_deep and len(names) > _TOO_DEEP:
                reason = "is nested too deeply"
            if reason:
                return f"{_shown(names)} {reason}"
            if inner is not None:
                containers.append(part)
                open_parts.append(inner)
                break
            names.pop()
        else:
            open_parts.pop()
            if open_parts:
                names.pop()
                containers.pop()
    return None


def _parts(container: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(container, dict):
        for key, part in container.items():
            is_name = isinstance(key, str) and key.isidentifier()
            yield (f".{key}" if is_name else f"[{_repr(key)}]"), part
    else:
        for index, part in enumerate(container):
            yield f"[{index}]", part


def _look_at(value: Any, allow_nan: bool) -> tuple[Iterator[tuple[str, Any]] | None, str | None]:
    """Return the parts of a value, or what is wrong with the value itself."""
    if value is None or isinstance(value, str):
        return None, None
    if isinstance(value, float):
        is_right = allow_nan or math.isfinite(value)
        return (
            None,
            None if is_right else f"is {value}, expected a finite number or None{_NAN_HINT}",
        )
    if isinstance(value, int):
        return None, attempt(
            lambda: int.__repr__(value) and None, lambda failure: f"is an int: {failure}"
        )
    if isinstance(value, dict):
        return _parts(value), _keys_reason(value)
    if isinstance(value, (list, tuple)):
        return _parts(value), None
    try:
        return iter([("", convert(value))]), None
    except NoRuleError:
        return None, f"is a {class_name(value)}, expected a JSON value{_hint(value)}"
    except Exception as failure:
        return None, f"is a {class_name(value)} that cannot be read: {_text_of(failure)}"


def _keys_reason(keys: Iterable[Any]) -> str | None:
    texts: dict[str, Any] = {}
    for given in keys:
        key = attempt(lambda given=given: plain_key(given), lambda _, given=given: given)
        if isinstance(key, str):
            text = _join((key,))
        elif key is None or isinstance(key, bool):
            text = {None: "null", True: "true", False: "false"}[key]
        elif isinstance(key, int):
            text = int.__repr__(key)
        elif isinstance(key, float):
            if not math.isfinite(key):
                return f"has the key {key}, expected a string"
            text = float.__repr__(key)
        else:
            return f"has a key of type {class_name(given)} ({_repr(given)}), expected a string"
        if text in texts:
            two = f"{_repr(texts[text])} and {_repr(given)}"
            return f'has two keys that are both "{text}" in JSON ({two}), expected distinct strings'
        texts[text] = given
    return None


def with_plain_keys(value: Any) -> Any:
    """Return a copy whose keys all are what JSON encoders take, with everything converted."""
    if isinstance(value, dict):
        return {plain_key(key): with_plain_keys(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_plain_keys(part) for part in value]
    is_plain = value is None or isinstance(value, (str, int, float))
    return value if is_plain else with_plain_keys(convert(value))


def plain_key(key: Any) -> Any:
    """Return a key as JSON encoders take it, such as a date's text or the number of NumPy's."""
    while not (key is None or isinstance(key, (str, int, float, list, tuple, dict))):
        key = convert(key)
    return key


def _hint(value: Any) -> str:
    for method, hint in _HINTS.items():
        if attempt(lambda method=method: hasattr(type(value), method), lambda _: False):
            return f": use {hint}"
    if isinstance(value, complex):
        return ": use .real and .imag"
    if inspect.iscoroutine(value):
        return ": nobody awaited it"
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return ": return a list of what it yields"
    return ""


def class_name(value: Any) -> str:
    """Return the name of a value's class with its module, such as `numpy.ndarray`."""
    kind = type(value)
    module = attempt(lambda: str(kind.__module__), lambda _: "builtins")
    return type_name(kind) if module == "builtins" else f"{module}.{type_name(kind)}"


def _text_of(failure: BaseException) -> str:
    kind = type_name(type(failure))
    text = attempt(lambda: _join((str(failure),)).strip(), lambda _: "")
    first = text.split("\n", 1)[0][:_MAX_SHOWN_CHARS]
    return f"{kind}: {first}" if first else kind


def _repr(value: Any) -> str:
    text = attempt(lambda: repr(value), lambda _: f"<{type_name(type(value))}>")
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


def _shown(names: list[str]) -> str:
    path = _join(names)
    return path if len(path) <= _MAX_SHOWN_CHARS else f"{path[: _MAX_SHOWN_CHARS // 2]}…"
