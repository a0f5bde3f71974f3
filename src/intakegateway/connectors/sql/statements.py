"""The SQL of a load, as text: pure functions of a dialect, names and the shape of the load.

In every statement ``t`` is the target and ``s`` the staged rows. ``source`` is SQL that can stand
after FROM and has the column ``_ig_row``: the row's number in the load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from intakegateway.connectors.sql.dialect import Dialect, quote, quote_all
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.types import native_type
from intakegateway.model.types import INTEGER, TEXT, DataType, Kind

ROW = "_ig_row"


class MergePlan(Struct, frozen=True):
    """What an upsert does, in names.

    ``columns`` are staged; ``keys`` identify a row; ``constants`` are set by every update and insert
    (column to SQL), ``birth`` by inserts alone. ``skip`` is a condition on ``t``, empty for none.
    """

    target: str
    source: str
    columns: tuple[FactColumn, ...]
    keys: tuple[str, ...]
    keep_nulls: bool = False
    skip: str = ""
    constants: Mapping[str, str] | None = None
    birth: Mapping[str, str] | None = None
    indexed: bool = False
    """Whether the target finds a row by its keys without looking through all of them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The staged columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def changing(self) -> tuple[FactColumn, ...]:
        """The columns that an update may change."""
        fixed = {*self.keys, *(self.constants or {}), *(self.birth or {})}
        return tuple(column for column in self.columns if column.name not in fixed)


def stage_type(column: FactColumn) -> DataType:
    """What a column is while it is staged: texts without a limit, and what only the database can read."""
    kind = column.column.type.kind
    if kind in (Kind.TEXT, Kind.OTHER) or (column.probed and kind is Kind.JSON):
        return TEXT
    # A domain over numbers or moments, too: its rows come as what it is made of.
    return column.column.type


def create_stage(dialect: Dialect, name: str, columns: Sequence[FactColumn]) -> str:
    """The staging table for ``columns``, without any constraint."""
    parts = [f"{quote(dialect, ROW)} {dialect.staged_row.format(type=native_type(dialect, INTEGER))}"]
    for column in columns:
        of = stage_type(column)
        collation = column.collation if of.kind is Kind.TEXT else ""
        parts.append(f"{quote(dialect, column.name)} {native_type(dialect, of)}{collation}")
    return dialect.stage.format(name=name, columns=", ".join(parts))


def stage_source(dialect: Dialect, name: str, columns: Sequence[FactColumn]) -> str:
    """The staged rows in the target's types: the table itself where nothing was staged as text."""
    if dialect.cast == "{a}" or not any(column.probed for column in columns):
        return name
    parts = [quote(dialect, ROW)]
    for column in columns:
        quoted = quote(dialect, column.name)
        typed = cast_text(dialect, quoted, column.native) if column.probed else quoted
        parts.append(f"{typed} AS {quoted}" if column.probed else quoted)
    return f"(SELECT {', '.join(parts)} FROM {name})"


def cast_text(dialect: Dialect, text: str, native: str) -> str:
    """SQL that turns a text into a value of a type."""
    template = dialect.cast_sized if dialect.cast_sized and "(" in native else dialect.cast
    cast = template.format(a=text, type=native)
    if not dialect.cast_by_json or dialect.cast_by_json not in native:
        return cast
    by_json = dialect.cast.format(a=f"CAST({text} AS JSON)", type=native)
    return f"CASE WHEN json_valid({text}) THEN {by_json} ELSE {cast} END"


def matches(
    dialect: Dialect, keys: Sequence[str], *, null_safe: bool = False, t: str = "t", s: str = "s"
) -> str:
    """Whether ``t`` and ``s`` have the same keys."""
    shape = dialect.same if null_safe else "{a} = {b}"
    pairs = ((quote_all(dialect, [key], f"{t}.")[0], quote_all(dialect, [key], f"{s}.")[0]) for key in keys)
    return " AND ".join(shape.format(a=a, b=b) for a, b in pairs)


def within(dialect: Dialect, rows: tuple[int, int] | None) -> str:
    """A condition that limits ``s`` to a range of row numbers; empty for all."""
    return f"s.{quote(dialect, ROW)} BETWEEN {rows[0]} AND {rows[1]}" if rows else ""


def insert_all(
    dialect: Dialect, target: str, source: str, columns: Sequence[str], rows: tuple[int, int] | None = None
) -> str:
    """All staged rows into the target."""
    where = f" WHERE {within(dialect, rows)}" if rows else ""
    return (
        f"{dialect.insert} {target} ({', '.join(quote_all(dialect, list(columns)))})"
        f" SELECT {', '.join(quote_all(dialect, list(columns), 's.'))} FROM {source} AS s{where}"
    )


