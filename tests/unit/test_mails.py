"""Mail servers that refuse, hang or cannot be trusted, and what is said about them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

from faulty_api import make_certificates
from intakegateway.model.views.notifications import NotificationDraft
from intakegateway.services.senders import Answer, Mail, send
from intakegateway.settings import Settings, read_settings
from servers import free_port

ANN, BOB = "ann@example.org", "bob@example.org"


class Kept(Message):
    """Keeps what it takes; refuses addresses with ``answers``."""

    def __init__(self, **answers: str) -> None:
        super().__init__()
        self.answers = answers
        self.taken: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        refusal = self.answers.get(address.partition("@")[0])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    def handle_message(self, message: Any) -> None:
        self.taken.append(message["X-RcptTo"])


@pytest.fixture
def settings(home: Path) -> Settings:
    return replace(read_settings(), mail_from="igw@example.org")


@contextmanager
def serving(handler: Message, **more: Any) -> Iterator[int]:
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one connection, which does what ``talk`` does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        taken, _ = listener.accept()
        with taken:
            talk(taken)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join()
        listener.close()


def saying(text: bytes) -> Callable[[socket.socket], None]:
    """Says this, then nothing more, and hears the other side out: nothing that was said is lost on its way."""

    def talk(taken: socket.socket) -> None:
        with suppress(OSError):
            taken.sendall(text)
            taken.shutdown(socket.SHUT_WR)
            while taken.recv(1000):
                pass

    return talk


def mailed(settings: Settings, port: int, *to: str, url: str = "smtp://127.0.0.1:{}") -> Answer:
    payload = {"type": "test", "data": {"message": "hello"}}
    return send(Mail(to or (ANN,), payload), replace(settings, smtp_url=url.format(port)))


def test_a_mail_that_one_of_two_does_not_get_is_not_called_delivered(settings: Settings) -> None:
    handler = Kept(bob="550 no such user")
    with serving(handler) as port:
        answer = mailed(settings, port, ANN, BOB)
    assert handler.taken == [ANN]
    assert not answer.is_ok
    assert "took it, but not for bob@example.org (550 no such user)" in answer.facts["error"]
    assert not answer.may_retry, "a further try would send it to the other one again"


@pytest.mark.parametrize(("refusal", "may_retry"), [("550 no such user", False), ("450 try later", True)])
def test_a_mail_that_nobody_gets_is_tried_again_only_where_that_may_help(
    settings: Settings, refusal: str, may_retry: bool
) -> None:
    with serving(Kept(bob=refusal)) as port:
        answer = mailed(settings, port, BOB)
    assert f"takes nothing for bob@example.org ({refusal})" in answer.facts["error"]
    assert (answer.is_ok, answer.may_retry) == (False, may_retry)


def test_a_wrong_password_is_said_once_and_not_shown(settings: Settings) -> None:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    more = {"authenticator": refuse, "auth_require_tls": False}
    with serving(Kept(), **more) as port:
        answer = mailed(settings, port, url="smtp://igw:very-secret-word@127.0.0.1:{}")
    assert "does not take the user or the password of INTAKEGATEWAY_SMTP_URL: 535" in answer.facts["error"]
    assert "very-secret-word" not in str(answer)
    assert (answer.is_ok, answer.may_retry) == (False, False)


def test_a_password_does_not_cross_public_networks_in_clear(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is taken for one on a public address."""
    monkeypatch.setattr("intakegateway.services.mails.is_public", lambda _: True)
    asked: list[Any] = []

    def note(*given: Any) -> AuthResult:
        asked.append(given)
        return AuthResult(success=True)

    handler = Kept()
    with serving(handler, authenticator=note, auth_require_tls=False) as port:
        answer = mailed(settings, port, url="smtp://igw:very-secret-word@127.0.0.1:{}")
        assert mailed(settings, port).is_ok, "without a password there is nothing to hide"
    assert (asked, handler.taken) == ([], [ANN])
    assert "offers no encryption" in answer.facts["error"]


def test_a_server_that_wants_no_sign_in_refuses_one_in_words(settings: Settings) -> None:
    with serving(Kept()) as port:
        answer = mailed(settings, port, url="smtp://igw:pw@127.0.0.1:{}")
    assert "cannot do this: SMTP AUTH extension not supported" in answer.facts["error"]


def test_a_certificate_that_nobody_vouches_for_is_refused(settings: Settings, tmp_path: Path) -> None:
    context = make_certificates(tmp_path).server_context()
    handler = Kept()
    with serving(handler, tls_context=context) as port:
        begun_in_clear = mailed(settings, port)

    def encrypt(taken: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(taken, server_side=True).close()

    with answering(encrypt) as port:
        encrypted = mailed(settings, port, url="smtps://127.0.0.1:{}")
    assert handler.taken == []
    for answer in (begun_in_clear, encrypted):
        assert "is not to be trusted" in answer.facts["error"]


def test_a_server_that_offers_encryption_gets_the_password_only_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.mails.is_public", lambda _: True)
    made = make_certificates(tmp_path)
    trusting = ssl.create_default_context(cafile=str(made.ca))
    monkeypatch.setattr("ssl.create_default_context", lambda: trusting)

    def take(*_: Any) -> AuthResult:
        return AuthResult(success=True)

    handler = Kept()
    with serving(handler, tls_context=made.server_context(), authenticator=take) as port:
        assert mailed(settings, port, url="smtp://igw:pw@127.0.0.1:{}").is_ok
    assert handler.taken == [ANN]


def test_a_server_without_tls_is_told_from_one_that_is_away(settings: Settings) -> None:
    with answering(saying(b"220 mail.example.org\r\n")) as port:
        answer = mailed(settings, port, url="smtps://127.0.0.1:{}")
    assert "does not speak TLS there" in answer.facts["error"]
    answer = mailed(settings, port)
    assert f"127.0.0.1:{port} cannot be reached: Connection refused" in answer.facts["error"]
    assert answer.may_retry


def test_a_server_that_answers_a_letter_at_a_time_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.senders.LONGEST_SECONDS", 0.3)

    def drip(taken: socket.socket) -> None:
        # It ends when who asked has gone.
        try:
            while not threading.Event().wait(0.02):
                taken.sendall(b"2")
        except OSError:
            return

    with answering(drip) as port:
        answer = mailed(settings, port)
    assert answer.facts["error"].endswith("did not take it within 0.3 seconds")
    assert answer.may_retry


def test_a_server_that_hangs_up_is_tried_again(settings: Settings) -> None:
    with answering(saying(b"220 hello\r\n")) as port:
        answer = mailed(settings, port)
    assert "ended the connection" in answer.facts["error"]
    assert answer.may_retry


def test_what_nobody_thought_of_is_an_answer_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("never seen before")

    monkeypatch.setattr("intakegateway.services.senders.send_mail", broken)
    answer = mailed(settings, 1)
    assert (answer.is_ok, answer.may_retry) == (False, True)
    assert answer.facts["error"] == "an error of the gateway itself: RuntimeError"


@pytest.mark.parametrize(
    "address", ["a,b@c.org", '"x@b.org', "<a@b.org", "a@b.org>", "a;b@c", "(@b", "a@[", "a\x01b@c"]
)
def test_an_address_that_mail_would_read_as_others_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not a plain address"):
        NotificationDraft(name="mail", kind="email", to=(ANN, address))
    assert NotificationDraft(name="mail", kind="email", to=("o'neil+a=b@sub.example.org",)).to
