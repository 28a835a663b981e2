"""Scalars and arrays of NumPy, with the types that JAX adds to it."""

from __future__ import annotations

import datetime as dt

import ml_dtypes
import numpy as np
from table import Case, refused, run, value

LIMIT = 1 << 26


def array(dtype: str, *values: object) -> np.ndarray:
    return np.array(values, dtype=dtype)


SCALARS = [
    value("float64", lambda: np.float64(0.1), "0.1"),
    value("float32", lambda: np.float32(0.1), "0.10000000149011612"),
    value("float16", lambda: np.float16(0.1), "0.0999755859375"),
    value("longdouble", lambda: np.longdouble("1.5"), "1.5"),
    value("longdouble beyond double", lambda: np.longdouble(1) / 3, f'"{np.longdouble(1) / 3!s}"'),
    value("int64", lambda: np.int64(-(2**63)), "-9223372036854775808"),
    value("uint64", lambda: np.uint64(2**64 - 1), "18446744073709551615"),
    value("bool", lambda: np.bool_(True), "true"),
    value("str", lambda: np.str_("ü"), '"ü"'),
    value("bytes", lambda: np.bytes_(b"\xff"), '"/w=="'),
    value("void", lambda: np.void(b"ab"), '"YWI="'),
    value("datetime64[D]", lambda: np.datetime64("2024-02-29"), '"2024-02-29"'),
    value(
        "datetime64[ns]",
        lambda: np.datetime64("2024-02-29T12:34:56.000000001", "ns"),
        '"2024-02-29T12:34:56.000000001"',
    ),
    value("NaT", lambda: [np.datetime64("NaT"), np.timedelta64("NaT", "s")], "[null,null]"),
    value("timedelta64[ns]", lambda: np.timedelta64(-1_500_000_001, "ns"), '"-PT1.500000001S"'),
    value("timedelta64[as]", lambda: np.timedelta64(1, "as"), '"PT0.000000000000000001S"'),
    value("timedelta64[M]", lambda: np.timedelta64(5, "M"), '"P5M"'),
    value("timedelta64[15m]", lambda: np.array(5, "m8[15m]"), '"PT1H15M"'),
    value("timedelta64 without unit", lambda: np.timedelta64(5), "5"),
    value("bfloat16", lambda: ml_dtypes.bfloat16(1.5), "1.5"),
    value("float8", lambda: ml_dtypes.float8_e4m3fn(0.5), "0.5"),
    refused("complex", lambda: np.complex64(1), r"output\[0\] is a complex"),
    refused("nan", lambda: np.float32("nan"), r"output\[0\] is nan"),
    value(
        "inf",
        lambda: {"a": np.float64("-inf"), "b": np.float32("nan")},
        '{"a":null,"b":null}',
        nan="null",
    ),
]

