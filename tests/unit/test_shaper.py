"""The shaper: mappings into columns, every row good, bad or deduplicated, all reasons of the bad ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from intakegateway.engine.shape import PROBLEM_SCHEMA, Checked
from intakegateway.engine.shaper import compile_shaper
from intakegateway.model.errors import DefinitionError
from shaping_cases import chunk, layout, reasons, shape


def test_fields_go_to_their_columns_in_the_order_of_the_columns() -> None:
    shaped = shape(
        {"A": ["1"], "B": ["x"], "C": ["aside"]},
        [{"to": "b", "from": "B"}, {"to": "a", "from": "A"}],
        {"a": "int32", "b": "text"},
    )
    assert shaped.frame.columns == ["a", "b"]
    assert shaped.frame.rows() == [(1, "x")]
    assert (shaped.bad, shaped.problems, shaped.warned) == (None, None, ())


def test_a_bad_row_has_all_its_reasons_and_the_good_rows_keep_their_numbers() -> None:
    shaped = shape(
        {"n": ["1", "x", "3"], "d": ["2024-01-01", "soon", "2024-13-01"], "t": ["ab", "abc", "abcd"]},
        [{"to": name, "from": name} for name in "ndt"],
        {"n": "int32", "d": "date", "t": "text(3)"},
        first_row=100,
    )
    assert shaped.frame.rows() == [(1, date(2024, 1, 1), "ab")]
    assert shaped.rows.to_list() == [100]
    assert shaped.bad is not None
    assert shaped.bad.to_list() == [False, True, True]
    assert reasons(shaped) == [
        (101, "INVALID_TYPE", "n"),
        (101, "INVALID_TYPE", "d"),
        (102, "INVALID_TYPE", "d"),
        (102, "TOO_LONG", "t"),
    ]
    assert shaped.problems is not None
    assert dict(shaped.problems.schema) == PROBLEM_SCHEMA


def test_a_field_that_a_chunk_lacks_is_null_and_the_default_takes_its_place() -> None:
    mappings = [{"to": "a", "from": "a"}, {"to": "b", "from": "b", "default": 7}]
    shaper = compile_shaper(layout(mappings, {"a": "int32", "b": "int32"}))
    assert shaper(chunk({"a": ["1", "2"]}), 1).frame.rows() == [(1, 7), (2, 7)]
    assert shaper(chunk({"b": ["5", None]}), 3).frame.rows() == [(None, 5), (None, 7)]
    assert shaper(chunk({"b": ["", "6"]}), 5).frame.rows() == [(None, 7), (None, 6)]


def test_fields_may_have_other_types_in_other_chunks() -> None:
    shaper = compile_shaper(layout([{"to": "a", "from": "a"}], {"a": "decimal(9,2)"}))
    for values in (["1.5"], [1.5], [Decimal("1.50")]):
        assert shaper(chunk({"a": values}), 1).frame["a"].to_list() == [Decimal("1.50")]
    assert shaper(chunk(pl.DataFrame({"a": [None]}, schema={"a": pl.Null})), 1).frame["a"].to_list() == [None]


def test_a_chunk_without_rows_or_without_fields_is_shaped_too() -> None:
    mappings = [{"to": "a", "from": "a"}, {"to": "k", "constant": "x"}, {"to": "e", "expression": "1 + 1"}]
    shaper = compile_shaper(layout(mappings, {"a": "int32", "k": "text", "e": "integer"}))
    assert shaper(chunk({"a": []}), 1).frame.height == 0
    assert shaper(chunk(pl.DataFrame(height=2)), 1).frame.rows() == [(None, "x", 2)] * 2


def test_a_path_into_a_json_field_is_read() -> None:
    shaped = shape(
        {"tags": ['["a","b"]', "[]", None], "user": ['{"mail":[{"at":"x"}]}', '{"mail":null}', "oops"]},
        [{"to": "first", "from": "tags.0"}, {"to": "at", "from": "user.mail.0.at"}],
        {"first": "text", "at": "text"},
    )
    assert shaped.frame.rows() == [("a", "x"), (None, None)]
    assert shaped.problems is not None
    assert shaped.problems["message"].to_list() == [
        "'oops' is not a JSON document, so it has no 'user.mail.0.at'."
    ]


def test_a_field_with_a_dot_in_its_name_comes_before_a_path() -> None:
    shaped = shape({"a.b": ["1"], "a": ['{"b":2}']}, [{"to": "c", "from": "a.b"}], {"c": "integer"})
    assert shaped.frame.rows() == [(1,)]


def test_a_split_by_a_delimiter_leaves_the_rest_to_the_last_column() -> None:
    shaped = shape(
        {"n": ["Ada Lovelace", "Plato", "Vincent van Gogh", None]},
        [{"to": ["f", "l"], "split": {"from": "n", "by": " "}, "transforms": ["upper"]}],
        {"f": "text", "l": "text"},
    )
    assert shaped.frame.rows() == [
        ("ADA", "LOVELACE"),
        ("PLATO", None),
        ("VINCENT", "VAN GOGH"),
        (None, None),
    ]


def test_a_split_by_a_pattern_rejects_what_does_not_match() -> None:
    shaped = shape(
        {"n": ["12 kg", "5 t", "heavy", None]},
        [{"to": ["q", "u"], "split": {"from": "n", "pattern": "^([0-9]+) (.+)$"}}],
        {"q": "integer", "u": "text"},
    )
    assert shaped.frame.rows() == [(12, "kg"), (5, "t"), (None, None)]
    assert reasons(shaped) == [(3, "UNMATCHED", "q")]


def test_a_join_leaves_nulls_out() -> None:
    shaped = shape(
        {"a": ["x", None, None], "b": [1, 2, None]},
        [{"to": "c", "join": {"from": ["a", "b", "missing"], "with": ", "}}],
        {"c": "text"},
    )
    assert shaped.frame["c"].to_list() == ["x, 1", "2", None]


@pytest.mark.parametrize(
    ("sources", "joined"),
    [
        (["a", "a"], "x x"),
        (["missing", "a", "lacking"], "x"),
        (["o.f", "o.l"], "1 2"),
        (["missing", "lacking"], None),
    ],
)
def test_a_join_takes_a_field_twice_and_several_of_one_object(sources: list[str], joined: str | None) -> None:
    shaped = shape(
        {"a": ["x"], "o": ['{"f": 1, "l": 2}']},
        [{"to": "c", "join": {"from": sources, "with": " "}}],
        {"c": "text"},
    )
    assert shaped.frame["c"].to_list() == [joined]


@pytest.mark.parametrize(
    ("given", "of", "value"),
    [("x", "text", "x"), (5, "int32", 5), ("2024-05-01", "date", date(2024, 5, 1)), (True, "boolean", True),
     (None, "text", None), ({"a": 1}, "json", '{"a":1}')],
)  # fmt: skip
def test_a_constant_stands_in_every_row(given: object, of: str, value: object) -> None:
    shaped = shape({"a": ["1", "2"]}, [{"to": "c", "constant": given}], {"c": of})
    assert shaped.frame["c"].to_list() == [value] * 2


@pytest.mark.parametrize("key", ["constant", "default"])
def test_a_constant_or_default_that_does_not_fit_its_column_is_an_error_of_the_definition(key: str) -> None:
    mapping = {"to": "c", "constant": "x"} if key == "constant" else {"to": "c", "from": "a", "default": "x"}
    with pytest.raises(DefinitionError, match="'x' is not a whole number: column 'c' is int32") as caught:
        shape({"a": [None]}, [mapping], {"c": "int32"})
    assert caught.value.path == ("mapping", 0, key)


def test_a_default_does_not_hide_a_value_that_could_not_be_read() -> None:
    shaped = shape({"a": ["x", None]}, [{"to": "c", "from": "a", "default": 0}], {"c": "int32"})
    assert shaped.frame["c"].to_list() == [0]
    assert reasons(shaped) == [(1, "INVALID_TYPE", "c")]


def test_a_required_column_without_a_value_rejects_the_row_once() -> None:
    shaped = shape({"a": ["1", None, "", "x"]}, [{"to": "a", "from": "a"}], {"a": "int32"}, required=("a",))
    assert shaped.frame["a"].to_list() == [1]
    assert reasons(shaped) == [(2, "NOT_NULL", "a"), (3, "NOT_NULL", "a"), (4, "INVALID_TYPE", "a")]


def test_a_nul_character_is_refused_unless_the_destination_stores_it() -> None:
    frame = {"a": ["x\0y", "z"]}
    mapping = [{"to": "a", "from": "a"}]
    assert reasons(shape(frame, mapping, {"a": "text"})) == [(1, "NUL_CHARACTER", "a")]
    assert shape(frame, mapping, {"a": "text"}, stores_nul_in_text=True).bad is None


def test_the_search_for_nul_is_spared_where_the_source_knows_that_there_is_none() -> None:
    shaper = compile_shaper(layout([{"to": "a", "from": "a"}], {"a": "text"}))
    assert shaper(chunk({"a": ["x\0y"]}, nul=False), 1).bad is None
    assert shaper(chunk({"a": ["x\0y"]}), 1).bad is not None


def test_date_formats_of_the_layout_are_for_the_field_as_it_stands_in_the_source() -> None:
    shaped = shape(
        {"d": ["01.02.2021"]},
        [{"to": "plain", "from": "d"}, {"to": "done", "from": "d", "transforms": [{"to_date": "%m.%d.%Y"}]}],
        {"plain": "date", "done": "date"},
        date_formats={"d": "%d.%m.%Y"},
    )
    assert shaped.frame.rows() == [(date(2021, 2, 1), date(2021, 1, 2))]


def test_a_decimal_comma_of_the_layout_is_for_the_field_as_it_stands_in_the_source() -> None:
    shaped = shape(
        {"n": ["1,5"]},
        [{"to": "a", "from": "n"}, {"to": "b", "from": "n", "transforms": ["trim", "parse_number"]}],
        {"a": "decimal(9,2)", "b": "decimal(9,2)"},
        decimal_comma=True,
    )
    assert shaped.frame.rows() == [(Decimal("1.50"), Decimal("1.50"))]


@pytest.mark.parametrize("odd", [None, "", "7.125", "n/a", "1\0002", " 4 ", "1e2", "12345678"])
def test_one_odd_value_in_a_chunk_of_plain_decimals_changes_no_other(odd: str | None) -> None:
    plain = ["1.5", "-2.25", "+3", "0.1", "007.70"]
    mapping, types = [{"to": "a", "from": "n"}], {"a": "decimal(7,2)"}
    alone = shape({"n": plain}, mapping, types)
    beside = shape({"n": [*plain, odd, *plain]}, mapping, types)
    only = shape({"n": [odd, "x"]}, mapping, types)
    expected = [Decimal("1.50"), Decimal("-2.25"), Decimal("3.00"), Decimal("0.10"), Decimal("7.70")]
    assert alone.frame["a"].to_list() == expected
    rows = dict(zip(beside.rows, beside.frame["a"], strict=True))
    assert [rows[n] for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11)] == expected * 2
    assert rows.get(6) == (only.frame["a"][0] if 1 in only.rows else None)
    assert (6 in rows) == (1 in only.rows)


class Rules:
    """A checker that sets, refuses and drops what it is told to."""

    def __init__(self, problems: list[tuple[int, str, str, str]], dropped: list[bool] | None = None) -> None:
        self.problems = pl.DataFrame(problems, schema=PROBLEM_SCHEMA, orient="row")
        self.dropped = dropped
        self.bad: list[bool] | None = None

    def __call__(self, typed: pl.DataFrame, rows: pl.Series, bad: pl.Series | None) -> Checked:
        self.bad = bad.to_list() if bad is not None else None
        return Checked(
            typed.with_columns(pl.col("a").fill_null(-1)),
            problems=self.problems,
            dropped=pl.Series(self.dropped) if self.dropped else None,
            warned=(("RANGE", "a", "a is low", 2),),
            stop="stop now" if 4 in rows else None,
        )


def test_rules_add_their_reasons_but_not_about_values_that_could_not_be_read() -> None:
    rules = Rules([(1, "RANGE", "a", "too low"), (2, "NOT_NULL", "a", "empty"), (2, "REGEX", "b", "odd")])
    shaped = shape(
        {"a": ["1", "x", "3", None], "b": ["p", "q", "r", "s"]},
        [{"to": "a", "from": "a"}, {"to": "b", "from": "b"}],
        {"a": "int32", "b": "text"},
        rules=rules,
        required=("a",),
    )
    assert rules.bad == [False, True, False, False]
    assert reasons(shaped) == [(1, "RANGE", "a"), (2, "INVALID_TYPE", "a"), (2, "REGEX", "b")]
    assert shaped.frame.rows() == [(3, "r"), (-1, "s")]
    assert shaped.warned == (("RANGE", "a", "a is low", 2),)
    assert shaped.stop == "stop now"


def test_bad_rows_are_rejected_before_they_can_count_as_duplicates() -> None:
    shaped = shape(
        {"a": ["1", "x", "3", "4"]},
        [{"to": "a", "from": "a"}],
        {"a": "int32"},
        rules=Rules([], [True, True, False, False]),
        excluded=pl.Series([3, 9]),
    )
    assert shaped.deduplicated == 2
    assert shaped.bad is not None
    assert shaped.bad.to_list() == [False, True, False, False]
    assert shaped.rows.to_list() == [4]


def test_the_rows_of_a_chunk_add_up() -> None:
    values = ["1", "x", "", None, "12.5", "7"] * 50
    shaped = shape({"a": values}, [{"to": "a", "from": "a"}], {"a": "int8"}, required=("a",))
    assert shaped.bad is not None
    assert shaped.frame.height + int(shaped.bad.sum()) + shaped.deduplicated == len(values)
    assert shaped.problems is not None
    assert set(shaped.problems["row"]) == {n for n, bad in enumerate(shaped.bad, start=1) if bad}
