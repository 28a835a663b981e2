"""Models of pydantic 2, and of its version 1."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import pathlib
import typing
import uuid

import numpy as np
import pydantic
import pydantic.v1
from pydantic.dataclasses import dataclass
from table import Case, refused, run, value


class Color(enum.Enum):
    RED = "red"


class Box(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    label: str
    at: dt.datetime | None = None
    scores: typing.Any = None
    price: decimal.Decimal = decimal.Decimal("1.50")
    id: uuid.UUID = uuid.UUID(int=1)
    color: Color = Color.RED
    file: pathlib.Path = pathlib.Path("a")
    inner: Box | None = None


class Link(pydantic.BaseModel):
    url: pydantic.AnyUrl
    page: pydantic.HttpUrl


class Secret(pydantic.BaseModel):
    key: pydantic.SecretStr


class Numbers(pydantic.RootModel[typing.List[int]]):
    pass


class Counts(pydantic.BaseModel):
    counts: dict[int, float]
    left_out: int = pydantic.Field(default=1, exclude=True)


class Old(pydantic.v1.BaseModel):
    at: dt.date
    parts: list[Old] = []


Old.update_forward_refs()


@dataclass
class Checked:
    when: dt.date


TAIL = '"price":1.5,"id":"00000000-0000-0000-0000-000000000001","color":"red","file":"a","inner":'
BOX = '{"label":"a","at":null,"scores":null,' + TAIL + "null}"

CASES = [
    value("model", lambda: Box(label="a"), BOX),
    value(
        "model with an array",
        lambda: Box(label="a", scores=np.zeros(2), at=dt.datetime(2024, 1, 1)),
        '{"label":"a","at":"2024-01-01T00:00:00","scores":[0.0,0.0],' + TAIL + "null}",
    ),
    value(
        "model in a model",
        lambda: {"m": [Box(label="a", inner=Box(label="a"))]},
        '{"m":[{"label":"a","at":null,"scores":null,' + TAIL + BOX + "}]}",
    ),
    value(
        "urls",
        lambda: Link(url="http://a.b", page="https://c.d/e"),
        '{"url":"http://a.b/","page":"https://c.d/e"}',
    ),
    value("keys that are numbers", lambda: Counts(counts={1: 0.5}), '{"counts":{"1":0.5}}'),
    value(
        "model of version 1",
        lambda: Old(at="2024-01-01", parts=[Old(at="2024-01-02")]),
        '{"at":"2024-01-01","parts":[{"at":"2024-01-02","parts":[]}]}',
    ),
    value("dataclass", lambda: Checked("2024-01-01"), '{"when":"2024-01-01"}'),
    refused("nan", lambda: Counts(counts={1: float("nan")}), r"output\[0\]\.counts\[1\] is nan"),
    value(
        "nan as null", lambda: Counts(counts={1: float("nan")}), '{"counts":{"1":null}}', nan="null"
    ),
    refused(
        "secret",
        lambda: Secret(key="x"),
        r"output\[0\]\.key is a pydantic\.types\.SecretStr, expected a JSON value$",
    ),
    refused("class", lambda: Box, r"output\[0\] is a "),
    Case("models", lambda: [Box(label="a"), Numbers([1])], [BOX, "[1]"], 2),
    Case("a root model of a list", lambda: Numbers([1, 2]), ["1", "2"], 2),
    Case("a model for the batch", lambda: Box(label="a"), BOX, 2),
]

if __name__ == "__main__":
    run(CASES)
