import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from intakegateway.engine.rules import compile_rules
from intakegateway.engine.shape import Checked, Checker
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.rules import DedupeRule, Rule, RuleOptions
from intakegateway.model.schema import Column
from intakegateway.model.types import parse_type

COLUMNS = tuple(
    Column(name, parse_type(of))
    for name, of in {
        "id": "integer", "name": "text", "total": "decimal(10,2)", "rate": "float", "day": "date",
        "at": "timestamp", "zoned": "timestamptz", "ok": "boolean", "raw": "binary", "big": "decimal",
    }.items()
)  # fmt: skip


def read(*rules: dict[str, Any]) -> tuple[RuleOptions, ...]:
    return TypeAdapter(tuple[Rule, ...]).validate_python(rules)


def build(*rules: dict[str, Any], **more: Any) -> Checker:
    return compile_rules(read(*rules), COLUMNS, **more)


def frame(**values: list[Any]) -> pl.DataFrame:
    height = len(next(iter(values.values())))
    return pl.DataFrame(
        [pl.Series(c.name, values.get(c.name, [None] * height), dtype=polars_type(c.type)) for c in COLUMNS]
    )


def check(
    *rules: dict[str, Any], bad: list[bool] | None = None, more: Any = None, **values: list[Any]
) -> Checked:
    typed = frame(**values)
    rows = pl.Series("row", range(100, 100 + typed.height), dtype=pl.Int64)
    return build(*rules, **(more or {}))(typed, rows, pl.Series(bad) if bad else None)


def failed(outcome: Checked) -> list[int]:
    return [] if outcome.problems is None else [row - 100 for row in outcome.problems["row"]]


@pytest.mark.parametrize(
    ("rule", "values", "fails", "message"),
    [
        ({"not_null": "id"}, {"id": [1, None]}, [1], "'id' has no value."),
        (
            {"range": {"column": "id", "min": 2, "max": 4}},
            {"id": [1, 2, 4, 5, None]},
            [0, 3],
            "1 is not between 2 and 4.",
        ),
        ({"range": {"column": "id", "min": 1.5}}, {"id": [1, 2]}, [0], "1 is not at least 1.5."),
        ({"range": {"column": "id", "max": 10**20}}, {"id": [1, 2**62]}, [], None),
        (
            {"range": {"column": "total", "min": 0.1}},
            {"total": [Decimal("0.10"), Decimal("0.09")]},
            [1],
            "0.09 is not at",
        ),
        (
            {"range": {"column": "rate", "max": 1}},
            {"rate": [0.5, 1.5, float("nan")]},
            [1, 2],
            "1.5 is not at most 1.",
        ),
        ({"range": {"column": "big", "min": 5}}, {"big": ["10", "4.5"]}, [1], "4.5 is not at least 5."),
        (
            {"range": {"column": "day", "min": "2024-01-02"}},
            {"day": [datetime.date(2024, 1, 1)]},
            [0],
            "2024-01-01 is",
        ),
        (
            {"range": {"column": "day", "min": datetime.date(2024, 1, 2)}},
            {"day": [datetime.date(2024, 1, 3)]},
            [],
            None,
        ),
        (
            {"range": {"column": "at", "max": "2024-01-02"}},
            {"at": [datetime.datetime(2024, 1, 2, 1)]},
            [0],
            "2024-01-02",
        ),
        (
            {"range": {"column": "zoned", "max": "2024-01-02T00:00:00+02:00"}},
            {"zoned": [datetime.datetime(2024, 1, 1, 22, 30, tzinfo=datetime.UTC)]},
            [0],
            "2024-01-01 22:30",
        ),
        ({"range": {"column": "name", "min": "b"}}, {"name": ["a", "b"]}, [0], "a is not at least b."),
        (
            {"regex": {"column": "name", "pattern": "^[a-z]+$"}},
            {"name": ["abc", "a1", None]},
            [1],
            "'a1' does not match",
        ),
        (
            {"regex": {"column": "name", "pattern": "@"}},
            {"name": ["a@b", "ab"]},
            [1],
            "'ab' does not match @.",
        ),
        ({"regex": {"column": "id", "pattern": "^1"}}, {"id": [10, 20]}, [1], "'20'"),
        (
            {"length": {"column": "name", "min": 2, "max": 3}},
            {"name": ["ä", "äö", "four"]},
            [0, 2],
            "'ä' has 1 char",
        ),
        (
            {"length": {"column": "raw", "max": 1}},
            {"raw": [b"ab"]},
            [0],
            "'6162' has 2 bytes; at most 1 are allowed.",
        ),
        (
            {"in": {"column": "name", "values": ["a", "b"]}},
            {"name": ["a", "c", None]},
            [1],
            "'c' is not one of a, b.",
        ),
        ({"in": {"column": "id", "values": [1, 2]}}, {"id": [1, 3]}, [1], "'3' is not one of 1, 2."),
        (
            {"in": {"column": "total", "values": [1, 2.5]}},
            {"total": [Decimal("2.50"), Decimal(3)]},
            [1],
            "'3.00'",
        ),
        ({"in": {"column": "ok", "values": [True]}}, {"ok": [True, False]}, [1], "'false'"),
        ({"in": {"column": "big", "values": [1, 2]}}, {"big": ["1.0", "3"]}, [1], "'3'"),
        ({"in": {"column": "day", "values": ["2024-01-01"]}}, {"day": [datetime.date(2024, 1, 1)]}, [], None),
    ],
)
def test_each_rule_finds_the_rows_that_fail_and_says_why(
    rule: dict[str, Any], values: dict[str, list[Any]], fails: list[int], message: str | None
) -> None:
    outcome = check(rule, **values)
    assert failed(outcome) == fails
    if message is None:
        assert outcome.problems is None
    else:
        assert outcome.problems is not None
        assert outcome.problems["message"][0].startswith(message)
        assert outcome.problems["code"][0] == next(iter(rule)).upper()
        assert outcome.problems.schema == {
            "row": pl.Int64,
            "code": pl.String,
            "column": pl.String,
            "message": pl.String,
        }


