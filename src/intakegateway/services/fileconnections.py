"""Named connections of a project file: the URL behind a name, and what an API's adds to a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from intakegateway.kit.urls import assembled
from intakegateway.model.errors import nearest
from intakegateway.model.project import Connection
from intakegateway.services.endpoints import KIND_OF_SCHEME
from intakegateway.services.explain import problems
from intakegateway.services.yamlfiles import Document, KeyPath

_FILE_SCHEMES = frozenset({"sqlite", "sqlite3", "duckdb"})


class Connections:
    """The connections of one document, looked up (and their ``${NAME}`` references resolved) when used."""

    def __init__(self, document: Document, folder: Path) -> None:
        self._document = document
        self._folder = folder
        given = document.value.get("connections") if isinstance(document.value, dict) else None
        self._names: list[str] = list(given) if isinstance(given, dict) else []
        self._read: dict[str, Connection] = {}

    def find(self, name: object, asked_at: KeyPath) -> Connection:
        """The connection of that name. Raises ``DefinitionError`` at the place that asked for it."""
        if not isinstance(name, str) or name not in self._names:
            hint = nearest(str(name), self._names) if self._names else "This file has no 'connections'."
            raise self._document.error(f"there is no connection '{name}'.", asked_at, hint=hint)
        if name not in self._read:
            path: KeyPath = ("connections", name)
            value = self._document.resolved(path)
            if isinstance(value, str):
                value = {"url": value}
            try:
                self._read[name] = Connection.model_validate(value)
            except ValidationError as error:
                first = problems(error, Connection, value)[0]
                raise self._document.error(first.message, (*path, *first.path), hint=first.hint) from None
        return self._read[name]

    def url(self, name: str, asked_at: KeyPath) -> str:
        """The URL of a connection, put together from its parts where it has none."""
        found = self.find(name, asked_at)
        if found.url:
            return anchored(found.url, self._folder)
        if not found.kind or not (found.host or found.database):
            raise self._document.error(
                f"the connection '{name}' says too little.",
                ("connections", name),
                hint="Give 'url', or 'kind' with 'host' and 'database'.",
            )
        return anchored(_assembled(found), self._folder)

    def kind(self, name: object, asked_at: KeyPath) -> str | None:
        """The kind of source that reads this connection; None where that cannot be told."""
        found = self.find(name, asked_at)
        scheme = found.url.partition("://")[0] if found.url else found.kind or ""
        return KIND_OF_SCHEME.get(scheme.lower().partition("+")[0])

    def source_keys(self, name: str, kind: str, asked_at: KeyPath) -> dict[str, Any]:
        """What a source of ``kind`` takes from the connection."""
        if kind == "sql":
            return {"url": self.url(name, asked_at)}
        found = self.find(name, asked_at)
        extra = dict(found.model_extra or {})
        return {"url": found.url, **extra} if found.url else extra


def _assembled(connection: Connection) -> str:
    return assembled(
        connection.kind or "", host=connection.host or "", port=connection.port,
        database=connection.database or "", user=connection.user or "", password=connection.password or "",
        options=connection.options,
    )  # fmt: skip


def anchored(url: str, folder: Path) -> str:
    """A destination whose file path is relative made absolute, starting from ``folder``."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _absolute(url, folder)
    if scheme.lower() not in _FILE_SCHEMES or not rest.startswith("/"):
        return url
    path, mark, query = rest[1:].partition("?")
    if not path or path.startswith((":", "/")) or path[1:2] == ":":
        return url
    return f"{scheme}:///{_absolute(path, folder)}{mark}{query}"


def _absolute(path: str, folder: Path) -> str:
    """Keeps a slash at the end, which says that a folder is meant."""
    whole = Path(path).expanduser()
    if not whole.is_absolute():
        whole = folder / whole
    return f"{whole}/" if path.endswith("/") else str(whole)
