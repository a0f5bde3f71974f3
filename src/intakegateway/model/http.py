"""A REST API as a source: the request, how to sign in, how pages follow each other, what is new."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator

from intakegateway.kit.masking import MASK, looks_secret, public_url
from intakegateway.model.definition import Definition, SourceSpec
from intakegateway.model.http_auth import Auth, NoAuth

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(value: object) -> object:
    """Seconds from a number or a text such as ``30s``, ``10m``, ``1h30m``, ``2d``. Raises ``ValueError``."""
    if isinstance(value, str):
        text = value.strip().lower()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        pieces = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)\s*", text)
        if not pieces or re.fullmatch(r"(\d+(\.\d+)?\s*(ms|s|min|m|h|d|w)\s*)+", text) is None:
            raise ValueError(
                f"'{value}' is not a duration. Allowed: seconds (30), or 500ms, 30s, 10m, 1h30m, 2d."
            )
        return sum(float(number) * _UNITS[unit] for number, unit in pieces)
    return value


Duration = Annotated[float, BeforeValidator(seconds, json_schema_input_type=float | str), Field(ge=0)]
"""Seconds, written as a number or as ``10m``."""

Place = Literal["query", "body", "header"]
"""Where a page's number or cursor is sent; in a JSON body, a dotted name reaches inside."""
QueryValue = str | int | float | bool | None | tuple[str | int | float | bool, ...]


class Body(Definition):
    """What is sent: exactly one of ``json`` (any value), ``form`` (fields) and ``raw`` (text)."""

    json_value: Any = Field(default=None, alias="json")
    form: dict[str, str | int | float | bool | None] | None = None
    raw: str | None = None
    content_type: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = self.model_fields_set & {"json_value", "form", "raw"}
        if len(given) != 1:
            raise ValueError("a body needs exactly one of 'json', 'form' and 'raw'.")
        return self


class Request(Definition):
    """What is asked for. ``url`` is a whole address; ``path`` continues the source's ``url``.

    ``{{ cursor }}`` in any text stands for the cursor of ``incremental``.
    """

    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH"],
        BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v),
    ] = "GET"
    url: str | None = None
    path: str | None = None
    headers: dict[str, str] = Field(default={})
    query: dict[str, QueryValue] = Field(default={})
    """A null leaves the parameter out, a list repeats it."""
    body: Body | None = None

    @field_validator("headers", "query", mode="before")
    @classmethod
    def _as_yaml_has_them(cls, value: object, info: ValidationInfo) -> object:
        """YAML reads dates and numbers where a text is meant."""
        if not isinstance(value, dict):
            return value
        return {name: _plain(kept, info.field_name == "headers") for name, kept in value.items()}

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            match value:
                case str() if name in ("url", "path"):
                    yield name, public_url(value)
                case dict():
                    yield name, {key: MASK if looks_secret(key) else kept for key, kept in value.items()}
                case Body():
                    yield name, MASK
                case _:
                    yield name, value


class NoPagination(Definition):
    """The first answer is all there is."""

    type: Literal["none"] = "none"


class Paged(Definition):
    """What all paginations share."""

    max_pages: int | None = Field(default=None, ge=1)
    """Stop after so many pages, with a warning if there are more."""
    allow_repeats: bool = False
    """Whether two pages may have the same records; if not, the second one is an error."""


class Numbered(Paged):
    """What page numbers and offsets share."""

    send: Place = "query"
    start: int = Field(default=0, ge=0)
    total: str | None = None
    """A path to the number of records in all."""
    has_more: str | None = None
    """A path to whether there is a next page."""
    stop: Literal["empty", "short"] = "empty"
    """Without ``total`` and such: after an empty page, or already after one shorter than the others."""


class PageNumber(Numbered):
    """``?page=1``, ``?page=2``, … until a page is empty, or as many as the answer says there are."""

    type: Literal["page"] = "page"
    param: str = "page"
    start: int = Field(default=1, ge=0)
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)
    total_pages: str | None = None
    """A path to the number of pages."""

    @model_validator(mode="after")
    def _size_is_sent(self) -> Self:
        if (self.size is None) != (self.size_param is None):
            raise ValueError("'size' and 'size_param' (the parameter that sends it) go together.")
        return self


class Offset(Numbered):
    """``?offset=0&limit=100``, then on by as many records as came, until a page is empty."""

    type: Literal["offset"] = "offset"
    param: str = "offset"
    limit_param: str | None = "limit"
    limit: int = Field(default=100, ge=1)


