"""One load into a table in memory: what becomes of each row, found with joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import polars as pl

from intakegateway.connectors.base import LoadRequest, Settled, no_refusals
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import TableSchema

ROW = "\x1frow"
_KIND = "\x1fkind"
Publish = Callable[[LoadRequest, pl.DataFrame, Counts], None]


class MemoryWriter:
    """Holds the rows until they are settled; publishing replaces the table's frame at once."""

    def __init__(
        self, schema: TableSchema, rows: pl.DataFrame, request: LoadRequest, publish: Publish
    ) -> None:
        self._schema, self._rows, self._request, self._publish = schema, rows, request, publish
        self._batches: list[pl.DataFrame] = []
        self._refused: list[pl.DataFrame] = []
        self._now = datetime.now(UTC)

    def write(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Keep the batch."""
        self._batches.append(batch.with_columns(rows.cast(pl.Int64).alias(ROW)))

    def settle(self) -> Settled:
        """Find out what becomes of the rows; the table itself is not touched."""
        request = self._request
        types = {name: self._rows.schema[name] for name in (c.name for c in request.columns)}
        empty = pl.DataFrame(schema=pl.Schema({**types, ROW: pl.Int64()}))
        new = pl.concat([empty, *(b.cast(empty.schema) for b in self._batches)])
        required = {c.name for c in self._schema.columns if c.required} | set(self._schema.primary_key)
        if request.mode is Mode.UPSERT:
            required |= set(request.keys)
        for name in sorted(required & set(types)):
            new = self._refuse(new, pl.col(name).is_null(), "NOT_NULL", name, f"'{name}' has no value")
        base = self._rows
        match request.mode:
            case Mode.UPSERT:
                return self._upserted(new)
            case Mode.TRUNCATE_INSERT:
                base = base.clear()
            case Mode.DELETE_INSERT:
                base = base.join(
                    new.select(request.keys).unique(), on=list(request.keys), how="anti", nulls_equal=True
                )
            case _:
                pass
        keys = [*([self._schema.primary_key] if self._schema.primary_key else []), *self._schema.uniques]
        if request.mode is Mode.INSERT and request.keys and not keys:
            keys.append(request.keys)
        for key in keys:
            if set(key) <= set(types):
                new = self._refuse_doubles(new, base, key)
        self._rows = self._appended(base, new, created=True)
        samples = tuple(new.drop(ROW).head(5).to_dicts()) if request.dry_run else ()
        return Settled(inserted=new.height, refused=self._refusals(), inserted_samples=samples)

    def commit(self, counts: Counts) -> None:
        """Show the rows and the ledger row."""
        self._publish(self._request, self._rows, counts)

    def abort(self) -> None:
        """Forget the rows."""
        self._batches.clear()

    def _upserted(self, new: pl.DataFrame) -> Settled:
        request, keys = self._request, list(self._request.keys)
        total = new.height
        new = new.sort(ROW).unique(keys, keep="last", maintain_order=True)
        deduplicated = total - new.height
        table = self._rows.with_row_index("\x1fat")
        changing = [c.name for c in request.columns if c.name not in keys]
        pairs = table.join(new, on=keys, how="inner", suffix="\x1fnew", maintain_order="left")
        target = {name: pl.col(f"{name}\x1fnew") for name in changing}
        if request.keep_nulls:
            target = {name: pl.coalesce(value, pl.col(name)) for name, value in target.items()}
        skip = pl.lit(value=False)
        if request.skip_when is not None:
            column, value = request.skip_when.column, request.skip_when.equals
            skip = (pl.col(column).cast(pl.String) == pl.lit(value).cast(pl.String)).fill_null(value=False)
        changed = pl.any_horizontal(
            [pl.col(n).ne_missing(v) for n, v in target.items()] or [pl.lit(value=False)]
        )
        pairs = pairs.with_columns(pl.when(skip).then(0).when(changed).then(1).otherwise(2).alias(_KIND))
        updates = pairs.filter(pl.col(_KIND) == 1)
        fresh = new.join(self._rows.select(keys), on=keys, how="anti")
        values = updates.select("\x1fat", *(v.alias(n) for n, v in target.items()))
        before = updates.select(self._rows.columns).head(5).to_dicts()
        stamped = self._stamped(values, created=False)
        updated = table.update(stamped, on="\x1fat", include_nulls=True).drop("\x1fat")
        after = table.filter(pl.col("\x1fat").is_in(values["\x1fat"].head(5).implode())).update(
            stamped, on="\x1fat", include_nulls=True
        ).drop("\x1fat").to_dicts() if before else []  # fmt: skip
        self._rows = self._appended(updated, fresh, created=True)
        counts = {kind: pairs.filter(pl.col(_KIND) == kind).height for kind in (0, 1, 2)}
        show = request.dry_run
        changes = ({"before": b, "after": a} for b, a in zip(before, after, strict=True))
        return Settled(
            inserted=fresh.height, updated=counts[1], unchanged=counts[2], skipped=counts[0],
            deduplicated=deduplicated, refused=self._refusals(),
            inserted_samples=tuple(fresh.drop(ROW).head(5).to_dicts()) if show else (),
            updated_samples=tuple(changes) if show else (),
        )  # fmt: skip

    def _appended(self, base: pl.DataFrame, new: pl.DataFrame, *, created: bool) -> pl.DataFrame:
        rows = self._stamped(new.drop(ROW), created=created)
        missing = [pl.lit(None, dtype=of).alias(n) for n, of in base.schema.items() if n not in rows.columns]
        return pl.concat([base, rows.with_columns(missing).select(base.columns)])

    def _stamped(self, rows: pl.DataFrame, *, created: bool) -> pl.DataFrame:
        audit = self._request.audit
        names = [audit.updated_at, *([audit.created_at] if created else [])]
        return rows.with_columns(
            pl.lit(self._now).cast(self._rows.schema[name]).alias(name)
            for name in names
            if name in self._rows.columns
        )

    def _refuse_doubles(self, new: pl.DataFrame, base: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
        names, shown = list(key), ", ".join(key)
        whole = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
        there = base.select(names).unique().with_columns(pl.lit(value=True).alias(_KIND))
        marked = new.join(there, on=names, how="left", maintain_order="left")
        new = self._refuse(
            marked, pl.col(_KIND).is_not_null(), "UNIQUE", shown, f"({shown}) is in the table already"
        )
        doubled = whole & ~pl.struct(names).is_first_distinct()
        return self._refuse(new.drop(_KIND), doubled, "UNIQUE", shown, f"({shown}) came before in this load")

    def _refuse(self, rows: pl.DataFrame, bad: pl.Expr, code: str, column: str, why: str) -> pl.DataFrame:
        flagged = rows.with_columns(bad.alias("\x1fbad"))
        found = flagged.filter(pl.col("\x1fbad"))
        if found.height:
            self._refused.append(
                found.select(
                    pl.col(ROW).alias("row"), code=pl.lit(code), column=pl.lit(column), message=pl.lit(why)
                )
            )
        return flagged.filter(~pl.col("\x1fbad")).drop("\x1fbad")

    def _refusals(self) -> pl.DataFrame:
        return pl.concat([no_refusals(), *self._refused]).sort("row")
