"""API tokens: random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import UnauthenticatedError
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.store import people
from intakegateway.store.tables.people import ApiToken

PREFIX = "igw_"
_USE_NOTED = timedelta(minutes=1)
"""How exact the time of last use is; each request would be a write otherwise."""


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so that a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issue and check them."""

    context: Context

    def issue(
        self, actor: Actor, name: str, role: Role = Role.ADMIN, *, project_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiToken, str]:  # fmt: skip
        """A new token of ``actor``, and its text, which is never shown again."""
        text = PREFIX + secrets.token_urlsafe(32)
        with self.context.database.write() as session:
            token = ApiToken(
                user_id=actor.user_id, name=name, token_hash=digest(text), prefix=text[:12], role=role,
                project_id=project_id, expires_at=expires_at,
            )  # fmt: skip
            session.add(token)
            session.flush()
            record(
                session, actor, "created", "token", project_id=project_id, noun_id=token.id, name=name,
                after={"role": role, "expires_at": expires_at.isoformat() if expires_at else None},
            )  # fmt: skip
        return token, text

    def actor(self, text: str, ip: str = "") -> Actor:
        """Who a token speaks for. Raises ``UnauthenticatedError``, the same for every reason."""
        now = self.context.now()
        with self.context.database.read() as session:
            found = people.by_token(session, digest(text))
            if found is None:
                raise _refused()
            token, user = found
            expired = token.expires_at is not None and token.expires_at <= now
            if token.revoked_at is not None or expired or not user.is_active:
                raise _refused()
            roles = people.roles(session, user.id)
        if token.last_used_at is None or now - token.last_used_at > _USE_NOTED:
            with self.context.database.write() as session:
                kept = session.get(ApiToken, token.id)
                if kept is not None:
                    kept.last_used_at = now
        return Actor(
            user.id, user.email, user.is_admin, roles, Role(token.role), token.project_id, ip, token.id
        )


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError(
        "this token is not valid: it is unknown, expired or revoked.", hint="Make a new one in your settings."
    )
