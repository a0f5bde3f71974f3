"""Secrets kept out of what people read: URLs, headers, messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from msgspec import Struct

MASK = "***"

_SECRET_NAME = re.compile(
    r"(^|[-_.\[])(key|auth|sig|signature|credentials?|cookie|pwd|pass)($|[-_.\]])"
    r"|api[-_]?key|token|secret|passw|authorization|(^|_)session|^code$",
    re.IGNORECASE,
)
_SHORTEST_SECRET = 4


def looks_secret(name: str) -> bool:
    """Whether a header, query parameter or key of this name usually holds a secret.

    >>> looks_secret("X-API-Key"), looks_secret("access_token"), looks_secret("page_token")
    (True, True, False)
    """
    if re.fullmatch(r"(next|page|continuation|sync|cursor)[-_]?(page[-_]?)?token", name, re.IGNORECASE):
        return False
    return _SECRET_NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)) is not None


def public_url(url: str, secret_names: Iterable[str] = ()) -> str:
    """``url`` without user and password, and with the values of secret-looking parameters masked.

    >>> public_url("https://ann:pw@host/a?api_key=1234&page=2")
    'https://***@host/a?api_key=***&page=2'
    """
    hidden = {name.casefold() for name in secret_names}
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = f"{MASK}@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    pieces = []
    for piece in parts.query.split("&") if parts.query else []:
        name, equals, value = piece.partition("=")
        secret = value and (name.casefold() in hidden or looks_secret(name))
        pieces.append(f"{name}{equals}{MASK if secret else value}")
    query = "&".join(pieces)
    if not url[len(parts.scheme) :].startswith("://"):
        return urlunsplit(parts._replace(netloc=host, query=query, fragment=""))
    # Of a URL without a host, such as that of a file, the library would take slashes away.
    return f"{parts.scheme}://{host}{parts.path}{'?' if query else ''}{query}"


class Scrubber(Struct, frozen=True):
    """Takes known secrets out of text that comes from elsewhere (bodies, messages of libraries)."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[str | None]) -> Scrubber:
        """A scrubber for these values, as they are and as URLs write them; very short ones are left out."""
        known = {secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET}
        spelt = (
            known | {quote(secret, safe="") for secret in known} | {quote_plus(secret) for secret in known}
        )
        return cls(tuple(sorted(spelt, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        """``text`` with every secret masked."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text

    def url(self, url: str) -> str:
        """``url`` as people may see it."""
        return self(public_url(url))

    def __repr__(self) -> str:
        return f"Scrubber({len(self.secrets)} secrets)"
