"""Answers the worker's frames, with the next calls always waiting."""

from __future__ import annotations

import atexit
import inspect
import json
import os
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, BinaryIO, Callable

from millrace_host import frames, predictor
from millrace_host.errors import describe, exit_code
from millrace_host.inbox import Inbox, Request
from millrace_host.outcomes import encode_answer
from millrace_host.streams import flush_prints, log_line, mark_batch, take_over

# asyncio and thread pools are imported where a predictor needs them: they take as long as all else.
if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from millrace_host.event_loop import EventLoop

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
    inbox = Inbox()
    input_ended, work_ended = threading.Event(), threading.Event()
    reader = threading.Thread(
        target=_read_to_end,
        args=(stream, inbox, (input_ended, work_ended)),
        name="frames",
        daemon=True,
    )
    reader.start()
    host = Host(writer, inbox)
    # Registered first, so that it runs after the predictor's own handlers, which may need it.
    atexit.register(host.forget)
    try:
        request = inbox.get()
        while request is not None and not input_ended.is_set():
            request = host.answer(request)
        host.end()
    except BaseException as error:
        # The predictor's threads may keep the process running for hours.
        host.tell_leaving(error)
        raise
    finally:
        work_ended.set()
        writer.close()


def _read_to_end(
    stream: BinaryIO, inbox: Inbox, ended: tuple[threading.Event, threading.Event]
) -> None:
    _read_ahead(stream, inbox)
    input_ended, work_ended = ended
    input_ended.set()
    inbox.put(None)
    if work_ended.wait(_WORK_GRACE_SECONDS):
        time.sleep(_END_GRACE_SECONDS)
    os._exit(0)


