from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import (
    ConflictError,
    DefinitionError,
    ForbiddenError,
    GatewayError,
    NotFoundError,
    RateLimitError,
    StaleEditError,
    UnauthenticatedError,
)
from intakegateway.model.views.accounts import (
    InvitationAnswer,
    PasswordChange,
    ProfileChange,
    SetupDraft,
    UserChange,
    UserDraft,
)
from intakegateway.model.views.audit import AuditFilter
from intakegateway.model.views.base import PageRequest
from intakegateway.services import limits
from intakegateway.services.accounts import SETUP
from intakegateway.services.sessions import FREE_TRIES, Client, SignedIn
from intakegateway.store.tables.people import Session, User
from intakegateway.store.tables.service import Fact
from service_fixtures import make_actor

GOOD, BETTER = "seven wet llamas", "nine dry camels hum"
HERE = Client("192.0.2.7", "a browser")


def invited(gateway: Gateway, admin: Actor, email: str, *, is_admin: bool = False) -> Actor:
    """A person who has chosen a password."""
    made = gateway.accounts.create(admin, UserDraft(email=email, is_admin=is_admin))
    assert made.invitation is not None
    return accept(gateway, made.invitation.token).actor


def accept(gateway: Gateway, token: str, password: str = GOOD) -> SignedIn:
    return gateway.invitations.accept(
        InvitationAnswer(token=SecretStr(token), password=SecretStr(password)), HERE
    )


def draft(token: str, email: str = "first@example.org") -> SetupDraft:
    return SetupDraft(token=SecretStr(token), email=email, password=SecretStr(GOOD), name="First")


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except GatewayError as error:
        return error.code
    return "done"


def test_the_first_administrator_is_made_once_with_the_token_that_was_printed_last(gateway: Gateway) -> None:
    old, token = gateway.accounts.setup_token(), gateway.accounts.setup_token()
    assert old
    assert token
    assert gateway.accounts.setup_needed()
    with pytest.raises(UnauthenticatedError, match="not the set-up token"):
        gateway.accounts.setup(draft(old), HERE)
    made = gateway.accounts.setup(draft(token), HERE)
    assert made.actor.is_admin
    assert made.cookie
    assert gateway.sessions.find(made.cookie, "").actor.name == "first@example.org"
    assert not gateway.accounts.setup_needed()
    assert gateway.accounts.setup_token() is None
    with pytest.raises(ConflictError, match="set up already"):
        gateway.accounts.setup(draft(token), HERE)


def test_of_the_set_up_token_only_a_hash_is_kept(gateway: Gateway) -> None:
    token = gateway.accounts.setup_token()
    with gateway.context.database.read() as session:
        fact = session.get(Fact, SETUP)
    assert fact is not None
    assert token not in str(fact.value)


def test_of_many_who_set_up_at_the_same_moment_one_succeeds(gateway: Gateway) -> None:
    token = gateway.accounts.setup_token() or ""
    with ThreadPoolExecutor(6) as pool:
        calls = [
            pool.submit(outcome, lambda n=n: gateway.accounts.setup(draft(token, f"u{n}@example.org"), HERE))
            for n in range(6)
        ]
        outcomes = sorted(call.result() for call in calls)
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "conflict", "unauthenticated"}
    with gateway.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_a_weak_password_does_not_use_the_set_up_token_up(gateway: Gateway) -> None:
    token = gateway.accounts.setup_token() or ""
    weak = draft(token).model_copy(update={"password": SecretStr("short")})
    with pytest.raises(DefinitionError, match="10 are the least"):
        gateway.accounts.setup(weak, HERE)
    assert gateway.accounts.setup(draft(token), HERE).cookie


def test_whoever_guesses_set_up_tokens_is_slowed_down(gateway: Gateway) -> None:
    gateway.accounts.setup_token()
    for _ in range(20):
        with pytest.raises(UnauthenticatedError):
            gateway.accounts.setup(draft("wrong"), HERE)
    with pytest.raises(RateLimitError):
        gateway.accounts.setup(draft("wrong"), HERE)


