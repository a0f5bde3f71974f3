"""People, how they sign in, and the tokens of their programs."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from intakegateway.model.actor import Role
from intakegateway.model.views.base import Given, Name, Shown, When


def _address(value: str) -> str:
    if not re.fullmatch(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+", value):
        raise ValueError("this is not an e-mail address")
    return value


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=320),
    AfterValidator(_address),
    Field(json_schema_extra={"format": "email"}),
]
"""An address; letter case does not count."""
PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]
Password = Annotated[SecretStr, Field(max_length=256, examples=["a long sentence is best"])]
OneTimeToken = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class SetupState(Shown):
    """Whether the first administrator is still to be made."""

    needed: bool


class SetupDraft(Given):
    """The first administrator. ``token`` is printed by ``intakegateway serve`` while there is none."""

    token: OneTimeToken
    email: Email = Field(examples=["ann@example.org"])
    password: Password
    name: PersonName = ""


class SignInDraft(Given):
    """An address and its password."""

    email: Email = Field(examples=["ann@example.org"])
    password: Password


class PasswordChange(Given):
    """A new password; the present one proves who asks."""

    current: Password
    new: Password


class ProfileChange(Given):
    """What people may change about themselves."""

    name: PersonName


class UserDraft(Given):
    """A new person. With ``invite``, a one-time link comes back with which they choose a password."""

    email: Email = Field(examples=["ann@example.org"])
    name: PersonName = ""
    is_admin: bool = False
    invite: bool = True


class UserChange(Given):
    """What an administrator may change; left out: as it was."""

    email: Email | None = None
    name: PersonName | None = None
    is_admin: bool | None = None
    is_active: bool | None = None


class UserView(Shown):
    """A person."""

    id: str
    email: str
    name: str
    is_admin: bool
    is_active: bool
    has_password: bool
    """False: they were invited and did not come yet, or only use single sign-on."""
    locked_until: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class InvitationView(Shown):
    """A one-time link, shown once."""

    token: str
    url: str
    """Where they choose their password; only a path where the gateway cannot know its own name, see `BASE_URL`."""
    expires_at: datetime


class InvitedUser(Shown):
    """A new person with their invitation."""

    user: UserView
    invitation: InvitationView | None


class InvitationAnswer(Given):
    """What an invited person chooses."""

    token: OneTimeToken
    password: Password
    name: PersonName | None = None


class Membership(Shown):
    """One project of a person."""

    project_id: str
    project: str
    role: Role


class Me(Shown):
    """Who is signed in. ``csrf_token`` goes into ``X-CSRF-Token``; programs with a token need none."""

    user: UserView
    memberships: list[Membership]
    csrf_token: str | None
    expires_at: datetime | None = None
    """When the session ends if nothing is done with it."""


class SessionView(Shown):
    """A browser that is signed in."""

    id: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this: bool


class TokenDraft(Given):
    """A token for a program."""

    name: Name = Field(examples=["nightly import"])
    role: Role = Field(examples=["operator"])
    """The most that it may do, whatever its owner may."""
    project: str | None = Field(default=None, max_length=100)
    """Name or id of the only project that it opens; left out: all of its owner's."""
    expires_at: When | None = Field(default=None, examples=["2030-01-01T00:00:00Z"])
    """Left out: never."""


class TokenView(Shown):
    """A token, without its text."""

    id: str
    name: str
    prefix: str
    """Its first characters."""
    role: Role
    project_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class IssuedToken(TokenView):
    """A new token with its text, which is never shown again."""

    token: str


class ProviderView(Shown):
    """A way to sign in without a password here."""

    name: str
    title: str
    kind: str
    """``oidc`` or ``saml``."""
    login_url: str
