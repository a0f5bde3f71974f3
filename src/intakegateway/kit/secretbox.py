"""Secrets at rest: AES-256-GCM, a fresh salt for each, bound to the place where it is kept.

A sealed text is ``v1.<key id>.<base64 of salt (16), nonce (12), ciphertext and tag>``. The key of one
secret is derived from the ring's key and the salt with HKDF-SHA256; the place (table, row, field) is
authenticated with it, so that a sealed text copied to another place does not open (NIST SP 800-38D, RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

KEY_BYTES = 32
_SALT, _NONCE = 16, 12


class SealError(Exception):
    """A sealed text cannot be opened: another key, another place, or it was changed."""


@dataclass(frozen=True, slots=True)
class SecretBox:
    """Seals with the first key of ``keys``, opens with any. Each key has 32 bytes.

    ``where`` says where the keys are kept, for people.
    """

    keys: Sequence[bytes] = field(repr=False)
    where: str = "the key ring"

    def __post_init__(self) -> None:
        """Refuse a ring that cannot seal. Raises ``ValueError``."""
        if not self.keys or any(len(key) != KEY_BYTES for key in self.keys):
            raise ValueError(f"a key ring needs at least one key, each of {KEY_BYTES} bytes")

    def seal(self, text: str, *place: str) -> str:
        """``text``, encrypted for ``place`` such as ``("connections", id, "password")``."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        key = self.keys[0]
        sealed = AESGCM(_derived(key, salt)).encrypt(nonce, text.encode(), _bound(place))
        body = base64.urlsafe_b64encode(salt + nonce + sealed).decode().rstrip("=")
        return f"v1.{key_id(key)}.{body}"

    def open(self, sealed: str, *place: str) -> str:
        """The text that was sealed for ``place``. Raises ``SealError``."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        found = [key for key in self.keys if key_id(key) == name]
        if version != "v1" or not found:
            raise SealError(f"it was sealed with the key {name or '?'}, which is not in {self.where}")
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            salt, nonce = raw[:_SALT], raw[_SALT : _SALT + _NONCE]
            text = AESGCM(_derived(found[0], salt)).decrypt(nonce, raw[_SALT + _NONCE :], _bound(place))
        except (InvalidTag, ValueError, binascii.Error):
            raise SealError("it was changed, or belongs to another place") from None
        return text.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether ``sealed`` was made with the first key, so that rotation may leave it alone."""
        return sealed.startswith(f"v1.{key_id(self.keys[0])}.")


def key_id(key: bytes) -> str:
    """A short name of a key that tells nothing of it."""
    return hashlib.sha256(b"intakegateway key id" + key).hexdigest()[:8]


def new_key() -> str:
    """A random key as text, for ``INTAKEGATEWAY_SECRET_KEYS`` or a key file."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")


def read_key(text: str) -> bytes:
    """A key from its text: 43 characters of URL-safe base64. Raises ``ValueError``."""
    try:
        key = base64.b64decode(text.strip().rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"a key is {KEY_BYTES} random bytes in URL-safe base64 (43 characters);"
            " 'intakegateway keys new' makes one"
        )
    return key


def _derived(key: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, b"intakegateway secret").derive(key)


def _bound(place: tuple[str, ...]) -> bytes:
    return "\x1f".join(place).encode()