def test_a_row_gets_all_its_reasons() -> None:
    outcome = check(
        {"not_null": ["id", "day"]}, {"length": {"column": "name", "max": 1}}, id=[None, 1], name=["abc", "a"]
    )
    assert outcome.problems is not None
    assert outcome.problems.rows() == [
        (100, "NOT_NULL", "id", "'id' has no value."),
        (100, "NOT_NULL", "day", "'day' has no value."),
        (101, "NOT_NULL", "day", "'day' has no value."),
        (100, "LENGTH", "name", "'abc' has 3 characters; at most 1 are allowed."),
    ]


def test_nothing_to_say_about_good_rows_and_empty_chunks() -> None:
    rules = ({"not_null": "id"}, {"range": {"column": "id", "min": 0}})
    assert check(*rules, id=[1, 2]).problems is None
    assert check(*rules, id=[]).problems is None


def test_a_warning_counts_rows_and_lets_them_pass() -> None:
    outcome = check(
        {"range": {"column": "id", "min": 5}, "severity": "warning", "name": "small"}, id=[1, 2, 9]
    )
    assert outcome.problems is None
    assert outcome.warned == (("RANGE", "id", "small for id.", 2),)


def test_set_null_and_set_default_change_values_before_other_rules_look() -> None:
    outcome = check(
        {"not_null": "name"},
        {"range": {"column": "total", "min": 0}, "on_fail": "set_default", "default": 0},
        {"regex": {"column": "name", "pattern": "^a"}, "on_fail": "set_null"},
        total=[Decimal(-1), Decimal(5)], name=["abc", "xyz"],
    )  # fmt: skip
    assert outcome.frame["total"].to_list() == [Decimal(0), Decimal(5)]
    assert outcome.frame["total"].dtype == pl.Decimal(10, 2)
    assert outcome.frame["name"].to_list() == ["abc", None]
    assert failed(outcome) == [1]
    assert outcome.warned == (
        ("RANGE", "total", "RANGE fails for total; total was set to '0'.", 1),
        ("REGEX", "name", "REGEX fails for name; name was set to null.", 1),
    )


def test_a_default_replaces_null() -> None:
    rule = {"not_null": "day", "on_fail": "set_default", "default": "2024-01-01"}
    assert check(rule, day=[None]).frame["day"].to_list() == [datetime.date(2024, 1, 1)]


