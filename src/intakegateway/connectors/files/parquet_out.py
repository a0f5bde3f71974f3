"""Parquet as it is written: one row group after the other, exact types, our names of types kept beside them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from intakegateway.connectors.files.formats_out import Sink
from intakegateway.model.errors import DestinationError, MissingDriverError
from intakegateway.model.frames import data_type, polars_type
from intakegateway.model.schema import Column
from intakegateway.model.types import DataType, Kind, parse_type

GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20
_TYPES_KEY = b"intakegateway.types"
_KEPT = (Kind.JSON, Kind.UUID, Kind.DECIMAL)
"""Kinds that Parquet's own types do not tell."""


class ParquetFormat:
    """Parquet with zstd. Decimals of more than 38 digits are text, so are JSON and UUID."""

    suffix = ".parquet"
    grows = True
    stores_nul = True

    def sink(self, file: BinaryIO, columns: Sequence[Column]) -> Sink:
        """Start a file."""
        return _ParquetSink(file, columns)

    def columns(self, path: Path, known: Sequence[Column]) -> tuple[Column, ...]:
        """The file's own schema."""
        with _opened(path) as file:
            schema = file.schema_arrow
        types = pl.DataFrame(schema.empty_table()).schema
        kept: dict[str, str] = json.loads((schema.metadata or {}).get(_TYPES_KEY, b"{}"))
        return tuple(
            Column(name, parse_type(kept[name]) if name in kept else data_type(of))
            for name, of in types.items()
        )

    def join(self, old: Path, new: Path, file: BinaryIO, columns: Sequence[Column]) -> None:
        """The rows of both, in the types of the whole."""
        wanted = {column.name: polars_type(column.type) for column in columns}
        with contextlib.closing(_ParquetSink(file, columns)) as sink:
            for path in (old, new):
                with _opened(path) as parquet:
                    for batch in parquet.iter_batches(65_536):
                        sink.write(_fitted(pl.DataFrame(pl.from_arrow(batch)), wanted, path))

    def scan(self, path: Path) -> pl.LazyFrame:
        """The rows, lazily."""
        return pl.scan_parquet(path)


def _fitted(rows: pl.DataFrame, wanted: dict[str, pl.DataType], path: Path) -> pl.DataFrame:
    """Rows of a file with all columns of the whole, in its types."""
    missing = [pl.lit(None, of).alias(name) for name, of in wanted.items() if name not in rows.columns]
    try:
        return rows.with_columns(missing).select(pl.col(name).cast(of) for name, of in wanted.items())
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DestinationError(f"its values do not fit the new types: {reason}", where=str(path)) from None


class _ParquetSink:
    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        parquet = _library()
        self._types = {column.name: polars_type(column.type) for column in columns}
        kept = {column.name: str(column.type) for column in columns if _needs_name(column.type)}
        schema = self._arrow(pl.DataFrame(schema=self._types)).schema
        self._schema = schema.with_metadata({_TYPES_KEY: json.dumps(kept).encode()})
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[pl.DataFrame] = []
        self._rows = self._bytes = 0

    def write(self, batch: pl.DataFrame) -> None:
        self._waiting.append(batch)
        self._rows += batch.height
        self._bytes += int(batch.estimated_size())
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._arrow(pl.concat(self._waiting)).cast(self._schema))
        self._waiting, self._rows, self._bytes = [], 0, 0

    def _arrow(self, frame: pl.DataFrame) -> Any:
        times = [name for name, of in self._types.items() if of == pl.Time()]
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if not times:
            return table
        import pyarrow

        fields = [f.with_type(pyarrow.time64("us")) if f.name in times else f for f in table.schema]
        return table.cast(pyarrow.schema(fields))


def _needs_name(of: DataType) -> bool:
    return of.kind in _KEPT and (of.kind is not Kind.DECIMAL or polars_type(of) == pl.String())


def _library() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingDriverError("Parquet", "parquet") from None
    return pyarrow.parquet


def _opened(path: Path) -> Any:
    parquet = _library()
    import pyarrow

    try:
        return parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise DestinationError(f"it is not a Parquet file: {error}", where=str(path)) from None
