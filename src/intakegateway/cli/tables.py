"""Rows and fields as tables on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from intakegateway.model.schema import Field

CELL_WIDTH = 40
PIPE_WIDTH = 160
"""Characters of a line where there is no terminal to ask."""


def frame_table(frame: pl.DataFrame, locators: pl.Series) -> None:
    """Print rows with their places; more columns than fit are counted instead."""
    limit = max(1, min(len(frame.columns), _width() // 8))
    names = frame.columns[:limit]
    # A frame without columns, such as {} in JSON gives, has places all the same.
    values = frame.select(names).iter_rows() if names else (() for _ in locators)
    rows = ([place, *row] for place, row in zip(locators, values, strict=True))
    print_table(["", *names], rows)
    if len(frame.columns) > limit:
        rest = frame.columns[limit:]
        shown = ", ".join(rest[:30]) + (", …" if len(rest) > 30 else "")
        sys.stdout.write(f"and {len(rest)} more columns: {shown}\n")


def fields_table(fields: Sequence[Field]) -> None:
    """Print fields, types and what there is to say about them."""
    rows = [
        [field.name, str(field.type), f"{field.nulls:,}", f"{field.values:,}", ", ".join(field.samples[:3]),
         " ".join(field.notes)]
        for field in fields
    ]  # fmt: skip
    print_table(["field", "type", "nulls", "values", "samples", "notes"], rows, right=(2, 3), wrapped=(5,))


def print_table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Sequence[int] = (),
    wrapped: Sequence[int] = (),
) -> None:
    """Print rows under a header; ``right``, ``wrapped``: the numbers of columns that are set so."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(header):
        table.add_column(
            Text(cell(name)),
            justify="right" if index in right else "left",
            no_wrap=index not in wrapped,
            overflow="fold" if index in wrapped else "ellipsis",
        )
    for row in rows:
        table.add_row(
            *(Text(cell(value, 400 if i in wrapped else CELL_WIDTH)) for i, value in enumerate(row))
        )
    Console(width=_width(), highlight=False).print(table)


def cell(value: Any, width: int = CELL_WIDTH) -> str:
    """A value in one line, without control characters, which a terminal would obey."""
    if value is None:
        return ""
    text = str(value)[: width + 1]
    clean = "".join(letter if letter.isprintable() else "␤" if letter == "\n" else "·" for letter in text)
    return clean if len(clean) <= width else clean[: width - 1] + "…"


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size((PIPE_WIDTH, 24)).columns
