"""Settings come from the environment, or from a TOML file; they are read once and passed down.

========================  =========================================================  =================
variable                  what                                                       left out
========================  =========================================================  =================
INTAKEGATEWAY_CONFIG      a TOML file with these settings in lower case              no file
INTAKEGATEWAY_HOME        the data folder: rejects, pending loads, cursors, logs     the user's own [1]
INTAKEGATEWAY_MEMORY_BUDGET_MB  what one load may hold in memory, in MiB             192
========================  =========================================================  =================

[1] ``$XDG_DATA_HOME/intakegateway`` or ``~/.local/share/intakegateway``.

Any variable may be given as ``…_FILE`` instead, naming a file that holds the value. The environment
wins over the file. A wrong value stops the start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
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
    memory_budget_mb: int = 192

    @property
    def memory_budget(self) -> int:
        """Bytes that one load may hold in memory."""
        return self.memory_budget_mb << 20

    @property
    def rejects(self) -> Path:
        """Where rejected rows are kept that were not sent elsewhere."""
        return self.home / "rejects"

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
    values: dict[str, Any] = {}
    config = _from_environment("config", given)
    if config is not None:
        values.update(_from_file(Path(config[1]).expanduser(), config[0]))
    for name in _READERS:
        found = _from_environment(name, given)
        if found is not None:
            values[name] = _READERS[name](found[0], found[1])
    if "home" not in values:
        values["home"] = _own_folder(given)
    return Settings(**values)


def _from_environment(name: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The variable that is set for a setting, and its value."""
    variable = PREFIX + name.upper()
    value = environ.get(variable, "")
    if value.strip():
        return variable, value.strip()
    holder = environ.get(f"{variable}_FILE", "").strip()
    if not holder:
        return None
    try:
        return f"{variable}_FILE", Path(holder).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE: the file '{holder}' cannot be read: {error}.") from None


def _from_file(path: Path, variable: str) -> dict[str, Any]:
    import tomllib

    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: the file '{path}' cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: this is not TOML: {error}.") from None
    known = [field.name for field in fields(Settings)]
    for key in content:
        if key not in known:
            raise SettingsError(f"{path}: '{key}' is not a setting. Allowed: {', '.join(known)}.")
    return {key: _READERS[key](f"{path}: {key}", str(value)) for key, value in content.items()}


def _folder(name: str, value: str) -> Path:
    path = Path(value).expanduser()
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{name}: '{value}' is a file. Give a folder.")
    return path.absolute()


def _memory(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < LEAST_MEMORY_MB:
        raise SettingsError(
            f"{name}: '{value}' is not an amount of memory. Give whole MiB, {LEAST_MEMORY_MB} or more."
        )
    return int(value)


def _own_folder(environ: Mapping[str, str]) -> Path:
    data = environ.get("XDG_DATA_HOME", "").strip()
    return (Path(data) if data else Path.home() / ".local" / "share") / "intakegateway"


_READERS: dict[str, Callable[[str, str], Any]] = {"home": _folder, "memory_budget_mb": _memory}
