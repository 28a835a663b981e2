"""Exceptions that are described already, since they were raised in another process."""

from __future__ import annotations

from typing import Any


class ToldError(Exception):
    """An exception that fails its call."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told.get("message"))
        self.told = told


class ToldExit(SystemExit):
    """The end of a stage's process, which is the end of the predictor."""

    def __init__(self, exit_code: int, told: dict[str, Any]) -> None:
        super().__init__(exit_code)
        self.told = told
