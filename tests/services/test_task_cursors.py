"""How far a task has read: kept by its runs, shown, and forgotten by who may edit the task."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, ForbiddenError, NotFoundError
from intakegateway.model.views.audit import AuditFilter
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.runs import RunDraftView, RunView
from service_fixtures import make_actor


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", [(1, "a"), (2, "b")])
    return path


def definition(shop: Path, tmp_path: Path, **source: Any) -> dict[str, Any]:
    return {
        "name": "orders",
        "source": {"kind": "sql", "url": f"sqlite:///{shop}", "table": "orders", **source},
        "load": {"to": f"sqlite:///{tmp_path / 'to.db'}", "table": "orders", "mode": "append"},
    }


def run(gateway: Gateway, actor: Actor, project: str) -> RunView:
    started = gateway.runs.start(actor, project, RunDraftView(task="orders", wait=False))
    with pytest.raises(ConflictError, match="is running"):
        gateway.task_cursors.forget(actor, project, "orders")
    gateway.executor("tests").next()
    ended = gateway.runs.get(actor, started.id)
    assert ended.status == "SUCCESS", ended.error
    return ended


def test_a_task_reads_on_until_its_cursor_is_forgotten(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    gateway.tasks.create(admin, project, definition(shop, tmp_path, incremental={"field": "id"}))
    before = gateway.task_cursors.get(admin, project, "orders")
    assert (before.field, before.value, before.saved_at) == ("id", None, None)
    assert run(gateway, admin, project).total_records == 2
    kept = gateway.task_cursors.get(admin, project, "orders")
    assert (kept.value, kept.kind) == ("2", "number")
    assert kept.saved_at is not None
    assert run(gateway, admin, project).total_records == 0
    gateway.task_cursors.forget(admin, project, "orders")
    assert gateway.task_cursors.get(admin, project, "orders").value is None
    gateway.task_cursors.forget(admin, project, "orders")
    assert run(gateway, admin, project).total_records == 2
    noted = gateway.audit.find_all(admin, PageRequest(), AuditFilter()).items
    assert [one.action for one in noted].count("cursor_forgotten") == 1


def test_a_task_that_reads_everything_has_no_cursor(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    gateway.tasks.create(admin, project, definition(shop, tmp_path))
    with pytest.raises(NotFoundError, match="cursor of the task"):
        gateway.task_cursors.get(admin, project, "orders")
    with pytest.raises(NotFoundError):
        gateway.task_cursors.forget(admin, project, "orders")


def test_only_editors_forget(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    gateway.tasks.create(admin, project, definition(shop, tmp_path, incremental={"field": "id"}))
    operator = make_actor(gateway, "olga@example.org", Role.OPERATOR)
    assert gateway.task_cursors.get(operator, project, "orders").value is None
    with pytest.raises(ForbiddenError):
        gateway.task_cursors.forget(operator, project, "orders")
