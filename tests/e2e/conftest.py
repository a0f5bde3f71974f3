"""The command line against real destinations, and an eye on their tables that is not ours."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from intakegateway.cli.main import program

KINDS = (
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("mysql", marks=pytest.mark.mysql),
    "sqlite",
    "duckdb",
)


@dataclass
class Database:
    """A fresh database; ``sql`` asks it with its own driver."""

    kind: str
    url: str

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement, in a transaction of its own."""
        return _ASK[self.kind](self.url, statement)

    def tables(self) -> set[str]:
        """All tables but the ledger."""
        queries = {
            "postgresql": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
            "mysql": "SELECT table_name FROM information_schema.tables WHERE table_schema = database()",
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
            "duckdb": "SELECT table_name FROM information_schema.tables",
        }
        return {name for (name,) in self.sql(queries[self.kind])} - {"_intakegateway_loads"}

    def quoted(self, name: str) -> str:
        """A name as its SQL has it."""
        mark = "`" if self.kind == "mysql" else '"'
        return mark + name.replace(mark, mark * 2) + mark


def _postgresql(url: str, statement: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC") as connection:
        answer = connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []


def _mysql(url: str, statement: str) -> list[tuple[Any, ...]]:
    import pymysql

    at = urlsplit(url)
    connection = pymysql.connect(
        host=at.hostname, port=at.port or 3306, user=at.username, password=at.password or "",
        database=at.path[1:], autocommit=True,
    )  # fmt: skip
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def _sqlite(url: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        found = connection.execute(statement).fetchall()
        connection.commit()
        return found


def _duckdb(url: str, statement: str) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
        answer = connection.execute(statement)
        return answer.fetchall() if answer.description else []


_ASK = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite, "duckdb": _duckdb}


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of each kind."""
    kind = request.param
    if kind in ("postgresql", "mysql"):
        return Database(kind, request.getfixturevalue(f"{kind}_url"))
    return Database(kind, f"{kind}:///{tmp_path}/data.{kind}")


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """An empty SQLite database, for what is the same everywhere."""
    return Database("sqlite", f"sqlite:///{tmp_path}/data.sqlite")


@dataclass
class Said:
    """What a command said: its exit code, standard output and error, and the object of ``--json``."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def counts(self) -> dict[str, int]:
        """The counts that are not zero, by their short names."""
        return {k.removesuffix("_records"): n for k, n in self.json.items() if k.endswith("_records") and n}


@pytest.fixture
def gateway() -> Callable[..., Said]:
    """Run a command line in this process; no command may end in a traceback."""

    app = program()

    def run(*arguments: object, stdin: bytes | None = None) -> Said:
        told = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
        assert "Traceback" not in told.output
        assert "unexpected error" not in told.output
        assert told.exit_code in (0, 1, 2, 3), told.output
        return Said(told.exit_code, told.stdout, told.stderr)

    return run
