"""Asking an API until it answers: signed, not too fast, again after what may pass, and not for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from intakegateway.connectors.http_api.auth import Signer
from intakegateway.connectors.http_api.calls import Answer, Call, same_site
from intakegateway.connectors.http_api.limits import (
    Window,
    asked_wait,
    is_rate_limited,
    is_used_up,
    reset_after,
)
from intakegateway.connectors.http_api.responses import BrokenOff, Document, excerpt, read_document, refusal
from intakegateway.kit.clock import Clock
from intakegateway.kit.masking import Scrubber, looks_secret
from intakegateway.kit.retry import Backoff, Breakers
from intakegateway.model.errors import GatewayError, UnavailableError
from intakegateway.model.http import HttpSource
from intakegateway.model.http_auth import NoAuth

T = TypeVar("T")

_AGAIN = (408, 425, 429)
BREAKERS = Breakers()
"""Shared by all runs of this process: a host that is down is not asked by each of them."""


class Sender(Protocol):
    """One call, one answer (``transport.Transport``)."""

    def send(self, call: Call, sign: Callable[[Call], Call]) -> Answer:
        """The answer. Raises ``UnavailableError`` for what may pass, ``SourceError`` for what will not."""
        ...


class _Again(Exception):
    """This try failed; ``error`` is raised when it was the last one."""

    def __init__(self, error: GatewayError, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.error = error
        self.why = why
        self.wait = wait


@dataclass(slots=True)
class Api:
    """One API during one reading."""

    spec: HttpSource
    home: str
    """The address that credentials belong to."""
    sender: Sender
    signer: Signer
    clock: Clock
    scrub: Scrubber
    backoff: Backoff
    breakers: Breakers = field(default_factory=lambda: BREAKERS)
    troubles: Counter[str] = field(default_factory=Counter)
    """Why calls were repeated, and how often."""
    strangers: set[str] = field(default_factory=set)
    """Other hosts that were asked, without credentials."""
    _window: Window | None = None
    _pause: float = 0.0

    def __post_init__(self) -> None:
        limit = self.spec.rate_limit
        self._window = Window(limit.calls, limit.period) if limit is not None else None

    def ask(self, call: Call, ends: Callable[[int], bool]) -> Document | None:
        """The document that answers ``call``, or None when ``ends`` says that its status means the end.

        Raises ``SourceError`` for a refusal and for what is not JSON, ``UnavailableError`` when the API
        cannot be reached or stays broken.
        """
        where = self.scrub.url(call.target)

        def read(answer: Answer) -> Document | None:
            if answer.status >= 300:
                if ends(answer.status):
                    return None
                raise refusal(answer, where, self.scrub, signed=not isinstance(self.spec.auth, NoAuth))
            return read_document(answer, self.spec.max_response_bytes, where, self.scrub)

        return self._until_answered(call, self._signed, read, renewable=True)

    def fetch_token(self, call: Call) -> Answer:
        """The answer of a token endpoint, refusals included."""
        return self._until_answered(call, lambda same: same, lambda answer: answer, renewable=False)

    def _signed(self, call: Call) -> Call:
        if same_site(self.home, call.target):
            return self.signer.sign(call, self.fetch_token)
        self.strangers.add(urlsplit(call.target).hostname or "")
        kept = tuple((name, value) for name, value in call.headers if not looks_secret(name))
        return Call(
            call.method, call.url, call.query, kept, call.json, call.form, call.raw, call.content_type
        )

    def _until_answered(
        self, call: Call, sign: Callable[[Call], Call], read: Callable[[Answer], T], *, renewable: bool
    ) -> T:
        where = self.scrub.url(call.target)
        breaker = self.breakers.of(urlsplit(call.target).netloc)
        blocked = breaker.blocked(self.clock.monotonic())
        if blocked:
            raise UnavailableError(
                f"The host failed {breaker.failures} times in a row and is left alone "
                f"for another {blocked:.0f} seconds.",
                where=where,
            )
        failed = 0
        while True:
            sign(call)  # a token is got here, so that its own failures are not taken for the call's
            try:
                self._wait_for_turn()
                answer = self._answer(call, sign, where)
                if answer.status == 401 and renewable and self.signer.renew(self.fetch_token):
                    renewable = False
                    continue
                found = self._read(answer, read)
            except _Again as trouble:
                failed += 1
                pause = self._pause_after(trouble, failed)
                if pause is None:
                    breaker.failed(self.clock.monotonic())
                    raise self._given_up(trouble.error, failed) from None
                self.troubles[trouble.why] += 1
                self.clock.sleep(pause)
                continue
            breaker.succeeded()
            return found

    def _answer(self, call: Call, sign: Callable[[Call], Call], where: str) -> Answer:
        try:
            answer = self.sender.send(call, sign)
        except UnavailableError as error:
            raise _Again(error, error.message.rstrip(".").lower()) from None
        status, now = answer.status, self.clock.now()
        if is_rate_limited(status, answer.headers) or status in _AGAIN or status >= 500:
            said = excerpt(answer.content, self.scrub)
            sentence = f"The API answered {status}" + (f": {said}" if said else ".")
            raise _Again(
                UnavailableError(sentence, where=where),
                f"status {status}",
                asked_wait(status, answer.headers, now),
            )
        if status < 300:
            reset = (reset_after(answer.headers, now) or 0.0) if is_used_up(answer.headers) else 0.0
            # A longer one is not waited for: the refusal that follows says what the matter is.
            self._pause = reset if reset <= self.spec.retry.max_wait else 0.0
        return answer

    def _read(self, answer: Answer, read: Callable[[Answer], T]) -> T:
        try:
            return read(answer)
        except BrokenOff as broken:
            raise _Again(broken.error, "the answer broke off") from None

    def _wait_for_turn(self) -> None:
        pause, self._pause = self._pause, 0.0
        if self._window is not None:
            pause = max(pause, self._window.take(self.clock.monotonic()))
        if pause > 0:
            self.clock.sleep(pause)

    def _pause_after(self, trouble: _Again, failed: int) -> float | None:
        pause = self.backoff.wait(failed)
        if pause is None or trouble.wait is None:
            return pause
        if trouble.wait > self.spec.retry.max_wait:
            raise UnavailableError(
                f"{trouble.error.message.rstrip('.')}, and asks to wait {trouble.wait:.0f} seconds; "
                f"the longest allowed wait is {self.spec.retry.max_wait:g} seconds.",
                where=trouble.error.where,
                hint="Run it later, or raise 'retry.max_wait'.",
            ) from None
        return trouble.wait

    def _given_up(self, error: GatewayError, failed: int) -> GatewayError:
        if failed == 1:
            return error
        message = f"{error.message.rstrip('.')}. It was tried {failed} times."
        return type(error)(message, where=error.where, hint=error.hint)
