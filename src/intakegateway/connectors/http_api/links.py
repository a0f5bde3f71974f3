"""The ``Link`` header."""

from __future__ import annotations

import re

_PARAM = r"\s*;\s*([\w*!#$&+.^`|~-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\",;\s]*)))?"
_LINK = re.compile(rf"<([^>]*)>((?:{_PARAM})*)")


def links(header: str) -> dict[str, str]:
    """The addresses of a ``Link`` header by their relation, in lower case (RFC 8288, section 3)."""
    found: dict[str, str] = {}
    for match in _LINK.finditer(header):
        for param in re.finditer(_PARAM, match[2]):
            if param[1].lower() == "rel":
                for name in (param[2] or param[3] or "").lower().split():
                    found.setdefault(name, match[1].strip())
                break
    return found
