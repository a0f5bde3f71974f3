"""People: the first administrator, and those whom administrators let in."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from msgspec import Struct
from sqlalchemy import delete
from sqlalchemy.orm import Session

from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.errors import (
    ConflictError,
    DefinitionError,
    NotFoundError,
    StaleEditError,
    UnauthenticatedError,
)
from intakegateway.model.views.accounts import (
    InvitedUser,
    PasswordChange,
    ProfileChange,
    SetupDraft,
    UserChange,
    UserDraft,
    UserView,
)
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.services import limits, passwords
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.invitations import invite
from intakegateway.services.sessions import Client, Sessions, SignedIn
from intakegateway.services.tokens import digest
from intakegateway.store import people
from intakegateway.store.paging import page
from intakegateway.store.tables.people import Invitation, User
from intakegateway.store.tables.service import Fact

SETUP = "setup_token"
"""The fact that holds the hash of the set-up token."""
_TRIES, _PER_SECONDS = 20, 300


class Accounts(Struct, frozen=True):
    """Who may come in. Only administrators manage people; everybody manages themselves."""

    context: Context
    sessions: Sessions

    def setup_token(self) -> str | None:
        """A new one-time token for the set-up, which ends the one before; None: there is an administrator.

        Only a hash of it is kept: whoever starts the server shows it.
        """
        token = secrets.token_urlsafe(24)
        with self.context.database.write() as session:
            if people.any_admin(session):
                session.execute(delete(Fact).where(Fact.name == SETUP))
                return None
            session.merge(Fact(name=SETUP, value={"hash": digest(token)}))
        return token

    def setup_needed(self) -> bool:
        """Whether there is no administrator yet."""
        with self.context.database.read() as session:
            return not people.any_admin(session)

    def setup(self, draft: SetupDraft, client: Client) -> SignedIn:
        """Make the first administrator and sign them in; of two at the same moment, one succeeds.

        Raises ``ConflictError`` when there is one already, ``UnauthenticatedError`` for a wrong token.
        """
        now = self.context.now()
        with self.context.database.write() as session:
            limits.check(session, f"setup:{client.ip}", _TRIES, _PER_SECONDS, now)
            if people.any_admin(session):
                raise _set_up()
            fact = session.get(Fact, SETUP)
            kept = str(fact.value["hash"]) if fact is not None else ""
        if not hmac.compare_digest(kept, digest(draft.token.get_secret_value())):
            raise UnauthenticatedError(
                "this is not the set-up token.", hint="'intakegateway serve' prints it when it starts."
            )
        password = _checked(draft.password.get_secret_value(), draft.email, draft.name)
        with self.context.database.write() as session:
            taken = session.execute(delete(Fact).where(Fact.name == SETUP).returning(Fact.name)).first()
            if taken is None or people.any_admin(session):
                raise _set_up()
            user = people.by_email(session, draft.email)
            if user is None:
                user = User(email=draft.email)
                session.add(user)
            user.name, user.is_admin, user.is_active = draft.name, True, True
            user.password_hash = password
            session.flush()
            actor = Actor(user.id, user.email, is_admin=True, ip=client.ip)
            record(session, actor, "set_up", "user", noun_id=user.id, name=user.email)
            return self.sessions.open(session, user, client)

    def find_all(
        self, actor: Actor, request: PageRequest, text: str = "", active: bool | None = None
    ) -> Page[UserView]:
        """The people whose name or address has ``text`` in it."""
        actor.require_admin()
        with self.context.database.read() as session:
            found, total = page(session, people.found(text, active=active), request, people.SORTABLE, "email")
        items = [view(one) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, user_id: str) -> UserView:
        """One person: anybody oneself, administrators everybody. Raises ``NotFoundError``."""
        if actor.user_id != user_id:
            actor.require_admin()
        with self.context.database.read() as session:
            return view(_found(session, user_id))

    def id_of(self, actor: Actor, email: str) -> str:
        """The id of the person with this address. Raises ``NotFoundError``."""
        actor.require_admin()
        with self.context.database.read() as session:
            user = people.by_email(session, email)
        if user is None:
            raise NotFoundError("person with the address", email)
        return user.id

    def create(
        self, actor: Actor, draft: UserDraft, password: str | None = None, origin: str = ""
    ) -> InvitedUser:
        """Let a person in, with an invitation or a ``password``. Raises ``ConflictError``.

        ``origin``: how this installation is reached, for the link, where the settings do not say it.
        """
        actor.require_admin()
        kept = None if password is None else _checked(password, draft.email, draft.name)
        with self.context.database.write() as session:
            _free(session, draft.email)
            user = User(email=draft.email, name=draft.name, is_admin=draft.is_admin, password_hash=kept)
            session.add(user)
            session.flush()
            record(
                session, actor, "created", "user", noun_id=user.id, name=user.email,
                after=draft.model_dump(mode="json", exclude={"invite"}),
            )  # fmt: skip
            invitation = None
            if draft.invite and kept is None:
                invitation = invite(session, self.context, user, origin)
            return InvitedUser(user=view(user), invitation=invitation)

    def change(self, actor: Actor, user_id: str, change: UserChange, version: int | None = None) -> UserView:
        """Disable, enable, rename, make administrator. There is always an administrator who can sign in.

        A person who is disabled is signed out at once, and their tokens open nothing.
        """
        actor.require_admin()
        with self.context.database.write() as session:
            given = change.model_dump(exclude_none=True)
            if given.get("is_admin") is False or given.get("is_active") is False:
                _keeps_an_admin(session, user_id)
            user = _found(session, user_id, held=True)
            if version is not None and version != user.version:
                raise StaleEditError("person")
            before = {key: getattr(user, key) for key in given}
            if given.get("email", user.email) != user.email:
                _free(session, given["email"])
            for key, value in given.items():
                setattr(user, key, value)
            if not user.is_active:
                people.end_sessions(session, user.id)
                session.execute(delete(Invitation).where(Invitation.user_id == user.id))
            elif before.get("is_active") is False:
                user.failed_sign_ins, user.locked_until = 0, None
            user.version += 1
            record(
                session, actor, "updated", "user", noun_id=user.id, name=user.email, before=before,
                after=given,
            )  # fmt: skip
            return view(user)

    def unlock(self, actor: Actor, user_id: str) -> UserView:
        """End a lock that wrong passwords brought about."""
        actor.require_admin()
        with self.context.database.write() as session:
            user = _found(session, user_id, held=True)
            user.failed_sign_ins, user.locked_until = 0, None
            record(session, actor, "unlocked", "user", noun_id=user.id, name=user.email)
            return view(user)

    def delete(self, actor: Actor, user_id: str) -> None:
        """Remove a person with their memberships, sessions and tokens; what they made stays."""
        actor.require_admin()
        with self.context.database.write() as session:
            _keeps_an_admin(session, user_id)
            user = _found(session, user_id, held=True)
            record(session, actor, "deleted", "user", noun_id=user.id, name=user.email, before=_facts(user))
            session.delete(user)

    def change_profile(self, actor: Actor, change: ProfileChange) -> UserView:
        """What people change about themselves."""
        actor.require_self()
        with self.context.database.write() as session:
            user = _found(session, actor.user_id, held=True)
            before = {"name": user.name}
            user.name = change.name
            user.version += 1
            record(
                session, actor, "updated", "user", noun_id=user.id, name=user.email, before=before,
                after=change.model_dump(),
            )  # fmt: skip
            return view(user)

    def change_password(self, actor: Actor, change: PasswordChange) -> None:
        """A new password of one's own; all other sessions end.

        Raises ``DefinitionError`` when the present one is wrong, ``RateLimitError`` when tried too often.
        """
        actor.require_self()
        with self.context.database.write() as session:
            limits.check(session, f"password:{actor.user_id}", _TRIES, _PER_SECONDS, self.context.now())
            user = _found(session, actor.user_id)
        if not passwords.is_right(user.password_hash, change.current.get_secret_value()):
            raise DefinitionError("this is not your present password.", path=("current",))
        kept = _checked(change.new.get_secret_value(), user.email, user.name, "new")
        with self.context.database.write() as session:
            again = _found(session, actor.user_id, held=True)
            if again.password_hash != user.password_hash:
                raise StaleEditError("password")
            again.password_hash = kept
            people.end_sessions(session, user.id, but=actor.session_id)
            record(session, actor, "changed_password", "user", noun_id=user.id, name=user.email)

    def set_password(self, actor: Actor, user_id: str, password: str) -> None:
        """Give a person a password, for the command line; all their sessions end."""
        actor.require_admin()
        with self.context.database.write() as session:
            user = _found(session, user_id)
        kept = _checked(password, user.email, user.name)
        with self.context.database.write() as session:
            user = _found(session, user_id, held=True)
            user.password_hash, user.failed_sign_ins, user.locked_until = kept, 0, None
            people.end_sessions(session, user.id)
            session.execute(delete(Invitation).where(Invitation.user_id == user.id))
            record(session, actor, "reset_password", "user", noun_id=user.id, name=user.email)


def view(user: User) -> UserView:
    """A person as administrators and they themselves see them."""
    names = [name for name in UserView.model_fields if name != "has_password"]
    return UserView(
        **{name: getattr(user, name) for name in names}, has_password=user.password_hash is not None
    )


def _found(session: Session, user_id: str, *, held: bool = False) -> User:
    user = people.for_change(session, user_id) if held else session.get(User, user_id)
    if user is None:
        raise NotFoundError("person", user_id)
    return user


def _free(session: Session, email: str) -> None:
    if people.by_email(session, email) is not None:
        raise ConflictError(f"'{email}' belongs to somebody already.")


def _keeps_an_admin(session: Session, user_id: str) -> None:
    admins = people.able_admins(session)
    if user_id in admins and len(admins) == 1:
        raise ConflictError(
            "this is the last administrator who can sign in.", hint="Make somebody else administrator first."
        )


def _checked(password: str, email: str, name: str, field: str = "password") -> str:
    passwords.check(password, email, name, field)
    return passwords.hash_of(password)


def _facts(user: User) -> dict[str, Any]:
    return {"email": user.email, "name": user.name, "is_admin": user.is_admin, "is_active": user.is_active}


def _set_up() -> ConflictError:
    return ConflictError("this installation has been set up already.", hint="Sign in.")


COMMAND_LINE = Actor(SYSTEM.user_id, "command line", is_admin=True)
"""Whoever can read the data folder is trusted as an administrator."""
