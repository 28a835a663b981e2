"""Values of Python itself, and of classes that need no package."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import ipaddress
import math
import pathlib
import re
import sys
import types
import uuid

from classes import (
    AnyAttribute,
    Arrow,
    Attrs,
    Box,
    Color,
    Level,
    Mapped,
    Named,
    NoMemory,
    Raises,
    ReturnsItself,
    ReturnsNew,
    Struct,
    holds_itself,
    nested_objects,
    released,
)
from table import Case, refused, run, value

NAN, INF = math.nan, math.inf
UTC = dt.timezone.utc
Decimal = decimal.Decimal


VALUES = [
    value("datetime", lambda: dt.datetime(2024, 2, 29, 12, 34, 56), '"2024-02-29T12:34:56"'),
    value("datetime us", lambda: dt.datetime(1, 1, 1, 0, 0, 0, 5), '"0001-01-01T00:00:00.000005"'),
    value(
        "datetime utc", lambda: dt.datetime(2024, 1, 1, tzinfo=UTC), '"2024-01-01T00:00:00+00:00"'
    ),
    value("date", lambda: dt.date(2024, 2, 29), '"2024-02-29"'),
    value("time", lambda: dt.time(12, 34, 56, 789000), '"12:34:56.789000"'),
    value("timedelta", lambda: dt.timedelta(1, 7384, 500_000), '"P1DT2H3M4.5S"'),
    value("timedelta 0", lambda: dt.timedelta(0), '"PT0S"'),
    value("timedelta -1us", lambda: dt.timedelta(microseconds=-1), '"-PT0.000001S"'),
    value("timedelta days", lambda: dt.timedelta(3), '"P3D"'),
    value("timedelta 1m", lambda: dt.timedelta(minutes=61), '"PT1H1M"'),
    value("decimal", lambda: Decimal("19.90"), "19.9"),
    value(
        "decimal integer",
        lambda: Decimal("123456789012345678901234567890"),
        "123456789012345678901234567890",
    ),
    value("decimal long", lambda: Decimal("12345678901234567890.12"), '"12345678901234567890.12"'),
    value("decimal power", lambda: Decimal("1E+5"), "100000.0"),
    value("decimal huge", lambda: Decimal("1E+999999"), '"1E+999999"'),
    value("decimal -0", lambda: Decimal("-0.0"), "-0.0"),
    refused("decimal nan", lambda: {"a": Decimal("sNaN")}, r"output\[0\]\.a is nan"),
    value("decimal inf", lambda: Decimal("-Infinity"), '"-Infinity"', nan="string"),
    value("uuid", lambda: uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
    value("path", lambda: pathlib.Path("/a/b c"), '"/a/b c"'),
    value("pure path", lambda: pathlib.PureWindowsPath("a\\b"), '"a\\\\b"'),
    value(
        "ip",
        lambda: [ipaddress.ip_address("::1"), ipaddress.ip_network("10.0.0.0/8")],
        '["::1","10.0.0.0/8"]',
    ),
    value("enum", lambda: Color.RED, '"red"'),
    value("enum of parts", lambda: Color.PAIR, '[1,"2024-02-29"]'),
    value("int enum", lambda: Level.LOW, "1"),
    value(
        "bytes",
        lambda: [b"\x00\xff", bytearray(b"abc"), memoryview(b"abcdef")[::2]],
        '["AP8=","YWJj","YWNl"]',
    ),
    value("no bytes", lambda: b"", '""'),
    value("set", lambda: {3, 1, 2}, "[1,2,3]"),
    value("set of texts", lambda: frozenset("cab"), '["a","b","c"]'),
    value("set of both", lambda: {"a": {1, None}}["a"] - {1}, "[null]"),
    value("named tuple", lambda: Named(1, b"a"), '[1,"YQ=="]'),
    value(
        "dataclass",
        lambda: Box("cat", {"at": dt.date(2024, 1, 1)}),
        '{"label":"cat","at":{"at":"2024-01-01"}}',
    ),
    value(
        "dataclasses",
        lambda: [Box("a"), Box("b", Box("c"))],
        '[{"label":"a","at":null},{"label":"b","at":{"label":"c","at":null}}]',
    ),
    value("attrs", Attrs, '{"a":1,"b":[2]}'),
    value("msgspec", Struct, '{"x":"eA=="}'),
    value("scalar of arrow", Arrow, '"2024-01-02"'),
    value(
        "mappings", lambda: [Mapped(a={1}), types.MappingProxyType({"b": 2})], '[{"a":[1]},{"b":2}]'
    ),
    value("mapping with int keys", lambda: Mapped({1: "a"}), '{"1":"a"}'),
    value(
        "deque and views",
        lambda: [collections.deque([1, 2]), {"a": 1}.keys(), {"a": 2}.values()],
        '[[1,2],["a"],[2]]',
    ),
    value("array.array", lambda: array.array("d", [1.5, 2]), "[1.5,2.0]"),
    value(
        "keys",
        lambda: {dt.date(2024, 1, 1): 1, Color.RED: {uuid.UUID(int=1): {2}}, None: 3},
        '{"2024-01-01":1,"red":{"00000000-0000-0000-0000-000000000001":[2]},"null":3}',
    ),
    value("surrogate", lambda: Box("bad \ud83d end"), '{"label":"bad \\ud83d end","at":null}'),
    value(
        "deep",
        lambda: nested_objects(60),
        '{"label":"x","at":[' * 60 + '{"label":"end","at":null}' + "]}" * 60,
    ),
]

REFUSED = [
    refused(
        "object", lambda: {"a": object()}, r"output\[0\]\.a is a object, expected a JSON value$"
    ),
    refused(
        "complex", lambda: [1j], r"output\[0\]\[0\] is a complex, expected a JSON value: use \.real"
    ),
    refused("class", lambda: Box, r"output\[0\] is a type"),
    refused(
        "nan",
        lambda: Box("a", [1, NAN]),
        r"output\[0\]\.at\[1\] is nan, expected a finite number or None",
    ),
    refused("in a set", lambda: {"a": {(1, INF)}}, r"output\[0\]\.a\[0\]\[1\] is inf"),
    refused(
        "raises",
        lambda: {"v": Raises()},
        r"output\[0\]\.v is a classes\.Raises that cannot be read: RuntimeError: the .* gone$",
    ),
    refused("returns itself", ReturnsItself, r"output\[0\] is circular"),
    refused("returns a new one", ReturnsNew, r"output\[0\] is nested too deeply"),
    refused("holds itself", holds_itself, r"output\[0\]\.at\.in\[0\] is circular"),
    refused(
        "released", lambda: [released()], r"memoryview that cannot be read: ValueError: .*released"
    ),
    refused(
        "any attribute",
        AnyAttribute,
        r"output\[0\] is a classes\.AnyAttribute, expected a JSON value$",
    ),
    refused(
        "same keys", lambda: {dt.date(2024, 1, 1): 1, "2024-01-01": 2}, "has two keys that are both"
    ),
    refused(
        "same keys inside", lambda: Box("a", [{1: 1, "1": 2}]), r"output\[0\]\.at\[0\] has two keys"
    ),
    refused("odd key", lambda: {(1, 2): 1}, r"output\[0\] has a key of type tuple"),
    refused("nan key", lambda: {NAN: 1}, "has the key nan", nan="null"),
    refused(
        "too large",
        lambda: [array.array("b", bytes((1 << 26) + 1))],
        r"output\[0\]\[0\] is a array\.array that cannot be read: .*it has 67108865 values",
    ),
    refused("generator", lambda: (i for i in [1]), "return a list of what it yields"),
    refused("deep", lambda: nested_objects(3_000), "is nested too deeply"),
]

NOT_FINITE = {"null": "null,null,null", "string": '"NaN","Infinity","-Infinity"'}


def not_finite(nan: str) -> Case:
    made = {"a": [1.5, NAN, INF, -INF], "NaN": 'NaN, "Infinity" \\', "s": "-Infinity"}
    text = f'{{"a":[1.5,{NOT_FINITE[nan]}],"NaN":"NaN, \\"Infinity\\" \\\\","s":"-Infinity"}}'
    return value(f"not finite as {nan}", lambda: made, text, nan=nan)


WHOLE = [
    Case("numbers that are not finite", lambda: [1, NAN, "NaN"], ["1", "null", '"NaN"'], 3, "null"),
    Case("strings that are not finite", lambda: [NAN, -INF], ['"NaN"', '"-Infinity"'], 2, "string"),
    Case("a batch", lambda: {"a": NAN}, '{"a":null}', 2, "null"),
    Case("set as long as the items", lambda: {1, 2}, "[1,2]", 2),
    Case("views are lists", lambda: {"a": 1, "b": {2}}.values(), ["1", "[2]"], 2),
    Case("bytes as long as the items", lambda: b"ab", '"YWI="', 2),
    Case("a dataclass", lambda: Box("a", {1}), '{"label":"a","at":[1]}', 2),
    Case("dates", lambda: [dt.date(2024, 1, 1), 2], ['"2024-01-01"', "2"], 2),
    Case("decimals", lambda: [Decimal("1.5"), Decimal(2)], ["1.5", "2"], 2),
    Case("a dict of plain lists", lambda: {"a": [1, 2], "b": [3, 4]}, '{"a":[1,2],"b":[3,4]}', 2),
    Case(
        "columns",
        lambda: {"a": array.array("i", [1, 2]), "b": ["x", {3}]},
        ['{"a":1,"b":"x"}', '{"a":2,"b":[3]}'],
        2,
    ),
    Case(
        "columns and others",
        lambda: {"a": array.array("i", [1, 2]), "loss": 0.5},
        '{"a":[1,2],"loss":0.5}',
        2,
        warning="predict returned a dict of columns for 2 items, but 'loss' is no column",
    ),
    Case(
        "columns of two lengths",
        lambda: {"a": array.array("i", [1, 2]), "b": [1]},
        '{"a":[1,2],"b":[1]}',
        2,
        warning="predict returned a dict of columns for 2 items, but 'b' is of 1: it is taken",
    ),
    Case("columns of another length", lambda: {"a": array.array("i", [1])}, '{"a":[1]}', 2),
    Case(
        "an array of another length",
        lambda: array.array("i", [1]),
        "[1]",
        2,
        warning="predict returned a array.array of 1 for 2 items",
    ),
    Case("circular", ReturnsItself, re.compile("output is circular"), 2),
]


def memory_errors_pass() -> Case:
    def make() -> list[str]:
        from millrace_host.output import encode_output

        for output in ([NoMemory()], NoMemory(), {"a": {"b": NoMemory()}}):
            try:
                encode_output(output, 1)
            except MemoryError:
                continue
            return ["refused"]
        return ["raised"]

    return Case("memory errors pass", make, ['"raised"'])


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    run([*VALUES, *REFUSED, not_finite("null"), not_finite("string"), *WHOLE, memory_errors_pass()])
