from itertools import product

import pytest

from intakegateway.engine.widening import common_type, holds
from intakegateway.model.types import parse_type

TYPES = [
    "int8", "int32", "integer", "uint8", "uint64", "decimal", "decimal(5,2)", "decimal(38,0)", "decimal(38,30)",
    "float32", "float64", "text", "text(10)", "binary(4)", "boolean", "date", "time", "timestamp", "timestamptz",
    "json", "uuid",
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("int32", "integer", "integer"),
        ("uint8", "int8", "int16"),
        ("uint64", "integer", "decimal(20,0)"),
        ("integer", "decimal(5,2)", "decimal(21,2)"),
        ("decimal(38,0)", "decimal(5,2)", None),
        ("decimal(5,2)", "decimal", "decimal"),
        ("int32", "float64", "float"),
        ("int32", "float32", "float"),
        ("integer", "float64", None),
        ("text(10)", "text(40)", "text(40)"),
        ("text(10)", "text", "text"),
        ("date", "timestamp", None),
        ("timestamp", "timestamptz", None),
        ("integer", "text", None),
    ],
)
def test_the_common_type_loses_nothing(one: str, other: str, both: str | None) -> None:
    found = common_type(parse_type(one), parse_type(other))
    assert (str(found) if found else None) == both


@pytest.mark.parametrize(("one", "other"), list(product(TYPES, TYPES)))
def test_the_order_does_not_matter_and_the_result_holds_both(one: str, other: str) -> None:
    first, second = parse_type(one), parse_type(other)
    both = common_type(first, second)
    assert both == common_type(second, first)
    if both is not None:
        assert holds(both, first)
        assert holds(both, second)


def test_unbounded_text_holds_everything() -> None:
    assert all(holds(parse_type("text"), parse_type(of)) for of in TYPES)
    assert not holds(parse_type("text(10)"), parse_type("integer"))
