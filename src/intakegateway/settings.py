"""Settings come from the environment, or from a TOML file; they are read once and passed down.

Every setting is a field of ``Settings``: ``port`` is the variable ``INTAKEGATEWAY_PORT``, and the key ``port`` of
the TOML file (``HOME/settings.toml``, or the file that ``INTAKEGATEWAY_CONFIG`` names). ``INTAKEGATEWAY_PORT_FILE``
names a file that holds the value instead. The environment wins over the TOML file. A wrong value stops the start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "INTAKEGATEWAY_"
LEAST_MEMORY_MB = 32


class SettingsError(ValueError):
    """A setting has a value that cannot be used. The message names the setting and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of this installation."""

    home: Path
    """The data folder: database, files, rejects, keys, logs; ``~/.intakegateway``."""
    memory_budget_mb: int = 64
    """What one load may hold in memory, in MiB."""
    database_url: str = ""
    """The gateway's own database: ``sqlite:///…`` or ``postgresql://…``; left out: a file in HOME."""
    database_wait_seconds: int = 20
    """How long what another connection to that database holds up is waited for."""
    secret_keys: str = field(default="", repr=False)
    """Keys that seal secrets, the newest first, with commas between; left out: HOME/secret.key."""
    execution: str = "processes"
    """Where runs take place: ``processes`` (a pool on this machine) or ``inline``."""
    workers: int = 2
    """Processes that run tasks."""
    max_running: int = 8
    """Runs at the same time, over all."""
    max_running_per_task: int = 1
    """Runs of one task at the same time."""
    max_running_per_connection: int = 4
    """Runs into one connection at the same time."""
    storage_url: str = ""
    """Files and rejects: ``s3://bucket/prefix``; left out: a folder in HOME."""
    host: str = "127.0.0.1"
    """The address that ``serve`` listens on."""
    port: int = 8080
    """The port that ``serve`` listens on; 0: a free one."""
    base_url: str = ""
    """How browsers reach it, with a path if there is one: ``https://data.example.org/gateway``."""
    log_level: str = "info"
    """``debug``, ``info``, ``warning`` or ``error``."""
    log_format: str = "text"
    """``text`` or ``json``."""
    max_upload_bytes: int = 50 << 30
    """The largest file that may be uploaded."""
    max_body_bytes: int = 10 << 20
    """The largest body of any other request."""
    allow_private_addresses: str = ""
    """Addresses of this network that people's URLs may reach: ``true``, or networks and hosts with commas."""
    allowed_folders: str = ""
    """Folders of this machine that tasks of the service may read and write, with colons between."""
    session_hours: int = 12
    """A browser that did nothing for so long signs in again."""
    trusted_proxies: str = ""
    """Addresses or networks whose ``X-Forwarded-For`` is believed, with commas between."""
    metrics_token: str = field(default="", repr=False)
    """A token that ``/metrics`` asks for; left out: none."""
    keep_runs_days: int = 90
    """Runs, their logs and rejects are removed after so many days; 0: never."""
    keep_runs_per_task: int = 0
    """At most so many finished runs of a task are kept; 0: all."""
    keep_files_days: int = 0
    """Uploaded files that no task uses are removed after so many days; 0: never."""
    smtp_url: str = field(default="", repr=False)
    """The mail server: ``smtp://user:password@host:587``, ``smtps://…``."""
    mail_from: str = ""
    """The sender of mails."""
    oidc: str = field(default="", repr=False)
    """Providers of OpenID Connect, as JSON: a list of objects with name, issuer, client_id, client_secret."""
    saml: str = field(default="", repr=False)
    """Identity providers of SAML, as JSON: a list of objects with name, metadata_url or metadata."""

    def make_home(self) -> None:
        """Make the data folder if it is missing. Raises ``SettingsError``."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or error
            raise SettingsError(
                f"{PREFIX}HOME: the data folder '{self.home}' cannot be made: {why}."
            ) from None

    @property
    def database(self) -> str:
        """The URL of the gateway's own database."""
        return self.database_url or f"sqlite:///{self.home / 'intakegateway.db'}"

    @property
    def base_path(self) -> str:
        """The path of ``base_url``, without a slash at its end; empty: the root."""
        return urlsplit(self.base_url).path.rstrip("/")

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
    return {key: _READERS[key](f"{path}: {key}", _as_text(value)) for key, value in content.items()}


def _as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def _memory(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < LEAST_MEMORY_MB:
        raise SettingsError(
            f"{name}: '{value}' is not an amount of memory. Give whole MiB, {LEAST_MEMORY_MB} or more."
        )
    return int(value)


def _number(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise SettingsError(
                f"{name}: '{value}' is not allowed. Give a whole number from {least} to {most}."
            )
        return int(value)

    return read


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value.lower() not in allowed:
            raise SettingsError(f"{name}: '{value}' is not allowed. Give one of: {', '.join(allowed)}.")
        return value.lower()

    return read


def _url(*schemes: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value.partition("://")[0].lower() not in schemes or "://" not in value:
            raise SettingsError(
                f"{name}: this is not a URL that can be used. Give {' or '.join(schemes)}://…."
            )
        return value

    return read


def _json_list(name: str, value: str) -> str:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise SettingsError(f"{name}: this is not JSON: {error}.") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(f"{name}: give a JSON list of objects.")
    return value


def _networks(name: str, value: str) -> str:
    from ipaddress import ip_network

    for one in value.split(","):
        try:
            ip_network(one.strip(), strict=False)
        except ValueError:
            raise SettingsError(
                f"{name}: '{one.strip()}' is not an address or a network such as 10.0.0.0/8."
            ) from None
    return value


def _text(name: str, value: str) -> str:
    return value


_MANY = 1_000_000
_READERS: dict[str, Callable[[str, str], Any]] = {
    "memory_budget_mb": _memory,
    "database_url": _url("sqlite", "postgresql", "postgres", "postgresql+psycopg"),
    "database_wait_seconds": _number(1, 3600),
    "secret_keys": _text,
    "execution": _one_of("processes", "inline"),
    "workers": _number(1, 256),
    "max_running": _number(1, _MANY),
    "max_running_per_task": _number(1, _MANY),
    "max_running_per_connection": _number(1, _MANY),
    "storage_url": _url("s3"),
    "host": _text,
    "port": _number(0, 65535),
    "base_url": _url("http", "https"),
    "log_level": _one_of("debug", "info", "warning", "error"),
    "log_format": _one_of("text", "json"),
    "max_upload_bytes": _number(1, 1 << 50),
    "max_body_bytes": _number(1024, 1 << 40),
    "allow_private_addresses": _text,
    "allowed_folders": _text,
    "session_hours": _number(1, 24 * 365),
    "trusted_proxies": _networks,
    "metrics_token": _text,
    "keep_runs_days": _number(0, 36_500),
    "keep_runs_per_task": _number(0, _MANY),
    "keep_files_days": _number(0, 36_500),
    "smtp_url": _url("smtp", "smtps"),
    "mail_from": _text,
    "oidc": _json_list,
    "saml": _json_list,
}
