from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import (
    DefinitionError,
    ForbiddenError,
    GatewayError,
    NotFoundError,
    SourceError,
)
from intakegateway.model.views.connections import ConnectionDraft, QueryDraft
from intakegateway.settings import Settings, read_settings
from service_fixtures import make_actor

TABLES = (
    "CREATE TABLE customers (id integer PRIMARY KEY, email varchar(50) NOT NULL UNIQUE, score numeric(10,2) DEFAULT 1.5)",
    "CREATE TABLE orders (id integer NOT NULL, line integer NOT NULL, customer integer, note text,"
    " PRIMARY KEY (id, line), CONSTRAINT bought FOREIGN KEY (customer) REFERENCES customers (id))",
    "CREATE VIEW totals AS SELECT customer, count(*) AS n FROM orders GROUP BY customer",
    "INSERT INTO customers VALUES (1, 'a@x', 2.25), (2, 'b@x', NULL)",
)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    return replace(
        read_settings(), database_url=database_url, execution="inline", allow_private_addresses="true"
    )


@pytest.fixture(
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgresql), pytest.param("mysql", marks=pytest.mark.mysql),
        "sqlite", "duckdb",
    ]
)  # fmt: skip
def kind(request: pytest.FixtureRequest, gateway: Gateway, admin: Actor, project: str, home: Path) -> str:
    """A connection ``db`` to a database of each kind, with tables in it."""
    name: str = request.param
    if name in ("postgresql", "mysql"):
        url = request.getfixturevalue(f"{name}_url")
        config = {"url": url}
    else:
        config = {"path": "shop.data"}
        url = str(home / "shop.data")
    _fill(name, url)
    gateway.connections.create(admin, project, ConnectionDraft(name="db", kind=name, config=config))
    return name


def _fill(kind: str, url: str) -> None:
    import sqlite3

    import duckdb
    import psycopg
    import pymysql

    if kind == "postgresql":
        with psycopg.connect(url, autocommit=True) as connection:
            for one in TABLES:
                connection.execute(one.encode())
        return
    if kind == "mysql":
        parts = urlsplit(url)
        database = pymysql.connect(host=parts.hostname, port=parts.port or 3306, user=parts.username,
                                   password=parts.password or "", database=parts.path[1:], autocommit=True)  # fmt: skip
        with database.cursor() as cursor:
            for one in TABLES:
                cursor.execute(one)
        database.close()
        return
    opened = sqlite3.connect(url) if kind == "sqlite" else duckdb.connect(url)
    for one in TABLES:
        opened.execute(one)
    opened.commit()
    opened.close()


def test_schemas_and_tables_are_listed(gateway: Gateway, admin: Actor, project: str, kind: str) -> None:
    schemas = gateway.introspection.schemas(admin, project, "db")
    assert schemas.may_look
    assert schemas.default in schemas.items
    tables = gateway.introspection.tables(admin, project, "db")
    assert {one.name: one.is_view for one in tables.items} == {
        "customers": False,
        "orders": False,
        "totals": True,
    }
    assert {one.table_schema for one in tables.items} == {schemas.default}
    named = gateway.introspection.tables(admin, project, "db", schemas.default)
    assert named == tables
    with pytest.raises(GatewayError, match="no schema 'nowhere'"):
        gateway.introspection.tables(admin, project, "db", "nowhere")


def test_columns_come_with_types_defaults_and_keys(
    gateway: Gateway, admin: Actor, project: str, kind: str
) -> None:
    found = gateway.introspection.columns(admin, project, "db", "customers")
    by_name = {one.name: one for one in found.columns}
    assert by_name["email"].nullable is False
    assert by_name["email"].unique
    assert not by_name["email"].primary_key
    assert by_name["id"].primary_key
    assert by_name["score"].type.startswith("decimal(10,2)")
    assert "1.5" in (by_name["score"].default or "")
    assert found.primary_key == ["id"]
    assert found.uniques == [["email"]]
    orders = gateway.introspection.columns(admin, project, "db", "orders")
    assert orders.primary_key == ["id", "line"]
    assert not next(one for one in orders.columns if one.name == "id").unique
    (key,) = orders.foreign_keys
    assert (key.columns, key.target_columns) == (["customer"], ["id"])
    assert key.target.endswith("customers")
    with pytest.raises(NotFoundError, match="no table 'nothing'"):
        gateway.introspection.columns(admin, project, "db", "nothing")


