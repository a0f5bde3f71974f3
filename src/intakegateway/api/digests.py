"""``Repr-Digest`` and ``Content-Digest`` (RFC 9530): what a sender says the hash of its file is."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

from fastapi import Depends, Header

from intakegateway.model.errors import DefinitionError

_SHA = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([^:]*):", re.IGNORECASE)
_BYTES = 32


def sha256_of(header: str | None) -> str:
    """The SHA-256 of a header in hexadecimal; empty: it tells none. Raises ``DefinitionError``."""
    found = _SHA.search(header or "")
    if found is None:
        return ""
    try:
        digest = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != _BYTES:
        raise DefinitionError(
            "the digest is no SHA-256.", hint="Send it as sha-256=:…:, in Base64 between colons."
        )
    return digest.hex()


async def _whole(
    repr_digest: Annotated[
        str | None,
        Header(max_length=1000, description="`sha-256=:…:` of the whole file: another one is refused."),
    ] = None,
) -> str:
    return sha256_of(repr_digest)


WholeDigest = Annotated[str, Depends(_whole)]
"""The SHA-256 that the whole file must have, in hexadecimal; empty: any."""
