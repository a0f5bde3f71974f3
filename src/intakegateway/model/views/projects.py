"""Projects and their members."""

from datetime import datetime

from pydantic import Field

from intakegateway.model.actor import Role
from intakegateway.model.views.base import Given, Shown, Slug, Words


class ProjectDraft(Given):
    """A new project. Who makes it becomes its admin."""

    name: Slug = Field(examples=["sales"])
    title: Words = ""
    description: Words = ""


class ProjectChange(Given):
    """What may be changed; left out: as it was."""

    name: Slug | None = None
    title: Words | None = None
    description: Words | None = None


class ProjectView(Shown):
    """A project as its members see it."""

    id: str
    name: str
    title: str
    description: str
    active_connection_id: str | None
    role: Role
    """The role of who asks."""
    created_at: datetime
    updated_at: datetime
    version: int


class MemberDraft(Given):
    """A person and their role."""

    email: str = Field(max_length=320)
    role: Role


class MemberView(Shown):
    """A member."""

    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
