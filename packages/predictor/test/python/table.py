"""Compares what the host makes of outputs with tables of expected texts."""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from millrace_host.frames import MODE_BATCH, MODE_ITEMS
from millrace_host.json_text import InvalidOutputError
from millrace_host.output import encode_output


class Case(NamedTuple):
    """An output and what becomes of it.

    A list of texts is a text per item, a text is the whole batch's, a pattern is found in the
    error.
    """

    name: str
    make: Callable[[], Any]
    expected: str | list[str] | re.Pattern[str]
    items: int = 1
    nan: str = "error"
    warning: str | None = None


def value(name: str, make: Callable[[], Any], text: str, **options: Any) -> Case:
    """Return the case of one item whose output is the value."""
    return Case(name, lambda: [make()], [text], **options)


def refused(name: str, make: Callable[[], Any], pattern: str, **options: Any) -> Case:
    """Return the case of an item that is refused."""
    return Case(name, lambda: [make()], re.compile(pattern), **options)


def run(cases: list[Case]) -> None:
    """Print the count of cases, and what each wrong one gave."""
    wrong: dict[str, Any] = {}
    for case in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, warning = _outcome(case)
        if isinstance(case.expected, re.Pattern):
            is_right = isinstance(found, InvalidOutputError) and case.expected.search(str(found))
        else:
            is_right = found == case.expected and (warning or "").startswith(case.warning or "")
            is_right = is_right and (warning is None) == (case.warning is None)
        if not is_right:
            wrong[case.name] = {
                "found": repr(found),
                "expected": repr(case.expected),
                "warning": warning,
            }
    print(json.dumps({"count": len({case.name for case in cases}), "wrong": wrong}))


def _outcome(case: Case) -> tuple[Any, str | None]:
    try:
        mode, lines, warning = encode_output(case.make(), case.items, {"nan": case.nan})
    except Exception as error:
        return error, None
    text = lines.decode()
    for line in text.split("\n"):
        json.loads(line, parse_constant=lambda token: 1 / 0)  # really is JSON
    return {MODE_ITEMS: text.split("\n"), MODE_BATCH: text}.get(mode), warning
