"""The text of a traceback, even if the standard library's module `traceback` fails."""

from __future__ import annotations

import builtins
import itertools
import traceback
from types import TracebackType
from typing import Iterator

from millrace_host.guarded import attempt

# With more exceptions than this in a chain or in groups, only the plain text is built: the standard
# library takes minutes for very long chains, and is recursive up to Python 3.9.
_MAX_LINKED = 1000
_MAX_PLAIN_LINKED = 10
_MAX_PLAIN_FRAMES = 200
_MAX_MESSAGE_CHARS = 1024 * 1024
_GROUP = getattr(builtins, "BaseExceptionGroup", None)  # since Python 3.11


def type_name(kind: type) -> str:
    """Return the class's name, even if its metaclass overrides it."""
    return type.__dict__["__qualname__"].__get__(kind)


def format_traceback(error: BaseException, message: str, trace: TracebackType | None) -> str:
    """Return the traceback with its causes; trace is the exception's own, without host frames."""

    def whole() -> str:
        return "".join(traceback.format_exception(type(error), error, trace)).rstrip()

    if len(message) <= _MAX_MESSAGE_CHARS and _is_small(error):
        # It may fail: https://github.com/python/cpython/issues/129605 (3.13), 113358 (3.11).
        text = attempt(whole, lambda _: "")
        if text:
            return text
    return _plain(error, message, trace)


def linked(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, those that led to it, and those in its groups."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [
            other
            for other in (
                BaseException.__context__.__get__(one),
                BaseException.__cause__.__get__(one),
            )
            if other is not None
        ]
        if _GROUP is not None and issubclass(type(one), _GROUP):
            waiting += _GROUP.exceptions.__get__(one)


def _is_small(error: BaseException) -> bool:
    return next(itertools.islice(linked(error), _MAX_LINKED, None), None) is None


def _plain(error: BaseException, message: str, trace: TracebackType | None) -> str:
    """Return frames, class and message of the last exceptions in the chain, oldest first."""
    parts = [_plain_one(error, message, trace)]
    for position, (link, text) in enumerate(_links(error)):
        if position == _MAX_PLAIN_LINKED:
            parts.append("… further causes left out …\n")
            break
        shown = attempt(lambda link=link: "".join((str(link),)), lambda _: "<it cannot be shown>")
        own = BaseException.__traceback__.__get__(link)
        parts.append(f"{_plain_one(link, shown[:_MAX_MESSAGE_CHARS], own)}\n{text}\n")
    return "\n".join(reversed(parts))


def _links(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    """Yield the exceptions that led to this one, each with Python's text for the link."""
    seen = {id(error)}
    while True:
        cause = BaseException.__cause__.__get__(error)
        context = BaseException.__context__.__get__(error)
        if cause is not None:
            error, text = cause, "The above exception was the direct cause of the following:"
        elif context is not None and not BaseException.__suppress_context__.__get__(error):
            error, text = context, "During handling of the above exception, another occurred:"
        else:
            return
        if id(error) in seen:
            return
        seen.add(id(error))
        yield error, text


def _plain_one(error: BaseException, message: str, trace: TracebackType | None) -> str:
    last = f"{type_name(type(error))}: {message[:_MAX_MESSAGE_CHARS]}"
    if trace is None:
        return last
    frames = attempt(
        lambda: "".join(traceback.format_tb(trace, limit=-_MAX_PLAIN_FRAMES)),
        lambda _: _bare_frames(trace),
    )
    return f"Traceback (most recent call last):\n{frames}{last}"


def _bare_frames(trace: TracebackType | None) -> str:
    """Return the frames without source lines, since user code is involved in reading those."""
    lines: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}\n')
        trace = trace.tb_next
    return "".join(lines[-_MAX_PLAIN_FRAMES:])
