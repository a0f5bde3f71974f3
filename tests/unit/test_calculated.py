"""Calculated columns: what their expressions see, and in which order they are made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from intakegateway.engine.shaper import compile_shaper
from intakegateway.model.errors import DefinitionError
from shaping_cases import layout, reasons, shape


def test_calculated_columns_see_columns_after_their_casts_and_come_after_what_they_need() -> None:
    shaped = shape(
        {"qty": ["2", "3"], "unit_price": ["1.255", "0.10"], "rate": ["0.5", "2"]},
        [
            {"to": "gross", "expression": "net * 2"},
            {"to": "net", "expression": "qty * unit_price"},
            {"to": "qty", "from": "qty"},
            {"to": "unit_price", "from": "unit_price"},
            {"to": "scaled", "expression": "qty * CAST(rate AS decimal(4,1))"},
        ],
        {
            "qty": "int32",
            "unit_price": "decimal(9,2)",
            "net": "decimal(12,2)",
            "gross": "float",
            "scaled": "float",
        },
        aside=("rate",),
    )
    assert shaped.frame.rows() == [
        (2, Decimal("1.26"), Decimal("2.52"), 5.04, 1.0),
        (3, Decimal("0.10"), Decimal("0.30"), 0.6, 6.0),
    ]
    assert shaped.warned == (("ROUNDED", "unit_price", "rounded to 2 decimals", 1),)


def test_source_fields_in_expressions_have_the_type_of_the_survey() -> None:
    from intakegateway.model.types import INTEGER

    shaped = shape(
        {"n": ["2", "x", None]},
        [{"to": "double", "expression": "n * 2"}],
        {"double": "integer"},
        field_types={"n": INTEGER},
    )
    assert shaped.frame["double"].to_list() == [4, None]
    assert reasons(shaped) == [(2, "INVALID_TYPE", "double")]


def test_expressions_read_paths_into_json_fields() -> None:
    shaped = shape(
        {"user": ['{"name": {"first": "Ada"}}', None]},
        [{"to": "c", "expression": "upper(user.name.first)"}],
        {"c": "text"},
        aside=("user.name.first",),
    )
    assert shaped.frame["c"].to_list() == ["ADA", None]


@pytest.mark.parametrize(
    ("of", "default", "value"),
    [
        ("decimal(9,2)", 1.5, Decimal("1.50")),
        ("date", "2024-05-01", date(2024, 5, 1)),
        ("boolean", False, False),
    ],
)
def test_a_default_has_the_type_of_its_column(of: str, default: object, value: object) -> None:
    mappings = [
        {"to": "a", "from": "a", "default": default},
        {"to": "b", "expression": "nullif(1, 1)", "default": 3},
    ]
    shaped = shape({"a": [None, None]}, mappings, {"a": of, "b": "decimal(3,1)"})
    assert shaped.frame.rows() == [(value, Decimal("3.0"))] * 2


def test_a_columns_own_expression_sees_the_source_field_of_its_name() -> None:
    shaped = shape({"a": ["x"]}, [{"to": "a", "expression": "upper(a)"}], {"a": "text"})
    assert shaped.frame["a"].to_list() == ["X"]


@pytest.mark.parametrize(
    ("mappings", "said"),
    [
        ([{"to": "c", "from": "x"}, {"to": "a", "expression": "d + 1"}], "no column or field 'd'"),
        ([{"to": "a", "expression": "c + 1"}, {"to": "c", "expression": "a + 1"}], "need each other"),
    ],
)
def test_a_wrong_expression_names_its_place_in_the_mapping(
    mappings: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(DefinitionError, match=said) as caught:
        compile_shaper(layout(mappings, {"a": "integer", "c": "integer"}))
    assert caught.value.path[0] == "mapping"
    assert caught.value.path[2] == "expression"
