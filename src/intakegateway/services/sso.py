"""Single sign-on: from a provider's word to a signed-in person."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from msgspec import Struct
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intakegateway.kit.secretbox import SealError
from intakegateway.model.actor import Actor
from intakegateway.model.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)
from intakegateway.model.sso import Identity, OidcProvider, Provider, SamlProvider
from intakegateway.model.views.accounts import ProviderView
from intakegateway.services import limits
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.oidc import OidcClient
from intakegateway.services.saml import SamlClient
from intakegateway.services.sessions import Client, Sessions, SignedIn
from intakegateway.services.ssoroles import follow_groups, welcome
from intakegateway.services.tokens import digest
from intakegateway.settings import Settings, SettingsError
from intakegateway.store import people
from intakegateway.store.tables import people as tables
from intakegateway.store.tables.people import User

API = "/api/v1/auth"
_LIFETIME = timedelta(minutes=10)
_TRIES, _PER_SECONDS = 100, 300
P = TypeVar("P", bound=Provider)
C = TypeVar("C", OidcClient, SamlClient)

log = structlog.get_logger()


class Sso(Struct, frozen=True):
    """The providers of this installation. ``origin`` in each call: how browsers reach us.

    A sign-in is bound to the browser that started it by the ``binding``, a cookie; what the provider must
    say is kept sealed, is used once, and is gone after ten minutes.
    """

    context: Context
    sessions: Sessions
    oidc: Mapping[str, OidcClient]
    saml: Mapping[str, SamlClient]

    @classmethod
    def of(cls, context: Context, sessions: Sessions) -> Sso:
        """The providers of the settings. Raises ``SettingsError``; nothing is asked yet."""
        oidc, saml = read_providers(context.settings)
        return cls(
            context, sessions, {one.name: OidcClient(one, context.clock) for one in oidc},
            {one.name: SamlClient(one, context.clock) for one in saml},
        )  # fmt: skip

    def providers(self, origin: str) -> list[ProviderView]:
        """For the page where people sign in."""
        return [
            ProviderView(
                name=name, title=one.provider.title or name, kind=kind,
                login_url=f"{origin}{API}/{kind}/{name}/login",
            )
            for kind, clients in (("oidc", self.oidc), ("saml", self.saml))
            for name, one in clients.items()
        ]  # fmt: skip

    def start_oidc(self, name: str, origin: str, goal: str, client: Client) -> tuple[str, str]:
        """Where to send the browser, and the binding that it must keep."""
        found, state, binding = _known(self.oidc, name), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._limit(client)
        started = found.start(state, _callback(name, origin))
        kept = {"nonce": started.nonce, "verifier": started.verifier, "goal": local(goal), "binding": binding}
        self._keep(f"oidc:{name}", state, kept)
        return started.url, binding

    def finish_oidc(
        self, name: str, origin: str, binding: str, client: Client, answer: Mapping[str, str | None]
    ) -> tuple[SignedIn, str]:
        """The session, and where the person wanted to go. ``answer``: state, code, error, iss."""
        found = _known(self.oidc, name)
        kept = self._take(f"oidc:{name}", answer.get("state"), binding)
        if answer.get("iss") not in (None, found.provider.issuer):
            raise UnauthenticatedError("this answer came from another provider.")
        if answer.get("error") or not answer.get("code"):
            raise UnauthenticatedError(
                f"the provider did not sign you in ({answer.get('error') or 'no code'})."
            )
        who = found.finish(
            str(answer["code"]), _callback(name, origin), str(kept["nonce"]), str(kept["verifier"])
        )
        return self._sign_in("oidc", found.provider, who, client), str(kept["goal"])

    def start_saml(self, name: str, origin: str, goal: str, client: Client) -> tuple[str, str]:
        """Where to send the browser, and the binding that it must keep."""
        found, state, binding = _known(self.saml, name), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._limit(client)
        url, request_id = found.start(state, _saml_base(name, origin))
        kept = {"request": request_id, "goal": local(goal), "binding": binding}
        self._keep(f"saml:{name}", state, kept)
        return url, binding

    def assert_saml(self, name: str, origin: str, response: str, state: str) -> str:
        """Verify an assertion; the browser comes back with the ticket that is returned.

        It is posted from the provider's site, so that the browser does not send its cookies along; they
        come with the next step.
        """
        found = _known(self.saml, name)
        kept = self._take(f"saml:{name}", state, None)
        who = found.finish(response, str(kept["request"]), _saml_base(name, origin))
        ticket = secrets.token_urlsafe(32)
        said = {"subject": who.subject, "email": who.email, "name": who.name, "groups": sorted(who.groups)}
        self._keep(f"saml-ticket:{name}", ticket, {**kept, "who": said})
        return ticket

    def finish_saml(self, name: str, ticket: str, binding: str, client: Client) -> tuple[SignedIn, str]:
        """The session, and where the person wanted to go."""
        found = _known(self.saml, name)
        kept = self._take(f"saml-ticket:{name}", ticket, binding)
        said = kept["who"]
        who = Identity(name, said["subject"], said["email"], said["name"], frozenset(said["groups"]))
        return self._sign_in("saml", found.provider, who, client), str(kept["goal"])

    def saml_metadata(self, name: str, origin: str) -> str:
        """What an identity provider must know of us, as XML."""
        return _known(self.saml, name).metadata(_saml_base(name, origin))

    def _limit(self, client: Client) -> None:
        with self.context.database.write() as session:
            limits.check(session, f"sso:{client.ip}", _TRIES, _PER_SECONDS, self.context.now())

    def _keep(self, provider: str, state: str, kept: dict[str, Any]) -> None:
        name = digest(state)
        sealed = self.context.box().seal(json.dumps(kept), "sign_ins", name)
        with self.context.database.write() as session:
            expires_at = self.context.now() + _LIFETIME
            session.add(
                tables.SignIn(provider=provider, state_hash=name, sealed=sealed, expires_at=expires_at)
            )

    def _take(self, provider: str, state: str | None, binding: str | None) -> dict[str, Any]:
        """What was kept, once. ``binding``: the browser's; None where it cannot be sent yet."""
        name = digest(state or "")
        with self.context.database.write() as session:
            found = people.take_sign_in(session, name)
        if found is None or found.provider != provider or found.expires_at <= self.context.now():
            raise _over()
        try:
            kept: dict[str, Any] = json.loads(self.context.box().open(found.sealed, "sign_ins", name))
        except SealError:
            raise _over() from None
        if binding is not None and not hmac.compare_digest(binding.encode(), str(kept["binding"]).encode()):
            raise _over()
        return kept

    def _sign_in(self, kind: str, provider: Provider, who: Identity, client: Client) -> SignedIn:
        try:
            return self._open(kind, provider, who, client)
        except IntegrityError:
            # The same new person came through another window at the same moment: now they are known.
            return self._open(kind, provider, who, client)

    def _open(self, kind: str, provider: Provider, who: Identity, client: Client) -> SignedIn:
        by = f"{kind}:{provider.name}"
        domain = who.email.rpartition("@")[2]
        if provider.allowed_domains and domain not in {one.lower() for one in provider.allowed_domains}:
            raise ForbiddenError(f"addresses of '{domain}' are not let in through this provider.")
        with self.context.database.write() as session:
            user = people.by_identity(session, by, who.subject)
            if user is None:
                user = _linked(session, provider, who, client)
                session.add(tables.Identity(user_id=user.id, provider=by, subject=who.subject))
                session.flush()
            if not user.is_active:
                raise ForbiddenError("this account is disabled.", hint="Ask an administrator.")
            follow_groups(session, Actor("", by, ip=client.ip), provider, who, user)
            return self.sessions.open(session, user, client, how=by)


