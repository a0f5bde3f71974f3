from __future__ import annotations

import json

import pytest
import yaml
from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, ForbiddenError, GatewayError, NotFoundError
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.projectdocs import Applied, ApplyRequest
from intakegateway.model.views.tasks import TaskFilter
from intakegateway.services.projectfiles import read_project
from intakegateway.store.tables.definitions import Notification
from service_fixtures import make_actor

DOCUMENT = """
project: sales
title: Sales
active_connection: warehouse
connections:
  warehouse:
    kind: postgresql
    host: db.example.org
    database: dw
    user: loader
    password: ${WAREHOUSE_PASSWORD}
  shop-api:
    kind: http
    url: https://shop.example.org/api
    auth: {type: bearer, token: "${SHOP_API_AUTH_TOKEN}"}
schemas:
  orders: {columns: [{name: id, type: integer}, {name: total, type: "decimal(12,2)"}]}
templates:
  address: {mappings: [{to: city, from: address.city}]}
notifications:
  ops: {kind: webhook, url: "${OPS_URL}", events: [FAILED]}
tasks:
  - name: orders
    source: {kind: http, connection: shop-api, request: {path: /orders}}
    mapping: [{to: id, from: id, transforms: [to_int]}]
    rules: [{not_null: id}]
    load: {table: orders, mode: upsert, keys: [id]}
    schedule: {cron: "*/15 * * * *", timezone: Europe/Berlin}
    notify: [{on: [FAILED], webhook: ops}]
  - name: customers
    source: {kind: file, file: customers.csv, delimiter: ";"}
    load: {connection: warehouse, table: customers}
"""
VARIABLES = {
    "WAREHOUSE_PASSWORD": "planted-warehouse", "SHOP_API_AUTH_TOKEN": "planted-token",
    "OPS_URL": "https://ops.example.org/hook",
}  # fmt: skip


def apply(gateway: Gateway, actor: Actor, document: str = DOCUMENT, **more: object) -> Applied:
    request = {"document": document, "variables": VARIABLES, **more}
    return gateway.applying.apply(actor, ApplyRequest.model_validate(request))


def actions(applied: Applied) -> dict[str, str]:
    return {f"{one.noun} {one.name}": one.action for one in applied.changes}


def test_a_project_comes_in_with_everything_that_is_in_the_file(gateway: Gateway, admin: Actor) -> None:
    applied = apply(gateway, admin)
    assert set(actions(applied).values()) == {"create", "update"}
    project = gateway.projects.id_of(admin, "sales")
    assert gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest()).total == 2
    assert gateway.schedules.get(admin, project, "orders").spec.cron == "*/15 * * * *"
    assert gateway.connections.get(admin, project, "warehouse").is_active
    assert gateway.connections.get(admin, project, "warehouse").secrets == ["password"]
    assert applied.created_secrets["ops"].startswith("whsec_")


