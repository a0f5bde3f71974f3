"""Queries about places that are told, and deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import Notification
from intakegateway.store.tables.runs import Delivery

SORTABLE = {"id": Notification.id, "name": Notification.name, "created_at": Notification.created_at}
DELIVERIES = {"id": Delivery.id, "created_at": Delivery.created_at}


def of_project(project_id: str) -> Select[Notification]:
    """The places of a project."""
    return select(Notification).where(Notification.project_id == project_id)


def find(session: Session, project_id: str, reference: str) -> Notification | None:
    """The place with this id or name."""
    by = or_(Notification.id == reference, Notification.name == reference)
    return session.scalar(of_project(project_id).where(by))


def deliveries(
    project_id: str,
    *,
    notification_id: str | None = None,
    run_id: str | None = None,
    status: str | None = None,
) -> Select[Delivery]:
    """What was sent in a project."""
    query = select(Delivery).where(Delivery.project_id == project_id)
    if notification_id is not None:
        query = query.where(Delivery.notification_id == notification_id)
    if run_id is not None:
        query = query.where(Delivery.run_id == run_id)
    return query if status is None else query.where(Delivery.status == status)


def due(session: Session, now: datetime, most: int) -> list[Delivery]:
    """What is to be sent now; also what a process that died was sending."""
    query = select(Delivery).where(
        Delivery.status.in_(("pending", "sending")), Delivery.next_attempt_at <= now
    )
    return list(session.scalars(query.order_by(Delivery.next_attempt_at).limit(most)))


def claim(session: Session, delivery: Delivery, now: datetime, lease: timedelta) -> bool:
    """Take a delivery to send it; False when another process has it."""
    query = update(Delivery).where(
        and_(
            Delivery.id == delivery.id, Delivery.attempts == delivery.attempts,
            Delivery.next_attempt_at == delivery.next_attempt_at,
        )
    )  # fmt: skip
    done = session.execute(
        query.values(status="sending", attempts=delivery.attempts + 1, next_attempt_at=now + lease),
        execution_options={"synchronize_session": False},
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]
