"""Lets calls into the stages in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from typing import Callable

from millrace_host.call import Call


class Admission:
    """Starts as many calls as may be in the stages at once; the worker counts them the same way."""

    def __init__(self, limit: int, start: Callable[[Call], None]) -> None:
        self._limit = limit
        self._start = start
        self._started = 0
        self._waiting: deque[Call] = deque()
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._waiting.append(call)
            self._fill()

    def answered(self) -> None:
        """Start the next call in the place of one that was answered."""
        with self._lock:
            self._started -= 1
            self._fill()

    def _fill(self) -> None:
        while self._waiting and self._started < self._limit:
            self._started += 1
            self._start(self._waiting.popleft())
