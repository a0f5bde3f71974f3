"""What all values that go in and out have in common."""

import re
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

T = TypeVar("T")

_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f/\u202a-\u202e\u2066-\u2069]")

_PATTERN: dict[str, JsonValue] = {"pattern": r"^(?!\.{1,2}$)[^\x00-\x1f/]+$"}


def addressable(value: str) -> str:
    """``value``, if it can be a name in addresses. Raises ``ValueError``."""
    if value in (".", ".."):
        raise ValueError(f"a name is not '{value}': that is a step in an address")
    if _NOT_IN_NAMES.search(value):
        raise ValueError("a name has no '/', no control characters, and none that turn the direction of text")
    return value


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(addressable),
    Field(json_schema_extra=_PATTERN),
]  # fmt: skip
"""The name of a thing in a project. It stands in addresses: no slash, no control characters, not ``..``."""
TaskName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(addressable),
    Field(json_schema_extra=_PATTERN),
]  # fmt: skip
_SLUG = r"^[a-z0-9][a-z0-9_-]*$"


def _a_slug(value: str) -> str:
    if not re.fullmatch(_SLUG.rstrip("$"), value):
        raise ValueError(
            "this name begins with a lower case letter or a digit, and goes on with these, '-' and '_'."
        )
    return value


Slug = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(_a_slug), Field(json_schema_extra={"pattern": _SLUG}),
]  # fmt: skip
"""A name that URLs and files carry: lower case letters, digits, ``-`` and ``_``."""
Words = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _an_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"'{value}' is not an id, such as 019b76a2-5f00-7c3e-8a53-1b6a2f9d4c10.")
    return value


Id = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=36), AfterValidator(_an_id),
    Field(json_schema_extra={"format": "uuid"}),
]  # fmt: skip
"""The id of something that may be deleted by now."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is out of range") from None


When = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its zone, also at the ends of the calendar."""


class Given(BaseModel):
    """What a client sends. Keys that are not known are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class Page(BaseModel, Generic[T]):
    """A part of a list. ``total`` counts the whole list, as the filters leave it."""

    items: list[T]
    total: int
    limit: int
    offset: int


class PageRequest(Given):
    """Which part of a list, in which order. ``sort``: a field, with ``-`` before it for falling order."""

    limit: int = Field(default=50, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=1_000_000_000)
    sort: str = ""
