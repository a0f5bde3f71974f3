"""API tokens: random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, NotFoundError, UnauthenticatedError
from intakegateway.model.views.accounts import IssuedToken, TokenDraft, TokenView
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.remembered import FRESH, Remembered
from intakegateway.store import people
from intakegateway.store.paging import page
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
    _actors: Remembered[Actor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Programs ask often."""
        object.__setattr__(self, "_actors", Remembered(self.context))

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

    def create(self, actor: Actor, draft: TokenDraft, project_id: str | None = None) -> IssuedToken:
        """A new token of ``actor`` for a program. One that is made with a token does not live longer.

        Raises ``DefinitionError`` for a time that is over.
        """
        actor.require_self()
        expires_at = draft.expires_at
        if expires_at is not None and expires_at <= self.context.now():
            raise DefinitionError("this time is over.", path=("expires_at",))
        if actor.token_id is not None:
            with self.context.database.read() as session:
                own = session.get(ApiToken, actor.token_id)
            if own is not None and own.expires_at is not None:
                expires_at = min(expires_at or own.expires_at, own.expires_at)
        token, text = self.issue(actor, draft.name, draft.role, project_id=project_id, expires_at=expires_at)
        return IssuedToken(**_view(token).model_dump(), token=text)

    def find_all(self, actor: Actor, request: PageRequest) -> Page[TokenView]:
        """The tokens of ``actor`` that are not revoked."""
        actor.require_self()
        with self.context.database.read() as session:
            query = people.tokens(actor.user_id)
            found, total = page(session, query, request, people.SORTABLE_TOKENS, "-created_at")
        items = [_view(one) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def revoke(self, actor: Actor, token_id: str) -> None:
        """End a token of one's own. Raises ``NotFoundError``."""
        actor.require_self()
        with self.context.database.write() as session:
            token = session.get(ApiToken, token_id)
            if token is None or token.user_id != actor.user_id or token.revoked_at is not None:
                raise NotFoundError("token", token_id)
            token.revoked_at = self.context.now()
            record(
                session, actor, "revoked", "token", project_id=token.project_id, noun_id=token.id,
                name=token.name,
            )  # fmt: skip

    def remembered(self, text: str, ip: str = "") -> Actor | None:
        """Who a token speaks for, if that was found out a moment ago; does not read the store."""
        known = self._actors.get(digest(text))
        return replace(known, ip=ip) if known is not None else None

    def actor(self, text: str, ip: str = "") -> Actor:
        """Who a token speaks for. Raises ``UnauthenticatedError``, the same for every reason."""
        now, writes = self.context.now(), self.context.database.writes
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
        actor = Actor(
            user.id, user.email, user.is_admin, roles, Role(token.role), token.project_id, ip, token.id
        )
        left = (token.expires_at - now).total_seconds() if token.expires_at is not None else FRESH
        self._actors.put(digest(text), actor, writes, left)
        return actor


def _view(token: ApiToken) -> TokenView:
    return TokenView.model_validate(token)


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError(
        "this token is not valid: it is unknown, expired or revoked.", hint="Make a new one in your settings."
    )