def test_an_invitation_is_used_once_and_leads_to_a_password_that_signs_in(
    gateway: Gateway, admin: Actor
) -> None:
    made = gateway.accounts.create(
        admin, UserDraft(email=" Ann@Example.ORG ", name="Ann"), origin="https://ig"
    )
    assert made.user.email == "ann@example.org"
    assert not made.user.has_password
    assert made.invitation is not None
    assert made.invitation.url == f"https://ig/invitation#{made.invitation.token}"
    with pytest.raises(UnauthenticatedError):
        gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    accept(gateway, made.invitation.token)
    assert gateway.sessions.sign_in("ANN@example.org", GOOD, HERE).actor.user_id == made.user.id
    with pytest.raises(UnauthenticatedError, match="used, replaced or is too old"):
        accept(gateway, made.invitation.token, BETTER)


def test_an_invitation_that_is_too_old_or_was_replaced_is_not_valid(
    gateway: Gateway, admin: Actor, clock: ManualClock
) -> None:
    made = gateway.accounts.create(admin, UserDraft(email="ann@example.org"))
    newer = gateway.invitations.renew(admin, made.user.id)
    assert made.invitation is not None
    with pytest.raises(UnauthenticatedError):
        accept(gateway, made.invitation.token)
    clock.sleep(7 * 86_400 + 1)
    with pytest.raises(UnauthenticatedError):
        accept(gateway, newer.token)


def test_a_reset_takes_the_password_and_the_sessions_away(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    session = gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    again = gateway.invitations.renew(admin, ann.user_id)
    with pytest.raises(UnauthenticatedError):
        gateway.sessions.find(session.cookie or "", "")
    with pytest.raises(UnauthenticatedError):
        gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    accept(gateway, again.token, BETTER)
    assert gateway.sessions.sign_in("ann@example.org", BETTER, HERE).cookie


def test_two_people_cannot_have_the_same_address(gateway: Gateway, admin: Actor) -> None:
    ann = gateway.accounts.create(admin, UserDraft(email="ann@example.org")).user
    with pytest.raises(ConflictError, match="belongs to somebody"):
        gateway.accounts.create(admin, UserDraft(email="ANN@example.org"))
    bob = gateway.accounts.create(admin, UserDraft(email="bob@example.org")).user
    with pytest.raises(ConflictError):
        gateway.accounts.change(admin, bob.id, UserChange(email=ann.email))


def test_only_administrators_manage_people(gateway: Gateway, admin: Actor) -> None:
    editor = make_actor(gateway, "editor@example.org", Role.ADMIN)
    for call in (
        lambda: gateway.accounts.find_all(editor, PageRequest()),
        lambda: gateway.accounts.create(editor, UserDraft(email="x@example.org")),
        lambda: gateway.accounts.change(editor, editor.user_id, UserChange(is_admin=True)),
        lambda: gateway.accounts.delete(editor, admin.user_id),
        lambda: gateway.accounts.get(editor, admin.user_id),
        lambda: gateway.invitations.renew(editor, admin.user_id),
        lambda: gateway.accounts.unlock(editor, admin.user_id),
    ):
        assert outcome(call) == "forbidden"
    assert gateway.accounts.get(editor, editor.user_id).email == editor.name


def test_a_person_who_is_disabled_is_out_at_once(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    session = gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    _, token = gateway.tokens.issue(ann, "program")
    gateway.accounts.change(admin, ann.user_id, UserChange(is_active=False))
    assert outcome(lambda: gateway.sessions.find(session.cookie or "", "")) == "unauthenticated"
    assert outcome(lambda: gateway.tokens.actor(token)) == "unauthenticated"
    assert outcome(lambda: gateway.sessions.sign_in("ann@example.org", GOOD, HERE)) == "unauthenticated"
    gateway.accounts.change(admin, ann.user_id, UserChange(is_active=True))
    assert gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie
    assert outcome(lambda: gateway.sessions.find(session.cookie or "", "")) == "unauthenticated"


def test_the_last_administrator_who_can_sign_in_stays(gateway: Gateway, admin: Actor) -> None:
    last = invited(gateway, admin, "last@example.org", is_admin=True)
    # The other administrator of this test has no password.
    for call in (
        lambda: gateway.accounts.change(last, last.user_id, UserChange(is_admin=False)),
        lambda: gateway.accounts.change(last, last.user_id, UserChange(is_active=False)),
        lambda: gateway.accounts.delete(admin, last.user_id),
    ):
        with pytest.raises(ConflictError, match="last administrator"):
            call()
    invited(gateway, admin, "next@example.org", is_admin=True)
    assert gateway.accounts.change(last, last.user_id, UserChange(is_admin=False)).is_admin is False


def test_two_administrators_who_remove_each_other_at_once_leave_one(gateway: Gateway, admin: Actor) -> None:
    one = invited(gateway, admin, "one@example.org", is_admin=True)
    two = invited(gateway, admin, "two@example.org", is_admin=True)
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(outcome, lambda a=a, b=b: gateway.accounts.delete(a, b.user_id))
            for a, b in ((one, two), (two, one))
        ]
        assert sorted(call.result() for call in calls) == ["conflict", "done"]


def test_nobody_takes_their_own_password_away(gateway: Gateway, admin: Actor) -> None:
    with pytest.raises(ConflictError, match="your own password"):
        gateway.invitations.renew(admin, admin.user_id)


def test_two_edits_of_the_same_person_do_not_overwrite_each_other(gateway: Gateway, admin: Actor) -> None:
    ann = gateway.accounts.create(admin, UserDraft(email="ann@example.org")).user
    gateway.accounts.change(admin, ann.id, UserChange(name="A"), ann.version)
    with pytest.raises(StaleEditError):
        gateway.accounts.change(admin, ann.id, UserChange(name="B"), ann.version)


def test_whoever_is_removed_is_gone_with_all_that_let_them_in(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    _, token = gateway.tokens.issue(ann, "program")
    gateway.accounts.delete(admin, ann.user_id)
    assert outcome(lambda: gateway.tokens.actor(token)) == "unauthenticated"
    with pytest.raises(NotFoundError):
        gateway.accounts.get(admin, ann.user_id)
    with gateway.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Session)) == 0


