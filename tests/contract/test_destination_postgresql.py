from collections.abc import Iterator
from contextlib import closing
from typing import Any

import polars as pl
import psycopg
import pytest

from intakegateway.connectors import postgresql_copy
from intakegateway.connectors.base import Destination, LoadRequest
from intakegateway.connectors.memory import MemorySource
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.testing_destinations import PEOPLE, DestinationContract, framed, refusals
from intakegateway.model.errors import DestinationError, UnavailableError
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import DataType, Kind
from intakegateway.services.local_runs import RunRequest, run_task

pytestmark = pytest.mark.postgresql


class PostgresqlTables(DestinationContract):
    __test__ = False

    @pytest.fixture
    def url(self, postgresql_url: str) -> str:
        return postgresql_url

    def run_sql(self, url: str, *statements: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def read(self, url: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC") as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


class TestPostgresqlByText(PostgresqlTables):
    __test__ = True

    @pytest.fixture(autouse=True)
    def _as_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgresql_copy, "pays", lambda _columns, _frame: False)


class TestPostgresqlByBinary(PostgresqlTables):
    __test__ = True

    @pytest.fixture(autouse=True)
    def _as_binary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgresql_copy, "pays", lambda _columns, _frame: True)


@pytest.fixture
def destination(postgresql_url: str) -> Iterator[Destination]:
    with closing(open_destination(postgresql_url)) as opened:
        yield opened


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def _read(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def _load(destination: Destination, table: str, rows: Any, mode: Mode = Mode.APPEND, **more: Any) -> Any:
    found = destination.inspect(table)
    assert found is not None
    without = more.pop("without", ())
    columns = tuple(c for c in found.columns if c.name not in without)
    frame = framed(columns, rows)
    writer = destination.begin(
        LoadRequest(load_id=more.pop("load_id", "x"), table=found, columns=columns, mode=mode, **more)
    )
    try:
        writer.write(frame, pl.Series(range(frame.height), dtype=pl.Int64))
        settled = writer.settle()
        writer.commit(Counts(read=frame.height))
    except BaseException:
        writer.abort()
        raise
    return settled


def test_types_that_only_postgresql_knows_are_judged_by_it(
    postgresql_url: str, destination: Destination
) -> None:
    _run(
        postgresql_url,
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE DOMAIN word AS text CHECK (VALUE ~ '^[a-z]+$')",
        "CREATE TABLE odd (id bigint PRIMARY KEY, m mood, w word, ip inet, l int[], j jsonb)",
    )
    rows = [
        (1, "ok", "abc", "10.0.0.1", "{1,2}", '{"a": 1}'),
        (2, "glad", "abc", "10.0.0.1", "{1}", "1"),
        (3, "sad", "ABC", "10.0.0.1", "{1}", "1"),
        (4, "sad", "abc", "10.0.0.999", "{x}", "1"),
        (5, None, None, None, None, '"a\\u0000b"'),
        (6, None, None, None, None, None),
    ]
    expected = [(1, "INVALID_VALUE", "m"), (2, "INVALID_VALUE", "w"), (3, "INVALID_VALUE", "ip"),
                (3, "INVALID_VALUE", "l"), (4, "INVALID_VALUE", "j")]  # fmt: skip
    for mode in (Mode.APPEND, Mode.UPSERT, Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT):
        _run(postgresql_url, "TRUNCATE odd")
        settled = _load(destination, "odd", rows, mode, keys=("id",), load_id=mode)
        assert refusals(settled) == expected, mode
        assert settled.inserted == 2
    again = _load(destination, "odd", rows[:1], Mode.UPSERT, keys=("id",), load_id="again")
    assert again.unchanged == 1


def test_rows_that_a_trigger_mends_are_not_lost(postgresql_url: str, destination: Destination) -> None:
    _run(
        postgresql_url,
        "CREATE TABLE mended (id bigint PRIMARY KEY, name text NOT NULL, CHECK (name <> 'bad'))",
        "CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.name IS NULL THEN NEW.name := 'mended'; END IF;"
        " IF NEW.name = 'forbidden' THEN RAISE EXCEPTION 'no such name'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER mend BEFORE INSERT OR UPDATE ON mended FOR EACH ROW EXECUTE FUNCTION mend()",
    )
    rows = [(1, None), (2, "bad"), (3, "forbidden"), (4, "fine"), (4, "twice")]
    settled = _load(destination, "mended", rows)
    assert refusals(settled) == [(1, "CHECK", "name"), (2, "REFUSED", ""), (4, "UNIQUE", "id")]
    assert sorted(_read(postgresql_url, "SELECT * FROM mended")) == [(1, "mended"), (4, "fine")]
    assert "no such name" in settled.refused.filter(pl.col("row") == 2)["message"][0]


def test_partial_computed_and_null_equal_keys_and_exclusions_are_held(
    postgresql_url: str, destination: Destination
) -> None:
    _run(
        postgresql_url,
        "CREATE TABLE keyed (id bigint, email text, active boolean, span int4range,"
        " EXCLUDE USING gist (span WITH &&))",
        "CREATE UNIQUE INDEX lower_email ON keyed (lower(email)) WHERE active",
    )
    rows = [
        (1, "A@x", True, "[1,5)"),
        (2, "a@X", False, None),
        (3, "a@x", True, None),
        (4, "b", True, "[4,6)"),
        (5, "c", True, "[5,6)"),
    ]
    settled = _load(destination, "keyed", rows)
    assert [row for row, _, _ in refusals(settled)] == [2, 3]
    assert [code for _, code, _ in refusals(settled)] == ["UNIQUE", "REFUSED"]
    assert settled.inserted == 3


def test_deferred_constraints_are_refused_row_by_row(postgresql_url: str, destination: Destination) -> None:
    _run(postgresql_url, "CREATE TABLE late (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    settled = _load(destination, "late", [(1,), (1,), (2,)])
    assert refusals(settled) == [(1, "UNIQUE", "id")]


def test_an_upsert_that_breaks_another_unique_key_loses_that_row_alone(
    postgresql_url: str, destination: Destination
) -> None:
    _run(
        postgresql_url,
        "CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE,"
        " age int NOT NULL DEFAULT 1 CHECK (age > 0))",
        "INSERT INTO users VALUES (1, 'a', 5), (2, 'b', 5)",
    )
    rows = [(1, "a"), (2, "a"), (3, "c"), (4, "c"), (5, "d")]
    settled = _load(destination, "users", rows, Mode.UPSERT, keys=("id",), without=("age",))
    assert refusals(settled) == [(1, "UNIQUE", "email"), (3, "UNIQUE", "email")]
    assert (settled.inserted, settled.unchanged) == (2, 1)


def test_generated_columns_and_identities_are_left_to_the_database(
    postgresql_url: str, destination: Destination
) -> None:
    _run(
        postgresql_url,
        "CREATE TABLE made (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int,"
        " twice int GENERATED ALWAYS AS (a * 2) STORED)",
    )
    settled = _load(destination, "made", [(None, 4, None), (None, 5, 1)])
    assert settled.inserted == 2
    assert _read(postgresql_url, "SELECT * FROM made ORDER BY n") == [(1, 4, 8), (2, 5, 10)]


def test_a_table_that_others_refer_to_is_replaced(postgresql_url: str, destination: Destination) -> None:
    _run(
        postgresql_url,
        "CREATE TABLE parent (id bigint PRIMARY KEY)",
        "CREATE TABLE child (id bigint REFERENCES parent)",
        "INSERT INTO parent VALUES (1)",
    )
    assert _load(destination, "parent", [(2,), (3,)], Mode.TRUNCATE_INSERT).inserted == 2
    assert _read(postgresql_url, "SELECT id FROM parent ORDER BY id") == [(2,), (3,)]


def test_without_the_right_to_make_the_ledger_a_load_still_works(
    postgresql_url: str, destination: Destination
) -> None:
    _run(
        postgresql_url,
        "DROP ROLE IF EXISTS ig_poor",
        "CREATE ROLE ig_poor LOGIN",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "CREATE TABLE people (id bigint PRIMARY KEY, name text)",
        "GRANT SELECT, INSERT, UPDATE ON people TO ig_poor",
    )
    poor_url = postgresql_url.replace("postgres@", "ig_poor@")
    try:
        with closing(open_destination(poor_url)) as poor:
            warnings = poor.prepare(PEOPLE)
            assert len(warnings) == 1
            assert "at least once" in warnings[0]
            assert not poor.capabilities.ledger
            assert _load(poor, "people", [(1, "a"), (1, "b")]).inserted == 1
            assert _load(poor, "people", [(1, "c")], Mode.UPSERT, keys=("id",)).updated == 1
            with pytest.raises(DestinationError, match=r"denied|owner"):
                poor.prepare(PEOPLE.with_columns(Column("more")))
    finally:
        _run(postgresql_url, "DROP OWNED BY ig_poor", "DROP ROLE ig_poor")


@pytest.mark.parametrize("rights", ["", "SELECT", "SELECT, INSERT", "INSERT, UPDATE"])
def test_with_a_ledger_that_may_not_be_written_a_load_still_works(
    postgresql_url: str, destination: Destination, rights: str
) -> None:
    reader = f"reader_{postgresql_url[-12:]}"
    _run(postgresql_url, f"CREATE ROLE {reader} LOGIN")
    destination.prepare(PEOPLE)
    _load(destination, "people", [(1, "a")])
    _run(postgresql_url, f"GRANT SELECT, INSERT, UPDATE ON people TO {reader}")
    if rights:
        _run(postgresql_url, f"GRANT {rights} ON _intakegateway_loads TO {reader}")
    spec = {"path": "-"}, {"to": postgresql_url.replace("postgres@", f"{reader}@"), "table": "people"}
    task = TaskSpec.model_validate({"name": "people", "source": spec[0], "load": spec[1]})
    try:
        result = run_task(task, RunRequest(load_id="again"), source=MemorySource([{"id": 2, "name": "b"}]))
        assert result.counts.inserted == 1
        told = [warning for warning in result.warnings if "at least once" in warning]
        assert len(told) == 1
        assert "may not be used by this account (permission denied" in told[0]
        assert _read(postgresql_url, "SELECT id FROM people ORDER BY id") == [(1,), (2,)]
        _run(postgresql_url, f"GRANT SELECT, INSERT, UPDATE ON _intakegateway_loads TO {reader}")
        result = run_task(task, RunRequest(load_id="more"), source=MemorySource([{"id": 3, "name": "c"}]))
        assert not any("at least once" in warning for warning in result.warnings)
        assert destination.committed("more", 0) is not None
    finally:
        _run(postgresql_url, f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_columns_are_widened_but_never_narrowed(postgresql_url: str, destination: Destination) -> None:
    _run(postgresql_url, "CREATE TABLE w (a int, b varchar(5), c numeric(6,2), d bigint)")
    wanted = TableSchema(
        TableName("w"),
        (
            Column("a"),
            Column("b", DataType(Kind.TEXT, length=9)),
            Column("c", DataType(Kind.DECIMAL, precision=8, scale=3)),
            Column("d", DataType(Kind.INTEGER, bits=16)),
        ),
    )
    destination.prepare(wanted)
    found = destination.inspect("w")
    assert found is not None
    assert [str(column.type) for column in found.columns] == ["int32", "text(9)", "decimal(8,3)", "integer"]


def test_unknown_names_and_wrong_sign_in_end_with_a_sentence(postgresql_url: str) -> None:
    cases = [
        (postgresql_url.rpartition("/")[0] + "/nowhere", DestinationError, "nowhere"),
        (postgresql_url.replace("postgres@", "nobody:secret@"), DestinationError, "nobody"),
        (postgresql_url.replace("127.0.0.1", "no.such.host.invalid"), DestinationError, "host"),
        ("postgresql://postgres@127.0.0.1:1/x", UnavailableError, "refused"),
    ]
    for url, kind, word in cases:
        with closing(open_destination(url)) as opened, pytest.raises(kind, match=word) as caught:
            opened.inspect("people")
        assert "secret" not in str(caught.value)
        assert "secret" not in opened.name
        assert caught.value.hint


def test_a_lost_connection_may_be_tried_again(postgresql_url: str, destination: Destination) -> None:
    destination.prepare(PEOPLE)
    writer = destination.begin(
        LoadRequest(load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND)
    )
    _run(
        postgresql_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    writer.write(framed(PEOPLE.columns, [(1, "a")]), pl.Series([0]))
    with pytest.raises(UnavailableError):
        writer.settle()
    writer.abort()
    with pytest.raises(UnavailableError):
        destination.inspect("people")
    assert destination.inspect("people") is not None


def test_a_name_without_quotes_is_found_in_lower_case_and_in_any_schema(
    postgresql_url: str, destination: Destination
) -> None:
    _run(postgresql_url, "CREATE SCHEMA sales", "CREATE TABLE sales.orders (id bigint PRIMARY KEY)")
    found = destination.inspect("sales.Orders")
    assert found is not None
    assert str(found.name) == "sales.orders"
    destination.prepare(found)
    assert _load(destination, "sales.orders", [(1,)]).inserted == 1
    assert destination.committed("x", 0) == Counts(read=1)
    assert _read(postgresql_url, "SELECT count(*) FROM sales._intakegateway_loads") == [(1,)]
