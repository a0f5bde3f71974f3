"""Whatever a file holds, a command ends with one message for a person, the right code, and no traceback."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

Command = Callable[..., Result]


@pytest.fixture
def load(gateway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def loaded(path: str, *more: str) -> Result:
        return gateway("load", path, "--to", "sqlite:///out.db", "--table", "t", "--json", *more)

    return loaded


def fits(done: Result, code: int, *words: str) -> None:
    assert done.exit_code == code, done.output
    said = done.output
    assert "Traceback" not in said
    assert "unexpected" not in said
    for word in words:
        assert word in said, said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.json", b"{}", ("has no fields", "Load it into a table that is there")),
        ("nothings.json", b"[{}, {}]", ("has no fields",)),
        ("none.json", b"[]", ("has no fields",)),
        ("deep.json", b'{"a":' * 5000 + b"1" + b"}" * 5000, ("not valid JSON", "depth limit")),
        ("deep.json", b"[" * 100_000 + b"]" * 100_000, ("not valid JSON", "depth limit")),
        ("noise.csv", random.Random(1).randbytes(5000), ("binary data of an unknown kind",)),
        ("fillers.csv", bytes(40), ("binary data of an unknown kind",)),
        ("text.zip", b"id,name\n1,a\n", ("ends with '.zip', but is not a zip archive",)),
        ("empty.csv", b"", ("is empty",)),
        ("blank.csv", b"\n\n  \n", ("has no rows",)),
        ("cut.json", b'[{"id": 1}, {"id"', ("breaks off",)),
        ("cut.parquet", b"PAR1 and no more", ("cannot be read as a Parquet file",)),
        ("report.csv", b"%PDF-1.7 ...", ("is a PDF",)),
    ],
)
def test_a_file_without_rows_for_a_table_is_one_message_and_leaves_no_table(
    load: Callable[..., Result], tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    (tmp_path / name).write_bytes(content)
    fits(load(name), 1, *words)
    assert not (tmp_path / "out.db").exists()


def test_a_link_that_leads_nowhere_says_where_it_leads(load: Callable[..., Result], tmp_path: Path) -> None:
    os.symlink("two", tmp_path / "one")
    os.symlink("one", tmp_path / "two")
    os.symlink("/no/such/file.csv", tmp_path / "gone.csv")
    fits(load("one"), 1, "is a link to 'two', where no file is")
    fits(load("gone.csv"), 1, "is a link to '/no/such/file.csv'")


def test_an_archive_that_is_called_a_workbook_is_none(load: Callable[..., Result], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("hello.csv", "id\n1\n")
    fits(load("book.xlsx"), 1, "is a zip archive, but has no workbook inside")


def test_a_broken_line_after_the_first_does_not_make_json_of_json_lines(
    load: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "rows.ndjson").write_text('{"id": 1}\nnot json\n{"id": 2}\n')
    done = load("rows.ndjson")
    fits(done, 3)
    account = json.loads(done.stdout)
    assert (account["inserted_records"], account["rejected_records"]) == (2, 1)


@pytest.mark.parametrize(
    "content",
    [
        "id,name\n1,日本語テスト\n".encode("shift_jis") * 50,
        b"id,name\n1,a\x00\x00\x00\n" * 20,
        b"id\x01name\n1\x01a\n" * 50,
        "id,name\n1,\N{SNOWMAN}\n".encode("utf-16-le"),
        b"id,name\n1,\x1b$B%F%9%H\x1b(B\n",
    ],
)
def test_odd_encodings_separators_and_fillers_are_texts(
    load: Callable[..., Result], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "rows.txt").write_bytes(content)
    fits(load("rows.txt", "--format", "csv"), 0)
    with closing(sqlite3.connect(tmp_path / "out.db")) as database:
        assert database.execute("SELECT count(*) FROM t").fetchone()[0] >= 1


def test_objects_without_keys_can_be_looked_at(gateway: Command, tmp_path: Path) -> None:
    (tmp_path / "nothings.json").write_text("[{}, {}]")
    done = gateway("preview", str(tmp_path / "nothings.json"))
    fits(done, 0, "item 1", "item 2")
    fits(gateway("schema", str(tmp_path / "nothings.json")), 0)


def test_an_empty_name_of_a_table_is_no_name(gateway: Command, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id\n1\n")
    done = gateway("load", str(tmp_path / "rows.csv"), "--to", f"sqlite:///{tmp_path}/out.db", "--table", "")
    fits(done, 2, "--table is empty")


def test_a_file_that_is_no_database_stays_as_it_was(gateway: Command, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id\n1\n")
    (tmp_path / "note.db").write_text("no database at all " * 100)
    done = gateway(
        "load", str(tmp_path / "rows.csv"), "--to", f"sqlite:///{tmp_path}/note.db", "--table", "t"
    )
    fits(done, 1, "file is not a database", "The file exists and is something else")
    assert (tmp_path / "note.db").read_text() == "no database at all " * 100


LONG = "x" * 300
"""The system refuses even to look for such a name, as it does in a folder without the right to."""


@pytest.mark.parametrize("path", [f"{LONG}.csv", f"{LONG}/*.csv", f"sqlite:///{LONG}"])
def test_a_place_that_may_not_be_looked_at_is_one_message(load: Callable[..., Result], path: str) -> None:
    query = ("--query", "SELECT 1") if ":" in path else ()
    fits(load(path, *query), 1)


@pytest.mark.parametrize("to", [f"sqlite:///{LONG}", f"duckdb:///{LONG}", f"{LONG}.csv"])
def test_a_destination_that_cannot_be_made_is_one_message(gateway: Command, tmp_path: Path, to: str) -> None:
    (tmp_path / "rows.csv").write_text("id\n1\n")
    fits(gateway("load", str(tmp_path / "rows.csv"), "--to", to, "--table", "t", "--json"), 1)


def test_one_endless_line_is_refused_before_all_of_it_is_read(
    load: Callable[..., Result], tmp_path: Path
) -> None:
    """The file has holes: a reader that went to its end would need all of the machine's memory."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,name\n1,x")
    os.truncate(path, 1 << 36)
    fits(load("rows.csv"), 1, "has no line end in 16 MB after line 1")
