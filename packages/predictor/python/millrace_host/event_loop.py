"""Runs the calls of a predictor with `async def` methods, several at once, in one event loop."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from typing import Any, Awaitable, Callable

from millrace_host.inbox import Empty, Inbox, Request
from millrace_host.streams import log_line

_BLOCKED_SECONDS = 5.0


class EventLoop:
    """The main thread's event loop. It runs only while there are calls to answer.

    Between them the main thread has no running loop, so that constructors and hooks may use
    asyncio.run themselves.
    """

    def __init__(self, inbox: Inbox, concurrency: int) -> None:
        self._inbox = inbox
        self._concurrency = concurrency
        self._loop = asyncio.new_event_loop()
        self._turned_at = time.monotonic()
        asyncio.set_event_loop(self._loop)

    def run(self, work: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(work)

    def serve(
        self,
        first: Request,
        answer: Callable[[Any], Awaitable[None]],
        is_call: Callable[[Request], bool],
    ) -> Request | None:
        """Answer calls until something else is asked for, which is returned."""
        return self.run(self._serve(first, answer, is_call))

    def close(self) -> None:
        """End what still runs, as asyncio.run does."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run(asyncio.gather(*tasks, return_exceptions=True))
        self.run(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self, first, answer, is_call) -> Request | None:
        added = asyncio.Event()
        loop = self._loop
        self._inbox.on_put(lambda: loop.call_soon_threadsafe(added.set))
        watch = loop.create_task(self._watch())
        free = asyncio.Semaphore(self._concurrency)
        running: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            free.release()

        try:
            request: Request | None = first
            while request is not None and is_call(request):
                await free.acquire()
                task = loop.create_task(answer(request[1]))
                running.add(task)
                task.add_done_callback(ended)
                request = await self._next(added)
            if running:
                await asyncio.wait(running)
            return request
        finally:
            self._inbox.on_put(None)
            watch.cancel()

    async def _next(self, added: asyncio.Event) -> Request | None:
        while True:
            added.clear()
            try:
                return self._inbox.poll()
            except Empty:
                await added.wait()

    async def _watch(self) -> None:
        """Have a thread look whether the loop still turns, for as long as it should."""
        self._turned_at = time.monotonic()
        over = threading.Event()
        main = threading.get_ident()
        thread = threading.Thread(
            target=self._tell_blocked, args=(over, main), name="event loop watch", daemon=True
        )
        thread.start()
        try:
            while True:
                self._turned_at = time.monotonic()
                await asyncio.sleep(_BLOCKED_SECONDS / 10)
        finally:
            over.set()

    def _tell_blocked(self, over: threading.Event, main: int) -> None:
        while not over.wait(_BLOCKED_SECONDS / 5):
            turned_at = self._turned_at
            if time.monotonic() - turned_at < _BLOCKED_SECONDS:
                continue
            frame = sys._current_frames().get(main)
            stack = "".join(traceback.format_stack(frame)) if frame else ""
            log_line(
                f"warning: the predictor has blocked its event loop for {_BLOCKED_SECONDS:g} s, so "
                "its other calls wait; await what takes long, or use asyncio.to_thread. It is at\n"
                f"{stack}"
            )
            while not over.wait(_BLOCKED_SECONDS / 5) and self._turned_at == turned_at:
                pass
