"""Describes an exception for the worker."""

from __future__ import annotations

import math
import os
from types import TracebackType
from typing import Any

from millrace import ItemError, RetryLater

from millrace_host.gpu_memory import OUT_OF_GPU_MEMORY, is_out_of_gpu_memory, let_go
from millrace_host.guarded import attempt
from millrace_host.json_text import InvalidOutputError
from millrace_host.predictor import NotLoadableError
from millrace_host.tracebacks import format_traceback, type_name

_HOST_DIR = os.path.dirname(os.path.abspath(__file__))
_MAX_TRACEBACK_CHARS = 64 * 1024
_MAX_MESSAGE_CHARS = 16 * 1024
# Instead of an infinite time, which JSON cannot hold; the worker waits less anyway.
_MAX_SECONDS = 1e9


def describe(error: BaseException, code: str) -> dict[str, Any]:
    """Return code, type, message and traceback, without the frames of the host.

    Never fails, whatever the exception's own methods do. After one of a full GPU, what the failed
    call held is freed, so that a smaller call fits.
    """
    # Not isinstance, which reads the exception's own __class__.
    kind = type(error)
    verdict = attempt(lambda: _verdict(error), lambda _: {})
    if issubclass(kind, InvalidOutputError):
        code = "invalid_output"
    elif code == "predictor_error" and not verdict and is_out_of_gpu_memory(error):
        code = OUT_OF_GPU_MEMORY
    elif issubclass(kind, MemoryError):
        code = "predictor_out_of_memory"
    message = message_of(error)
    described: dict[str, Any] = {
        "code": code,
        "type": type_name(kind),
        "message": _clip(message, _MAX_MESSAGE_CHARS),
    }
    if not issubclass(kind, (InvalidOutputError, NotLoadableError)):
        described["traceback"] = _traceback(error, message)
    if code == OUT_OF_GPU_MEMORY:
        let_go(error)
    described.update(verdict)
    return described


def _traceback(error: BaseException, message: str) -> str:
    trace = _without_host_frames(BaseException.__traceback__.__get__(error))
    return _clip(format_traceback(error, message, trace), _MAX_TRACEBACK_CHARS)


def _verdict(error: BaseException) -> dict[str, Any]:
    """Return what the predictor decided about the item, in an exception of module millrace."""
    kind = type(error)
    if issubclass(kind, RetryLater):
        return {"retry_after": error.seconds if math.isfinite(error.seconds) else _MAX_SECONDS}
    if issubclass(kind, ItemError):
        details = {} if error.details is None else {"details": error.details}
        return {"item_code": error.code, "is_final": not error.retryable, **details}
    return {}


def message_of(error: BaseException) -> str:
    """Return the exception's text, or why there is none."""
    # Joined, because it may be a subclass of str with its own methods.
    text = attempt(lambda: "".join((str(error),)), _unshowable)
    return text or type_name(type(error))


def exit_code(error: BaseException) -> int:
    """Return the exit code of a process that this exception ends."""
    if issubclass(type(error), KeyboardInterrupt):
        return 130
    code = SystemExit.code.__get__(error) if issubclass(type(error), SystemExit) else 1
    if code is None:
        return 0
    return int(code) & 0xFF if type(code) in (int, bool) else 1


def _unshowable(failure: BaseException) -> str:
    kind = type_name(type(failure))
    why = attempt(lambda: "".join((repr(failure),)), lambda _: kind)
    return f"<its text cannot be shown: {_clip(why, 1000)}>"


def _without_host_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _is_plumbing(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_plumbing(file: str) -> bool:
    return file.startswith((_HOST_DIR, "<frozen importlib")) or (
        f"{os.sep}importlib{os.sep}" in file
    )


def _clip(text: str, max_chars: int) -> str:
    """Keep both ends: the start says what happened, the end says where."""
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    left_out = len(text) - max_chars
    return f"{text[:half]}\n… {left_out} characters left out …\n{text[-half:]}"
