"""What this installation can do, and what stands in its way."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from msgspec import Struct

from intakegateway.model.errors import GatewayError
from intakegateway.services.endpoints import shown
from intakegateway.settings import Settings, SettingsError, read_settings

LEAST_PYTHON = (3, 11)
CORE = ("polars", "pydantic", "httpx", "orjson", "PyYAML", "sqlglot")
EXTRAS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("PostgreSQL", "postgresql", ("psycopg", "pgpq", "pyarrow")),
    ("MySQL and MariaDB", "mysql", ("pymysql", "cryptography")),
    ("DuckDB", "duckdb", ("duckdb", "pyarrow")),
    ("Excel and OpenDocument", "excel", ("fastexcel", "python-calamine", "openpyxl")),
    ("Parquet and Arrow", "parquet", ("pyarrow",)),
    ("XML", "xml", ("lxml",)),
    ("Zstandard", "zstd", ("zstandard",)),
)
"""What it is for, the extra that brings it, the packages that it needs."""


class Finding(Struct, frozen=True):
    """One thing that was looked at. ``absent`` is a driver that nobody may miss; ``failed`` is a fault."""

    name: str
    state: Literal["ok", "absent", "failed"]
    detail: str
    advice: str = ""


def examine(to: str | None = None) -> list[Finding]:
    """Look at everything; with ``to``, also try that destination."""
    findings = [_python(), _core(), *_settings()]
    findings += [_extra(*extra) for extra in EXTRAS]
    if to is not None:
        findings.append(_destination(to))
    return findings


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < LEAST_PYTHON:
        return Finding("Python", "failed", detail, "Python 3.11 or newer is needed.")
    return Finding("Python", "ok", detail)


def _core() -> Finding:
    found = {package: _version(package) for package in CORE}
    missing = [package for package, number in found.items() if number is None]
    detail = ", ".join(f"{package} {number}" for package, number in found.items() if number)
    if missing:
        return Finding(
            "packages", "failed", f"missing: {', '.join(missing)}", "Install with: pip install intakegateway"
        )
    return Finding("packages", "ok", f"intakegateway {_version('intakegateway') or 'from source'}, {detail}")


def _extra(what: str, extra: str, packages: tuple[str, ...]) -> Finding:
    found = {package: _version(package) for package in packages}
    missing = [package for package, number in found.items() if number is None]
    if missing:
        return Finding(
            what, "absent", f"not installed ({', '.join(missing)})", f"pip install 'intakegateway[{extra}]'"
        )
    return Finding(what, "ok", ", ".join(f"{package} {number}" for package, number in found.items()))


def _settings() -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [Finding("settings", "failed", str(error))]
    memory = Finding("memory budget", "ok", f"{settings.memory_budget_mb} MiB for one load")
    return [_data_folder(settings), memory]


def _data_folder(settings: Settings) -> Finding:
    probe = settings.home / f".probe-{platform.node()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding(
            "data folder", "failed", f"{settings.home}: {error.strerror or error}",
            "Set INTAKEGATEWAY_HOME to a folder that can be written.",
        )  # fmt: skip
    return Finding("data folder", "ok", str(settings.home))


def _destination(url: str) -> Finding:
    from intakegateway.connectors.registry import open_destination

    name = "destination"
    try:
        destination = open_destination(url)
    except GatewayError as error:
        return Finding(name, "failed", error.message, error.hint or "")
    try:
        destination.inspect("intakegateway_doctor")
    except GatewayError as error:
        return Finding(name, "failed", f"{shown(url)}: {error.message}", error.hint or "")
    finally:
        destination.close()
    modes = ", ".join(sorted(destination.capabilities.modes))
    return Finding(name, "ok", f"{destination.kind} {destination.name} answers; modes: {modes}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
