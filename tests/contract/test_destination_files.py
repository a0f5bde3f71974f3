"""Files as destinations: whole for every reader, exactly once whatever happens, no value changed."""

from __future__ import annotations

import csv
import json
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.files.destination import FileDestination, open_destination
from intakegateway.connectors.registry import open_destination as by_url
from intakegateway.model.errors import DefinitionError, DestinationError, StaleFenceError
from intakegateway.model.frames import polars_type
from intakegateway.model.load import AuditColumns, Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import (
    BINARY,
    BOOLEAN,
    DATE,
    DECIMAL,
    FLOAT,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    DataType,
    Kind,
)

PEOPLE = TableSchema(TableName("people"), (Column("id", INTEGER), Column("name", TEXT)))
FORMATS = ["csv", "jsonl", "ndjson", "parquet"]


def load(
    destination: FileDestination,
    rows: Sequence[Sequence[Any]],
    mode: Mode = Mode.APPEND,
    load_id: str = "load",
    table: TableSchema = PEOPLE,
    **more: Any,
) -> Settled:
    if not more.get("dry_run"):
        destination.prepare(table)
    columns = tuple(more.pop("columns", table.columns))
    frame = pl.DataFrame(
        [list(row) for row in rows], schema={c.name: polars_type(c.type) for c in columns}, orient="row"
    )
    writer = destination.begin(LoadRequest(load_id=load_id, table=table, columns=columns, mode=mode, **more))
    half = frame.height // 2
    numbers = pl.Series(range(frame.height), dtype=pl.Int64)
    writer.write(frame[:half], numbers[:half])
    writer.write(frame[half:], numbers[half:])
    settled = writer.settle()
    writer.commit(Counts(read=frame.height, inserted=settled.inserted))
    return settled


def read(path: Path) -> list[tuple[Any, ...]]:
    """The file's rows by a reader that is not ours; of a CSV, all texts."""
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path).rows()
        case ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                return [tuple(row) for row in csv.reader(file, strict=True)][1:]
        case _:
            return [tuple(json.loads(line).values()) for line in path.read_text().split("\n")[:-1]]


def ids(path: Path) -> list[int]:
    return [int(row[0]) for row in read(path)]


@pytest.fixture(params=FORMATS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / "out" / f"people.{request.param}"


@pytest.fixture
def destination(path: Path) -> FileDestination:
    return open_destination(str(path))


def test_rows_are_appended_and_replaced(path: Path, destination: FileDestination) -> None:
    assert destination.inspect("people") is None
    assert load(destination, [(1, "a"), (2, None)], load_id="1").inserted == 2
    load(destination, [(3, "c")], load_id="2")
    assert ids(path) == [1, 2, 3]
    load(destination, [(4, "d")], Mode.TRUNCATE_INSERT, load_id="3")
    assert ids(path) == [4]
    load(destination, [], Mode.TRUNCATE_INSERT, load_id="4")
    assert ids(path) == []
    assert destination.inspect("people") == (
        PEOPLE if path.suffix != ".jsonl" else destination.inspect("people")
    )


def test_nothing_but_the_file_and_its_ledger_is_left(path: Path, destination: FileDestination) -> None:
    load(destination, [(1, "a")], load_id="1")
    load(destination, [(2, "b")], load_id="2")
    names = {entry.name for entry in path.parent.iterdir()}
    assert names == {path.name, f".{path.name}.loads.json", f".{path.name}.lock"}


def test_a_load_is_committed_once(path: Path, destination: FileDestination) -> None:
    load(destination, [(1, "a")], part=0)
    assert destination.committed("load", 0) == Counts(read=1, inserted=1)
    assert destination.committed("load", 1) is None
    with pytest.raises(StaleFenceError):
        load(destination, [(1, "a")])
    load(destination, [(2, "b")], part=1)
    assert ids(path) == [1, 2]
    assert by_url(str(path)).committed("load", 1) == Counts(read=1, inserted=1)


def test_an_older_attempt_may_not_write(path: Path, destination: FileDestination) -> None:
    destination.prepare(PEOPLE)
    request = LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND)
    old = destination.begin(request)
    old.write(pl.DataFrame({"id": [9], "name": ["old"]}), pl.Series([0]))
    old.settle()
    load(destination, [(1, "new")], fence=2)
    with pytest.raises(StaleFenceError):
        old.commit(Counts(read=1, inserted=1))
    old.abort()
    assert ids(path) == [1]


