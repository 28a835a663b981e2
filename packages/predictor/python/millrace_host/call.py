"""One call of the predictor, on its way through the stages."""

from __future__ import annotations

import json
from itertools import repeat
from typing import Any, Iterator, Mapping

from millrace_host import frames
from millrace_host.errors import describe
from millrace_host.outcomes import encode_answer, failed_line


class Call:
    """A batch, or an item as a batch of one: what comes next for it, and what it has taken.

    An exception in a list of one element per item is the failure of that item alone: the next
    stage gets the others.
    """

    __slots__ = ("_open", "_unreadable", "batch_id", "count", "failed", "seconds", "seq", "value")

    def __init__(self, seq: int, batch_id: str, value: Any, unreadable: Exception | None) -> None:
        self.seq = seq
        self.batch_id = batch_id
        # What the next stage works on: the payload first.
        self.value = value
        self.count = 0
        # In each stage.
        self.seconds = [0.0, 0.0, 0.0]
        self._unreadable = unreadable
        # The errors of the items that failed, by their position.
        self.failed: dict[int, dict[str, Any]] = {}
        self._open: list[int] | None = None

    @classmethod
    def read(cls, body: bytes, *, parsed: bool) -> Call:
        """Read a frame; parsed says whether its payload is needed here."""
        seq, batch_id, text = frames.split_predict(body)
        if not parsed:
            return cls(seq, batch_id, text, None)
        try:
            return cls(seq, batch_id, json.loads(text), None)
        except Exception as error:  # too deep or too large: fails only this batch
            return cls(seq, batch_id, None, error)

    def start(self) -> None:
        """Count the items before the first stage, which may empty the list that it is given."""
        if self._unreadable is not None:
            raise self._unreadable
        self.count = len(self.value)

    def pass_on(self, value: Any, stage: int) -> None:
        """Take what a stage returned as what the next one works on."""
        if value is None and stage == frames.PREPROCESS:
            raise TypeError(
                "preprocess returned None, expected what predict gets: return something"
            )
        self.value = value
        if not isinstance(value, (list, tuple)) or len(value) != self._open_count:
            return
        if not any(isinstance(element, BaseException) for element in value):
            return
        positions = self._open if self._open is not None else range(self.count)
        self._open, self.value = [], []
        for position, element in zip(positions, value):
            if isinstance(element, BaseException):
                self.failed[position] = failure(element, "predictor_error", stage)
            else:
                self._open.append(position)
                self.value.append(element)

    def leave_out(self, failed: Mapping[int, dict[str, Any]]) -> None:
        """Take the items that failed elsewhere."""
        self.failed.update(failed)
        self._open = [at for at in range(self.count) if at not in self.failed]

    @property
    def is_over(self) -> bool:
        """True when no item is left for the next stage."""
        return self._open_count == 0 and self.count > 0

    def encode(self, rules: Mapping[str, str] | None) -> tuple[int, bytes, str | None]:
        """Return mode, lines and a warning for the log. Raises InvalidOutputError."""
        if not self.failed:
            return encode_answer(self.value, self.count, rules)
        mode, lines, warning = frames.MODE_NONE, b"", None
        if not self.is_over:
            mode, lines, warning = encode_answer(self.value, self._open_count, rules, as_text=True)
        outcomes = _outcomes(mode, lines)
        merged = [
            failed_line(self.failed[at]) if at in self.failed else next(outcomes)
            for at in range(self.count)
        ]
        return frames.MODE_OUTCOMES, b"\n".join(merged), warning

    @property
    def _open_count(self) -> int:
        return self.count if self._open is None else len(self._open)


def failure(error: BaseException, code: str, stage: int) -> dict[str, Any]:
    """Describe an exception that a stage raised or returned."""
    described = describe(error, code)
    if stage != frames.PREDICTING:
        described["stage"] = frames.STAGE_NAMES[stage]
    return described


def _outcomes(mode: int, lines: bytes) -> Iterator[bytes]:
    """Yield one line of MODE_OUTCOMES per item, from the lines of any mode."""
    if mode == frames.MODE_NONE:
        return repeat(b"=null")
    if mode == frames.MODE_BATCH:
        return repeat(b"=" + lines)
    sign = b"=" if mode == frames.MODE_ITEMS else b""
    return (sign + line for line in lines.split(b"\n"))