def _read_ahead(stream: BinaryIO, inbox: Inbox) -> None:
    """Parse here, so that it overlaps with a predict that releases the interpreter's lock."""
    try:
        while True:
            frame = frames.read_frame(stream)
            if frame is None:
                return
            inbox.put(_parse(*frame))
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

    def __init__(self, writer: frames.FrameWriter, inbox: Inbox) -> None:
        self._writer = writer
        self._inbox = inbox
        self._spec: dict[str, Any] = {}
        self._class: predictor.LoadedClass | None = None
        self._predictor: Any = None
        self._call: Callable[[Any, str], Any] | None = None
        # Where calls run: here one after another, or several at once.
        self._loop: EventLoop | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._marks_batch = True
        # The request being answered, in the fields of an error frame.
        self._answering: dict[str, Any] = {}

    def answer(self, request: Request) -> Request | None:
        """Answer a request, and return the next one; None when there will be no more."""
        if self._loop is not None and _is_call(request):
            return self._loop.serve(request, self._answer_async, _is_call)
        kind = request[0]
        if kind == frames.PREDICT:
            if self._threads is None:
                self._answer_call(*request[1:])
            else:
                self._threads.submit(self._answer_in_thread, *request[1:])
        elif kind == frames.LOAD:
            self._answer_phase("load", "predictor_not_loadable", lambda: self._load(request[1]))
        elif kind == frames.CONSTRUCT:
            self._answer_phase("construct", "predictor_init_failed", self._construct)
        elif kind == frames.COMPLETE:
            self._answer_phase("complete", "predictor_error", self._complete)
        else:
            raise ValueError(f"Cannot answer a frame of kind {kind}: it is unknown to this host")
        self._answering = {}
        return self._inbox.get()

    def end(self) -> None:
        """End what still runs of the predictor's calls."""
        if self._loop is not None:
            self._loop.close()

    def tell_leaving(self, error: BaseException) -> None:
        """Report an exception that ends the process, so that the worker stops waiting."""
        flush_prints()
        told = {**self._answering, **describe(error, "predictor_crashed")}
        self._writer.last(frames.ERROR, {**told, "exit_code": exit_code(error)})

    def forget(self) -> None:
        self._predictor = self._call = None

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
        self._writer.json(frames.LOADED, self._found(self._class))

    def _construct(self) -> None:
        if self._class is None:
            raise RuntimeError("Cannot construct the predictor: nothing is loaded")
        self._predictor = self._class.construct(self._spec["config"], self._spec["job_spec"])
        self._call = self._class.call_function(self._predictor)
        found = self._found(self._class)
        if self._class.is_async:
            from millrace_host.event_loop import EventLoop

            self._loop = EventLoop(self._inbox, found["concurrency"])
        elif found["concurrency"] > 1:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(found["concurrency"], self._class.call_name)
        self._writer.json(frames.READY, found)

    def _found(self, cls: predictor.LoadedClass) -> dict[str, Any]:
        concurrency = cls.concurrency(self._spec.get("concurrency"))
        return {"methods": cls.methods, "unit": cls.unit, "concurrency": concurrency}

    def _complete(self) -> None:
        if self._class is not None and "on_job_complete" in self._class.methods:
            returned = self._predictor.on_job_complete()
            if inspect.iscoroutine(returned):
                self._run(returned)
            else:
                predictor.refuse_unrun("on_job_complete", returned)
        self._writer.raw(frames.COMPLETED)

    def _run(self, coroutine: Any) -> None:
        if self._loop is None:
            import asyncio

            asyncio.run(coroutine)
        else:
            self._loop.run(coroutine)

    def _answer_call(
        self, seq: int, batch_id: str, payload: Any, unreadable: Exception | None
    ) -> None:
        self._answering = {"seq": seq}
        try:
            call, item_count = self._prepared(payload, unreadable)
            arguments = self._arguments(payload, batch_id)
            marks = self._marks_batch
            if marks:
                mark_batch(batch_id)
            started = time.perf_counter()
            try:
                value = call(*arguments)
            finally:
                seconds = time.perf_counter() - started
                self._marks_batch = seconds >= _MARK_FROM_SECONDS
                if marks:
                    mark_batch("")
        except _ORDERS:
            raise
        except BaseException as error:
            self._fail(seq, error)
            return
        self._reply(seq, value, (item_count, seconds))

    def _answer_in_thread(
        self, seq: int, batch_id: str, payload: Any, unreadable: Exception | None
    ) -> None:
        try:
            call, item_count = self._prepared(payload, unreadable)
            started = time.perf_counter()
            value = call(*self._arguments(payload, batch_id))
            self._reply(seq, value, (item_count, time.perf_counter() - started))
        except _ORDERS as order:
            # It is for the main thread to end the process.
            self._answering = {"seq": seq}
            self._inbox.put(order)
        except BaseException as error:
            self._fail(seq, error)

    async def _answer_async(self, request: Request) -> None:
        _, seq, batch_id, payload, unreadable = request
        try:
            call, item_count = self._prepared(payload, unreadable)
            started = time.perf_counter()
            value = await call(*self._arguments(payload, batch_id))
            self._reply(seq, value, (item_count, time.perf_counter() - started))
        except _ORDERS:
            self._answering = {"seq": seq}
            raise
        except BaseException as error:
            self._fail(seq, error)

    def _prepared(
        self, payload: Any, unreadable: Exception | None
    ) -> tuple[Callable[[Any, str], Any], int]:
        """Return what to call, and the number of items: predict may empty the list it is given."""
        if unreadable is not None:
            raise unreadable
        if self._call is None:
            raise RuntimeError("Cannot predict: the predictor is not constructed")
        return self._call, len(payload)

    def _arguments(self, payload: Any, batch_id: str) -> tuple[Any, str]:
        if self._class is None or self._class.unit == "batch":
            return payload, batch_id
        return payload[0], predictor.item_id(payload[0], batch_id)

    def _reply(self, seq: int, value: Any, sizes: tuple[int, float]) -> None:
        item_count, seconds = sizes
        try:
            if self._class is not None and self._class.unit == "item":
                value = [value]
            mode, lines, warning = encode_answer(value, item_count, self._spec.get("output"))
        except _ORDERS:
            raise
        except BaseException as error:
            self._fail(seq, error)
            return
        if warning:
            log_line(f"warning: {warning}")
        self._writer.output(seq, mode, seconds * 1e6, lines)

    def _fail(self, seq: int, error: BaseException) -> None:
        self._writer.json(frames.ERROR, {"seq": seq, **describe(error, "predictor_error")})


def _is_call(request: Request) -> bool:
    return request[0] == frames.PREDICT
