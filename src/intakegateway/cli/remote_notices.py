"""Notifications and deliveries of a gateway that serves elsewhere; see ``remote_client``."""

from __future__ import annotations

from msgspec import Struct
from pydantic import RootModel

from intakegateway.cli.remote_calls import Calls, part, query_of
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.notifications import (
    CreatedNotification,
    DeliveryFilter,
    DeliveryView,
    NotificationChange,
    NotificationDraft,
    NotificationView,
)


class RemoteNotifications(Struct, frozen=True):
    """The places of a project that are told about runs."""

    calls: Calls

    def find_all(self, page: PageRequest) -> Page[NotificationView]:
        """A part of the places, by name."""
        return self.calls.view(Page[NotificationView], "GET", "/notifications", **query_of(page))

    def get(self, place: str) -> NotificationView:
        """One."""
        return self.calls.view(NotificationView, "GET", f"/notifications/{part(place)}")

    def create(self, draft: NotificationDraft) -> CreatedNotification:
        """Add one; a webhook's signing secret is shown this once."""
        return self.calls.view(CreatedNotification, "POST", "/notifications", draft)

    def change(self, place: str, change: NotificationChange) -> NotificationView:
        """Change one; secrets that are left out stay."""
        return self.calls.view(NotificationView, "PATCH", f"/notifications/{part(place)}", change)

    def delete(self, place: str) -> None:
        """Take one away."""
        self.calls.call("DELETE", f"/notifications/{part(place)}")

    def test(self, place: str) -> DeliveryView:
        """Send a test message, and say what came back."""
        return self.calls.view(DeliveryView, "POST", f"/notifications/{part(place)}/test")

    def callback_secret(self) -> str:
        """What signs the calls to ``callback_url``."""
        found = self.calls.view(RootModel[dict[str, str]], "GET", "/notifications/callback-secret")
        return found.root["secret"]

    def deliveries(self, wanted: DeliveryFilter, page: PageRequest) -> Page[DeliveryView]:
        """A part of what was sent, the latest first."""
        return self.calls.view(Page[DeliveryView], "GET", "/deliveries", **query_of(wanted, page))

    def delivery(self, delivery: str) -> DeliveryView:
        """One thing that was sent."""
        return self.calls.view(DeliveryView, "GET", f"/deliveries/{part(delivery)}")

    def resend(self, delivery: str) -> DeliveryView:
        """Send something again; the server does so in a moment."""
        return self.calls.view(DeliveryView, "POST", f"/deliveries/{part(delivery)}/resend")
