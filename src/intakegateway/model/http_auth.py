"""How to sign in to a REST API. Whether a secret is there is checked when the source is opened."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from intakegateway.model.definition import Definition


class NoAuth(Definition):
    """Nothing is sent."""

    type: Literal["none"] = "none"


class BearerAuth(Definition):
    """``Authorization: Bearer <token>``."""

    type: Literal["bearer"] = "bearer"
    token: SecretStr | None = None
    scheme: str = "Bearer"
    """The word before the token, where an API wants another one."""


class ApiKeyAuth(Definition):
    """A key in a header or a query parameter of any name."""

    type: Literal["api_key"] = "api_key"
    name: str = Field(default="X-API-Key", min_length=1)
    value: SecretStr | None = None
    place: Literal["header", "query"] = Field(default="header", alias="in")


class BasicAuth(Definition):
    """User name and password. The password may be empty, as some APIs have only a key."""

    type: Literal["basic"] = "basic"
    username: str = ""
    password: SecretStr = SecretStr("")


class OAuth2(Definition):
    """What the OAuth2 grants share."""

    token_url: str
    client_id: str
    client_secret: SecretStr | None = None
    client_auth: Literal["basic", "body"] = "basic"
    """How the client names itself to the token endpoint."""
    scope: str | None = None
    params: dict[str, str] = Field(default={})
    """Further fields of the token request, such as ``audience``."""


class ClientCredentialsAuth(OAuth2):
    """OAuth2 between programs: the client's own id and secret."""

    type: Literal["oauth2_client_credentials"] = "oauth2_client_credentials"


class RefreshTokenAuth(OAuth2):
    """OAuth2 for a person who signed in before: a refresh token buys access tokens.

    When the server hands out a new refresh token, that one is kept and used from then on.
    """

    type: Literal["oauth2_refresh_token"] = "oauth2_refresh_token"
    refresh_token: SecretStr | None = None


Auth = Annotated[
    NoAuth | BearerAuth | ApiKeyAuth | BasicAuth | ClientCredentialsAuth | RefreshTokenAuth,
    Field(discriminator="type"),
]
