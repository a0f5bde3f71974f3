"""A request and a table's facts into the plan of a load: which columns, which keys, against what."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import LoadRequest
from intakegateway.connectors.sql.dialect import Dialect, literal, quote, quote_all, table_text
from intakegateway.connectors.sql.facts import FactColumn, Facts, expected_facts, plain_unique
from intakegateway.connectors.sql.leftovers import STAGE_PREFIX
from intakegateway.connectors.sql.stage import Stage
from intakegateway.connectors.sql.statements import MergePlan
from intakegateway.connectors.sql.types import is_wider
from intakegateway.model.errors import DestinationError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.types import Kind

NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


def stage_name(dialect: Dialect, request: LoadRequest) -> str:
    """A name for the staging table: of the load where it is not temporary."""
    if dialect.stages_are_temporary:
        return "_ig_stage"
    digest = hashlib.sha256(f"{request.load_id}\0{request.part}\0{request.fence}".encode()).hexdigest()
    return STAGE_PREFIX + digest[:16]


def written_columns(
    facts: Facts, request: LoadRequest
) -> tuple[tuple[FactColumn, ...], tuple[FactColumn, ...]]:
    """The columns that are written, and the audit columns among or beside them."""
    known = set(facts.column_names)
    audit = [name for name in (request.audit.created_at, request.audit.updated_at) if name]
    for name in [*(column.name for column in request.columns), *audit, *request.keys]:
        if name not in known:
            raise DestinationError(
                f"there is no column '{name}'.", where=str(facts.name), hint=nearest(name, facts.column_names)
            )
    stamps = tuple(facts.column(name) for name in dict.fromkeys(audit))
    brought = [facts.column(column.name) for column in request.columns if column.name not in audit]
    written = [column for column in brought if not column.column.generated]
    if request.mode is not Mode.UPSERT:
        written += stamps
    return tuple(written), stamps


def foreseen(dialect: Dialect, facts: Facts | None, request: LoadRequest) -> Facts:
    """The table as it will be when it is made, or has the columns that it lacks."""
    wanted = expected_facts(dialect, request.table)
    if facts is None:
        if not request.dry_run:
            raise DestinationError("there is no such table.", where=str(request.table.name))
        return wanted
    columns = []
    for column in facts.columns:
        new = next((c for c in wanted.columns if c.name == column.name), column)
        columns.append(replace(column, column=replace(column.column, type=new.column.type), native=new.native)
                       if is_wider(new.column.type, column.column.type) else column)  # fmt: skip
    added = [
        replace(column, column=replace(column.column, nullable=True))
        for column in wanted.columns
        if column.name not in facts.column_names
    ]
    return replace(facts, columns=(*columns, *added))


def target_text(dialect: Dialect, there: Facts | None, facts: Facts) -> str:
    """The table as it can be queried, with what it is yet to get as nulls; empty where there is none."""
    known = there.column_names if there is not None else ()
    missing = [column for column in facts.columns if column.name not in known]
    nulls = [
        f"{dialect.cast.format(a='NULL', type=column.native)} AS {quote(dialect, column.name)}"
        for column in missing
    ]
    if there is None:
        return f"(SELECT {', '.join(nulls)} WHERE 1 = 0)"
    table = table_text(dialect, there.name)
    return f"(SELECT o.*, {', '.join(nulls)} FROM {table} AS o)" if missing else table


def with_asked_key(dialect: Dialect, facts: Facts, request: LoadRequest) -> tuple[Facts, bool]:
    """An insert's keys are unique even where the table does not say so."""
    if request.mode is not Mode.INSERT or not request.keys:
        return facts, False
    if any(set(unique.columns) == set(request.keys) and not unique.where for unique in facts.uniques):
        return facts, False
    return replace(facts, uniques=(*facts.uniques, plain_unique(dialect, "", request.keys))), True


def merge_plan(
    dialect: Dialect,
    facts: Facts,
    request: LoadRequest,
    stage: Stage,
    target: str,
    stamps: tuple[FactColumn, ...],
    now: datetime,
) -> MergePlan | None:
    """What an upsert does; None for the other modes. Raises ``DestinationError`` for unknown columns."""
    if request.mode is not Mode.UPSERT:
        return None
    skip = ""
    if request.skip_when is not None:
        column = request.skip_when.column
        if column not in facts.column_names:
            raise DestinationError(
                f"there is no column '{column}' to skip by.",
                where=str(facts.name),
                hint=nearest(column, facts.column_names),
            )
        value = _value(dialect, facts.column(column), request.skip_when.equals)
        skip = dialect.same.format(a=f"t.{quote(dialect, column)}", b=value)
    audit = request.audit
    texts = {
        column.name: dialect.cast.format(a=literal(dialect, moment_text(column, now)), type=column.native)
        for column in stamps
    }
    return MergePlan(
        target=target,
        source=stage.source,
        columns=stage.columns,
        keys=request.keys,
        keep_nulls=request.keep_nulls,
        skip=skip,
        constants={audit.updated_at: texts[audit.updated_at]} if audit.updated_at else {},
        birth={audit.created_at: texts[audit.created_at]} if audit.created_at else {},
        indexed=any(
            unique.name != ""
            and not unique.where
            and set(request.keys).issuperset(unique.columns)
            and unique.parts == tuple(quote_all(dialect, unique.columns))
            for unique in facts.uniques
        ),
    )


def _value(dialect: Dialect, column: FactColumn, value: Any) -> str:
    """What ``skip_when`` compares with, as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        if column.column.type.kind is Kind.BOOLEAN:
            return str(int(value)) if dialect.cast == "{a}" else str(value).lower()
        return literal(dialect, str(value).lower())
    if isinstance(value, (int, float, Decimal)) and column.column.type.kind in NUMBERS:
        return str(value)
    return literal(dialect, str(value))


def stamp(column: FactColumn, now: datetime) -> pl.Expr:
    """The load's time as a value of an audit column."""
    of = column.column.type
    if of.kind is Kind.TIMESTAMPTZ:
        return pl.lit(now.replace(tzinfo=UTC)).cast(polars_type(of))
    if of.kind in (Kind.TIMESTAMP, Kind.DATE):
        return pl.lit(now).cast(polars_type(of))
    return pl.lit(moment_text(column, now))


def moment_text(column: FactColumn, now: datetime) -> str:
    """The load's time in words, as the column's type has it."""
    text = now.isoformat(sep=" ", timespec="microseconds")
    match column.column.type.kind:
        case Kind.DATE:
            return text[:10]
        case Kind.TIMESTAMP:
            return text
        case _:
            return text + "+00:00"
