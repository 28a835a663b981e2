"""The answer to a call: an output, or one outcome for each item where some are exceptions."""

from __future__ import annotations

import json
from typing import Any, Mapping

from millrace_host.errors import describe
from millrace_host.frames import MODE_OUTCOMES
from millrace_host.json_text import InvalidOutputError
from millrace_host.output import encode_output

# Created here, because a predictor may replace json.dumps.
_to_json = json.JSONEncoder().encode


def encode_answer(
    value: Any,
    item_count: int,
    rules: Mapping[str, str] | None = None,
    *,
    as_text: bool = False,
) -> tuple[int, bytes, str | None]:
    """Return mode, lines and a warning for the log. Raises InvalidOutputError.

    An exception in a list of one element per item is the failure of that item alone.
    """
    try:
        return encode_output(value, item_count, rules, as_text=as_text)
    except InvalidOutputError:
        if not _has_exceptions(value, item_count):
            raise
        return MODE_OUTCOMES, b"\n".join(_outcome(element, rules) for element in value), None


def _has_exceptions(value: Any, item_count: int) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == item_count
        and any(isinstance(element, BaseException) for element in value)
    )


def _outcome(element: Any, rules: Mapping[str, str] | None) -> bytes:
    """Return "=" and the output, or "!" and the error, in one line."""
    try:
        if isinstance(element, BaseException):
            return failed_line(describe(element, "predictor_error"))
        _, line, _ = encode_output([element], 1, rules, as_text=True)
        return b"=" + line
    except InvalidOutputError as error:
        return failed_line(describe(error, "invalid_output"))


def failed_line(described: Mapping[str, Any]) -> bytes:
    """Return the line of an item that failed."""
    return b"!" + _to_json(described).encode()
