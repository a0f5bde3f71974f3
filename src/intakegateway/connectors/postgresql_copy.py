"""Frames into PostgreSQL by ``COPY``: binary where all types can be encoded, else CSV.

The binary encoder needs pyarrow, whose import takes longer than a small frame saves: small frames are
sent as CSV unless pyarrow is there already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from intakegateway.connectors.sql.dialect import POSTGRESQL, quote
from intakegateway.model.frames import polars_type
from intakegateway.model.types import DataType, Kind

if TYPE_CHECKING:
    import psycopg

SMALL = 50_000
"""Rows below which importing the binary encoder costs more than it saves."""
_SLICE = 16_384
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
    names = ", ".join(quote(POSTGRESQL, name) for name, _, _ in columns)
    binary = pays(frame.height) and all(has_binary(of, native) for _, of, native in columns)
    shape = "FORMAT binary" if binary else "FORMAT csv"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN ({shape})".encode()) as copy,
    ):
        (_send_binary if binary else _send_text)(copy.write, columns, frame)


def pays(rows: int) -> bool:
    """Whether the binary encoder is worth its import."""
    return rows >= SMALL or "pyarrow" in sys.modules


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
    shaped = frame.select(_text(frame.columns[n], of) for n, (_, of, _) in enumerate(columns))
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
    import pgpq
    import pyarrow as pa
    from pgpq import encoders, schema

    def arrow(rows: pl.DataFrame) -> pa.Table:
        plain = rows.select(_plain(rows.columns[n], of).alias(str(n)) for n, (_, of, _) in enumerate(columns))
        table = plain.to_arrow(compat_level=pl.CompatLevel.oldest())
        if any(pa.types.is_time(field.type) for field in table.schema):
            micro = [f.with_type(pa.time64("us")) if pa.types.is_time(f.type) else f for f in table.schema]
            table = table.cast(pa.schema(micro))
        return table

    made = arrow(frame[:0]).schema
    chosen = {}
    for field, (_, _, native) in zip(made, columns, strict=True):
        if native == "jsonb":
            chosen[field.name] = encoders.LargeStringEncoderBuilder.new_with_output(field, schema.Jsonb())
        else:
            chosen[field.name] = pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(field)
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(made, chosen)
    write(encoder.write_header())
    # A slice at a time: Arrow's texts are a copy of Polars' own.
    for start in range(0, frame.height, _SLICE):
        for batch in arrow(frame[start : start + _SLICE]).to_batches():
            write(encoder.write_batch(batch))
    write(encoder.finish())


def _plain(name: str, of: DataType) -> pl.Expr:
    column = pl.col(name)
    match of.kind:
        case Kind.UUID:
            return column.str.replace_all("-", "", literal=True).str.decode("hex", strict=True)
        case Kind.INTEGER if of.bits == 8:
            return column.cast(pl.Int16)
        case _:
            return column
