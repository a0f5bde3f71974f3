"""Under which name a task's cursor is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from intakegateway.model.task import TaskSpec
from intakegateway.services.cursorkeys import with_cursor_key

HTTP = {"kind": "http", "url": "https://api.example/orders", "incremental": {"field": "at", "param": "since"}}
SQL = {"kind": "sql", "url": "sqlite:///shop.db", "table": "orders", "incremental": {"field": "id"}}
TO = "postgresql://ann:geheim@db/shop"


def key(source: dict[str, Any], name: str = "orders", to: str = TO, table: str = "t", at: str = "/x") -> str:
    task = TaskSpec.model_validate({"name": name, "source": source, "load": {"to": to, "table": table}})
    named: Any = with_cursor_key(task, Path(at)).source
    return str(named.incremental.key)


def test_task_source_destination_and_table_tell_cursors_apart() -> None:
    for source in (HTTP, SQL):
        found = {
            key(source),
            key(source, name="other"),
            key(source, to="sqlite:////x/w.db"),
            key(source, table="u"),
            key({**source, "url": source["url"].replace("orders", "people").replace("shop", "other")}),
            key({**source, "incremental": {**source["incremental"], "field": "other"}}),
        }
        assert len(found) == 6
        assert key(source) == key(dict(source))


def test_what_is_asked_for_is_a_part_of_it_and_secrets_are_not() -> None:
    assert key({**HTTP, "request": {"query": {"state": "open"}}}) != key(HTTP)
    assert key({**HTTP, "request": {"query": {"api_key": "geheim1"}}}) == key(HTTP)
    assert key({**HTTP, "auth": {"type": "bearer", "token": "geheim1"}}) == key(HTTP)
    assert key({**HTTP, "request": {"headers": {"X-Day": "geheim1"}}}) == key(HTTP)
    assert "geheim" not in key({**HTTP, "url": "https://ann:geheim@api.example/orders?token=geheim"})
    secret = {**HTTP, "url": None, "request": {"url": "https://api.example/orders?token=geheim"}}
    assert key(secret) == key({**secret, "request": {"url": "https://api.example/orders?token=other"}})


def test_a_relative_file_is_another_one_in_another_folder() -> None:
    assert key(SQL, at="/x") != key(SQL, at="/y")
    assert key(SQL, at="/x") == key({**SQL, "url": "sqlite:////x/shop.db"}, at="/y")
    assert key(HTTP, to="sqlite:///w.db", at="/x") != key(HTTP, to="sqlite:///w.db", at="/y")


def test_a_name_that_was_given_stays() -> None:
    assert key({**HTTP, "incremental": {**HTTP["incremental"], "key": "nightly"}}) == "nightly"  # type: ignore[dict-item]
