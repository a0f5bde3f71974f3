"""Parquet and Arrow files keep every value, whatever its type."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from inputs import StreamInput, places, rows
from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import parquet_pages
from intakegateway.connectors.files.columnar import MAX_ROWS, read_arrow, read_parquet
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource


def through_arrow(table: pa.Table, tmp_path: Path, **options: Any) -> tuple[list[Chunk], list[str]]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    warnings: list[str] = []
    source = StreamInput(sink.getvalue().to_pybytes(), tmp_path, most=1000)
    return list(read_arrow(source, FileSource(path="x", **options), warnings)), warnings


def one(array: pa.Array, tmp_path: Path, **options: Any) -> pl.Series:
    chunks, _ = through_arrow(pa.table({"x": array}), tmp_path, **options)
    return chunks[0].frame["x"]


UTC = pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (pa.array([1, None], pa.int8()), pl.Int8, [1, None]),
        (pa.array([2**64 - 1], pa.uint64()), pl.UInt64, [2**64 - 1]),
        (pa.array([0.1], pa.float32()), pl.Float32, [pytest.approx(0.1, abs=1e-8)]),
        (pa.array([Decimal("1.10"), None]), pl.Decimal(3, 2), [Decimal("1.10"), None]),
        (pa.array([Decimal("1.10")], pa.decimal256(60, 2)), pl.String, ["1.10"]),
        (pa.array([Decimal("1200")], pa.decimal128(5, -2)), pl.String, ["1200"]),
        (pa.array(["a", None]).dictionary_encode(), pl.String, ["a", None]),
        (pa.array([b"\xff\x00"]), pl.Binary, [b"\xff\x00"]),
        (pa.array([1], pa.timestamp("s")), pl.Datetime("us"), [datetime.datetime(1970, 1, 1, 0, 0, 1)]),
        (pa.array([1], pa.timestamp("ns")), pl.String, ["1970-01-01T00:00:00.000000001"]),
        (
            pa.array([1001], pa.timestamp("ns", "Europe/Berlin")),
            pl.String,
            ["1970-01-01T00:00:00.000001001Z"],
        ),
        (pa.array([86_400_000], pa.date64()), pl.Date, [datetime.date(1970, 1, 2)]),
        (pa.array([3_661], pa.time32("s")), pl.Time, [datetime.time(1, 1, 1)]),
        (pa.array([90_000], pa.duration("s")), pl.String, ["P1DT1H"]),
        (pa.nulls(1), pl.String, [None]),
        (pa.array([[1, None], None, []]), pl.String, ["[1,null]", None, "[]"]),
        (pa.array([['a"b\\c\n\x00😀'], [""]]), pl.String, ['["a\\"b\\\\c\\n\\u0000😀"]', '[""]']),
        (pa.array([[{"a": [1.5], "b": None}, None]]), pl.String, ['[{"a":[1.5],"b":null},null]']),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), pl.String, ["[1,2]"]),
        (pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())), pl.String, ['{"k":1}', "{}"]),
        (pa.array([[{"x": Decimal("1.10")}]]), pl.String, ['[{"x":1.10}]']),
        (pa.array([[datetime.date(2024, 1, 2)]]), pl.String, ['["2024-01-02"]']),
        (pa.array([[b"\xff"]]), pl.String, ['["/w=="]']),
        (pa.array([True, None]), pl.Boolean, [True, None]),
        (pa.array(["a"], pa.large_string()), pl.String, ["a"]),
        (pa.array(["a"], pa.string_view()), pl.String, ["a"]),
    ],
)
def test_each_type_has_its_place_in_a_frame(
    array: pa.Array, kind: Any, values: list[Any], tmp_path: Path
) -> None:
    found = one(array, tmp_path)
    assert found.dtype == kind
    assert found.to_list() == values


def test_moments_with_a_zone_come_in_utc(tmp_path: Path) -> None:
    found = one(pa.array([0], pa.timestamp("ms", "America/New_York")), tmp_path)
    assert found.dtype == UTC
    assert found[0].isoformat() == "1970-01-01T00:00:00+00:00"


def test_uuids_are_text(tmp_path: Path) -> None:
    number = uuid.uuid4()
    assert one(pa.array([number.bytes], pa.uuid()), tmp_path).to_list() == [str(number)]


def test_structs_become_dotted_columns_and_their_nulls_stay_nulls(tmp_path: Path) -> None:
    table = pa.table({"u": [{"a": 1, "b": {"c": "x"}}, None], "u.a": [5, 6]})
    chunks, warnings = through_arrow(table, tmp_path)
    assert rows(chunks) == [{"u.a": 1, "u.b.c": "x", "u.a_2": 5}, {"u.a": None, "u.b.c": None, "u.a_2": 6}]
    assert warnings == ["Two fields are called 'u.a': the second one is 'u.a_2'."]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    chunks, warnings = through_arrow(table, tmp_path)
    assert rows(chunks) == [{"a": 1, "a_2": 2}]
    assert len(warnings) == 1


def test_lists_are_joined_when_asked(tmp_path: Path) -> None:
    assert one(pa.array([["a", "b"]]), tmp_path, arrays="join").to_list() == ["a,b"]
    assert one(pa.array([["a", "b"]]), tmp_path, arrays="join", explode="x").to_list() == ['["a","b"]']


def test_damaged_text_is_an_error(tmp_path: Path) -> None:
    ends = pa.py_buffer(b"\x00\x00\x00\x00\x01\x00\x00\x00")
    broken = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(b"\xff")])
    with pytest.raises(SourceError, match="The column 'x' has damaged text"):
        one(broken, tmp_path)


@pytest.mark.parametrize("kind", ["file", "stream", "parquet"])
def test_a_cut_file_is_an_error_and_an_empty_one_has_columns(kind: str, tmp_path: Path) -> None:
    table = pa.table({"a": list(range(100_000)), "b": ["x"] * 100_000})

    def written(some: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        if kind == "parquet":
            pa.parquet.write_table(some, sink)
        else:
            make = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
            with make(sink, some.schema) as writer:
                writer.write_table(some)
        return bytes(sink.getvalue().to_pybytes())

    def read(data: bytes) -> list[Chunk]:
        reader = read_parquet if kind == "parquet" else read_arrow
        return list(reader(StreamInput(data, tmp_path, most=1 << 20), FileSource(path="x"), []))

    whole = written(table)
    chunks = read(whole)
    assert sum(chunk.rows for chunk in chunks) == 100_000
    assert max(chunk.rows for chunk in chunks) <= MAX_ROWS
    assert places(chunks)[-1] == "row 100000"
    for size in (len(whole) // 2, 20, 3):
        with pytest.raises(SourceError, match="cut off"):
            read(whole[:size])
    (none,) = read(written(table.slice(0, 0)))
    assert none.frame.schema == {"a": pl.Int64, "b": pl.String}
    assert none.rows == 0


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    source = StreamInput(b"a,b\n1,2\n" * 10, tmp_path)
    with pytest.raises(SourceError, match="cannot be read as a Parquet file"):
        list(read_parquet(source, FileSource(path="x"), []))
    with pytest.raises(SourceError, match="cannot be read as an Arrow file or stream"):
        list(read_arrow(source, FileSource(path="x"), []))


def test_pages_as_long_as_their_row_group_are_unpacked_one_column_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 150_000
    pairs = pa.map_(pa.string(), pa.struct([("x", pa.int64()), ("y", pa.list_(pa.int64()))]))
    fields = [
        ("id", pa.array(range(count))),
        ("name", pa.array([f"name {n}" if n % 7 else None for n in range(count)])),
        ("kind", pa.array(["a", "b", "c"] * (count // 3)).dictionary_encode()),
        ("at", pa.array([{"city": "Köln", "tags": [n, None]} for n in range(count)])),
        ("at.city", pa.array([f"with a dot {n}" for n in range(count)])),
        ("pairs", pa.array([[("k", {"x": n, "y": [n]})] for n in range(count)], pairs)),
        ("name", pa.array([f"again {n}" for n in range(count)])),
    ]
    table = pa.Table.from_arrays([array for _, array in fields], names=[name for name, _ in fields])
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(
        table,
        sink,
        row_group_size=100_000,
        data_page_size=1 << 30,
        write_batch_size=1 << 20,
        use_dictionary=False,
        max_rows_per_page=1 << 20,
    )
    data = sink.getvalue().to_pybytes()

    def read(most: int) -> tuple[pl.DataFrame, list[str], list[list[list[int]]]]:
        asked: list[list[list[int]]] = []
        usual = parquet_pages._one_by_one

        def noted(file: Any, group: int, rows: int, folder: Path, leaves: list[list[int]]) -> Any:
            asked.append(leaves)
            return usual(file, group, rows, folder, leaves)

        with monkeypatch.context() as patch:
            patch.setattr(parquet_pages, "MUCH", most)
            patch.setattr(parquet_pages, "_one_by_one", noted)
            chunks = list(read_parquet(StreamInput(data, tmp_path, most=1 << 20), FileSource(path="x"), []))
        return pl.concat([chunk.frame for chunk in chunks]), places(chunks), asked

    together, places_together, asked = read(1 << 30)
    assert not asked
    apart, places_apart, asked = read(1 << 20)
    assert asked == [[[0], [1], [2], [3, 4], [5], [6, 7, 8], [9]]] * 2
    assert apart.columns == ["id", "name", "kind", "at.city", "at.tags", "at.city_2", "pairs", "name_2"]
    assert apart.equals(together)
    assert places_apart == places_together


def test_the_columns_of_short_pages_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "short.parquet"
    pa.parquet.write_table(pa.table({"a": range(100_000), "b": range(100_000)}), path, use_dictionary=False)
    with pyarrow.parquet.ParquetFile(path) as file:
        assert (
            0
            < parquet_pages.unpacked_together(file.metadata, path)
            < file.metadata.row_group(0).total_byte_size
        )


def test_times_that_are_finer_than_a_microsecond_are_text(tmp_path: Path) -> None:
    exact = one(pa.array([1_000, None], pa.time64("ns")), tmp_path)
    assert exact.to_list() == [datetime.time(0, 0, 0, 1), None]
    finer = one(pa.array([1, 86_399_999_999_999, None], pa.time64("ns")), tmp_path)
    assert finer.to_list() == ["00:00:00.000000001", "23:59:59.999999999", None]