def test_people_are_found_by_a_part_of_name_or_address(gateway: Gateway, admin: Actor) -> None:
    gateway.accounts.create(admin, UserDraft(email="ann@example.org", name="Ann 100%"))
    gateway.accounts.create(admin, UserDraft(email="bob@example.org", name="Bob"))
    found = gateway.accounts.find_all(admin, PageRequest(), "0%")
    assert [one.email for one in found.items] == ["ann@example.org"]
    assert found.total == 1
    assert gateway.accounts.find_all(admin, PageRequest(limit=1, sort="-email")).items[0].name == "Bob"


def test_a_wrong_password_an_unknown_person_and_a_disabled_one_are_answered_alike(
    gateway: Gateway, admin: Actor
) -> None:
    invited(gateway, admin, "ann@example.org")
    off = invited(gateway, admin, "off@example.org")
    gateway.accounts.change(admin, off.user_id, UserChange(is_active=False))
    said = set()
    for email, password in (
        ("ann@example.org", "wrong"),
        ("nobody@example.org", GOOD),
        ("off@example.org", GOOD),
    ):
        with pytest.raises(UnauthenticatedError) as caught:
            gateway.sessions.sign_in(email, password, HERE)
        said.add(str(caught.value))
    assert len(said) == 1


@pytest.mark.parametrize("email", ["ann@example.org", "nobody@example.org"])
def test_wrong_passwords_lock_an_address_longer_each_time_whether_it_is_known_or_not(
    gateway: Gateway, admin: Actor, clock: ManualClock, email: str
) -> None:
    invited(gateway, admin, "ann@example.org")
    for n in range(FREE_TRIES):
        with pytest.raises(UnauthenticatedError):
            gateway.sessions.sign_in(email, "wrong", Client(f"192.0.2.{n}"))
    waits = []
    for n in range(6):
        with pytest.raises(RateLimitError, match="locked") as caught:
            gateway.sessions.sign_in(email, GOOD, Client(f"192.0.3.{n}"))
        waits.append(caught.value.retry_after)
        clock.sleep(caught.value.retry_after)
        with pytest.raises(UnauthenticatedError):
            gateway.sessions.sign_in(email, "wrong", Client(f"192.0.4.{n}"))
    assert waits == [61, 121, 241, 481, 901, 901]