ARRAYS = [
    value("0 axes", lambda: np.array(1.5), "1.5"),
    value("1 axis", lambda: array("f4", 1, 2.5), "[1.0,2.5]"),
    value("2 axes", lambda: np.arange(6).reshape(2, 3), "[[0,1,2],[3,4,5]]"),
    value("4 axes", lambda: np.zeros((1, 2, 1, 1), "u1"), "[[[[0]],[[0]]]]"),
    value("empty", lambda: np.zeros((2, 0)), "[[],[]]"),
    value("view", lambda: np.arange(6)[::-2], "[5,3,1]"),
    value("float16 array", lambda: array("f2", 0.1), "[0.0999755859375]"),
    value("big-endian", lambda: array(">i4", 1, 2), "[1,2]"),
    value("bool array", lambda: array("?", 1, 0), "[true,false]"),
    value("texts", lambda: array("U3", "a", "ü"), '["a","ü"]'),
    value("strings", lambda: np.array(["a"], np.dtypes.StringDType()), '["a"]'),
    value("bytes array", lambda: array("S2", b"ab"), '["YWI="]'),
    value(
        "datetimes",
        lambda: array("M8[us]", "2024-01-01", "NaT"),
        '["2024-01-01T00:00:00.000000",null]',
    ),
    value("durations", lambda: array("m8[h]", 25, "NaT").reshape(2, 1), '[["P1DT1H"],[null]]'),
    value("longdoubles", lambda: array("g", 1.5), "[1.5]"),
    value("bfloat16 array", lambda: np.array([1.5, 2], ml_dtypes.bfloat16), "[1.5,2.0]"),
    value("int4 array", lambda: np.array([-8, 7], ml_dtypes.int4), "[-8,7]"),
    value(
        "objects",
        lambda: array("O", {"a": np.int8(1)}, dt.date(2024, 1, 1), None),
        '[{"a":1},"2024-01-01",null]',
    ),
    value("masked", lambda: np.ma.array([1, 2], mask=[0, 1]), "[1,null]"),
    value(
        "masked datetimes",
        lambda: np.ma.array(["2024-01-01"] * 2, "M8[D]", mask=[0, 1]),
        '["2024-01-01",null]',
    ),
    value("masked durations", lambda: np.ma.array([1, 2], "m8[s]", mask=[0, 1]), '["PT1S",null]'),
    value("matrix", lambda: np.matrix([[1, 2]]), "[[1,2]]"),
    value(
        "structured",
        lambda: np.array([(1, "2024-01-01", [1, 2])], "i4,M8[D],(2,)f4"),
        '[{"f0":1,"f1":"2024-01-01","f2":[1.0,2.0]}]',
    ),
    value("structured, 2 axes", lambda: np.zeros((2, 1), [("a", "i4")]), '[[{"a":0}],[{"a":0}]]'),
    value(
        "structured in itself",
        lambda: np.zeros(1, [("a", [("b", "f4"), ("c", "S1")])]),
        '[{"a":{"b":0.0,"c":""}}]',
    ),
    value(
        "record", lambda: np.rec.array([(1, 2.5)], [("a", "i4"), ("b", "f8")])[0], '{"a":1,"b":2.5}'
    ),
    value(
        "keys of NumPy",
        lambda: dict(zip(*np.unique(array("i8", 3, 3, 5), return_counts=True))),
        '{"3":2,"5":1}',
    ),
    value("flag as key", lambda: {np.bool_(True): 1}, '{"true":1}'),
    refused("same keys", lambda: {np.int64(1): 1, "1": 2}, "has two keys that are both"),
    refused("complex array", lambda: {"a": array("c8", 1, 2)}, r"output\[0\]\.a\[0\] is a complex"),
    refused(
        "nan in an array",
        lambda: {"a": np.array([[1, np.nan]])},
        r"output\[0\]\.a\[0\]\[1\] is nan",
    ),
    refused(
        "too large",
        lambda: {"a": np.broadcast_to(0.0, LIMIT + 1)},
        rf"output\[0\]\.a is a numpy\.ndarray that cannot be read: .*: it has {LIMIT + 1} values",
    ),
    refused(
        "terabytes", lambda: np.broadcast_to(0.0, (10**6, 10**6)), "it has 1000000000000 values"
    ),
    refused("holds itself", lambda: circular(), "is circular"),
]


def circular() -> np.ndarray:
    made = np.array([None, 1], dtype=object)
    made[0] = [made]
    return made


WHOLE = [
    Case(
        "an item per row", lambda: np.array([[1, 2], [3, 4]], "f4"), ["[1.0,2.0]", "[3.0,4.0]"], 2
    ),
    Case("an item per number", lambda: array("i8", 1, 2), ["1", "2"], 2),
    Case("an item per struct", lambda: np.zeros(2, [("a", "i4")]), ['{"a":0}', '{"a":0}'], 2),
    Case("a list of arrays", lambda: [array("i8", 1), np.zeros((1, 1))], ["[1]", "[[0.0]]"], 2),
    Case("a list of scalars", lambda: list(array("f4", 1, 2)), ["1.0", "2.0"], 2),
    Case(
        "a tuple of arrays as long as the items", lambda: (array("i8", 1), None), ["[1]", "null"], 2
    ),
    Case("one value", lambda: np.array(5), "5", 2),
    Case(
        "another length",
        lambda: np.zeros((3, 1)),
        "[[0.0],[0.0],[0.0]]",
        2,
        warning="predict returned a numpy.ndarray of 3 for 2 items: it is taken as the output",
    ),
    Case(
        "columns",
        lambda: {"logits": np.zeros((2, 2), "f2"), "label": ["a", "b"], "n": array("i8", 1, 2)},
        ['{"logits":[0.0,0.0],"label":"a","n":1}', '{"logits":[0.0,0.0],"label":"b","n":2}'],
        2,
    ),
    Case(
        "columns and one value",
        lambda: {"logits": np.zeros(2), "loss": np.float32(1)},
        '{"logits":[0.0,0.0],"loss":1.0}',
        2,
        warning="predict returned a dict of columns",
    ),
    Case(
        "columns with nan",
        lambda: {"a": array("f8", 1, np.nan)},
        ['{"a":1.0}', '{"a":"NaN"}'],
        2,
        "string",
    ),
    Case("no column", lambda: {"a": np.zeros(()), "b": np.float32(1)}, '{"a":0.0,"b":1.0}', 2),
]

if __name__ == "__main__":
    run([*SCALARS, *ARRAYS, *WHOLE])
