"""Whatever JSON comes in, its values can be found again in the flattened frame."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from intakegateway.connectors import gathering
from intakegateway.connectors import records as flattening
from intakegateway.connectors.gathering import Gathered
from intakegateway.connectors.json_parsing import dumps, is_text, loads, number_text
from intakegateway.connectors.records import Flattener, flatten

# What does not survive, on purpose: the difference between a missing key, null and an empty object.

texts = st.text(max_size=6)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | texts | numbers
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
records = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "a.b", ""]) | texts, values, max_size=4), max_size=5
)


def leaves(value: Any) -> list[str]:
    """The plain values and arrays of a record, as the texts that a column has for them."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [] if value is None else [written(value)]


def written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float | Decimal):
        return number_text(value)
    return dumps(value)


def as_text(series: pl.Series) -> list[str | None]:
    return [None if value is None else written(value) for value in series.to_list()]


@given(records)
@settings(max_examples=80, deadline=None)
def test_every_value_of_every_record_is_in_its_row(given_records: list[dict[str, Any]]) -> None:
    read = loads(json.dumps(given_records).encode())
    frame = flatten(read)
    assert frame.height == len(read)
    rows = list(zip(*[as_text(column) for column in frame], strict=True)) if frame.width else [()] * len(read)
    for record, row in zip(read, rows, strict=True):
        assert sorted(value for value in row if value is not None) == sorted(leaves(record))


@given(st.lists(numbers, min_size=1))
@settings(deadline=None)
def test_numbers_are_read_to_the_last_digit(given_numbers: list[int | float]) -> None:
    text = json.dumps(given_numbers)
    exact = json.loads(text, parse_int=Decimal, parse_float=Decimal)
    found = loads(text.encode())
    assert [Decimal(repr(n)) if isinstance(n, float) else Decimal(n) for n in found] == exact


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=25)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
@settings(deadline=None)
def test_decimals_of_any_length_keep_their_value(number: Decimal) -> None:
    (found,) = loads(f"[{number}]".encode())
    assert Decimal(repr(found)) == number if isinstance(found, float) else Decimal(found) == number


class SeesAll(Flattener):
    """Looks at all records of a chunk together."""

    def gather(self, records: list[Any]) -> Gathered | None:
        return None


alike = st.fixed_dictionaries(
    {"id": st.integers(0, 9), "tags": st.lists(scalars, max_size=2)},
    optional={"a": values, "price": st.integers() | st.floats(0, 9), "b": st.booleans() | st.text("ab")},
)
odd = scalars | st.just({"a": "\ud800"}) | st.just({"id": {"deep": {}}, "tags": {"x": None}})


@given(
    st.lists(
        st.lists(alike, max_size=4) | records | st.lists(alike | odd, max_size=3), min_size=1, max_size=4
    ),
    st.sampled_from(["json", "join"]),
    st.sampled_from([2, 1_000]),
)
@settings(max_examples=60, deadline=None)
def test_pages_taken_apart_one_by_one_make_the_chunk_of_all_their_records(
    pages: list[list[Any]], arrays: Any, most: int
) -> None:
    said: list[str] = []
    heard: list[str] = []
    with (
        patch.object(flattening, "MAX_KEYS", most),
        patch.object(gathering, "MAX_KEYS", most),
        patch.object(flattening, "SLICE", 2),
    ):
        by_page, together = Flattener(arrays=arrays, warnings=said), SeesAll(arrays=arrays, warnings=heard)
        for batch in (pages, pages[::-1]):
            everything = [record for page in batch for record in page]
            numbers = pl.int_range(0, len(everything), eager=True)
            parts = [by_page.gather(page) for page in batch]
            found = by_page.chunk(lambda: everything, "item {a}", numbers, gathered=parts)  # noqa: B023
            wanted = together.chunk(everything, "item {a}", numbers)
            assert found.frame.schema == wanted.frame.schema
            assert found.frame.equals(wanted.frame)
            assert found.frame.height == wanted.frame.height
            assert found.locators.words().equals(wanted.locators.words())
            assert (found.broken is None) == (wanted.broken is None)
            if found.broken is not None and wanted.broken is not None:
                assert found.broken.equals(wanted.broken)
            assert said == heard
            objects = [one for one in everything if isinstance(one, dict) and is_text(one)]
            assert by_page.frame(objects).equals(together.frame(objects))