@pytest.mark.parametrize("mode", [Mode.APPEND, Mode.TRUNCATE_INSERT])
def test_an_aborted_load_leaves_the_file_as_it_was(
    path: Path, destination: FileDestination, mode: Mode
) -> None:
    load(destination, [(1, "a")], load_id="first")
    before = path.read_bytes()
    writer = destination.begin(LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=mode))
    writer.write(pl.DataFrame({"id": [9], "name": ["x"]}), pl.Series([0]))
    assert path.read_bytes() == before
    writer.settle()
    assert path.read_bytes() == before
    writer.abort()
    writer.abort()
    assert path.read_bytes() == before
    assert not [entry for entry in path.parent.iterdir() if ".rows" in entry.name]
    load(destination, [(2, "b")], mode, fence=2)
    assert ids(path)[-1] == 2


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("mode", [Mode.APPEND, Mode.TRUNCATE_INSERT])
def test_a_crash_at_any_step_is_healed_by_running_the_load_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    steps = {name: getattr(os, name) for name in ("fsync", "replace", "open", "chmod")}
    expected = [1, 2, 3, 4] if mode is Mode.APPEND else [3, 4]
    points = 0
    for point in range(200):
        folder = path.parent / str(point)
        target = folder / path.name
        load(open_destination(str(target)), [(1, "a"), (2, "b")], load_id="first")
        count = 0

        def counted(name: str, *args: Any, _point: int = point, **more: Any) -> Any:
            nonlocal count
            count += 1
            if count == _point + 1:
                raise KilledError
            return steps[name](*args, **more)

        with monkeypatch.context() as patched:
            for name in steps:
                patched.setattr(os, name, lambda *a, _n=name, **m: counted(_n, *a, **m))
            crashed = True
            with suppress(KilledError):
                load(open_destination(str(target)), [(3, "c"), (4, "d")], mode, load_id="second")
                crashed = False
        assert ids(target) in ([1, 2], expected), "a reader never meets half a load"
        again = open_destination(str(target))
        if again.committed("second", 0) is None:
            load(again, [(3, "c"), (4, "d")], mode, load_id="second", fence=2)
        assert ids(target) == expected, point
        assert again.committed("second", 0) == Counts(read=2, inserted=2)
        assert not [entry for entry in folder.iterdir() if entry.name.endswith((".rows", ".whole"))], point
        if not crashed:
            break
        points += 1
    assert points > 8


def test_loads_at_the_same_time_all_arrive(path: Path) -> None:
    path.parent.mkdir()
    problems: list[BaseException] = []

    def one(number: int) -> None:
        try:
            load(open_destination(str(path)), [(number, "x")], load_id=str(number))
        except Exception as error:  # noqa: BLE001 - told to the test below
            problems.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(ids(path)) == list(range(8))


def test_a_dry_run_writes_nothing(path: Path, destination: FileDestination) -> None:
    settled = load(destination, [(1, "a"), (2, "b")], dry_run=True)
    assert settled.inserted == 2
    assert settled.inserted_samples == ({"id": 1, "name": "a"}, {"id": 2, "name": "b"})
    assert not path.parent.exists()


KINDS = (
    Column("id", INTEGER), Column("u", DataType(Kind.INTEGER, unsigned=True)), Column("f", FLOAT),
    Column("dec", DataType(Kind.DECIMAL, precision=38, scale=10)), Column("long", DECIMAL), Column("b", BOOLEAN),
    Column("d", DATE), Column("t", TIME), Column("ts", TIMESTAMP), Column("tz", TIMESTAMPTZ), Column("j", JSON),
    Column("uu", UUID), Column("bin", BINARY), Column("txt", TEXT),
)  # fmt: skip
DIGITS = "1" * 50 + ".5"
VALUES = (
    -(2**63), 2**64 - 1, 0.1, Decimal("9999999999999999999999999999.0000000001"), DIGITS, True, date(1, 1, 1),
    time(23, 59, 59, 999999), datetime(9999, 12, 31, 1, 2, 3, 4), datetime(2024, 1, 1, 12, tzinfo=UTC),
    '{"a":\n [1.10, "é\\n"]}', "00112233-4455-6677-8899-aabbccddeeff", b"\x00\xff", "007",
)  # fmt: skip


