"""Parquet files whose pages are as long as their row groups (DuckDB writes such): one column after the other.

A page is unpacked as a whole. Where it has all that a row group has of a column, reading all columns side by
side needs the whole row group in memory; so each column goes to a file of its own first, cut into batches.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

MUCH = 48 << 20
"""Bytes of the pages of all columns, beyond which they are not unpacked together."""
_HEADER = 32


def batches(file: Any, path: Path, rows: int) -> Iterator[Any]:
    """The record batches of an open ``pyarrow.parquet.ParquetFile`` at ``path``, of ``rows`` rows each."""
    places = _places(file)
    if len(places) < 2 or unpacked_together(file.metadata, path) <= MUCH:
        yield from file.iter_batches(batch_size=rows, use_threads=False)
        return
    for group in range(file.metadata.num_row_groups):
        with tempfile.TemporaryDirectory(prefix="intakegateway-") as folder:
            yield from _one_by_one(file, group, rows, Path(folder), places)


def _places(file: Any) -> list[list[int]]:
    """The file's own columns that each field is made of; none where that cannot be told.

    By name, those of a name with a dot, or of one that is there twice, cannot be asked for.
    """
    places, first = [], 0
    for field in file.schema_arrow:
        count = _leaves(field.type)
        places.append(list(range(first, first + count)))
        first += count
    return places if first == file.metadata.num_columns else []


def _leaves(kind: Any) -> int:
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _leaves(kind.storage_type)
    if pa.types.is_map(kind):
        return _leaves(kind.key_type) + _leaves(kind.item_type)
    if hasattr(kind, "value_field"):  # lists of all kinds
        return _leaves(kind.value_type)
    if pa.types.is_struct(kind):
        return sum(_leaves(field.type) for field in kind)
    return 1


def _one_by_one(file: Any, group: int, rows: int, folder: Path, places: list[list[int]]) -> Iterator[Any]:
    import pyarrow as pa

    schema = file.schema_arrow
    for index, leaves in enumerate(places):
        some = file.reader.iter_batches(rows, row_groups=[group], column_indices=leaves, use_threads=False)
        with pa.ipc.new_stream(str(folder / str(index)), pa.schema([schema.field(index)])) as writer:
            for batch in some:
                writer.write_batch(batch)
        del some
        pa.default_memory_pool().release_unused()
    with ExitStack() as stack:
        opened = [stack.enter_context(pa.OSFile(str(folder / str(i)))) for i in range(len(schema.names))]
        readers = [stack.enter_context(pa.ipc.open_stream(one)) for one in opened]
        for columns in zip(*readers, strict=True):
            yield pa.record_batch([column.column(0) for column in columns], schema=schema)


def unpacked_together(meta: Any, path: Path) -> int:
    """Bytes of one page of each column: the most that any row group has."""
    with path.open("rb") as raw:
        return max(
            (
                sum(_first_page(raw, meta.row_group(group).column(n)) for n in range(meta.num_columns))
                for group in range(meta.num_row_groups)
            ),
            default=0,
        )


def _first_page(raw: IO[bytes], column: Any) -> int:
    """The unpacked size of a column's first data page, from its header (Parquet's ``PageHeader``).

    The header is a Thrift structure whose second field that is: 0x15 announces a number one field on.
    """
    raw.seek(column.data_page_offset)
    header = raw.read(_HEADER)
    if header[:1] != b"\x15":
        return 0
    after_kind = _varint(header, 1)[1]
    if header[after_kind : after_kind + 1] != b"\x15":
        return 0
    return min(_varint(header, after_kind + 1)[0] >> 1, int(column.total_uncompressed_size))


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for index in range(at, len(data)):
        value |= (data[index] & 0x7F) << shift
        shift += 7
        if not data[index] & 0x80:
            return value, index + 1
    return value, len(data)
