"""What predictors may import: exceptions that say what is to happen to an item.

Raise them in `predict_item`, or return them in predict's list, as
`asyncio.gather(..., return_exceptions=True)` does.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

__all__ = ["ItemError", "RetryLater"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_MAX_DETAILS_CHARS = 16 * 1024


class ItemError(Exception):
    """The item has no output, and this is why: its row is an error row at once.

    Args:
        code: A short name for the reason, such as "broken_image": letters, digits, "_", "-", ".",
            at most 100 characters.
        message: What is wrong, in words.
        details: Any JSON value of at most 16 KiB, added to the item's row.
        retryable: True if another attempt may help; the item is then tried `max_attempts` times.

    Raises:
        ValueError: The code or the details are not as described.
    """

    def __init__(
        self, code: str, message: str, details: Any = None, *, retryable: bool = False
    ) -> None:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise ValueError(
                f"Cannot use {_shown(code)} as the code of an ItemError: expected at most 100 "
                'letters, digits, "_", "-" and "."'
            )
        super().__init__(str(message))
        self.code = code
        self.message = str(message)
        self.details = _checked(details)
        self.retryable = bool(retryable)

    def __reduce__(self) -> tuple[Any, ...]:
        # Across processes: by default, exceptions are rebuilt from their message alone.
        return _rebuild, (self.code, self.message, self.details, self.retryable)


class RetryLater(Exception):
    """Give the item, or the batch, back uncharged, to be tried again after this time.

    Args:
        seconds: At least 0; more than 12 hours count as 12 hours.
        message: Why, in words, for the log.

    Raises:
        ValueError: seconds is negative or not a number.
    """

    def __init__(self, seconds: float, message: str = "") -> None:
        try:
            after = float(seconds)
        except (TypeError, ValueError, OverflowError):
            after = math.nan
        if not after >= 0:
            raise ValueError(
                f"Cannot retry after {_shown(seconds)} seconds: expected a number of at least 0"
            )
        super().__init__(str(message) or f"retry after {after:g} s")
        self.seconds = after

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.seconds, str(self))


def _rebuild(code: str, message: str, details: Any, retryable: bool) -> ItemError:
    return ItemError(code, message, details, retryable=retryable)


def _checked(details: Any) -> Any:
    """Return a copy of the details that later changes do not reach."""
    if details is None:
        return None
    try:
        text = json.dumps(details, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"Cannot use the details of an ItemError: {error}") from None
    if len(text) > _MAX_DETAILS_CHARS:
        raise ValueError(
            f"Cannot use the details of an ItemError: they are {len(text)} characters of JSON, "
            f"expected at most {_MAX_DETAILS_CHARS}"
        )
    return json.loads(text)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
