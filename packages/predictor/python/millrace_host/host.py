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
from millrace_host.call import Call
from millrace_host.calls import ORDERS, Calls
from millrace_host.errors import describe
from millrace_host.inbox import Inbox, Request
from millrace_host.streams import flush_prints, take_over
from millrace_host.told import last_words

# asyncio is imported where a predictor needs it: that takes as long as all else.
if TYPE_CHECKING:
    from millrace_host.event_loop import EventLoop

# Time for the predictor to finish its work once the worker is gone, and then to exit. Needed on
# systems without a signal when the parent dies. A running worker ends it sooner.
_WORK_GRACE_SECONDS = 10
_END_GRACE_SECONDS = 60


def run() -> None:
    """Serve until the input ends. Reports an exception that ends the process, then raises it."""
    stream, writer = take_over()
    inbox = Inbox()
    host = Host(writer, inbox)
    input_ended, work_ended = threading.Event(), threading.Event()
    reader = threading.Thread(
        target=_read_to_end,
        args=(stream, host, (input_ended, work_ended)),
        name="frames",
        daemon=True,
    )
    reader.start()
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
    stream: BinaryIO, host: Host, ended: tuple[threading.Event, threading.Event]
) -> None:
    _read_ahead(stream, host)
    input_ended, work_ended = ended
    input_ended.set()
    host.receive(None)
    if work_ended.wait(_WORK_GRACE_SECONDS):
        time.sleep(_END_GRACE_SECONDS)
    os._exit(0)


def _read_ahead(stream: BinaryIO, host: Host) -> None:
    """Parse here, so that it overlaps with a predict that releases the interpreter's lock."""
    try:
        while True:
            frame = frames.read_frame(stream)
            if frame is None:
                return
            host.receive(frame)
    except BaseException:  # no memory for the frame
        traceback.print_exc()
        os._exit(1)


class Host:
    """Loads and constructs the predictor; then its calls are answered."""

    def __init__(self, writer: frames.FrameWriter, inbox: Inbox) -> None:
        self._writer = writer
        self._inbox = inbox
        self._spec: dict[str, Any] = {}
        self._class: predictor.LoadedClass | None = None
        self._predictor: Any = None
        self._calls: Calls | None = None
        self._loop: EventLoop | None = None
        # The request being answered, in the fields of an error frame.
        self._answering: dict[str, Any] = {}

    def receive(self, frame: tuple[int, bytes] | None) -> None:
        """Take a frame from the thread that reads them; None: there will be no more."""
        if frame is None or frame[0] != frames.PREDICT:
            self._inbox.put(frame)
        elif self._calls is None:
            raise RuntimeError("Cannot predict: the predictor is not constructed")
        else:
            self._calls.receive(Call.read(frame[1], parsed=self._calls.parses))

    def answer(self, request: Request) -> Request | None:
        """Answer a request, and return the next one; None when there will be no more."""
        kind, body = request
        if kind == frames.PREDICT and self._calls is not None:
            if self._loop is not None:
                return self._loop.serve(request, self._calls.answer_async, _is_call)
            self._calls.answer(body)
        elif kind == frames.LOAD:
            self._answer_phase("load", "predictor_not_loadable", lambda: self._load(body))
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
        if self._calls is not None:
            self._calls.end()
        if self._loop is not None:
            self._loop.close()

    def tell_leaving(self, error: BaseException) -> None:
        """Report an exception that ends the process, so that the worker stops waiting."""
        flush_prints()
        call = self._calls.answering if self._calls is not None else {}
        self._writer.last(frames.ERROR, last_words(error, {**self._answering, **call}))
        if self._calls is not None:
            # The interpreter waits for its threads, and they for their processes.
            self._calls.end()

    def forget(self) -> None:
        self._class = self._predictor = self._calls = None

    def _answer_phase(self, phase: str, code: str, work: Callable[[], None]) -> None:
        self._answering = {"phase": phase}
        try:
            work()
        except ORDERS:
            raise
        except BaseException as error:
            self._writer.json(frames.ERROR, {"phase": phase, **describe(error, code)})

    def _load(self, body: bytes) -> None:
        spec = self._spec = json.loads(body)
        self._class = predictor.load(
            spec["project_dir"], spec["path"], spec.get("python_path") or "."
        )
        self._writer.json(frames.LOADED, self._class.found(spec))

    def _construct(self) -> None:
        if self._class is None:
            raise RuntimeError("Cannot construct the predictor: nothing is loaded")
        self._predictor = self._class.construct(self._spec["config"], self._spec["job_spec"])
        self._calls = Calls(
            self._class,
            self._predictor,
            writer=self._writer,
            inbox=self._inbox,
            spec=self._spec,
        )
        found = self._class.found(self._spec)
        if self._class.is_async:
            from millrace_host.event_loop import EventLoop

            self._loop = EventLoop(self._inbox, found["concurrency"])
        self._writer.json(frames.READY, found)

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


def _is_call(request: Request) -> bool:
    return request[0] == frames.PREDICT
