"""Messages about runs on their way: made with the end of the run, sent afterwards, tried four times."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.kit.masking import public_url
from intakegateway.kit.secretbox import SealError, SecretBox
from intakegateway.model.errors import UnavailableError
from intakegateway.services import senders
from intakegateway.services.context import Context
from intakegateway.store import notifications as store
from intakegateway.store.tables.definitions import Notification
from intakegateway.store.tables.runs import Delivery, Run
from intakegateway.store.tables.service import Fact

TOPIC = "deliveries"
"""The topic of the bus that is woken when something is to be sent."""
WAITS = (10, 60, 300)
"""Seconds before each further try: three of them."""
AT_ONCE = 8
"""Messages that one process sends at the same time."""
LEASE = timedelta(minutes=2)
"""How long one process may take to send; afterwards another one tries."""

log = structlog.get_logger()


def add(
    session: Session, now: datetime, project_id: str, event: str, payload: Mapping[str, Any],
    place: Notification | None, *, run_id: str | None = None, target: str = "",
) -> Delivery:  # fmt: skip
    """Put a message on its way, in the caller's transaction. Wake ``TOPIC`` after the commit."""
    delivery = Delivery(
        id=uuid7(), project_id=project_id, notification_id=place.id if place else None, run_id=run_id,
        event=event, payload=dict(payload), target=target or (place.config.get("target", "") if place else ""),
        next_attempt_at=now, created_at=now, status="pending", attempts=0,
    )  # fmt: skip
    session.add(delivery)
    return delivery


def finished(session: Session, run: Run) -> None:
    """After a run has ended: messages to all who want to know. Called in the run's last transaction."""
    now = run.finished_at or run.queued_at
    event = f"run.{run.status.lower()}"
    payload = {"type": event, "timestamp": now.isoformat(), "data": facts(run)}
    for place in _wanted(session, run):
        add(session, now, run.project_id, event, payload, place, run_id=run.id)
    if run.callback_url:
        target = public_url(run.callback_url)
        add(session, now, run.project_id, event, payload, None, run_id=run.id, target=target)


def facts(run: Run) -> dict[str, Any]:
    """A run as messages tell of it."""
    counts = (
        "total_records", "inserted_records", "updated_records", "unchanged_records", "skipped_records",
        "deduplicated_records", "rejected_records",
    )  # fmt: skip
    names = (
        "id", "task_id", "task_name", "task_version", "status", "trigger", "triggered_by_name", "attempt",
        "is_retry", "retry_of_run_id", "parent_run_id", "schedule_id", "bytes_read", "duration_seconds",
        "destination_kind", "destination_table", "error", *counts,
    )  # fmt: skip
    moments = ("queued_at", "started_at", "finished_at", "scheduled_for")
    found = {name: getattr(run, name) for name in names}
    return {**found, **{name: _iso(getattr(run, name)) for name in moments}}


class Deliverer(Struct, frozen=True):
    """Sends what is due. Any number of processes may do so on one database."""

    context: Context

    def tick(self) -> int:
        """Send all that is due now; the number of tries."""
        with self.context.database.read() as session:
            found = store.due(session, self.context.now(), 100)
        return sum(self.send(delivery.id) for delivery in found)

    def run(self, stopped: threading.Event, longest: float = 2.0) -> None:
        """Send what becomes due until ``stopped`` is set; a place that does not answer holds up no other."""
        seen = self.context.bus.count(TOPIC)
        under_way: set[str] = set()
        while not stopped.is_set():
            free = AT_ONCE - len(under_way)
            if free > 0:
                with self.context.database.read() as session:
                    found = store.due(session, self.context.now(), AT_ONCE + free)
                for delivery in [one for one in found if one.id not in under_way][:free]:
                    under_way.add(delivery.id)
                    # A daemon: who stops does not wait for it, and another process sends it after the lease.
                    threading.Thread(target=self._sent, args=(delivery.id, under_way), daemon=True).start()
            seen = self.context.bus.wait(TOPIC, seen, longest)

    def _sent(self, delivery_id: str, under_way: set[str]) -> None:
        try:
            self.send(delivery_id)
        except UnavailableError as error:
            log.warning("delivery_waits", delivery=delivery_id, reason=str(error))
        except Exception as error:
            log.error("delivery_failed", delivery=delivery_id, exc_info=error)
        finally:
            under_way.discard(delivery_id)
            self.context.bus.wake(TOPIC)

    def send(self, delivery_id: str, *, last: bool = False) -> bool:
        """One try; ``last``: there is no further one. False when another process is at it."""
        now = self.context.now()
        with self.context.database.write() as session:
            delivery = session.get(Delivery, delivery_id)
            if delivery is None or not store.claim(session, delivery, now, LEASE):
                return False
            session.refresh(delivery)
            try:
                order = _order(session, self.context, delivery)
            except SealError as error:
                order = senders.Refused(f"a secret of this place cannot be opened: {error}")
        answer = senders.send(order, self.context.settings)
        with self.context.database.write() as session:
            kept = session.get(Delivery, delivery_id)
            if kept is None:
                return True
            ended = self.context.now()
            kept.answer = answer.facts
            if answer.is_ok:
                kept.status, kept.finished_at = "delivered", ended
            elif last or not answer.may_retry or kept.attempts > len(WAITS):
                kept.status, kept.finished_at = "failed", ended
            else:
                kept.status = "pending"
                kept.next_attempt_at = ended + timedelta(seconds=WAITS[kept.attempts - 1])
        return True


def callback_secret(session: Session, box: SecretBox, project_id: str) -> str:
    """The secret that signs calls to ``callback_url`` in a project."""
    name = f"callback_secret:{project_id}"
    fact = session.get(Fact, name)
    if fact is not None:
        return box.open(str(fact.value["sealed"]), "facts", name)
    secret = "whsec_" + base64.b64encode(os.urandom(24)).decode()
    session.add(Fact(name=name, value={"sealed": box.seal(secret, "facts", name)}))
    session.flush()
    return secret


def _order(session: Session, context: Context, delivery: Delivery) -> senders.Order:
    box = context.box()
    if delivery.notification_id is None:
        run = session.get(Run, delivery.run_id) if delivery.run_id else None
        if run is None or not run.callback_url:
            return senders.Refused("the run of this message is gone")
        secret = callback_secret(session, box, delivery.project_id)
        return senders.Webhook(run.callback_url, delivery.id, delivery.payload, secret, {})
    place = session.get(Notification, delivery.notification_id)
    if place is None:
        return senders.Refused("the place was deleted")

    def secret_of(field: str) -> str:
        sealed = place.secrets.get(field)
        return box.open(str(sealed), "notifications", place.id, field) if sealed else ""

    if place.kind == "webhook":
        headers = json.loads(secret_of("headers") or "{}")
        return senders.Webhook(secret_of("url"), delivery.id, delivery.payload, secret_of("secret"), headers)
    if place.kind == "email":
        return senders.Mail(tuple(place.config.get("to", ())), delivery.payload)
    return senders.Chat(secret_of("url"), delivery.payload)


def _wanted(session: Session, run: Run) -> Iterable[Notification]:
    named = {
        name
        for one in run.spec.get("notify") or ()
        if run.status in (one.get("on") or ("FAILED", "PARTIAL_SUCCESS"))
        for key, name in one.items()
        if key != "on" and name
    }
    for place in session.scalars(store.of_project(run.project_id).where(Notification.is_enabled.is_(True))):
        if place.name in named or run.status in place.events:
            yield place


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
