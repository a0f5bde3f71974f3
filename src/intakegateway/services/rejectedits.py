"""Edits laid over rejects: what the fields' values are now.

A value is edited in one row, or wherever the field had the same value when it was rejected. The edit of one row
is stronger; among equals, the later one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from intakegateway.model.rejects import NUMBER, column_of
from intakegateway.store.tables.runs import RejectEdit

if TYPE_CHECKING:
    import polars as pl

Value = str | None


class Edits(Struct, frozen=True):
    """``cells``: by field and row number. ``everywhere``: by field and the value it had when it was rejected."""

    cells: Mapping[str, Mapping[int, Value]] = field(default_factory=dict)
    everywhere: Mapping[str, Mapping[Value, Value]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[RejectEdit]) -> Edits:
        """From the edits of a run, in the order in which they were made."""
        cells: dict[str, dict[int, Value]] = {}
        everywhere: dict[str, dict[Value, Value]] = {}
        for one in rows:
            column = column_of(one.field)
            if one.row is None:
                everywhere.setdefault(column, {})[one.old] = one.new
            else:
                cells.setdefault(column, {})[one.row] = one.new
        return cls(cells, everywhere)

    @classmethod
    def of_table(cls, table: pl.DataFrame) -> Edits:
        """What ``table`` gave."""
        cells: dict[str, dict[int, Value]] = {}
        everywhere: dict[str, dict[Value, Value]] = {}
        for column, row, old, new in table.iter_rows():
            if row is None:
                everywhere.setdefault(column, {})[old] = new
            else:
                cells.setdefault(column, {})[row] = new
        return cls(cells, everywhere)

    def table(self) -> pl.DataFrame:
        """The same as rows: ``column``, ``row`` (Int64, null: everywhere), ``old`` and ``new``."""
        import polars as pl

        found = [
            (name, None, old, new) for name, values in self.everywhere.items() for old, new in values.items()
        ]
        cells = [(name, row, None, new) for name, values in self.cells.items() for row, new in values.items()]
        schema = {"column": pl.String, "row": pl.Int64, "old": pl.String, "new": pl.String}
        return pl.DataFrame([*found, *cells], schema=schema, orient="row")

    @property
    def fields(self) -> list[str]:
        """Those that have edits."""
        return list(dict.fromkeys([*self.cells, *self.everywhere]))

    @property
    def rows(self) -> set[int]:
        """Rows with an edit of their own."""
        return {row for cells in self.cells.values() for row in cells}

    def apply(self, rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        """``rows`` (with ``NUMBER``) with the values as they are now; the edited fields become text.

        A record that could not be read becomes a row, its ``_raw`` null, when one of its cells is edited.
        A field that no reject had before is added.
        """
        import polars as pl

        for name in self.fields:
            rows = self._one(rows, name, schema)
        touched = self.rows
        if touched:
            own = pl.col(NUMBER).is_in(sorted(touched))
            rows = rows.with_columns(pl.when(~own).then(pl.col("_raw")).alias("_raw"))
        return rows

    def has_edit(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:
        """Whether a row has an edit."""
        import polars as pl

        found = [pl.col(NUMBER).is_in(sorted(self.rows))]
        for name, values in self.everywhere.items():
            if name in schema:
                same = text_of(name, schema).is_in(list(values), nulls_equal=True)
                found.append(same & pl.col("_raw").is_null())
        return pl.any_horizontal(found)

    def typed(self, schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
        """Edited fields in the type that they had, where every new value can be read as one."""
        import polars as pl

        found = []
        for name in self.fields:
            dtype = schema.get(name, pl.String())
            if not (dtype.is_integer() or dtype.is_float() or isinstance(dtype, pl.Date)):
                continue
            new = [*self.cells.get(name, {}).values(), *self.everywhere.get(name, {}).values()]
            texts = pl.Series(new, dtype=pl.String).drop_nulls()
            if texts.cast(dtype, strict=False).null_count() == 0:
                found.append(pl.col(name).cast(dtype))
        return found

    def _one(self, rows: pl.LazyFrame, name: str, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        import polars as pl

        was, new, mark = "\x1fwas", "\x1fnew", "\x1fmark"
        rows = rows.with_columns(text_of(name, schema).alias(name))
        values = self.everywhere.get(name)
        if values:
            table = _table({was: list(values)}, list(values.values()), pl.String()).lazy()
            rows = rows.join(
                table, left_on=name, right_on=was, how="left", nulls_equal=True, maintain_order="left"
            )
            found = pl.col(mark).is_not_null() & pl.col("_raw").is_null()
            value = pl.when(found).then(pl.col(new)).otherwise(pl.col(name)).alias(name)
            rows = rows.with_columns(value).drop(mark, new)
        cells = self.cells.get(name)
        if cells:
            table = _table({NUMBER: list(cells)}, list(cells.values()), pl.UInt32()).lazy()
            rows = rows.join(table, on=NUMBER, how="left", maintain_order="left")
            value = pl.when(pl.col(mark).is_not_null()).then(pl.col(new)).otherwise(pl.col(name)).alias(name)
            rows = rows.with_columns(value).drop(mark, new)
        return rows


def text_of(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """A field's stored value as text; nulls for one that the file does not have."""
    import polars as pl

    from intakegateway.engine.cast_step import canonical_text

    if name not in schema:
        return pl.lit(None, pl.String)
    dtype = schema[name]
    if dtype == pl.String:
        return pl.col(name)
    if dtype == pl.Binary:
        return pl.lit("\\x") + pl.col(name).bin.encode("hex")
    return canonical_text(dtype)(pl.col(name))


def _table(keys: Mapping[str, list[object]], new: list[Value], key_type: pl.DataType) -> pl.DataFrame:
    import polars as pl

    columns = {name: pl.Series(values, dtype=key_type) for name, values in keys.items()}
    return pl.DataFrame({**columns, "\x1fnew": pl.Series(new, dtype=pl.String)}).with_columns(
        pl.lit(True).alias("\x1fmark")
    )
