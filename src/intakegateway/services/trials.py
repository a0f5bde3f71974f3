"""What a task makes of some rows: each with what became of it, and why; nothing is written."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from intakegateway.engine.matching import mapping_warnings
from intakegateway.model.schema import Column
from intakegateway.model.task import TaskSpec
from intakegateway.services.rows_json import plain_rows

if TYPE_CHECKING:
    import polars as pl

    from intakegateway.connectors.base import Destination
    from intakegateway.engine.prepare import Prepared
    from intakegateway.engine.shape import Touch
    from intakegateway.engine.tape import Tape

Outcome = Literal["good", "rejected", "deduplicated"]
Severity = Literal["error", "warning"]
GOOD: Outcome = "good"
REJECTED: Outcome = "rejected"
DEDUPLICATED: Outcome = "deduplicated"
_BUDGET = 64 << 20
_Key = tuple[str, str, str, Severity]


class Finding(Struct, frozen=True):
    """A reason, and how many of the rows it concerns."""

    code: str
    column: str
    message: str
    rows: int
    severity: Severity


class TriedRow(Struct, frozen=True):
    """One row: what became of it; its values as they would be written, None when it would not be."""

    number: int
    outcome: Outcome
    after: dict[str, Any] | None
    problems: tuple[dict[str, str], ...] = ()


class TouchedRows(Struct, frozen=True):
    """What one rule did: its place in the task, and the rows that it did it to."""

    place: int
    outcome: Touch
    rows: tuple[int, ...]


class Trial(Struct, frozen=True):
    """The outcome for all rows. ``columns`` are those that rows bring, with their types."""

    columns: tuple[Column, ...]
    rows: tuple[TriedRow, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    stop: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    touched: tuple[TouchedRows, ...] = ()


def try_rows(
    task: TaskSpec, frame: pl.DataFrame, destination: Destination | None = None, *, fixed_fields: bool = True
) -> Trial:
    """Mapping, transforms, casts and rules of ``task`` over rows as they were read (arrays exploded).

    ``destination``: whose table decides the columns; None: a new table is imagined. Raises
    ``DefinitionError`` for what does not fit.
    """
    from intakegateway.connectors.memory import MemoryDestination, MemorySource
    from intakegateway.engine.prepare import prepare
    from intakegateway.engine.tape import Tape

    source = MemorySource(frame, "the sample")
    source.fixed_fields = fixed_fields
    into: Destination = destination if destination is not None else MemoryDestination()
    table = into.inspect(task.load.table)
    with tempfile.TemporaryDirectory(prefix="intakegateway-") as folder:
        tape = Tape(source, Path(folder), _BUDGET)
        prepared = prepare(task, tape, source, into, table, Path(folder))
        return _tried(task, prepared, tape, frame.height)


def _tried(task: TaskSpec, prepared: Prepared, tape: Tape, height: int) -> Trial:
    shaper = prepared.shaper()
    after: dict[int, dict[str, Any]] = {}
    rejected: set[int] = set()
    problems: dict[int, list[dict[str, str]]] = {}
    counted: Counter[_Key] = Counter()
    touched: dict[tuple[int, Touch], set[int]] = {}
    stop = None
    for first, chunk in tape.chunks():
        shaped = shaper(chunk, first)
        after.update(zip(shaped.rows.to_list(), plain_rows(shaped.frame), strict=True))
        if shaped.bad is not None:
            rejected.update((shaped.bad.arg_true() + first).to_list())
        if shaped.problems is not None:
            for row, code, column, message in shaped.problems.unique(maintain_order=True).iter_rows():
                problems.setdefault(row, []).append({"code": code, "column": column, "message": message})
                counted[code, column, "", "error"] += 1
        for code, column, message, count in shaped.warned:
            counted[code, column, message, "warning"] += count
        for place, what, mask in shaped.touched:
            touched.setdefault((place, what), set()).update((mask.arg_true() + first).to_list())
        stop = stop or shaped.stop
    rows: list[TriedRow] = []
    for number in range(height):
        outcome: Outcome = REJECTED if number in rejected else GOOD if number in after else DEDUPLICATED
        rows.append(TriedRow(number, outcome, after.get(number), tuple(problems.get(number, ()))))
    counts = Counter(row.outcome for row in rows)
    return Trial(
        columns=prepared.layout.columns,
        rows=tuple(rows),
        findings=tuple(_finding(key, count, problems) for key, count in counted.most_common()),
        warnings=_warnings(prepared),
        stop=stop,
        counts={name: counts.get(name, 0) for name in (GOOD, REJECTED, DEDUPLICATED)},
        touched=tuple(
            TouchedRows(place, what, tuple(sorted(found))) for (place, what), found in sorted(touched.items())
        ),
    )


def _finding(key: _Key, count: int, problems: dict[int, list[dict[str, str]]]) -> Finding:
    code, column, message, severity = key
    if severity == "error":
        message = next(
            one["message"]
            for found in problems.values()
            for one in found
            if (one["code"], one["column"]) == (code, column)
        )
    return Finding(code, column, message, count, severity)


def _warnings(prepared: Prepared) -> tuple[str, ...]:
    from intakegateway.model.schema import Field

    layout = prepared.layout
    fields = [Field(name, of) for name, of in layout.field_types.items()]
    used = [(one.source, one.targets[0]) for one in layout.mapping if one.source and not one.transforms]
    return tuple(dict.fromkeys([*layout.warnings, *mapping_warnings(used, fields, layout.columns)]))


def described(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Columns as plain values."""
    return [{"name": one.name, "type": str(one.type), "nullable": one.nullable} for one in columns]
