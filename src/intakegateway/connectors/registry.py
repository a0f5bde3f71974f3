"""Which module serves which kind of source and which scheme of destination, imported when first asked for.

A third party adds its own through the entry point groups ``intakegateway.sources`` and
``intakegateway.destinations`` (name: the kind or scheme; value: ``module:function``).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from intakegateway.connectors.base import Destination, Source
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.sources import AnySource

if TYPE_CHECKING:
    from intakegateway.connectors.cursors import CursorStore

SOURCES = {
    "file": "intakegateway.connectors.files.source:open_source",
    "http": "intakegateway.connectors.http_api.source:open_source",
    "sql": "intakegateway.connectors.sql.source:open_source",
    "push": "intakegateway.connectors.pushed:open_source",
}

DESTINATIONS = {
    "postgresql": "intakegateway.connectors.postgresql:open_destination",
    "mysql": "intakegateway.connectors.mysql:open_destination",
    "sqlite": "intakegateway.connectors.sqlite:open_destination",
    "duckdb": "intakegateway.connectors.duckdb:open_destination",
    "file": "intakegateway.connectors.files.destination:open_destination",
    "memory": "intakegateway.connectors.memory:open_destination",
}

ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "sqlite3": "sqlite"}
"""Other names of the same schemes."""

FILE_SUFFIXES = (".parquet", ".csv", ".jsonl", ".ndjson")


def open_source(spec: AnySource, *, cursors: CursorStore | None = None) -> Source:
    """The source that a definition describes. Opening is lazy: errors come when rows are read.

    ``cursors``: where a source with ``incremental`` keeps how far it has read; None: in the data folder. What
    opens a kind of source whose definition may have ``incremental`` takes ``cursors`` by name.
    """
    opener = _lookup(spec.kind, SOURCES, "intakegateway.sources", "kind of source")
    remembers = cursors is not None and getattr(spec, "incremental", None) is not None
    opened: Source = opener(spec, cursors=cursors) if remembers else opener(spec)
    return opened


def open_destination(url: str) -> Destination:
    """The destination behind a URL such as ``postgresql://…`` or ``sqlite:///shop.db``, or a path.

    A path without a scheme is a file destination when it ends like one (``out.parquet``) or is a
    folder (``out/``).
    """
    opened: Destination = _lookup(
        destination_scheme(url), DESTINATIONS, "intakegateway.destinations", "scheme of destination"
    )(url)
    return opened


def destination_scheme(url: str) -> str:
    """The scheme that serves ``url``, with aliases resolved (``postgres`` is ``postgresql``)."""
    scheme = urlsplit(url).scheme.lower().partition("+")[0] if "://" in url else ""
    if scheme:
        return ALIASES.get(scheme, scheme)
    if url.partition("?")[0].endswith(("/", *FILE_SUFFIXES)):
        return "file"
    raise DefinitionError(
        f"'{url}' is not a destination.",
        hint="Give a URL such as postgresql://user@host/db, sqlite:///file.db or duckdb:///file.duckdb,"
        f" a file that ends with {', '.join(FILE_SUFFIXES)}, or a folder that ends with '/'.",
    )


def _lookup(name: str, table: dict[str, str], group: str, what: str) -> Callable[..., Any]:
    path = table.get(name)
    if path is None:
        for point in entry_points(group=group, name=name):
            opener: Callable[..., Any] = point.load()
            return opener
        raise DefinitionError(f"'{name}' is not a known {what}.", hint=nearest(name, [*table, *ALIASES]))
    module, _, function = path.partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]
