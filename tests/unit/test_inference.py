import polars as pl
import pytest

from intakegateway.engine.inference import Survey
from intakegateway.model.schema import Field


def survey(*chunks: list[str | None], whole: bool = True, **options: bool) -> Field:
    found = Survey(**options)
    for values in chunks:
        found.add(pl.DataFrame({"v": values}, schema={"v": pl.String}))
    return found.fields(whole)[0]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "-2", "9223372036854775807"], "integer"),
        (["0", "1"], "integer"),
        (["1", "9223372036854775808"], "decimal(19,0)"),
        (["1.50", "-20", ".5"], "decimal(4,2)"),
        (["1e3", "2.5E-7"], "float"),
        (["2.50", "-0.00"], "float"),
        (["0.5", "-0"], "float"),
        (["-.0", "7"], "float"),
        (["-0", "1e3"], "float"),
        (["true", "FALSE"], "boolean"),
        (["yes", "No"], "boolean"),
        (["t", "f"], "boolean"),
        (["2024-02-29", "1999-12-31"], "date"),
        (["2024-01-31T10:00:00", "2024-01-31 10:00:00.25"], "timestamp"),
        (["2024-01-31T10:00:00Z", "2024-01-31 10:00:00+05:30"], "timestamptz"),
        (["10:30", "23:59:59.5"], "time"),
        (["123e4567-e89b-12d3-a456-426614174000"], "uuid"),
        (['{"a": 1}', "[1, 2]"], "json"),
    ],
)
def test_a_field_gets_the_narrowest_type_that_all_values_survive(
    values: list[str | None], type_: str
) -> None:
    assert str(survey(values).type) == type_
    assert str(survey(*([value] for value in values if value not in ("t", "f")), values).type) == type_


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (["007", "12"], "leading zeros"),
        (["12", "+3"], "plus"),
        (["12", "-0"], "minus zero ('-0')"),
        (["-0", "-0"], "minus zero ('-0')"),
        ([" 12", "13"], "spaces"),
        (["1,234", "5,678"], "thousands or decimals"),
        (["9" * 39, "1"], "39 digits"),
        (["1e400", "1e2"], None),
        (["0.1234567890123456789", "1e-3"], None),
        (["true", "yes"], None),
        (["t", "t"], None),
        (["Y", "N"], "code"),
        (["2024-02-30", "2024-01-01"], "do not exist"),
        (["0000-00-00", "2024-01-01"], "do not exist"),
        (["01/02/2024", "03/04/2024"], "day first or month first"),
        (["01.02.24", "31.12.99"], "two digits"),
        (["2024-01-01 10:00:00.1234567", "2024-01-01 10:00:00.1234561"], "microsecond"),
        (["2024-01-01T10:00:00Z", "2024-01-01T10:00:00"], None),
        (["0001-01-01T00:00:00+14:00"], None),
        (["1", "N/A"], "null_texts: ['N/A']"),
        (["{'a': 1}", "{'b'"], None),
        (['{"a": 1}', '{"a": 1, "a": 2}'], None),
        (["-", "-"], None),
        ([""], None),
        ([None], "No values"),
    ],
)
def test_what_would_not_survive_stays_text_and_is_explained(
    values: list[str | None], note: str | None
) -> None:
    field = survey(values)
    assert str(field.type) == "text"
    if note:
        assert note in " ".join(field.notes)


@pytest.mark.parametrize(
    ("values", "type_", "date_format"),
    [
        (["31.12.2024", "1.2.2024"], "date", "%d.%m.%Y"),
        (["01/02/2024", "13/02/2024"], "date", "%d/%m/%Y"),
        (["01/02/2024", "01/13/2024"], "date", "%m/%d/%Y"),
        (["5 May 2024", "31 December 2024"], "date", "%d %B %Y"),
        (["01/13/2024 1:05 PM"], "timestamp", "%m/%d/%Y %I:%M %p"),
        (["2024/01/13 01:05:10"], "timestamp", "%Y/%m/%d %H:%M:%S"),
    ],
)
def test_one_date_format_that_reads_all_values_is_found(
    values: list[str | None], type_: str, date_format: str
) -> None:
    field = survey(values)
    assert (str(field.type), field.date_format) == (type_, date_format)


