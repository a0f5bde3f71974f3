from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from intakegateway.bootstrap import Gateway
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import (
    ConflictError,
    DefinitionError,
    ForbiddenError,
    NotFoundError,
    StaleEditError,
)
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.projects import ProjectDraft
from intakegateway.model.views.tasks import TaskChange, TaskFilter
from intakegateway.store.tables.definitions import TaskVersion
from intakegateway.store.tables.people import AuditEntry
from intakegateway.store.tables.runs import Run
from service_fixtures import make_actor

PASSWORD = "hunter2-planted"


def a_task(name: str = "orders", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"kind": "file", "file": "orders.csv"},
        "mapping": [{"to": "id", "from": "id", "transforms": ["to_int"]}],
        "load": {"connection": "warehouse", "table": "orders"},
        **changes,
    }


def a_secret_task(**changes: Any) -> dict[str, Any]:
    source = {
        "kind": "http",
        "url": "https://shop.example.org/v2",
        "auth": {"type": "bearer", "token": PASSWORD},
    }
    load = {"to": f"postgresql://ann:{PASSWORD}@db/shop", "table": "orders"}
    return {"name": "secret", "source": source, "load": load, **changes}


def test_a_task_is_kept_as_it_was_written(gateway: Gateway, admin: Actor, project: str) -> None:
    given = a_task(rules=[{"not_null": "id"}])
    made = gateway.tasks.create(admin, project, given)
    assert gateway.tasks.get(admin, project, "orders").definition == given
    assert (made.current, made.source_kind, made.connection, made.table) == (1, "file", "warehouse", "orders")


def test_what_is_wrong_is_named_with_its_key(gateway: Gateway, admin: Actor, project: str) -> None:
    with pytest.raises(DefinitionError, match="'upsrt' is not allowed.*Did you mean 'upsert'") as wrong:
        gateway.tasks.create(admin, project, a_task(load={"table": "t", "mode": "upsrt"}))
    assert wrong.value.path == ("load", "mode")
    with pytest.raises(DefinitionError, match="not an expression") as wrong:
        gateway.tasks.create(admin, project, a_task(mapping=[{"to": "x", "expression": "1 +"}]))
    assert wrong.value.path == ("mapping", 0, "expression")
    assert gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest()).total == 0


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_texts_that_no_database_keeps_are_refused(
    gateway: Gateway, admin: Actor, project: str, text: str
) -> None:
    with pytest.raises(DefinitionError, match=r"NUL|surrogate") as wrong:
        gateway.tasks.create(admin, project, a_task(source={"kind": "file", "path": text}))
    assert wrong.value.path == ("source", "path")


