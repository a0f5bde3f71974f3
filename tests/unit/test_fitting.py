"""Fields whose values a table's columns take are not asked what else they might be."""

from __future__ import annotations

import polars as pl

from intakegateway.engine.fitting import fitting
from intakegateway.model.types import DATE, INTEGER, TEXT, TIMESTAMP, parse_type

MONEY = parse_type("decimal(12,2)")


def test_a_field_whose_values_are_all_read_goes_into_its_column() -> None:
    frame = pl.DataFrame({"id": ["1", "2"], "paid": ["1.50", None], "on": ["2024-05-01", "2024-05-02"]})
    into = {"id": INTEGER, "paid": MONEY, "on": DATE}
    assert fitting(frame, into, decimal_comma=False) == into


def test_one_value_that_is_not_read_leaves_its_field_open() -> None:
    frame = pl.DataFrame({"id": ["1", "x"], "paid": ["1,50", "2,50"], "n": ["1", "2"]})
    into = {"id": INTEGER, "paid": MONEY, "n": INTEGER}
    assert fitting(frame, into, decimal_comma=False) == {"n": INTEGER}
    assert fitting(frame, into, decimal_comma=True) == {"paid": MONEY, "n": INTEGER}


def test_dates_in_another_order_are_left_open() -> None:
    frame = pl.DataFrame({"on": ["31.12.2024", "01.02.2024"], "id": ["1", "2"]})
    assert fitting(frame, {"on": DATE, "id": INTEGER}, decimal_comma=False) == {"id": INTEGER}


def test_moments_are_read_in_the_spelling_of_the_first_one() -> None:
    frame = pl.DataFrame({"at": ["2024-05-01T10:00:00", "2024-05-02T11:30:00"]})
    assert fitting(frame, {"at": TIMESTAMP}, decimal_comma=False) == {"at": TIMESTAMP}


def test_a_text_column_takes_every_text() -> None:
    frame = pl.DataFrame({"note": ["1,5", "x"], "id": ["1", "2"]})
    assert fitting(frame, {"note": TEXT, "id": INTEGER}, decimal_comma=False) == {"note": TEXT, "id": INTEGER}


def test_fields_without_a_column_a_value_or_texts_are_left_open() -> None:
    frame = pl.DataFrame(
        {"more": ["1"], "none": [None], "n": [5], "id": ["1"]}, schema_overrides={"none": pl.String}
    )
    into = {"none": INTEGER, "n": INTEGER, "id": INTEGER}
    assert fitting(frame, into, decimal_comma=False) == {"id": INTEGER}
