"""What the kinds of databases have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from intakegateway.connectors.catalog import Config, Setting
from intakegateway.kit.urls import assembled, parts_of
from intakegateway.model.errors import DefinitionError

OPTIONS = Setting(
    "options", "Further options", "What stands after the `?` of the address.", type="object", advanced=True,
    examples=({"application_name": "imports"},),
)  # fmt: skip


def server_settings(port: int, database: str) -> tuple[Setting, ...]:
    """Host, port, database, user and password."""
    return (
        Setting(
            "host", "Host", "The name or address of the server.", required=True, examples=("db.example.org",)
        ),
        Setting("port", "Port", type="integer", default=port, least=1, most=65535, examples=(port,)),
        Setting(
            "database",
            "Database",
            "The database to work in.",
            required=True,
            examples=(database,),
            leads=False,
        ),
        Setting("user", "User", "The account to sign in with.", examples=("loader",)),
        Setting("password", "Password", secret=True),
    )


def file_setting(ending: str) -> Setting:
    """The file of an embedded database."""
    return Setting(
        "path", "File", "A file of the machine that the gateway runs on; a relative one is in its data folder."
        " It is made when something is loaded.", required=True, examples=(f"warehouse{ending}",),
    )  # fmt: skip


def server_address(scheme: str, named: tuple[str, ...]) -> Callable[[Config], str]:
    """Puts the URL together; ``named`` are settings that go behind its ``?``."""

    def address(config: Config) -> str:
        options = dict(config.get("options") or {})
        options.update({key: config[key] for key in named if config.get(key) not in (None, "")})
        return assembled(
            scheme, host=str(config.get("host") or ""), port=config.get("port"),
            database=str(config.get("database") or ""), user=str(config.get("user") or ""),
            password=str(config.get("password") or ""), options=options,
        )  # fmt: skip

    return address


def from_server_url(named: tuple[str, ...]) -> Callable[[str], dict[str, Any]]:
    """Takes a URL apart into settings."""

    def read(url: str) -> dict[str, Any]:
        try:
            found = parts_of(url)
        except ValueError:
            raise DefinitionError(
                "the address has a port that is not a number.", path=("config", "url"),
                hint="A '@', ':' or '/' in a password is written %40, %3A, %2F.",
            ) from None  # fmt: skip
        options = found.pop("options", {})
        found.update({key: options.pop(key) for key in named if key in options})
        return {**found, **({"options": options} if options else {})}

    return read


def file_address(scheme: str) -> Callable[[Config], str]:
    """The URL of an embedded database's file."""
    return lambda config: f"{scheme}:///{config.get('path') or ''}"


def from_file_url(url: str) -> dict[str, Any]:
    """The file of ``scheme:///file``."""
    return {"path": url.partition("://")[2].removeprefix("/").partition("?")[0]}


def sql_source(address: Callable[[Config], str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A database source takes the address."""
    return lambda config: {"url": address(config)}
