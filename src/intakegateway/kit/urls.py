"""Database addresses: put together from their parts, and taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


def assembled(
    scheme: str, *, host: str = "", port: int | None = None, database: str = "", user: str = "",
    password: str = "", options: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """``scheme://user:password@host:port/database?options``, with each part quoted."""
    word = f":{quote(password, safe='')}" if password else ""
    account = f"{quote(user, safe='')}{word}@" if user or word else ""
    place = f"[{host}]" if ":" in host and "," not in host else host
    number = f":{port}" if port else ""
    given = {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in (options or {}).items()
        if value is not None
    }
    query = f"?{urlencode(given)}" if given else ""
    return f"{scheme}://{account}{place}{number}/{database}{query}"


def parts_of(url: str) -> dict[str, Any]:
    """``host``, ``port``, ``database``, ``user``, ``password``, ``options``: those that the URL has.

    Raises ``ValueError`` for a port that is none.
    """
    split = urlsplit(url)
    found = {
        "host": split.hostname or "", "port": split.port, "database": unquote(split.path[1:]),
        "user": unquote(split.username or ""), "password": unquote(split.password or ""),
        "options": dict(parse_qsl(split.query, keep_blank_values=True)),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}
