"""Finding every row that a table will refuse, with all its reasons, in sets."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from intakegateway.connectors.base import EARLIER
from intakegateway.connectors.sql.dialect import quote_all
from intakegateway.connectors.sql.driver import RowsRefusedError
from intakegateway.connectors.sql.facts import Facts, ForeignKey, Unique
from intakegateway.connectors.sql.judgements import (
    Condition,
    conditions,
    effective_rows,
    failing_rows,
    misfits,
    orphans,
    repeated,
    taken,
)
from intakegateway.connectors.sql.refusals import Refusals, shown
from intakegateway.connectors.sql.stage import Stage, guarded
from intakegateway.connectors.sql.statements import MergePlan, null_patterns, staged_alike


class Case(Struct):
    """Rows that are staged for a table, and what the load will do with them.

    ``target`` is SQL for the table as it is (None: there is none, or it will be emptied). ``plan`` is
    given for an upsert; ``leaving`` are the keys of a delete-insert.
    """

    facts: Facts
    stage: Stage
    target: str | None
    plan: MergePlan | None = None
    leaving: tuple[str, ...] = ()
    _functions: dict[str, str] = field(default_factory=dict)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The columns that the load brings."""
        return tuple(column.name for column in self.stage.columns)


def judge(case: Case, *, thoroughly: bool = True) -> Refusals:
    """The staged rows that the table will refuse; they are taken out of the stage.

    Unless ``thoroughly``, keys that differ byte by byte are not compared by the database again (its
    collation may think otherwise: it will say so). A query that the database cannot answer (a check that
    divides by zero) judges nothing.
    """
    stage, dialect = case.stage, case.stage.dialect
    found = _misfitting(case)
    stage.remove(sorted(found.rows))
    stage.analyze()
    rows, known = effective_rows(dialect, case.facts, stage.source, case.loaded, case.plan)
    alone = Refusals()
    _failing(case, rows, conditions(dialect, case.facts, known), alone)
    keys = [key for key in case.facts.foreign_keys if known.issuperset(key.columns)]
    for key in keys:
        _orphaned(case, rows, key, alone)
    uniques = [unique for unique in case.facts.uniques if known.issuperset(unique.columns)]
    if case.plan:
        merged = set(case.plan.keys)
        uniques = [unique for unique in uniques if set(unique.columns) != merged or unique.where]
    if case.target is not None:
        for unique in uniques:
            _taken(case, rows, case.target, unique, alone)
    stage.remove(sorted(alone.rows))
    found.merge(alone)
    within = _repeated(case, rows, uniques, thoroughly)
    stage.remove(sorted(within.rows))
    found.merge(within)
    selves = [key for key in keys if key.target == case.facts.name]
    while selves and found.rows:
        lost = Refusals()
        for key in selves:
            _orphaned(case, rows, key, lost)
        if not lost.rows:
            break
        stage.remove(sorted(lost.rows))
        found.merge(lost)
    return found


def _suspects(case: Case, unique: Unique) -> list[int] | None:
    """The rows that may share this key, as far as their bytes tell; None where they do not."""
    quoted = tuple(quote_all(case.stage.dialect, unique.columns))
    if unique.nulls_equal or unique.parts not in (quoted, unique.columns):
        return None
    return case.stage.suspects(unique.columns)


def _ask(case: Case, sql: str) -> list[tuple[Any, ...]] | None:
    """The answer, or None where a value makes the query itself fail."""
    stage = case.stage
    try:
        with guarded(stage.session, stage.dialect, "_ig_ask"):
            return stage.session.fetch(sql)
    except RowsRefusedError:
        return None


def _misfitting(case: Case) -> Refusals:
    stage, refusals = case.stage, Refusals()
    if not stage.dialect.probe:
        return refusals
    for column in stage.columns:
        if not column.probed:
            continue
        name = case._functions.get(column.native)
        if name is None:
            name = f"{stage.dialect.stage_prefix}_ig_fits_{len(case._functions)}"
            if stage.dialect.probe_function:
                stage.session.run(f"DROP FUNCTION IF EXISTS {name}(text)")
                stage.session.run(stage.dialect.probe_function.format(name=name, type=column.native))
            case._functions[column.native] = name
        for row, value, why in _ask(case, misfits(stage.dialect, stage.table, column, name)) or ():
            sentence = f"column '{column.name}' of type {column.native} does not take {shown([value])}: {why}"
            refusals.add([row], "INVALID_VALUE", column.name, [sentence])
    return refusals


