"""Telling cheaply that keys are all different, so that no query has to look for duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.model.types import Kind

MOST_ROWS = 4_000_000
"""Rows that are remembered, at eight bytes each; of more nothing is said."""
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
    """Remembers a hash of each key; nulls are different from everything."""

    def __init__(self, columns: Sequence[FactColumn], texts: bool = False) -> None:
        self._names = [column.name for column in columns]
        self._able = all(_is_exact(column, texts) for column in columns)
        self._seen: list[pl.Series] = []
        self._rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Look at more rows."""
        if not self._able:
            return
        self._rows += frame.height
        if self._rows > MOST_ROWS:
            self._able, self._seen = False, []
            return
        self._seen.append(frame.select(self._names).drop_nulls().hash_rows())

    @property
    def surely(self) -> bool:
        """Whether all keys are known to be different; false where it is not known."""
        if not self._able:
            return False
        if not self._seen:
            return True
        seen = pl.concat(self._seen)
        self._seen = [seen]
        return bool(seen.n_unique() == len(seen))

    def clear(self) -> None:
        """Forget the rows."""
        self._seen, self._rows = [], 0


def _is_exact(column: FactColumn, texts: bool) -> bool:
    if column.column.type.kind is Kind.TEXT:
        return texts and not column.probed and column.native.partition("(")[0].lower() in _PLAIN_TEXT
    return column.column.type.kind in _EXACT and not column.probed
