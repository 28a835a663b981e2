"""Writes outputs as JSON texts: plain values at the speed of the standard library's encoder."""

from __future__ import annotations

import contextlib
import json
import re
from json import encoder
from typing import Any, Callable

from millrace_host.convert import convert
from millrace_host.gpu_memory import is_out_of_gpu_memory
from millrace_host.not_json import find_not_json, has_text_keys, with_plain_keys

# A text of JSON, or a token that only Python writes outside of one.
_NOT_FINITE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|NaN|-?Infinity')


class InvalidOutputError(Exception):
    """The output is not JSON; the message contains the position."""


class JsonWriter:
    """Writes JSON texts; for one thread. `nan` says what becomes of NaN and infinities."""

    def __init__(self, nan: str) -> None:
        self._nan = nan
        self._allow_nan = nan != "error"
        # What was made of parts of the current value, if it has parts of its own.
        self._converted: list[Any] = []
        self._encode = self._encoder(",")
        # JSON text has no raw newline, so the lines of a whole list are its items, unless they have
        # parts.
        self._encode_lines = self._encoder("\n")

    def lines(self, items: list[Any] | tuple[Any, ...]) -> bytes:
        """Return one JSON text per line; plain values at once, ten times faster for numbers."""
        if items and _is_scalar(items[0]):
            # The error is reported below, with its position.
            with contextlib.suppress(Exception):
                lines = self._encode_lines(items)[1:-1]
                if lines.count("\n") == len(items) - 1:
                    return self._finite(lines).encode()
        text = self.text
        return b"\n".join([text(item, f"output[{index}]") for index, item in enumerate(items)])

    def text(self, value: Any, path: str) -> bytes:
        """Return the JSON text of a value. Raises InvalidOutputError."""
        try:
            return self._checked(value, path)
        except InvalidOutputError:
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise
            self._refuse(value, path, is_too_deep=isinstance(error, RecursionError))
        # All parts have a form in JSON, so the encoder stumbled over a key.
        try:
            return self._checked(with_plain_keys(value), path)
        except Exception as error:
            if isinstance(error, InvalidOutputError) or is_out_of_memory(error):
                raise
            reason = f"{path}: {error}"
            raise InvalidOutputError(f"Cannot use the output of predict: {reason}") from None

    def _checked(self, value: Any, path: str) -> bytes:
        self._converted = []
        text = self._encode(value)
        objects = text.count("{")
        if objects and not has_text_keys([value, *self._converted], objects):
            self._refuse(value, path)
        if self._converted:
            self._converted = []  # it may be large
        if self._allow_nan:
            text = self._finite(text)
        try:
            return text.encode()
        except UnicodeEncodeError:  # a lone surrogate: only an escape can represent it
            return re.sub(r"[\ud800-\udfff]", lambda one: f"\\u{ord(one[0]):04x}", text).encode()

    def _refuse(self, value: Any, path: str, *, is_too_deep: bool = False) -> None:
        reason = find_not_json(value, path, allow_nan=self._allow_nan, is_too_deep=is_too_deep)
        if reason:
            raise InvalidOutputError(f"Cannot use the output of predict: {reason}") from None

    def _finite(self, text: str) -> str:
        if not self._allow_nan or ("NaN" not in text and "Infinity" not in text):
            return text
        form = "null" if self._nan == "null" else '"{}"'
        return _NOT_FINITE.sub(
            lambda one: one[0] if one[0][0] == '"' else form.format(one[0]), text
        )

    def _default(self, value: Any) -> Any:
        made = convert(value)
        if isinstance(made, (dict, list, tuple)):
            self._converted.append(made)
        return made

    def _encoder(self, separator: str) -> Callable[[Any], str]:
        """Return JSONEncoder.encode without the setup that it repeats for every value."""
        if encoder.c_make_encoder is None:
            return json.JSONEncoder(
                ensure_ascii=False,
                allow_nan=self._allow_nan,
                separators=(separator, ":"),
                default=self._default,
            ).encode
        markers: dict[int, Any] = {}
        make = encoder.c_make_encoder(
            markers,
            self._default,
            encoder.encode_basestring,
            None,
            ":",
            separator,
            False,
            False,
            self._allow_nan,
        )

        def encode(value: Any) -> str:
            try:
                return "".join(make(value, 0))
            except BaseException:
                markers.clear()
                raise

        return encode


def _is_scalar(value: Any) -> bool:
    if value is None or isinstance(value, (str, int, float)):
        return True
    # Scalars of NumPy, decimals.
    kind = type(value)
    return hasattr(kind, "__float__") and not hasattr(kind, "__len__")


def is_out_of_memory(error: BaseException) -> bool:
    """Return True for an error that says nothing about the output itself."""
    return isinstance(error, MemoryError) or is_out_of_gpu_memory(error)
