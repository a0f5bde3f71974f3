"""Excel (``.xlsx``, ``.xls``, ``.xlsb``) and OpenDocument (``.ods``) sheets.

Cells are what they show once opened: a formula is its last value, a date is a date. Whole numbers come as
integers whichever way they are stored; a column with any other number is text with the numbers as written.
Excel itself keeps 15 digits of a number. Merged cells have their value in the first cell only.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.files.excel_book import Cells, Sheet, open_sheet
from intakegateway.connectors.files.excel_cells import column_letters, column_number, is_error
from intakegateway.connectors.json_parsing import dumps, number_text
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

MAX_ROWS = 10_000
"""Rows of one chunk."""
_LOOK = 20
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})?\$?(\d{1,7})?(?::\$?([A-Za-z]{1,3})?\$?(\d{1,7})?)?")
_EXACT = 10**15

Area = tuple[int, int | None, int, int | None]


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The rows of one sheet; locators are ``Sheet1!A12``, the row's first cell.

    ``spec``: ``sheet`` (name, or number from 1), ``range`` (``B3:F200``, also ``B:F`` or ``3:200``),
    ``skip_rows``, ``header_row`` (the sheet's row number; left out: the first row with more than a title),
    ``header``, ``columns``, ``null_texts``. Empty rows, and columns without name and values, are left out.
    A row with an error cell (``#DIV/0!``) is a broken record, ``EXCEL_ERROR``.
    """
    area = parse_range(spec.cell_range)
    with input.spooled(".xlsx") as path:
        sheet = open_sheet(path, input.name, spec.sheet, warnings)
        numbered = _numbered(sheet, area, spec)
        first = list(islice(numbered, _LOOK))
        if not first:
            place = f"The sheet '{sheet.name}'" + (f" in {spec.cell_range}" if spec.cell_range else "")
            raise SourceError(f"{place} has no cells with values.", where=input.name)
        names, first = _names(first, spec, warnings)
        reader = _Rows(sheet, names, area[2], spec.null_texts, warnings)
        rows = chain(first, numbered)
        size, height = path.stat().st_size, max(sheet.height, 1)
        empty = True
        while some := list(islice(rows, MAX_ROWS)):
            empty = False
            yield reader.chunk(some, size * len(some) // height)
        if empty:
            yield reader.chunk([], 0)


def parse_range(text: str | None) -> Area:
    """First and last row, first and last column, from 0; None for an open end.

    Raises ``DefinitionError`` for text that is no range.
    """
    if text is None:
        return 0, None, 0, None
    match = _RANGE.fullmatch(text.strip())
    if match is None or not any(match.groups()) or ":" not in text:
        raise DefinitionError(
            f"'{text}' is not a range of cells.",
            hint="Examples: B3:F200, B:F, 3:200, B3:.",
            path=("source", "range"),
        )
    left, top, right, bottom = match.groups()
    area = (
        int(top) - 1 if top else 0,
        int(bottom) - 1 if bottom else None,
        column_number(left) if left else 0,
        column_number(right) if right else None,
    )
    if (area[1] is not None and area[1] < area[0]) or (area[3] is not None and area[3] < area[2]):
        raise DefinitionError(f"The range '{text}' ends before it begins.", path=("source", "range"))
    return area


def _numbered(sheet: Sheet, area: Area, spec: FileSource) -> Iterator[tuple[int, Cells]]:
    """The rows inside the area that have values, with their numbers from 0."""
    top, bottom, left, right = area
    end = None if right is None else right + 1
    begin = max(top + spec.skip_rows, (spec.header_row or 1) - 1)
    for number, row in enumerate(sheet.rows):
        if bottom is not None and number > bottom:
            return
        if number < begin:
            continue
        cells = row[left:end]
        if any(cell is not None for cell in cells) or number in sheet.errors:
            yield number, cells


def _names(
    rows: list[tuple[int, Cells]], spec: FileSource, warnings: list[str]
) -> tuple[list[str | None], list[tuple[int, Cells]]]:
    """The fields' names, None for a blank one, and the rows that follow the header."""
    given: list[str | None] = list(spec.columns)
    if spec.header is False:
        return given, rows
    if spec.header_row is None:
        rows = _without_titles(rows, warnings)
    elif rows[0][0] != spec.header_row - 1:
        raise SourceError(f"The header row {spec.header_row} is empty.")
    header = [None if cell is None else " ".join(_text(cell).split()) or None for cell in rows[0][1]]
    return given + header[len(given) :], rows[1:]


def _without_titles(rows: list[tuple[int, Cells]], warnings: list[str]) -> list[tuple[int, Cells]]:
    filled = [sum(cell is not None for cell in cells) for _, cells in rows]
    if max(filled) < 3:
        return rows
    titles = next(i for i, count in enumerate(filled) if count > 1)
    if titles:
        said = ", ".join(f"'{next(_text(c) for c in cells if c is not None)}'" for _, cells in rows[:titles])
        warnings.append(
            f"The header was taken from row {rows[titles][0] + 1}; above it stands {said}."
            " Set header_row if that is wrong."
        )
    return rows[titles:]


class _Rows:
    """Rows of cells into chunks."""

    def __init__(
        self,
        sheet: Sheet,
        names: list[str | None],
        left: int,
        null_texts: tuple[str, ...],
        warnings: list[str],
    ) -> None:
        self._errors = sheet.errors
        self._left = left
        self._nulls = frozenset(null_texts)
        self._warnings = warnings
        self._names: list[str] = []
        self._named: list[bool] = []
        self._taken: set[str] = set()
        self._add_names(names)
        self._title = sheet.name
        self._template = f"{Locators.literal(sheet.name)}!{column_letters(left)}{{a}}"

    def chunk(self, rows: list[tuple[int, Cells]], size: int) -> Chunk:
        width = max(chain((len(cells) for _, cells in rows), (len(self._names),)))
        self._add_names([None] * (width - len(self._names)))
        good, broken = [], []
        for number, cells in rows:
            errors = self._errors_in(number, cells)
            if errors:
                broken.append(self._broken(number, cells, errors))
            else:
                good.append((number, cells))
        padded = [
            cells if len(cells) == width else cells + [None] * (width - len(cells)) for _, cells in good
        ]
        columns: Sequence[Sequence[Any]] = list(zip(*padded, strict=True)) if padded else [()] * width
        series = [
            self._column(name, column)
            for name, named, column in zip(self._names, self._named, columns, strict=True)
            if named or any(cell is not None for cell in column)
        ]
        a = pl.Series("a", [number + 1 for number, _ in good], dtype=pl.Int64)
        lost = pl.DataFrame(broken, schema=BROKEN_SCHEMA, orient="row") if broken else None
        frame = pl.DataFrame(series) if series else pl.DataFrame(height=len(good))
        return Chunk(frame, Locators(self._template, a), lost, size)

    def _add_names(self, names: list[str | None]) -> None:
        for name in names:
            plain = name or f"column_{len(self._names) + 1}"
            unique, number = plain, 1
            while unique in self._taken:
                number += 1
                unique = f"{plain}_{number}"
            if name is not None and unique != plain:
                self._warnings.append(f"Two columns are called '{plain}': the second one is '{unique}'.")
            self._taken.add(unique)
            self._names.append(unique)
            self._named.append(name is not None)

    def _errors_in(self, number: int, cells: Cells) -> dict[int, str]:
        found = {
            column - self._left: text
            for column, text in self._errors.get(number, {}).items()
            if 0 <= column - self._left < max(len(self._names), len(cells))
        }
        for column, cell in enumerate(cells):
            if type(cell) is str and cell[:1] == "#" and is_error(cell):
                found.setdefault(column, cell)
        return found

    def _broken(self, number: int, cells: Cells, errors: dict[int, str]) -> tuple[str, str, str, str]:
        whole = [*cells, *[None] * (len(self._names) - len(cells))]
        shown = {
            name: errors.get(i, None if cell is None else _text(cell))
            for i, (name, cell) in enumerate(zip(self._names, whole, strict=True))
            if self._named[i] or cell is not None or i in errors
        }
        where = [f"{column_letters(self._left + i)}{number + 1} holds {text}" for i, text in errors.items()]
        place = f"{self._title}!{column_letters(self._left)}{number + 1}"
        return place, dumps(shown), "EXCEL_ERROR", f"The cell {', the cell '.join(where)}."

    def _column(self, name: str, cells: Sequence[Any]) -> pl.Series:
        kinds = set(map(type, cells))
        kinds.discard(type(None))
        if self._nulls and str in kinds:
            cells = [None if type(cell) is str and cell in self._nulls else cell for cell in cells]
        if kinds <= {str}:
            return pl.Series(name, cells, dtype=pl.String)
        if kinds == {bool}:
            return pl.Series(name, cells, dtype=pl.Boolean)
        if kinds <= {int, float} and all(
            cell is None or (abs(cell) < _EXACT and cell == int(cell)) for cell in cells
        ):
            return pl.Series(name, [None if cell is None else int(cell) for cell in cells], dtype=pl.Int64)
        if kinds <= {datetime.date, datetime.datetime}:
            return _days(pl.Series(name, [_moment(cell) for cell in cells], dtype=pl.Datetime("us")))
        if kinds == {datetime.time}:
            return pl.Series(name, cells, dtype=pl.Time)
        if any(type(cell) in (int, float) and abs(cell) >= _EXACT for cell in cells):
            self._warn(f"The column '{name}' has numbers of more than 15 digits, which Excel rounds.")
        return pl.Series(name, [None if cell is None else _text(cell) for cell in cells], dtype=pl.String)

    def _warn(self, sentence: str) -> None:
        if sentence not in self._warnings:
            self._warnings.append(sentence)


def _moment(cell: datetime.date | None) -> datetime.datetime | None:
    if cell is None or isinstance(cell, datetime.datetime):
        return cell
    return datetime.datetime(cell.year, cell.month, cell.day)


def _days(moments: pl.Series) -> pl.Series:
    """Dates where no moment has a time of day."""
    days = moments.dt.date()
    return days if (days.cast(pl.Datetime("us")) == moments).all() else moments


def _text(cell: Any) -> str:
    """A cell as written: whole numbers without a point, moments in ISO 8601, durations as ``36:00:00``."""
    kind = type(cell)
    if kind is str:
        return str(cell)
    if kind is bool:
        return "true" if cell else "false"
    if kind is float:
        text = number_text(cell)
        return text.removesuffix(".0")
    if kind is datetime.datetime:
        return str(cell.isoformat(" ")).removesuffix(" 00:00:00")
    if kind is datetime.timedelta:
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"
    return str(cell)
