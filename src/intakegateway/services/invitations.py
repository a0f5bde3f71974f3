"""One-time links with which people choose their password."""

from __future__ import annotations

import secrets
from datetime import timedelta

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError, NotFoundError, UnauthenticatedError
from intakegateway.model.views.accounts import InvitationAnswer, InvitationView
from intakegateway.services import limits, passwords
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.sessions import Client, Sessions, SignedIn
from intakegateway.services.tokens import digest
from intakegateway.store import people
from intakegateway.store.tables.people import Invitation, User

LIFETIME = timedelta(days=7)
PATH = "/invitation"
"""The address of the page that takes an invitation; the token follows after ``#``, so that no log has it."""
_TRIES, _PER_SECONDS = 20, 300


class Invitations(Struct, frozen=True):
    """Let a person choose their password: at first, or again."""

    context: Context
    sessions: Sessions

    def renew(self, actor: Actor, user_id: str, origin: str = "") -> InvitationView:
        """A new link; the one before, the password and all sessions of the person end."""
        actor.require_admin()
        if user_id == actor.user_id:
            raise ConflictError(
                "you cannot take your own password away.", hint="Change it in your settings instead."
            )
        with self.context.database.write() as session:
            user = people.for_change(session, user_id)
            if user is None:
                raise NotFoundError("person", user_id)
            if not user.is_active:
                raise ConflictError("this person is disabled.", hint="Enable them first.")
            user.password_hash, user.failed_sign_ins, user.locked_until = None, 0, None
            people.end_sessions(session, user.id)
            record(session, actor, "reset_password", "user", noun_id=user.id, name=user.email)
            return invite(session, self.context, user, origin)

    def accept(self, answer: InvitationAnswer, client: Client) -> SignedIn:
        """Set the password and sign in. Raises ``UnauthenticatedError`` for a link that is not valid."""
        now = self.context.now()
        with self.context.database.write() as session:
            limits.check(session, f"invitation:{client.ip}", _TRIES, _PER_SECONDS, now)
        token = digest(answer.token.get_secret_value())
        with self.context.database.read() as session:
            found = people.invitation(session, token)
            if found is None:
                raise _refused()
            user = found[1]
        password = answer.password.get_secret_value()
        passwords.check(password, user.email, answer.name or user.name)
        kept = passwords.hash_of(password)
        with self.context.database.write() as session:
            found = people.invitation(session, token)
            if found is None or found[0].expires_at <= now or not found[1].is_active:
                raise _refused()
            invitation, user = found
            session.delete(invitation)
            user.password_hash = kept
            if answer.name is not None:
                user.name = answer.name
            user.version += 1
            actor = Actor(user.id, user.email, ip=client.ip)
            record(session, actor, "accepted_invitation", "user", noun_id=user.id, name=user.email)
            return self.sessions.open(session, user, client)


def invite(session: Session, context: Context, user: User, origin: str) -> InvitationView:
    """A link for ``user``, part of the caller's transaction; an older one ends.

    ``origin``: where the gateway is reached; empty: that is not known, and the link is only a path.
    """
    token, expires_at = secrets.token_urlsafe(32), context.now() + LIFETIME
    session.merge(Invitation(user_id=user.id, token_hash=digest(token), expires_at=expires_at))
    base = (context.settings.base_url or origin).rstrip("/")
    return InvitationView(token=token, url=f"{base}{PATH}#{token}", expires_at=expires_at)


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError(
        "this invitation is not valid: it was used, replaced or is too old.",
        hint="Ask an administrator for a new one.",
    )