def test_every_kind_of_value_and_its_type_is_kept(path: Path, destination: FileDestination) -> None:
    table = TableSchema(TableName("people"), KINDS)
    load(destination, [VALUES, [None] * len(KINDS)], table=table)
    load(destination, [VALUES], table=table, load_id="again")
    seen = destination.inspect("people")
    assert seen is not None
    assert [str(c.type) for c in seen.columns] == [str(c.type) for c in KINDS]
    first, empty, third = read(path)
    assert first == third
    if path.suffix == ".parquet":
        assert first == tuple(VALUES)
        assert empty == (None,) * len(KINDS)
    elif path.suffix == ".csv":
        assert first == (
            "-9223372036854775808", "18446744073709551615", "0.1", "9999999999999999999999999999.0000000001", DIGITS,
            "true", "0001-01-01", "23:59:59.999999", "9999-12-31T01:02:03.000004", "2024-01-01T12:00:00Z",
            VALUES[10], VALUES[11], "\\x00ff", "007",
        )  # fmt: skip
        assert set(empty) == {""}
    else:
        line = path.read_text().splitlines()[0]
        assert '"dec":9999999999999999999999999999.0000000001,' in line
        assert f'"long":{DIGITS},' in line
        assert '"j":{"a":  [1.10, "é\\n"]},'.replace("  ", " ") in line.replace("  ", " ")
        assert json.loads(line)["tz"] == "2024-01-01T12:00:00Z"
        assert json.loads(line)["b"] is True
        assert empty == (None,) * len(KINDS)


def test_numbers_that_json_does_not_have_are_not_lost(tmp_path: Path) -> None:
    table = TableSchema(TableName("n"), (Column("f", FLOAT), Column("d", DECIMAL)))
    rows = [(float("nan"), "NaN"), (float("inf"), "-0.50"), (float("-inf"), None), (None, "007")]
    load(open_destination(str(tmp_path / "n.jsonl")), rows, table=table)
    assert (tmp_path / "n.jsonl").read_text().splitlines() == [
        '{"f":"NaN","d":"NaN"}', '{"f":"Infinity","d":-0.50}', '{"f":"-Infinity","d":null}', '{"f":null,"d":"007"}',
    ]  # fmt: skip


TEXTS = ["", None, " ", ",", '"', 'a "b" c', "a\nb", "a\r\nb", "\r", "=1+1", "+1", "@x", "-1", "\t", "NULL", "é😀", "\\N",
         "'", "x" * 100_000, "null", "\u2028"]  # fmt: skip


def test_texts_come_back_as_they_went_null_and_empty_apart(path: Path, destination: FileDestination) -> None:
    load(destination, list(enumerate(TEXTS)))
    if path.suffix == ".csv":
        assert [row[1] for row in read(path)] == [text or "" for text in TEXTS]
        assert path.read_bytes().startswith(b'id,name\n0,""\n1,\n2, \n3,","\n')
        found = pl.read_csv(path, schema={"id": pl.Int64, "name": pl.String})["name"].to_list()
        assert found == TEXTS
    else:
        assert [row[1] for row in read(path)] == TEXTS


def test_odd_column_names_are_kept(path: Path, destination: FileDestination) -> None:
    names = ["a,b", 'say "hi"', "line\nbreak", "é", " ", "x" * 300, "select"]
    table = TableSchema(TableName("people"), tuple(Column(name, TEXT) for name in names))
    load(destination, [["v"] * len(names)], table=table, load_id="1")
    load(destination, [["w"] * len(names)], table=table, load_id="2")
    seen = destination.inspect("people")
    assert seen is not None
    assert list(seen.column_names) == names
    assert [row[0] for row in read(path)] == ["v", "w"]


