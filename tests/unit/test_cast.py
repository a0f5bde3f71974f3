"""Casts: what arrives whole, what arrives with a note, what is refused and with which sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from intakegateway.engine.cast import make_cast
from intakegateway.engine.problems import Findings
from intakegateway.model.frames import polars_type
from intakegateway.model.types import parse_type

UTC = UTC


def cast(values: list[Any], to: str, dtype: Any = None, **options: Any) -> tuple[list[Any], list[Any], Any]:
    """The values, the code of each row (None: fine), and the notes, by the way that the shaper takes."""
    given = pl.Series("v", values, dtype=dtype)
    found = Findings(given.len())
    step = make_cast(given.dtype, parse_type(to), **options)
    if step is None:
        return given.to_list(), [None] * given.len(), ()
    example = next((v for v in values if isinstance(v, str)), "")
    value = given.to_frame().select(step.fast(pl.col("v"), example).alias("v"))["v"]
    assumed = step.assumes(example)
    if assumed is not None:
        found.note(assumed, "c", step.notes[assumed], value.len() - value.null_count())
    if value.null_count() != given.null_count():
        value = found.repair(step, given, value, "c", "")
    assert value.dtype == polars_type(parse_type(to))
    codes: list[Any] = [None] * given.len()
    problems = found.problems(0)
    if problems is not None:
        for row, code in problems.select("row", "code").iter_rows():
            codes[row] = code
    return value.to_list(), codes, found.all_warned()


def message(value: Any, to: str, dtype: Any = None, **options: Any) -> str:
    given = pl.Series("v", [value], dtype=dtype)
    step = make_cast(given.dtype, parse_type(to), **options)
    assert step is not None
    return str(step.messages(given, step.careful(given)["code"])[0])


@pytest.mark.parametrize(
    ("text", "to", "value"),
    [
        ("12", "int32", 12),
        (" +12 ", "int32", 12),
        ("12.0", "int32", 12),
        ("-0", "uint", 0),
        ("0012", "bigint", 12),
        ("12.30", "decimal(12,2)", Decimal("12.30")),
        (".5", "decimal(12,2)", Decimal("0.50")),
        ("5.", "decimal(12,2)", Decimal("5.00")),
        ("1.2e3", "decimal(12,2)", Decimal("1200.00")),
        ("1.500000", "decimal(12,2)", Decimal("1.50")),
        ("9" * 38, "decimal(38,0)", Decimal("9" * 38)),
        ("-0." + "1" * 38, "decimal(38,38)", Decimal("-0." + "1" * 38)),
        ("9" * 60 + ".5", "decimal", "9" * 60 + ".5"),
        ("1e3", "decimal", "1000"),
        ("1e-7", "float", 1e-7),
        ("-inf", "float", float("-inf")),
        ("On", "boolean", True),
        (" nO ", "boolean", False),
        ("2024-02-29", "date", date(2024, 2, 29)),
        ("0001-01-01", "date", date(1, 1, 1)),
        ("2024-05-01 00:00:00", "date", date(2024, 5, 1)),
        ("2024-05-01T00:00:00Z", "date", date(2024, 5, 1)),
        ("2024-05-01 12:30", "timestamp", datetime(2024, 5, 1, 12, 30)),
        ("2024-05-01T12:30:01.5", "timestamp", datetime(2024, 5, 1, 12, 30, 1, 500000)),
        ("2024-05-01T12:30:01.123456Z", "timestamp", datetime(2024, 5, 1, 12, 30, 1, 123456)),
        ("2024-05-01", "timestamp", datetime(2024, 5, 1)),
        ("2024-05-01 12:30:01.123456000", "timestamp", datetime(2024, 5, 1, 12, 30, 1, 123456)),
        ("2024-05-01T12:30:00+02:00", "timestamptz", datetime(2024, 5, 1, 10, 30, tzinfo=UTC)),
        ("2024-05-01 12:30:00.25 -0330", "timestamptz", datetime(2024, 5, 1, 16, 0, 0, 250000, tzinfo=UTC)),
        ("13:45", "time", time(13, 45)),
        ("13:45:01.5", "time", time(13, 45, 1, 500000)),
        ("{0190163D-8694-739B-AEA5-966C26F8AD91}", "uuid", "0190163d-8694-739b-aea5-966c26f8ad91"),
        ("0190163d8694739baea5966c26f8ad91", "uuid", "0190163d-8694-739b-aea5-966c26f8ad91"),
        ('{"b": 1, "a": [2]}', "json", '{"b": 1, "a": [2]}'),
        ('{"b": 1, "b": 1}', "json", '{"b": 1, "b": 1}'),
        ('{"b" : "\\u0022:"}', "json", '{"b" : "\\u0022:"}'),
        ("null", "json", "null"),
        (r"\xDEad", "binary", b"\xde\xad"),
        ("0x00", "binary", b"\x00"),
        ("héé", "text(3)", "héé"),
    ],
)
def test_text_that_is_a_value_of_the_type_arrives_whole(text: str, to: str, value: object) -> None:
    assert cast([text], to) == ([value], [None], ())


@pytest.mark.parametrize(
    ("text", "to", "code"),
    [
        ("12.5", "int32", "LOSSY"),
        ("1e3", "int32", "INVALID_TYPE"),
        ("1,000", "int32", "INVALID_TYPE"),
        ("2147483648", "int32", "OUT_OF_RANGE"),
        ("-1", "uint", "OUT_OF_RANGE"),
        ("9" * 40, "bigint", "OUT_OF_RANGE"),
        ("١٢", "bigint", "INVALID_TYPE"),
        ("1_000", "float", "INVALID_TYPE"),
        ("12345678901", "decimal(12,2)", "OUT_OF_RANGE"),
        ("9999999999.995", "decimal(12,2)", "OUT_OF_RANGE"),
        ("1e400", "decimal(12,2)", "OUT_OF_RANGE"),
        ("12,5", "decimal(12,2)", "INVALID_TYPE"),
        ("nan", "decimal(12,2)", "INVALID_TYPE"),
        ("0.123", "decimal(50,2)", "LOSSY"),
        ("1e400", "float", "OUT_OF_RANGE"),
        ("1e-400", "float", "OUT_OF_RANGE"),
        ("1e39", "float32", "OUT_OF_RANGE"),
        ("maybe", "boolean", "INVALID_TYPE"),
        ("2", "boolean", "INVALID_TYPE"),
        ("2021-2-3", "date", "INVALID_TYPE"),
        ("+2021-2-03", "date", "INVALID_TYPE"),
        ("2021-02-\t3", "date", "INVALID_TYPE"),
        ("2021-02-30", "date", "INVALID_TYPE"),
        ("0000-01-01", "date", "INVALID_TYPE"),
        ("20210203", "date", "INVALID_TYPE"),
        ("2021-02-03 10:00", "date", "LOSSY"),
        ("2021-02-03T00:00:00+02:00", "date", "LOSSY"),
        ("2024-05-01 12:00:60", "timestamp", "INVALID_TYPE"),
        ("2024-05-01 24:00:00", "timestamp", "INVALID_TYPE"),
        ("2024-05-01T12:00:00+02:00", "timestamp", "LOSSY"),
        ("2024-05-01T12:00:00+25:00", "timestamptz", "INVALID_TYPE"),
        ("24:00:00", "time", "INVALID_TYPE"),
        ("0190163d-8694", "uuid", "INVALID_TYPE"),
        ("{0190163d8694739baea5966c26f8ad91", "uuid", "INVALID_TYPE"),
        ("{'a': 1}", "json", "INVALID_TYPE"),
        ('{"a": 1, "a": 2}', "json", "REPEATED_KEY"),
        ('[{"b": {"a": 1,"a" : 2}}]', "json", "REPEATED_KEY"),
        ("aGVsbG8=", "binary", "INVALID_TYPE"),
        (r"\xabc", "binary", "INVALID_TYPE"),
        (r"\xaabbcc", "binary(2)", "TOO_LONG"),
        ("héllo", "text(4)", "TOO_LONG"),
        ("a\0b", "text", "NUL_CHARACTER"),
        ("a\0b", "text(9)", "NUL_CHARACTER"),
    ],
)
def test_text_that_is_no_value_of_the_type_is_refused_with_a_code(text: str, to: str, code: str) -> None:
    assert cast([text], to) == ([None], [code], ())


@pytest.mark.parametrize(
    "to",
    ["int32", "decimal(9,2)", "decimal", "float", "boolean", "date", "timestamp", "time", "uuid", "json"],
)
def test_blank_text_is_null_where_the_column_is_not_text(to: str) -> None:
    assert cast(["", "  ", None], to) == ([None, None, None], [None, None, None], ())


def test_blank_text_stays_blank_in_a_text_column() -> None:
    assert cast(["", "  "], "text(5)")[0] == ["", "  "]


def test_digits_beyond_the_scale_are_rounded_half_away_from_zero_and_counted() -> None:
    values, codes, notes = cast(
        ["1.005", "-1.005", "1.015", "2.5e-3", "1.00499999999999999999"], "decimal(9,2)"
    )
    assert [str(v) for v in values] == ["1.01", "-1.01", "1.02", "0.00", "1.00"]
    assert codes == [None] * 5
    assert notes == (("ROUNDED", "c", "rounded to 2 decimals", 5),)


def test_one_bad_value_does_not_touch_the_others() -> None:
    assert cast(["1", "x", " 3 ", None, ""], "int32") == (
        [1, None, 3, None, None],
        [None, "INVALID_TYPE", None, None, None],
        (),
    )


def test_moments_without_a_zone_are_taken_as_utc_and_counted() -> None:
    values, codes, notes = cast(["2024-05-01 12:00:00", "2024-05-01", "2024-05-01T12:00:00Z"], "timestamptz")
    assert values == [datetime(2024, 5, 1, h, tzinfo=UTC) for h in (12, 0, 12)]
    assert codes == [None] * 3
    assert notes == (("ASSUMED_UTC", "c", "without a time zone, taken as UTC", 2),)


def test_parts_of_a_microsecond_are_rounded_and_counted() -> None:
    values, _, notes = cast(["2024-05-01 12:00:00.1234567", "2024-12-31 23:59:59.9999999"], "timestamp")
    assert values == [datetime(2024, 5, 1, 12, 0, 0, 123457), datetime(2025, 1, 1)]
    assert notes == (("ROUNDED", "c", "rounded to microseconds", 2),)


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("12,5", Decimal("12.50"), None),
        ("1.234,56", Decimal("1234.56"), None),
        ("1.234.567", Decimal("1234567.00"), None),
        ("12.50", Decimal("12.50"), None),
        ("1.234", None, "INVALID_TYPE"),
        ("1,2,3", None, "INVALID_TYPE"),
    ],
)
def test_with_a_decimal_comma_nothing_that_can_be_read_in_two_ways_is_guessed(
    text: str, value: object, code: str | None
) -> None:
    assert cast([text], "decimal(12,2)", decimal_comma=True) == ([value], [code], ())
    assert cast([text], "float", decimal_comma=True)[1] == [code]


def test_dates_in_a_given_format_need_all_digits_of_the_year() -> None:
    values, codes, _ = cast(
        ["01.02.2021", "1.2.21", "31.02.2021", "2021-02-01", "01.02.0021"], "date", date_format="%d.%m.%Y"
    )
    assert values == [date(2021, 2, 1), None, None, None, date(21, 2, 1)]
    assert codes == [None, "INVALID_TYPE", "INVALID_TYPE", "INVALID_TYPE", None]


def test_a_format_with_a_time_of_day_fits_a_date_only_at_midnight() -> None:
    values, codes, _ = cast(["01.02.2021 00:00", "01.02.2021 10:00"], "date", date_format="%d.%m.%Y %H:%M")
    assert values == [date(2021, 2, 1), None]
    assert codes == [None, "LOSSY"]


@pytest.mark.parametrize(
    ("values", "dtype", "to", "expected", "codes"),
    [
        ([300, 1], pl.Int64, "int8", [None, 1], ["OUT_OF_RANGE", None]),
        ([2**53 + 1, 2**53], pl.Int64, "float", [None, 2.0**53], ["LOSSY", None]),
        ([1, 0, 2], pl.Int64, "boolean", [True, False, None], [None, None, "INVALID_TYPE"]),
        ([1000, 99], pl.Int64, "decimal(4,2)", [None, Decimal("99.00")], ["OUT_OF_RANGE", None]),
        ([12.0, 12.5, 1e30], pl.Float64, "int32", [12, None, None], [None, "LOSSY", "OUT_OF_RANGE"]),
        ([float("nan")], pl.Float64, "int32", [None], ["INVALID_TYPE"]),
        ([0.1, 1e300], pl.Float64, "decimal(9,2)", [Decimal("0.10"), None], [None, "OUT_OF_RANGE"]),
        ([1e300], pl.Float64, "float32", [None], ["OUT_OF_RANGE"]),
        ([Decimal("1.50"), Decimal("2.00")], pl.Decimal(9, 2), "int32", [None, 2], ["LOSSY", None]),
        ([Decimal("99.99")], pl.Decimal(9, 2), "decimal(3,2)", [None], ["OUT_OF_RANGE"]),
        ([True, False], pl.Boolean, "int16", [1, 0], [None, None]),
        ([datetime(2024, 1, 1), datetime(2024, 1, 1, 5)], pl.Datetime("us"), "date",
         [date(2024, 1, 1), None], [None, "LOSSY"]),
        ([date(2024, 1, 1)], pl.Date, "timestamp", [datetime(2024, 1, 1)], [None]),
        ([5], pl.Int64, "date", [None], ["INVALID_TYPE"]),
        ([b"abc", b"\xff"], pl.Binary, "text", ["abc", None], [None, "INVALID_TYPE"]),
        ([bytes.fromhex("0190163d8694739baea5966c26f8ad91")], pl.Binary, "uuid",
         ["0190163d-8694-739b-aea5-966c26f8ad91"], [None]),
        ([[1, 2], []], pl.List(pl.Int64), "json", ["[1,2]", "[]"], [None, None]),
        ([{"a": 1}], pl.Struct({"a": pl.Int64}), "json", ['{"a":1}'], [None]),
        ([None, None], pl.Null, "int32", [None, None], [None, None]),
    ],
)  # fmt: skip
def test_typed_values_arrive_whole_or_are_refused(
    values: list[Any], dtype: Any, to: str, expected: list[Any], codes: list[Any]
) -> None:
    assert cast(values, to, dtype)[:2] == (expected, codes)


@pytest.mark.parametrize(
    ("values", "dtype", "texts"),
    [
        ([1.0, 0.1, 1e22], pl.Float64, ["1.0", "0.1", "1e+22"]),
        ([True, None], pl.Boolean, ["true", None]),
        ([Decimal("1.50")], pl.Decimal(9, 2), ["1.50"]),
        ([date(2024, 1, 2)], pl.Date, ["2024-01-02"]),
        ([datetime(2024, 1, 2, 3, 4, 5, 6)], pl.Datetime("us"), ["2024-01-02T03:04:05.000006"]),
        ([time(1, 2, 3)], pl.Time, ["01:02:03"]),
    ],
)
def test_anything_becomes_text_in_its_canonical_spelling(
    values: list[Any], dtype: Any, texts: list[Any]
) -> None:
    assert cast(values, "text", dtype)[0] == texts


def test_decimals_rounded_to_a_smaller_scale_are_counted() -> None:
    values, _, notes = cast(
        [Decimal("1.25"), Decimal("-1.25"), Decimal("1.20")], "decimal(5,1)", pl.Decimal(9, 2)
    )
    assert [str(v) for v in values] == ["1.3", "-1.3", "1.2"]
    assert notes == (("ROUNDED", "c", "rounded to 1 decimals", 2),)


@pytest.mark.parametrize(
    ("value", "to", "sentence"),
    [
        ("12,5", "decimal(9,2)",
         "'12,5' is not a number. A decimal comma is read with the transform parse_number, "
         "or with decimal_comma: true."),
        ("abc", "int8", "'abc' is not a whole number."),
        ("200", "int8", "'200' is out of range: -128 to 127 is allowed."),
        ("x" * 100, "text(9)", "'" + "x" * 60 + "…' is too long: at most 9 characters are allowed."),
        ("a\nb\0", "date", "'a\\nb\\0' is not a date like 2024-05-31; another format is read with the "
         "transform to_date, as in to_date: '%d.%m.%Y'."),
    ],
)  # fmt: skip
def test_the_sentence_shows_the_value_and_what_is_allowed(value: str, to: str, sentence: str) -> None:
    assert message(value, to) == sentence


def test_nul_characters_pass_where_the_destination_stores_them() -> None:
    assert cast(["a\0b"], "text", check_nul=False) == (["a\0b"], [None], ())
