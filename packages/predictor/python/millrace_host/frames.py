"""The frames of packages/predictor/src/protocol.ts, which documents them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import threading
from typing import Any, BinaryIO

LOAD, CONSTRUCT, PREDICT, COMPLETE = 0xF8, 0xF9, 0xFA, 0xFB
LOADED, READY, OUTPUT, COMPLETED, ERROR, STAGE = 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD
MODE_NONE, MODE_ITEMS, MODE_BATCH, MODE_OUTCOMES, MODE_VECTORS = 0, 1, 2, 3, 4
# Stages, by their position on the wire.
PREPROCESS, PREDICTING, POSTPROCESS, BETWEEN_STAGES = 0, 1, 2, 0xFF
STAGE_NAMES = ("preprocess", "predict", "postprocess")

_HEADER = struct.Struct("<IB")
_PREDICT_HEAD = struct.Struct("<IH")
_OUTPUT_HEAD = struct.Struct("<IBIBddd")
_OUTPUT_REST_BYTES = _OUTPUT_HEAD.size - 4
_STAGE = struct.Struct("<IBIB")
# Created here, because a predictor may replace json.dumps.
_to_json = json.JSONEncoder().encode


class FrameWriter:
    """Writes complete frames, from any thread; a forked child of the predictor writes none."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._is_whole = True
        self._is_over = False
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self.close)

    def close(self) -> None:
        """Close the stream; to the worker, the end of the frames is the end of the predictor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):  # the predictor may have closed it
                os.close(fd)

    def json(self, kind: int, value: Any) -> None:
        self.raw(kind, _to_json(value).encode())

    def last(self, kind: int, value: Any) -> None:
        """Write a last frame like json does, once, unless an exception has interrupted another."""
        with self._lock:  # another thread may be writing one now
            may_write, self._is_over = self._is_whole and not self._is_over, True
        if may_write and self._fd >= 0:
            self.json(kind, value)

    def raw(self, kind: int, body: bytes = b"") -> None:
        self._write(_HEADER.pack(len(body) + 1, kind) + body)

    def output(self, seq: int, mode: int, stages_us: list[float], lines: bytes) -> None:
        length = _OUTPUT_REST_BYTES + len(lines)
        self._write(_OUTPUT_HEAD.pack(length, OUTPUT, seq, mode, *stages_us) + lines)

    def stage(self, seq: int, stage: int) -> None:
        self._write(_STAGE.pack(_STAGE.size - 4, STAGE, seq, stage))

    def _write(self, frame: bytes) -> None:
        if self._fd < 0:
            os._exit(1)  # a forked child that returned from predict
        with self._lock:
            self._is_whole = False
            written = self._write_some(frame)
            if written < len(frame):
                rest = memoryview(frame)[written:]
                while rest:
                    rest = rest[self._write_some(rest) :]
            self._is_whole = True

    def _write_some(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            select.select([], [self._fd], [])
            return 0
        except BrokenPipeError:
            os._exit(0)  # the worker is gone


def read_frame(stream: BinaryIO) -> tuple[int, bytes] | None:
    """Read one frame; None at the end of the stream."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    length, kind = _HEADER.unpack(header)
    body = stream.read(length - 1)
    return (kind, body) if len(body) == length - 1 else None


def split_predict(body: bytes) -> tuple[int, str, Any]:
    """Return seq, batch id and the text of the payload."""
    seq, id_bytes = _PREDICT_HEAD.unpack_from(body)
    id_end = _PREDICT_HEAD.size + id_bytes
    return seq, body[_PREDICT_HEAD.size : id_end].decode(), body[id_end:]
