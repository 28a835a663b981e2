"""The rule for outputs.

A list as long as the payload is per item, None is none, any other value is the batch's.
"""

from __future__ import annotations

import contextlib
import json
import sys
from json import encoder
from typing import Any, Callable, Iterator

from millrace_host.frames import MODE_BATCH, MODE_ITEMS, MODE_NONE
from millrace_host.not_json import find_not_json, has_text_keys

_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
# A predictor may have raised Python's recursion limit; that does not enlarge the stack that the
# encoder's own recursion uses.
_RECURSION_LIMIT = 2_000


class InvalidOutputError(Exception):
    """The output is not JSON; the message contains the position."""


def encode_output(value: Any, item_count: int) -> tuple[int, bytes, str | None]:
    """Return mode, lines and a warning for the log. Raises InvalidOutputError."""
    with _bounded_recursion():
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


@contextlib.contextmanager
def _bounded_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    if limit <= _RECURSION_LIMIT:
        yield
        return
    sys.setrecursionlimit(_RECURSION_LIMIT)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _make_encode(separator: str) -> Callable[[Any], str]:
    """Return JSONEncoder.encode without the setup that it repeats for every value."""
    whole = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(separator, ":"))
    if encoder.c_make_encoder is None:
        return whole.encode
    markers: dict[int, Any] = {}
    make = encoder.c_make_encoder(
        # Looked up at call time, because predictors replace JSONEncoder.default.
        markers,
        lambda value: whole.default(value),
        encoder.encode_basestring,
        None,
        ":",
        separator,
        False,
        False,
        False,
    )

    def encode(value: Any) -> str:
        try:
            return "".join(make(value, 0))
        except BaseException:
            markers.clear()
            raise

    return encode


_encode = _make_encode(",")
# JSON text has no raw newline, so the lines of a whole list are its items, unless they have parts.
_encode_lines = _make_encode("\n")


def _to_lines(items: list[Any] | tuple[Any, ...]) -> bytes:
    """Return one JSON text per line; plain values at once, ten times faster for numbers."""
    if items and not isinstance(items[0], (dict, list, tuple)):
        # The error is reported below, with its position.
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            lines = _encode_lines(items)[1:-1]
            if lines.count("\n") == len(items) - 1:
                return lines.encode()
    return b"\n".join(_to_json(item, f"output[{index}]") for index, item in enumerate(items))


def _to_json(value: Any, path: str) -> bytes:
    try:
        text = _encode(value)
        objects = text.count("{")
        if objects and not has_text_keys(value, objects):
            _refuse(find_not_json(value, path))
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate: only an escape can represent it
        return _ascii.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        is_too_deep = isinstance(error, RecursionError)
        _refuse(find_not_json(value, path, is_too_deep=is_too_deep) or f"{path}: {error}")
        raise


def _refuse(reason: str | None) -> None:
    if reason:
        raise InvalidOutputError(f"Cannot use the output of predict: {reason}") from None
