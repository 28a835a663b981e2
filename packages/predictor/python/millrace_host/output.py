"""The rule for outputs.

A list, an array, a table or columns as long as the payload are per item, None is none, any other
value is the batch's.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Mapping

from millrace_host.frames import MODE_BATCH, MODE_ITEMS, MODE_NONE, MODE_VECTORS
from millrace_host.json_text import InvalidOutputError, JsonWriter
from millrace_host.rows import find_rows
from millrace_host.vectors import find_vectors

# A predictor may have raised Python's recursion limit; that does not enlarge the stack that the
# encoder's own recursion uses.
_RECURSION_LIMIT = 2_000
# The length of a frame has 32 bits, for these and its head.
_MAX_BYTES = (1 << 32) - 64
_writers = threading.local()


def encode_output(
    value: Any,
    item_count: int,
    rules: Mapping[str, str] | None = None,
    *,
    as_text: bool = False,
) -> tuple[int, bytes, str | None]:
    """Return mode, lines and a warning for the log. Raises InvalidOutputError.

    rules are the job's `output`: its `nan` is "error", "null" or "string". With as_text, vectors
    are lines too.
    """
    if value is None:
        return MODE_NONE, b"", None
    vectors = None if as_text else find_vectors(value, item_count)
    if vectors is not None:
        return MODE_VECTORS, vectors, None
    writer = _writer(rules.get("nan", "error") if rules else "error")
    limit = sys.getrecursionlimit()
    if limit <= _RECURSION_LIMIT:
        return _encode(value, item_count, writer)
    sys.setrecursionlimit(_RECURSION_LIMIT)
    try:
        return _encode(value, item_count, writer)
    finally:
        sys.setrecursionlimit(limit)


def _encode(value: Any, item_count: int, writer: JsonWriter) -> tuple[int, bytes, str | None]:
    rows, value, warning = find_rows(value, item_count)
    lines = writer.text(value, "output") if rows is None else writer.lines(rows)
    if len(lines) > _MAX_BYTES:
        raise InvalidOutputError(
            f"Cannot use the output of predict: its text has {len(lines)} bytes, expected less "
            "than 4 GiB: write it to files and return their paths"
        )
    return MODE_BATCH if rows is None else MODE_ITEMS, lines, warning


def _writer(nan: str) -> JsonWriter:
    """Return this thread's writer, which has a state while it writes."""
    try:
        return getattr(_writers, nan)
    except AttributeError:
        setattr(_writers, nan, JsonWriter(nan))
        return getattr(_writers, nan)
