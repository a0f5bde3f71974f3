"""Looking into databases: their schemas, tables and columns, and the first rows of a query."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Struct

from intakegateway.connectors.guard import guarding
from intakegateway.connectors.probing import Look, TableShape
from intakegateway.kit.masking import Scrubber
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, ForbiddenError, GatewayError, NotFoundError
from intakegateway.model.views.connections import (
    ColumnView,
    ForeignKeyView,
    QueryColumn,
    QueryDraft,
    QueryView,
    SchemasView,
    TableShapeView,
    TablesView,
    TableView,
)
from intakegateway.services import limits
from intakegateway.services.connections import configured, require
from intakegateway.services.connectiontests import secrets_in
from intakegateway.services.context import Context
from intakegateway.services.guarding import guard_of

PREVIEWS_PER_MINUTE = 60
_LONGEST = 10_000
"""Characters of one value that are shown."""
E = TypeVar("E", bound=GatewayError)


class Introspection(Struct, frozen=True):
    """What is in a database, as far as the connection's account may look."""

    context: Context

    def schemas(self, actor: Actor, project_id: str, reference: str) -> SchemasView:
        """The schemas. Raises ``DefinitionError`` where a kind has none, ``UnavailableError``."""
        with self._looking(actor, project_id, reference) as look:
            try:
                return SchemasView(items=look.schemas(), default=look.default_schema(), may_look=True)
            except ForbiddenError as error:
                return SchemasView(items=[], default="", may_look=False, message=str(error))

    def tables(self, actor: Actor, project_id: str, reference: str, schema: str = "") -> TablesView:
        """The tables and views of a schema."""
        if "\x00" in schema:
            raise NotFoundError("schema", schema.replace("\x00", ""))
        with self._looking(actor, project_id, reference) as look:
            try:
                found = look.tables(schema)
            except ForbiddenError as error:
                return TablesView(items=[], may_look=False, message=str(error))
        items = [
            TableView(
                name=one.name.name, schema=one.name.schema or "", is_view=one.is_view, rows=one.rows,
                readable=one.readable,
            )
            for one in found
        ]  # fmt: skip
        return TablesView(items=items, may_look=True)

    def columns(
        self, actor: Actor, project_id: str, reference: str, table: str, schema: str = ""
    ) -> TableShapeView:
        """Columns and keys. Raises ``NotFoundError`` where there is no such table that the account sees."""
        name = f"{schema}.{table}" if schema else table
        if "\x00" in name:
            raise NotFoundError("table", name.replace("\x00", ""))
        with self._looking(actor, project_id, reference) as look:
            try:
                found = look.shape(name)
            except ForbiddenError as error:
                return TableShapeView(
                    name=table, schema=schema, columns=[], primary_key=[], uniques=[], foreign_keys=[],
                    may_look=False, message=str(error),
                )  # fmt: skip
        if found is None:
            raise NotFoundError(
                "table", name, hint="Check its name, or the rights of the connection's account to see it."
            )
        return _shape(found)

    def query(self, actor: Actor, project_id: str, reference: str, draft: QueryDraft) -> QueryView:
        """The first rows of a query, in a read-only session, within ``draft.timeout`` seconds."""
        from intakegateway.connectors.registry import open_source
        from intakegateway.engine.preview import preview
        from intakegateway.services.definitions import validated

        with self.context.database.read() as session:
            found = require(session, actor, project_id, reference, Role.EDITOR)
        connector, config = configured(self.context, found)
        if connector.look is None:
            raise _no_tables(found.name)
        connector.require_driver()
        with self.context.database.write() as session:
            limits.check(
                session, f"query-preview user {actor.user_id}", PREVIEWS_PER_MINUTE, 60, self.context.now()
            )
        keys = {**connector.source_keys(config), "query": draft.query, "timeout": draft.timeout}
        task = validated(
            {
                "name": "preview",
                "source": {"kind": connector.source_kind, **keys},
                "load": {"table": "preview"},
            }
        )
        began = time.monotonic()
        with guarding(guard_of(self.context.settings)), _scrubbed(Scrubber.of(secrets_in(connector, config))):
            seen = preview(open_source(task.source), draft.rows)
        frame = seen.frame
        return QueryView(
            columns=[QueryColumn(name=field.name, type=str(field.type)) for field in seen.fields],
            rows=[[_plain(value) for value in row] for row in frame.rows()],
            whole=frame.height < draft.rows, seconds=round(time.monotonic() - began, 3),
            warnings=list(seen.warnings),
        )  # fmt: skip

    @contextmanager
    def _looking(self, actor: Actor, project_id: str, reference: str) -> Iterator[Any]:
        with self.context.database.read() as session:
            found = require(session, actor, project_id, reference, Role.VIEWER)
        connector, config = configured(self.context, found)
        if connector.look is None:
            raise _no_tables(found.name)
        connector.require_driver()
        scrub = Scrubber.of(secrets_in(connector, config))
        with guarding(guard_of(self.context.settings)), _scrubbed(scrub):
            look: Look = connector.look(config)
            with closing(look):
                yield look


def _no_tables(name: str) -> DefinitionError:
    return DefinitionError(
        f"the connection '{name}' has no tables to look at.", hint="Only databases have them."
    )


@contextmanager
def _scrubbed(scrub: Scrubber) -> Iterator[None]:
    """What drivers say, without the connection's secrets."""
    try:
        yield
    except GatewayError as error:
        error.message = scrub(error.message)
        error.hint = scrub(error.hint) if error.hint else None
        error.where = scrub(error.where) if error.where else None
        error.args = (error.message,)
        raise


def _shape(found: TableShape) -> TableShapeView:
    single = {key[0] for key in (found.primary_key, *found.uniques) if len(key) == 1}
    return TableShapeView(
        name=found.name.name, schema=found.name.schema or "",
        columns=[
            ColumnView(
                name=one.name, type=one.type, native=one.native, nullable=one.nullable, default=one.default,
                generated=one.generated, primary_key=one.name in found.primary_key, unique=one.name in single,
            )
            for one in found.columns
        ],
        primary_key=list(found.primary_key), uniques=[list(key) for key in found.uniques],
        foreign_keys=[
            ForeignKeyView(
                name=key.name, columns=list(key.columns), target=str(key.target),
                target_columns=list(key.target_columns),
            )
            for key in found.foreign_keys
        ],
        may_look=True,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON holds it without loss; long integers and exact numbers are text."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) < 1 << 53 else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        case bytes():
            return value[: _LONGEST // 2].hex()
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time_of_day():
            return value.isoformat()
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case _ if hasattr(value, "to_list"):
            # A list inside a frame.
            return [_plain(one) for one in value.to_list()]
        case _:
            return str(value)
