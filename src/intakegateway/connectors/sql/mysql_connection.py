"""Connections to MySQL and MariaDB from a URL, and the server's errors in our words."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from intakegateway.connectors.guard import Guard, current
from intakegateway.kit.masking import Scrubber, public_url
from intakegateway.model.errors import DefinitionError, MissingDriverError

if TYPE_CHECKING:
    from pymysql.connections import Connection

CONNECT_SECONDS = 10
_OPTIONS = (
    "charset",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl",
    "unix_socket",
    "connect_timeout",
    "read_timeout",
)
_FILES = ("ssl_ca", "ssl_cert", "ssl_key")
_LOST = {
    1040, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1927,
    2002, 2003, 2005, 2006, 2012, 2013, 2014, 2027, 2055, 4031,
}  # fmt: skip
"""Errors that may pass: lost connections, full servers, deadlocks, lock waits."""


class Address(Struct, frozen=True):
    """Where a server is, and how to sign in."""

    name: str
    """The URL without secrets."""
    options: dict[str, Any]
    scrub: Scrubber
    guard: Guard | None = None

    def connect(self, **more: Any) -> Connection[Any]:
        """Connect. Raises pymysql's errors, and ``MissingDriverError``."""
        try:
            import pymysql  # noqa: F401 is it there?
        except ImportError:
            raise MissingDriverError("MySQL", "mysql") from None
        return opened({**self.options, **more}, self.guard, self.name)


def opened(options: dict[str, Any], guard: Guard | None, name: str) -> Connection[Any]:
    """A connection; under a guard only to an address that was checked. Raises pymysql's errors."""
    import pymysql

    if guard is None:
        return pymysql.connect(**options)
    if options.get("unix_socket"):
        raise DefinitionError(
            "a socket of this machine may not be used here.", where=name, hint="Give a host."
        )
    files = {key: str(guard.path(options[key], name)) for key in _FILES if options.get(key)}
    waits = {"read_timeout": options["connect_timeout"]}
    connection: Connection[Any] = pymysql.connect(**{**options, **files, **waits}, defer_connect=True)
    addresses = guard.addresses(str(options["host"]), int(options["port"]), name)
    for number, address in enumerate(addresses, 1):
        try:
            plain = socket.create_connection((address, options["port"]), options["connect_timeout"])
            break
        except OSError as error:
            if number == len(addresses):
                raise pymysql.err.OperationalError(
                    2003, f"Can't connect to {options['host']} ({error})"
                ) from None
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        connection.connect(plain)
    except BaseException:
        plain.close()
        raise
    # Only the handshake has to be quick; queries take their time.
    connection._read_timeout = options.get("read_timeout")  # type: ignore[attr-defined]
    return connection


def read_address(url: str) -> Address:
    """Read ``mysql://user:password@host:port/database?ssl_ca=…``. Raises ``DefinitionError``."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise DefinitionError(
            f"'{unknown[0]}' is not an option of a MySQL address.",
            where=public_url(url),
            hint=f"Allowed: {', '.join(_OPTIONS)}.",
        )
    try:
        port = parts.port or 3306
    except ValueError:
        raise DefinitionError(
            "the address has a port that is not a number.",
            where=public_url(url),
            hint="A '@', ':' or '/' in a password is written %40, %3A, %2F.",
        ) from None
    password = unquote(parts.password or "")
    options: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": port,
        "user": unquote(parts.username or ""),
        "password": password,
        "database": unquote(parts.path[1:]) or None,
        "charset": "utf8mb4",
        "connect_timeout": int(given.get("connect_timeout", CONNECT_SECONDS)),
        "autocommit": True,
    }
    if "read_timeout" in given:
        options["read_timeout"] = int(given["read_timeout"])
    for key in ("ssl_ca", "ssl_cert", "ssl_key", "unix_socket"):
        if key in given:
            options[key] = given[key]
    if given.get("ssl", "").lower() in ("1", "true", "required"):
        options["ssl"] = {"check_hostname": False}
    return Address(public_url(url), options, Scrubber.of([password]), current())


def may_pass(error: Exception) -> bool:
    """Whether trying again may help: a lost connection, a deadlock, a server that is full or starts."""
    code = error.args[0] if error.args else 0
    return code in _LOST or isinstance(error, OSError)


def message(error: Exception) -> str:
    """The server's sentence."""
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return re.sub(r"\s+", " ", text).strip() or "the server gave no reason"


def code(error: Exception) -> int:
    """The server's error number, 0 if there is none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
