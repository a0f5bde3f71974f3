"""What is found wrong, or worth a note, in one chunk."""

from __future__ import annotations

from collections import Counter

import polars as pl

from intakegateway.engine.cast_step import Cast
from intakegateway.engine.shape import PROBLEM_SCHEMA


class Findings:
    """The problems and notes of one chunk; rows are counted from its first."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.warned: list[tuple[str, str, str, int]] = []
        self._found: list[pl.DataFrame] = []
        self._later: list[pl.DataFrame] = []
        self._notes: Counter[tuple[str, str, str]] = Counter()

    def note(self, code: str, column: str, message: str, count: int) -> None:
        """Count values that were changed in a harmless way."""
        if count:
            self._notes[code, column, message] += count

    def add(self, places: pl.Series, code: pl.Series | str, column: str, message: pl.Series | str) -> None:
        """Rows that a cast, a transform or an expression refuses."""
        count = places.len()
        if not count:
            return
        self._found.append(
            pl.DataFrame(
                {
                    "row": places.cast(pl.Int64),
                    "code": _many(code, count),
                    "column": _many(column, count),
                    "message": _many(message, count),
                },
                schema=PROBLEM_SCHEMA,
            )
        )

    def add_later(self, problems: pl.DataFrame) -> None:
        """What rules say; left out where the column's value could not be read in the first place."""
        self._later.append(problems.select(list(PROBLEM_SCHEMA)))

    def repair(
        self, cast: Cast, given: pl.Series, value: pl.Series, column: str, transform: str
    ) -> pl.Series:
        """Read again what the fast way gave up on; what is still wrong becomes a problem."""
        places = (given.is_not_null() & value.is_null()).arg_true()
        suspects = given.gather(places)
        again = cast.careful(suspects)
        wrong = again["code"].is_not_null()
        if wrong.any():
            message = cast.messages(suspects.filter(wrong), again["code"].filter(wrong))
            if transform:
                message = f"{transform}: " + message
            self.add(places.filter(wrong), again["code"].filter(wrong), column, message)
        if again["note"].null_count() < again.height:
            for code, count in again["note"].drop_nulls().value_counts().iter_rows():
                self.note(code, column, cast.notes[code], count)
        read = again["value"].is_not_null()
        if not read.any():
            return value
        return value.scatter(places.filter(read), again["value"].filter(read))

    def mask(self) -> pl.Series | None:
        """Rows with a problem so far, None when there are none."""
        frames = [frame for frame in (*self._found, *self._later) if frame.height]
        if not frames:
            return None
        rows = pl.concat([frame["row"] for frame in frames]).unique()
        return pl.Series([False]).new_from_index(0, self.height).scatter(rows, True)

    def problems(self, first_row: int) -> pl.DataFrame | None:
        """Every reason of every bad row, in the order of the rows."""
        if not self._found and not self._later:
            return None
        first = pl.concat(self._found) if self._found else pl.DataFrame(schema=PROBLEM_SCHEMA)
        problems = first
        if self._later:
            later = pl.concat(self._later).unique(
                ["row", "code", "column"], keep="first", maintain_order=True
            )
            known = later.join(first, on=["row", "column"], how="anti", maintain_order="left")
            problems = pl.concat([first, known])
        return problems.sort("row", maintain_order=True).with_columns(pl.col("row") + first_row)

    def all_warned(self) -> tuple[tuple[str, str, str, int], ...]:
        """Notes and warnings with their counts."""
        return (*((*key, count) for key, count in self._notes.items()), *self.warned)


def _many(value: pl.Series | str, count: int) -> pl.Series:
    return value if isinstance(value, pl.Series) else pl.Series([value]).new_from_index(0, count)
