"""Sends a value to another process, with its arrays in shared memory."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import pickle
import socket
import struct
import sys
import tempfile
from typing import Any

# Pickled bytes, number of buffers.
_HEAD = struct.Struct("<QI")
_PLACE = struct.Struct("<QQ")
_ALIGNMENT = 64
# Smaller ones are copied with the rest.
_MIN_SHARED_BYTES = 16 * 1024


class Pickled:
    """A pickled value, whose large buffers are copied once into memory that has no name."""

    def __init__(self, value: Any) -> None:
        found: list[pickle.PickleBuffer] = []

        def keep(buffer: pickle.PickleBuffer) -> bool:
            if buffer.raw().nbytes < _MIN_SHARED_BYTES:
                return True
            found.append(buffer)
            return False

        stream = io.BytesIO()
        kind = _TorchPickler if hasattr(sys.modules.get("torch"), "Tensor") else pickle.Pickler
        kind(stream, protocol=5, buffer_callback=keep).dump(value)
        self._text = stream.getbuffer()
        self._places: list[tuple[int, int]] = []
        end = 0
        for buffer in found:
            start = -(-end // _ALIGNMENT) * _ALIGNMENT
            end = start + buffer.raw().nbytes
            self._places.append((start, end))
        self._fd = _shared_memory(end) if found else None
        if self._fd is None:
            return
        try:
            with mmap.mmap(self._fd, end) as area, memoryview(area) as memory:
                for buffer, (start, end) in zip(found, self._places):
                    memory[start:end] = buffer.raw()
        except BaseException:
            os.close(self._fd)
            raise

    def send(self, to: socket.socket) -> None:
        """Send it; once only."""
        head = _HEAD.pack(len(self._text), len(self._places))
        try:
            socket.send_fds(to, [head], [self._fd] if self._fd is not None else [])
        finally:
            if self._fd is not None:
                os.close(self._fd)
        to.sendall(b"".join(_PLACE.pack(*place) for place in self._places))
        to.sendall(self._text)


class Received:
    """What Pickled sent. Its arrays are views of the shared memory, which lives with them."""

    def __init__(self, text: bytearray, views: list[memoryview]) -> None:
        self._text = text
        self._views = views

    def value(self) -> Any:
        """Unpickle it. Raises whatever the value's own methods raise."""
        return pickle.loads(self._text, buffers=self._views)


def receive(ours: socket.socket) -> Received:
    """Read what Pickled sent. Raises EOFError."""
    head, fds, _, _ = socket.recv_fds(ours, _HEAD.size, 1, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
    try:
        if not head:
            raise EOFError
        head += read(ours, _HEAD.size - len(head))
        text_bytes, count = _HEAD.unpack(head)
        places = list(_PLACE.iter_unpack(read(ours, count * _PLACE.size)))
        text = read(ours, text_bytes)
        if not places:
            return Received(text, [])
        memory = memoryview(mmap.mmap(fds[0], places[-1][1]))
    finally:
        for fd in fds:
            os.close(fd)
    return Received(text, [memory[start:end] for start, end in places])


def read(ours: socket.socket, count: int) -> bytearray:
    """Read exactly so many bytes. Raises EOFError."""
    whole = bytearray(count)
    rest = memoryview(whole)
    while rest:
        got = ours.recv_into(rest)
        if got == 0:
            raise EOFError
        rest = rest[got:]
    return whole


class _TorchPickler(pickle.Pickler):
    """PyTorch copies a tensor into its pickle; as an array, it is a buffer."""

    def reducer_override(self, value: Any) -> Any:
        torch = sys.modules["torch"]
        if type(value) is not torch.Tensor or value.device.type != "cpu":
            return NotImplemented
        if value.layout is not torch.strided or value.is_quantized:
            return NotImplemented
        plain = value.detach().contiguous()
        # NumPy has no bfloat16, so any type travels as bytes.
        return _tensor, (plain.reshape(-1).view(torch.uint8).numpy(), value.dtype, value.shape)


def _tensor(data: Any, dtype: Any, shape: Any) -> Any:
    import torch

    return torch.from_numpy(data).view(dtype).reshape(shape)


def _shared_memory(size: int) -> int:
    """Return a descriptor of memory of this size, which no other process can find."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("millrace")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    try:
        # Reserves it, so that a lack of memory is an error here and not a signal on access.
        with contextlib.suppress(AttributeError):
            os.posix_fallocate(fd, 0, size)
        os.ftruncate(fd, size)
    except BaseException:
        os.close(fd)
        raise
    return fd
