"""PostgreSQL as a kind of connection."""

from __future__ import annotations

from intakegateway.connectors.catalog import Config, Connector, Setting
from intakegateway.connectors.declarations.database import (
    OPTIONS,
    from_server_url,
    server_address,
    server_settings,
    sql_source,
)
from intakegateway.connectors.probing import Look, Probe
from intakegateway.model.load import Mode

_NAMED = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_address = server_address("postgresql", _NAMED)


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.postgresql import PostgresqlDriver
    from intakegateway.connectors.sql.look import ServerProbe

    return ServerProbe(config, 5432, lambda: PostgresqlDriver(_address(config)))


def _look(config: Config) -> Look:
    from intakegateway.connectors.postgresql import PostgresqlDriver
    from intakegateway.connectors.sql.look import SqlLook

    return SqlLook(PostgresqlDriver(_address(config)))


CONNECTOR = Connector(
    kind="postgresql",
    title="PostgreSQL",
    description="PostgreSQL 12 and newer, and what speaks its protocol.",
    group="database",
    settings=(
        *server_settings(5432, "warehouse"),
        Setting(
            "sslmode", "Encryption", "`require` encrypts, `verify-full` also checks the server's certificate.",
            choices=("disable", "allow", "prefer", "require", "verify-ca", "verify-full"), default="prefer",
        ),
        Setting(
            "sslrootcert", "Authority's certificate", "A file (PEM), or `system`.", advanced=True,
            examples=("system",),
        ),
        Setting("sslcert", "Client certificate", "A file (PEM).", advanced=True),
        Setting("sslkey", "Key of the client certificate", "A file (PEM).", advanced=True),
        OPTIONS,
    ),
    modes=tuple(Mode),
    source_kind="sql",
    driver="psycopg",
    extra="postgresql",
    address=_address,
    source_keys=sql_source(_address),
    trial={"table": "example"},
    from_url=from_server_url(_NAMED),
    probe=_probe,
    look=_look,
)  # fmt: skip
