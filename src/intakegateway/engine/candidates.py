"""Texts that may be booleans, dates, moments, UUIDs or JSON; and which candidates a field starts with."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from msgspec import Struct, field

from intakegateway.engine.candidate import Candidate, Finding, all_match, all_true, answered
from intakegateway.engine.dateformats import DateFormat, possible_formats
from intakegateway.engine.json_texts import is_plain_json
from intakegateway.engine.number_candidates import Decimals, Floats, Integers
from intakegateway.model.types import (
    BOOLEAN,
    DATE,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    DataType,
)

TRUE_FALSE = (("true", "false"), ("yes", "no"), ("t", "f"))
"""The spellings of true and false, one pair a column. ``y`` and ``n`` are codes as often as not."""


class Booleans(Struct):
    """One pair of words for true and false, in any letter case."""

    kind: ClassVar[str] = "yes or no"
    pair: tuple[str, str]
    seen: set[str] = field(default_factory=set)

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """One of the two words."""
        if len(self.pair[0]) == 1 and len(self.seen) < 2:
            return pl.lit(False)
        return all_match(value, f"(?i){self.pair[0]}|{self.pair[1]}")

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """One of the two words."""
        return value.str.to_lowercase().is_in(self.pair).all()

    def fits(self, values: pl.Series) -> pl.Series:
        """One of the two words."""
        return values.str.to_lowercase().is_in(self.pair)

    def absorb(self, values: pl.Series) -> None:
        """Remember which words came up."""
        self.seen |= set(values.str.to_lowercase().unique().to_list())

    def wider(self) -> list[Candidate]:
        """Nothing but text."""
        return []

    def finding(self) -> Finding:
        """A boolean; single letters only when both came up."""
        if len(self.pair[0]) == 1 and len(self.seen) < 2:
            return Finding(TEXT)
        return Finding(BOOLEAN)


class Shaped(Struct):
    """Texts of one shape: ISO dates and moments, times, UUIDs."""

    kind: ClassVar[str] = "values of one shape"
    type: DataType
    pattern: str
    """All that it takes: the pattern knows how many days a month has."""

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """The pattern."""
        return all_match(value, self.pattern)

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """The pattern."""
        return value.str.contains(f"^(?:{self.pattern})$").all()

    def fits(self, values: pl.Series) -> pl.Series:
        """The pattern."""
        return values.str.contains(f"^(?:{self.pattern})$")

    def absorb(self, values: pl.Series) -> None:
        """Nothing to remember."""

    def wider(self) -> list[Candidate]:
        """Nothing but text."""
        return []

    def finding(self) -> Finding:
        """The type of the shape."""
        return Finding(self.type)


class Documents(Struct):
    """JSON objects and arrays."""

    kind: ClassVar[str] = "JSON documents"

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """Each is a document that parses."""
        return all_true(value, _parses(value))

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """Each is a document that parses."""
        return _parses(value).fill_null(False).all()

    def fits(self, values: pl.Series) -> pl.Series:
        """Each is a document that parses."""
        return answered(values, _parses).fill_null(False)

    def absorb(self, values: pl.Series) -> None:
        """Nothing to remember."""

    def wider(self) -> list[Candidate]:
        """Nothing but text."""
        return []

    def finding(self) -> Finding:
        """JSON."""
        return Finding(JSON)


def _parses(value: pl.Expr) -> pl.Expr:
    return value.str.contains(r"^\s*[\[{]") & is_plain_json(value)


class Dates(Struct):
    """Dates or moments that are not ISO 8601: the formats that have read every value so far."""

    kind: ClassVar[str] = "dates"
    formats: tuple[DateFormat, ...]

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """The one format that is left reads all values; with several, each value has to be looked at."""
        if len(self.formats) > 1:
            return pl.lit(False)
        return all_true(value, self.formats[0].reads(value))

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """One format reads them all."""
        return pl.any_horizontal(each.reads(value).all() for each in self.formats)

    def fits(self, values: pl.Series) -> pl.Series:
        """Whether the format that reads most of these values reads each."""
        masks = self._masks(values)
        return max(masks.get_columns(), key=lambda mask: mask.sum() or 0)

    def absorb(self, values: pl.Series) -> None:
        """Drop the formats that fail on a value."""
        masks = self._masks(values)
        self.formats = tuple(f for f in self.formats if masks[f.text].all())

    def wider(self) -> list[Candidate]:
        """Nothing but text."""
        return []

    def finding(self) -> Finding:
        """The only format that reads all values; text when there are several."""
        if len(self.formats) == 1:
            only = self.formats[0]
            return Finding(TIMESTAMP if only.time else DATE, date_format=only.text)
        choices = " or ".join(f"to_date: '{f.text}'" for f in self.formats)
        note = (
            "Dates that can be read in more than one way (day first or month first): kept as text. "
            f"Say which with a transform: {choices}."
        )
        return Finding(TEXT, notes=(note,))

    def _masks(self, values: pl.Series) -> pl.DataFrame:
        return values.to_frame("v").select(f.reads(pl.col("v")).alias(f.text) for f in self.formats)


_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_YEAR = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_MONTHS = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DAY = f"(?:{_YEAR}-{_MONTHS}|{_LEAP}-02-29)"
# A moment of the first or last year might leave the calendar on its way to UTC.
_INNER_YEAR = r"(?:[1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8]|0[1-9][0-9]{2}|00[1-9][0-9]|000[2-9])"
_INNER_DAY = f"(?:{_INNER_YEAR}-{_MONTHS}|{_LEAP}-02-29)"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6}0{0,3})?)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
_HEX = "[0-9a-fA-F]"
_SHAPES = (
    (DATE, _DAY),
    (TIMESTAMP, f"{_DAY}[ T]{_CLOCK}"),
    (TIMESTAMPTZ, f"{_DAY}[ T]{_CLOCK}Z|{_INNER_DAY}[ T]{_CLOCK}{_ZONE}"),
    (TIME, _CLOCK),
    (UUID, f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"),
)


def _may_be(of: DataType, text: str) -> bool:
    """Whether a text has the outline of a shape: building the pattern takes longer than most samples."""
    if of is UUID:
        return len(text) == 36
    if of is TIME:
        return text[2:3] == ":"
    return text[4:5] == "-"


def candidates(sample: pl.Series, decimal_comma: bool | None = None) -> list[Candidate]:
    """The candidates that all values of ``sample`` (String, not null, not blank) fit, narrowest first.

    ``decimal_comma``: whether numbers have one; None: found out where it is certain.
    """
    first = sample[0]
    possible: list[Candidate] = []
    if first[0] in "-.0123456789":
        comma = bool(decimal_comma)
        possible += [Integers(comma=comma), Decimals(comma=comma)]
        if not comma:
            possible.append(Floats())
        if decimal_comma is None:
            possible.append(Decimals(comma=True, assumed=True))
        possible += [Shaped(of, pattern) for of, pattern in _SHAPES if _may_be(of, first)]
    elif len(first) == 36:
        possible += [Shaped(of, pattern) for of, pattern in _SHAPES if of is UUID]
    word = first.lower()
    possible += [Booleans(pair) for pair in TRUE_FALSE if word in pair]
    if first.lstrip()[:1] in ("{", "["):
        possible.append(Documents())
    formats = possible_formats(first)
    if formats:
        possible.append(Dates(formats))
    if not possible:
        return []
    value = pl.col("v")
    fits = sample.to_frame("v").select(each.each_fits(value).alias(str(n)) for n, each in enumerate(possible))
    return [each for each, fit in zip(possible, fits.row(0), strict=True) if fit]
