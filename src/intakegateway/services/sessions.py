"""Browsers that are signed in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor
from intakegateway.model.errors import (
    ForbiddenError,
    GatewayError,
    NotFoundError,
    RateLimitError,
    UnauthenticatedError,
)
from intakegateway.model.views.accounts import Membership, SessionView
from intakegateway.services import limits, passwords
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.tokens import digest
from intakegateway.store import people
from intakegateway.store.tables import people as tables
from intakegateway.store.tables.people import User

FREE_TRIES = 5
"""So many wrong passwords in a row do not lock an account."""
LONGEST_LOCK = 900
"""Seconds; a lock doubles with each wrong password from a minute up to this."""
TRIES_PER_ADDRESS, PER_SECONDS = 30, 300
"""Wrong passwords from one network address, in so many seconds."""
_FORGIVEN_AFTER = timedelta(days=1)
_SEEN_NOTED = timedelta(minutes=1)
"""How exact the time of last use is; each request would be a write otherwise."""

log = structlog.get_logger()


class Client(Struct, frozen=True):
    """Where a request comes from."""

    ip: str = ""
    user_agent: str = ""


class SignedIn(Struct, frozen=True):
    """A session: ``cookie`` is its secret and is known only now; None where it was known already.

    ``moved``: its end is later than the browser thinks.
    """

    actor: Actor
    csrf_token: str
    expires_at: datetime
    cookie: str | None = None
    moved: bool = False


class Sessions(Struct, frozen=True):
    """Sign in with a password, stay signed in, sign out."""

    context: Context

    def sign_in(self, email: str, password: str, client: Client) -> SignedIn:
        """A new session.

        Raises ``UnauthenticatedError``, in the same words and after the same time whether the person is
        unknown, disabled or the password is wrong, and ``RateLimitError`` after too many tries.
        """
        email, now = email.strip().lower(), self.context.now()
        with self.context.database.write() as session:
            limits.check(session, f"sign-in:{client.ip}", TRIES_PER_ADDRESS, PER_SECONDS, now)
        # Counted before the password is looked at, so that many tries at once are no way around the lock.
        with self.context.database.write() as session:
            user = people.by_email(session, email)
            if user is not None:
                user = people.for_change(session, user.id)
            _count_try(session, user, email, now)
            kept = user.password_hash if user is not None and user.is_active else None
        right = passwords.is_right(kept, password)
        if user is None or not right:
            self._refuse(user, client)
        assert user is not None
        with self.context.database.write() as session:
            found = people.for_change(session, user.id)
            if found is None or not found.is_active or found.password_hash != kept:
                raise _refused()
            if kept is not None and passwords.is_outdated(kept):
                found.password_hash = passwords.hash_of(password)
            # A whole office may come from one address in the morning.
            limits.give_back(session, f"sign-in:{client.ip}")
            return self.open(session, found, client)

    def open(self, session: Session, user: User, client: Client, *, how: str = "password") -> SignedIn:
        """Sign a person in who has proved who they are; part of the caller's transaction."""
        now = self.context.now()
        user.failed_sign_ins, user.locked_until, user.last_sign_in_at = 0, None, now
        cookie = secrets.token_urlsafe(32)
        opened = tables.Session(
            user_id=user.id, token_hash=digest(cookie), csrf_token=secrets.token_urlsafe(32),
            ip=client.ip[:64], user_agent=client.user_agent[:300], created_at=now, last_seen_at=now,
            expires_at=now + self._lifetime(),
        )  # fmt: skip
        session.add(opened)
        session.flush()
        actor = _actor(session, user, opened, client.ip)
        record(session, actor, "signed_in", "user", noun_id=user.id, name=user.email, after={"with": how})
        return SignedIn(actor, opened.csrf_token, opened.expires_at, cookie)

    def find(self, cookie: str, ip: str) -> SignedIn:
        """The session that a cookie belongs to; using it makes it last longer.

        Raises ``UnauthenticatedError``, the same for every reason.
        """
        now = self.context.now()
        with self.context.database.read() as session:
            found = people.by_cookie(session, digest(cookie))
            if found is None or found[0].expires_at <= now or not found[1].is_active:
                raise UnauthenticatedError("your session has ended.", hint="Sign in again.")
            kept, user = found
            signed_in = SignedIn(_actor(session, user, kept, ip), kept.csrf_token, kept.expires_at)
        if now - kept.last_seen_at <= _SEEN_NOTED:
            return signed_in
        with self.context.database.write() as session:
            again = session.get(tables.Session, kept.id)
            if again is not None:
                again.last_seen_at, again.expires_at, again.ip = now, now + self._lifetime(), ip[:64]
        return replace(signed_in, expires_at=now + self._lifetime(), moved=True)

    def find_all(self, actor: Actor) -> list[SessionView]:
        """The browsers where ``actor`` is signed in."""
        actor.require_self()
        with self.context.database.read() as session:
            found = people.sessions(session, actor.user_id, self.context.now())
        names = [name for name in SessionView.model_fields if name != "is_this"]
        return [
            SessionView(**{name: getattr(one, name) for name in names}, is_this=one.id == actor.session_id)
            for one in found
        ]

    def end(self, actor: Actor, session_id: str) -> None:
        """Sign one browser out. Raises ``NotFoundError`` for one that is not theirs."""
        actor.require_self()
        with self.context.database.write() as session:
            kept = session.get(tables.Session, session_id)
            if kept is None or kept.user_id != actor.user_id:
                raise NotFoundError("session", session_id)
            session.delete(kept)
            record(session, actor, "signed_out", "session", noun_id=session_id, name=actor.name)

    def drop(self, cookie: str) -> None:
        """End the session of a cookie that is replaced by another one; nothing happens if there is none."""
        with self.context.database.write() as session:
            found = people.by_cookie(session, digest(cookie))
            if found is not None:
                session.delete(found[0])

    def end_others(self, actor: Actor) -> None:
        """Sign out everywhere but here."""
        actor.require_self()
        with self.context.database.write() as session:
            people.end_sessions(session, actor.user_id, but=actor.session_id)
            record(session, actor, "signed_out", "session", name="all others")

    def memberships(self, actor: Actor) -> list[Membership]:
        """The projects of ``actor``, by name."""
        with self.context.database.read() as session:
            found = people.memberships(session, actor.user_id)
        return [
            Membership(project_id=one.id, project=one.name, role=role)
            for one, _ in found
            if (role := actor.role_in(one.id)) is not None
        ]

    def forget(self) -> None:
        """Remove sessions, sign-ins, invitations and counts that have expired; retention calls this."""
        now = self.context.now()
        with self.context.database.write() as session:
            people.forget(session, now)
            limits.forget(session, now)

    def _lifetime(self) -> timedelta:
        return timedelta(hours=self.context.settings.session_hours)

    def _refuse(self, user: User | None, client: Client) -> None:
        if user is None:
            # An address that is nobody's may be a password in the wrong field: it is not written down.
            log.warning("sign_in_failed", ip=client.ip, reason="unknown")
        else:
            with self.context.database.write() as session:
                record(
                    session, Actor("", "nobody", ip=client.ip), "sign_in_failed", "user", noun_id=user.id,
                    name=user.email,
                )  # fmt: skip
        raise _refused()


