"""Random values, and the odd ones of each kind."""

from __future__ import annotations

import decimal
import random
from typing import Any, Callable

ROWS = 50


TEXTS = [
    "",
    "a",
    "ünïcödé",
    "\U0001f600",
    "\ufeffmark",
    'quote " and \\',
    "line\nbreak",
    "\x00",
    "x" * 300,
    "\u2028",
]


random_ = random.Random(20261129)


def with_nulls(values: list[Any], share: float) -> list[Any]:
    return [None if random_.random() < share else value for value in values]


def some(make: Callable[[], Any], rows: int = ROWS) -> list[Any]:
    return [make() for _ in range(rows)]


def integers(bits: int, signed: bool) -> list[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = [low, high, 0, 1, low + 1, high - 1] + ([-1] if signed else [])
    return (edges + some(lambda: random_.randint(low, high)))[:ROWS]


def floats() -> list[float]:
    edges = [0.0, -0.0, 1.0, -1.5, 0.1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, float("nan")]
    edges += [float("inf"), float("-inf"), 1e16, 123456789012345680.0]
    return (edges + some(lambda: random_.uniform(-1e6, 1e6)))[:ROWS]


def decimals(precision: int, scale: int) -> list[decimal.Decimal]:
    most = 10**precision - 1
    with decimal.localcontext() as context:
        context.prec = 80
        edges = [0, 1, -1, most, -most, most // 2]
        values = edges + some(lambda: random_.randint(-most, most))
        return [decimal.Decimal(value).scaleb(-scale, context) for value in values][:ROWS]


def whole(bits: int = 63) -> list[int]:
    return some(lambda: random_.randint(-(2**bits), 2**bits - 1))


def texts() -> list[str]:
    return (TEXTS + some(lambda: "".join(random_.choices('abc é😀"', k=random_.randint(0, 12)))))[
        :ROWS
    ]


def blobs(size: int | None = None) -> list[bytes]:
    return some(lambda: random_.randbytes(size if size is not None else random_.randint(0, 12)))
