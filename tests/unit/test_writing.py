"""Answers that are written quickly: the same bytes as the models' own serializer makes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, computed_field

from intakegateway.api.writing import writer
from intakegateway.model.run import Status
from intakegateway.model.views.base import Page, Shown


class Part(Shown):
    word: str | None
    at: datetime | None = None


class Whole(Shown):
    name: str
    number: int
    rate: float
    state: Status
    flag: bool
    day: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    anything: Any = None
    part: Part | None = None
    parts: list[Part] = Field(default_factory=list)


def both(model: type[BaseModel], made: BaseModel) -> tuple[bytes, bytes]:
    return writer(model)(made), model.__pydantic_serializer__.to_json(made, by_alias=True)


moments = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3))])
)
words = st.text()
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=10,
)
parts = st.builds(Part, word=st.none() | words, at=st.none() | moments)


@given(
    st.builds(
        Whole, name=words, number=st.integers(-(2**70), 2**70), rate=st.floats(), state=st.sampled_from(Status),
        flag=st.booleans(), day=st.none() | st.dates(), facts=st.dictionaries(words, values, max_size=4),
        anything=values, part=st.none() | parts, parts=st.lists(parts, max_size=4),
    )
)  # fmt: skip
def test_whatever_the_values_are(whole: Whole) -> None:
    quickly, in_full = both(Page[Whole], Page[Whole](items=[whole], total=1, limit=50, offset=0))
    assert quickly == in_full


class Told(Shown):
    renamed: int = Field(serialization_alias="otherName")


class Counted(Shown):
    number: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return 2 * self.number


class Hidden(Shown):
    word: SecretStr


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int = 1


class Lazy(BaseModel):
    number: int = 1

    @cached_property
    def later(self) -> int:
        return self.number


class More(Part):
    also: str = "not shown where a part is"


class Pair(Shown):
    one: Part
    other: Any = None


def looked_at(lazy: Lazy) -> Lazy:
    assert lazy.later == 1
    return lazy


@pytest.mark.parametrize(
    ("model", "made"),
    [
        (Told, Told(renamed=1)),
        (Counted, Counted(number=2)),
        (Hidden, Hidden(word=SecretStr("tell nobody"))),
        (Open, Open.model_validate({"known": 1, "other": 2})),
        (Lazy, looked_at(Lazy())),
        (Pair, Pair(one=More(word="a"))),
        (Pair, Pair(one=Part(word="a"), other=More(word="b"))),
        (Pair, Pair(one=Part(word="a"), other={1: "a number as a key"})),
        (Pair, Pair(one=Part(word="a"), other=[Decimal("1.50"), timedelta(hours=1), UUID(int=7), b"bytes"])),
        (Pair, Pair(one=Part(word="a"), other=Hidden(word=SecretStr("tell nobody")))),
        (Pair, Pair(one=Part(word="a"), other=looked_at(Lazy()))),
        (Part, More(word="a model of a narrower kind")),
    ],
)
def test_what_has_ways_of_its_own_is_written_in_them(model: type[BaseModel], made: BaseModel) -> None:
    quickly, in_full = both(model, made)
    assert quickly == in_full
    assert b"tell nobody" not in quickly
