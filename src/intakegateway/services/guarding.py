"""The guard of this installation: what tasks and connections of its people may reach."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from intakegateway.connectors.guard import Guard
from intakegateway.kit.addresses import read_rules
from intakegateway.settings import Settings, SettingsError

_PRIVATE_FOLDERS = ("storage", "tokens", "cursors", "rejects", "pending", "logs", "keys", "tmp")
_PRIVATE_FILES = ("secret.key", "settings.toml", "intakegateway.db")
_BESIDE = ("", "-wal", "-shm", "-journal")


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


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
