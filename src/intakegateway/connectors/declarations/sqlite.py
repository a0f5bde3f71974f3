"""SQLite as a kind of connection."""

from __future__ import annotations

from intakegateway.connectors.catalog import Config, Connector
from intakegateway.connectors.declarations.database import (
    file_address,
    file_setting,
    from_file_url,
    sql_source,
)
from intakegateway.connectors.probing import Look, Probe
from intakegateway.model.load import Mode

_address = file_address("sqlite")


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.sql.look import EmbeddedProbe
    from intakegateway.connectors.sqlite import SqliteDriver

    return EmbeddedProbe(config, lambda: SqliteDriver(_address(config)))


def _look(config: Config) -> Look:
    from intakegateway.connectors.sql.look import SqlLook
    from intakegateway.connectors.sqlite import SqliteDriver

    return SqlLook(SqliteDriver(_address(config)))


CONNECTOR = Connector(
    kind="sqlite",
    title="SQLite",
    description="An SQLite file: embedded, with nothing to install.",
    group="database",
    settings=(file_setting(".db"),),
    modes=tuple(Mode),
    source_kind="sql",
    driver="",
    extra="",
    address=_address,
    source_keys=sql_source(_address),
    trial={"table": "example"},
    from_url=from_file_url,
    probe=_probe,
    look=_look,
)
