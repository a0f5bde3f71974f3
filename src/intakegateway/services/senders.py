"""How a message is sent: a webhook, a mail, a chat. Each answers with what came back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import orjson
import structlog
from msgspec import Struct

from intakegateway.kit.cutting import Cutter
from intakegateway.kit.masking import Scrubber
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.services.mails import Limits, MailError, send_mail
from intakegateway.settings import Settings

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 15
"""For each step of a call: to connect, to take a piece, to give one."""
LONGEST_SECONDS = 30
"""For all of them together."""
log = structlog.get_logger()
_SHOWN = 2000
"""Characters of an answer's body that are kept."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed POST (Standard Webhooks)."""

    url: str = field(repr=False)
    id: str
    payload: Mapping[str, Any]
    secret: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Mail(Struct, frozen=True):
    """A mail to these addresses."""

    to: tuple[str, ...]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chat:
    """A message through Apprise: Slack, Teams and many more."""

    url: str = field(repr=False)
    payload: Mapping[str, Any]


class Refused(Struct, frozen=True):
    """Nothing can be sent, and why."""

    reason: str


Order = Webhook | Mail | Chat | Refused


class Answer(Struct, frozen=True):
    """What came back. ``may_retry``: another try may do better."""

    is_ok: bool
    facts: dict[str, Any]
    may_retry: bool = True


def send(order: Order, settings: Settings) -> Answer:
    """Send it, and say what came back; every failure is an answer."""
    started = time.monotonic()
    if isinstance(order, Refused):
        return Answer(False, {"error": order.reason}, may_retry=False)
    try:
        answer = _sent(order, settings)
    except Exception as error:
        # Without an answer it would be tried again for ever.
        log.error("message_not_sent", kind=type(order).__name__, exc_info=error)
        answer = Answer(False, {"error": f"an error of the gateway itself: {type(error).__name__}"})
    answer.facts["seconds"] = round(time.monotonic() - started, 3)
    return answer


def _sent(order: Webhook | Mail | Chat, settings: Settings) -> Answer:
    if isinstance(order, Webhook):
        return _webhook(order, settings)
    return _mail(order, settings) if isinstance(order, Mail) else _chat(order, settings)


def in_words(payload: Mapping[str, Any]) -> tuple[str, str]:
    """A title and a text for people."""
    data = payload.get("data") or {}
    if payload.get("type") == "test":
        return "IntakeGateway: test", str(data.get("message", ""))
    status = str(data.get("status", "")).replace("_", " ").lower()
    title = f"IntakeGateway: {data.get('task_name', '')} {status}"
    lines = [
        f"Task {data.get('task_name', '')}: {status}.",
        f"Rows: {data.get('total_records', 0):,} read, {data.get('inserted_records', 0):,} inserted,"
        f" {data.get('updated_records', 0):,} updated, {data.get('rejected_records', 0):,} rejected.",
        f"Table: {data.get('destination_table', '')}. Duration: {data.get('duration_seconds', 0):.1f} s.",
    ]
    error = data.get("error")
    if isinstance(error, dict):
        lines.append(f"Error: {error.get('message', '')} {error.get('hint') or ''}".rstrip())
    lines.append(f"Run {data.get('id', '')}")
    return title, "\n".join(lines)


def _webhook(order: Webhook, settings: Settings) -> Answer:
    import httpx
    from standardwebhooks import Webhook as Signer

    from intakegateway.connectors.http_api.guarded import client
    from intakegateway.services.guarding import guard_of

    body = orjson.dumps(order.payload)
    now = datetime.now(UTC)
    headers = {
        **order.headers, "content-type": "application/json", "accept-encoding": "identity",
        "user-agent": "IntakeGateway", "webhook-id": order.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(order.secret).sign(order.id, now, body.decode()),
    }  # fmt: skip
    scrub = Scrubber.of([order.secret, *order.headers.values()])
    cutter = Cutter(LONGEST_SECONDS)
    try:
        with cutter, client(guard_of(settings), seconds=TIMEOUT_SECONDS) as http:
            asked = http.build_request(
                "POST", order.url, content=body, headers=headers, extensions={"trace": cutter.trace}
            )
            answer = http.send(asked, stream=True)
            try:
                text = scrub(_beginning(answer))
            finally:
                answer.close()
    except DefinitionError as error:
        return Answer(False, {"error": scrub(str(error))}, may_retry=False)
    except (httpx.HTTPError, httpx.InvalidURL, UnavailableError, UnicodeError, ValueError) as error:
        if cutter.has_cut:
            return Answer(False, {"error": f"no whole answer came within {LONGEST_SECONDS} seconds"})
        return Answer(False, {"error": scrub(str(error)) or type(error).__name__})
    facts: dict[str, Any] = {"status": answer.status_code, "body": text}
    if answer.is_redirect:
        facts["error"] = "the address answers with a redirect, which is not followed"
    return Answer(answer.is_success, facts, may_retry=answer.status_code != 410)


def _beginning(answer: httpx.Response) -> str:
    """As much of the body as is kept: it may have no end.

    The status has told whether the message was taken: a body that breaks off changes nothing about that.
    """
    import httpx

    body = b""
    with suppress(httpx.HTTPError):
        for piece in answer.iter_bytes(_SHOWN):
            body += piece
            if len(body) >= 4 * _SHOWN:
                break
    try:
        return body.decode(answer.charset_encoding or "utf-8", "replace")[:_SHOWN]
    except LookupError:
        return body.decode("utf-8", "replace")[:_SHOWN]


def _mail(order: Mail, settings: Settings) -> Answer:
    if not settings.smtp_url:
        return Answer(False, {"error": "no mail server is set (INTAKEGATEWAY_SMTP_URL)"}, may_retry=False)
    title, text = in_words(order.payload)
    message = EmailMessage()
    scrub = Scrubber.of([unquote(urlsplit(settings.smtp_url).password or "")])
    try:
        message["Subject"] = " ".join(title.split())
        message["From"] = settings.mail_from or "intakegateway@localhost"
        message["To"] = ", ".join(order.to)
        message.set_content(text)
        taken_by = send_mail(message, settings.smtp_url, Limits(TIMEOUT_SECONDS, LONGEST_SECONDS))
    except MailError as error:
        return Answer(False, {"error": scrub(str(error))}, may_retry=error.may_retry)
    return Answer(True, {"accepted_by": taken_by})


def _chat(order: Chat, settings: Settings) -> Answer:
    try:
        import apprise
    except ModuleNotFoundError:
        said = "messages to chats need: pip install 'intakegateway[messages]'"
        return Answer(False, {"error": said}, may_retry=False)
    from intakegateway.connectors.guard import resolving_under
    from intakegateway.services.guarding import guard_of

    title, text = in_words(order.payload)
    place = apprise.Apprise()
    if not place.add(order.url):
        return Answer(False, {"error": "this address is not one that Apprise knows"}, may_retry=False)
    guard = guard_of(settings)
    try:
        for service in place:
            if service.host and "host" in service.template_tokens:
                guard.addresses(str(service.host), service.port or 443, "the address of the service")
        with resolving_under(guard):
            done = place.notify(body=text, title=title)
    except DefinitionError as error:
        return Answer(False, {"error": str(error)}, may_retry=False)
    except UnavailableError as error:
        return Answer(False, {"error": str(error)})
    return Answer(bool(done), {} if done else {"error": "the service did not take the message"})
