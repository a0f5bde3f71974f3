"""Expressions: what they give, what they refuse before the run, what they report in it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import polars as pl
import pytest

from intakegateway.engine.expressions import check_expression, compile_condition, compile_expression
from intakegateway.engine.problems import Findings
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.types import parse_type

UTC = UTC
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
FIELDS = {
    name: parse_type(of)
    for name, of in {
        "a": "int32", "b": "bigint", "p": "decimal(12,2)", "q": "decimal(10,3)", "f": "float", "s": "text",
        "d": "date", "ts": "timestamp", "ok": "boolean", "user.name": "text", "n": "decimal",
        "Qty": "integer", "odd name": "text", "wide": "decimal(38,2)",
    }.items()
}  # fmt: skip
ROWS: dict[str, list[Any]] = {
    "a": [7, -7, None],
    "b": [2**62, 0, 5],
    "p": [D("1.25"), D("-2.50"), None],
    "q": [D("2.125"), D("0.003"), D("9.999")],
    "f": [1.5, -2.5, None],
    "s": ["Hello", " 12 ", None],
    "d": [date(2024, 1, 31), date(2023, 2, 28), None],
    "ts": [datetime(2024, 1, 31, 13, 45, 10), datetime(2000, 1, 1), None],
    "ok": [True, False, None],
    "user.name": ["x", "y", None],
    "n": ["1.5", "-2", None],
    "Qty": [1, 2, 3],
    "odd name": ["o", "p", None],
    "wide": [D("9" * 36 + ".12"), D("1.00"), None],
}
FRAME = pl.DataFrame(ROWS, schema={name: polars_type(of) for name, of in FIELDS.items()})


def evaluate(text: str) -> tuple[list[Any], list[tuple[int, str]]]:
    """The values, and the row and code of every problem."""
    program = compile_expression(text, FIELDS, now=NOW)
    found = Findings(FRAME.height)
    values = program(FRAME, "c", found)
    assert values.dtype == polars_type(program.type)
    assert values.len() == FRAME.height
    problems = found.problems(0)
    return values.to_list(), [] if problems is None else list(problems.select("row", "code").iter_rows())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a + 1", [8, -6, None]),
        ("a % 3", [1, -1, None]),
        ("-a", [-7, 7, None]),
        ("a / 2", [D("3.500000"), D("-3.500000"), None]),
        ("p * q", [D("2.65625"), D("-0.00750"), None]),
        ("p + q", [D("3.375"), D("-2.497"), None]),
        ("p * f", [1.875, 6.25, None]),
        ("0.1 + 0.2", [D("0.3")] * 3),
        ("n + p", [D("2.75"), D("-4.5"), None]),
        ("qty * 2", [2, 4, 6]),
        ("user.name || '!'", ["x!", "y!", None]),
        ('"odd name"', ["o", "p", None]),
        ("p || s", ["1.25Hello", "-2.50 12 ", None]),
        ("concat(s, '-', a)", ["Hello-7", " 12 --7", "-"]),
        ("concat_ws('/', s, user.name)", ["Hello/x", " 12 /y", ""]),
        ("upper(trim(s))", ["HELLO", "12", None]),
        ("substring(s, 2, 3)", ["ell", "12 ", None]),
        ("substring(s from 0 for 2)", ["H", " ", None]),
        ("left(s, 2) || right(s, -3)", ["Helo", " 1 ", None]),
        ("position('l' in s)", [3, 0, None]),
        ("split_part('a,b', ',', 2)", ["b"] * 3),
        ("split_part('a,b', ',', 9)", [""] * 3),
        ("length(s)", [5, 4, None]),
        ("replace(s, 'l', 'L')", ["HeLLo", " 12 ", None]),
        ("regexp_replace(s, '(l)', '<\\1>', 'g')", ["He<l><l>o", " 12 ", None]),
        ("s ~ '^H'", [True, False, None]),
        ("s like 'H_l%'", [True, False, None]),
        ("s not ilike 'h%'", [False, True, None]),
        ("'50%' like '50\\%'", [True] * 3),
        ("a in (7, 8)", [True, False, None]),
        ("a not in (7, null)", [False, None, None]),
        ("a between -10 and 0", [False, True, None]),
        ("a is null", [False, False, True]),
        ("a is not null and ok", [True, False, False]),
        ("not ok or a < 0", [False, True, None]),
        ("p > q", [False, False, None]),
        ("d > '2023-12-31'", [True, False, None]),
        ("case when a > 0 then 'plus' when a < 0 then 'minus' else 'none' end", ["plus", "minus", "none"]),
        ("case a when 7 then 1.5 end", [D("1.5"), None, None]),
        ("coalesce(a, b)", [7, -7, 5]),
        ("coalesce(p, 0)", [D("1.25"), D("-2.50"), D("0.00")]),
        ("nullif(a, 7)", [None, -7, None]),
        ("greatest(a, b)", [2**62, 0, 5]),
        ("least(p, q)", [D("1.250"), D("-2.500"), D("9.999")]),
        ("abs(p)", [D("1.25"), D("2.50"), None]),
        ("round(q, 2)", [D("2.13"), D("0.00"), D("10.00")]),
        ("round(1.005, 2)", [D("1.01")] * 3),
        ("floor(p) + ceil(p)", [D(3), D(-5), None]),
        ("mod(a, 4)", [3, -3, None]),
        ("power(a, 2)", [49.0, 49.0, None]),
        ("sign(p)", [1, -1, None]),
        ("date_trunc('month', d)", [date(2024, 1, 1), date(2023, 2, 1), None]),
        ("extract(year from ts) + month(d)", [2025, 2002, None]),
        ("extract(dow from d)", [3, 2, None]),
        ("d + interval '1 month'", [date(2024, 2, 29), date(2023, 3, 28), None]),
        ("d - interval '1 day 12 hours'", [datetime(2024, 1, 29, 12), datetime(2023, 2, 26, 12), None]),
        ("date_add(d, interval '1 year')", [date(2025, 1, 31), date(2024, 2, 28), None]),
        ("d + 1", [date(2024, 2, 1), date(2023, 3, 1), None]),
        ("d - date '2024-01-01'", [30, -307, None]),
        ("ts::date", [date(2024, 1, 31), date(2000, 1, 1), None]),
        ("current_date", [date(2024, 5, 1)] * 3),
        ("current_timestamp", [NOW] * 3),
        ("cast(a as text)", ["7", "-7", None]),
        ("try_cast(s as integer)", [None, 12, None]),
        ("cast('12' as integer)", [12] * 3),
        ("md5('a')", ["0cc175b9c0f1b6a831c399e269772661"] * 3),
        ("null", [None] * 3),
    ],
)  # fmt: skip
def test_an_expression_gives_its_value_for_every_row(text: str, values: list[Any]) -> None:
    assert evaluate(text) == (values, [])


@pytest.mark.parametrize(
    ("text", "values", "problems"),
    [
        ("a / b", [D("0"), None, None], [(1, "DIVISION_BY_ZERO")]),
        ("f / 0", [None, None, None], [(0, "DIVISION_BY_ZERO"), (1, "DIVISION_BY_ZERO")]),
        ("mod(a, b)", [7, None, None], [(1, "DIVISION_BY_ZERO")]),
        ("b * 4", [None, 0, 20], [(0, "OUT_OF_RANGE")]),
        ("b * b * b", [None, 0, 125], [(0, "OUT_OF_RANGE")]),
        ("wide * wide", [None, D("1"), None], [(0, "OUT_OF_RANGE")]),
        ("f * 1e308 * 10", [None, None, None], [(0, "OUT_OF_RANGE"), (1, "OUT_OF_RANGE")]),
        ("sqrt(a)", [7**0.5, None, None], [(1, "OUT_OF_RANGE")]),
        ("s::integer", [None, 12, None], [(0, "INVALID_TYPE")]),
        ("cast(p as integer)", [None, None, None], [(0, "LOSSY"), (1, "LOSSY")]),
    ],
)
def test_what_fails_in_a_row_is_null_and_a_problem_of_that_row(
    text: str, values: list[Any], problems: list[tuple[int, str]]
) -> None:
    got, found = evaluate(text)
    if "1e308" in text:
        assert found == problems
    else:
        assert (got, found) == (values, problems)


@pytest.mark.parametrize(
    "text",
    [
        "case when b <> 0 then a / b end",
        "b <> 0 and a / b > 1",
        "b = 0 or a / b > 1",
        "coalesce(a, a / 0)",
        "case when s like 'H%' then 0 else cast(s as integer) end",
        "if(b = 0, 0, a / b)",
    ],
)
def test_a_branch_that_a_row_does_not_take_cannot_fail_in_it(text: str) -> None:
    assert [row for row, _ in evaluate(text)[1] if row != 2] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s * 2", "'s * 2', character 1: '*' needs a number, not text. Convert it first: CAST("),
        ("s > 5", "text and int32 do not fit together"),
        ("upper(a)", "UPPER needs text, not int32."),
        ("a and ok", "AND needs a condition, not int32."),
        ("coalesce(p, 'x')", "'x' is not a number."),
        ("case when ok then 1 else s end", "int32 and text do not fit together"),
        ("d > 'soon'", "'soon' is not a date"),
        ("qti * 2", "there is no column or field 'qti'. Did you mean 'Qty'?"),
        ("uper(s)", "the function UPER is not allowed in an expression. Did you mean 'UPPER'?"),
        ("random()", "is not allowed in an expression"),
        ("read_csv('/etc/passwd')", "the function READ_CSV is not allowed in an expression"),
        ("(SELECT max(x) FROM read_csv('/nonexistent.csv'))", "a query is not allowed"),
        ("a in (select 1)", "a query is not allowed"),
        ("exists (select 1)", "a query is not allowed"),
        ("sum(a)", "SUM(a) is not allowed in an expression"),
        ("count(*)", "COUNT(*) is not allowed"),
        ("row_number() over (order by a)", "is not allowed in an expression"),
        ("*", "'*' is not allowed"),
        ("a; drop table x", "is not allowed in an expression"),
        ("a = any(b)", "is not allowed in an expression"),
        ("array[a]", "is not allowed in an expression"),
        (":p", "is not allowed in an expression"),
        ("a like 'x' escape '!'", "is not allowed in an expression"),
        ("regexp_like(s, '(?=a)')", "look-around"),
        ("regexp_like(s, user.name)", "has to be written as a text, not calculated"),
        ("date_trunc('eon', d)", "is no unit of DATE_TRUNC. Allowed: year, quarter"),
        ("extract(century from d)", "cannot be extracted. Allowed: year"),
        ("d + interval '1 lightyear'", "is not an interval like '2 days'"),
        ("substring(s)", "SUBSTRING is called as SUBSTRING(text, start [, length])"),
        ("cast(a as money)", "is not a type. Allowed: bigint"),
        ("99999999999999999999", "is too large for an integer"),
        ("a +", "is not an expression: something is wrong or missing at character 3"),
        ("if(a", "is not an expression"),
        ("", "the expression is empty."),
        ("(" * 300 + "a" + ")" * 300, "the expression"),
    ],
)
def test_a_wrong_expression_is_refused_before_the_run(text: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        check_expression(text, FIELDS)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("a + b", "integer"), ("p * q", "decimal(22,5)"), ("a / 2", "decimal(16,6)"), ("p * f", "float"),
        ("p > q", "boolean"), ("s || 'x'", "text"), ("d + interval '1 hour'", "timestamp"), ("null", "text"),
        ("current_timestamp", "timestamptz"), ("cast(s as decimal(5,2))", "decimal(5,2)"),
    ],
)  # fmt: skip
def test_the_type_is_known_before_the_run(text: str, of: str) -> None:
    assert str(check_expression(text, FIELDS)) == of


def test_a_condition_has_to_be_true_or_false() -> None:
    assert compile_condition("a > 0", FIELDS).names == {"a"}
    with pytest.raises(DefinitionError, match="has to be true or false"):
        compile_condition("a + 1", FIELDS)


def test_a_problem_says_which_expression_failed() -> None:
    found = Findings(FRAME.height)
    compile_expression("a / b", FIELDS)(FRAME, "c", found)
    problems = found.problems(10)
    assert problems is not None
    assert problems.rows() == [(11, "DIVISION_BY_ZERO", "c", "division by zero: a / b")]


def test_a_long_expression_is_compiled_in_reasonable_time() -> None:
    start = time.perf_counter()
    check_expression(" || ".join(["'a'"] * 50), FIELDS)
    assert time.perf_counter() - start < 60
