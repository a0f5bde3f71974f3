"""DuckDB as a kind of connection."""

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

_address = file_address("duckdb")


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.duckdb import DuckdbDriver
    from intakegateway.connectors.sql.look import EmbeddedProbe

    return EmbeddedProbe(config, lambda: DuckdbDriver(_address(config)))


def _look(config: Config) -> Look:
    from intakegateway.connectors.duckdb import DuckdbDriver
    from intakegateway.connectors.sql.look import SqlLook

    return SqlLook(DuckdbDriver(_address(config)))


CONNECTOR = Connector(
    kind="duckdb",
    title="DuckDB",
    description="A DuckDB file: embedded, made for analysis.",
    group="database",
    settings=(file_setting(".duckdb"),),
    modes=tuple(Mode),
    source_kind="sql",
    driver="duckdb",
    extra="duckdb",
    address=_address,
    source_keys=sql_source(_address),
    trial={"table": "example"},
    from_url=from_file_url,
    probe=_probe,
    look=_look,
)
