from __future__ import annotations

import csv
import io
import json

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ForbiddenError, NotFoundError
from intakegateway.model.views.audit import AuditFilter
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.projects import ProjectChange, ProjectDraft
from intakegateway.services import audit
from service_fixtures import make_actor

ALL = PageRequest(limit=500)


def test_admins_of_a_project_see_their_project_and_nothing_else(gateway: Gateway, admin: Actor) -> None:
    gateway.projects.create(admin, ProjectDraft(name="secret"))
    gateway.projects.change(admin, "default", ProjectChange(title="Ours"))
    owner = make_actor(gateway, "owner@example.org", Role.ADMIN)
    seen = gateway.audit.find_all(owner, ALL, AuditFilter())
    assert [one.noun_name for one in seen.items] == ["default"]
    assert gateway.audit.find_all(owner, ALL, AuditFilter(project="default")).total == 1
    with pytest.raises(NotFoundError):
        gateway.audit.find_all(owner, ALL, AuditFilter(project="secret"))
    assert gateway.audit.find_all(admin, ALL, AuditFilter()).total > 1


def test_a_token_for_one_project_sees_that_project_only(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.projects.change(admin, "default", ProjectChange(title="Ours"))
    other = gateway.projects.create(admin, ProjectDraft(name="other"))
    _, text = gateway.tokens.issue(admin, "one project", project_id=project)
    actor = gateway.tokens.actor(text)
    seen = gateway.audit.find_all(actor, ALL, AuditFilter())
    assert {one.project_id for one in seen.items} == {project}
    with pytest.raises(NotFoundError):
        gateway.audit.find_all(actor, ALL, AuditFilter(project=other.id))


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_others_see_nothing(gateway: Gateway, project: str, role: Role | None) -> None:
    person = make_actor(gateway, "person@example.org", role)
    with pytest.raises(ForbiddenError):
        gateway.audit.find_all(person, ALL, AuditFilter())
    with pytest.raises(ForbiddenError):
        gateway.audit.export(person, AuditFilter(), as_csv=True)


def test_an_export_has_every_entry_once_however_many_parts_it_takes(
    gateway: Gateway, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.store.audit.PART", 2)
    for n in range(5):
        gateway.projects.create(admin, ProjectDraft(name=f"p{n}"))
    wanted = AuditFilter(noun="project")
    parts = gateway.audit.export(admin, wanted, as_csv=False)
    first = next(parts)
    gateway.projects.create(admin, ProjectDraft(name="late"))
    lines = [json.loads(line) for line in (first + b"".join(parts)).splitlines()]
    assert [one["noun_name"] for one in lines] == [f"p{n}" for n in range(5)]
    table = b"".join(gateway.audit.export(admin, wanted, as_csv=True)).decode()
    assert [row["noun_name"] for row in csv.DictReader(io.StringIO(table))][-1] == "late"


def test_an_export_without_entries_is_a_header(gateway: Gateway, admin: Actor) -> None:
    nothing = AuditFilter(user="nobody")
    assert b"".join(gateway.audit.export(admin, nothing, as_csv=True)).startswith(b"id,at,project_id")
    assert b"".join(gateway.audit.export(admin, nothing, as_csv=False)) == b""


def test_what_begins_like_a_formula_is_no_formula_in_a_spreadsheet(gateway: Gateway, admin: Actor) -> None:
    with gateway.context.database.write() as session:
        audit.record(session, admin, "created", "schema", name="=HYPERLINK(1)", after={"password": "plant3d"})
    table = b"".join(gateway.audit.export(admin, AuditFilter(noun="schema"), as_csv=True)).decode()
    row = next(csv.DictReader(io.StringIO(table)))
    assert row["noun_name"] == "'=HYPERLINK(1)"
    assert json.loads(row["after"]) == {"password": "***"}
