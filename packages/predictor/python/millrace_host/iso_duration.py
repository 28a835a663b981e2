"""Durations as ISO 8601 texts, in the form that Parquet's durations have."""

from __future__ import annotations

from typing import Any

_DIGITS = 18  # of the fraction of a second; attoseconds are NumPy's smallest unit
_SECOND = 10**_DIGITS
_UNITS = {
    "W": 7 * 86_400 * _SECOND,
    "D": 86_400 * _SECOND,
    "h": 3_600 * _SECOND,
    "m": 60 * _SECOND,
    "s": _SECOND,
    "ms": 10**15,
    "us": 10**12,
    "ns": 10**9,
    "ps": 10**6,
    "fs": 10**3,
    "as": 1,
}


def timedelta_text(delta: Any) -> str:
    """Return the text of a timedelta; that of pandas also has nanoseconds."""
    microseconds = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    return duration_text(microseconds * 1_000 + getattr(delta, "nanoseconds", 0), "ns")


def duration_text(count: int, unit: str) -> str:
    """Return a duration in a unit of NumPy as text, such as `P1DT2H0.5S`; zero is `PT0S`."""
    sign = "-" if count < 0 else ""
    count = abs(count)
    if unit in ("Y", "M"):  # their length in days is not fixed
        return f"{sign}P{count}{unit}"
    seconds, rest = divmod(count * _UNITS[unit], _SECOND)
    fraction = f".{rest:0{_DIGITS}d}".rstrip("0") if rest else ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    day = f"{days}D" if days else ""
    time = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "")
    if second or fraction:
        time += f"{second}{fraction}S"
    return f"{sign}P{day}{time and 'T' + time}" if day or time else "PT0S"
