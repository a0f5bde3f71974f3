"""Settings come from the environment, or from a TOML file; they are read once and passed down.

==============================  ==================================================  ====================
variable                        what                                                left out
==============================  ==================================================  ====================
INTAKEGATEWAY_HOME              the data folder: rejects, pending loads, logs       ``~/.intakegateway``
INTAKEGATEWAY_CONFIG            a TOML file with the settings below in lower case   ``HOME/settings.toml``
INTAKEGATEWAY_MEMORY_BUDGET_MB  what one load may hold in memory, in MiB            96
==============================  ==================================================  ====================

``…_FILE`` names a file that holds the value instead. The environment wins over the TOML file. A wrong value
stops the start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "INTAKEGATEWAY_"
LEAST_MEMORY_MB = 32


class SettingsError(ValueError):
    """A setting has a value that cannot be used. The message names the setting and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of this installation."""

    home: Path
    memory_budget_mb: int = 64

    @property
    def memory_budget(self) -> int:
        """Bytes that one load may hold in memory."""
        return self.memory_budget_mb << 20

    @property
    def pending(self) -> Path:
        """Journals of loads that are under way."""
        return self.home / "pending"

    @property
    def logs(self) -> Path:
        """Details of unexpected errors."""
        return self.home / "logs"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``environ`` (the process's own if left out). Raises ``SettingsError``."""
    given = os.environ if environ is None else environ
    home = _home(given)
    values = _from_file(home, given)
    for name, reader in _READERS.items():
        variable = PREFIX + name.upper()
        value = given.get(variable, "").strip() or _held(f"{variable}_FILE", given)
        if value:
            values[name] = reader(variable, value)
    return Settings(home=home, **values)


def _home(environ: Mapping[str, str]) -> Path:
    given = environ.get(f"{PREFIX}HOME", "").strip()
    path = Path(given).expanduser() if given else Path.home() / ".intakegateway"
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{PREFIX}HOME: '{path}' is a file. Give a folder.")
    return path.absolute()


def _held(variable: str, environ: Mapping[str, str]) -> str:
    """The content of the file that a variable names."""
    holder = environ.get(variable, "").strip()
    if not holder:
        return ""
    try:
        return Path(holder).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: the file '{holder}' cannot be read: {error}.") from None


def _from_file(home: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    given = environ.get(f"{PREFIX}CONFIG", "").strip()
    path = Path(given).expanduser() if given else home / "settings.toml"
    if not given and not path.is_file():
        return {}
    import tomllib

    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings '{path}' cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: this is not TOML: {error}.") from None
    for key in content:
        if key not in _READERS:
            raise SettingsError(f"{path}: '{key}' is not a setting. Allowed: {', '.join(_READERS)}.")
    return {key: _READERS[key](f"{path}: {key}", str(value)) for key, value in content.items()}


def _memory(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < LEAST_MEMORY_MB:
        raise SettingsError(
            f"{name}: '{value}' is not an amount of memory. Give whole MiB, {LEAST_MEMORY_MB} or more."
        )
    return int(value)


_READERS: dict[str, Callable[[str, str], Any]] = {"memory_budget_mb": _memory}
