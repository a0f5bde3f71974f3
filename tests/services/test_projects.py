from __future__ import annotations

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, ForbiddenError, NotFoundError, StaleEditError
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.projects import MemberDraft, ProjectChange, ProjectDraft
from service_fixtures import make_actor


def test_there_is_a_default_project_that_cannot_be_deleted(gateway: Gateway, admin: Actor) -> None:
    assert [one.name for one in gateway.projects.find_all(admin, PageRequest()).items] == ["default"]
    with pytest.raises(ConflictError, match="'default' cannot be deleted"):
        gateway.projects.delete(admin, "default")


def test_a_project_that_is_not_theirs_does_not_exist_for_them(gateway: Gateway, admin: Actor) -> None:
    gateway.projects.create(admin, ProjectDraft(name="secret"))
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    with pytest.raises(NotFoundError, match="no project 'secret'"):
        gateway.projects.get(viewer, "secret")
    assert [one.name for one in gateway.projects.find_all(viewer, PageRequest()).items] == ["default"]


def test_a_viewer_looks_and_changes_nothing(gateway: Gateway, project: str) -> None:
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    with pytest.raises(ForbiddenError, match="needs the role 'admin'.*yours is 'viewer'"):
        gateway.projects.change(viewer, project, ProjectChange(title="Mine"))


def test_two_edits_of_the_same_version_do_not_overwrite_each_other(gateway: Gateway, admin: Actor) -> None:
    read = gateway.projects.get(admin, "default")
    gateway.projects.change(admin, "default", ProjectChange(title="First"), read.version)
    with pytest.raises(StaleEditError):
        gateway.projects.change(admin, "default", ProjectChange(title="Second"), read.version)
    assert gateway.projects.get(admin, "default").title == "First"


def test_the_last_admin_of_a_project_cannot_lock_everybody_out(gateway: Gateway, project: str) -> None:
    owner = make_actor(gateway, "owner@example.org", Role.ADMIN)
    with pytest.raises(ForbiddenError, match="at least one admin"):
        gateway.projects.set_member(owner, project, MemberDraft(email=owner.name, role=Role.VIEWER))
    with pytest.raises(ForbiddenError, match="at least one admin"):
        gateway.projects.remove_member(owner, project, owner.user_id)
