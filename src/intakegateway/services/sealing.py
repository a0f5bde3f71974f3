"""Secrets inside definitions: sealed where they are kept, masked where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from intakegateway.kit.masking import MASK, looks_secret, public_url
from intakegateway.kit.secretbox import SealError, SecretBox
from intakegateway.model.errors import DefinitionError

SEALED = "$sealed"
PUT_BACK = "Put the key back, or enter the secret again."
"""What to do about a secret that no key opens."""
_PUBLIC = frozenset({"keys", "key_columns", "primary_key", "pass_through"})
"""Names that look secret and are not."""


def sealed(value: Any, box: SecretBox, place: tuple[str, ...], before: Any = None) -> Any:
    """``value`` with every secret text replaced by ``{"$sealed": …}``, bound to ``place`` and its path.

    A text is secret by the name of its key, or as a URL with a password. Where the mask came back from a
    client, the secret of ``before`` (the sealed value kept so far, at the same path) is kept.
    """
    return _walk(value, before, box, place, "")


def opened(value: Any, box: SecretBox, place: tuple[str, ...]) -> Any:
    """``value`` with its secrets in clear. Raises ``DefinitionError`` when one cannot be opened."""
    if isinstance(value, Mapping):
        if set(value) == {SEALED}:
            return _open(str(value[SEALED]), box, place)
        return {key: opened(item, box, (*place, str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [opened(item, box, (*place, str(number))) for number, item in enumerate(value)]
    return value


def masked(value: Any) -> Any:
    """``value`` as people may see it."""
    if isinstance(value, Mapping):
        if set(value) == {SEALED}:
            return MASK
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def is_secret(name: str, value: Any) -> bool:
    """Whether the text ``value`` under the key ``name`` is kept sealed. ``${NAME}`` references are not."""
    if not isinstance(value, str) or not value or (value.startswith("${") and value.endswith("}")):
        return False
    if name not in _PUBLIC and looks_secret(name):
        return True
    return "://" in value and _has_password(value)


def _has_password(url: str) -> bool:
    try:
        password = urlsplit(url).password
    except ValueError:
        return True
    return bool(password) or public_url(url) != url.partition("#")[0]


def _walk(value: Any, before: Any, box: SecretBox, place: tuple[str, ...], name: str) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {SEALED}:
            raise DefinitionError(f"'{SEALED}' is not a key of definitions.")
        old = before if isinstance(before, Mapping) else {}
        return {
            key: _walk(item, old.get(key), box, (*place, str(key)), str(key)) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        was = before if isinstance(before, list | tuple) else []
        return [
            _walk(item, was[n] if n < len(was) else None, box, (*place, str(n)), name)
            for n, item in enumerate(value)
        ]
    if value == MASK and isinstance(before, Mapping) and set(before) == {SEALED}:
        return dict(before)
    if is_secret(name, value):
        return {SEALED: box.seal(value, *place)}
    return value


def open_secret(text: str, box: SecretBox, what: str, *place: str) -> str:
    """A single secret in clear, sealed for ``place``. Raises ``DefinitionError`` that calls it ``what``."""
    try:
        return box.open(text, *place)
    except SealError as error:
        raise DefinitionError(f"{what} cannot be read: {error}.", hint=PUT_BACK) from None


def _open(text: str, box: SecretBox, place: tuple[str, ...]) -> str:
    return open_secret(text, box, f"the secret '{place[-1]}'", *place)
