"""Exceptions that are described already, and the last words of a process."""

from __future__ import annotations

from typing import Any

from millrace_host.errors import describe, exit_code


class ToldError(Exception):
    """An exception of another process that fails its call."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told.get("message"))
        self.told = told


class ToldExit(SystemExit):
    """The end of a stage's process, which is the end of the predictor."""

    def __init__(self, exit_code: int, told: dict[str, Any]) -> None:
        super().__init__(exit_code)
        self.told = told


def last_words(error: BaseException, asked: dict[str, Any]) -> dict[str, Any]:
    """Return an error frame for an exception that ends the process, and what it was asked."""
    # Not isinstance, which asks the exception itself.
    is_told = type(error) is ToldExit
    told = error.told if is_told else describe(error, "predictor_crashed")
    return {**asked, **told, "exit_code": exit_code(error)}
