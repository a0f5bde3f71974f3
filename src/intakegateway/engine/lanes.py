"""The mapping, compiled for chunks with certain fields: one lane for each column."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from typing import Any

import msgspec
import polars as pl

from intakegateway.engine.cast import make_cast
from intakegateway.engine.cast_step import INVALID_TYPE, UNMATCHED, canonical_text, shown
from intakegateway.engine.layout import Layout
from intakegateway.engine.problems import Findings
from intakegateway.engine.stages import Reading, Stage
from intakegateway.model.errors import DefinitionError
from intakegateway.model.mapping import Mapping, Split
from intakegateway.model.schema import Column
from intakegateway.model.types import DataType

_JOINED = "\x1f"
_KEPT = 64
"""Expressions that a lane keeps: the first value of a chunk may have many shapes."""


class Lane(msgspec.Struct):
    """How one column is made: a field as it is, or an expression over the chunk, then stages.

    ``key`` names its values while they are on the way; ``constant`` is one value for all rows instead.
    ``check`` looks for rows that the root could not make a value of. ``fallback`` takes the place of null.
    """

    target: str
    key: str
    field: str | None = None
    root: Callable[[pl.DataFrame], pl.Expr] | None = None
    stages: list[Stage] = msgspec.field(default_factory=list)
    constant: pl.Series | None = None
    fallback: pl.Series | None = None
    check: Callable[[pl.DataFrame, Findings], None] | None = None
    _built: dict[tuple[str, int, str, str], pl.Expr] = msgspec.field(default_factory=dict)

    def fast(self, level: int, source: str, example: str, name: str) -> pl.Expr:
        """The fast cast of a stage from a column of the chunk, called ``name``; built once and kept.

        Building the expressions of a hundred columns takes as long as a quarter of what they do.
        """
        cast = self.stages[level].cast
        if cast is None:
            raise ValueError("This stage has no cast.")
        return self._kept(("fast", level, source, example), lambda value: cast.fast(value, example), name)

    def shortcut(self, level: int, source: str, name: str) -> tuple[pl.Expr, pl.Expr] | None:
        """Whether the shortcut of a stage's cast holds, and its values, both called ``name``; None without."""
        cast = self.stages[level].cast
        short = cast.shortcut if cast is not None else None
        if short is None:
            return None
        return (
            self._kept(("holds", level, source, ""), short.holds, name),
            self._kept(("short", level, source, ""), short.value, name),
        )

    def _kept(
        self, shape: tuple[str, int, str, str], build: Callable[[pl.Expr], pl.Expr], name: str
    ) -> pl.Expr:
        expr = self._built.get(shape)
        if expr is None:
            if len(self._built) >= _KEPT:
                self._built.clear()
            expr = self._built[shape] = build(pl.col(shape[2])).alias(name)
        return expr

    def filled(self, value: pl.Series) -> pl.Series:
        """The value with the default where it is null."""
        return fill(value, self.fallback)


def fill(value: pl.Series, fallback: pl.Series | None) -> pl.Series:
    """``value`` with the one value of ``fallback`` where it is null."""
    if fallback is None or not value.null_count():
        return value
    filler = pl.lit(fallback.first(), dtype=fallback.dtype)
    return value.cast(fallback.dtype).to_frame("v").select(pl.col("v").fill_null(filler))["v"]


def compile_lanes(layout: Layout, schema: MappingType[str, pl.DataType], *, check_nul: bool) -> list[Lane]:
    """The lanes of all columns but the calculated ones. Raises ``DefinitionError``."""
    columns = {column.name: column for column in layout.columns}
    lanes: list[Lane] = []
    for number, mapping in enumerate(layout.mapping):
        if mapping.expression is not None:
            continue
        for part, target in enumerate(mapping.targets):
            column = columns.get(target)
            if column is None:
                continue
            lane = Lane(target, f"\0{number}.{part}")
            if "constant" in mapping.model_fields_set:
                lane.constant = constant(mapping.constant, column, ("mapping", number, "constant"))
            else:
                _connect(lane, mapping, part, layout, schema, column.type, check_nul=check_nul)
            if mapping.default is not None:
                lane.fallback = constant(mapping.default, column, ("mapping", number, "default"))
            lanes.append(lane)
    return lanes


def constant(value: Any, column: Column, path: tuple[str | int, ...]) -> pl.Series:
    """A value of a definition as the column has it: one element. Raises ``DefinitionError``."""
    spelled = str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, (dict, list)):
        import orjson

        spelled = orjson.dumps(value).decode()
    given = pl.Series([None if spelled is None else str(spelled)], dtype=pl.String)
    cast = make_cast(pl.String(), column.type, check_nul=False)
    if cast is None:
        return given
    if spelled is None:
        return given.cast(cast.to)
    read = cast.careful(given)
    if read["code"].null_count() == 0:
        why = cast.messages(given, read["code"])[0].rstrip(".")
        raise DefinitionError(f"{why}: column '{column.name}' is {column.type}.", path=path)
    return read["value"]


