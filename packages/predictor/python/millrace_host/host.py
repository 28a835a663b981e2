"""Answers the worker's frames one after another, with the next batch always waiting."""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO, Callable

from millrace_host import frames, predictor
from millrace_host.errors import describe, exit_code
from millrace_host.output import encode_output
from millrace_host.streams import flush_prints, log_line, mark_batch, take_over

# Time for the predictor to finish its work once the worker is gone, and then to exit. Needed on
# systems without a signal when the parent dies. A running worker ends it sooner.
_WORK_GRACE_SECONDS = 10
_END_GRACE_SECONDS = 60
# Two writes would cost too much for a very short predict: a batch is marked in the log only if the
# one before took at least this long.
_MARK_FROM_SECONDS = 0.001
# Requests to exit; every other exception only fails the request in which it was raised.
_ORDERS = (SystemExit, KeyboardInterrupt)


def run() -> None:
    """Serve until the input ends. Reports an exception that ends the process, then raises it."""
    stream, writer = take_over()
    received: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
    input_ended, work_ended = threading.Event(), threading.Event()
    reader = threading.Thread(
        target=_read_to_end,
        args=(stream, received, (input_ended, work_ended)),
        name="frames",
        daemon=True,
    )
    reader.start()
    host = Host(writer)
    # Registered first, so that it runs after the predictor's own handlers, which may need it.
    atexit.register(host.forget)
    try:
        while True:
            request = received.get()
            if request is None or input_ended.is_set():
                return
            host.answer(request)
    except BaseException as error:
        # The predictor's threads may keep the process running for hours.
        host.tell_leaving(error)
        raise
    finally:
        work_ended.set()
        writer.close()


def _read_to_end(
    stream: BinaryIO, received: SimpleQueue, ended: tuple[threading.Event, threading.Event]
) -> None:
    _read_ahead(stream, received)
    input_ended, work_ended = ended
    input_ended.set()
    received.put(None)
    if work_ended.wait(_WORK_GRACE_SECONDS):
        time.sleep(_END_GRACE_SECONDS)
    os._exit(0)


def _read_ahead(stream: BinaryIO, received: SimpleQueue) -> None:
    """Parse here, so that it overlaps with a predict that releases the interpreter's lock."""
    try:
        while True:
            frame = frames.read_frame(stream)
            if frame is None:
                return
            received.put(_parse(*frame))
    except BaseException:  # no memory for the frame
        traceback.print_exc()
        os._exit(1)


def _parse(kind: int, body: bytes) -> tuple[Any, ...]:
    if kind != frames.PREDICT:
        return kind, body
    seq, batch_id, text = frames.split_predict(body)
    try:
        return kind, seq, batch_id, json.loads(text), None
    except Exception as error:  # too deep or too large: fails only this batch
        return kind, seq, batch_id, None, error


class Host:
    """Loads, constructs and calls the predictor."""

    def __init__(self, writer: frames.FrameWriter) -> None:
        self._writer = writer
        self._spec: dict[str, Any] = {}
        self._class: predictor.LoadedClass | None = None
        self._predictor: Any = None
        self._predict: Callable[[Any, str], Any] | None = None
        self._marks_batch = True
        # The request being answered, in the fields of an error frame.
        self._answering: dict[str, Any] = {}

    def answer(self, request: tuple[Any, ...]) -> None:
        kind = request[0]
        if kind == frames.PREDICT:
            self._answer_predict(*request[1:])
        elif kind == frames.LOAD:
            self._answer_phase("load", "predictor_not_loadable", lambda: self._load(request[1]))
        elif kind == frames.CONSTRUCT:
            self._answer_phase("construct", "predictor_init_failed", self._construct)
        elif kind == frames.COMPLETE:
            self._answer_phase("complete", "predictor_error", self._complete)
        else:
            raise ValueError(f"Cannot answer a frame of kind {kind}: it is unknown to this host")
        self._answering = {}

    def tell_leaving(self, error: BaseException) -> None:
        """Report an exception that ends the process, so that the worker stops waiting."""
        flush_prints()
        told = {**self._answering, **describe(error, "predictor_crashed")}
        self._writer.last(frames.ERROR, {**told, "exit_code": exit_code(error)})

    def forget(self) -> None:
        self._predictor = self._predict = None

    def _answer_phase(self, phase: str, code: str, work: Callable[[], None]) -> None:
        self._answering = {"phase": phase}
        try:
            work()
        except _ORDERS:
            raise
        except BaseException as error:
            self._writer.json(frames.ERROR, {"phase": phase, **describe(error, code)})

    def _load(self, body: bytes) -> None:
        spec = self._spec = json.loads(body)
        self._class = predictor.load(
            spec["project_dir"], spec["path"], spec.get("python_path") or "."
        )
        self._writer.json(frames.LOADED, {"methods": self._class.methods})

    def _construct(self) -> None:
        if self._class is None:
            raise RuntimeError("Cannot construct the predictor: nothing is loaded")
        self._predictor = self._class.construct(self._spec["config"], self._spec["job_spec"])
        self._predict = self._class.predict_function(self._predictor)
        self._writer.json(frames.READY, {"methods": self._class.methods})

    def _complete(self) -> None:
        if self._class is not None and "on_job_complete" in self._class.methods:
            predictor.refuse_unrun("on_job_complete", self._predictor.on_job_complete())
        self._writer.raw(frames.COMPLETED)

    def _answer_predict(
        self, seq: int, batch_id: str, payload: Any, unreadable: Exception | None
    ) -> None:
        self._answering = {"seq": seq}
        try:
            if unreadable is not None:
                raise unreadable
            if self._predict is None:
                raise RuntimeError("Cannot predict: the predictor is not constructed")
            item_count = len(payload)  # predict may empty the list it is given
            value, seconds = self._call(self._predict, payload, batch_id)
            predict_us = seconds * 1e6
            mode, lines, warning = encode_output(value, item_count, self._spec.get("output"))
        except _ORDERS:
            raise
        except BaseException as error:
            described = describe(error, "predictor_error")
            self._writer.json(frames.ERROR, {"seq": seq, **described})
            return
        if warning:
            log_line(f"warning: {warning}")
        self._writer.output(seq, mode, predict_us, lines)

    def _call(
        self, predict: Callable[[Any, str], Any], payload: Any, batch_id: str
    ) -> tuple[Any, float]:
        """Return the result of predict, and how long it took in seconds."""
        marks = self._marks_batch
        if marks:
            mark_batch(batch_id)
        started = time.perf_counter()
        try:
            value = predict(payload, batch_id)
            return value, time.perf_counter() - started
        finally:
            self._marks_batch = time.perf_counter() - started >= _MARK_FROM_SECONDS
            if marks:
                mark_batch("")
