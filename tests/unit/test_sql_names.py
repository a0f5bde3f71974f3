import pytest

from intakegateway.connectors.sql.names import fit_names, parse_table_name
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import TableName


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders", TableName("orders")),
        ("sales.orders", TableName("orders", "sales")),
        ('"a.b"', TableName("a.b")),
        ('"my schema"."or""ders"', TableName('or"ders', "my schema")),
        ("`a.b`.c", TableName("c", "a.b")),
        ("[a b].c", TableName("c", "a b")),
        ("😀 x", TableName("😀 x")),
        ('it"s', TableName('it"s')),
    ],
)
def test_a_table_name_is_read_with_its_schema(text: str, name: TableName) -> None:
    assert parse_table_name(text) == name


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a.b.c", '"a', '"a"b', '""'])
def test_what_is_no_table_name_is_refused(text: str) -> None:
    with pytest.raises(DestinationError, match="not a table name"):
        parse_table_name(text)


def test_names_that_fit_stay() -> None:
    assert fit_names(["a", "B", "select", 'x"y'], 63, False) == {
        "a": "a",
        "B": "B",
        "select": "select",
        'x"y': 'x"y',
    }


def test_a_long_name_is_called_the_same_whatever_stands_beside_it() -> None:
    long = "é" * 100
    alone = fit_names([long], 63, False)[long]
    beside = fit_names(["é" * 100 + "x", "é" * 31, long], 63, False)
    assert beside[long] == alone
    assert len(set(beside.values())) == 3
    assert all(len(name.encode()) <= 63 for name in beside.values())


def test_names_that_differ_by_case_are_told_apart_where_they_must() -> None:
    assert fit_names(["Name", "NAME", "name"], 63, True) == {
        "Name": "Name",
        "NAME": "NAME_2",
        "name": "name_3",
    }
    assert fit_names(["Name", "NAME"], 63, False) == {"Name": "Name", "NAME": "NAME"}
    assert fit_names(["a_2", "A", "a"], 63, True) == {"a_2": "a_2", "A": "A", "a": "a_3"}


def test_an_empty_name_and_a_nul_become_something() -> None:
    assert fit_names(["", "a\0b", "column"], 63, False) == {"": "column_2", "a\0b": "ab", "column": "column"}
