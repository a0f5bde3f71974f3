"""Pushed data: whoever knows a task's token, or can sign with its secret, hands it records or a file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.kit.secretbox import SealError
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, SourceError, UnauthenticatedError, UnavailableError
from intakegateway.model.sources import pushed_source
from intakegateway.model.views.audit import Noun
from intakegateway.model.views.files import FileView
from intakegateway.model.views.tasks import Pushed, PushToken
from intakegateway.services import queue
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.services.files import Files
from intakegateway.services.incoming import Incoming
from intakegateway.services.sealing import opened
from intakegateway.services.task_definitions import place
from intakegateway.services.task_views import kept
from intakegateway.services.tasks import found
from intakegateway.services.tokens import digest
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import Run

PREFIX = "igp_"
SECRET_PREFIX = "whsec_"
TOLERANCE = 300
"""Seconds that a signed message's time may be off."""
_CHECKED_BYTES = 10 << 20
_NAMES = {
    "application/json": "json", "application/x-ndjson": "ndjson", "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson", "text/csv": "csv", "text/tab-separated-values": "tsv",
    "application/xml": "xml", "text/xml": "xml", "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.file": "arrow",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip


class Sender(Struct, frozen=True):
    """Who is let in to a task: by its token, or, with ``mac``, by a signature over what has yet to come."""

    task: Task
    message_id: str = ""
    mac: Any = None
    signatures: tuple[bytes, ...] = ()

    @property
    def observe(self) -> Callable[[bytes], None] | None:
        """Has to see every byte of the body, in order."""
        return self.mac.update if self.mac is not None else None

    def check(self) -> None:
        """Raises ``UnauthenticatedError`` unless one of the signatures is that of the whole body."""
        if self.mac is None:
            return
        made = self.mac.digest()
        if not any(hmac.compare_digest(made, one) for one in self.signatures):
            raise _stranger()


class Pushes(Struct, frozen=True):
    """Tokens and secrets of tasks, and what is sent with them."""

    context: Context
    files: Files

    def make_token(self, actor: Actor, project_id: str, reference: str) -> PushToken:
        """A new token; the one before is worth nothing from now on."""
        text = PREFIX + secrets.token_urlsafe(32)
        return self._set(actor, project_id, reference, "push_token_hash", digest(text), text)

    def make_secret(self, actor: Actor, project_id: str, reference: str) -> PushToken:
        """A new secret to sign with, as Standard Webhooks; the one before is worth nothing from now on."""
        text = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.EDITOR)
        sealed = self.context.box().seal(text, *_place(task))
        return self._set(actor, project_id, reference, "push_secret", sealed, text)

    def disable(self, actor: Actor, project_id: str, reference: str, *, secret: bool = False) -> None:
        """No token (no signature) lets anybody in any more."""
        field = "push_secret" if secret else "push_token_hash"
        self._set(actor, project_id, reference, field, None, "")

    def admit(self, task_id: str, token: str, headers: dict[str, str]) -> Sender:
        """Let a sender in to the task with this id, by ``token`` or by the ``webhook-…`` headers.

        Raises ``UnauthenticatedError``, the same whether there is no such task or no such token.
        """
        with self.context.database.read() as session:
            task = session.get(Task, task_id) if len(task_id) <= 36 and "\x00" not in task_id else None
        if task is None:
            raise _stranger()
        if token:
            if task.push_token_hash is None or not hmac.compare_digest(digest(token), task.push_token_hash):
                raise _stranger()
            return Sender(task)
        return self._signed(task, headers)

    def file_name(self, task: Task, given: str, content_type: str) -> str:
        """What a pushed file is called: as its sender says, else by the task and the content's type."""
        kind = content_type.partition(";")[0].strip().lower()
        return given or f"{task.name[:200]}.{_NAMES.get(kind, 'data')}"

    def start(self, name: str, size: int | None) -> Incoming:
        """Begin to take what is sent."""
        return self.files.incoming(name, size)

    def known(self, sender: Sender, key: str) -> Pushed | None:
        """The run of a message that came before, by its id or idempotency key."""
        load_id = _load_id(sender, key)
        with self.context.database.read() as session:
            run = session.scalar(select(Run).where(Run.load_id == load_id).limit(1)) if load_id else None
        return (
            None if run is None else Pushed(run_id=run.id, file_id=(run.input or {}).get("file", ""), size=0)
        )

    def accept(self, sender: Sender, incoming: Incoming, key: str, ip: str) -> Pushed:
        """Keep what was sent, and queue a run that loads it.

        ``key``: the message's own id; a message that is sent twice is loaded once. Raises
        ``SourceError`` for content that cannot be read.
        """
        actor = Actor("", f"push to {sender.task.name}"[:300], ip=ip)
        file = self._kept(actor, sender, incoming)
        load_id = _load_id(sender, key)
        with self.context.database.write() as session:
            run = self._run(session, actor, sender, file, load_id)
        self.context.bus.wake(queue.TOPIC)
        self.context.bus.wake(EVENTS)
        return Pushed(run_id=run.id, file_id=file.id, size=file.size)

    def _run(
        self, session: Session, actor: Actor, sender: Sender, file: FileView, load_id: str | None
    ) -> Run:
        task = session.get(Task, sender.task.id)
        if task is None:
            raise ConflictError("the task was deleted in the meantime.")
        before = session.scalar(select(Run).where(Run.load_id == load_id).limit(1)) if load_id else None
        if before is not None:
            return before
        version = kept(session, task)
        spec = validated(opened(version.spec, self.context.box(), place(task.id)))
        draft = queue.RunDraft(
            project_id=task.project_id, task=task, version=version, trigger="push", load_id=load_id,
            input=pushed_source(spec.source, file.id),
        )  # fmt: skip
        return queue.enqueue(session, actor, draft, self.context.now())

    def _kept(self, actor: Actor, sender: Sender, incoming: Incoming) -> FileView:
        if incoming.received == 0:
            incoming.discard()
            raise SourceError("the body is empty.", hint="Send records or a file.")
        file = self.files.store(actor, sender.task.project_id, incoming)
        try:
            if file.error:
                raise SourceError(file.error)
            if file.format == "json" and file.size <= _CHECKED_BYTES:
                self._check_json(file)
        except SourceError:
            self.files.forget(file.id)
            raise
        return file

    def _check_json(self, file: FileView) -> None:
        from intakegateway.connectors.json_parsing import parse_json

        parse_json(b"".join(self.context.blobs.read(f"files/{file.id}")), "the body")

    def _signed(self, task: Task, headers: dict[str, str]) -> Sender:
        message, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if task.push_secret is None or not message or not moment.isdecimal() or len(moment) > 12:
            raise _stranger()
        if abs(self.context.now().timestamp() - int(moment)) > TOLERANCE:
            raise UnauthenticatedError(
                "the message's 'webhook-timestamp' is too far from the time here.", hint="Check the clocks."
            )
        try:
            text = self.context.box().open(task.push_secret, *_place(task)).removeprefix(SECRET_PREFIX)
        except SealError as error:
            raise UnavailableError(
                f"the secret that these signatures are checked with cannot be read: {error}.",
                hint="Tell the administrator, and send it again when the key is back.",
            ) from None
        mac = hmac.new(base64.b64decode(text), f"{message}.{moment}.".encode(), hashlib.sha256)
        return Sender(task, message, mac, tuple(_signatures(headers.get("webhook-signature", ""))))

    def _set(
        self, actor: Actor, project_id: str, reference: str, field: str, value: str | None, text: str
    ) -> PushToken:
        with self.context.database.write() as session:
            task = found(session, actor, project_id, reference, Role.EDITOR)
            setattr(task, field, value)
            noun: Noun = "push secret" if field == "push_secret" else "push token"
            record(
                session, actor, "rotated" if value else "disabled", noun, project_id=project_id,
                noun_id=task.id, name=task.name,
            )  # fmt: skip
            return PushToken(token=text, url=self._url(task))

    def _url(self, task: Task) -> str:
        return f"{self.context.settings.base_url.rstrip('/')}/api/v1/tasks/{task.id}/push"


def _signatures(header: str) -> list[bytes]:
    """The signatures of version 1 of ``webhook-signature``: pairs of version and Base64, spaces between."""
    found = []
    for one in header.split()[:20]:
        version, _, text = one.partition(",")
        try:
            found.append(base64.b64decode(text, validate=True) if version == "v1" else b"")
        except (binascii.Error, ValueError):
            continue
    return [one for one in found if one]


def _load_id(sender: Sender, key: str) -> str | None:
    """The same message is the same load."""
    name = sender.message_id or key
    return str(uuid5(NAMESPACE_URL, f"push\x1f{sender.task.id}\x1f{name}")) if name else None


def _place(task: Task) -> tuple[str, str, str]:
    return ("tasks", task.id, "push_secret")


def _stranger() -> UnauthenticatedError:
    return UnauthenticatedError(
        "this task takes nothing from you: the token or the signature is not right.",
        hint="Send the task's push token as 'Authorization: Bearer …', or sign as Standard Webhooks.",
    )
