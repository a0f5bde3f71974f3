import pytest

from intakegateway.engine.matching import auto_match, folded, mapping_warnings, suggest_transforms
from intakegateway.model.schema import Column, Field
from intakegateway.model.types import DATE, INTEGER, JSON, TEXT, TIMESTAMP, DataType, Kind

MONEY = DataType(Kind.DECIMAL, precision=12, scale=2)


@pytest.mark.parametrize("name", ["Customer ID", "customer_id", "customerId", "CUSTOMER-ID", "customér id"])
def test_spellings_of_one_name_are_equal(name: str) -> None:
    assert folded(name) == "customerid"


def test_the_best_field_wins_a_column_and_no_field_serves_twice() -> None:
    matches = {
        m.column: (m.field, m.reason)
        for m in auto_match(["E-Mail", "email", "PLZ"], ["email", "zip", "mail"])
    }
    assert matches["email"] == ("email", "same name")
    assert matches["zip"][0] == "PLZ"
    assert matches["mail"][0] == "E-Mail"


def test_what_was_matched_before_beats_a_synonym() -> None:
    found = auto_match(["ort", "town"], ["city"], {"town": "city"})
    assert [(m.field, m.reason) for m in found] == [("town", "matched so before")]


def test_the_last_part_of_a_path_is_a_weak_match() -> None:
    (match,) = auto_match(["user.address.street"], ["street"])
    assert match.score < 0.7


@pytest.mark.parametrize(
    ("field", "column", "transforms"),
    [
        (Field("d", TEXT, date_format="%d.%m.%Y"), Column("d", DATE), [{"to_date": "%d.%m.%Y"}]),
        (Field("n", TEXT), Column("n", INTEGER), [{"parse_number": "."}]),
        (Field("n", TEXT, samples=("1.234,50 EUR", "n/a")), Column("n", MONEY), [{"parse_number": ","}]),
        (Field("n", TEXT, samples=("1,234.50", "12.5")), Column("n", MONEY), [{"parse_number": "."}]),
        (Field("n", MONEY, decimal_comma=True), Column("n", MONEY), [{"parse_number": ","}]),
        (
            Field("n", MONEY, decimal_comma=True),
            Column("n", INTEGER),
            [{"parse_number": ","}, {"round": 0}, "to_int"],
        ),
        (
            Field("t", TEXT, max_length=90),
            Column("t", DataType(Kind.TEXT, length=40)),
            [{"substring": {"start": 1, "length": 40}}],
        ),
        (Field("n", INTEGER), Column("n", INTEGER), []),
    ],
)
def test_transforms_are_suggested_where_types_differ(
    field: Field, column: Column, transforms: list[object]
) -> None:
    assert suggest_transforms(field, column) == transforms


def test_warnings_name_what_may_not_be_meant() -> None:
    fields = [Field("a", TIMESTAMP), Field("tags", JSON)]
    columns = [Column("day", DATE), Column("copy", TIMESTAMP), Column("n", INTEGER)]
    warnings = mapping_warnings([("a", "day"), ("a", "copy"), ("tags", "n")], fields, columns)
    assert [w.split(":")[0] for w in warnings] == [
        "Field 'a' is timestamp, column 'day' is date",
        "Field 'tags' has arrays or objects, column 'n' takes one integer",
        "Field 'a' is used 2 times",
    ]
