"""What the worker is told about an exception."""

from __future__ import annotations

import os
import traceback
from types import TracebackType
from typing import Any

from millrace_host.output import InvalidOutputError
from millrace_host.predictor import NotLoadableError

_HOST_DIR = os.path.dirname(os.path.abspath(__file__))
_MAX_TRACEBACK_CHARS = 64 * 1024
_MAX_MESSAGE_CHARS = 16 * 1024


def describe(error: BaseException, code: str) -> dict[str, Any]:
    """Return code, type, message and traceback; frames of the host are left out."""
    if isinstance(error, MemoryError):
        code = "predictor_out_of_memory"
    if isinstance(error, InvalidOutputError):
        code = "invalid_output"
    described: dict[str, Any] = {
        "code": code,
        "type": type(error).__qualname__,
        "message": _clip(_message(error), _MAX_MESSAGE_CHARS),
    }
    if not isinstance(error, (InvalidOutputError, NotLoadableError)):
        trimmed = _without_host_frames(error.__traceback__)
        lines = traceback.format_exception(type(error), error, trimmed)
        described["traceback"] = _clip("".join(lines).rstrip(), _MAX_TRACEBACK_CHARS)
    return described


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as failure:
        text = f"<its text cannot be shown: {failure!r}>"
    return text or type(error).__qualname__


def _without_host_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _is_plumbing(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_plumbing(file: str) -> bool:
    return file.startswith((_HOST_DIR, "<frozen importlib")) or (
        f"{os.sep}importlib{os.sep}" in file
    )


def _clip(text: str, max_chars: int) -> str:
    """Keep both ends: the first says what, the last says where."""
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    left_out = len(text) - max_chars
    return f"{text[:half]}\n… {left_out} characters left out …\n{text[-half:]}"
