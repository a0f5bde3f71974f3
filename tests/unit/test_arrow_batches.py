"""Frames as Arrow record batches."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa

from intakegateway.connectors.arrow_batches import batches

FRAME = pl.DataFrame(
    {
        "number": [1, None, -5],
        "text": ["x", "Größe, and longer than twelve bytes", None],
        "amount": pl.Series([Decimal("1.23"), None, Decimal("-99999999.99")], dtype=pl.Decimal(14, 2)),
        "day": [date(1, 1, 1), None, date(2024, 2, 29)],
        "moment": [datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC), None, None],
        "yes": [True, None, False],
    }
)


def test_the_batches_of_a_frame_hold_its_rows_in_order() -> None:
    frame = pl.concat([FRAME, FRAME.reverse(), FRAME], rechunk=False)
    read = [pl.from_arrow(pa.record_batch(batch)) for batch in batches(frame)]
    assert all(isinstance(part, pl.DataFrame) for part in read)
    assert pl.concat(read).equals(frame)  # type: ignore[type-var]


def test_a_slice_brings_its_own_rows_only() -> None:
    (batch,) = batches(FRAME[1:2])
    assert pa.record_batch(batch).to_pylist() == FRAME[1:2].to_dicts()


def test_a_batch_outlives_its_frame() -> None:
    frame = pl.DataFrame({"text": [f"a text that is not kept within the view, {n}" for n in range(1000)]})
    expected = frame["text"].to_list()
    (batch,) = batches(frame)
    del frame
    assert pa.record_batch(batch).column(0).to_pylist() == expected


def test_the_schema_can_be_asked_for_again() -> None:
    (batch,) = batches(FRAME)
    assert pa.schema(batch) == pa.schema(batch)
    assert pa.record_batch(batch).num_rows == FRAME.height
    assert pa.schema(batch).names == FRAME.columns


def test_batches_that_nobody_takes_are_given_back() -> None:
    frame = pl.DataFrame({"number": range(1_000_000)})
    before = _resident()
    for _ in range(40):
        list(batches(frame + 1))
    assert _resident() - before < 100 << 20


def _resident() -> int:
    with open("/proc/self/statm") as text:
        return int(text.read().split()[1]) * 4096
