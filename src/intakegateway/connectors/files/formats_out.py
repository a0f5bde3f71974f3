"""Formats that rows are written in: text of CSV and JSON lines, and what a file that is there says of itself."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson
import polars as pl

from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import Column
from intakegateway.model.types import BOOLEAN, FLOAT, INTEGER, TEXT, DataType, Kind

_LOOK_AT = 1000
"""JSON records that are looked at to learn the fields of a file that someone else wrote."""


class Sink(Protocol):
    """Where batches go while a load runs."""

    def write(self, batch: pl.DataFrame) -> None:
        """Take a batch, whose columns are the file's."""
        ...

    def close(self) -> None:
        """Write what is left; the file underneath stays open."""
        ...


class Format(Protocol):
    """One format."""

    suffix: str
    grows: bool
    """Whether a file that is there can get more columns."""
    stores_nul: bool

    def sink(self, file: BinaryIO, columns: Sequence[Column]) -> Sink:
        """Start a file."""
        ...

    def columns(self, path: Path, known: Sequence[Column]) -> tuple[Column, ...]:
        """What a file holds. ``known`` are the types that our last load into it gave them.

        Raises ``DestinationError`` for a file that is not of this format.
        """
        ...

    def join(self, old: Path, new: Path, file: BinaryIO, columns: Sequence[Column]) -> None:
        """Write the old rows and the new ones; ``columns`` are those of the whole."""
        ...

    def scan(self, path: Path) -> pl.LazyFrame:
        """The rows, lazily."""
        ...


class CsvFormat:
    """RFC 4180 in UTF-8, records ended by a line feed.

    A null is nothing between two commas, an empty text is ``""``. Texts are kept as they are, also those
    that a spreadsheet would take for a formula: altering data is not for a gateway.
    """

    suffix = ".csv"
    grows = False
    stores_nul = False

    def sink(self, file: BinaryIO, columns: Sequence[Column]) -> Sink:
        """Start a file with its header."""
        file.write(_header(columns))
        return _TextSink(file, columns, _csv_block)

    def columns(self, path: Path, known: Sequence[Column]) -> tuple[Column, ...]:
        """The header's names; types as they were written, text for what is not known."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            try:
                names = next(csv.reader(file, strict=True), [])
            except (csv.Error, UnicodeDecodeError) as error:
                raise DestinationError(
                    f"the file's header cannot be read: {error}", where=str(path)
                ) from None
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DestinationError(f"the file's header has '{twice[0]}' more than once.", where=str(path))
        types = {column.name: column.type for column in known}
        return tuple(Column(name, types.get(name, TEXT)) for name in names)

    def join(self, old: Path, new: Path, file: BinaryIO, columns: Sequence[Column]) -> None:
        """The old file's bytes, then the new one's without its header."""
        _copy(old, file)
        with new.open("rb") as rows:
            rows.seek(len(_header(columns)))
            shutil.copyfileobj(rows, file, 1 << 20)

    def scan(self, path: Path) -> pl.LazyFrame:
        """All as text."""
        return pl.scan_csv(path, infer_schema=False)


class JsonLinesFormat:
    """One JSON object a line, nulls written out, decimals with all their digits.

    What JSON numbers cannot be (``NaN``, ``Infinity``) is a string.
    """

    suffix = ".jsonl"
    grows = True
    stores_nul = True

    def sink(self, file: BinaryIO, columns: Sequence[Column]) -> Sink:
        """Start a file."""
        return _TextSink(file, columns, _json_block)

    def columns(self, path: Path, known: Sequence[Column]) -> tuple[Column, ...]:
        """The fields of the first records, with the types of their values, and those that we wrote."""
        found = {column.name: column.type for column in known}
        seen: dict[str, DataType] = {}
        with path.open("rb") as file:
            for number, line in zip(range(1, _LOOK_AT + 1), file, strict=False):
                try:
                    record = orjson.loads(line) if line.strip() else {}
                except orjson.JSONDecodeError as error:
                    raise DestinationError(f"line {number} is not JSON: {error}", where=str(path)) from None
                if not isinstance(record, dict):
                    raise DestinationError(f"line {number} is not a JSON object.", where=str(path))
                for name, value in record.items():
                    if value is not None:
                        of = _JSON_TYPES.get(type(value), TEXT)
                        seen[name] = of if seen.get(name, of) == of else TEXT
                    elif name not in seen:
                        seen.setdefault(name, TEXT)
        return tuple(Column(name, found.get(name, seen.get(name, TEXT))) for name in {**found, **seen})

    def join(self, old: Path, new: Path, file: BinaryIO, columns: Sequence[Column]) -> None:
        """The bytes of both."""
        _copy(old, file)
        _copy(new, file)

    def scan(self, path: Path) -> pl.LazyFrame:
        """With the types that all values have."""
        return pl.scan_ndjson(path, infer_schema_length=None)


_JSON_TYPES = {bool: BOOLEAN, int: INTEGER, float: FLOAT}


class _TextSink:
    def __init__(self, file: BinaryIO, columns: Sequence[Column], block: _Block) -> None:
        self._file, self._columns, self._block = file, columns, block

    def write(self, batch: pl.DataFrame) -> None:
        self._file.write(self._block(batch, self._columns))

    def close(self) -> None:
        """Every batch is written whole."""


class _Block(Protocol):
    def __call__(self, batch: pl.DataFrame, columns: Sequence[Column]) -> bytes: ...


def _header(columns: Sequence[Column]) -> bytes:
    names = pl.DataFrame(schema={column.name: pl.String() for column in columns})
    return names.write_csv().encode()


def _copy(path: Path, file: BinaryIO) -> None:
    """A file's bytes, with a line end at their end."""
    with path.open("rb") as old:
        shutil.copyfileobj(old, file, 1 << 20)
        if old.tell():
            old.seek(-1, 2)
            if old.read(1) != b"\n":
                file.write(b"\n")