def insert_missing(dialect: Dialect, plan: MergePlan, rows: tuple[int, int] | None = None) -> str:
    """The staged rows whose keys the target does not have."""
    constants = {**(plan.birth or {}), **(plan.constants or {})}
    names = [name for name in plan.names if name not in constants]
    into = quote_all(dialect, [*names, *constants])
    values = [*quote_all(dialect, names, "s."), *constants.values()]
    where = [f"NOT {is_there(dialect, plan.target, plan.source, plan.keys, plan.indexed)}"]
    if rows:
        where.append(within(dialect, rows))
    return (
        f"{dialect.insert} {plan.target} ({', '.join(into)}) SELECT {', '.join(values)}"
        f" FROM {plan.source} AS s WHERE {' AND '.join(where)}"
    )


def is_there(dialect: Dialect, target: str, source: str, keys: Sequence[str], indexed: bool) -> str:
    """Whether the target has the keys of the staged row ``s``.

    Where the planner would look through the whole target for each staged row, the rows that are there are
    found by one join, which may go through the target once and look the staged rows up.
    """
    if indexed or dialect.hashes:
        return f"EXISTS (SELECT 1 FROM {target} AS t WHERE {matches(dialect, keys)})"
    row = quote(dialect, ROW)
    return f"s.{row} IN (SELECT s.{row} FROM {source} AS s JOIN {target} AS t ON {matches(dialect, keys)})"


def update_changed(dialect: Dialect, plan: MergePlan, rows: tuple[int, int] | None = None) -> str:
    """The target's rows that a staged row changes; empty when there is no column to change."""
    if not plan.changing:
        return ""
    settings = []
    for column in plan.changing:
        name = quote(dialect, column.name)
        value = f"COALESCE(s.{name}, t.{name})" if plan.keep_nulls else f"s.{name}"
        settings.append(f"{dialect.assigned.format(column=name)} = {value}")
    for constant, text in (plan.constants or {}).items():
        settings.append(f"{dialect.assigned.format(column=quote(dialect, constant))} = {text}")
    where = [matches(dialect, plan.keys), f"({changed(dialect, plan)})"]
    if plan.skip:
        where.append(f"NOT ({plan.skip})")
    if rows:
        where.append(within(dialect, rows))
    return dialect.update.format(
        target=plan.target, source=plan.source, assignments=", ".join(settings), where=" AND ".join(where)
    )


def changed(dialect: Dialect, plan: MergePlan) -> str:
    """Whether the staged row ``s`` differs from the target's row ``t`` in what it would change."""
    conditions = []
    for column in plan.changing:
        name = quote(dialect, column.name)
        differs = dialect.distinct.format(a=_plain(dialect, column, "t"), b=_plain(dialect, column, "s"))
        conditions.append(f"(s.{name} IS NOT NULL AND {differs})" if plan.keep_nulls else differs)
    return " OR ".join(conditions) or "1 = 0"


def _plain(dialect: Dialect, column: FactColumn, alias: str) -> str:
    """A column as it can be compared: some types have no equality, some texts fold case."""
    text = f"{alias}.{quote(dialect, column.name)}"
    if column.column.type.kind is Kind.TEXT:
        return dialect.exact_text.format(a=text)
    if column.probed and column.native.lower() != "jsonb":
        return dialect.as_text.format(a=text)
    return text


def classify(dialect: Dialect, plan: MergePlan, rows: tuple[int, int] | None = None) -> str:
    """What an upsert would do with each staged row that has a match.

    Columns ``_ig_row`` and ``outcome``: 0 skipped, 1 unchanged, 2 updated; of several matches the
    highest counts. Rows without a match are not in it.
    """
    skip = f"WHEN {plan.skip} THEN 0 " if plan.skip else ""
    where = f" WHERE {within(dialect, rows)}" if rows else ""
    row = quote(dialect, ROW)
    return (
        f"SELECT s.{row}, MAX(CASE {skip}WHEN {changed(dialect, plan)} THEN 2 ELSE 1 END) AS outcome"
        f" FROM {plan.source} AS s JOIN {plan.target} AS t ON {matches(dialect, plan.keys)}{where}"
        f" GROUP BY s.{row}"
    )


def count_outcomes(dialect: Dialect, plan: MergePlan, rows: tuple[int, int] | None = None) -> str:
    """``classify`` in numbers: ``outcome, count``."""
    return f"SELECT outcome, COUNT(*) FROM ({classify(dialect, plan, rows)}) AS c GROUP BY outcome"


