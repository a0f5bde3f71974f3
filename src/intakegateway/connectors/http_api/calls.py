"""What is sent to an API and what comes back, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import orjson
from msgspec import Struct, field
from msgspec.structs import replace

from intakegateway.connectors.http_api.bodies import Spool
from intakegateway.model.errors import SourceError

Pairs = tuple[tuple[str, str], ...]

NOTHING: Any = type("Nothing", (), {"__repr__": lambda _: "NOTHING"})()
"""No JSON body; told apart from ``null``."""


class Call(Struct, frozen=True):
    """One request. ``query`` replaces parameters of the same names in ``url``, else kept verbatim."""

    method: str
    url: str
    query: Pairs = ()
    headers: Pairs = ()
    json: Any = NOTHING
    form: Pairs | None = None
    raw: bytes | None = None
    content_type: str | None = None

    @property
    def target(self) -> str:
        """The whole address."""
        return _target(self.url, self.query)

    @property
    def body(self) -> bytes | None:
        """The bytes to send."""
        if self.json is not NOTHING:
            return orjson.dumps(self.json)
        if self.form is not None:
            return urlencode(self.form).encode()
        return self.raw

    @property
    def all_headers(self) -> Pairs:
        """The headers, with the body's type."""
        kind = self.content_type
        if kind is None and self.json is not NOTHING:
            kind = "application/json"
        if kind is None and self.form is not None:
            kind = "application/x-www-form-urlencoded"
        if kind is None or any(name.lower() == "content-type" for name, _ in self.headers):
            return self.headers
        return (*self.headers, ("Content-Type", kind))

    def with_query(self, name: str, value: str) -> Call:
        """The same call with one parameter set."""
        return replace(self, query=(*((n, v) for n, v in self.query if n != name), (name, value)))

    def with_header(self, name: str, value: str) -> Call:
        """The same call with one header set."""
        kept = ((n, v) for n, v in self.headers if n.lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def with_value(self, place: str, name: str, value: Any) -> Call:
        """The same call with a value in its query, a header or its body (dotted names reach inside)."""
        if place == "query":
            return self.with_query(name, str(value))
        if place == "header":
            return self.with_header(name, str(value))
        if self.form is not None:
            return replace(self, form=(*((n, v) for n, v in self.form if n != name), (name, str(value))))
        return replace(self, json=_set_at({} if self.json is NOTHING else self.json, name.split("."), value))

    def at(self, url: str) -> Call:
        """The same call to another address, which may be relative; it brings its own query."""
        found = urljoin(self.target, url.strip())
        if urlsplit(found).scheme not in ("http", "https"):
            raise SourceError(f"The API's next address '{url[:200]}' is not a web address.")
        return replace(self, url=quote(found, safe="%/:=&?~#+!$,;'@()*[]"), query=())


class Answer(Struct, frozen=True):
    """One response. Header names are in lower case; ``content`` is unpacked.

    Of a body that is too large for memory ``content`` is only the beginning, and ``spool`` is all of it.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    spool: Spool | None = None


class Page(Struct, frozen=True):
    """What a paginator may look at: the page's number (from 1), its headers and body, its records.

    ``total``: how many records there are where ``records`` are not all of them.
    """

    number: int
    headers: Mapping[str, str]
    body: Any
    records: list[Any] = field(default_factory=list)
    total: int | None = None

    @property
    def count(self) -> int:
        """Records on the page."""
        return len(self.records) if self.total is None else self.total


def join_url(base: str, path: str) -> str:
    """``path`` below ``base``; the parameters of both are kept. A ``path`` with a scheme stands alone."""
    if "://" in path.partition("?")[0]:
        return path
    over, under = urlsplit(base), urlsplit(path)
    whole = over.path.rstrip("/") + "/" + under.path.lstrip("/") if under.path else over.path
    query = "&".join(piece for piece in (over.query, under.query) if piece)
    return urlunsplit(over._replace(path=whole, query=query, fragment=""))


@lru_cache(maxsize=64)
def _target(url: str, query: Pairs) -> str:
    if not query:
        return url
    parts = urlsplit(url)
    names = {quote_name for name, _ in query for quote_name in (name, quote(name))}
    kept = [piece for piece in parts.query.split("&") if piece and piece.partition("=")[0] not in names]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode(query)]), fragment=""))


def same_site(home: str, url: str) -> bool:
    """Whether credentials for ``home`` may go to ``url``: same host and port, or its upgrade to https."""
    one, other = urlsplit(home), urlsplit(url)
    if one.hostname != other.hostname:
        return False
    if one.scheme == other.scheme:
        return _port(one.scheme, one.port) == _port(other.scheme, other.port)
    return (
        one.scheme == "http"
        and other.scheme == "https"
        and (one.port, other.port) in ((None, None), (80, 443))
    )


def redirected(call: Call, status: int, location: str) -> Call:
    """Where a redirect leads. 303, and 301 and 302 after a POST, continue with GET, as browsers do."""
    moved = call.at(location)
    if status == 303 or (status in (301, 302) and call.method == "POST"):
        return replace(moved, method="GET", json=NOTHING, form=None, raw=None, content_type=None)
    return moved


def _port(scheme: str, port: int | None) -> int | None:
    return port if port is not None else {"http": 80, "https": 443}.get(scheme)


def _set_at(inside: Any, path: list[str], value: Any) -> Any:
    changed = dict(inside) if isinstance(inside, dict) else {}
    head, *rest = path
    changed[head] = _set_at(changed.get(head, {}), rest, value) if rest else value
    return changed
