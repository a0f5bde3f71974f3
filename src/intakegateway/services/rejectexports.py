"""Rejects as files for people: to be corrected elsewhere, and to come back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import GatewayError, MissingDriverError, TooLargeError
from intakegateway.model.rejects import ABOUT, NUMBER
from intakegateway.model.views.rejects import Format, RejectFilter
from intakegateway.services import rejectlists
from intakegateway.services.context import Context
from intakegateway.services.rejectedits import text_of
from intakegateway.services.rejectfiles import RejectFile
from intakegateway.services.rejects import Rejects, State
from intakegateway.store.blobs import PIECE

if TYPE_CHECKING:
    import polars as pl

MEDIA = {
    "csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_AT_ONCE = 20_000
_SHEET_ROWS = 1_048_575
_CELL = 32_767
"""Characters that a cell of a sheet can hold."""
_FORMULA = r"^'*[=+\-@\t\r]"
_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*$"


class Exports(Struct, frozen=True):
    """Every use case that hands rejects out as a file."""

    context: Context
    rejects: Rejects

    def export(self, actor: Actor, run_id: str, form: Format, wanted: RejectFilter) -> Iterator[bytes]:
        """The rejects that the filter finds, as they are now, some at a time.

        Their numbers come first (``_reject``), then the fields, then why they were rejected. Raises
        ``NotFoundError``, ``DefinitionError`` (no such group), ``TooLargeError`` (more rows than a sheet has),
        ``MissingDriverError``.
        """
        with self.rejects.opened(actor, run_id, Role.VIEWER) as (state, file):
            # What is wrong is said before the answer begins.
            rejectlists.matching(file, wanted, state.groups, state.edits, state.marked)
            if form == "xlsx":
                _check_sheet(file)
        write = _PIECEWISE.get(form)
        return (
            self._pieces(actor, run_id, wanted, write) if write else self._whole(actor, run_id, form, wanted)
        )

    def _pieces(
        self, actor: Actor, run_id: str, wanted: RejectFilter, write: Callable[[pl.DataFrame, bool], bytes]
    ) -> Iterator[bytes]:
        with self.rejects.opened(actor, run_id, Role.VIEWER) as (state, file):
            conditions = rejectlists.matching(file, wanted, state.groups, state.edits, state.marked)
            first = True
            for start in range(0, max(file.rows, 1), _AT_ONCE):
                part = rows_now(file, state, file.scan().slice(start, _AT_ONCE).filter(*conditions)).collect()
                if part.height or first:
                    yield write(part, first)
                first = False

    def _whole(self, actor: Actor, run_id: str, form: Format, wanted: RejectFilter) -> Iterator[bytes]:
        with self.rejects.opened(actor, run_id, Role.VIEWER) as (state, file), self.folder() as folder:
            conditions = rejectlists.matching(file, wanted, state.groups, state.edits, state.marked)
            rows = rows_now(file, state, file.scan().filter(*conditions))
            path = folder / f"rejects.{form}"
            if form == "parquet":
                rows.sink_parquet(path)
            else:
                _sheet(rows, path)
            with open(path, "rb") as done:
                while piece := done.read(PIECE):
                    yield piece

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A place for files of one request."""
        folder = self.context.settings.home / "tmp" / f"rejects-{uuid7()}"
        try:
            folder.mkdir(parents=True)
            yield folder
        except OSError as error:
            raise GatewayError(
                f"the data folder cannot take this: {error.strerror or error}.", hint="Free some space."
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def rows_now(file: RejectFile, state: State, rows: pl.LazyFrame) -> pl.LazyFrame:
    """``rows`` with number, fields as text as they are now, and what is known about them."""
    import polars as pl

    # A record that could not be read keeps its text here, also when it is a row by now.
    now = state.edits.apply(rows.with_columns(pl.col("_raw").alias("\x1fraw")), file.schema)
    edited = state.edits.fields
    texts = [text_of(name, file.schema).alias(name) for name in file.fields if name not in edited]
    added = [name for name in edited if name not in file.fields]
    now = now.with_columns(*texts, pl.col("\x1fraw").alias("_raw"))
    return now.select(NUMBER, *file.fields, *added, *ABOUT)


def exported(form: str) -> Callable[[pl.Expr], pl.Expr]:
    """How a text stands in a file of this form.

    A spreadsheet would take texts that begin like a formula for one: in CSV they get an apostrophe in front,
    unless they are plain numbers. Sheets have cells of text, which need none.
    """
    import polars as pl

    def guarded(text: pl.Expr) -> pl.Expr:
        risky = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
        return pl.when(risky).then(pl.lit("'") + text).otherwise(text)

    def fitting(text: pl.Expr) -> pl.Expr:
        return text.str.replace_all(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd").str.slice(0, _CELL)

    return {"csv": guarded, "xlsx": fitting}.get(form, lambda text: text)


def unguarded(value: str | None) -> str | None:
    """A text of a CSV file without the apostrophe that ``exported`` put there."""
    import re

    if value is not None and value.startswith("'") and re.match(_FORMULA, value):
        return value[1:]
    return value


def _csv(rows: pl.DataFrame, first: bool) -> bytes:
    import polars as pl

    guard = exported("csv")
    names = [name for name in rows.columns if name != NUMBER]
    head = dict(
        zip(names, pl.select(guard(pl.lit(pl.Series(names, dtype=pl.String))).alias("h"))["h"], strict=True)
    )
    safe = rows.with_columns(guard(pl.col(name)).alias(name) for name in names).rename(head)
    return safe.write_csv(include_header=first).encode()


def _json_lines(rows: pl.DataFrame, first: bool) -> bytes:
    return rows.write_ndjson().encode()


_PIECEWISE: dict[str, Callable[[pl.DataFrame, bool], bytes]] = {"csv": _csv, "jsonl": _json_lines}


def _check_sheet(file: RejectFile) -> None:
    from importlib.util import find_spec

    if find_spec("openpyxl") is None:
        raise MissingDriverError("Writing xlsx", "excel")
    if file.rows > _SHEET_ROWS:
        raise TooLargeError(
            f"a sheet has room for {_SHEET_ROWS:,} rows; there are {file.rows:,} rejects.",
            hint="Export them as CSV, JSON lines or Parquet.",
        )


def _sheet(rows: pl.LazyFrame, path: Path) -> None:
    import polars as pl
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    fit = exported("xlsx")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rejects")

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet, value)
        made.data_type = "s"
        return made

    names = rows.collect_schema().names()
    sheet.append([cell(name) for name in names])
    found = rows.with_columns(fit(pl.col(name)).alias(name) for name in names if name != NUMBER).collect()
    for row in found.iter_rows():
        sheet.append([cell(value) for value in row])
    book.save(path)
