"""Values that have to exist in a table of the destination, asked for once each."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

Existing = Callable[[str, tuple[str, ...], pl.DataFrame], pl.Series]
"""``Destination.existing``: a table, its columns, rows of values; one Boolean per row."""

_REMEMBERED = 500_000
"""Values that are kept with their answers, about 50 MB of texts; with more, remembering starts anew."""


class References:
    """Looks up one reference, remembering the answers of earlier chunks."""

    def __init__(self, columns: tuple[str, ...], table: str, to: tuple[str, ...], existing: Existing) -> None:
        self._columns = columns
        self._table = table
        self._to = to
        self._existing = existing
        self._answers: pl.DataFrame | None = None

    def missing(self, frame: pl.DataFrame) -> pl.Series:
        """For each row, whether its values (none of them null) are not in the table."""
        keys = list(self._columns)
        if self._answers is not None and self._answers.height > _REMEMBERED:
            self._answers = None
        wanted = frame.select(keys)
        asked = wanted.drop_nulls().unique(maintain_order=True)
        if self._answers is not None:
            asked = asked.join(self._answers, on=keys, how="anti", maintain_order="left")
        if asked.height:
            self._ask(asked)
        if self._answers is None:
            return pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean)
        joined = wanted.join(self._answers, on=keys, how="left", maintain_order="left")
        return ~joined["\0found"].fill_null(True)

    def _ask(self, asked: pl.DataFrame) -> None:
        renamed = asked.rename(dict(zip(self._columns, self._to, strict=True)))
        found = self._existing(self._table, self._to, renamed)
        answers = asked.with_columns(found.alias("\0found"))
        self._answers = answers if self._answers is None else pl.concat([self._answers, answers])