def test_a_later_chunk_decides_between_day_first_and_month_first() -> None:
    assert survey(["01/02/2024"] * 300, ["03/04/2024"], ["25/04/2024"]).date_format == "%d/%m/%Y"
    assert str(survey(["01/02/2024"] * 300, ["25/04/2024"], ["04/25/2024"]).type) == "text"


def test_a_late_value_widens_the_type_or_makes_it_text_with_a_reason() -> None:
    assert str(survey(["1"] * 500, ["2.25"]).type) == "decimal(3,2)"
    assert str(survey(["1"] * 500, ["1e5"]).type) == "float"
    assert str(survey(["1234567890123456"], ["1e5"]).type) == "text"
    field = survey([str(i) for i in range(500)], ["5", "abc"])
    assert str(field.type) == "text"
    assert field.notes == ("501 of 502 values are whole numbers, but not 'abc': kept as text.",)


def test_a_misfit_behind_the_first_look_is_found() -> None:
    assert str(survey([*(["1"] * 5000), "x"]).type) == "text"


def test_blank_texts_are_null_unless_the_field_is_text() -> None:
    number, text = survey(["1", "", None]), survey(["a", "", None])
    assert (number.nulls, number.values) == (2, 1)
    assert (text.nulls, text.values, text.max_length) == (1, 2, 1)


def test_a_decimal_comma_is_found_only_where_it_is_certain() -> None:
    field = survey(["1.234,50", "2,5", "3"])
    assert (str(field.type), field.decimal_comma) == ("decimal(6,2)", True)
    assert str(survey(["1,234", "2"]).type) == "text"
    assert str(survey(["1,234", "2"], decimal_comma=True).type) == "decimal(4,3)"
    assert str(survey(["1.234", "2"], decimal_comma=True).type) == "text"
    assert str(survey(["1,5"], decimal_comma=False).type) == "text"


def test_texts_of_a_typed_source_stay_text() -> None:
    assert str(survey(["1", "2"], narrow=False).type) == "text"


def test_fields_may_be_missing_from_chunks_and_change_their_type() -> None:
    found = Survey()
    found.add(pl.DataFrame({"a": [1, None], "b": ["1", "2"], "c": [1, 2], "e": [[1], [2]]}))
    found.add(pl.DataFrame({"a": [1.5], "b": [3], "c": ["x"], "d": [True]}))
    found.add(pl.DataFrame({"a": [None]}))
    a, b, c, e, d = found.fields(True)
    assert [str(f.type) for f in (a, b, c, d, e)] == ["float", "integer", "text", "boolean", "json"]
    assert (a.nulls, a.values, d.nulls) == (2, 2, 3)
    assert "several types" in c.notes[0]


def test_whole_numbers_beyond_what_a_float_holds_do_not_become_floats() -> None:
    found = Survey()
    found.add(pl.DataFrame({"a": [2**60]}))
    found.add(pl.DataFrame({"a": [0.5]}))
    assert str(found.fields(True)[0].type) == "text"


def test_chunks_without_rows_name_the_fields() -> None:
    found = Survey()
    found.add(pl.DataFrame(schema={"a": pl.String, "b": pl.Int64}))
    assert [f.name for f in found.fields(True)] == ["a", "b"]


def test_typed_fields_keep_their_type_without_rows() -> None:
    found = Survey()
    found.add(pl.DataFrame(schema={"a": pl.Int64, "b": pl.Date, "c": pl.String}), typed=True)
    assert [str(field.type) for field in found.fields(True)] == ["integer", "date", "text"]


def test_samples_are_a_few_different_short_values() -> None:
    field = survey(["x" * 200, "a", "a", None, "b", "c", "d", "e", "f"])
    assert len(field.samples) == 5
    assert len(field.samples[0]) == 80
    assert len(set(field.samples)) == 5