def test_a_query_shows_its_first_rows_and_changes_nothing(
    gateway: Gateway, admin: Actor, project: str, kind: str
) -> None:
    draft = QueryDraft(query="SELECT id, email, score FROM customers ORDER BY id", rows=1)
    seen = gateway.introspection.query(admin, project, "db", draft)
    assert [one.name for one in seen.columns] == ["id", "email", "score"]
    assert (len(seen.rows), seen.whole) == (1, False)
    assert seen.rows[0][:2] == [1, "a@x"]
    assert float(seen.rows[0][2]) == 2.25
    assert gateway.introspection.query(admin, project, "db", draft.model_copy(update={"rows": 50})).whole
    for query in (
        "DELETE FROM customers",
        "SELECT 1; DROP TABLE customers",
        "UPDATE customers SET score = 0",
    ):
        with pytest.raises(SourceError):
            gateway.introspection.query(admin, project, "db", QueryDraft(query=query))
    assert (
        len(gateway.introspection.query(admin, project, "db", draft.model_copy(update={"rows": 9})).rows) == 2
    )


def test_a_query_that_takes_too_long_is_ended(
    gateway: Gateway, admin: Actor, project: str, kind: str
) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT count(*) AS c FROM n"
    slow = {
        "postgresql": "SELECT pg_sleep(30)", "mysql": "SELECT sleep(30) FROM customers",
        "sqlite": numbers.format(10**12), "duckdb": "SELECT count(*) FROM range(1000000000000) a",
    }[kind]  # fmt: skip
    with pytest.raises(GatewayError):
        gateway.introspection.query(admin, project, "db", QueryDraft(query=slow, timeout=0.5))


@pytest.mark.postgresql
def test_where_the_account_may_not_look_is_said_clearly(
    gateway: Gateway, admin: Actor, project: str, postgresql_url: str
) -> None:
    import psycopg

    role = f"blind_{urlsplit(postgresql_url).path[1:]}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'planted-pw'".encode())
        connection.execute(
            b"CREATE SCHEMA closed; CREATE TABLE closed.t (a int); CREATE TABLE open_one (a int)"
        )
    try:
        url = urlsplit(postgresql_url)
        config = {
            "host": url.hostname,
            "port": url.port,
            "database": url.path[1:],
            "user": role,
            "password": "planted-pw",
        }
        gateway.connections.create(
            admin, project, ConnectionDraft(name="blind", kind="postgresql", config=config)
        )
        assert "closed" not in gateway.introspection.schemas(admin, project, "blind").items
        listed = gateway.introspection.tables(admin, project, "blind")
        assert [(one.name, one.readable) for one in listed.items] == [("open_one", False)]
        with pytest.raises(GatewayError, match="or the account may not see it"):
            gateway.introspection.tables(admin, project, "blind", "closed")
        with pytest.raises(SourceError, match="permission denied"):
            gateway.introspection.query(admin, project, "blind", QueryDraft(query="SELECT * FROM open_one"))
    finally:
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {role}".encode())


def test_what_has_no_tables_says_so_and_queries_need_an_editor(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    config = {"url": "https://api.example"}
    gateway.connections.create(admin, project, ConnectionDraft(name="api", kind="http", config=config))
    for look in (gateway.introspection.schemas, gateway.introspection.tables):
        with pytest.raises(DefinitionError, match="no tables to look at"):
            look(admin, project, "api")
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    with pytest.raises(ForbiddenError):
        gateway.introspection.query(operator, project, "api", QueryDraft(query="SELECT 1"))


def test_a_database_file_that_nobody_made_yet_is_empty(
    gateway: Gateway, admin: Actor, project: str, home: Path
) -> None:
    for name in ("sqlite", "duckdb"):
        draft = ConnectionDraft(name=name, kind=name, config={"path": f"new.{name}"})
        gateway.connections.create(admin, project, draft)
        assert gateway.introspection.tables(admin, project, name).items == []
        assert not (home / f"new.{name}").exists()
