"""Frames into PostgreSQL by ``COPY``: binary where all types can be encoded, else CSV.

Bytes and UUIDs need pyarrow on their way into binary form, whose import takes longer than a small frame
saves: small frames with them are sent as CSV unless pyarrow is there already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from intakegateway.connectors.arrow_batches import Batch, batches
from intakegateway.connectors.sql.dialect import POSTGRESQL, quote
from intakegateway.model.frames import polars_type
from intakegateway.model.types import DataType, Kind

if TYPE_CHECKING:
    import psycopg

SMALL = 50_000
"""Rows below which importing pyarrow costs more than binary form saves."""
_BINARY_SLICE = 1 << 20
"""Bytes of a frame that the server already reads while the next ones are encoded."""
_FEWEST_ROWS = 256
_JSONB_VERSION = "\x01"
_TEXT_SLICE = 4_096
"""Rows of text that the server already reads while the next ones are written."""
_TEXT_BLOCK = 1 << 20
_BINARY_NAMES = frozenset({
    "smallint", "integer", "bigint", "real", "double precision", "boolean", "date", "text", "bytea", "json",
    "jsonb", "uuid", "numeric", "character varying", "varchar", "character", "bpchar", "name",
    "timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone",
    "time", "time without time zone",
})  # fmt: skip


def copy_frame(
    connection: psycopg.Connection[Any],
    table: str,
    columns: Sequence[tuple[str, DataType, str]],
    frame: pl.DataFrame,
) -> None:
    """Send a frame: ``columns`` are the name, type and native type of each column, in its order."""
    if not frame.height:
        return
    form, send = _form(columns, frame)
    with connection.cursor() as cursor, cursor.copy(_copy(table, columns, form)) as copy:
        send(copy.write, columns, frame)


def encoded(columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> tuple[str, Sequence[bytes]]:
    """The form of a frame's ``COPY``, and its bytes in pieces."""
    pieces: list[bytes] = []
    form, send = _form(columns, frame)
    send(pieces.append, columns, frame)
    return form, pieces


def copy_encoded(
    connection: psycopg.Connection[Any],
    table: str,
    columns: Sequence[tuple[str, DataType, str]],
    form: str,
    pieces: Sequence[bytes],
) -> None:
    """Send what ``encoded`` has made."""
    with connection.cursor() as cursor, cursor.copy(_copy(table, columns, form)) as copy:
        for piece in pieces:
            copy.write(piece)


def _form(
    columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame
) -> tuple[str, Callable[..., None]]:
    if all(has_binary(of, native) for _, of, native in columns) and pays(columns, frame):
        return "binary", _send_binary
    return "csv", _send_text


def _copy(table: str, columns: Sequence[tuple[str, DataType, str]], form: str) -> bytes:
    names = ", ".join(quote(POSTGRESQL, name) for name, _, _ in columns)
    return f"COPY {table} ({names}) FROM STDIN (FORMAT {form})".encode()


def pays(columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> bool:
    """Whether sending the frame in binary form costs less than sending it as text."""
    with_bytes = any(of.kind in (Kind.UUID, Kind.BINARY) for _, of, _ in columns)
    return not with_bytes or "pyarrow" in sys.modules or frame.height >= SMALL


def has_binary(of: DataType, native: str) -> bool:
    """Whether values of a column can be sent in PostgreSQL's binary form."""
    word = native.partition("(")[0].strip().lower()
    if "(" in native and native.rstrip().endswith("time zone"):
        word = f"{word} {native.rpartition(')')[2].strip()}"
    if word not in _BINARY_NAMES:
        return False
    return of.kind is not Kind.DECIMAL or polars_type(of) != pl.String


def _send_text(
    write: Callable[[bytes], None], columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame
) -> None:
    names = frame.columns
    shaped = frame.select(_text(names[n], of) for n, (_, of, _) in enumerate(columns))
    for start in range(0, shaped.height, _TEXT_SLICE):
        text = shaped[start : start + _TEXT_SLICE].write_csv(
            include_header=False,
            quote_style="non_numeric",
            null_value="",
            datetime_format="%Y-%m-%d %H:%M:%S%.6f",
            time_format="%H:%M:%S%.6f",
        )
        data = text.encode()
        for place in range(0, len(data), _TEXT_BLOCK):
            write(data[place : place + _TEXT_BLOCK])


def _text(name: str, of: DataType) -> pl.Expr:
    if of.kind is Kind.BINARY:
        return (pl.lit("\\x") + pl.col(name).bin.encode("hex")).alias(name)
    return pl.col(name)


def _send_binary(
    write: Callable[[bytes], None], columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame
) -> None:
    from pgpq import ArrowToPostgresBinaryEncoder

    names = frame.columns
    plain = frame.select(
        _plain(names[n], of, native).alias(str(n)) for n, (_, of, native) in enumerate(columns)
    )
    rows = max(_FEWEST_ROWS, _BINARY_SLICE * plain.height // max(int(plain.estimated_size()), 1))
    encoder: ArrowToPostgresBinaryEncoder | None = None
    for start in range(0, plain.height, rows):
        for batch in _arrow(plain[start : start + rows]):
            if encoder is None:
                encoder = ArrowToPostgresBinaryEncoder(batch if isinstance(batch, Batch) else batch.schema)
                write(encoder.write_header())
            write(encoder.write_batch(batch))
    if encoder is not None:
        write(encoder.finish())


def _arrow(frame: pl.DataFrame) -> Iterator[Any]:
    if not _needs_pyarrow(frame):
        return batches(frame)
    # The encoder does not know the form in which Polars hands out bytes.
    return iter(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches())


def _needs_pyarrow(frame: pl.DataFrame) -> bool:
    return pl.Binary in frame.dtypes


def _plain(name: str, of: DataType, native: str) -> pl.Expr:
    """A column in the form whose encoding is the server's: ``time`` counts microseconds there."""
    column = pl.col(name)
    match of.kind:
        case Kind.UUID:
            return column.str.replace_all("-", "", literal=True).str.decode("hex", strict=True)
        case Kind.INTEGER if of.bits == 8:
            return column.cast(pl.Int16)
        case Kind.TIME:
            return column.cast(pl.Int64) // 1000
        case _ if native == "jsonb":
            return pl.lit(_JSONB_VERSION) + column
        case _:
            return column
