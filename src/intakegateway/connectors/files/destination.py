"""Files as a destination: Parquet, CSV and JSON lines, always whole for whoever reads them.

A load is written to a file of its own beside the target and takes its place by renaming, at its end. To append
is to write the old rows and the new ones to a new file: it costs a copy, and a reader, a crash or a second
attempt never meets half a load.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl

from intakegateway.connectors.base import Capabilities, LoadRequest, Writer
from intakegateway.connectors.files.file_writer import DryFileWriter, FileWriter, on_disk
from intakegateway.connectors.files.formats_out import CsvFormat, Format, JsonLinesFormat
from intakegateway.connectors.files.ledger import FileLedger
from intakegateway.connectors.files.parquet_out import ParquetFormat
from intakegateway.connectors.guard import confined
from intakegateway.model.errors import DefinitionError, DestinationError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema

_FORMATS: dict[str, Format] = {
    "parquet": ParquetFormat(), "csv": CsvFormat(), "jsonl": JsonLinesFormat(), "ndjson": JsonLinesFormat(),
}  # fmt: skip
MODES = frozenset({Mode.APPEND, Mode.TRUNCATE_INSERT})
"""Those that make sense for files: nothing in them has a key."""


def open_destination(url: str) -> FileDestination:
    """A file (``out.csv``, ``file:///data/out.parquet``) or a folder of them (``out/?format=csv``).

    Raises ``DefinitionError`` for an ending or format that is not known.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query) if "?" in url else {}
    unknown = sorted(set(options) - {"format"})
    if unknown:
        raise DefinitionError(
            f"'{unknown[0]}' is not an option of a file destination.",
            hint="Allowed: format.",
            path=("load", "to"),
        )
    text = unquote(parts.netloc + parts.path) if parts.scheme == "file" else url.partition("?")[0]
    path = confined(text)
    folder = text.endswith("/") or os.path.isdir(path)
    given = options.get("format", [""])[0].lower()
    name = given or ("parquet" if folder else Path(text).suffix.lower().removeprefix("."))
    if name not in _FORMATS:
        raise DefinitionError(
            f"'{name or text}' is not a format that can be written.",
            hint=nearest(name, _FORMATS),
            path=("load", "to"),
        )
    suffix = f".{name}"
    return FileDestination(path, _FORMATS[name], suffix if folder else "")


class FileDestination:
    """One file, or a folder with one file for each table (``suffix`` is then their ending)."""

    kind = "file"

    def __init__(self, path: Path, format: Format, suffix: str = "") -> None:
        self.name = f"{path}/" if suffix else str(path)
        self.capabilities = Capabilities(
            modes=MODES,
            max_identifier_bytes=1 << 16,
            stores_nul_in_text=format.stores_nul,
            transactional_ddl=True,
        )
        self._path, self._format, self._suffix = path, format, suffix
        self._asked: set[Path] = set()

    def inspect(self, table: str) -> TableSchema | None:
        """The columns of the file, or None where there is none or it is empty."""
        path = self._file(table)
        with on_disk(path):
            ledger = FileLedger(path)
            known = ledger.columns()
            if not path.exists():
                return None
            columns = self._format.columns(path, known) if path.stat().st_size else known
            if not columns:
                return None
        return TableSchema(TableName(table), columns)

    def ddl(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """What the load will do to the file, in words. Raises ``DestinationError`` if it cannot be done."""
        path = self._file(str(wanted.name))
        present = self.inspect(str(wanted.name))
        if present is None:
            return [f"make file {path} ({', '.join(f'{c.name} {c.type}' for c in wanted.columns)})"]
        added = [c for c in wanted.columns if c.name not in present.column_names]
        if added and not self._format.grows:
            raise DestinationError(
                f"the file has no column '{added[0].name}', and a CSV file cannot get more columns.",
                where=str(path),
                hint="Leave the field out, choose another file, or use jsonl or parquet.",
            )
        return [f"add column {c.name} {c.type} to {path}" for c in added]

    def prepare(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """Make the folder; the file itself comes into being with its rows."""
        path = self._file(str(wanted.name))
        with on_disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.ddl(wanted, indexes)
        return ["A file has no indexes: they were left out."] if indexes else []

    def committed(self, load_id: str, part: int) -> Counts | None:
        """The counts of a load that was committed, to any of the files asked about so far."""
        paths = set(self._asked) if self._suffix else {self._path}
        with on_disk(self._path):
            for path in sorted(paths):
                counts = FileLedger(path).committed(load_id, part) if path.parent.is_dir() else None
                if counts is not None:
                    return counts
        return None

    def begin(self, request: LoadRequest) -> Writer:
        """Claim the load and start its file."""
        if request.mode not in MODES:
            allowed = ", ".join(sorted(MODES))
            raise DestinationError(
                f"a file cannot be loaded with mode '{request.mode}'.",
                where=self.name,
                hint=f"Allowed: {allowed}.",
            )
        path = self._file(str(request.table.name))
        if request.dry_run:
            return DryFileWriter(request)
        with on_disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            ledger = FileLedger(path)
            ledger.claim(request.load_id, request.part, request.fence)
            ledger.sweep(request.load_id, request.part, request.fence)
            return FileWriter(path, self._format, ledger, request, self._ordered(request))

    def _ordered(self, request: LoadRequest) -> tuple[Column, ...]:
        """The columns as they stand in the file, then those that it gets."""
        columns = request.table.columns
        present = self.inspect(str(request.table.name)) if request.mode is Mode.APPEND else None
        if present is None:
            return columns
        by_name = {column.name: column for column in columns}
        there = [by_name.get(column.name, column) for column in present.columns]
        return (*there, *(column for column in columns if column.name not in present.column_names))

    def existing(self, table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        """Whether the file holds each row of ``values``; a row with a null is not held."""
        path = self._file(table)
        present = self.inspect(table)
        if present is None:
            raise DestinationError(f"there is no file '{path}'.", where=self.name)
        for name in columns:
            if name not in present.column_names:
                raise DestinationError(
                    f"there is no column '{name}'.", where=str(path), hint=nearest(name, present.column_names)
                )
        types = {name: polars_type(present.column(name).type) for name in columns}
        with on_disk(path):
            held = self._format.scan(path).select(pl.col(n).cast(of, strict=False) for n, of in types.items())
            known = held.unique().collect().with_columns(_held=True)
        asked = values.rename(dict(zip(values.columns, columns, strict=True))).cast(types, strict=False)  # type: ignore[arg-type]
        joined = asked.join(known, on=list(columns), how="left", maintain_order="left")
        return joined["_held"].fill_null(value=False).alias("")

    def close(self) -> None:
        """Nothing is kept open."""

    def _file(self, table: str) -> Path:
        if not self._suffix:
            return self._path
        if not table or table.startswith(".") or any(mark in table for mark in "/\\\0"):
            raise DestinationError(
                f"'{table}' cannot be a file's name.",
                where=self.name,
                hint="Choose a table name without / and \\.",
            )
        path = self._path / f"{table}{self._suffix}"
        self._asked.add(path)
        return path
