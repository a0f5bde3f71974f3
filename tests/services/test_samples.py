from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ForbiddenError
from intakegateway.model.run import Status
from intakegateway.model.views.projects import ProjectDraft
from intakegateway.model.views.runs import RunDraftView
from intakegateway.services.samples import ORDERS
from service_fixtures import make_actor


def test_sample_data_runs_at_once_and_shows_rows_that_were_loaded_and_rows_that_were_not(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.samples.provide(admin, project)
    run = gateway.runs.start(admin, project, RunDraftView(task=made.task, wait=True))
    assert run.status == Status.PARTIAL_SUCCESS, run.error
    assert run.total_records == ORDERS
    assert (run.inserted_records, run.rejected_records, run.deduplicated_records) == (ORDERS - 6, 5, 1)
    path = gateway.context.settings.home / f"sample-{project[-12:]}.db"
    with closing(sqlite3.connect(path)) as database:
        total = database.execute("SELECT total FROM sample_orders WHERE order_id = 'S-1001'").fetchone()
    assert float(total[0]) == pytest.approx(39.9)


def test_asked_for_again_it_is_the_same_and_what_people_changed_stays(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    first = gateway.samples.provide(admin, project)
    gateway.tasks.edit(admin, project, first.task, lambda found: found | {"description": "mine"})
    again = gateway.samples.provide(admin, project)
    assert (first.created, again.created, again.task_id) == (True, False, first.task_id)
    assert gateway.tasks.get(admin, project, first.task).description == "mine"


def test_after_the_task_was_deleted_its_file_and_database_are_used_again(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    first = gateway.samples.provide(admin, project)
    file = gateway.files.get(admin, project, first.file)
    gateway.tasks.delete(admin, project, first.task)
    again = gateway.samples.provide(admin, project)
    assert again.created
    assert gateway.files.get(admin, project, again.file).id == file.id


def test_two_projects_do_not_share_the_sample_database(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.samples.provide(admin, project)
    other = gateway.projects.create(admin, ProjectDraft(name="sales")).id
    gateway.samples.provide(admin, other)
    places = {gateway.connections.get(admin, one, "sample database").address for one in (project, other)}
    assert len(places) == 2


def test_who_may_not_define_tasks_gets_no_sample(gateway: Gateway, project: str) -> None:
    viewer = make_actor(gateway, "vera@example.org", Role.OPERATOR)
    with pytest.raises(ForbiddenError):
        gateway.samples.provide(viewer, project)