def require_csrf(signed_in: SignedIn, given: str | None) -> None:
    """Raises ``ForbiddenError`` unless ``given`` is the session's token."""
    if not hmac.compare_digest((given or "").encode(), signed_in.csrf_token.encode()):
        raise ForbiddenError(
            "the request lacks this session's 'X-CSRF-Token'.",
            hint="Sign-in and '/auth/me' tell it; send it in every request that changes something.",
        )


def _actor(session: Session, user: User, kept: tables.Session, ip: str) -> Actor:
    return Actor(
        user.id, user.email, user.is_admin, people.roles(session, user.id), ip=ip, session_id=kept.id
    )


def _count_try(session: Session, user: User | None, email: str, now: datetime) -> None:
    """One more try for this address, known or not: nobody learns from a lock whether it exists."""
    if user is not None:
        if user.locked_until is not None and now - user.locked_until > _FORGIVEN_AFTER:
            user.failed_sign_ins = 0
        _wait(user.locked_until, now)
        user.failed_sign_ins += 1
        user.locked_until = _locked_until(user.failed_sign_ins, now)
        return
    key = f"unknown:{hashlib.sha256(email.encode()).hexdigest()}"
    window = limits.held(session, key, now)
    if window.count >= FREE_TRIES:
        _wait(_locked_until(window.count, window.started_at), now)
    window.count, window.started_at = window.count + 1, now


def _locked_until(tries: int, now: datetime) -> datetime | None:
    if tries < FREE_TRIES:
        return None
    return now + timedelta(seconds=min(60 * 2 ** min(tries - FREE_TRIES, 20), LONGEST_LOCK))


def _wait(until: datetime | None, now: datetime) -> None:
    if until is not None and until > now:
        seconds = int((until - now).total_seconds()) + 1
        raise RateLimitError("too many wrong passwords for this address; it is locked for a while.", seconds)


def _refused() -> GatewayError:
    return UnauthenticatedError("the e-mail address or the password is not right.")