def test_a_file_that_someone_else_wrote_is_continued(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufeffname,id\r\n"x, y",1', encoding="utf-8")
    opened = open_destination(str(tmp_path / "a.csv"))
    seen = opened.inspect("a")
    assert seen is not None
    assert seen.column_names == ("name", "id")
    load(opened, [("z", "2")], table=seen)
    assert (tmp_path / "a.csv").read_bytes() == b'\xef\xbb\xbfname,id\r\n"x, y",1\nz,2\n'
    (tmp_path / "b.jsonl").write_text('{"id": 1, "ok": true}\n{"id": 2, "more": "x"}')
    opened = open_destination(str(tmp_path / "b.jsonl"))
    seen = opened.inspect("b")
    assert seen is not None
    assert [(c.name, str(c.type)) for c in seen.columns] == [
        ("id", "integer"),
        ("ok", "boolean"),
        ("more", "text"),
    ]
    load(opened, [(3, False, None)], table=seen)
    assert len(read(tmp_path / "b.jsonl")) == 3


def test_new_columns_are_added_where_the_format_can(path: Path, destination: FileDestination) -> None:
    load(destination, [(1, "a")], load_id="1")
    wider = PEOPLE.with_columns(Column("age", INTEGER))
    if path.suffix == ".csv":
        with pytest.raises(DestinationError, match="no column 'age'"):
            load(destination, [(2, "b", 7)], table=wider, load_id="2")
        assert ids(path) == [1]
        return
    load(destination, [(2, "b", 7)], table=wider, load_id="2")
    seen = destination.inspect("people")
    assert seen is not None
    assert seen.column_names == ("id", "name", "age")
    assert [row[-1] for row in read(path)] == (["a", 7] if path.suffix != ".parquet" else [None, 7])


def test_columns_that_a_load_does_not_bring_are_null_and_the_order_is_the_files(
    path: Path, destination: FileDestination
) -> None:
    load(destination, [(1, "a")], load_id="1")
    load(destination, [("b",)], columns=(PEOPLE.columns[1],), load_id="2")
    turned = TableSchema(TableName("people"), PEOPLE.columns[::-1])
    load(destination, [("c", 3)], table=turned, load_id="3")
    nothing = "" if path.suffix == ".csv" else None
    assert [(str(a) if a else nothing, b) for a, b in read(path)] == [("1", "a"), (nothing, "b"), ("3", "c")]


def test_audit_columns_hold_the_time_of_the_load(path: Path, destination: FileDestination) -> None:
    table = PEOPLE.with_columns(Column("made", TIMESTAMPTZ))
    load(destination, [(1, "a")], table=table, columns=PEOPLE.columns, audit=AuditColumns(created_at="made"))
    assert read(path)[0][2]


def test_existing_says_which_values_the_file_holds(path: Path, destination: FileDestination) -> None:
    load(destination, [(1, "a"), (2, "b")])
    assert destination.existing("people", ("id",), pl.DataFrame({"x": [2, 9, None]})).to_list() == [
        True,
        False,
        False,
    ]
    both = pl.DataFrame({"x": [1, 1], "y": ["a", "b"]})
    assert destination.existing("people", ("id", "name"), both).to_list() == [True, False]


def test_a_folder_has_a_file_for_each_table(tmp_path: Path) -> None:
    for url, suffix in (
        (f"{tmp_path}/a/", "parquet"),
        (f"{tmp_path}/b/?format=csv", "csv"),
        (f"file://{tmp_path}/c/?format=jsonl", "jsonl"),
    ):
        destination = by_url(url)
        assert isinstance(destination, FileDestination)
        load(destination, [(1, "a")])
        load(destination, [(2, "b")], table=TableSchema(TableName("others"), PEOPLE.columns), load_id="2")
        folder = tmp_path / url.split("/")[-2]
        assert sorted(p.name for p in folder.iterdir() if p.name[0] != ".") == [
            f"others.{suffix}",
            f"people.{suffix}",
        ]
        assert destination.committed("2", 0) is not None
        for name in ("../evil", "a/b", ".hidden", "..", ""):
            with pytest.raises(DestinationError):
                destination.inspect(name)


@pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.INSERT, Mode.DELETE_INSERT])
def test_modes_that_need_keys_are_not_offered(path: Path, destination: FileDestination, mode: Mode) -> None:
    assert mode not in destination.capabilities.modes
    with pytest.raises(DestinationError, match=r"append, truncate_insert"):
        load(destination, [(1, "a")], mode, keys=("id",))


@pytest.mark.parametrize("url", ["file:///tmp/x.xlsx", "file:///tmp/x", "out/?format=cvs", "out/?fromat=csv"])
def test_an_unknown_format_is_told(url: str) -> None:
    with pytest.raises(DefinitionError):
        open_destination(url)


def test_what_the_disk_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DestinationError, match="cannot be written"):
        load(open_destination(str(tmp_path / "file" / "a.csv")), [(1, "a")])
    (tmp_path / "b.parquet").write_text("no parquet at all")
    with pytest.raises(DestinationError, match="not a Parquet file"):
        open_destination(str(tmp_path / "b.parquet")).inspect("b")
    (tmp_path / "c.jsonl").write_text("[1]\n")
    with pytest.raises(DestinationError, match="line 1"):
        open_destination(str(tmp_path / "c.jsonl")).inspect("c")


def test_many_rows_are_written_in_bounded_groups(tmp_path: Path) -> None:
    import pyarrow.parquet

    rows = [(n, "x" * 10) for n in range(300_000)]
    load(open_destination(str(tmp_path / "a.parquet")), rows)
    with pyarrow.parquet.ParquetFile(tmp_path / "a.parquet") as file:
        assert file.metadata.num_row_groups >= 2
        assert file.metadata.num_rows == 300_000