def test_values_that_a_cast_refused_are_not_counted_as_replaced() -> None:
    rule = {"not_null": "id", "on_fail": "set_default", "default": 1}
    assert check(rule, id=[None, None], bad=[True, False]).warned[0][3] == 1


def test_stop_ends_the_run_with_the_first_reason() -> None:
    outcome = check({"range": {"column": "id", "min": 1}, "on_fail": "stop"}, id=[1, 0])
    assert outcome.stop == "A rule stopped the run (RANGE): 0 is not at least 1."
    assert failed(outcome) == [1]
    assert check({"range": {"column": "id", "min": 1}, "on_fail": "stop"}, id=[1]).stop is None


def test_an_own_message_is_used() -> None:
    outcome = check({"not_null": "id", "message": "Where is the id?"}, id=[None, None])
    assert outcome.problems is not None
    assert outcome.problems["message"].to_list() == ["Where is the id?"] * 2


class Lost:
    def __init__(self, *rows: int) -> None:
        self.numbers = pl.Series([row + 100 for row in rows], dtype=pl.Int64)

    def mask(self, rows: pl.Series) -> pl.Series:
        return rows.is_in(self.numbers.implode())


def test_losers_of_unique_are_rejects_and_losers_of_dedupe_are_dropped() -> None:
    rules = ({"unique": ["id"]}, {"dedupe": {"keys": ["name"], "keep": "last"}}, {"not_null": "ok"})
    outcome = check(
        *rules, more={"losers": {0: Lost(0, 3), 1: Lost(0, 1, 2, 3)}}, bad=[False, False, False, True],
        id=[1, 1, 1, 1], ok=[True, True, None, True],
    )  # fmt: skip
    assert outcome.problems is not None
    assert outcome.problems.select("row", "code", "column", "message").rows() == [
        (102, "NOT_NULL", "ok", "'ok' has no value."),
        (100, "UNIQUE", "id", "Another row has the same id."),
    ]
    assert outcome.dropped is not None
    assert outcome.dropped.to_list() == [False, True, False, False]


def test_without_losers_all_rows_pass_unique_and_dedupe() -> None:
    outcome = check({"unique": "id"}, {"dedupe": "id"}, id=[1, 1])
    assert (outcome.problems, outcome.dropped) == (None, None)


