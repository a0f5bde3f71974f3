"""What every request asks again is asked of the store once a second."""

from __future__ import annotations

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor
from intakegateway.model.errors import UnauthenticatedError


def test_a_token_is_known_for_a_second(gateway: Gateway, admin: Actor, clock: ManualClock) -> None:
    _, text = gateway.tokens.issue(admin, "program")
    assert gateway.tokens.remembered(text) is None
    gateway.tokens.actor(text, "10.0.0.1")
    gateway.tokens.actor(text, "10.0.0.1")
    known = gateway.tokens.remembered(text, "10.0.0.2")
    assert known is not None
    assert (known.user_id, known.ip) == (admin.user_id, "10.0.0.2")
    clock.sleep(1.1)
    assert gateway.tokens.remembered(text) is None


def test_a_token_that_is_revoked_is_forgotten_at_once(gateway: Gateway, admin: Actor) -> None:
    token, text = gateway.tokens.issue(admin, "program")
    gateway.tokens.actor(text)
    gateway.tokens.actor(text)
    assert gateway.tokens.remembered(text) is not None
    gateway.tokens.revoke(admin, token.id)
    assert gateway.tokens.remembered(text) is None
    with pytest.raises(UnauthenticatedError):
        gateway.tokens.actor(text)
