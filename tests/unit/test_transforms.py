"""Transforms: how they are written, what they do, what they refuse."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from intakegateway.model.errors import DefinitionError
from intakegateway.model.mapping import Mapping
from intakegateway.model.transform_forms import describe_transforms, read_transform, write_transform
from shaping_cases import reasons, shape

NAMES = [
    "trim", "upper", "lower", "title", "replace", "regex_replace", "substring", "pad", "to_int", "to_float",
    "to_decimal", "to_bool", "to_date", "to_timestamp", "format_date", "parse_number", "null_if", "default",
    "hash", "mask", "lookup", "json", "round",
]  # fmt: skip


def run(
    values: list[Any], transforms: list[Any], to: str = "text", dtype: Any = None
) -> tuple[list[Any], list[Any]]:
    """The column (null where a row is bad) and the codes by row."""
    frame = pl.DataFrame({"v": pl.Series(values, dtype=dtype)})
    shaped = shape(frame, [{"to": "c", "from": "v", "transforms": transforms}], {"c": to}, first_row=0)
    column: list[Any] = [None] * len(values)
    for row, value in zip(shaped.rows, shaped.frame["c"], strict=True):
        column[row] = value
    return column, [(row, code) for row, code, _ in reasons(shaped)]


@pytest.mark.parametrize(
    ("transforms", "given", "made"),
    [
        (["trim"], " a ", "a"),
        ([{"trim": "x"}], "xax", "a"),
        ([{"trim": {"side": "left"}}], " a ", "a "),
        (["upper"], "straße", "STRASSE"),
        (["lower"], "ÀB", "àb"),
        (["title"], "jane o'neil", "Jane O'Neil"),
        ([{"replace": {"old": "a.", "new": "b"}}], "a.aa.", "bab"),
        ([{"regex_replace": {"pattern": "([0-9]+)", "new": r"<\1>"}}], "a12b", "a<12>b"),
        ([{"substring": 2}], "héllo", "éllo"),
        ([{"substring": {"start": -3, "length": 2}}], "héllo", "ll"),
        ([{"pad": 5}], "42", "00042"),
        ([{"pad": {"length": 4, "fill": ".", "side": "right"}}], "ab", "ab.."),
        ([{"pad": 2}], "abc", "abc"),
        ([{"mask": 2}], "secret", "****et"),
        ([{"mask": {"keep_last": 0, "keep_first": 1, "character": "#"}}], "secret", "s#####"),
        ([{"mask": 4}], "abc", "***"),
        ([{"null_if": ["N/A", "-"]}], "-", None),
        ([{"null_if": "N/A"}], "x", "x"),
        ([{"default": "none"}], None, "none"),
        ([{"lookup": {"de": "Germany"}}], "de", "Germany"),
        ([{"lookup": {"de": "Germany"}}], "fr", "fr"),
        ([{"lookup": {"values": {"de": "Germany"}, "unmatched": "null"}}], "fr", None),
        ([{"lookup": {"values": {"de": "Germany"}, "default": "other"}}], "fr", "other"),
        ([{"lookup": {"values": {"de": "Germany"}, "default": "other"}}], None, None),
        ([{"format_date": "%d.%m.%Y"}], "2024-05-01", "01.05.2024"),
        ([{"to_date": "%d/%m/%Y"}, {"format_date": "%Y%m%d"}], "31/12/2023", "20231231"),
        (["json"], 'say "hi"', '"say \\"hi\\""'),
        (["json"], '{"a": 1}', '{"a": 1}'),
        ([{"json": "a.b.0"}], '{"a": {"b": ["x"]}}', "x"),
        ([{"json": "$.a"}], '{"a": null}', None),
        (["hash"], "a", hashlib.sha256(b"a").hexdigest()),
        ([{"hash": {"algorithm": "md5", "salt": "s"}}], "a", hashlib.md5(b"sa").hexdigest()),
        (["trim", "upper", {"substring": {"length": 3}}], "  hello", "HEL"),
    ],
)
def test_a_transform_of_text(transforms: list[Any], given: str | None, made: str | None) -> None:
    assert run([given], transforms, dtype=pl.String) == ([made], [])


@pytest.mark.parametrize(
    ("transforms", "to", "given", "made"),
    [
        (["to_int"], "int32", " 12 ", 12),
        (["to_float"], "float", "1e3", 1000.0),
        (["to_decimal"], "decimal(9,3)", "1.125", Decimal("1.125")),
        ([{"to_decimal": 2}], "decimal(9,3)", "1.125", Decimal("1.130")),
        (["to_bool"], "boolean", "yes", True),
        ([{"to_bool": {"true": ["J"], "false": ["N"]}}], "boolean", " n", False),
        ([{"to_date": "%d.%m.%Y"}], "date", "01.02.2021", date(2021, 2, 1)),
        ([{"to_timestamp": "%d.%m.%Y %H:%M"}], "timestamp", "01.02.2021 10:30", datetime(2021, 2, 1, 10, 30)),
        ([{"to_timestamp": {"unit": "s"}}], "timestamptz", "1700000000",
         datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ([{"to_timestamp": {"unit": "ms"}}], "timestamptz", "1700000000123",
         datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        ([{"to_timestamp": {"zone": "Europe/Berlin"}}], "timestamptz", "2024-07-01 12:00:00",
         datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ([{"to_timestamp": {"zone": "Europe/Berlin"}}], "timestamptz", "2024-07-01T12:00:00Z",
         datetime(2024, 7, 1, 12, tzinfo=UTC)),
        (["parse_number"], "decimal(12,2)", "1.234,50 €", Decimal("1234.50")),
        (["parse_number"], "decimal(12,2)", "(12,00)", Decimal("-12.00")),
        (["parse_number"], "decimal(12,2)", "1 234,5-", Decimal("-1234.50")),
        (["parse_number"], "integer", "1.234", 1234),
        ([{"parse_number": "."}], "decimal(12,2)", "$1,234.5", Decimal("1234.50")),
        ([{"parse_number": {"decimal": ",", "thousands": "'"}}], "decimal(12,2)", "1'234,5",
         Decimal("1234.50")),
        ([{"round": 1}], "decimal(9,3)", "-0.25", Decimal("-0.300")),
        (["round"], "integer", "2.5", 3),
        (["to_float", {"round": 1}], "float", "2.25", 2.3),
        ([{"lookup": {"a": 1, "b": 2}}], "integer", "b", 2),
        ([{"lookup": {"values": {"a": 1}, "unmatched": "null"}}], "integer", "c", None),
        (["to_int", {"default": 7}], "integer", None, 7),
        (["to_int", {"null_if": 0}], "integer", "0", None),
    ],
)  # fmt: skip
def test_a_transform_into_another_type(
    transforms: list[Any], to: str, given: str | None, made: object
) -> None:
    assert run([given], transforms, to, pl.String) == ([made], [])


@pytest.mark.parametrize(
    ("transforms", "given", "code"),
    [
        (["to_int"], "abc", "INVALID_TYPE"),
        ([{"to_date": "%d.%m.%Y"}], "abc", "INVALID_TYPE"),
        (["to_date", {"format_date": "%d.%m.%Y"}], "abc", "INVALID_TYPE"),
        (["parse_number"], "1.23,4", "INVALID_TYPE"),
        (["parse_number"], "--1", "INVALID_TYPE"),
        ([{"to_bool": {"true": ["J"], "false": ["N"]}}], "yes", "INVALID_TYPE"),
        ([{"to_timestamp": {"unit": "s"}}], "1e30", "INVALID_TYPE"),
        ([{"to_timestamp": {"zone": "Europe/Berlin"}}], "2024-03-31 02:30:00", "OUT_OF_RANGE"),
        ([{"lookup": {"values": {"de": "x"}, "unmatched": "reject"}}], "fr", "UNMATCHED"),
        (["round"], "x", "INVALID_TYPE"),
    ],
)
def test_a_transform_that_fails_on_a_value_rejects_the_row(
    transforms: list[Any], given: str, code: str
) -> None:
    assert run([given, None], transforms, dtype=pl.String) == ([None, None], [(0, code)])


def test_the_problem_names_the_transform_and_shows_the_value() -> None:
    shaped = shape(
        {"v": ["abc"]}, [{"to": "c", "from": "v", "transforms": [{"to_date": "%d.%m.%Y"}]}], {"c": "date"}
    )
    assert shaped.problems is not None
    assert shaped.problems["message"][0] == "to_date: 'abc' is not a date in the format %d.%m.%Y."


def test_a_hash_maps_equal_values_to_equal_hashes_and_keeps_nulls() -> None:
    values, _ = run(["a", None, "a", "b"], ["hash"], dtype=pl.String)
    assert values[0] == values[2] != values[3]
    assert values[1] is None


def test_transforms_of_text_take_typed_values_in_their_canonical_spelling() -> None:
    assert run([12, None], [{"pad": 4}], dtype=pl.Int64) == (["0012", None], [])
    assert run([date(2024, 5, 1)], [{"substring": {"length": 7}}], dtype=pl.Date) == (["2024-05"], [])


@pytest.mark.parametrize(
    "form",
    ["trim", {"to_date": "%d.%m.%Y"}, {"replace": {"old": "a", "new": "b"}},
     {"lookup": {"values": {"1": "x"}}}, {"pad": 5}, {"null_if": ("a", "b")}, {"default": 0},
     {"parse_number": "."}],
)  # fmt: skip
def test_a_transform_is_written_back_in_the_form_that_it_was_read_from(form: object) -> None:
    assert write_transform(read_transform(form)) == form


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("trimm", "'trimm' is not a transform. Did you mean 'trim'?"),
        ({"replace": {"odl": "a"}}, "'replace' has no argument 'odl'; it takes old, new. Did you mean"),
        ({"replace": "x"}, "'replace' takes old, new, not a value alone."),
        ({"replace": None}, "'replace': old: Field required"),
        ({"to_date": "%d.%Q"}, "unknown directive '%Q' at character 4"),
        ({"to_date": "dd.mm.yyyy"}, "has no directive such as %Y"),
        ({"regex_replace": {"pattern": "a(b"}}, "unclosed group at character 2"),
        ({"regex_replace": {"pattern": "x(?=a)b"}}, "look-around, including look-ahead"),
        ({"to_timestamp": {"zone": "Mars/Base"}}, "'Mars/Base' is not a time zone"),
        ({"pad": 0}, "greater than or equal to 1"),
        ({"to_bool": {"true": ["j"]}}, "come together"),
        ({"parse_number": {"decimal": ",", "thousands": ","}}, "cannot be the same"),
        (5, "a transform is a name (trim)"),
    ],
)  # fmt: skip
def test_a_wrong_transform_is_an_error_of_the_definition(form: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Mapping.model_validate({"to": "a", "from": "b", "transforms": ["trim", form]})
    error = caught.value.errors()[0]
    assert error["loc"] == ("transforms", 1)
    assert said in error["msg"]


def test_every_transform_is_described_with_its_arguments() -> None:
    described = {info.name: info for info in describe_transforms()}
    assert sorted(described) == sorted(NAMES)
    for info in described.values():
        assert info.description
        assert all(argument.description for argument in info.arguments), info.name
    assert described["pad"].main == "length"
    assert [a.name for a in described["replace"].arguments if a.required] == ["old"]


def test_the_json_schema_of_a_mapping_knows_the_transforms() -> None:
    forms = Mapping.model_json_schema()["properties"]["transforms"]["items"]["anyOf"]
    assert "trim" in forms[0]["enum"]
    assert {"pad", "lookup"} <= {next(iter(form["properties"])) for form in forms[1:]}


def test_a_default_that_does_not_fit_is_an_error_of_the_definition() -> None:
    mapping = {"to": "c", "from": "v", "transforms": ["to_int", {"default": "none"}]}
    with pytest.raises(DefinitionError, match="'none' is not a whole number: the values here are integer"):
        shape({"v": ["1"]}, [mapping], {"c": "integer"})
