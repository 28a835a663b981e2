"""The rule for outputs.

A list as long as the payload is per item, None is none, any other value is the batch's.
"""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

from millrace_host.frames import MODE_BATCH, MODE_ITEMS, MODE_NONE

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
# JSON text has no raw newline, so lines of the whole list are its items, unless items have parts.
_encode_lines = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=("\n", ":")).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class InvalidOutputError(Exception):
    """The output is not JSON; the message names the place."""


def encode_output(value: Any, item_count: int) -> tuple[int, bytes, str | None]:
    """Return mode, lines and a warning for the log. Raises InvalidOutputError."""
    if value is None:
        return MODE_NONE, b"", None
    if not isinstance(value, (list, tuple)):
        return MODE_BATCH, _to_json(value, "output"), None
    if len(value) == item_count:
        return MODE_ITEMS, _to_lines(value), None
    warning = (
        f"predict returned a list of {len(value)} for {item_count} items: "
        "it is taken as the output of the whole batch and given to each item"
    )
    return MODE_BATCH, _to_json(value, "output"), warning


def _to_lines(items: list[Any] | tuple[Any, ...]) -> bytes:
    """Return one JSON text a line; plain values in one go, ten times faster for numbers."""
    if items and not isinstance(items[0], (dict, list, tuple)):
        # What is wrong is told below, with its place.
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            lines = _encode_lines(items)[1:-1]
            if lines.count("\n") == len(items) - 1:
                return lines.encode()
    return b"\n".join(_to_json(item, f"output[{index}]") for index, item in enumerate(items))


def _to_json(value: Any, path: str) -> bytes:
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # a lone surrogate: only an escape can carry it
        return _encode_ascii(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = _not_json(value, path, ()) or f"{path}: {error}"
        raise InvalidOutputError(f"Cannot use the output of predict: {reason}") from None


def _not_json(value: Any, path: str, ancestors: tuple[int, ...]) -> str | None:
    """Find the first part that JSON cannot hold, such as `output[3].score is nan`."""
    if value is None or isinstance(value, (str, int)):
        return None
    if isinstance(value, float):
        if math.isfinite(value):
            return None
        return f"{path} is {value}, expected a finite number or None"
    if not isinstance(value, (dict, list, tuple)):
        hint = ": use .tolist()" if hasattr(value, "tolist") else ""
        return f"{path} is a {_type_name(value)}, expected a JSON value{hint}"
    if id(value) in ancestors:
        return f"{path} is circular: it contains itself"
    if len(ancestors) > 500:
        return f"{path[:200]}… is nested too deep"
    within = (*ancestors, id(value))
    if isinstance(value, dict):
        return _dict_not_json(value, path, within)
    for index, item in enumerate(value):
        reason = _not_json(item, f"{path}[{index}]", within)
        if reason:
            return reason
    return None


def _dict_not_json(value: dict[Any, Any], path: str, within: tuple[int, ...]) -> str | None:
    for key, item in value.items():
        if isinstance(key, float) and not math.isfinite(key):
            return f"{path} has the key {key}, expected a string"
        if not (key is None or isinstance(key, (str, int, float))):
            return f"{path} has a key of type {_type_name(key)} ({key!r}), expected a string"
        name = f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"
        reason = _not_json(item, path + name, within)
        if reason:
            return reason
    return None


def _type_name(value: Any) -> str:
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"
