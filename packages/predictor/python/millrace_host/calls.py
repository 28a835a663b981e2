"""Runs the predictor's stages for each call, and answers it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable

from millrace_host import frames
from millrace_host.admission import Admission
from millrace_host.call import Call, failure
from millrace_host.inbox import Inbox
from millrace_host.predictor import LoadedClass, item_id
from millrace_host.streams import log_line, mark_batch
from millrace_host.told import ToldError, last_words

# Thread pools are imported where a predictor needs them: that takes as long as all else.
if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from millrace_host.stage_process import StageProcesses

# Two writes would cost too much for a very short predict: a batch is marked in the log only if the
# one before took at least this long.
_MARK_FROM_SECONDS = 0.001
# Requests to exit; every other exception only fails the call in which it was raised.
ORDERS = (SystemExit, KeyboardInterrupt)


class Calls:
    """Calls of one predictor: predict in the main thread, in threads or in an event loop.

    preprocess and postprocess run in threads of their own; predict gets a call when it is
    preprocessed. What ends the process is raised in the main thread, through the inbox.
    """

    def __init__(
        self,
        loaded: LoadedClass,
        predictor: Any,
        *,
        writer: frames.FrameWriter,
        inbox: Inbox,
        spec: dict[str, Any],
    ) -> None:
        self._writer = writer
        self._inbox = inbox
        self._rules = spec.get("output")
        self._unit = loaded.unit
        self._predict = loaded.function(predictor, loaded.call_name)
        self._preprocess = loaded.function(predictor, "preprocess")
        self._postprocess = loaded.function(predictor, "postprocess")
        self._processes: StageProcesses | None = None
        self._admission: Admission | None = None
        self._ahead, self._behind, self._threads = None, None, None
        # The call that is being answered here, or that ends the process, in an error frame.
        self.answering: dict[str, Any] = {}
        flow = loaded.flow(spec)
        # Where several calls run at once, a mark would claim the others' lines too.
        self._may_mark = self._marks_batch = flow.in_flight == 1
        if flow.is_staged:
            ahead = self._start_preprocess if self._preprocess else self._start_predict
            self._admission = Admission(flow.in_flight, ahead)
        if self._preprocess and flow.preprocess_mode == "process":
            from millrace_host.stage_process import StageProcesses

            # Before there are threads of the host that a fork would lose.
            self._processes = StageProcesses(self._preprocess, flow.preprocess_workers)
        if self._preprocess:
            self._ahead = _threads(flow.preprocess_workers, "preprocess")
        if self._postprocess:
            self._behind = _threads(1, "postprocess")
        if not loaded.is_async and flow.concurrency > 1:
            self._threads = _threads(flow.concurrency, loaded.call_name)

    @property
    def parses(self) -> bool:
        """False when the payload is parsed by another process."""
        return self._processes is None

    def receive(self, call: Call) -> None:
        """Take a call from the thread that reads frames."""
        if self._admission is None:
            self._start_predict(call)
        else:
            self._admission.add(call)

    def answer(self, call: Call) -> None:
        """Predict in this thread, or have another one do it."""
        if self._threads is None:
            self._answer_here(call)
        else:
            self._threads.submit(self._in_thread, self._predict_now, call)

    async def answer_async(self, call: Call) -> None:
        try:
            arguments = self._begin(call)
            started = time.perf_counter()
            value = await self._predict(*arguments)
            self._predicted(call, value, time.perf_counter() - started)
        except ORDERS:
            self.answering = {"seq": call.seq}
            raise
        except BaseException as error:
            self._fail(call, error, frames.PREDICTING)

    def end(self) -> None:
        """Start nothing more."""
        for threads in (self._ahead, self._threads, self._behind):
            if threads is not None:
                threads.shutdown(wait=False, cancel_futures=True)
        if self._processes is not None:
            self._processes.end()

    def _start_predict(self, call: Call) -> None:
        self._inbox.put((frames.PREDICT, call))

    def _start_preprocess(self, call: Call) -> None:
        self._ahead.submit(self._in_thread, self._preprocess_now, call)

    def _in_thread(self, work: Callable[[Call], None], call: Call) -> None:
        try:
            work(call)
        except BaseException as order:
            # Said at once, since the main thread, which ends the process, may be busy for long.
            self._writer.last(frames.ERROR, last_words(order, {"seq": call.seq}))
            self._inbox.put(order)

    def _preprocess_now(self, call: Call) -> None:
        self._writer.stage(call.seq, frames.PREPROCESS)
        try:
            if self._processes is not None:
                self._processes.run(call)
            else:
                call.start()
                started = time.perf_counter()
                value = self._preprocess(call.value, call.batch_id)
                call.seconds[frames.PREPROCESS] = time.perf_counter() - started
                call.pass_on(value, frames.PREPROCESS)
        except ORDERS:
            raise
        except BaseException as error:
            self._fail(call, error, frames.PREPROCESS)
            return
        if call.is_over:
            self._reply(call)
        else:
            self._writer.stage(call.seq, frames.BETWEEN_STAGES)
            self._start_predict(call)

    def _answer_here(self, call: Call) -> None:
        self.answering = {"seq": call.seq}
        self._predict_now(call)
        self.answering = {}

    def _predict_now(self, call: Call) -> None:
        try:
            arguments = self._begin(call)
            marks = self._marks_batch
            if marks:
                mark_batch(call.batch_id)
            started = time.perf_counter()
            try:
                value = self._predict(*arguments)
            finally:
                seconds = time.perf_counter() - started
                self._marks_batch = self._may_mark and seconds >= _MARK_FROM_SECONDS
                if marks:
                    mark_batch("")
            self._predicted(call, value, seconds)
        except ORDERS:
            raise
        except BaseException as error:
            self._fail(call, error, frames.PREDICTING)

    def _begin(self, call: Call) -> tuple[Any, str]:
        """Return predict's arguments."""
        if self._admission is not None:
            self._writer.stage(call.seq, frames.PREDICTING)
        if self._preprocess is None:
            call.start()
        if self._unit == "batch":
            return call.value, call.batch_id
        item = call.value[0]
        return item, item_id(item, call.batch_id)

    def _predicted(self, call: Call, value: Any, seconds: float) -> None:
        call.seconds[frames.PREDICTING] = seconds
        if self._behind is None:
            call.value = [value] if self._unit == "item" else value
            self._reply(call)
            return
        call.pass_on(value, frames.PREDICTING)
        if call.is_over:
            self._reply(call)
            return
        self._writer.stage(call.seq, frames.BETWEEN_STAGES)
        self._behind.submit(self._in_thread, self._postprocess_now, call)

    def _postprocess_now(self, call: Call) -> None:
        self._writer.stage(call.seq, frames.POSTPROCESS)
        try:
            started = time.perf_counter()
            call.value = self._postprocess(call.value, call.batch_id)
            call.seconds[frames.POSTPROCESS] = time.perf_counter() - started
        except ORDERS:
            raise
        except BaseException as error:
            self._fail(call, error, frames.POSTPROCESS)
            return
        self._reply(call)

    def _reply(self, call: Call) -> None:
        try:
            mode, lines, warning = call.encode(self._rules)
        except ORDERS:
            raise
        except BaseException as error:
            self._fail(call, error, frames.PREDICTING)
            return
        if warning:
            log_line(f"warning: {warning}")
        self._writer.output(call.seq, mode, [1e6 * seconds for seconds in call.seconds], lines)
        self._answered()

    def _fail(self, call: Call, error: BaseException, stage: int) -> None:
        # Not isinstance, which asks the exception itself.
        is_told = type(error) is ToldError
        told = error.told if is_told else failure(error, "predictor_error", stage)
        self._writer.json(frames.ERROR, {"seq": call.seq, **told})
        self._answered()

    def _answered(self) -> None:
        if self._admission is not None:
            self._admission.answered()


def _threads(count: int, name: str) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count, name)
