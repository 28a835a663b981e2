"""What each writer yields: the name of a file, and what writes it."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Tuple

Files = Iterator[Tuple[str, Callable[[str], Any]]]