def test_the_right_password_after_a_lock_ends_the_count(
    gateway: Gateway, admin: Actor, clock: ManualClock
) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    for _ in range(FREE_TRIES):
        outcome(lambda: gateway.sessions.sign_in("ann@example.org", "wrong", HERE))
    assert gateway.accounts.get(admin, ann.user_id).locked_until is not None
    clock.sleep(61)
    assert gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie
    assert gateway.accounts.get(admin, ann.user_id).locked_until is None
    assert outcome(lambda: gateway.sessions.sign_in("ann@example.org", "wrong", HERE)) == "unauthenticated"


def test_an_administrator_ends_a_lock(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    for _ in range(FREE_TRIES):
        outcome(lambda: gateway.sessions.sign_in("ann@example.org", "wrong", HERE))
    gateway.accounts.unlock(admin, ann.user_id)
    assert gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie


def test_many_guesses_at_once_are_no_way_around_the_lock(gateway: Gateway, admin: Actor) -> None:
    invited(gateway, admin, "ann@example.org")
    with ThreadPoolExecutor(12) as pool:
        calls = [
            pool.submit(outcome, lambda: gateway.sessions.sign_in("ann@example.org", "wrong", HERE))
            for _ in range(12)
        ]
        outcomes = [call.result() for call in calls]
    assert outcomes.count("unauthenticated") == FREE_TRIES
    assert outcomes.count("rate_limited") == 12 - FREE_TRIES


def test_sign_ins_from_one_network_address_are_limited(
    gateway: Gateway, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.sessions.TRIES_PER_ADDRESS", 3)
    for n in range(3):
        assert (
            outcome(lambda n=n: gateway.sessions.sign_in(f"u{n}@x.org", "wrong", HERE)) == "unauthenticated"
        )
    assert outcome(lambda: gateway.sessions.sign_in("u9@x.org", "wrong", HERE)) == "rate_limited"
    assert (
        outcome(lambda: gateway.sessions.sign_in("u9@x.org", "wrong", Client("192.0.2.8")))
        == "unauthenticated"
    )
    clock.sleep(300)
    assert outcome(lambda: gateway.sessions.sign_in("u9@x.org", "wrong", HERE)) == "unauthenticated"


def test_people_who_know_their_passwords_may_be_many_behind_one_address(
    gateway: Gateway, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.sessions.TRIES_PER_ADDRESS", 2)
    invited(gateway, admin, "ann@example.org")
    for _ in range(5):
        assert gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie


def test_a_session_lasts_as_long_as_it_is_used(gateway: Gateway, admin: Actor, clock: ManualClock) -> None:
    invited(gateway, admin, "ann@example.org")
    cookie = gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie or ""
    for _ in range(3):
        clock.sleep(11 * 3600)
        assert gateway.sessions.find(cookie, "").moved
        assert not gateway.sessions.find(cookie, "").moved
    clock.sleep(12 * 3600)
    assert outcome(lambda: gateway.sessions.find(cookie, "")) == "unauthenticated"


def test_people_see_and_end_their_own_sessions_only(gateway: Gateway, admin: Actor) -> None:
    invited(gateway, admin, "ann@example.org")
    bob = invited(gateway, admin, "bob@example.org")
    one = gateway.sessions.sign_in("ann@example.org", GOOD, Client("192.0.2.1", "one"))
    two = gateway.sessions.sign_in("ann@example.org", GOOD, Client("192.0.2.2", "two"))
    listed = {view.user_agent: view for view in gateway.sessions.find_all(two.actor)}
    assert listed["two"].is_this
    assert not listed["one"].is_this
    with pytest.raises(NotFoundError):
        gateway.sessions.end(bob, listed["one"].id)
    gateway.sessions.end(two.actor, listed["one"].id)
    assert outcome(lambda: gateway.sessions.find(one.cookie or "", "")) == "unauthenticated"
    gateway.sessions.end_others(two.actor)
    assert [view.user_agent for view in gateway.sessions.find_all(two.actor)] == ["two"]


def test_a_new_password_of_ones_own_ends_the_other_sessions(gateway: Gateway, admin: Actor) -> None:
    invited(gateway, admin, "ann@example.org")
    other = gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    mine = gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    change = PasswordChange(current=SecretStr("wrong"), new=SecretStr(BETTER))
    with pytest.raises(DefinitionError, match="not your present password"):
        gateway.accounts.change_password(mine.actor, change)
    gateway.accounts.change_password(mine.actor, change.model_copy(update={"current": SecretStr(GOOD)}))
    assert outcome(lambda: gateway.sessions.find(other.cookie or "", "")) == "unauthenticated"
    assert gateway.sessions.find(mine.cookie or "", HERE.ip).actor == mine.actor
    assert gateway.sessions.sign_in("ann@example.org", BETTER, HERE).cookie


def test_a_password_kept_with_old_parameters_is_kept_anew_at_the_next_sign_in(
    gateway: Gateway, admin: Actor
) -> None:
    from argon2 import PasswordHasher

    ann = invited(gateway, admin, "ann@example.org")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    with gateway.context.database.write() as session:
        user = session.get(User, ann.user_id)
        assert user is not None
        user.password_hash = old
    gateway.sessions.sign_in("ann@example.org", GOOD, HERE)
    with gateway.context.database.read() as session:
        user = session.get(User, ann.user_id)
        assert user is not None
        assert user.password_hash != old
    assert gateway.sessions.sign_in("ann@example.org", GOOD, HERE).cookie


def test_what_has_expired_is_removed(gateway: Gateway, admin: Actor, clock: ManualClock) -> None:
    invited(gateway, admin, "ann@example.org")
    outcome(lambda: gateway.sessions.sign_in("nobody@example.org", "wrong", HERE))
    clock.sleep(2 * 86_400)
    gateway.sessions.forget()
    with gateway.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Session)) == 0
        assert session.scalar(select(func.count()).select_from(limits.RateWindow)) == 0


def test_all_of_it_is_in_the_audit_log_without_a_secret(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org")
    outcome(lambda: gateway.sessions.sign_in("ann@example.org", "wrong guess", HERE))
    gateway.accounts.change_profile(ann, ProfileChange(name="Ann"))
    entries = gateway.audit.find_all(admin, PageRequest(limit=500), AuditFilter(noun="user")).items
    assert {"created", "accepted_invitation", "signed_in", "sign_in_failed", "updated"} == {
        one.action for one in entries
    }
    kept = str(entries)
    assert GOOD not in kept
    assert "wrong guess" not in kept
    assert "argon2" not in kept


def test_a_limited_token_does_not_manage_its_owners_account(gateway: Gateway, admin: Actor) -> None:
    ann = invited(gateway, admin, "ann@example.org", is_admin=True)
    _, text = gateway.tokens.issue(ann, "program", Role.OPERATOR)
    actor = gateway.tokens.actor(text)
    for call in (
        lambda: gateway.tokens.find_all(actor, PageRequest()),
        lambda: gateway.sessions.find_all(actor),
        lambda: gateway.accounts.change_profile(actor, ProfileChange(name="X")),
        lambda: gateway.accounts.find_all(actor, PageRequest()),
    ):
        with pytest.raises(ForbiddenError):
            call()
