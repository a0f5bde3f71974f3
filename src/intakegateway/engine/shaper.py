"""The shaper: mapping, transforms, casts and rules over one chunk at a time.

For each set of fields and types that chunks come with, the mapping is compiled once into expressions
(``engine.lanes``). A chunk then takes one pass of fast casts; only columns whose null counts differ
from their source's are looked at again, and there only the values that the fast way gave up on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct, field

from intakegateway.connectors.base import Chunk
from intakegateway.engine.fitting import first_text
from intakegateway.engine.lanes import Lane, compile_lanes
from intakegateway.engine.layout import Layout
from intakegateway.engine.problems import Findings
from intakegateway.engine.shape import PROBLEM_SCHEMA, Checker, Shaped, Shaper, Touch
from intakegateway.model.schema import Column

if TYPE_CHECKING:
    from intakegateway.engine.calculated import Calculated

NOT_NULL = "NOT_NULL"


def compile_shaper(
    layout: Layout,
    *,
    rules: Checker | None = None,
    stores_nul_in_text: bool = False,
    excluded: pl.Series | None = None,
) -> Shaper:
    """The shaper of one load.

    ``excluded`` holds numbers (Int64) of rows that an earlier pass found to be duplicates of others:
    where they are not bad they are counted as deduplicated.
    Raises ``DefinitionError`` for constants, defaults and expressions that do not fit their columns.
    """
    columns = layout.columns
    return _Compiled(
        columns=columns,
        layout=layout,
        rules=rules,
        stores_nul=stores_nul_in_text,
        excluded=excluded.unique().sort() if excluded is not None and not excluded.is_empty() else None,
        calculated=_calculated(layout, check_nul=not stores_nul_in_text),
    )


def _calculated(layout: Layout, *, check_nul: bool) -> Calculated | None:
    if all(mapping.expression is None for mapping in layout.mapping):
        return None
    from intakegateway.engine.calculated import compile_calculated

    return compile_calculated(layout, check_nul=check_nul)


class _Compiled(Struct):
    columns: tuple[Column, ...]
    layout: Layout
    rules: Checker | None
    stores_nul: bool
    excluded: pl.Series | None
    calculated: Calculated | None
    _lanes: dict[object, list[Lane]] = field(default_factory=dict)

    def __call__(self, chunk: Chunk, first_row: int) -> Shaped:
        raw = chunk.frame
        found = Findings(raw.height)
        made: dict[str, pl.Series] = {}
        _fill(self._lanes_for(raw, check_nul=chunk.nul and not self.stores_nul), raw, made, found)
        if self.calculated is not None:
            self.calculated(raw, made, found)
        typed = pl.DataFrame([_column(made, column.name, raw.height) for column in self.columns])
        rows = pl.int_range(first_row, first_row + raw.height, dtype=pl.Int64, eager=True).alias("row")
        return self._judge(typed, rows, first_row, found)

    def _lanes_for(self, raw: pl.DataFrame, *, check_nul: bool) -> list[Lane]:
        signature = (check_nul, tuple(raw.columns), tuple(raw.dtypes))
        lanes = self._lanes.get(signature)
        if lanes is None:
            lanes = compile_lanes(self.layout, dict(raw.schema), check_nul=check_nul)
            self._lanes[signature] = lanes
        return lanes

    def _judge(self, typed: pl.DataFrame, rows: pl.Series, first_row: int, found: Findings) -> Shaped:
        """Rules and required columns, then good rows apart from the others."""
        stop: str | None = None
        dropped: pl.Series | None = None
        touched: tuple[tuple[int, Touch, pl.Series], ...] = ()
        if self.rules is not None:
            checked = self.rules(typed, rows, found.mask())
            typed, stop, dropped, touched = checked.frame, checked.stop, checked.dropped, checked.touched
            found.warned.extend(checked.warned)
            if checked.problems is not None and not checked.problems.is_empty():
                found.add_later(checked.problems.with_columns(pl.col("row") - first_row))
        for column in self.columns:
            if column.required and typed[column.name].null_count():
                missing = typed[column.name].is_null().arg_true()
                found.add_later(_missing(missing, column.name))
        bad = found.mask()
        if self.excluded is not None:
            superseded = rows.is_in(self.excluded)
            if superseded.any():
                dropped = superseded if dropped is None else dropped | superseded
        if dropped is not None and bad is not None:
            dropped = dropped & ~bad
        deduplicated = int(dropped.sum()) if dropped is not None else 0
        out = bad if not deduplicated else (dropped if bad is None else bad | dropped)
        good = typed if out is None else typed.filter(~out)
        return Shaped(
            frame=good,
            rows=rows if out is None else rows.filter(~out),
            bad=bad,
            problems=found.problems(first_row),
            deduplicated=deduplicated,
            warned=found.all_warned(),
            stop=stop,
            touched=touched,
        )


def _fill(lanes: list[Lane], raw: pl.DataFrame, made: dict[str, pl.Series], found: Findings) -> None:
    """Run all lanes side by side, stage by stage, so that one select does a stage of all columns."""
    work = raw
    sources: list[str | None] = []
    ready = [
        lane.root(raw).alias(lane.key) for lane in lanes if lane.root is not None and lane.constant is None
    ]
    if ready:
        work = work.with_columns(ready)
    for lane in lanes:
        sources.append(lane.key if lane.root is not None else lane.field)
        if lane.constant is not None:
            made[lane.target] = lane.constant.new_from_index(0, raw.height)
        elif lane.check is not None:
            lane.check(work, found)
    depth = max((len(lane.stages) for lane in lanes if lane.constant is None), default=0)
    for level in range(depth):
        work = _level(lanes, level, work, sources, found)
    for lane, source in zip(lanes, sources, strict=True):
        if lane.constant is None and source is not None:
            value = work[source]
            made[lane.target] = lane.filled(value)


def _level(
    lanes: list[Lane], level: int, work: pl.DataFrame, sources: list[str | None], found: Findings
) -> pl.DataFrame:
    active = [
        (place, lane)
        for place, lane in enumerate(lanes)
        if lane.constant is None and level < len(lane.stages)
    ]
    pure = []
    for place, lane in active:
        change = lane.stages[level].pure
        source = sources[place]
        if change is not None and source is not None:
            name = f"{lane.key}:{level}"
            pure.append(change(pl.col(source)).alias(name))
            sources[place] = name
    if pure:
        work = work.with_columns(pure)
    fast, casts, shortcuts = list[pl.Expr](), [], dict[str, tuple[pl.Expr, pl.Expr]]()
    for place, lane in active:
        cast, source = lane.stages[level].cast, sources[place]
        if cast is None or source is None:
            continue
        example = first_text(work[source]) if cast.by_example else ""
        name = f"{lane.key}={level}"
        short = lane.shortcut(level, source, name)
        if short is not None:
            shortcuts[name] = short
        casts.append((place, lane, cast, source, name, example))
    if not casts:
        return work
    asked = work.select(holds for holds, _ in shortcuts.values())
    held = asked.row(0, named=True) if shortcuts else {}
    for _, lane, _, source, name, example in casts:
        fast.append(shortcuts[name][1] if held.get(name) else lane.fast(level, source, example, name))
    read = work.select(fast)
    results = []
    for place, lane, cast, source, name, example in casts:
        value, given = read[name], work[source]
        assumed = cast.assumes(example)
        if assumed is not None:
            found.note(assumed, lane.target, cast.notes[assumed], value.len() - value.null_count())
        if value.null_count() != given.null_count():
            value = found.repair(cast, given, value, lane.target, lane.stages[level].name).alias(name)
        results.append(value)
        sources[place] = name
    return work.hstack(results)


def _column(made: dict[str, pl.Series], name: str, height: int) -> pl.Series:
    value = made.get(name)
    if value is None:
        value = pl.Series([None]).new_from_index(0, height)
    return value if value.name == name else value.alias(name)


def _missing(places: pl.Series, column: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row": places.cast(pl.Int64),
            "code": pl.Series([NOT_NULL]).new_from_index(0, places.len()),
            "column": pl.Series([column]).new_from_index(0, places.len()),
            "message": pl.Series([f"'{column}' has no value, and the column needs one."]).new_from_index(
                0, places.len()
            ),
        },
        schema=PROBLEM_SCHEMA,
    )
