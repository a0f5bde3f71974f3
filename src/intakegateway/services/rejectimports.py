"""Corrected files of rejects come back: cells that differ become edits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, TooLargeError, nearest
from intakegateway.model.rejects import ABOUT, NUMBER, column_of, field_of
from intakegateway.model.views.rejects import Imported
from intakegateway.services import rejectlists
from intakegateway.services.corrections import MOST, Cells, Corrections
from intakegateway.services.rejectedits import text_of
from intakegateway.services.rejectexports import Exports, exported, rows_now, unguarded
from intakegateway.services.rejectfiles import RejectFile
from intakegateway.services.rejects import State

if TYPE_CHECKING:
    import polars as pl

    from intakegateway.connectors.base import Chunk

ImportFormat = Literal["csv", "jsonl", "xlsx"]
_KINDS = {"csv": "csv", "jsonl": "ndjson", "xlsx": "excel"}
_LARGEST = 1 << 30


class Imports(Struct, frozen=True):
    """The use case of a file that was exported, changed, and is given back."""

    exports: Exports
    corrections: Corrections

    def take(self, actor: Actor, run_id: str, form: ImportFormat, pieces: Iterable[bytes]) -> Imported:
        """Make edits of the cells that differ from the rejects as they are now, all as one action.

        Rejects that are not open any more are left alone. In CSV and sheets an empty cell is no value. Raises
        ``DefinitionError`` that names the line for a number that is no reject's, a line that cannot be read,
        a column that rejects do not have; ``TooLargeError``.
        """
        with (
            self.exports.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file),
            self.exports.folder() as folder,
        ):
            path = folder / f"rejects.{form}"
            size = 0
            with open(path, "wb") as out:
                for piece in pieces:
                    size += out.write(piece)
                    if size > _LARGEST:
                        raise TooLargeError("a file of corrected rejects may have up to 1 GB.")
            return self._taken(actor, state, file, form, str(path))

    def _taken(self, actor: Actor, state: State, file: RejectFile, form: ImportFormat, path: str) -> Imported:
        import polars as pl

        from intakegateway.connectors.registry import open_source
        from intakegateway.model.sources import FileSource

        cells: Cells = {}
        seen: list[pl.Series] = [pl.Series(NUMBER, [], pl.Int64)]
        quote = '"' if form == "csv" else None
        source = open_source(FileSource(path=path, format=_KINDS[form], quote=quote))
        for chunk in source.chunks():
            if chunk.broken is not None and chunk.broken.height:
                place, message = chunk.broken.select("_locator", "message").row(0)
                raise _wrong(f"{place}: {message}.")
            columns = self._columns(state, file, chunk.frame.columns)
            numbers = _numbers(chunk, file)
            seen.append(numbers)
            cells |= _changes(state, file, chunk, numbers, columns, form)
            if len(cells) > MOST:
                raise TooLargeError(
                    f"a file may change up to {MOST:,} cells.",
                    hint="Edit equal values together, or make a rule of it in the task's mapping.",
                )
        every = pl.concat(seen)
        if every.is_duplicated().any():
            twice = every.filter(every.is_duplicated())[0]
            raise _wrong(f"the reject {twice} is in the file more than once.")
        closed = every.filter(every.is_in(state.marked.all().implode()))
        skipped = set(closed.to_list())
        cells = {(row, name): new for (row, name), new in cells.items() if row not in skipped}
        if not cells:
            return Imported(rows=every.len(), changed=0, skipped=len(skipped), edits=state.last_edit[1])
        made = self.corrections.write(actor, state, file, cells)
        return Imported(rows=every.len(), changed=len(cells), skipped=len(skipped), edits=made.edits)

    def _columns(self, state: State, file: RejectFile, names: list[str]) -> list[str]:
        """The columns that hold fields."""
        if NUMBER not in names:
            raise _wrong(f"it has no column '{NUMBER}' with the rejects' numbers.")
        found = [name for name in names if name not in (NUMBER, *ABOUT)]
        known = {*file.schema, *state.edits.fields}
        read = {column_of(str(one["from"])) for one in state.run.spec.get("mapping") or () if "from" in one}
        for name in found:
            if unguarded(name) not in known and unguarded(name) not in read:
                raise _wrong(f"rejects have no field '{name}'.", nearest(name, file.fields))
        return found


def _numbers(chunk: Chunk, file: RejectFile) -> pl.Series:
    """The rejects' numbers (Int64), one for each row."""
    import polars as pl

    given = chunk.frame[NUMBER].cast(pl.String).str.strip_chars().str.strip_suffix(".0")
    numbers = given.cast(pl.Int64, strict=False)
    wrong = numbers.is_null() | (numbers < 0) | (numbers >= file.rows)
    if wrong.any():
        place = chunk.locators.filter(wrong).words()[0]
        said = given.filter(wrong)[0]
        raise _wrong(
            f"{place}: '{said or ''}' is not the number of a reject.",
            f"They are numbered from 0 to {file.rows - 1} in the column '{NUMBER}'.",
        )
    return numbers.alias(NUMBER)


def _changes(
    state: State, file: RejectFile, chunk: Chunk, numbers: pl.Series, columns: list[str], form: str
) -> Cells:
    """The cells of a chunk that are not as they would be exported."""
    import polars as pl

    write = exported(form)
    current = rejectlists.at(file, numbers.unique().sort().cast(pl.UInt32)).lazy()
    now = rows_now(file, state, current).with_columns(pl.col(NUMBER).cast(pl.Int64)).collect()
    given = chunk.frame.select(text_of(name, chunk.frame.schema).alias(name) for name in columns)
    beside = numbers.to_frame().join(now, on=NUMBER, how="left", maintain_order="left")
    precise = form == "jsonl"
    cells: Cells = {}
    for name in columns:
        column = name if precise else unguarded(name) or name
        was = (
            beside[column] if column in beside.columns else pl.Series([None] * numbers.len(), dtype=pl.String)
        )
        pair = pl.DataFrame({NUMBER: numbers, "was": was, "new": given[name]}).with_columns(
            write(pl.col("was")).alias("was")
        )
        if not precise:
            pair = pair.with_columns(pl.col("was", "new").fill_null(""))
        for row, new in (
            pair.filter(pl.col("was").ne_missing(pl.col("new"))).select(NUMBER, "new").iter_rows()
        ):
            cells[row, field_of(column)] = (
                new if precise else (unguarded(new) if form == "csv" else new) or None
            )
    return cells


def _wrong(message: str, hint: str | None = None) -> DefinitionError:
    return DefinitionError(f"this file of rejects cannot be taken: {message}", hint=hint)
