"""What a connector offers to those who set a connection up: a test in steps, and a look at its tables."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from intakegateway.connectors.guard import current, look_up
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.model.schema import TableName

Step = tuple[str, Callable[[], str]]
"""A step's name (``resolve``, ``connect``, ``sign_in``, ``read``), and what does it.

It returns a sentence about what it found, and raises a ``GatewayError`` when it fails.
"""
SECONDS = 5.0
"""What all steps of a test may take together."""


class Probe(Protocol):
    """A test under way."""

    @property
    def version(self) -> str:
        """What the server says that it is, once that is known; else empty."""
        ...

    def steps(self) -> Sequence[Step]:
        """The steps in their order; after one that fails, the others are not tried."""
        ...

    def close(self) -> None:
        """Give back what was opened. Never raises."""
        ...


class FoundTable(Struct, frozen=True):
    """A table or view. ``rows`` is the database's own estimate, None where it has none."""

    name: TableName
    is_view: bool = False
    rows: int | None = None
    readable: bool = True


class FoundColumn(Struct, frozen=True):
    """A column. ``default`` is the SQL of its default, as the database writes it."""

    name: str
    type: str
    native: str
    nullable: bool
    default: str | None = None
    generated: bool = False


class FoundKey(Struct, frozen=True):
    """A foreign key."""

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]


class TableShape(Struct, frozen=True):
    """A table's columns and keys."""

    name: TableName
    columns: tuple[FoundColumn, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[FoundKey, ...] = ()


class Look(Protocol):
    """A look at a database. Raises ``ForbiddenError`` where the account may not look."""

    def schemas(self) -> list[str]:
        """The names of schemas (or databases) that the account can see."""
        ...

    def default_schema(self) -> str:
        """The schema that names without one mean."""
        ...

    def tables(self, schema: str) -> list[FoundTable]:
        """The tables of a schema; empty: of the one that names without a schema mean."""
        ...

    def shape(self, table: str) -> TableShape | None:
        """A table, ``name`` or ``schema.name``; None where there is none that the account can see."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


def resolved(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, checked by the guard where there is one.

    Raises ``DefinitionError`` and ``UnavailableError``.
    """
    guard = current()
    if guard is not None:
        return guard.addresses(host, port)
    try:
        return look_up(host, port)
    except (OSError, UnicodeError):
        raise UnavailableError(f"the host's name '{host}' is not known.", hint="Check the host.") from None


def reached(addresses: Sequence[str], port: int, seconds: float = SECONDS - 1) -> str:
    """Open a connection to the first address that takes one, and close it; returns the address.

    Raises ``UnavailableError``.
    """
    said = "it has no address"
    for address in addresses:
        try:
            socket.create_connection((address, port), seconds / len(addresses)).close()
        except OSError as error:
            said = "no answer" if isinstance(error, TimeoutError) else str(error.strerror or error).lower()
        else:
            return address
    raise UnavailableError(
        f"nothing answers at port {port}: {said}.",
        hint="Check host and port, and that a firewall lets it through.",
    )


def host_and_port(host: object, port: object, default: int) -> tuple[str, int]:
    """The host and port of a configuration. Raises ``DefinitionError`` where there is no host."""
    if not isinstance(host, str) or not host.strip():
        raise DefinitionError("the host is missing.", path=("config", "host"))
    return host.strip(), port if isinstance(port, int) and port else default
