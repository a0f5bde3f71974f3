"""Which staged rows a table will refuse, as queries made from its catalog: SQL text only.

``rows`` is SQL that can stand after FROM: the rows as they would be in the target (``effective_rows``).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from intakegateway.connectors.sql.dialect import Dialect, quote, quote_all, table_text
from intakegateway.connectors.sql.facts import FactColumn, Facts, ForeignKey, Unique
from intakegateway.connectors.sql.nested_duckdb import is_nested, loses
from intakegateway.connectors.sql.statements import ROW, MergePlan, cast_text, matches, stage_type, within
from intakegateway.model.types import TEXT, Kind


class Condition(Struct, frozen=True):
    """What makes a row bad on its own: ``sql`` is true for it; ``columns`` are those to blame."""

    code: str
    columns: tuple[str, ...]
    sql: str
    why: str


def effective_rows(
    dialect: Dialect, facts: Facts, source: str, loaded: Sequence[str], plan: MergePlan | None = None
) -> tuple[str, frozenset[str]]:
    """The staged rows as they would stand in the table, and the columns that are known of them.

    Columns that the load does not bring hold their default, or null; with ``plan`` (an upsert) those
    of a row that exists hold what it has. Rows that the upsert would skip are left out.
    """
    parts, known = [f"s.{quote(dialect, ROW)}"], set(loaded)
    found = f"t.{quote(dialect, plan.keys[0])} IS NOT NULL" if plan else ""
    for column in facts.columns:
        name = quote(dialect, column.name)
        if column.name in loaded:
            value = f"s.{name}"
            if plan and plan.keep_nulls and column.name not in plan.keys:
                value = f"COALESCE(s.{name}, t.{name})"
        else:
            if column.column.generated or (column.column.has_default and not column.default):
                continue
            default = column.default or "NULL"
            value = dialect.cast.format(a=default, type=column.native)
            if plan:
                value = f"CASE WHEN {found} THEN t.{name} ELSE {value} END"
            known.add(column.name)
        parts.append(f"{value} AS {name}")
    text = f"SELECT {', '.join(parts)} FROM {source} AS s"
    if plan:
        text += f" LEFT JOIN {plan.target} AS t ON {matches(dialect, plan.keys)}"
        if plan.skip:
            text += f" WHERE NOT ({found} AND {plan.skip})"
    return f"({text})", frozenset(known)


def conditions(dialect: Dialect, facts: Facts, known: frozenset[str]) -> list[Condition]:
    """What can be said of each row by itself: nulls, lengths, sizes of numbers, checks."""
    found: list[Condition] = []
    for column in facts.columns:
        if column.name not in known:
            continue
        name = quote(dialect, column.name)
        if not column.column.nullable:
            why = f"column '{column.name}' must have a value"
            found.append(Condition("NOT_NULL", (column.name,), f"{name} IS NULL", why))
        if dialect.enforces_length:
            found += _sizes(dialect, column, name)
    for check in facts.checks:
        if known.issuperset(check.columns):
            why = f"check '{check.name}' does not hold: {check.expression}"
            found.append(Condition("CHECK", check.columns, f"NOT ({check.expression})", why))
    return found


def _sizes(dialect: Dialect, column: FactColumn, name: str) -> list[Condition]:
    of = column.column.type
    match of.kind:
        case Kind.TEXT if of.length:
            # Blanks at the end of a text are dropped by char(n) and varchar(n), not refused.
            long = dialect.length.format(a=f"RTRIM({name})") + f" > {of.length}"
            why = f"column '{column.name}' takes at most {of.length} characters"
            return [Condition("TOO_LONG", (column.name,), long, why)]
        case Kind.BINARY if of.length:
            long = dialect.bytes_length.format(a=name) + f" > {of.length}"
            why = f"column '{column.name}' takes at most {of.length} bytes"
            return [Condition("TOO_LONG", (column.name,), long, why)]
        case Kind.DECIMAL if of.precision:
            most = "1" + "0" * (of.precision - of.scale)
            why = f"column '{column.name}' takes numbers below {most}"
            large = f"ABS(ROUND({name}, {of.scale})) >= {most}"
            return [Condition("OUT_OF_RANGE", (column.name,), large, why)]
        case _:
            return []


def failing_rows(dialect: Dialect, rows: str, found: Sequence[Condition]) -> tuple[str, tuple[str, ...]]:
    """One query for all conditions, and the columns whose values it shows.

    Its columns: ``_ig_row``, a 1 or 0 for each condition, a text for each column.
    """
    shown = tuple(dict.fromkeys(name for condition in found for name in condition.columns))
    flags = [f"CASE WHEN {condition.sql} THEN 1 ELSE 0 END" for condition in found]
    texts = [dialect.as_text.format(a=quote(dialect, name)) for name in shown]
    where = " OR ".join(f"({condition.sql})" for condition in found)
    columns = ", ".join([quote(dialect, ROW), *flags, *texts])
    return f"SELECT {columns} FROM {rows} AS s WHERE {where}", shown


def orphans(dialect: Dialect, rows: str, key: ForeignKey, own: str = "") -> str:
    """Rows whose foreign key leads nowhere: ``_ig_row`` and the key's values as text.

    ``own`` are the rows that will stand in the target, for a table that refers to itself.
    """
    columns = quote_all(dialect, key.columns, "s.")
    pairs = list(zip(columns, quote_all(dialect, key.target_columns, "t."), strict=True))
    joined = " AND ".join(f"{t} = {s}" for s, t in pairs)
    missing = [f"{column} IS NOT NULL" for column in columns]
    missing.append(f"NOT EXISTS (SELECT 1 FROM {table_text(dialect, key.target)} AS t WHERE {joined})")
    if own:
        missing.append(f"NOT EXISTS (SELECT 1 FROM {own} AS t WHERE {joined})")
    texts = [dialect.as_text.format(a=column) for column in columns]
    return (
        f"SELECT s.{quote(dialect, ROW)}, {', '.join(texts)} FROM {rows} AS s WHERE {' AND '.join(missing)}"
    )


def taken(
    dialect: Dialect,
    rows: str,
    target: str,
    unique: Unique,
    own_keys: Sequence[str] = (),
    leaving: Sequence[str] = (),
) -> str:
    """Rows whose unique key is in the target already: ``_ig_row`` and the key's values as text.

    ``own_keys``: an upsert's keys; the row that is updated does not count. ``leaving``: conditions
    on the target's row ``t``, each of which says that it will be deleted before.
    """
    numbers = range(len(unique.parts))
    keys = [f"{part} AS k{n}" for n, part in enumerate(unique.parts)]
    own = [f"{quote(dialect, key)} AS j{n}" for n, key in enumerate(own_keys)]
    mine = ", ".join([quote(dialect, ROW), *keys, *own])
    shape = dialect.same if unique.nulls_equal else "{a} = {b}"
    joined = " AND ".join(shape.format(a=f"t.k{n}", b=f"s.k{n}") for n in numbers)
    limits = [f"({unique.where})"] if unique.where else []
    staged = f"SELECT {mine} FROM {rows} AS s{_where(limits)}"
    limits += [f"NOT ({condition})" for condition in leaving]
    there = f"SELECT {', '.join([*keys, *own])} FROM {target} AS t{_where(limits)}"
    other = ""
    if own_keys:
        same = " AND ".join(f"t.j{n} = s.j{n}" for n in range(len(own_keys)))
        other = f" WHERE CASE WHEN {same} THEN 0 ELSE 1 END = 1"
    texts = [dialect.as_text.format(a=f"s.k{n}") for n in numbers]
    # A key that the table itself holds meets one row at most.
    once = "" if unique.name else "DISTINCT "
    return (
        f"SELECT {once}s.{quote(dialect, ROW)}, {', '.join(texts)}"
        f" FROM ({staged}) AS s JOIN ({there}) AS t ON {joined}{other}"
    )


def repeated(dialect: Dialect, rows: str, unique: Unique, among: Sequence[int] = ()) -> str:
    """Rows that share a unique key within the load: ``_ig_row``, the first such row, the key as text.

    ``among``: the only rows that can; empty: any.
    """
    numbers = range(len(unique.parts))
    row = quote(dialect, ROW)
    keys = [f"{part} AS k{n}" for n, part in enumerate(unique.parts)]
    limits = [f"({unique.where})"] if unique.where else []
    if among:
        limits.append(f"{row} IN ({', '.join(map(str, among))})")
    staged = f"SELECT {row}, {', '.join(keys)} FROM {rows} AS s{_where(limits)}"
    names = ", ".join(f"k{n}" for n in numbers)
    shape = dialect.same if unique.nulls_equal else "{a} = {b}"
    joined = " AND ".join(shape.format(a=f"t.k{n}", b=f"s.k{n}") for n in numbers)
    texts = [dialect.as_text.format(a=f"s.k{n}") for n in numbers]
    return (
        f"SELECT s.{row}, t.leader, {', '.join(texts)} FROM ({staged}) AS s"
        f" JOIN (SELECT {names}, MIN({row}) AS leader FROM ({staged}) AS g GROUP BY {names}"
        f" HAVING COUNT(*) > 1) AS t ON {joined} WHERE s.{row} <> t.leader"
    )


def misfits(dialect: Dialect, stage: str, column: FactColumn, name: str) -> str:
    """Rows whose staged text does not fit the column's type: ``_ig_row``, the text, why."""
    value = quote(dialect, column.name)
    text = value if stage_type(column) == TEXT else dialect.as_text.format(a=value)
    cast = cast_text(dialect, text, column.native)
    why = dialect.probe.format(name=name, a=text, type=column.native, cast=cast)
    return (
        f"SELECT {quote(dialect, ROW)}, {value}, why FROM (SELECT {quote(dialect, ROW)}, {value}, {why} AS why"
        f" FROM {stage} WHERE {value} IS NOT NULL) AS s WHERE why IS NOT NULL"
    )


def losing(dialect: Dialect, stage: str, column: FactColumn, rows: tuple[int, int]) -> str:
    """Rows whose staged text holds more than its type keeps: ``_ig_row``, the text. Empty: there are none."""
    if not dialect.rounds_inside or not is_nested(column.native):
        return ""
    text = quote(dialect, column.name)
    condition = loses(column.native, lambda of: cast_text(dialect, text, of))
    where = f"{within(dialect, rows)} AND {text} IS NOT NULL AND {condition}"
    return condition and f"SELECT {quote(dialect, ROW)}, {text} FROM {stage} AS s WHERE {where}"


def _where(limits: list[str]) -> str:
    return f" WHERE {' AND '.join(limits)}" if limits else ""