def test_references_are_asked_once_for_each_value() -> None:
    asked: list[list[Any]] = []

    def existing(table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        assert (table, columns, values.columns) == ("people", ("nr",), ["nr"])
        asked.append(values["nr"].to_list())
        return values["nr"] < 10

    rules = build({"reference": {"column": "id", "table": "people", "to": "nr"}}, existing=existing)
    rows = pl.Series([100, 101, 102, 103], dtype=pl.Int64)
    first = rules(frame(id=[1, 1, 50, None]), rows, None)
    second = rules(frame(id=[2, 50, 1, 60]), rows, None)
    assert (failed(first), failed(second)) == ([2], [1, 3])
    assert asked == [[1, 50], [2, 60]]
    assert first.problems is not None
    assert first.problems["message"][0] == "'50' is not in people (nr)."


def test_a_reference_of_two_columns_and_one_that_is_set_to_null() -> None:
    def existing(table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        return values[columns[0]] == 1

    pair = {"reference": {"columns": ["id", "name"], "table": "t"}}
    assert failed(check(pair, more={"existing": existing}, id=[1, 2, 3], name=["a", "b", None])) == [1]
    single = {"reference": {"column": "id", "table": "t"}, "on_fail": "set_null"}
    outcome = check(single, more={"existing": existing}, id=[1, 2])
    assert outcome.frame["id"].to_list() == [1, None]
    assert outcome.frame.columns == [column.name for column in COLUMNS]


def test_an_expression_is_a_condition_over_the_columns() -> None:
    outcome = check({"expression": "id > 1 AND name <> 'x'"}, id=[1, 2, None, 3], name=["a", "a", "a", "x"])
    assert failed(outcome) == [0, 3]
    assert outcome.problems is not None
    assert outcome.problems.row(0) == (100, "EXPRESSION", "", "id > 1 AND name <> 'x' is not true.")


def test_a_row_whose_condition_cannot_be_worked_out_fails_it() -> None:
    rule = {"expression": "10 / id > 1"}
    outcome = check(rule, id=[0, 1, 20])
    assert outcome.problems is not None
    assert sorted(outcome.problems.select("row", "code").rows()) == [
        (100, "DIVISION_BY_ZERO"),
        (102, "EXPRESSION"),
    ]
    warned = check({**rule, "severity": "warning"}, id=[0, 1, 20])
    assert warned.problems is None
    assert sum(count for *_, count in warned.warned) == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"not_null": "nmae"}, "'nmae', which rows do not fill. Did you mean 'name'"),
        (
            {"range": {"column": "id", "min": "abc"}},
            "'abc' does not fit the column 'id', which is integer. Give a whole",
        ),
        ({"range": {"column": "ok", "min": 1}}, "no range"),
        ({"range": {"column": "id", "min": 5, "max": 1}}, "'min' (5) is more than 'max' (1)"),
        ({"range": {"column": "day", "min": "yesterday"}}, "Give a date like 2024-05-31"),
        ({"range": {"column": "name", "min": 1}}, "Give a text"),
        ({"in": {"column": "id", "values": [1, 1.5]}}, "'1.5' does not fit"),
        ({"in": {"column": "ok", "values": ["yes"]}}, "Give true or false"),
        ({"regex": {"column": "raw", "pattern": "x"}}, "has no text"),
        ({"not_null": "id", "on_fail": "set_default", "default": "x"}, "'x' does not fit"),
        ({"not_null": "total", "on_fail": "set_default", "default": 1.005}, "'1.005' does not fit"),
        ({"unique": ["id", "x"]}, "'x', which rows do not fill"),
        ({"dedupe": {"keys": ["id"], "order_by": "when"}}, "'when', which rows do not fill"),
        ({"reference": {"column": "id", "table": "t"}}, "cannot look up references"),
        ({"expression": "id + 1"}, "true or false"),
        ({"expression": "idd > 1"}, "idd"),
        ({"expression": "id > "}, "id >"),
        ({"expression": "id IN (SELECT 1)"}, "SELECT"),
    ],
)
def test_a_rule_that_does_not_fit_the_columns_is_refused(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        build({"not_null": "id"}, rule)
    assert message in str(caught.value)
    assert caught.value.path[:2] == ("rules", 1)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"notnull": "id"}, "'notnull' is not a rule. Did you mean 'not_null'?"),
        ({"severity": "error"}, "no rule is named. Allowed: not_null, range"),
        ({"not_null": "a", "unique": "b"}, "a rule says one thing; given: not_null, unique"),
        ({"regex": {"column": "a", "pattern": "("}}, "unclosed group"),
        ({"regex": {"column": "a", "pattern": "(?=a)"}}, "look-ahead"),
        ({"range": {"column": "a"}}, "give 'min', 'max' or both"),
        ({"length": {"column": "a", "min": 3, "max": 1}}, "'min' (3) is more than 'max' (1)"),
        ({"not_null": "a", "on_fail": "set_null"}, "'on_fail: set_null' does not fit. Allowed: reject"),
        ({"regex": {"column": "a", "pattern": "x"}, "on_fail": "set_default"}, "go together"),
        ({"not_null": "a", "severity": "warning", "on_fail": "stop"}, "does not stop the run"),
        ({"not_null": "a", "severty": "error"}, "Extra inputs"),
        ({"reference": {"column": "a", "table": "t", "to": ["x", "y"]}}, "same number of columns"),
        ("not_null", "a rule is a mapping such as {not_null: id}"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_when_it_is_read(rule: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(rule)
    assert message in str(caught.value)


def test_rules_come_back_from_what_they_are_written_as() -> None:
    rules = read(
        {"not_null": "id"}, {"in": {"column": "a", "values": [1]}}, {"unique": "a"}, {"expression": "a > 1"},
        {"dedupe": {"keys": "id", "keep": "last", "order_by": "at"}, "name": "newest"},
        {"reference": {"columns": ["a", "b"], "table": "t"}, "severity": "warning"},
    )  # fmt: skip
    written = [rule.model_dump(by_alias=True, exclude_unset=True, mode="json") for rule in rules]
    assert read(*written) == rules
    newest = rules[4]
    assert isinstance(newest, DedupeRule)
    assert (newest.keys, newest.keep, newest.order_by) == (("id",), "last", "at")
