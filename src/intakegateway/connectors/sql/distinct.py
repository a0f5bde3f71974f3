"""Telling cheaply that keys are all different, so that no query has to look for duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.statements import ROW
from intakegateway.model.types import Kind

MOST_ROWS = 4_000_000
"""Rows that are remembered, at sixteen bytes each; of more nothing is said."""
MOST_SUSPECTS = 20_000
"""Rows that are asked for by number; of more the database compares all."""
_EXACT = (
    Kind.INTEGER,
    Kind.DATE,
    Kind.TIME,
    Kind.TIMESTAMP,
    Kind.TIMESTAMPTZ,
    Kind.UUID,
    Kind.BOOLEAN,
    Kind.BINARY,
)
"""Kinds whose values are equal to the database exactly when they are equal here."""
_PLAIN_TEXT = ("text", "varchar", "character varying")


class DistinctKeys:
    """Remembers a hash of each key and its row; nulls are different from everything."""

    def __init__(self, columns: Sequence[FactColumn], texts: bool = False) -> None:
        self._names = [column.name for column in columns]
        self._able = all(_is_exact(column, texts) for column in columns)
        self._seen: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Look at more rows."""
        if not self._able:
            return
        self._rows += frame.height
        if self._rows > MOST_ROWS:
            self._able, self._seen = False, []
            return
        whole = frame.select(ROW, *self._names).drop_nulls()
        self._seen.append(pl.DataFrame({"row": whole[ROW], "hash": whole.select(self._names).hash_rows()}))

    @property
    def suspects(self) -> list[int] | None:
        """The rows whose key may be that of another row; None where that is not known, or of too many."""
        if not self._able:
            return None
        if not self._seen:
            return []
        seen = pl.concat(self._seen)
        self._seen = [seen]
        if seen["hash"].n_unique() == seen.height:
            return []
        rows = seen.filter(pl.col("hash").is_duplicated())["row"]
        return rows.to_list() if len(rows) <= MOST_SUSPECTS else None

    def clear(self) -> None:
        """Forget the rows."""
        self._seen, self._rows = [], 0


def _is_exact(column: FactColumn, texts: bool) -> bool:
    if column.column.type.kind is Kind.TEXT:
        return texts and not column.probed and column.native.partition("(")[0].lower() in _PLAIN_TEXT
    return column.column.type.kind in _EXACT and not column.probed
