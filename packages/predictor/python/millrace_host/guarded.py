"""Calls user code that must neither fail nor hang, such as an exception's `__str__`."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Callable, Iterator, TypeVar

Result = TypeVar("Result")

_LIMIT_SECONDS = 5.0


class TimeLimitError(BaseException):
    """Not an Exception, so that fewer handlers in the user's code catch it."""


def attempt(work: Callable[[], Result], otherwise: Callable[[BaseException], Result]) -> Result:
    """Return the result of work or, if it raises or takes 5 s, the result of otherwise."""
    try:
        with _time_limit():
            return work()
    except BaseException as failure:
        return otherwise(failure)


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Interrupt long-running code by a signal: nothing else reaches a loop in the same thread."""
    before = signal.getsignal(signal.SIGALRM) if hasattr(signal, "SIGALRM") else None
    # A handler that was not installed by Python could not be restored.
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGALRM, _interrupt)
    timer = signal.setitimer(signal.ITIMER_REAL, _LIMIT_SECONDS)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, *timer)
        finally:
            signal.signal(signal.SIGALRM, before)


def _interrupt(_number: int, _frame: object) -> None:
    raise TimeLimitError(f"it took more than {_LIMIT_SECONDS:g} s")
