"""Nested records become columns, and nothing is lost on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.json_parsing import dumps, holds_inexact_numbers
from intakegateway.connectors.records import MAX_FIELDS, MAX_KEYS, Flattener, flatten, parse_json
from intakegateway.model.errors import SourceError


def column(values: list[Any], **options: Any) -> pl.Series:
    return flatten([{"x": value} for value in values], **options)["x"]


def test_objects_become_dotted_columns_in_the_order_of_first_sight() -> None:
    frame = flatten(
        [{"id": 1, "user": {"address": {"city": "Rome"}}}, {"user": {"name": "Ann"}, "new": True}]
    )
    assert frame.columns == ["id", "user.address.city", "user.name", "new"]
    assert frame.rows() == [(1, "Rome", None, None), (None, None, "Ann", True)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, -5], pl.Int64),
        ([1.5, None], pl.Float64),
        ([True, None, False], pl.Boolean),
        (["a", None], pl.String),
        ([None, None], pl.String),
        ([{}, None], pl.String),
    ],
)
def test_a_column_is_typed_when_all_its_values_agree(values: list[Any], kind: type[pl.DataType]) -> None:
    found = column(values)
    assert found.dtype == kind
    assert found.to_list() == [None if value == {} else value for value in values]


def test_a_column_of_several_kinds_has_every_value_as_json_writes_it() -> None:
    values = ["text", 1, 2.5, True, None, [1, "a"], 10**20, 1e21, 1e-7]
    texts = ["text", "1", "2.5", "true", None, '[1,"a"]', str(10**20), "1" + "0" * 21, "0.0000001"]
    assert column(values).to_list() == texts


def test_a_plain_value_where_others_have_an_object_stays_under_the_parents_name() -> None:
    warnings: list[str] = []
    frame = flatten([{"a": {"b": 1}}, {"a": "alone"}, {"a": [1]}, {"a": None}], warnings=warnings)
    assert frame.to_dicts() == [
        {"a": None, "a.b": 1},
        {"a": "alone", "a.b": None},
        {"a": "[1]", "a.b": None},
        {"a": None, "a.b": None},
    ]
    assert warnings == ["The field 'a' is an object in some records, but not in all."]


def test_names_that_collide_are_told_apart_in_every_chunk() -> None:
    warnings: list[str] = []
    flattener = Flattener(warnings=warnings)
    assert flattener.frame([{"a.b": 1, "a": {"b": 2}, "": 3}]).to_dicts() == [{"a.b": 1, "a.b_2": 2, "_": 3}]
    assert flattener.frame([{"a": {"b": 4}}]).to_dicts() == [{"a.b_2": 4}]
    assert len(warnings) == 2


def test_arrays_are_json_text_or_joined_but_not_the_one_to_explode() -> None:
    record = {"tags": ["a", None, 1, {"k": 1}], "items": [1, 2]}
    assert flatten([record]).row(0) == ('["a",null,1,{"k":1}]', "[1,2]")
    assert flatten([record], arrays="join").row(0) == ('a,,1,{"k":1}', "1,2")
    assert Flattener(arrays="join", keep=("items",)).frame([record]).row(0)[1] == "[1,2]"


def test_numbers_beyond_a_double_keep_every_digit() -> None:
    text = b"""[{"id": 12345678901234567890123, "price": 0.1234567890123456789, "huge": 1e400,
                 "list": [-9223372036854775809, 1.10000000000000000001], "plain": 1.25}]"""
    frame = flatten(parse_json(text, "numbers"))
    assert frame.row(0) == (
        "12345678901234567890123",
        "0.1234567890123456789",
        "1E+400",
        "[-9223372036854775809,1.10000000000000000001]",
        1.25,
    )


@pytest.mark.parametrize(
    ("text", "inexact"),
    [
        (b'{"a": 123456789012345678}', False),
        (b'{"a": 1234567890123456789}', True),
        (b'{"a": "1234567890123456789012"}', False),
        (b'{"a": 0.12345678901234568, "b": 76.26903632435094}', False),
        (b'{"a": 0.12345678901234567890}', True),
        (b'{"a": 1234567890.1234567e5}', True),
        (b'{"a": "2024.01.01.00.00.00.00"}', False),
    ],
)
def test_only_numbers_that_would_change_are_read_the_slow_way(text: bytes, inexact: bool) -> None:
    assert holds_inexact_numbers(text) is inexact


def test_integers_up_to_64_bits_without_sign_survive() -> None:
    assert column([2**63, 1]).to_list() == [str(2**63), "1"]
    assert column([2**63 - 1, -(2**63)]).to_list() == [2**63 - 1, -(2**63)]


def test_elements_that_are_not_objects_are_broken_records() -> None:
    flattener = Flattener()
    chunk = flattener.chunk([{"a": 1}, 5, None, ["x"]], "item {a}", pl.Series([1, 2, 3, 4]))
    assert chunk.frame.to_dicts() == [{"a": 1}]
    assert chunk.locators.words().to_list() == ["item 1"]
    assert chunk.broken is not None
    assert chunk.broken.select("_locator", "_raw", "code").rows() == [
        ("item 2", "5", "NOT_AN_OBJECT"),
        ("item 3", "null", "NOT_AN_OBJECT"),
        ("item 4", '["x"]', "NOT_AN_OBJECT"),
    ]


def test_a_list_of_plain_values_is_one_column() -> None:
    chunk = Flattener().chunk([1, "two", None], "item {a}", pl.Series([1, 2, 3]))
    assert chunk.frame.to_dicts() == [{"value": "1"}, {"value": "two"}, {"value": None}]
    assert chunk.broken is None


def test_half_a_surrogate_pair_breaks_its_record_only() -> None:
    records = [{"a": "fine"}, {"a": "\ud800"}, {"b": {"c": ["\udc00"]}}, {"a": "\x00 😀"}]
    chunk = Flattener().chunk(records, "item {a}", pl.Series([1, 2, 3, 4]))
    assert chunk.frame["a"].to_list() == ["fine", "\x00 😀"]
    assert chunk.locators.words().to_list() == ["item 1", "item 4"]
    assert chunk.broken is not None
    assert chunk.broken["code"].to_list() == ["INVALID_JSON"] * 2
    with pytest.raises(SourceError, match="surrogate"):
        flatten(records)


def test_objects_with_data_for_keys_stay_json_text() -> None:
    warnings: list[str] = []
    by_day = {f"day {i}": i for i in range(MAX_KEYS + 1)}
    frame = flatten([{"id": 1, "prices": by_day}], warnings=warnings)
    assert frame.columns == ["id", "prices"]
    assert parse_json(frame["prices"][0].encode(), "") == by_day
    assert warnings == ["The field 'prices' holds data in its keys: it stays JSON text."]
    with pytest.raises(SourceError, match="different fields"):
        flatten([{f"k{i}": i for i in range(MAX_FIELDS + 1)}])


def test_deep_objects_stay_json_text() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"d": deep}
    frame = flatten([deep])
    assert frame.width == 1
    assert frame.item().count("d") == 360


def test_records_without_fields_are_still_rows() -> None:
    assert flatten([{}, {}]).height == 2
    assert flatten([]).height == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a": 1,}', "line 1, column 8"),
        (b"[1,\n 2\n", "line 3, column 1: it breaks off"),
        (b'{"a":\n NaN}', "line 2, column 2: NaN is not a JSON value"),
        (b"[-Infinity]", "Infinity is not a JSON value"),
        (b"", "it is empty"),
        (b'["\\ud800"]', "surrogate pair"),
        (b'["\xff"]', "not valid UTF-8"),
        (b"{'a': 1}", "line 1, column 2"),
    ],
)
def test_broken_json_is_answered_with_line_and_column(text: bytes, place: str) -> None:
    with pytest.raises(SourceError, match=r"orders\.json: This is not valid JSON at line") as caught:
        parse_json(text, "orders.json")
    assert place in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_is_read_in_every_unicode_encoding(encoding: str) -> None:
    assert parse_json('{"a": "é😀"}'.encode(encoding), "x") == {"a": "é😀"}


def test_json_text_keeps_exact_numbers_and_deep_lists() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    assert dumps([Decimal("1.10"), Decimal("12345678901234567890")]) == "[1.10,12345678901234567890]"
    assert dumps(deep) == "[" * 301 + "]" * 301