def _csv_block(batch: pl.DataFrame, columns: Sequence[Column]) -> bytes:
    texts = batch.select(_plain(column) for column in columns)
    return texts.write_csv(include_header=False).encode()


def _plain(column: Column) -> pl.Expr:
    """Dates and times as ISO 8601, bytes as ``\\x`` and hexadecimal digits, the rest as it is."""
    value = pl.col(column.name)
    match column.type.kind:
        case Kind.DATE:
            return value.dt.to_string("%Y-%m-%d")
        case Kind.TIME:
            return value.dt.to_string("%H:%M:%S%.f")
        case Kind.TIMESTAMP:
            return value.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
        case Kind.TIMESTAMPTZ:
            moment = value.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return moment.dt.to_string("%Y-%m-%dT%H:%M:%S%.f") + "Z"
        case Kind.BINARY:
            return ("\\x" + value.bin.encode("hex")).alias(column.name)
        case Kind.DECIMAL:
            return value.cast(pl.String)
        case _:
            return value


def _json_block(batch: pl.DataFrame, columns: Sequence[Column]) -> bytes:
    if not batch.height:
        return b""
    plain = batch.select(_plain(column) for column in columns)
    pieces: list[pl.Expr] = []
    for number, column in enumerate(columns):
        mark = "," if number else "{"
        pieces += [pl.lit(f"{mark}{orjson.dumps(column.name).decode()}:"), _json_value(column)]
    lines = plain.select(pl.concat_str([*pieces, pl.lit("}\n")]).str.join())
    return str(lines.item()).encode()


def _json_value(column: Column) -> pl.Expr:
    """The value as JSON text, never null."""
    value = pl.col(column.name)
    encoded = pl.struct(value.alias("v")).struct.json_encode()
    quoted = encoded.str.slice(5, encoded.str.len_chars() - 6)
    match column.type.kind:
        case Kind.INTEGER | Kind.BOOLEAN:
            return value.cast(pl.String).fill_null("null")
        case Kind.DECIMAL:
            numeral = value.str.contains(r"^-?(0|[1-9]\d*)(\.\d+)?$")
            return pl.when(numeral).then(value).otherwise(quoted)
        case Kind.FLOAT:
            odd = value.replace_strict(
                {float("inf"): '"Infinity"', float("-inf"): '"-Infinity"'},
                default='"NaN"',
                return_dtype=pl.String,
            )
            return pl.when(value.is_finite() | value.is_null()).then(quoted).otherwise(odd)
        case Kind.JSON:
            # Within JSON's own texts a line end is always written as an escape.
            return value.str.replace_all(r"[\r\n]+", " ").fill_null("null")
        case _:
            return quoted
