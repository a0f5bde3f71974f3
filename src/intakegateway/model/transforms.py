"""The transforms: what may be done to a value on its way into a column.

In a definition a transform is a bare name (``trim``), a name with its main argument
(``{to_date: "%d.%m.%Y"}``) or a name with its arguments (``{replace: {old: a, new: b}}``).
"""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from intakegateway.model.transform_step import DateFormat, Pattern, Step

Scalar = str | int | float | bool


class Trim(Step):
    """Strips blanks, or the given characters, from the ends."""

    name = "trim"
    main = "characters"
    characters: str = Field(default="", description="the characters to strip; empty: all blanks")
    side: Literal["both", "left", "right"] = Field(default="both", description="which ends")


class Upper(Step):
    """Makes upper case."""

    name = "upper"


class Lower(Step):
    """Makes lower case."""

    name = "lower"


class Title(Step):
    """Makes the first letter of each word upper case and the others lower case."""

    name = "title"


class Replace(Step):
    """Replaces every occurrence of one text by another."""

    name = "replace"
    old: str = Field(min_length=1, description="the text to look for")
    new: str = Field(default="", description="what to put in its place")


class RegexReplace(Step):
    r"""Replaces every match of a pattern; groups are written ``$1`` or ``${name}``."""

    name = "regex_replace"
    pattern: Pattern = Field(min_length=1, description="a regular expression (Rust syntax: no look-around)")
    new: str = Field(default="", description="what to put in its place")


class Substring(Step):
    """Keeps a part of the text."""

    name = "substring"
    main = "start"
    start: int = Field(default=1, description="the first character, counted from 1; negative: from the end")
    length: int | None = Field(default=None, ge=0, description="how many characters; left out: all")

    @field_validator("start")
    @classmethod
    def _counted_from_one(cls, value: int) -> int:
        if value == 0:
            raise ValueError("characters are counted from 1 (or from -1 at the end); 0 is no place.")
        return value


class Pad(Step):
    """Makes the text at least so long."""

    name = "pad"
    main = "length"
    length: int = Field(ge=1, le=10_000, description="the length to reach")
    fill: str = Field(default="0", min_length=1, max_length=1, description="the character to fill with")
    side: Literal["left", "right"] = Field(default="left", description="where to fill")


class ToInt(Step):
    """Reads a whole number."""

    name = "to_int"
    gives = "integer"


class ToFloat(Step):
    """Reads a floating-point number."""

    name = "to_float"
    gives = "float"


class ToDecimal(Step):
    """Reads an exact decimal number; with a scale, further digits are rounded and counted."""

    name = "to_decimal"
    main = "scale"
    gives = "decimal"
    scale: int | None = Field(default=None, ge=0, le=38, description="digits after the point; left out: all")
    precision: int = Field(default=38, ge=1, le=38, description="digits in total")

    @model_validator(mode="after")
    def _scale_within(self) -> Self:
        if (self.scale or 0) > self.precision:
            raise ValueError("'scale' cannot be more than 'precision'.")
        return self


class ToBool(Step):
    """Reads true or false; by default true/false, t/f, yes/no, y/n, 1/0, on/off."""

    name = "to_bool"
    gives = "boolean"
    true: tuple[str, ...] = Field(default=(), description="texts that mean true, in any letter case")
    false: tuple[str, ...] = Field(default=(), description="texts that mean false, in any letter case")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.true) != bool(self.false):
            raise ValueError("'true' and 'false' come together: give the texts for both.")
        both = {text.casefold() for text in self.true} & {text.casefold() for text in self.false}
        if both:
            raise ValueError(f"'{min(both)}' stands for both true and false.")
        return self


class ToDate(Step):
    """Reads a date, ISO 8601 or in the given format."""

    name = "to_date"
    main = "format"
    gives = "date"
    format: DateFormat = Field(default="", description="a strptime format such as %d.%m.%Y; empty: ISO 8601")


