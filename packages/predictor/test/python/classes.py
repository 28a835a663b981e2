"""Classes for the tables of outputs, and what makes odd values of them."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import types


@dataclasses.dataclass
class Box:
    """A dataclass with a part that JSON does not have."""

    label: str
    at: object = None


class Color(enum.Enum):
    RED = "red"
    PAIR = (1, dt.date(2024, 2, 29))


class Level(enum.IntEnum):
    LOW = 1


class Named(collections.namedtuple("Named", "a b")):
    pass


class Raises:
    def tolist(self):
        raise RuntimeError("the device is gone\nwith details")


class ReturnsItself:
    def tolist(self):
        return self


class ReturnsNew:
    def tolist(self):
        return ReturnsNew()


class NoMemory:
    def tolist(self):
        raise MemoryError


class AnyAttribute:
    def __getattr__(self, name):
        return AnyAttribute()


class Attrs:
    __attrs_attrs__ = (types.SimpleNamespace(name="a"), types.SimpleNamespace(name="b"))
    a, b = 1, {2}


class Struct:
    __struct_fields__ = ("x",)
    x = b"x"


class Arrow:
    def as_py(self):
        return dt.date(2024, 1, 2)


class Mapped(collections.UserDict):
    pass


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


def nested_objects(depth: int) -> Box:
    box = Box("end")
    for _ in range(depth):
        box = Box("x", [box])
    return box


def holds_itself() -> Box:
    box = Box("x")
    box.at = {"in": [box]}
    return box
