"""Finds values that JSON cannot represent, and where they are."""

from __future__ import annotations

import inspect
import math
from typing import Any, Iterable, Iterator

from millrace_host.guarded import attempt
from millrace_host.tracebacks import type_name

# From this depth on, nesting is what made an encoder fail.
_TOO_DEEP = 100
_MAX_SHOWN_CHARS = 200
_join = "".join


def has_text_keys(value: Any, objects: int) -> bool:
    """Return True when all keys of all dicts are strings; `objects` is the maximum number of dicts.

    Other keys become strings in JSON, and may then collide. False when unsure.
    """
    level = [value]
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


def find_not_json(value: Any, path: str, *, is_too_deep: bool = False) -> str | None:
    """Return the first part that JSON cannot represent, such as `output[3].score is nan`.

    Without recursion, so any depth works. With is_too_deep, depth made the encoder fail.
    """
    names: list[str] = []
    ids: list[int] = []
    open_parts: list[Iterator[tuple[str, Any]]] = [iter([(path, value)])]
    while open_parts:
        for name, part in open_parts[-1]:
            names.append(name)
            reason = _reason(part)
            if reason is None and id(part) in ids:
                reason = "is circular: it contains itself"
            if reason is None and is_too_deep and len(names) > _TOO_DEEP:
                reason = "is nested too deep"
            if reason:
                return f"{_shown(names)} {reason}"
            if isinstance(part, (dict, list, tuple)):
                ids.append(id(part))
                open_parts.append(_parts(part))
                break
            names.pop()
        else:
            open_parts.pop()
            if open_parts:
                names.pop()
                ids.pop()
    return None


def _parts(container: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(container, dict):
        for key, part in container.items():
            is_name = isinstance(key, str) and key.isidentifier()
            yield (f".{key}" if is_name else f"[{_repr(key)}]"), part
    else:
        for index, part in enumerate(container):
            yield f"[{index}]", part


def _reason(value: Any) -> str | None:
    """Say what is wrong with a value itself, ignoring its parts."""
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else f"is {value}, expected a finite number or None"
    if isinstance(value, int):
        return attempt(
            lambda: int.__repr__(value) and None, lambda failure: f"is an int: {failure}"
        )
    if isinstance(value, dict):
        return _keys_reason(value)
    if isinstance(value, (list, tuple)):
        return None
    return f"is a {_type_name(value)}, expected a JSON value{_hint(value)}"


def _keys_reason(keys: Iterable[Any]) -> str | None:
    texts: dict[str, Any] = {}
    for key in keys:
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
            return f"has a key of type {_type_name(key)} ({_repr(key)}), expected a string"
        if text in texts:
            two = f"{_repr(texts[text])} and {_repr(key)}"
            return f'has two keys that are both "{text}" in JSON ({two}), expected distinct strings'
        texts[text] = key
    return None


def _hint(value: Any) -> str:
    if attempt(lambda: hasattr(value, "tolist"), lambda _: False):
        return ": use .tolist()"
    if inspect.iscoroutine(value):
        return ": nobody awaited it"
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return ": return a list of what it yields"
    return ""


def _type_name(value: Any) -> str:
    kind = type(value)
    module = attempt(lambda: str(kind.__module__), lambda _: "builtins")
    return type_name(kind) if module == "builtins" else f"{module}.{type_name(kind)}"


def _repr(value: Any) -> str:
    text = attempt(lambda: repr(value), lambda _: f"<{type_name(type(value))}>")
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


def _shown(names: list[str]) -> str:
    path = _join(names)
    return path if len(path) <= _MAX_SHOWN_CHARS else f"{path[: _MAX_SHOWN_CHARS // 2]}…"
