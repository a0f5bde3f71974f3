import pytest

from intakegateway.model.types import DataType, Kind, parse_type


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("varchar(40)", "text(40)"),
        ("int32", "int32"),
        ("BIGINT", "integer"),
        ("decimal(12, 2)", "decimal(12,2)"),
    ],
)
def test_a_type_is_read_as_people_write_it(text: str, shown: str) -> None:
    assert str(parse_type(text)) == shown


@pytest.mark.parametrize("text", ["integr", "decimal(2,5)", "int7", ""])
def test_a_wrong_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="type|digits"):
        parse_type(text)


def test_a_native_type_keeps_its_name() -> None:
    assert str(DataType(Kind.OTHER, native="inet")) == "inet"
