"""Input that is wrong: one clear message, the right exit code, and everything as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PEOPLE = "id,v\n1,1\n2,x\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


# what a run writes


def test_no_output_may_replace_the_input(gateway, sqlite, people: Path, tmp_path: Path) -> None:
    sqlite.sql("CREATE TABLE people (id INTEGER, v INTEGER)")
    link = tmp_path / "link.csv"
    link.symlink_to(people)
    for arguments in (
        ["--to", sqlite.url, "--rejects", people],
        ["--to", sqlite.url, "--rejects", link],
        ["--to", people],
        ["--to", f"{tmp_path}/?format=csv"],
    ):
        told = gateway("load", people, *arguments)
        assert told.code == 2
        assert "is a file that is read" in told.err
    assert (
        gateway("load", tmp_path / "p*.csv", "--table", "t", "--to", sqlite.url, "--rejects", people).code
        == 2
    )
    assert people.read_text() == PEOPLE
    assert sqlite.sql("SELECT count(*) FROM people") == [(0,)]


def test_two_outputs_are_two_files(gateway, people: Path, tmp_path: Path) -> None:
    told = gateway("load", people, "--to", tmp_path / "out.csv", "--rejects", tmp_path / "out.csv")
    assert told.code == 2
    assert "the same file" in told.err
    assert not (tmp_path / "out.csv").exists()


def test_a_rejects_file_that_cannot_be_written_is_told_before_the_load(
    gateway, sqlite, people: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.csv").mkdir()
    for rejects in (tmp_path / "folder.csv", people / "r.csv", "/proc/r.csv"):
        told = gateway("load", people, "--to", sqlite.url, "--rejects", rejects)
        assert told.code == 2
        assert str(rejects) in told.err
    assert sqlite.tables() == set()


# expressions


OUTWARD = (
    "read_csv('/etc/passwd')", "read_text('/etc/passwd')", "pg_read_file('/etc/passwd')", "load_file('/x')",
    "(select 1)", "exists(select 1)", "id in (select id from people)", "id; drop table people",
    "row_number() over ()", "sum(id)", "'a' || attach('x')", "id::regclass", "id; select 1 --",
    "(" * 3000 + "id" + ")" * 3000, "id" + "+1" * 5000, "case when 1=1 then read_text('/x') end",
)  # fmt: skip


def test_an_expression_has_no_way_out(gateway, sqlite, people: Path, tmp_path: Path) -> None:
    for text in OUTWARD:
        told = gateway("run", _task(sqlite, people, tmp_path, text))
        assert told.code == 2, text
        assert f"{tmp_path / 'task.yaml'}:" in told.err
        assert len(told.err) < 1000
    assert sqlite.tables() == set()


def _task(sqlite, people: Path, tmp_path: Path, text: str) -> Path:
    task = {
        "name": "t", "source": {"path": str(people)}, "load": {"to": sqlite.url, "table": "people"},
        "mapping": [{"to": "id", "from": "id"}, {"to": "made", "expression": text}],
    }  # fmt: skip
    path = tmp_path / "task.yaml"
    path.write_text(json.dumps(task, indent=1))
    return path
