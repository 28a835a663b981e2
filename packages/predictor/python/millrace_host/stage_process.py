"""Processes of a stage, for code that holds the interpreter's lock."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
import traceback
import warnings
from queue import SimpleQueue
from typing import Any, Callable, NoReturn

from millrace_host import buffers, frames
from millrace_host.call import Call, failure
from millrace_host.errors import exit_code
from millrace_host.streams import flush_prints
from millrace_host.told import ToldError, ToldExit

Function = Callable[[Any, str], Any]

_PR_SET_PDEATHSIG = 1
_REQUEST = struct.Struct("<IQ")
_VALUE, _ERROR, _EXIT = b"v", b"e", b"x"
_CANNOT_PASS = (
    "Cannot pass what preprocess returned to predict: {}; expected values that pickle can copy, "
    "or predictor.preprocess.mode: thread"
)
# Libraries whose threads do not survive a fork, or whose random numbers would be the same in all
# processes.
_AFTER_FORK: dict[str, Callable[[Any], Any]] = {
    "torch": lambda torch: torch.set_num_threads(1),
    "cv2": lambda cv2: cv2.setNumThreads(0),
    "numpy": lambda numpy: numpy.random.seed(),
}


class StageProcesses:
    """Copies of this process that run a function of the predictor, one call at a time each.

    They share the predictor's memory as its constructor left it. The payload reaches them as text;
    what they return comes back pickled, its arrays in shared memory without a name, which is gone
    with the last process that uses it.
    """

    def __init__(self, function: Function, count: int) -> None:
        pairs = [socket.socketpair() for _ in range(count)]
        self._sockets = [ours for ours, _ in pairs]
        self._pids = {ours: _fork(theirs, function, pairs) for ours, theirs in pairs}
        for _, theirs in pairs:
            theirs.close()
        self._idle: SimpleQueue[socket.socket | None] = SimpleQueue()
        for ours in self._sockets:
            self._idle.put(ours)

    def run(self, call: Call) -> None:
        """Run the function for a call. Raises ToldError, and ToldExit when the process ended."""
        ours = self._idle.get()
        if ours is None:
            raise SystemExit(0)
        try:
            kind, answer = _ask(ours, call)
        except (EOFError, ConnectionError):
            raise self._death(ours) from None
        if kind == _EXIT:
            raise ToldExit(answer.pop("exit_code"), answer)
        self._idle.put(ours)
        if kind == _ERROR:
            raise ToldError(answer)
        try:
            call.count, call.seconds[frames.PREPROCESS], failed, call.value = answer.value()
        except Exception as error:
            raise TypeError(_CANNOT_PASS.format(error)) from error
        if failed:
            call.leave_out(failed)

    def end(self) -> None:
        """Have the processes exit, and the threads that wait for one."""
        for ours in self._sockets:
            with contextlib.suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            self._idle.put(None)

    def _death(self, ours: socket.socket) -> ToldExit:
        told: dict[str, Any] = {"code": "predictor_crashed", "stage": "preprocess"}
        try:
            _, status = os.waitpid(self._pids[ours], 0)
        except ChildProcessError:  # the predictor has waited for it, or ignores such signals
            return ToldExit(1, {**told, "message": "the process of preprocess ended"})
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            message = f"the process of preprocess was ended by {name}"
            return ToldExit(1, {**told, "message": message, "signal": name})
        code = os.WEXITSTATUS(status)
        return ToldExit(
            1, {**told, "message": f"the process of preprocess ended with exit code {code}"}
        )


def _ask(ours: socket.socket, call: Call) -> tuple[bytes, Any]:
    """Return what kind of answer came, and the answer: nothing of it is unpickled yet."""
    batch_id = call.batch_id.encode()
    ours.sendall(_REQUEST.pack(len(batch_id), len(call.value)) + batch_id)
    ours.sendall(call.value)
    kind = bytes(buffers.read(ours, 1))
    if kind == _VALUE:
        return kind, buffers.receive(ours)
    return kind, json.loads(buffers.read(ours, int.from_bytes(buffers.read(ours, 4), "little")))


def _fork(
    theirs: socket.socket,
    function: Function,
    pairs: list[tuple[socket.socket, socket.socket]],
) -> int:
    flush_prints()
    parent = os.getpid()
    with warnings.catch_warnings():
        # About the threads, which the child does not use.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _die_with(parent)
        for one in {end for pair in pairs for end in pair} - {theirs}:
            one.close()
        _serve(theirs, function)
    return pid


def _die_with(parent: int) -> None:
    """Have Linux kill this process when its parent dies, even while it computes."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _serve(ours: socket.socket, function: Function) -> NoReturn:
    """Answer until there is nothing more to read."""
    status = 1
    try:
        for name, settle in _AFTER_FORK.items():
            module = sys.modules.get(name)
            if module is not None:
                with contextlib.suppress(Exception):  # a stub, such as those of tests
                    settle(module)
        while True:
            _answer(ours, function)
    except (EOFError, ConnectionError):
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        flush_prints()
        os._exit(status)


def _answer(ours: socket.socket, function: Function) -> None:
    id_bytes, text_bytes = _REQUEST.unpack(buffers.read(ours, _REQUEST.size))
    batch_id, text = buffers.read(ours, id_bytes).decode(), buffers.read(ours, text_bytes)
    try:
        call = Call(0, batch_id, json.loads(text), None)
        call.start()
        started = time.perf_counter()
        value = function(call.value, batch_id)
        seconds = time.perf_counter() - started
        call.pass_on(value, frames.PREPROCESS)
        answer = _pickled((call.count, seconds, call.failed, call.value))
    except (SystemExit, KeyboardInterrupt) as order:
        told = failure(order, "predictor_crashed", frames.PREPROCESS)
        _tell(ours, _EXIT, {**told, "exit_code": exit_code(order)})
        raise EOFError from None
    except BaseException as error:
        _tell(ours, _ERROR, failure(error, "predictor_error", frames.PREPROCESS))
        return
    ours.sendall(_VALUE)
    answer.send(ours)


def _pickled(value: Any) -> buffers.Pickled:
    try:
        return buffers.Pickled(value)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        raise TypeError(_CANNOT_PASS.format(error)) from error


def _tell(ours: socket.socket, kind: bytes, told: dict[str, Any]) -> None:
    text = json.dumps(told).encode()
    ours.sendall(kind + len(text).to_bytes(4, "little") + text)