def _connect(
    lane: Lane,
    mapping: Mapping,
    part: int,
    layout: Layout,
    schema: MappingType[str, pl.DataType],
    target: DataType,
    *,
    check_nul: bool,
) -> None:
    """Where the lane's values come from, and the stages that they go through."""
    if mapping.split is not None:
        dtype = _split(lane, mapping.split, part, len(mapping.targets), schema)
        name = ""
    elif mapping.join is not None:
        sources = [source_of(name, schema) for name in mapping.join.source]
        lane.root = _joined([expr for expr, _ in sources], mapping.join.separator)
        dtype, name = pl.String(), ""
    else:
        name = mapping.source or ""
        dtype = _from_field(lane, name, schema)
    reading = Reading(layout.date_formats.get(name, ""), layout.decimal_comma, check_nul)
    if mapping.transforms:
        from intakegateway.engine.transforms import chain

        lane.stages, _ = chain(dtype, mapping.transforms, target, reading)
        return
    cast = make_cast(
        dtype,
        target,
        date_format=reading.date_format,
        decimal_comma=reading.decimal_comma,
        check_nul=check_nul,
    )
    lane.stages = [Stage(None, cast)]


def _from_field(lane: Lane, name: str, schema: MappingType[str, pl.DataType]) -> pl.DataType:
    if name in schema:
        lane.field = name
        return schema[name]
    holder = _holder(name, schema)
    expr, dtype = source_of(name, schema)
    lane.root = lambda _raw: expr
    if holder is not None:
        document = canonical_text(schema[holder])(pl.col(holder))

        def check(work: pl.DataFrame, found: Findings) -> None:
            if work[lane.key].null_count() == work[holder].null_count():
                return
            broken = work.select(
                (pl.col(lane.key).is_null() & document.is_not_null() & (document.str.strip_chars() != "null")
                 & document.str.json_path_match("$").is_null()).alias("b")
            )["b"]  # fmt: skip
            if broken.any():
                places = broken.arg_true()
                words = shown(work[holder].gather(places))
                message = "'" + words + f"' is not a JSON document, so it has no '{name}'."
                found.add(places, INVALID_TYPE, lane.target, message)

        lane.check = check
    return dtype


def source_of(name: str, schema: MappingType[str, pl.DataType]) -> tuple[pl.Expr, pl.DataType]:
    """A field, a path into a JSON field, or nulls for a field that this chunk lacks."""
    if name in schema:
        return pl.col(name), schema[name]
    holder = _holder(name, schema)
    if holder is None:
        return pl.lit(None, dtype=pl.String), pl.String()
    from intakegateway.engine.transform_texts import json_at

    return json_at(canonical_text(schema[holder])(pl.col(holder)), name[len(holder) + 1 :]), pl.String()


def _holder(name: str, schema: MappingType[str, pl.DataType]) -> str | None:
    """The longest field that a dotted path begins with."""
    end = name.rfind(".")
    while end > 0:
        if name[:end] in schema:
            return name[:end]
        end = name.rfind(".", 0, end)
    return None


def _joined(sources: list[pl.Expr], separator: str) -> Callable[[pl.DataFrame], pl.Expr]:
    def root(raw: pl.DataFrame) -> pl.Expr:
        # A field may stand more than once among them, and those that this chunk lacks have one name.
        named = [expr.alias(str(place)) for place, expr in enumerate(sources)]
        dtypes = raw.select(named).dtypes if raw.width else [pl.String()] * len(sources)
        texts = [canonical_text(dtype)(expr) for expr, dtype in zip(sources, dtypes, strict=True)]
        joined = pl.concat_str(texts, separator=separator, ignore_nulls=True)
        return pl.when(pl.any_horizontal([text.is_not_null() for text in texts])).then(joined)

    return root


def _split(
    lane: Lane, split: Split, part: int, parts: int, schema: MappingType[str, pl.DataType]
) -> pl.DataType:
    expr, dtype = source_of(split.source, schema)
    text = canonical_text(dtype)(expr)
    if split.by is not None:
        by = split.by
        lane.root = lambda _raw: text.str.splitn(by, parts).struct[part]
        return pl.String()
    pattern = split.pattern or ""
    lane.root = lambda _raw: text.str.extract(pattern, part + 1)
    if part == 0:
        lane.check = _unmatched(lane, text, split, pattern)
    return pl.String()


def _unmatched(
    lane: Lane, text: pl.Expr, split: Split, pattern: str
) -> Callable[[pl.DataFrame, Findings], None]:
    def check(work: pl.DataFrame, found: Findings) -> None:
        if not work[lane.key].null_count():
            return
        missed = work.select(
            pl.when(pl.col(lane.key).is_null())
            .then(text)
            .str.contains(pattern)
            .not_()
            .fill_null(False)
            .alias("m")
        )["m"]
        if missed.any():
            places = missed.arg_true()
            words = shown(work.select(text.alias("t"))["t"].gather(places))
            message = "'" + words + f"' does not match the pattern that splits '{split.source}'."
            found.add(places, UNMATCHED, lane.target, message)

    return check
