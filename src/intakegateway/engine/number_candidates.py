"""Texts that may be numbers."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from msgspec import Struct

from intakegateway.engine.candidate import Candidate, Finding, all_match, all_true, answered
from intakegateway.model.types import FLOAT, INTEGER, TEXT, DataType, Kind

_WITH_COMMA = (
    r"^-?(?:(?:0|[1-9][0-9]*)(?:,[0-9]+)?|[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,}))$"
)
_SURELY_COMMA = r",(?:[0-9]{1,2}|[0-9]{4,})$|^-?0,|\.[0-9]{3},"
MAX_DIGITS = 38
MINUS_ZERO = r"^-(?:0(?:[.,]0+)?|\.0+)$"
"""A zero whose sign neither an integer nor a decimal holds; a float does."""


class Integers(Struct):
    """Whole numbers of 64 bits, spelled as ``str(int)`` spells them."""

    kind: ClassVar[str] = "whole numbers"
    digits: int = 0
    comma: bool = False

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """No more digits than before."""
        if self.digits > 18:
            return all_true(value, value.cast(pl.Int64, strict=False).cast(pl.String) == value)
        more = f"(?:[1-9][0-9]{{0,{self.digits - 1}}})" if self.digits else "0"
        return all_match(value, f"0|-?{more}")

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """Casting there and back gives the same text."""
        return _plain_integer(value).all()

    def fits(self, values: pl.Series) -> pl.Series:
        """Casting there and back gives the same text."""
        return answered(values, _plain_integer)

    def absorb(self, values: pl.Series) -> None:
        """Remember the most digits."""
        self.digits = max(self.digits, _longest(values.str.strip_prefix("-")))

    def wider(self) -> list[Candidate]:
        """Every integer is a decimal and, with 15 digits or less, an exact float (so is minus zero)."""
        decimals = Decimals(whole=self.digits, comma=self.comma)
        return [decimals] if self.comma else [decimals, Floats(digits=self.digits)]

    def finding(self) -> Finding:
        """A 64-bit integer."""
        return Finding(INTEGER)


class Decimals(Struct):
    """Numbers with a plain decimal point (or, when ``comma``, a decimal comma and optional dots).

    With a comma, ``1.234`` may be read in two ways and does not fit.

    A comma that was not asked for is ``assumed``: then a value must show that it is no thousands comma.
    """

    kind: ClassVar[str] = "decimal numbers"
    whole: int = 0
    scale: int = 0
    comma: bool = False
    assumed: bool = False
    certain: bool = False

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """No more digits than before, on either side."""
        if self.comma or not self.whole + self.scale:
            return pl.lit(False)
        digits = f"[1-9][0-9]{{0,{max(self.whole, 1) - 1}}}"
        if not self.scale:
            return all_match(value, f"0|-?{digits}")
        fraction = rf"(?:\.[0-9]{{1,{self.scale}}})"
        return all_match(
            value,
            rf"(?:0|{digits}){fraction}?|{fraction}|-{digits}{fraction}?|-0?\.{_above_zero(self.scale)}",
        )

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """Plain numerals without exponent, leading zeros or plus sign; no minus zero."""
        return self._is_numeral(value).all()

    def fits(self, values: pl.Series) -> pl.Series:
        """Plain numerals without exponent, leading zeros or plus sign; no minus zero."""
        return answered(values, self._is_numeral)

    def absorb(self, values: pl.Series) -> None:
        """Remember the most digits on either side."""
        digits = values.str.strip_prefix("-")
        if self.comma:
            self.certain = self.certain or bool(values.str.contains(_SURELY_COMMA).any())
            digits = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        length, point = pl.col("v").str.len_bytes(), pl.col("v").str.find(".", literal=True)
        sizes = digits.to_frame("v").select(
            whole=point.fill_null(length).max(), scale=(length - point - 1).max()
        )
        whole, scale = sizes.row(0)
        self.whole, self.scale = max(self.whole, whole or 0), max(self.scale, scale or 0)

    def wider(self) -> list[Candidate]:
        """A decimal of 15 digits or less is an exact float."""
        return [] if self.comma else [Floats(digits=self.whole + self.scale, whole=not self.scale)]

    def finding(self) -> Finding:
        """A decimal of just the size; text when no 38-digit decimal holds all values."""
        if self.assumed and not self.certain:
            note = (
                "Numbers with a comma that may part thousands or decimals ('1,234'): kept as text. "
                "Say 'decimal_comma: true' for the source, or use the transform parse_number."
            )
            return Finding(TEXT, notes=(note,))
        digits = max(self.whole + self.scale, 1)
        if digits > MAX_DIGITS:
            note = f"Numbers with up to {digits} digits: kept as text, since no exact number type holds them."
            return Finding(TEXT, notes=(note,))
        if self.scale == 0 and digits <= 18:
            return Finding(INTEGER, decimal_comma=self.comma)
        notes = (f"Whole numbers with up to {digits} digits: decimal.",) if self.scale == 0 else ()
        if self.comma:
            notes = (*notes, "Numbers with a decimal comma.")
        of = DataType(Kind.DECIMAL, precision=digits, scale=self.scale)
        return Finding(of, decimal_comma=self.comma, notes=notes)

    def _is_numeral(self, value: pl.Expr) -> pl.Expr:
        numeral = value.str.contains(_WITH_COMMA if self.comma else f"^-?{_NUMERAL}$")
        return numeral & ~value.str.contains(MINUS_ZERO)


def _above_zero(most: int) -> str:
    """A pattern of up to ``most`` digits, of which one is not zero."""
    pattern = "[1-9]"
    for digits in range(1, most):
        pattern = f"(?:[1-9][0-9]{{0,{digits}}}|0{pattern})"
    return pattern


_NUMERAL = r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)"


def _longest(texts: pl.Series) -> int:
    longest = texts.str.len_bytes().max()
    return longest if isinstance(longest, int) else 0


class Floats(Struct):
    """Numbers with an exponent or a minus zero, all of which a 64-bit float holds digit by digit.

    ``whole``: none of them had a point or an exponent. ``minus_zero``: the first one, as it was written.
    """

    kind: ClassVar[str] = "numbers"
    digits: int = 0
    whole: bool = True
    minus_zero: str = ""
    exponent: bool = False

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """The shape is right, the float's shortest spelling has the digits of the text, nothing is new."""
        if self.whole:
            return pl.lit(False)
        exact = all_true(value, _exact_float(value))
        return exact if self.exponent else exact & ~value.str.contains("[eE]").any()

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """The shape is right, and the float's shortest spelling has the very digits of the text."""
        return _exact_float(value).fill_null(False).all()

    def fits(self, values: pl.Series) -> pl.Series:
        """As ``each_fits``."""
        return answered(values, _exact_float).fill_null(False)

    def absorb(self, values: pl.Series) -> None:
        """Remember what the numbers are written with."""
        self.whole = self.whole and not values.str.contains("[.eE]").any()
        self.exponent = self.exponent or bool(values.str.contains("[eE]").any())
        if not self.minus_zero:
            self.minus_zero = next(iter(values.filter(values.str.contains(MINUS_ZERO)).head(1)), "")

    def wider(self) -> list[Candidate]:
        """Nothing but text."""
        return []

    def finding(self) -> Finding:
        """A 64-bit float, unless earlier plain numbers had more digits than it holds or all are whole."""
        beside = "numbers with an exponent" if self.exponent else f"a minus zero ('{self.minus_zero}')"
        notes = () if self.exponent else (f"Numbers with {beside}, which no decimal holds: float.",)
        if self.digits > 15:
            note = f"Numbers with up to {self.digits} digits beside {beside}: kept as text."
            return Finding(TEXT, notes=(note,))
        if self.whole:
            return Finding(
                TEXT, notes=(f"Whole numbers with {beside}, which no integer holds: kept as text.",)
            )
        return Finding(FLOAT, notes=notes)


def _plain_integer(value: pl.Expr) -> pl.Expr:
    return (value.cast(pl.Int64, strict=False).cast(pl.String) == value).fill_null(False)


def _exact_float(value: pl.Expr) -> pl.Expr:
    there = value.cast(pl.Float64, strict=False)
    shape = value.str.contains(rf"^-?{_NUMERAL}(?:[eE][+-]?[0-9]+)?$")
    return shape & there.is_finite() & (_digits(there.cast(pl.String)) == _digits(value))


def _digits(value: pl.Expr) -> pl.Expr:
    mantissa = value.str.replace(r"[eE].*$", "").str.replace_all(r"[.-]", "")
    return mantissa.str.strip_chars("0")