class ToTimestamp(Step):
    """Reads a moment: ISO 8601, in the given format, or a number since 1970."""

    name = "to_timestamp"
    main = "format"
    gives = "timestamp"
    format: DateFormat = Field(default="", description="a strptime format; empty: ISO 8601")
    unit: Literal["", "s", "ms", "us"] = Field(default="", description="the value counts these since 1970")
    zone: str = Field(default="", description="the time zone of values that name none, such as Europe/Berlin")

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"'{value}' is not a time zone like Europe/Berlin or UTC.") from None
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.unit and (self.format or self.zone):
            raise ValueError("a number since 1970 ('unit') has no 'format' and no 'zone'.")
        return self


class FormatDate(Step):
    """Writes a date or a moment as text."""

    name = "format_date"
    main = "format"
    takes = "timestamp"
    format: DateFormat = Field(min_length=1, description="a strftime format such as %d.%m.%Y")


class ParseNumber(Step):
    """Reads a number as people write it: ``1.234,50 €``, ``(12,00)``, ``12-``."""

    name = "parse_number"
    main = "decimal"
    gives = "decimal"
    decimal: Literal[",", "."] = Field(default=",", description="what stands before the decimals")
    thousands: str = Field(default="", max_length=1, description="what groups thousands; left out: the other")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError("'decimal' and 'thousands' cannot be the same character.")
        if self.thousands.isdigit() or self.thousands in ("-", "+", "(", ")"):
            raise ValueError(f"'{self.thousands}' cannot group thousands.")
        return self


class NullIf(Step):
    """Makes null of the given values."""

    name = "null_if"
    main = "values"
    takes = gives = "any"
    values: tuple[Scalar, ...] = Field(min_length=1, description="the values that stand for null")

    @field_validator("values", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return value if isinstance(value, (list, tuple)) else (value,)


class Default(Step):
    """Puts a value in the place of null."""

    name = "default"
    main = "value"
    takes = gives = "any"
    value: Scalar = Field(description="the value to put in")


class Hash(Step):
    """Replaces the value by a hash of it, in hexadecimal digits."""

    name = "hash"
    main = "algorithm"
    takes = "any"
    algorithm: Literal["sha256", "sha512", "sha1", "md5", "blake2b"] = Field(
        default="sha256", description="which hash"
    )
    salt: str = Field(default="", description="a text that is put before every value")


class Mask(Step):
    """Hides the text but for a few characters."""

    name = "mask"
    main = "keep_last"
    keep_last: int = Field(default=4, ge=0, description="characters left readable at the end")
    keep_first: int = Field(default=0, ge=0, description="characters left readable at the start")
    character: str = Field(default="*", min_length=1, max_length=1, description="what the others become")


class Lookup(Step):
    """Replaces values by a map."""

    name = "lookup"
    takes = "any"
    gives = "any"
    values: dict[str, Scalar | None] = Field(min_length=1, description="what becomes of each value")
    unmatched: Literal["keep", "null", "reject"] = Field(
        default="keep", description="a value that the map lacks: kept, made null, or the row is rejected"
    )
    default: Scalar | None = Field(default=None, description="instead: what becomes of such a value")

    @field_validator("values", mode="before")
    @classmethod
    def _text_keys(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {("true" if k else "false") if isinstance(k, bool) else str(k): v for k, v in value.items()}


class Json(Step):
    """Makes a JSON document of any value, or reads one value out of a document."""

    name = "json"
    main = "path"
    takes = "any"
    gives = "json"
    path: str = Field(default="", description="the path of the value to read, such as a.b.0; empty: write")


class Round(Step):
    """Rounds a number, half away from zero."""

    name = "round"
    main = "digits"
    takes = gives = "decimal"
    digits: int = Field(default=0, ge=0, le=18, description="digits after the point")


Transform = (
    Trim | Upper | Lower | Title | Replace | RegexReplace | Substring | Pad
    | ToInt | ToFloat | ToDecimal | ToBool | ToDate | ToTimestamp | FormatDate
    | ParseNumber | NullIf | Default | Hash | Mask | Lookup | Json | Round
)  # fmt: skip

TRANSFORMS: dict[str, type[Step]] = {
    step.name: step
    for step in (
        Trim, Upper, Lower, Title, Replace, RegexReplace, Substring, Pad, ToInt, ToFloat, ToDecimal, ToBool,
        ToDate, ToTimestamp, FormatDate, ParseNumber, NullIf, Default, Hash, Mask, Lookup, Json, Round,
    )
}  # fmt: skip
"""Every transform by its name."""
