"""The destination of ``connectors.base`` for every SQL database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import RLock

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import Capabilities, LoadRequest, Writer
from intakegateway.connectors.sql import ledger
from intakegateway.connectors.sql.ddl import alter_table, create_table
from intakegateway.connectors.sql.dialect import quote, table_text
from intakegateway.connectors.sql.driver import Driver, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sql.leftovers import sweep
from intakegateway.connectors.sql.names import parse_table_name
from intakegateway.connectors.sql.stage import Stage
from intakegateway.connectors.sql.statements import ROW, is_there
from intakegateway.connectors.sql.writer import SqlWriter
from intakegateway.model.errors import DestinationError, GatewayError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import TableName, TableSchema


class SqlDestination:
    """A database behind a driver. Questions have a connection of their own, beside the writer's."""

    def __init__(self, driver: Driver) -> None:
        self.kind = driver.dialect.name
        self.name = driver.name
        self.capabilities = Capabilities(
            modes=frozenset(Mode),
            max_identifier_bytes=driver.dialect.max_identifier_bytes,
            stores_nul_in_text=driver.dialect.stores_nul,
            transactional_ddl=driver.dialect.transactional_ddl,
            folds_case=driver.dialect.folds_case,
            names_beyond_bmp=driver.dialect.names_beyond_bmp,
            reserved_names=driver.dialect.reserved_names,
        )
        self.database_file = driver.path
        self._driver, self._dialect = driver, driver.dialect
        self._session: Session | None = None
        self._schemas: list[str] = []
        self._ledgers: set[str] = set()
        self._usable: set[str] = set()
        self._prepared: dict[TableName, Facts] = {}
        self._lock = RLock()

    def inspect(self, table: str) -> TableSchema | None:
        """The table as it is; a name without quotes is also found in lower case."""
        with self._lock:
            facts = self._facts(parse_table_name(table))
            return facts.schema() if facts else None

    def ddl(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """The statements that ``prepare`` would run for the table."""
        with self._lock:
            facts = self._facts(wanted.name)
            if facts is None:
                return create_table(self._dialect, wanted, indexes)
            return alter_table(self._dialect, wanted, facts)

    def prepare(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """Make the table, what it lacks, and the ledger."""
        with self._lock:
            facts = self._facts(wanted.name)
            if facts is None or alter_table(self._dialect, wanted, facts):
                self._change(wanted, indexes)
                facts = self._facts(wanted.name)
            if facts is None:
                raise DestinationError("the table was made, but is not there.", where=str(wanted.name))
            self._prepared[wanted.name] = facts
            return self._prepare_ledger(facts.name.schema)

    def _change(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...]) -> None:
        self._alone(lambda: self.ddl(wanted, indexes))

    def _alone(self, statements: Callable[[], list[str]]) -> None:
        """Run statements that change tables, while nobody else does."""
        session = self._questions()
        session.begin()
        try:
            self._driver.locked_for_ddl(session)
            for statement in statements():
                session.run(statement)
            session.commit()
        except GatewayError:
            with suppress(GatewayError):
                session.rollback()
            raise

    def _prepare_ledger(self, schema: str) -> list[str]:
        if schema in self._usable:
            return []
        try:
            if not self._has_ledger(schema):
                self._alone(lambda: [ledger.create_ledger(self._dialect, schema)])
        except DestinationError as error:
            return self._without_ledger("could not be made", error)
        try:
            if self._dialect.has_accounts:
                ledger.may_use(self._questions(), self._dialect, schema)
        except DestinationError as error:
            return self._without_ledger("may not be used by this account", error)
        self._usable.add(schema)
        return []

    def _without_ledger(self, why: str, error: DestinationError) -> list[str]:
        self.capabilities = replace(self.capabilities, ledger=False)
        return [
            f"The ledger {ledger.LEDGER} {why} ({error.message}): this load is written at least once, and"
            " running it again after a crash may write rows twice."
        ]

    def committed(self, load_id: str, part: int) -> Counts | None:
        """The counts of a load that was committed: the ledgers beside the tables asked about so far."""
        with self._lock:
            session = self._questions()
            for schema in self._schemas or [""]:
                if self._has_ledger(schema):
                    try:
                        counts = ledger.committed(session, self._dialect, schema, load_id, part)
                    except DestinationError:
                        # One that may not be read knows nothing; ``prepare`` finds out and tells.
                        if schema in self._usable:
                            raise
                        continue
                    if counts is not None:
                        return counts
            return None

    def begin(self, request: LoadRequest) -> Writer:
        """Claim the load and open a connection for it."""
        with self._lock:
            facts = self._prepared.pop(request.table.name, None) or self._facts(request.table.name)
            has_ledger = False
            if facts is not None and self.capabilities.ledger and not request.dry_run:
                has_ledger = self._has_ledger(facts.name.schema)
            if facts is None and not request.dry_run:
                raise DestinationError(
                    f"there is no table '{request.table.name}'.",
                    where=self.name,
                    hint="Make it first, or let the load create it.",
                )
            if not request.dry_run:
                sweep(self._questions(), self._dialect)
            session = self._driver.connect()
            try:
                return SqlWriter(session, self._dialect, facts, request, has_ledger)
            except GatewayError:
                with suppress(GatewayError):
                    session.close()
                raise

    def existing(self, table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        """Whether the table holds each row of ``values``; a row with a null is not held."""
        with self._lock:
            session = self._questions()
            facts = self._facts(parse_table_name(table))
            if facts is None:
                raise DestinationError(f"there is no table '{table}'.", where=self.name)
            for name in columns:
                if name not in facts.column_names:
                    hint = nearest(name, facts.column_names)
                    raise DestinationError(f"there is no column '{name}'.", where=table, hint=hint)
            chosen = [facts.column(name) for name in columns]
            frame = values.select(
                pl.col(given).cast(polars_type(column.column.type), strict=False).alias(column.name)
                for given, column in zip(values.columns, chosen, strict=True)
            )
            distinct = frame.unique().drop_nulls().with_row_index(ROW).cast({ROW: pl.Int64})
            stage = Stage(session, self._dialect, chosen, "_ig_lookup")
            try:
                stage.add(distinct)
                stage.analyze()
                stage.index(columns)
                target = table_text(self._dialect, facts.name)
                answer = session.fetch(
                    f"SELECT s.{quote(self._dialect, ROW)} FROM {stage.source} AS s"
                    f" WHERE {is_there(self._dialect, target, stage.source, columns, indexed=False)}"
                )
            finally:
                stage.drop()
            held = distinct.filter(pl.col(ROW).is_in([row for (row,) in answer])).drop(ROW)
            joined = frame.join(
                held.with_columns(_held=True), on=list(columns), how="left", maintain_order="left"
            )
            return joined["_held"].fill_null(False).alias("")

    def close(self) -> None:
        """Give the connection for questions back."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _questions(self) -> Session:
        if self._session is None or self._session.closed:
            self._session = self._driver.connect(asking=True)
        return self._session

    def _has_ledger(self, schema: str) -> bool:
        """Whether there is a ledger; one that was seen is not asked about again."""
        if schema not in self._ledgers:
            if self._driver.facts(self._questions(), ledger.ledger_name(schema)) is None:
                return False
            self._ledgers.add(schema)
        return True

    def _facts(self, name: TableName) -> Facts | None:
        session = self._questions()
        facts = self._driver.facts(session, name)
        if facts is None and name.name != name.name.lower():
            facts = self._driver.facts(session, replace(name, name=name.name.lower()))
        schema = facts.name.schema if facts else name.schema
        if schema and schema not in self._schemas:
            self._schemas.append(schema)
        return facts
