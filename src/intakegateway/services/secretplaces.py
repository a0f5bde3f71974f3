"""Secrets stay with the address that they were entered for.

Who may change a definition need not know its secrets. Would a kept secret follow a changed address, they could
have it sent to a host of their own: so it has to be entered again together with the new address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from intakegateway.connectors.catalog import Connector
from intakegateway.kit.masking import MASK
from intakegateway.model.errors import DefinitionError
from intakegateway.services.connectionconfigs import Secrets, steps, value_of
from intakegateway.services.sealing import SEALED, masked

GUARDED = ("auth", "proxy", "verify", "ca", "client_cert", "client_key", "client_key_password")
"""Keys of a source that say how its secrets travel."""
_SOURCE = (
    ("url",), ("connection",), ("request", "url"), ("proxy",), ("verify",), ("ca",),
    ("auth", "type"), ("auth", "token_url"),
)  # fmt: skip


def check_connection(
    connector: Connector,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    kept: Iterable[str],
    given: Secrets,
) -> None:
    """Refuse that the secrets ``kept`` (paths) follow where the settings ``after`` lead, and ``before`` did not.

    ``given``: the secrets that were entered. Raises ``DefinitionError``.
    """
    left = sorted(path for path in kept if path not in given)
    if not left:
        return
    for setting in connector.settings:
        if not setting.is_address:
            continue
        old, new = (value_of(one, setting.name) for one in (before, after))
        entered = bool(given.get(setting.name)) if setting.secret else False
        if entered or (setting.default if old in (None, "") else old) != (
            setting.default if new in (None, "") else new
        ):
            raise _again(f"'{left[0]}'", setting.name, ("config", *steps(left[0])))


def check_source(given: Any, kept: Any) -> None:
    """The same for the source of a task, whose kept secrets are where ``given`` has the mask."""
    if not isinstance(given, Mapping) or not isinstance(kept, Mapping):
        return
    left = _masks(given, kept, ("source",))
    if left is None:
        return
    before = masked(kept)
    for path in _SOURCE:
        if _at(given, path) not in _same(_at(before, path), path) and ("source", *path) != left:
            raise _again(f"'{left[-1]}'", ".".join(path), left)


def _masks(given: Any, kept: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Where the first mask is that stands for a kept secret."""
    if given == MASK and isinstance(kept, Mapping) and set(kept) == {SEALED}:
        return path
    pairs: Iterable[tuple[str | int, Any, Any]] = ()
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        pairs = ((key, item, kept.get(key)) for key, item in given.items())
    elif isinstance(given, list) and isinstance(kept, list):
        pairs = zip(range(len(given)), given, kept, strict=False)
    for key, one, before in pairs:
        found = _masks(one, before, (*path, key))
        if found is not None:
            return found
    return None


def _same(before: Any, path: tuple[str, ...]) -> tuple[Any, ...]:
    """A value, and what is as good as that."""
    return (None, True) if path == ("verify",) and before in (None, True) else (before,)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _again(secret: str, changed: str, path: tuple[str | int, ...]) -> DefinitionError:
    return DefinitionError(
        f"{secret} has to be entered again: '{changed}' is another than before, and a kept secret is sent nowhere"
        " else than where it was entered for.",
        hint="Send it in clear with this change, or null to take it away.",
        path=path,
    )