class CursorPagination(Paged):
    """Each answer holds a value that asks for the next page: in its body (``path``) or a ``header``."""

    type: Literal["cursor"] = "cursor"
    path: str | None = None
    header: str | None = None
    param: str = "cursor"
    send: Place = "query"
    has_more: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.header is None):
            raise ValueError("a cursor is either at a 'path' of the body or in a 'header'.")
        return self


class NextLink(Paged):
    """Each answer holds the next page's address."""

    type: Literal["next_link"] = "next_link"
    path: str = "$.next"


class LinkHeader(Paged):
    """The ``Link`` header names the next page (RFC 8288)."""

    type: Literal["link_header"] = "link_header"
    rel: str = "next"


class AutoPagination(Paged):
    """The first answer is searched for a ``Link`` header, a next link or a cursor."""

    type: Literal["auto"] = "auto"


def _plain(value: object, as_text: bool) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if as_text and isinstance(value, (bool, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _named(value: object) -> object:
    """``link_header`` is short for ``{type: link_header}``."""
    return {"type": value} if isinstance(value, str) else value


Pagination = Annotated[
    NoPagination | PageNumber | Offset | CursorPagination | NextLink | LinkHeader | AutoPagination,
    Field(discriminator="type"),
]


class Incremental(Definition):
    """Only what is new: the greatest ``field`` of all records is kept once the destination committed."""

    field: str
    """A field of the flattened records, such as ``updated_at`` or ``meta.changed``."""
    start: str | int | float | None = None
    """The cursor of the first run; left out: parameters with ``{{ cursor }}`` are not sent."""
    lookback: str | float = 0.0
    """Taken from the saved cursor at the start: a duration (``10m``), or a number for a numeric cursor."""
    param: str | None = None
    """A query parameter that gets the cursor, in place of writing ``{{ cursor }}``."""
    type: Literal["auto", "timestamp", "number", "text"] = "auto"
    key: str | None = None
    """The name under which the cursor is kept; left out: made from the request."""

    @field_validator("start", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        if isinstance(value, datetime):
            aware = value.tzinfo is not None
            return (value.astimezone(UTC) if aware else value).isoformat().replace("+00:00", "Z")
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("lookback")
    @classmethod
    def _is_duration(cls, value: str | float) -> str | float:
        found = seconds(value)
        if not isinstance(found, (int, float)) or found < 0:
            raise ValueError(f"'{value}' is not a duration.")
        return value


class Retry(Definition):
    """What is done about network errors, timeouts, 429 and 5xx."""

    attempts: int = Field(default=5, ge=1, le=100)
    """Tries in all."""
    backoff: Duration = 0.5
    """The first wait; each one doubles."""
    max_backoff: Duration = 30.0
    max_wait: Duration = 300.0
    """The longest wait that the server may ask for (``Retry-After``)."""


class RateLimit(Definition):
    """At most ``calls`` in any ``period``."""

    calls: int = Field(ge=1)
    period: Annotated[Duration, Field(gt=0)] = 1.0


class HttpSource(SourceSpec):
    """A REST API."""

    kind: Literal["http"] = "http"
    url: str | None = None
    """The whole address, or the part that ``request.path`` continues."""
    request: Request = Request()
    records: str | None = None
    """A JSONPath to the records, such as ``$.data[*]``; left out: the list in the answer."""
    key_field: str | None = Field(default=None, min_length=1)
    """A field for the key that each record stands under: for ``records`` such as ``$.data.*``."""
    pagination: Annotated[Pagination, BeforeValidator(_named)] = AutoPagination()
    incremental: Incremental | None = None
    auth: Annotated[Auth, BeforeValidator(_named)] = NoAuth()
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """Seconds without any answer or progress."""
    max_time: Annotated[Duration, Field(gt=0)] = 600.0
    """Seconds for one whole answer."""
    max_response_bytes: int = Field(default=2 << 30, ge=1)
    """Of one answer, unpacked. One record, and all that a page says besides its records, may have 20 MB."""
    max_redirects: int = Field(default=5, ge=0)
    proxy: SecretStr | None = None
    """Such as ``http://proxy:3128``; left out: the environment's."""
    verify: bool = True
    ca: str | None = None
    """A file of certificates (PEM) to trust besides the system's, or their text."""
    client_cert: str | None = None
    client_key: str | None = None
    client_key_password: SecretStr | None = None
    retry: Retry = Retry()
    rate_limit: RateLimit | None = None

    @model_validator(mode="after")
    def _key_has_certificate(self) -> Self:
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("'client_key' needs 'client_cert' beside it.")
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, public_url(value) if name == "url" and isinstance(value, str) else value