def read_providers(settings: Settings) -> tuple[list[OidcProvider], list[SamlProvider]]:
    """The providers that the settings describe. Raises ``SettingsError``, which names what is wrong."""
    return _read("INTAKEGATEWAY_OIDC", settings.oidc, OidcProvider), _read(
        "INTAKEGATEWAY_SAML", settings.saml, SamlProvider
    )


def local(goal: str) -> str:
    """``goal`` if it is a path of ours, else the first page: nobody is sent to another site from here."""
    plain = all(" " < character != "\\" for character in goal)
    return goal if plain and goal.startswith("/") and not goal.startswith("//") else "/"


def _read(setting: str, text: str, model: type[P]) -> list[P]:
    found: dict[str, P] = {}
    for number, described in enumerate(json.loads(text or "[]"), 1):
        try:
            one = model.model_validate(described)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            said = str(first["msg"]).removeprefix("Value error, ")
            raise SettingsError(
                f"{setting}: provider {number}{f', {place}' if place else ''}: {said}."
            ) from None
        if one.name in found:
            raise SettingsError(f"{setting}: there are two providers with the name '{one.name}'.")
        found[one.name] = one
    return list(found.values())


def _linked(session: Session, provider: Provider, who: Identity, client: Client) -> User:
    """The person with this address, or a new one."""
    user = people.by_email(session, who.email)
    if user is not None:
        if not provider.link_by_email:
            raise ConflictError(
                f"'{who.email}' has an account here that this provider does not lead to.",
                hint="Sign in with your password.",
            )
        return user
    if not provider.create_users:
        raise ForbiddenError(
            f"'{who.email}' has no account here.", hint="An administrator must add you first."
        )
    user = User(email=who.email, name=who.name)
    session.add(user)
    session.flush()
    record(
        session, Actor("", f"provider {provider.name}", ip=client.ip), "created", "user", noun_id=user.id,
        name=user.email, after={"email": user.email, "name": user.name},
    )  # fmt: skip
    welcome(session, provider, user)
    return user


def _known(clients: Mapping[str, C], name: str) -> C:
    if name not in clients:
        raise NotFoundError("sign-in provider", name)
    return clients[name]


def _callback(name: str, origin: str) -> str:
    return f"{origin}{API}/oidc/{name}/callback"


def _saml_base(name: str, origin: str) -> str:
    return f"{origin}{API}/saml/{name}"


def _over() -> UnauthenticatedError:
    return UnauthenticatedError(
        "this sign-in is not known (any more): it was used, took too long, or began in another browser.",
        hint="Start again from the sign-in page.",
    )
