"""Parquet and Arrow files, streamed batch by batch, with their types kept exact.

Structs become dotted columns as JSON objects do; lists, maps and unions become JSON text. Dictionaries are
decoded. Moments come in microseconds (those with a zone in UTC), or as text when they have nanoseconds (times, too);
decimals of more than 38 digits, durations and intervals come as text.
"""

from __future__ import annotations

import base64
import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.files.parquet_pages import batches
from intakegateway.connectors.json_parsing import number_text
from intakegateway.connectors.records import FieldNames, joined
from intakegateway.model.errors import MissingDriverError, SourceError
from intakegateway.model.frames import MAX_DECIMAL_DIGITS
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

MAX_ROWS = 65_536
"""Rows of one chunk."""
_CHUNK_BYTES = 4 << 20
_COLUMN_BYTES = 1 << 18
"""Bytes that are read of a column at once: without a limit it is all that a row group has of it."""
_MIN_ROWS = 1_024
_ARROW_FILE = b"ARROW1"


def read_parquet(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The rows of a Parquet file; locators are ``row N``, counted from 1.

    Raises ``SourceError`` for a file that is no Parquet, is damaged or cut off.
    """
    pa = _pyarrow("Reading Parquet files")
    import pyarrow.parquet as pq

    with input.spooled(".parquet") as path:
        try:
            size = path.stat().st_size
            # Mapped, every page of the file that was read would count as memory of this process.
            with pq.ParquetFile(path, buffer_size=_COLUMN_BYTES, pre_buffer=False) as file:
                meta = file.metadata
                groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
                width = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=1)
                rows = max(_MIN_ROWS, min(MAX_ROWS, _CHUNK_BYTES // max(width, 1)))
                columns = _Columns(spec, warnings, input.name)
                found = batches(file, path, rows)
                yield from columns.chunks(found, file.schema_arrow, size, meta.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable("a Parquet file", error, input.name) from None


def read_arrow(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The rows of an Arrow IPC file (also called Feather) or stream; locators are ``row N``, from 1.

    Raises ``SourceError`` for a file that is neither, is damaged or cut off.
    """
    pa = _pyarrow("Reading Arrow files")

    with input.open() as stream:
        is_file = stream.read(len(_ARROW_FILE)) == _ARROW_FILE
    columns = _Columns(spec, warnings, input.name)
    try:
        if is_file:
            with input.spooled(".arrow") as path, pa.memory_map(str(path)) as mapped:
                file = pa.ipc.open_file(mapped)
                some = (file.get_batch(i) for i in range(file.num_record_batches))
                yield from columns.chunks(some, file.schema, path.stat().st_size, 0)
        else:
            with input.open() as stream:
                reader = pa.ipc.open_stream(stream)
                yield from columns.chunks(reader, reader.schema, 0, 0)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable("an Arrow file or stream", error, input.name) from None


def _pyarrow(what: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError:
        raise MissingDriverError(what, "parquet") from None
    return pyarrow


def _unreadable(what: str, error: Exception, name: str) -> SourceError:
    reason = str(error).splitlines()[0].rstrip(".")
    return SourceError(
        f"This cannot be read as {what}, it is another kind of file, damaged or cut off: {reason}.",
        where=name,
    )


class _Columns:
    """Record batches into chunks."""

    def __init__(self, spec: FileSource, warnings: list[str], name: str) -> None:
        self._names = FieldNames(warnings)
        self._join = spec.arrays == "join"
        self._explode = spec.explode
        self._where = name
        self._top_names: list[str] = []

    def chunks(self, batches: Any, schema: Any, size: int, total: int) -> Iterator[Chunk]:
        """One chunk for each batch of at most ``MAX_ROWS``; without rows, one chunk with the columns.

        ``size`` is the file's; ``total`` its rows, 0 where they are not known.
        """
        first = 1
        for batch in batches:
            for at in range(0, batch.num_rows, MAX_ROWS):
                part = batch.slice(at, MAX_ROWS)
                used = size * part.num_rows // total if total else part.nbytes
                yield self._chunk(part, first, used)
                first += part.num_rows
        if first == 1:
            yield self._chunk(schema.empty_table().combine_chunks(), 1, size)

    def _chunk(self, batch: Any, first: int, size: int) -> Chunk:
        series = [
            column
            for index, field in enumerate(batch.schema)
            for column in self._flat(self._top(index, field.name), batch.column(index))
        ]
        frame = pl.DataFrame(series) if series else pl.DataFrame(height=batch.num_rows)
        a = pl.int_range(first, first + batch.num_rows, dtype=pl.Int64, eager=True)
        return Chunk(frame, Locators("row {a}", a), None, size, typed=True)

    def _top(self, index: int, name: str) -> tuple[str, ...]:
        """A path of its own for each column: Arrow allows two columns of one name."""
        while len(self._top_names) <= index:
            number, unique = 1, name
            while unique in self._top_names:
                number += 1
                unique = f"{name}_{number}"
            if unique != name:
                self._names.warn(f"Two fields are called '{name}': the second one is '{unique}'.")
            self._top_names.append(unique)
        return (self._top_names[index],)

    def _flat(self, path: tuple[str, ...], array: Any) -> Iterator[pl.Series]:
        import pyarrow as pa

        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        array = _plain(array)
        if pa.types.is_struct(array.type) and array.type.num_fields:
            for field, child in zip(array.type, array.flatten(), strict=True):
                yield from self._flat((*path, field.name), child)
            return
        yield self._series(self._names.name(path), array)

    def _series(self, name: str, array: Any) -> pl.Series:
        import pyarrow as pa

        if pa.types.is_nested(array.type) or pa.types.is_union(array.type):
            join = self._join and name != self._explode and _is_list(array.type)
            if not join and _encodes_itself(array.type):
                return _encoded(name, array)
            write = joined if join else _json
            values = [None if value is None else write(_simple(value)) for value in _values(array)]
            return pl.Series(name, values, dtype=pl.String)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            self._validate(name, array)
        series = pl.Series(name, pl.from_arrow(array))
        if isinstance(series.dtype, pl.Datetime):
            return _moments(series)
        if series.dtype == pl.Time and (series.to_physical() % 1000 != 0).any():
            return series.dt.to_string("%H:%M:%S%.9f")
        return series

    def _validate(self, name: str, array: Any) -> None:
        import pyarrow as pa

        try:
            array.validate(full=True)
        except pa.ArrowInvalid as error:
            raise SourceError(f"The column '{name}' has damaged text: {error}.", where=self._where) from None


def _plain(array: Any) -> Any:
    """The same values in a type that a frame can hold: no dictionaries, run lengths or extensions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
        return _plain(array.storage)
    if pa.types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(array))
    if pa.types.is_null(kind):
        return array.cast(pa.string())
    if pa.types.is_float16(kind):
        return array.cast(pa.float32())
    if pa.types.is_decimal(kind) and (kind.precision > MAX_DECIMAL_DIGITS or kind.scale < 0):
        return pa.array([None if v is None else number_text(v) for v in array.to_pylist()], pa.string())
    if pa.types.is_date64(kind):
        return array.cast(pa.date32())
    if pa.types.is_duration(kind):
        return pa.array(pl.Series(pl.from_arrow(array)).dt.to_string("iso").to_list(), pa.string())
    if pa.types.is_interval(kind):
        texts = [
            None if v is None else f"P{v.months}M{v.days}DT{v.nanoseconds / 1e9}S" for v in array.to_pylist()
        ]
        return pa.array(texts, pa.string())
    return array


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _moments(series: pl.Series) -> pl.Series:
    """Microseconds, in UTC when there is a zone; text where that would cut nanoseconds off."""
    zoned = series.dtype.time_zone is not None  # type: ignore[attr-defined]
    if zoned:
        series = series.dt.convert_time_zone("UTC")
    exact = series.dt.cast_time_unit("us")
    if series.dtype.time_unit == "ns" and (series.dt.timestamp("ns") % 1000 != 0).any():  # type: ignore[attr-defined]
        return series.dt.strftime("%Y-%m-%dT%H:%M:%S%.9f" + ("Z" if zoned else ""))
    return exact


def _encodes_itself(kind: Any) -> bool:
    """Whether Polars writes the type as the same JSON: numbers, texts and booleans in lists and structs."""
    import pyarrow as pa

    if _is_list(kind):
        return _encodes_itself(kind.value_type)
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        return len(set(names)) == len(names) > 0 and all(_encodes_itself(field.type) for field in kind)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_float32(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_boolean(kind)
    )


def _encoded(name: str, array: Any) -> pl.Series:
    series = pl.Series("x", pl.from_arrow(array))
    whole = pl.struct("x").struct.json_encode()
    inner = whole.str.slice(len('{"x":')).str.head(-1)
    return series.to_frame().select(pl.when(pl.col("x").is_not_null()).then(inner).alias(name)).to_series()


def _values(array: Any) -> list[Any]:
    """Python values; maps as dictionaries unless a key repeats, then as pairs."""
    try:
        return list(array.to_pylist(maps_as_pydicts="strict"))
    except KeyError:
        return list(array.to_pylist())


def _simple(value: Any) -> Any:
    """A value inside a list or map as JSON has it."""
    match value:
        case list() | tuple():
            return [_simple(each) for each in value]
        case dict():
            return {str(key): _simple(each) for key, each in value.items()}
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta() | uuid.UUID():
            return str(value)
        case _:
            return value


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_number).decode()


def _number(value: object) -> Any:
    return orjson.Fragment(number_text(value).encode()) if isinstance(value, Decimal) else str(value)