def test_a_save_that_changes_something_makes_a_version(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.tasks.create(admin, project, a_task())
    again = gateway.tasks.replace(admin, project, made.id, a_task())
    assert (again.current, again.version) == (1, 1)
    changed = gateway.tasks.replace(admin, project, made.id, a_task(load={"table": "other"}), note="moved")
    assert (changed.current, changed.version, changed.table) == (2, 2, "other")
    versions = gateway.tasks.versions(admin, project, made.id, PageRequest()).items
    assert [(one.number, one.note, one.is_current) for one in versions] == [
        (2, "moved", True),
        (1, "", False),
    ]
    differs = [one.model_dump() for one in gateway.tasks.diff(admin, project, made.id, 1, 2)]
    assert differs == [
        {"path": "load.connection", "before": "warehouse", "after": None},
        {"path": "load.table", "before": "orders", "after": "other"},
    ]


def test_a_version_comes_back_as_a_new_one(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.tasks.create(admin, project, a_task())
    gateway.tasks.replace(admin, project, made.id, a_task(load={"table": "other"}))
    back = gateway.tasks.restore(admin, project, made.id, 1)
    assert (back.current, back.definition) == (3, a_task())
    with pytest.raises(NotFoundError, match="version of 'orders' with the number '9'"):
        gateway.tasks.restore(admin, project, made.id, 9)


def test_two_edits_of_the_same_version_do_not_overwrite_each_other(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.tasks.create(admin, project, a_task())
    gateway.tasks.replace(admin, project, made.id, a_task(load={"table": "one"}), made.version)
    with pytest.raises(StaleEditError):
        gateway.tasks.replace(admin, project, made.id, a_task(load={"table": "two"}), made.version)
    assert gateway.tasks.get(admin, project, made.id).table == "one"


def test_secrets_are_sealed_and_a_mask_keeps_them(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.tasks.create(admin, project, a_secret_task())
    assert made.definition["source"]["auth"]["token"] == "***"
    kept = gateway.tasks.replace(admin, project, made.id, {**made.definition, "description": "described"})
    assert kept.current == 2
    spec = gateway.tasks.spec(admin, project, made.id)
    assert spec.source.auth.token.get_secret_value() == PASSWORD
    assert spec.load.to == f"postgresql://ann:{PASSWORD}@db/shop"
    same = gateway.tasks.replace(admin, project, made.id, kept.definition)
    assert same.current == 2
    with gateway.context.database.read() as session:
        rows = session.scalars(select(TaskVersion)).all()
        entries = session.scalars(select(AuditEntry)).all()
        assert PASSWORD not in str([row.spec for row in rows] + [(e.before, e.after) for e in entries])


@pytest.mark.parametrize(
    "source", [{"url": "https://evil.example.org"}, {"proxy": "http://evil.example.org:1"}, {"verify": False}]
)
def test_a_kept_secret_does_not_follow_to_another_address(
    gateway: Gateway, admin: Actor, project: str, source: dict[str, Any]
) -> None:
    made = gateway.tasks.create(admin, project, a_secret_task())
    moved = {**made.definition, "source": {**made.definition["source"], **source}}
    with pytest.raises(DefinitionError, match="'token' has to be entered again") as caught:
        gateway.tasks.replace(admin, project, made.id, moved)
    assert caught.value.path == ("source", "auth", "token")
    moved["source"]["auth"] = {**moved["source"]["auth"], "token": "entered-1"}
    assert gateway.tasks.replace(admin, project, made.id, moved).current == 2


def test_a_mask_where_no_secret_is_kept_is_refused(gateway: Gateway, admin: Actor, project: str) -> None:
    given = a_secret_task()
    given["source"]["auth"]["token"] = "***"
    with pytest.raises(DefinitionError, match="stands for a secret") as wrong:
        gateway.tasks.create(admin, project, given)
    assert wrong.value.path == ("source", "auth", "token")


def test_a_secret_that_changes_is_a_difference_that_is_not_shown(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.tasks.create(admin, project, a_secret_task())
    load = {**made.definition["load"], "to": "postgresql://ann:other@db/shop"}
    gateway.tasks.replace(admin, project, made.id, {**made.definition, "load": load})
    [one] = gateway.tasks.diff(admin, project, made.id, 1, 2)
    assert (one.path, one.before, one.after) == ("load.to", "***", "***")


def test_a_copy_has_the_secrets_under_its_own_name(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.tasks.create(admin, project, a_secret_task())
    copies = [gateway.tasks.clone(admin, project, made.id) for _ in range(2)]
    assert [one.name for one in copies] == ["copy of secret", "copy of secret (2)"]
    gateway.tasks.delete(admin, project, made.id)
    spec = gateway.tasks.spec(admin, project, copies[0].id)
    assert spec.source.auth.token.get_secret_value() == PASSWORD


def test_names_are_unique_in_a_project(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.tasks.create(admin, project, a_task())
    gateway.tasks.create(admin, project, a_task("items"))
    with pytest.raises(ConflictError, match="'orders' is taken"):
        gateway.tasks.create(admin, project, a_task())
    with pytest.raises(ConflictError, match="'items' is taken"):
        gateway.tasks.change(admin, project, "orders", TaskChange(name="items"))
    renamed = gateway.tasks.change(admin, project, "orders", TaskChange(name="sales"))
    assert (renamed.name, renamed.definition["name"]) == ("sales", "sales")


def test_a_task_that_runs_is_not_deleted(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.tasks.create(admin, project, a_task())
    with gateway.context.database.write() as session:
        run = Run(project_id=project, task_id=made.id, task_name="orders", spec={}, load_id=uuid7())
        session.add(run)
    with pytest.raises(ConflictError, match="waits or runs"):
        gateway.tasks.delete(admin, project, made.id)


def test_a_list_has_last_runs_and_filters_without_a_query_for_each_task(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    for number in range(6):
        made = gateway.tasks.create(admin, project, a_task(f"t_{number}", load={"table": f"x{number % 2}"}))
        with gateway.context.database.write() as session:
            for key, status in zip(sorted([uuid7(), uuid7()]), ("FAILED", "SUCCESS"), strict=True):
                session.add(
                    Run(
                        project_id=project, task_id=made.id, task_name=made.name, spec={}, status=status,
                        load_id=uuid7(), id=key,
                    )
                )  # fmt: skip
    asked: list[str] = []
    engine = gateway.context.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    listed = gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest(sort="-name"))
    assert len(asked) <= 6
    assert [one.name for one in listed.items] == [f"t_{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert {one.last_run.status for one in listed.items if one.last_run} == {"SUCCESS"}
    assert all(one.last_run for one in listed.items)

    def names(**wanted: str) -> list[str]:
        return [
            t.name for t in gateway.tasks.find_all(admin, project, TaskFilter(**wanted), PageRequest()).items
        ]

    assert names(table="x1") == ["t_1", "t_3", "t_5"]
    assert names(search="T_3") == ["t_3"]
    assert names(search="%") == []
    assert names(source_kind="http") == []


def test_a_list_has_the_last_ten_runs_of_each_task_the_newest_first(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    ids: dict[str, list[str]] = {}
    for name, number in (("many", 13), ("few", 2), ("none", 0)):
        made = gateway.tasks.create(admin, project, a_task(name))
        with gateway.context.database.write() as session:
            ids[name] = sorted(uuid7() for _ in range(number))
            session.add_all(
                Run(
                    project_id=project, task_id=made.id, task_name=name, spec={}, status="SUCCESS",
                    load_id=uuid7(), id=one,
                )
                for one in ids[name]
            )  # fmt: skip
    listed = gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest()).items
    shown = {one.name: [run.id for run in one.recent] for one in listed}
    assert shown == {"many": ids["many"][:2:-1], "few": ids["few"][::-1], "none": []}
    assert {one.name: one.last_run and one.last_run.id for one in listed} == {
        "many": ids["many"][-1], "few": ids["few"][-1], "none": None,
    }  # fmt: skip


def test_a_list_says_the_schedule_in_words(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.tasks.create(admin, project, a_task(schedule={"cron": "30 6 * * *"}))
    [listed] = gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest()).items
    assert listed.schedule is not None
    assert listed.schedule.words == "At 06:30, every day (UTC)"


def test_roles_decide(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.tasks.create(admin, project, a_task())
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    assert gateway.tasks.get(operator, project, "orders").name == "orders"
    with pytest.raises(ForbiddenError, match="'editor'"):
        gateway.tasks.replace(operator, project, "orders", a_task())
    other = gateway.projects.create(admin, ProjectDraft(name="other"))
    with pytest.raises(NotFoundError):
        gateway.tasks.get(operator, other.id, "orders")
    with pytest.raises(NotFoundError, match="no task 'orders'"):
        gateway.tasks.get(admin, other.id, "orders")


def test_what_can_be_doubted_is_said(gateway: Gateway, admin: Actor, project: str) -> None:
    mapping = [{"to": "a", "from": "x"}, {"to": "b", "from": "x"}]
    load = {"table": "t", "mode": "upsert", "keys": ["id"]}
    made = gateway.tasks.create(admin, project, a_task(mapping=mapping, load=load))
    assert made.warnings == ["Field 'x' is used 2 times: a, b.", "The key 'id' is not filled by any mapping."]


def test_a_schedule_in_the_definition_becomes_the_schedule_of_the_task(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    definition = {
        "name": "nightly", "source": {"kind": "file", "path": "orders.csv"},
        "load": {"to": "sqlite:///x.db", "table": "orders"}, "schedule": {"cron": "0 3 * * *"},
    }  # fmt: skip
    made = gateway.tasks.create(admin, project, definition)
    assert gateway.schedules.get(admin, project, "nightly").spec.cron == "0 3 * * *"
    assert "schedule" not in made.definition
    gateway.tasks.replace(admin, project, "nightly", {**made.definition, "description": "kept"})
    assert gateway.schedules.get(admin, project, "nightly").spec.cron == "0 3 * * *"
    with pytest.raises(DefinitionError, match="hour"):
        gateway.tasks.create(
            admin, project, {**definition, "name": "wrong", "schedule": {"cron": "0 99 * * *"}}
        )
