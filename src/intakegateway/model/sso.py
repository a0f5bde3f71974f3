"""Providers of single sign-on, as the settings ``oidc`` and ``saml`` describe them."""

from typing import Self

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator

from intakegateway.model.actor import Role
from intakegateway.model.views.base import Slug


class GroupRole(BaseModel):
    """A group of the provider whose people have a role in a project.

    Their role in a project that is named here follows their groups at every sign-in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    group: str
    project: str = "default"
    """Its name."""
    role: Role


class Provider(BaseModel):
    """What all providers have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Slug
    """Part of the addresses that the provider is told."""
    title: str = ""
    """What the button says."""
    create_users: bool = True
    """People who come for the first time are let in; else an administrator adds them first."""
    link_by_email: bool = True
    """Who has an account here with the same address, gets into that one."""
    allowed_domains: tuple[str, ...] = ()
    """Only addresses of these domains; left out: all."""
    default_role: Role | None = None
    """The role of new people in ``default_project``; left out: none, until somebody gives them one."""
    default_project: str = "default"
    group_roles: tuple[GroupRole, ...] = ()
    admin_groups: tuple[str, ...] = ()
    """Who is in one of these groups is administrator, who is in none is not; left out: groups do not say it."""


class OidcProvider(Provider):
    """OpenID Connect (OpenID Connect Core 1.0, authorization code with PKCE).

    The provider must be told the address ``<base_url>/api/v1/auth/oidc/<name>/callback``.
    """

    issuer: str
    """As the provider writes it in its tokens; ``/.well-known/openid-configuration`` is looked for below."""
    client_id: str
    client_secret: SecretStr | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups_claim: str = "groups"
    trust_email: bool = False
    """Take addresses although the provider does not say ``email_verified`` (Azure AD does not)."""

    @field_validator("issuer")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("give the issuer's URL, such as https://login.example.org")
        return value

    @field_validator("scopes")
    @classmethod
    def _has_openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return value if "openid" in value else ("openid", *value)


class SamlProvider(Provider):
    """An identity provider of SAML 2.0 whose assertions are signed.

    ``<base_url>/api/v1/auth/saml/<name>/metadata`` is what the identity provider needs of us.
    """

    metadata_url: str | None = None
    metadata: str | None = None
    """The provider's metadata as XML, or the path of a file with it."""
    entity_id: str | None = None
    """Which one, where the metadata describe several."""
    email_attribute: str | None = None
    """Left out: the name ID where it is an address, else the usual names of attributes."""
    name_attribute: str | None = None
    groups_attribute: str = "groups"

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.metadata_url is None) == (self.metadata is None):
            raise ValueError("give either metadata_url or metadata")
        return self


class Identity(Struct, frozen=True):
    """What a provider says of a person, after it was verified."""

    provider: str
    subject: str
    email: str
    name: str = ""
    groups: frozenset[str] = frozenset()
