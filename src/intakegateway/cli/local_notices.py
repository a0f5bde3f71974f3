"""Notifications and deliveries of the store of this machine; see ``local_client``."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from intakegateway.bootstrap import Gateway
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.notifications import (
    CreatedNotification,
    DeliveryFilter,
    DeliveryView,
    NotificationChange,
    NotificationDraft,
    NotificationView,
)
from intakegateway.services.accounts import COMMAND_LINE


class LocalNotifications(Struct, frozen=True):
    """The places of a project that are told about runs."""

    gateway: Gateway
    project: Callable[[], str]

    def find_all(self, page: PageRequest) -> Page[NotificationView]:
        """A part of the places, by name."""
        return self.gateway.notifications.find_all(COMMAND_LINE, self.project(), page)

    def get(self, place: str) -> NotificationView:
        """One."""
        return self.gateway.notifications.get(COMMAND_LINE, self.project(), place)

    def create(self, draft: NotificationDraft) -> CreatedNotification:
        """Add one; a webhook's signing secret is shown this once."""
        return self.gateway.notifications.create(COMMAND_LINE, self.project(), draft)

    def change(self, place: str, change: NotificationChange) -> NotificationView:
        """Change one; secrets that are left out stay."""
        return self.gateway.notifications.change(COMMAND_LINE, self.project(), place, change)

    def delete(self, place: str) -> None:
        """Take one away."""
        self.gateway.notifications.delete(COMMAND_LINE, self.project(), place)

    def test(self, place: str) -> DeliveryView:
        """Send a test message, and say what came back."""
        return self.gateway.notifications.test(COMMAND_LINE, self.project(), place)

    def callback_secret(self) -> str:
        """What signs the calls to ``callback_url``."""
        return self.gateway.notifications.callback_secret(COMMAND_LINE, self.project())

    def deliveries(self, wanted: DeliveryFilter, page: PageRequest) -> Page[DeliveryView]:
        """A part of what was sent, the latest first."""
        return self.gateway.notifications.deliveries(
            COMMAND_LINE, self.project(), page, notification=wanted.notification, run_id=wanted.run,
            status=wanted.status,
        )  # fmt: skip

    def delivery(self, delivery: str) -> DeliveryView:
        """One thing that was sent."""
        return self.gateway.notifications.delivery(COMMAND_LINE, self.project(), delivery)

    def resend(self, delivery: str) -> DeliveryView:
        """Send something again: at once, as no server may run that would."""
        from intakegateway.services.deliveries import Deliverer

        queued = self.gateway.notifications.resend(COMMAND_LINE, self.project(), delivery)
        Deliverer(self.gateway.context).send(queued.id)
        return self.delivery(queued.id)