def _failing(case: Case, rows: str, found: list[Condition], refusals: Refusals) -> None:
    if not found:
        return
    sql, columns = failing_rows(case.stage.dialect, rows, found)
    answer = _ask(case, sql)
    if answer is None:
        if len(found) > 1:
            for condition in found:
                _failing(case, rows, [condition], refusals)
        return
    for n, condition in enumerate(found):
        places = [1 + len(found) + columns.index(name) for name in condition.columns]
        hit = [row for row in answer if row[1 + n]]
        sentences = [
            f"{condition.why}; this row has {shown([row[place] for place in places])}" for row in hit
        ]
        refusals.add([row[0] for row in hit], condition.code, ",".join(condition.columns), sentences)


def _orphaned(case: Case, rows: str, key: ForeignKey, refusals: Refusals) -> None:
    dialect, own = case.stage.dialect, ""
    if key.target == case.facts.name:
        own = f"(SELECT {', '.join(quote_all(dialect, key.target_columns, 'o.'))} FROM {rows} AS o)"
    label = f"foreign key '{key.name}'" if key.name else "a foreign key"
    answer = _ask(case, orphans(dialect, rows, key, own)) or ()
    columns, into = ", ".join(key.columns), f"{key.target.name} ({', '.join(key.target_columns)})"
    refusals.add(
        [row[0] for row in answer],
        "FOREIGN_KEY",
        ",".join(key.columns),
        [f"{label}: {columns} {shown(row[1:])} is not in {into}" for row in answer],
    )


def _taken(case: Case, rows: str, target: str, unique: Unique, refusals: Refusals) -> None:
    dialect = case.stage.dialect
    leaving: list[str] = []
    if case.leaving:
        patterns = case.stage.session.fetch(null_patterns(dialect, case.stage.source, case.leaving))
        leaving = [staged_alike(dialect, case.stage.source, case.leaving, nulls) for nulls in patterns]
    own = case.plan.keys if case.plan else ()
    answer = _ask(case, taken(dialect, rows, target, unique, own, leaving)) or ()
    refusals.add(
        [row[0] for row in answer],
        "UNIQUE",
        ",".join(unique.columns),
        [f"{_label(unique)} {shown(row[1:])} is in the table already" for row in answer],
    )


def _repeated(case: Case, rows: str, uniques: list[Unique], thoroughly: bool) -> Refusals:
    refusals, groups = Refusals(), []
    for unique in uniques:
        suspects = None if thoroughly else _suspects(case, unique)
        if suspects == []:
            continue
        answer = _ask(case, repeated(case.stage.dialect, rows, unique, suspects or ()))
        if answer:
            groups.append((unique, answer))
    if len(groups) > 1:
        groups = _first_wins(groups)
    for unique, answer in groups:
        refusals.add(
            [row[0] for row in answer],
            "UNIQUE",
            ",".join(unique.columns),
            [f"{_label(unique)} {shown(row[2:])} {EARLIER.format(row=row[1])}" for row in answer],
        )
    return refusals


def _first_wins(
    groups: list[tuple[Unique, list[tuple[Any, ...]]]],
) -> list[tuple[Unique, list[tuple[Any, ...]]]]:
    """Of rows that share any of several keys, the refused ones: a refused row claims nothing.

    Only rows that share a key are looked at, one after the other, because each depends on the last.
    """
    claims: dict[int, list[tuple[int, tuple[Any, ...] | None, int]]] = {}
    for place, (_, answer) in enumerate(groups):
        for row in answer:
            claims.setdefault(row[0], []).append((place, row, row[1]))
        for leader in {row[1] for row in answer}:
            claims.setdefault(leader, []).append((place, None, leader))
    holders: dict[tuple[int, int], int] = {}
    refused: list[list[tuple[Any, ...]]] = [[] for _ in groups]
    for number in sorted(claims):
        held = [(place, row, holders[place, group]) for place, row, group in claims[number]
                if (place, group) in holders]  # fmt: skip
        if not held:
            holders.update({(place, group): number for place, _, group in claims[number]})
        for place, claimant, holder in held:
            if claimant is not None:
                refused[place].append((claimant[0], holder, *claimant[2:]))
    return [(unique, refused[place]) for place, (unique, _) in enumerate(groups)]


def _label(unique: Unique) -> str:
    name = f"unique key '{unique.name}'" if unique.name else "key"
    return f"{name} ({', '.join(unique.columns)}) ="
