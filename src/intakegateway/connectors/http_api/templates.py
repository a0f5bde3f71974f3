"""A definition's request into the first call: addresses joined, ``{{ cursor }}`` filled in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from msgspec import Struct

from intakegateway.connectors.http_api.calls import NOTHING, Call, Pairs, join_url
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.http import Body, HttpSource

_VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_KNOWN = ("cursor",)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Cursor(Struct, frozen=True):
    """The value that ``{{ cursor }}`` stands for; None on a first run without a start."""

    value: str | None = None
    number: bool = False
    """In a JSON body, a whole ``"{{ cursor }}"`` becomes a number."""


def address(spec: HttpSource) -> str:
    """The address before anything is filled in. Raises ``DefinitionError`` when there is none."""
    asked = spec.request
    if asked.url is not None and asked.path is not None:
        raise DefinitionError(
            "A request has either 'url' (a whole address) or 'path' (below the source's).",
            path=("source", "request"),
        )
    base = asked.url or spec.url
    if base is None and spec.connection is not None:
        raise DefinitionError(
            f"The connection '{spec.connection}' is not known here, so there is no address.",
            path=("source", "connection"),
        )
    if base is None:
        raise DefinitionError("An API needs an address: give 'url'.", path=("source", "url"))
    url = join_url(base, asked.path) if asked.path else base
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DefinitionError(
            "The address of an API starts with http:// or https:// and a host.", path=("source", "url")
        )
    return url


def uses_cursor(spec: HttpSource) -> bool:
    """Whether any part of the request changes with the cursor."""
    asked = spec.request
    parts: list[Any] = [spec.url, asked.url, asked.path, *asked.headers.values(), *asked.query.values()]
    if asked.body is not None:
        parts += [asked.body.json_value, asked.body.form, asked.body.raw]
    named = spec.incremental is not None and spec.incremental.param is not None
    return named or any(_VARIABLE.search(str(part)) for part in parts if part is not None)


def first_call(spec: HttpSource, cursor: Cursor) -> Call:
    """The call for the first page. What holds an unset cursor is left out; an address cannot be."""
    asked = spec.request
    url = _filled(address(spec), cursor, quoted=True)
    if url is None:
        raise DefinitionError(
            "The address has {{ cursor }}, which has no value on a first run.",
            hint="Give 'incremental.start'.",
            path=("source", "incremental", "start"),
        )
    query: list[tuple[str, str]] = []
    for name, value in asked.query.items():
        for one in value if isinstance(value, tuple) else (value,):
            text = _text(one, cursor)
            if text is not None:
                query.append((name, text))
    if spec.incremental is not None and spec.incremental.param and cursor.value is not None:
        query.append((spec.incremental.param, cursor.value))
    call = Call(asked.method, _spelt(url), tuple(query), _headers(asked.headers, cursor))
    return call if asked.body is None else _with_body(call, asked.body, cursor)


def _with_body(call: Call, body: Body, cursor: Cursor) -> Call:
    json, form, raw = NOTHING, None, None
    if "json_value" in body.model_fields_set:
        json = _deep(body.json_value, cursor)
    elif body.form is not None:
        texts = ((name, _text(value, cursor)) for name, value in body.form.items())
        form = tuple((name, text) for name, text in texts if text is not None)
    elif body.raw is not None:
        text = _filled(body.raw, cursor)
        if text is None:
            raise DefinitionError(
                "The body has {{ cursor }}, which has no value on a first run.",
                hint="Give 'incremental.start'.",
                path=("source", "incremental", "start"),
            )
        raw = text.encode()
    return Call(call.method, call.url, call.query, call.headers, json, form, raw, body.content_type)


def _headers(given: dict[str, str], cursor: Cursor) -> Pairs:
    headers = []
    for name, value in given.items():
        text = _filled(value, cursor)
        if text is not None:
            check_header(name, text, ("source", "request", "headers", name))
            headers.append((name, text))
    return tuple(headers)


def check_header(name: str, value: str, path: tuple[str | int, ...]) -> None:
    """Raise ``DefinitionError`` for what HTTP cannot send; the value is not shown."""
    if not _TOKEN.fullmatch(name):
        raise DefinitionError(f"'{name}' is not the name of a header.", path=path)
    if not value.isascii() or any(ord(letter) < 32 for letter in value):
        raise DefinitionError(
            f"The value of the header '{name}' has a line break or a letter that headers cannot hold.",
            path=path,
        )


def _deep(value: Any, cursor: Cursor) -> Any:
    match value:
        case str():
            if cursor.number and cursor.value is not None and _VARIABLE.fullmatch(value):
                return int(cursor.value) if re.fullmatch(r"-?\d+", cursor.value) else float(cursor.value)
            return _filled(value, cursor)
        case dict():
            filled = {key: _deep(inner, cursor) for key, inner in value.items()}
            return {key: inner for key, inner in filled.items() if inner is not None or value[key] is None}
        case list() | tuple():
            items = [(item, _deep(item, cursor)) for item in value]
            return [inner for item, inner in items if inner is not None or item is None]
        case _:
            return value


def _text(value: object, cursor: Cursor) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return _filled(value, cursor)
        case _:
            return str(value)


def _filled(text: str, cursor: Cursor, *, quoted: bool = False) -> str | None:
    """``text`` with its variables' values, or None when one of them has none."""
    for name in _VARIABLE.findall(text):
        if name not in _KNOWN:
            raise DefinitionError(
                f"'{{{{ {name} }}}}' is not known in a request.",
                hint=nearest(name, _KNOWN),
                path=("source", "request"),
            )
    if not _VARIABLE.search(text):
        return text
    if cursor.value is None:
        return None
    value = quote(cursor.value, safe="") if quoted else cursor.value
    return _VARIABLE.sub(lambda _: value, text)


def _spelt(url: str) -> str:
    """``url`` without user and password, blanks and odd letters escaped."""
    parts = urlsplit(url)
    spelt = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    return quote(spelt, safe="%/:=&?~#+!$,;'@()*[]")
