"""Uses the original stdin and stdout for frames; the predictor's output goes to the log."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import BinaryIO

from millrace_host.frames import FrameWriter

_READ_BUFFER_BYTES = 1 << 18
_LOG_FD = 2


def take_over() -> tuple[BinaryIO, FrameWriter]:
    """Return where frames come from and go to. From here on fd 0 is empty and fd 1 is fd 2.

    Copies made by os.dup are closed on exec, so no program that the predictor starts, and no C
    code that prints, can reach the frames.
    """
    frames_in, frames_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=False, errors="backslashreplace")
    os.register_at_fork(after_in_child=lambda: _close_quietly(frames_in))
    return os.fdopen(frames_in, "rb", _READ_BUFFER_BYTES, closefd=False), FrameWriter(frames_out)


def mark_batch(batch_id: str) -> None:
    """Write to the log that a batch's predict begins here, or, without a batch, that it has ended.

    The worker takes the mark out again: see protocol.ts.
    """
    _write_log(f"\x1emillrace:batch:{batch_id}\x1f")


def log_line(text: str) -> None:
    """Write one of the host's own lines to the log, whatever the predictor did to its streams."""
    _write_log(f"{text}\n")


def flush_prints() -> None:
    """Flush output that is still buffered in this process."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the predictor may have replaced it
            stream.flush()


def _write_log(text: str) -> None:
    flush_prints()
    with contextlib.suppress(OSError):
        os.write(_LOG_FD, text.encode())


def _close_quietly(fd: int) -> None:
    with contextlib.suppress(OSError):
        os.close(fd)
