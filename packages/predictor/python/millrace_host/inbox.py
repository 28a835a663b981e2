"""The requests that wait to be answered."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import Any, Callable

Request = tuple


class Inbox:
    """A queue between the thread that reads frames and the one that answers them."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[Request | BaseException | None] = SimpleQueue()
        self._wake: Callable[[], Any] | None = None

    def put(self, request: Request | BaseException | None) -> None:
        """Add a request, an exception that ends the process, or None: there will be no more."""
        self._requests.put(request)
        wake = self._wake  # another thread may take it back
        if wake is not None:
            wake()

    def get(self) -> Request | None:
        """Wait for the next request; None when there will be no more."""
        return self._opened(self._requests.get())

    def poll(self) -> Request | None:
        """Return the next request. Raises Empty when there is none yet."""
        return self._opened(self._requests.get_nowait())

    def on_put(self, wake: Callable[[], Any] | None) -> None:
        """Call this whenever something was added, from the thread that added it."""
        self._wake = wake

    @staticmethod
    def _opened(request: Request | BaseException | None) -> Request | None:
        if isinstance(request, BaseException):
            raise request
        return request


__all__ = ["Empty", "Inbox", "Request"]
