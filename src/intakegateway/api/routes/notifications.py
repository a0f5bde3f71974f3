"""``/notifications`` and ``/deliveries``."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Id, Page
from intakegateway.model.views.notifications import (
    CreatedNotification,
    DeliveryView,
    NotificationChange,
    NotificationDraft,
    NotificationView,
)

router = nouns(tags=["notifications"])
ONE = "/notifications/{notification}"


@router.get("/notifications", summary="Places that are told about runs", responses=answers(404))
@from_the_store
def find_notifications(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging
) -> Page[NotificationView]:
    """Sorted by `name`, `created_at` or `id`."""
    return gateway.notifications.find_all(actor, project, paging)


@router.post("/notifications", status_code=201, summary="Add a place", responses=answers(403, 404, 409))
def create_notification(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: NotificationDraft
) -> CreatedNotification:
    """The secret that signs a webhook's calls is shown once, here."""
    return gateway.notifications.create(actor, project, draft)


@router.get(
    "/notifications/callback-secret", summary="What signs calls to callback_url", responses=answers(403, 404)
)
def get_callback_secret(gateway: TheGateway, actor: CurrentActor, project: CurrentProject) -> dict[str, str]:
    """For editors: the receiver checks the signature with it (Standard Webhooks)."""
    return {"secret": gateway.notifications.callback_secret(actor, project)}


@router.get(ONE, summary="One place", responses=answers(404))
def get_notification(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, notification: str, response: Response
) -> NotificationView:
    """By name or id."""
    found = gateway.notifications.get(actor, project, notification)
    etag(response, found.version)
    return found


@router.patch(ONE, summary="Change a place", responses=answers(403, 404, 409, 412))
def change_notification(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, notification: str,
    change: NotificationChange, version: Version, response: Response,
) -> NotificationView:  # fmt: skip
    """Secrets that are left out stay as they are."""
    found = gateway.notifications.change(actor, project, notification, change, version)
    etag(response, found.version)
    return found


@router.delete(ONE, status_code=204, summary="Take a place away", responses=answers(403, 404))
def delete_notification(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, notification: str
) -> None:
    """What it was sent stays listed."""
    gateway.notifications.delete(actor, project, notification)


@router.post(f"{ONE}/test", summary="Send a test message", responses=answers(403, 404))
def test_notification(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, notification: str
) -> DeliveryView:
    """Waits for the answer of the other side."""
    return gateway.notifications.test(actor, project, notification)


@router.get("/deliveries", summary="What was sent, the latest first", responses=answers(404))
@from_the_store
def find_deliveries(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    notification: Annotated[str | None, Query(max_length=100, description="Name or id of a place.")] = None,
    run: Id | None = None,
    status: Literal["pending", "sending", "delivered", "failed"] | None = None,
) -> Page[DeliveryView]:  # fmt: skip
    """Sorted by `id` or `created_at`."""
    return gateway.notifications.deliveries(
        actor, project, paging, notification=notification, run_id=run, status=status
    )


@router.get("/deliveries/{delivery}", summary="One thing that was sent", responses=answers(404))
def get_delivery(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, delivery: str
) -> DeliveryView:
    """With what it carried, and how the other side answered."""
    return gateway.notifications.delivery(actor, project, delivery)


@router.post(
    "/deliveries/{delivery}/resend", summary="Send something again", responses=answers(403, 404, 409)
)
def resend_delivery(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, delivery: str
) -> DeliveryView:
    """With the same `webhook-id`, so that the receiver can tell."""
    return gateway.notifications.resend(actor, project, delivery)
