"""Seconds with more digits than a column keeps: rounded, counted, told."""

from __future__ import annotations

from datetime import UTC, datetime, time

import polars as pl
import pytest

from intakegateway.connectors.sql.dialect import DUCKDB, MYSQL, POSTGRESQL, SQLITE, Dialect
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.fractions import Fractions, kept_digits
from intakegateway.model.schema import Column
from intakegateway.model.types import TIME, TIMESTAMP, DataType


@pytest.mark.parametrize(
    ("dialect", "native", "digits"),
    [
        (MYSQL, "datetime", 0),
        (MYSQL, "datetime(3)", 3),
        (MYSQL, "timestamp", 0),
        (MYSQL, "time(6)", 6),
        (MYSQL, "varchar(20)", 6),
        (POSTGRESQL, "timestamp without time zone", 6),
        (POSTGRESQL, "timestamp(0) without time zone", 0),
        (POSTGRESQL, "time(3) without time zone", 3),
        (SQLITE, "TIMESTAMP(0)", 6),
        (DUCKDB, "TIMESTAMP", 6),
    ],
)
def test_the_declared_type_says_how_many_digits_it_keeps(dialect: Dialect, native: str, digits: int) -> None:
    assert kept_digits(native, dialect) == digits


def column(name: str, of: DataType, native: str) -> FactColumn:
    return FactColumn(Column(name, of), native)


def test_moments_become_what_the_column_keeps() -> None:
    fractions = Fractions([column("at", TIMESTAMP, "datetime"), column("of", TIME, "time(3)")], MYSQL)
    frame = pl.DataFrame(
        {
            "at": [datetime(2024, 1, 1, 12, 0, 0, 500_000), datetime(1, 1, 1, 0, 0, 0, 499_999), None],
            "of": [time(23, 59, 59, 999_900), time(0, 0, 0, 1_400), time(1)],
        }
    )
    found = fractions.rounded(frame)
    assert found["at"].to_list() == [datetime(2024, 1, 1, 12, 0, 1), datetime(1, 1, 1), None]
    assert found["of"].to_list() == [time(23, 59, 59, 999_000), time(0, 0, 0, 1_000), time(1)]
    assert fractions.warnings == (
        "2 values of 'at' rounded to whole seconds: the column is datetime.",
        "2 values of 'of' rounded to 3 decimals of a second: the column is time(3).",
    )


def test_what_fits_is_left_alone() -> None:
    fractions = Fractions([column("at", TIMESTAMP, "timestamp(0) with time zone")], POSTGRESQL)
    frame = pl.DataFrame({"at": [datetime(2024, 1, 1, 12, 0, 7, tzinfo=UTC), None]})
    assert fractions.rounded(frame).equals(frame)
    assert not fractions.warnings


@pytest.mark.parametrize(("dialect", "native"), [(DUCKDB, "TIME"), (POSTGRESQL, "time without time zone")])
def test_nanoseconds_of_times_are_rounded_and_told(dialect: Dialect, native: str) -> None:
    fractions = Fractions([column("at", TIME, native)], dialect)
    times = pl.Series("at", [1_500, 2_000, 86_399_999_999_999, None]).cast(pl.Time)
    found = fractions.rounded(times.to_frame())["at"].to_physical().to_list()
    assert found == [2_000, 2_000, 86_399_999_999_000, None]
    assert fractions.warnings == (
        f"2 values of 'at' rounded to 6 decimals of a second: the column is {native}.",
    )
