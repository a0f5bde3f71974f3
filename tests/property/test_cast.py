"""Whatever a text is, a cast gives the very value or a reason: never something silently different."""

from __future__ import annotations

import math
import uuid
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from intakegateway.engine.cast import make_cast
from intakegateway.engine.problems import Findings
from intakegateway.model.types import DataType, Kind, parse_type

QUICK = settings(max_examples=60, deadline=None)
NOISE = st.text(alphabet="0123456789+-.,eE :TZ/\t\u00a0xnaif", max_size=24)
NUMERALS = st.one_of(
    st.from_regex(r"\A *[+-]?[0-9]{0,22}(\.[0-9]{0,22})?([eE][+-]?[0-9]{1,3})? *\Z"),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    NOISE,
)


def cast(text: Any, to: DataType, dtype: Any = None) -> tuple[Any, str | None, list[str]]:
    """The value, the code and the notes of one text, by the way that the shaper takes."""
    given = pl.Series("v", [text], dtype=dtype)
    step = make_cast(given.dtype, to, check_nul=False)
    if step is None:
        return text, None, []
    found = Findings(1)
    example = text if isinstance(text, str) else ""
    value = given.to_frame().select(step.fast(pl.col("v"), example).alias("v"))["v"]
    if step.shortcut is not None and given.to_frame().select(step.shortcut.holds(pl.col("v"))).item():
        short = given.to_frame().select(step.shortcut.value(pl.col("v")).alias("v"))["v"]
        assert short.equals(value)
        value = short
    if value.null_count():
        value = found.repair(step, given, value, "c", "")
    problems = found.problems(0)
    code = problems["code"][0] if problems is not None else None
    return value[0], code, [note[0] for note in found.all_warned()]


def exact(text: str) -> Decimal | None:
    """Python's reading of a numeral, without underscores, words and other digits than ours."""
    stripped = text.strip()
    if not stripped.isascii() or "_" in stripped or any(c in stripped.lower() for c in "naif"):
        return None
    try:
        return Decimal(stripped)
    except InvalidOperation:
        return None


@QUICK
@given(NUMERALS, st.sampled_from(["int8", "int32", "bigint", "uint"]))
def test_an_integer_is_the_number_that_stands_there(text: str, to: str) -> None:
    value, code, notes = cast(text, parse_type(to))
    number = exact(text)
    assert notes == []
    if value is not None:
        assert number is not None
        assert number == value
    elif text.strip():
        assert code is not None
    else:
        assert code is None


@QUICK
@given(NUMERALS, st.integers(1, 38), st.integers(0, 38))
def test_a_decimal_is_exact_or_rounded_half_away_with_a_note(text: str, precision: int, scale: int) -> None:
    to = DataType(Kind.DECIMAL, precision=precision, scale=min(scale, precision))
    value, code, notes = cast(text, to)
    number = exact(text)
    if not text.strip():
        assert (value, code) == (None, None)
        return
    if number is None:
        assert code == "INVALID_TYPE"
        return
    with localcontext() as context:
        context.prec = 2000
        context.Emin, context.Emax = -5000, 5000
        rounded = number.quantize(Decimal(1).scaleb(-to.scale), rounding=ROUND_HALF_UP)
        fits = abs(rounded) < Decimal(10) ** (to.precision - to.scale)
        if value is None:
            assert code == "OUT_OF_RANGE"
            assert not fits or abs(number.adjusted()) > 300
        else:
            assert value == rounded
            assert notes == ([] if rounded == number else ["ROUNDED"])


@QUICK
@given(NUMERALS)
def test_an_unbounded_decimal_keeps_every_digit(text: str) -> None:
    value, code, _ = cast(text, DataType(Kind.DECIMAL))
    number = exact(text)
    if value is not None:
        assert number == Decimal(value)
    elif text.strip():
        assert code is not None
        assert number is None or abs(number.adjusted()) > 300


@QUICK
@given(NUMERALS, st.sampled_from(["float", "float32"]))
def test_a_float_is_the_nearest_one_and_never_silently_infinite_or_zero(text: str, to: str) -> None:
    value, code, _ = cast(text, parse_type(to))
    number = exact(text)
    if value is None:
        assert code is not None or not text.strip()
        return
    if number is None:
        assert text.strip().lower().lstrip("+-") in ("inf", "infinity", "nan")
        return
    assert math.isfinite(value)
    assert (value == 0) == (number == 0)
    if to == "float":
        assert value == float(number)


@QUICK
@given(st.one_of(NOISE, st.dates().map(str), st.datetimes().map(str)))
def test_a_date_is_the_one_that_stands_there(text: str) -> None:
    value, code, _ = cast(text, parse_type("date"))
    if value is None:
        assert code is not None or not text.strip()
    else:
        assert text.strip().startswith(f"{value.year:04d}-{value.month:02d}-{value.day:02d}")
        assert set(text.strip()[10:]) <= set("T tZzUGMC0:.,+-")


@QUICK
@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back_from_their_text(value: int) -> None:
    assert cast(str(value), parse_type("bigint")) == (value, None, [])


@QUICK
@given(st.floats(allow_nan=False))
def test_floats_come_back_from_their_text(value: float) -> None:
    text, code, _ = cast(value, parse_type("text"), pl.Float64)
    assert code is None
    assert cast(text, parse_type("float"))[0] == value


@QUICK
@given(st.dates())
def test_dates_come_back_from_their_text(value: date) -> None:
    assert cast(value.isoformat(), parse_type("date")) == (value, None, [])


@QUICK
@given(st.datetimes(), st.sampled_from(" T"))
def test_timestamps_come_back_from_their_text(value: datetime, separator: str) -> None:
    assert cast(value.isoformat(sep=separator), parse_type("timestamp")) == (value, None, [])


@QUICK
@given(st.times())
def test_times_come_back_from_their_text(value: time) -> None:
    assert cast(value.isoformat(), parse_type("time")) == (value, None, [])


@QUICK
@given(st.uuids())
def test_uuids_come_back_from_their_text(value: uuid.UUID) -> None:
    for spelled in (str(value), value.hex, str(value).upper(), "{" + str(value) + "}"):
        assert cast(spelled, parse_type("uuid")) == (str(value), None, [])


@QUICK
@given(st.binary(max_size=40))
def test_bytes_come_back_from_their_digits(value: bytes) -> None:
    assert cast("\\x" + value.hex(), parse_type("binary")) == (value, None, [])


@QUICK
@given(st.text(max_size=20), st.integers(1, 12))
def test_a_text_is_kept_or_too_long(text: str, length: int) -> None:
    value, code, _ = cast(text, DataType(Kind.TEXT, length=length))
    assert (value, code) == ((text, None) if len(text) <= length else (None, "TOO_LONG"))
