"""Refused rows, gathered as they are found."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from intakegateway.connectors.base import REFUSED_SCHEMA, no_refusals

SHOWN = 80
"""Characters of a value that a message shows."""


class Refusals:
    """Rows with a code, a column and a sentence; a row may stand in it with several reasons."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._rows: set[int] = set()

    def add(self, rows: Sequence[int], code: str, column: str, messages: Sequence[str]) -> None:
        """Rows that share code and column, with a sentence each."""
        if not rows:
            return
        self._rows.update(rows)
        self._parts.append(
            pl.DataFrame(
                {
                    "row": pl.Series(rows, dtype=pl.Int64),
                    "code": [code] * len(rows),
                    "column": [column] * len(rows),
                    "message": list(messages),
                },
                schema=REFUSED_SCHEMA,
            )
        )

    def add_frame(self, refused: pl.DataFrame) -> None:
        """Rows that are in the form of ``REFUSED_SCHEMA`` already."""
        if refused.height:
            self._rows.update(refused["row"].to_list())
            self._parts.append(refused.select(pl.col(name).cast(of) for name, of in REFUSED_SCHEMA.items()))

    def merge(self, other: Refusals) -> None:
        """Take over what another found."""
        self._parts += other._parts
        self._rows |= other._rows

    @property
    def rows(self) -> set[int]:
        """The numbers of the rows, each once."""
        return self._rows

    def frame(self) -> pl.DataFrame:
        """All reasons, in the order of the rows."""
        if not self._parts:
            return no_refusals()
        return pl.concat(self._parts).unique(maintain_order=True).sort("row", maintain_order=True)


def shown(values: Sequence[object]) -> str:
    """Values as a message shows them: ``('a', null)``, long ones cut."""
    words = []
    for value in values:
        text = "null" if value is None else f"'{value}'"
        words.append(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…'")
    return words[0] if len(words) == 1 else f"({', '.join(words)})"