def count_skipped(dialect: Dialect, plan: MergePlan, rows: tuple[int, int] | None = None) -> str:
    """How many staged rows meet a row that is to be left alone."""
    where = [plan.skip, *([within(dialect, rows)] if rows else [])]
    return (
        f"SELECT COUNT(*) FROM {plan.source} AS s JOIN {plan.target} AS t ON {matches(dialect, plan.keys)}"
        f" WHERE {' AND '.join(where)}"
    )


def duplicates(dialect: Dialect, stage: str, keys: Sequence[str], keep: str = "MAX") -> str:
    """Keys that are staged more than once: the keys and ``kept``, the row of them that stays."""
    columns = ", ".join(quote_all(dialect, list(keys)))
    return (
        f"SELECT {columns}, {keep}({quote(dialect, ROW)}) AS kept FROM {stage}"
        f" GROUP BY {columns} HAVING COUNT(*) > 1"
    )


def drop_duplicates(dialect: Dialect, stage: str, keys: Sequence[str]) -> str:
    """Take all but the last of the staged rows with equal keys away."""
    row = quote(dialect, ROW)
    return (
        f"DELETE FROM {stage} WHERE {row} IN (SELECT {row} FROM (SELECT s.{row} FROM {stage} AS s"
        f" JOIN ({duplicates(dialect, stage, keys)}) AS t ON {matches(dialect, keys)}"
        f" WHERE s.{row} < t.kept) AS d)"
    )


def null_patterns(dialect: Dialect, source: str, keys: Sequence[str]) -> str:
    """Which keys are null together: a 1 or 0 for each key, each combination that is staged once."""
    flags = [f"CASE WHEN {name} IS NULL THEN 1 ELSE 0 END AS n{n}"
             for n, name in enumerate(quote_all(dialect, list(keys)))]  # fmt: skip
    return f"SELECT DISTINCT {', '.join(flags)} FROM {source} AS s"


def staged_alike(dialect: Dialect, source: str, keys: Sequence[str], nulls: Sequence[int]) -> str:
    """Whether keys of the target's row ``t`` are staged, among rows where those keys are null that ``nulls``
    says; a null is equal to a null.

    All other keys go by plain equality, which every planner can hash or look up; a comparison that minds
    nulls would go through all staged rows for each row of the target.
    """
    names = quote_all(dialect, list(keys))
    empty = [name for name, null in zip(names, nulls, strict=True) if null]
    whole = [name for name, null in zip(names, nulls, strict=True) if not null]
    there = [f"t.{name} IS NULL" for name in empty]
    if whole and not dialect.hashes:
        left, right = ", ".join(f"t.{name}" for name in whole), ", ".join(f"s.{name}" for name in whole)
        staged = " AND ".join(f"s.{name} IS NULL" for name in empty)
        where = f" WHERE {staged}" if staged else ""
        left = f"({left})" if len(whole) > 1 else left
        return " AND ".join([*there, f"{left} IN (SELECT {right} FROM {source} AS s{where})"])
    equal = [*(f"s.{name} IS NULL" for name in empty), *(f"t.{name} = s.{name}" for name in whole)]
    return " AND ".join([*there, f"EXISTS (SELECT 1 FROM {source} AS s WHERE {' AND '.join(equal)})"])


def delete_matching(
    dialect: Dialect, target: str, source: str, keys: Sequence[str], nulls: Sequence[int]
) -> str:
    """Take the target's rows away whose keys are staged with these nulls."""
    if dialect.name == "mysql":
        pairs = zip(quote_all(dialect, list(keys)), nulls, strict=True)
        same = [f"t.{name} IS NULL AND s.{name} IS NULL" if null else f"t.{name} = s.{name}"
                for name, null in pairs]  # fmt: skip
        return f"DELETE t FROM {target} AS t JOIN {source} AS s ON {' AND '.join(same)}"
    return f"DELETE FROM {target} AS t WHERE {staged_alike(dialect, source, keys, nulls)}"


def delete_rows(dialect: Dialect, stage: str, rows: Sequence[int]) -> str:
    """Take staged rows away by their numbers, which are different and in order."""
    row = quote(dialect, ROW)
    if rows[-1] - rows[0] == len(rows) - 1:
        return f"DELETE FROM {stage} WHERE {row} BETWEEN {rows[0]} AND {rows[-1]}"
    return f"DELETE FROM {stage} WHERE {row} IN ({', '.join(map(str, rows))})"
