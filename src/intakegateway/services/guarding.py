"""The guard of this installation: what tasks and connections of its people may reach."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from intakegateway.connectors.guard import Guard
from intakegateway.kit.addresses import literal, read_rules
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.services.limited import Workbench
from intakegateway.settings import Settings, SettingsError

_PRIVATE_FOLDERS = ("storage", "tokens", "cursors", "rejects", "pending", "logs", "keys", "tmp")
_PRIVATE_FILES = ("secret.key", "settings.toml", "intakegateway.db")
_BESIDE = ("", "-wal", "-shm", "-journal")
_LOOKUP_SECONDS = 2.0
"""How long a request waits for a name server."""
_lookups = Workbench(places=8, wait_seconds=0.0)


@lru_cache(maxsize=8)
def guard_of(settings: Settings) -> Guard:
    """Public addresses and what ``allow_private_addresses`` adds; files in the data folder (but not those
    that the gateway keeps for itself) and in ``allowed_folders``. Relative paths start in the data folder.

    Raises ``SettingsError``.
    """
    try:
        rules = read_rules(settings.allow_private_addresses)
    except ValueError as error:
        raise SettingsError(f"INTAKEGATEWAY_ALLOW_PRIVATE_ADDRESSES: {error}.") from None
    home = _real(settings.home)
    given = (one.strip() for one in settings.allowed_folders.split(os.pathsep))
    folders = (home, *(_real(Path(one).expanduser()) for one in given if one))
    kept_out = [home / name for name in _PRIVATE_FOLDERS]
    kept_out += [home / f"{name}{ending}" for name in _PRIVATE_FILES for ending in _BESIDE]
    scheme, _, place = settings.database.partition(":///")
    if scheme.startswith("sqlite") and place:
        kept_out += [_real(Path(f"{place.partition('?')[0]}{ending}")) for ending in _BESIDE]
    return Guard(rules, folders, tuple(kept_out), start=home)


def check_url(settings: Settings, url: str, name: str) -> None:
    """Refuse an address that is to be called later, where it is known by now that it will not be allowed.

    ``name`` is the key that it came in. A name that no name server knows, or none in time, passes: the guard
    looks again when the call is made. Raises ``DefinitionError``.
    """
    guard = guard_of(settings)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise DefinitionError(f"'{name}' is not a URL.", path=(name,)) from None
    try:
        guard.check_host(host, name)
        if literal(host) is None and not guard.rules.allows_host(host):
            with suppress(UnavailableError):
                _lookups.run(lambda _: guard.addresses(host, port, name), _LOOKUP_SECONDS)
    except DefinitionError as error:
        raise DefinitionError(error.message, where=name, hint=error.hint, path=(name,)) from None


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
