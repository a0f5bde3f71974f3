"""MySQL and MariaDB as a kind of connection."""

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

_NAMED = ("ssl", "ssl_ca", "ssl_cert", "ssl_key")
_address = server_address("mysql", _NAMED)


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.mysql import MysqlDriver
    from intakegateway.connectors.sql.look import ServerProbe

    return ServerProbe(config, 3306, lambda: MysqlDriver(_address(config)))


def _look(config: Config) -> Look:
    from intakegateway.connectors.mysql import MysqlDriver
    from intakegateway.connectors.sql.look import SqlLook

    return SqlLook(MysqlDriver(_address(config)))


CONNECTOR = Connector(
    kind="mysql",
    title="MySQL / MariaDB",
    description="MySQL 8 and MariaDB 10.4 and newer.",
    group="database",
    settings=(
        *server_settings(3306, "shop"),
        Setting("ssl", "Encrypt", "Encrypt without checking the certificate.", type="boolean", default=False),
        Setting(
            "ssl_ca", "Authority's certificate", "A file (PEM): the certificate is checked.", advanced=True
        ),
        Setting("ssl_cert", "Client certificate", "A file (PEM).", advanced=True),
        Setting("ssl_key", "Key of the client certificate", "A file (PEM).", advanced=True),
        OPTIONS,
    ),
    modes=tuple(Mode),
    source_kind="sql",
    driver="pymysql",
    extra="mysql",
    address=_address,
    source_keys=sql_source(_address),
    trial={"table": "example"},
    from_url=from_server_url(_NAMED),
    probe=_probe,
    look=_look,
)
