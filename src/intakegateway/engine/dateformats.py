"""The ways in which dates are written besides ISO 8601, as ``strptime`` formats with their shapes."""

from __future__ import annotations

import re
from functools import cache

import polars as pl
from msgspec import Struct

_D, _Y, _WORD = r"[0-9]{1,2}", r"[0-9]{4}", r"[A-Za-z]{3,9}"
_DAYS = (
    ("%d.%m.%Y", rf"{_D}\.{_D}\.{_Y}"),
    ("%d/%m/%Y", f"{_D}/{_D}/{_Y}"),
    ("%m/%d/%Y", f"{_D}/{_D}/{_Y}"),
    ("%d-%m-%Y", f"{_D}-{_D}-{_Y}"),
    ("%m-%d-%Y", f"{_D}-{_D}-{_Y}"),
    ("%Y-%m-%d", f"{_Y}-{_D}-{_D}"),
    ("%Y/%m/%d", f"{_Y}/{_D}/{_D}"),
    ("%Y.%m.%d", rf"{_Y}\.{_D}\.{_D}"),
    ("%d %B %Y", f"{_D} {_WORD} {_Y}"),
    ("%d-%B-%Y", f"{_D}-{_WORD}-{_Y}"),
    ("%B %d, %Y", f"{_WORD} {_D}, {_Y}"),
)
_CLOCKS = (
    ("%H:%M:%S", "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
    ("%H:%M", "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"),
    ("%H:%M:%S%.f", r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{1,6}"),
    ("%I:%M:%S %p", "(?:0?[1-9]|1[0-2]):[0-5][0-9]:[0-5][0-9] [AaPp][Mm]"),
    ("%I:%M %p", "(?:0?[1-9]|1[0-2]):[0-5][0-9] [AaPp][Mm]"),
)
_ROUGHLY = re.compile(r"[0-9A-Za-z]{1,9}[ ./-][0-9A-Za-z]{1,9},?[ ./-][0-9]{1,4}(?: [0-9].*)?")
"""What all of them look like: compiling each shape costs more than looking at a column."""


class DateFormat(Struct, frozen=True):
    """A ``strptime`` format, the pattern of the texts that it is meant for, and whether it has a time."""

    text: str
    shape: str
    time: bool

    def reads(self, value: pl.Expr) -> pl.Expr:
        """Whether each text has the shape and names a day that exists."""
        if self.time:
            read: pl.Expr = value.str.to_datetime(self.text, strict=False, time_unit="us")
        else:
            read = value.str.to_date(self.text, strict=False)
        return value.str.contains(f"^(?:{self.shape})$") & (
            read.is_not_null() & (read.dt.year() > 0)
        ).fill_null(False)


def possible_formats(text: str) -> tuple[DateFormat, ...]:
    """The formats whose texts look like this one (whether or not they can read it)."""
    if len(text) > 40 or _ROUGHLY.fullmatch(text) is None:
        return ()
    found: list[DateFormat] = []
    for day, day_shape in _DAYS:
        match = _compiled(day_shape).match(text)
        rest = text[match.end() :] if match is not None else None
        if rest == "":
            found.append(DateFormat(day, day_shape, False))
        elif rest is not None and rest[0] == " ":
            found += [
                DateFormat(f"{day} {clock}", f"{day_shape} {shape}", True)
                for clock, shape in _CLOCKS
                if _compiled(shape).fullmatch(rest, 1)
            ]
    return tuple(found)


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    return re.compile(shape)
