from __future__ import annotations

from typing import Any

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, ForbiddenError, NotFoundError
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.model.views.projectdocs import ApplyRequest
from intakegateway.model.views.runs import RunDraftView
from service_fixtures import make_actor

DOCUMENT = """
project: shop
connections:
  warehouse: {kind: sqlite, path: warehouse.db}
defaults:
  files: in/*.csv
  source: {null_texts: ["-"]}
  rules: [{not_null: id}]
  load: {connection: warehouse, table: "raw_{table}", mode: append}
table_naming: {strip_prefix: EXP_, strip_suffix: _2024, lowercase: true}
tables:
  "EXP_log_*": {table: log, load: {mode: insert}, rules: [{not_null: what}]}
  "*_old*": {skip: true}
tasks: []
"""


@pytest.fixture
def shop(gateway: Gateway, admin: Actor) -> str:
    applied = gateway.applying.apply(admin, ApplyRequest(document=DOCUMENT))
    assert any("uploaded files" in one for one in applied.warnings)
    return gateway.projects.id_of(admin, "shop")


def upload(gateway: Gateway, admin: Actor, project: str, name: str, text: str) -> str:
    return gateway.files.receive(admin, project, name, [text.encode()]).id


def proposed(gateway: Gateway, admin: Actor, project: str, name: str, text: str) -> dict[str, Any]:
    upload(gateway, admin, project, name, text)
    return gateway.file_tasks.propose(admin, project, name).definition


def test_a_file_becomes_a_task_by_the_projects_defaults_and_naming(
    gateway: Gateway, admin: Actor, shop: str
) -> None:
    text = "id;Full Name;total\n1;Ana;10,50\n;Bo;-\n2;Cy;7,25\n"
    made = proposed(gateway, admin, shop, "EXP_Orders_2024.csv", text)
    assert made["name"] == "orders"
    assert made["load"] == {"connection": "warehouse", "table": "raw_orders", "mode": "append"}
    assert (made["source"]["file"], made["source"]["delimiter"]) == ("EXP_Orders_2024.csv", ";")
    assert made["source"]["null_texts"] == ["-"]
    assert made["mapping"] == [{"to": name, "from": name} for name in ("id", "Full Name", "total")]
    task = gateway.tasks.create(admin, shop, made)
    run = gateway.runs.start(admin, shop, RunDraftView(task=task.name, wait=True))
    assert (run.inserted_records, run.rejected_records, run.error) == (2, 1, None)
    again = gateway.file_tasks.propose(admin, shop, "EXP_Orders_2024.csv").definition
    assert again["name"] == "orders 2", "a task has that name by now"


def test_what_is_said_for_the_name_of_a_file_is_stronger(gateway: Gateway, admin: Actor, shop: str) -> None:
    made = proposed(gateway, admin, shop, "EXP_log_old_2024.csv", "at,what\n2024-05-01,start\n")
    assert made["load"] == {"connection": "warehouse", "table": "log", "mode": "insert"}
    assert made["rules"] == [{"not_null": "what"}]
    view = gateway.file_tasks.propose(admin, shop, "EXP_log_old_2024.csv")
    assert view.rules_of == ["EXP_log_*", "*_old*"]
    assert any("leave files of this name out" in one for one in view.warnings)


def test_without_settings_the_table_is_called_as_the_file_is(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    upload(gateway, admin, project, "people.csv", "id,name\n1,Ann\n")
    view = gateway.file_tasks.propose(admin, project, "people.csv")
    assert (view.table, view.definition["name"]) == ("people", "people")
    assert any("no active connection" in one for one in view.warnings)
    draft = ConnectionDraft(name="db", kind="sqlite", config={"path": "x.db"})
    gateway.connections.activate(admin, project, gateway.connections.create(admin, project, draft).id)
    assert gateway.file_tasks.propose(admin, project, "people.csv").warnings == []
    gateway.tasks.create(admin, project, view.definition)


def test_a_file_that_cannot_be_read_or_seen_is_no_task(gateway: Gateway, admin: Actor, project: str) -> None:
    upload(gateway, admin, project, "broken.parquet", "this is no parquet")
    with pytest.raises(DefinitionError, match="cannot be read"):
        gateway.file_tasks.propose(admin, project, "broken.parquet")
    with pytest.raises(NotFoundError):
        gateway.file_tasks.propose(admin, project, "none.csv")
    viewer = make_actor(gateway, "vi@example.org", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        gateway.file_tasks.propose(viewer, project, "broken.parquet")