def test_a_project_goes_out_comes_in_again_and_is_equal(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    first = gateway.exports.as_text(admin, "sales")
    copy = ApplyRequest(document=first, variables=VARIABLES)
    gateway.applying.apply(admin, copy, "copy")
    second = gateway.exports.export(admin, "copy")
    assert second == {**yaml.safe_load(first), "project": "copy"}
    again = apply(gateway, admin, first)
    assert [one for one in again.changes if one.action != "unchanged"] == []


def test_one_task_goes_out_with_what_it_uses_and_nothing_else(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    orders = gateway.exports.export(admin, "sales", ["orders"])
    assert [task["name"] for task in orders["tasks"]] == ["orders"]
    assert (list(orders["connections"]), orders["active_connection"]) == (
        ["shop-api", "warehouse"],
        "warehouse",
    )
    assert list(orders["notifications"]) == ["ops"]
    assert "schemas" not in orders
    assert "templates" not in orders
    customers = gateway.exports.export(admin, "sales", ["customers"])
    assert (list(customers["connections"]), customers.get("notifications")) == (["warehouse"], None)
    assert "active_connection" not in customers
    again = gateway.applying.apply(
        admin, ApplyRequest(document=gateway.exports.as_text(admin, "sales", ["orders"]), variables=VARIABLES)
    )
    assert set(actions(again).values()) <= {"unchanged"}
    with pytest.raises(NotFoundError, match="'order'"):
        gateway.exports.export(admin, "sales", ["order"])


def test_no_secret_is_in_what_goes_out(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    text = gateway.exports.as_text(admin, "sales")
    assert "planted" not in text
    assert "ops.example.org" not in text
    assert "${WAREHOUSE_PASSWORD}" in text


def test_what_was_exported_can_be_read_by_the_command_line(
    gateway: Gateway, admin: Actor, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    apply(gateway, admin)
    path = tmp_path / "project.yaml"
    path.write_text(gateway.exports.as_text(admin, "sales"))
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "pw")
    (task,) = read_project(path, ["customers"]).tasks
    assert task.load.to == "postgresql://loader:pw@db.example.org/dw"


def test_secrets_that_do_not_come_with_the_file_stay_as_they_are(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    applied = apply(gateway, admin, DOCUMENT.replace("database: dw", "database: dw2"), variables={})
    assert actions(applied)["connection warehouse"] == "update"
    changed = next(one for one in applied.changes if one.name == "warehouse")
    assert changed.fields == ["database"]
    project = gateway.projects.id_of(admin, "sales")
    assert gateway.connections.get(admin, project, "warehouse").secrets == ["password"]


def test_a_secret_that_is_left_out_does_not_follow_to_another_host(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    with pytest.raises(DefinitionError, match="'password' has to be entered again: 'host'"):
        apply(gateway, admin, DOCUMENT.replace("db.example.org", "db2.example.org"), variables={})
    moved = apply(gateway, admin, DOCUMENT.replace("db.example.org", "db2.example.org"))
    assert actions(moved)["connection warehouse"] == "update"


def test_headers_of_a_webhook_that_do_not_come_with_the_file_stay_beside_those_that_do(
    gateway: Gateway, admin: Actor
) -> None:
    headed = DOCUMENT.replace(
        'url: "${OPS_URL}",', 'url: "${OPS_URL}", headers: {X-A: "${OPS_A}", X-B: "${OPS_B}"},'
    )
    apply(gateway, admin, headed, variables={**VARIABLES, "OPS_A": "one", "OPS_B": "two"})
    assert actions(apply(gateway, admin, headed, variables={}))["notification ops"] == "unchanged"
    changed = apply(gateway, admin, headed, variables={"OPS_B": "three"})
    assert actions(changed)["notification ops"] == "update"
    with gateway.context.database.read() as session:
        place = session.query(Notification).one()
    kept = gateway.context.box().open(place.secrets["headers"], "notifications", place.id, "headers")
    assert json.loads(kept) == {"X-A": "one", "X-B": "three"}
    with pytest.raises(DefinitionError, match="headers have to be entered again"):
        apply(gateway, admin, headed, variables={"OPS_URL": "https://elsewhere.example.org", "OPS_B": "x"})


def test_a_secret_that_nobody_knows_is_named_with_its_place(gateway: Gateway, admin: Actor) -> None:
    with pytest.raises(DefinitionError, match=r"WAREHOUSE_PASSWORD.*is not set") as caught:
        apply(gateway, admin, variables={})
    assert str(caught.value).startswith("project:11:15")


def test_a_dry_run_says_what_would_change_and_changes_nothing(gateway: Gateway, admin: Actor) -> None:
    told = apply(gateway, admin, dry_run=True)
    assert told.created_secrets == {}
    with pytest.raises(GatewayError, match="no project 'sales'"):
        gateway.projects.get(admin, "sales")
    assert actions(told) == actions(apply(gateway, admin))


def test_a_file_with_one_mistake_changes_nothing_at_all(gateway: Gateway, admin: Actor) -> None:
    wrong = DOCUMENT.replace("mode: upsert", "mode: upsrt")
    with pytest.raises(DefinitionError, match="upsert") as caught:
        apply(gateway, admin, wrong)
    assert "project:27:33" in str(caught.value)
    with pytest.raises(GatewayError, match="no project 'sales'"):
        gateway.projects.get(admin, "sales")


def test_an_unknown_key_is_answered_with_the_nearest_one(gateway: Gateway, admin: Actor) -> None:
    with pytest.raises(DefinitionError, match="Did you mean 'connections'"):
        apply(gateway, admin, "project: x\nconnectons: {}\n")


def test_prune_deletes_what_the_file_does_not_have(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    rest = yaml.safe_load(DOCUMENT)
    rest["tasks"] = rest["tasks"][1:]
    del rest["notifications"], rest["connections"]["shop-api"]
    kept = apply(gateway, admin, json.dumps(rest))
    assert "delete" not in actions(kept).values()
    applied = apply(gateway, admin, json.dumps(rest), prune=True)
    gone = [name for name, action in actions(applied).items() if action == "delete"]
    assert gone == ["task orders", "notification ops", "connection shop-api"]


def test_a_schedule_that_is_taken_out_of_the_file_is_gone(gateway: Gateway, admin: Actor) -> None:
    apply(gateway, admin)
    without = DOCUMENT.replace('    schedule: {cron: "*/15 * * * *", timezone: Europe/Berlin}\n', "")
    changed = next(
        one for one in apply(gateway, admin, without).changes if one.name == "orders" and one.noun == "task"
    )
    assert (changed.action, changed.fields) == ("update", ["schedule"])


def test_only_editors_apply_and_only_administrators_make_projects(gateway: Gateway, admin: Actor) -> None:
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    editor = make_actor(gateway, "editor@example.org", Role.EDITOR)
    mine = "project: default\ntemplates: {a: {mappings: [{to: city, from: town}]}}\n"
    with pytest.raises(ForbiddenError):
        apply(gateway, viewer, mine)
    assert actions(apply(gateway, editor, mine))["template a"] == "create"
    with pytest.raises(ForbiddenError):
        apply(gateway, editor)


def test_a_project_is_exported_and_applied_over_the_api(client: TestClient) -> None:
    done = client.post("/api/v1/projects/apply", json={"document": DOCUMENT, "variables": VARIABLES})
    assert done.status_code == 200, done.text
    text = client.get("/api/v1/projects/sales/export")
    assert text.headers["content-type"].startswith("application/yaml")
    again = client.post("/api/v1/projects/apply", json={"document": text.text, "dry_run": True})
    assert {one["action"] for one in again.json()["changes"]} == {"unchanged"}
