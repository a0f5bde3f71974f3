"""Connecting to PostgreSQL; under a guard only to addresses that were checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from intakegateway.connectors.guard import Guard
from intakegateway.model.errors import DefinitionError

if TYPE_CHECKING:
    import psycopg

_ALLOWED = frozenset({
    "host", "hostaddr", "port", "dbname", "user", "password", "connect_timeout", "client_encoding", "options",
    "application_name", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout", "sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword",
    "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "gssencmode", "channel_binding", "target_session_attrs", "load_balance_hosts",
    "require_auth",
})  # fmt: skip
"""What people of a service may set: nothing that reads or writes files of this machine by itself."""
_FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir")


def connect(conninfo: str, guard: Guard | None, name: str, **more: Any) -> psycopg.Connection[Any]:
    """A connection. Raises psycopg's errors, and ``DefinitionError`` for what the guard refuses."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    if guard is None:
        return psycopg.connect(conninfo, **more)
    return psycopg.connect(**pinned(conninfo_to_dict(conninfo), guard, name), **more)


def pinned(given: dict[str, Any], guard: Guard, name: str) -> dict[str, Any]:
    """The parameters with the checked address of each host; the host's name stays for its certificate."""
    for key in given:
        if key not in _ALLOWED:
            raise DefinitionError(
                f"the option '{key}' may not be used here.", where=name, hint="Take it out of the connection."
            )
    made = dict(given)
    for key in _FILES:
        if made.get(key) and made[key] != "system":
            made[key] = str(guard.path(made[key], name))
    # Without it, the passwords of whoever runs this service would be looked through.
    made["passfile"] = os.path.join(os.devnull, "none")
    hosts, ports = str(made.get("host") or "").split(","), str(made.get("port") or "5432").split(",")
    if made.get("hostaddr"):
        for address in str(made["hostaddr"]).split(","):
            guard.addresses(address, 5432, name)
        return made
    ports = ports * len(hosts) if len(ports) == 1 else ports
    found = []
    for host, port in zip(hosts, ports, strict=False):
        if host.startswith(("/", "@")):
            raise DefinitionError(
                "a socket of this machine may not be used here.", where=name, hint="Give a host."
            )
        number = int(port) if port.isdecimal() else 5432
        found += [(host, address, port) for address in guard.addresses(host, number, name)]
    made["host"], made["hostaddr"], made["port"] = (",".join(column) for column in zip(*found, strict=True))
    return made
