"""What commands ask a gateway about notifications and deliveries; see ``client``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from intakegateway.model.views.base import Page, PageRequest
    from intakegateway.model.views.notifications import (
        CreatedNotification,
        DeliveryFilter,
        DeliveryView,
        NotificationChange,
        NotificationDraft,
        NotificationView,
    )


class Notifications(Protocol):
    """The places of a project that are told about runs, each by name or id."""

    def find_all(self, page: PageRequest) -> Page[NotificationView]:
        """A part of the places, by name."""
        ...

    def get(self, place: str) -> NotificationView:
        """One."""
        ...

    def create(self, draft: NotificationDraft) -> CreatedNotification:
        """Add one; a webhook's signing secret is shown this once."""
        ...

    def change(self, place: str, change: NotificationChange) -> NotificationView:
        """Change one; secrets that are left out stay."""
        ...

    def delete(self, place: str) -> None:
        """Take one away."""
        ...

    def test(self, place: str) -> DeliveryView:
        """Send a test message, and say what came back."""
        ...

    def callback_secret(self) -> str:
        """What signs the calls to ``callback_url``."""
        ...

    def deliveries(self, wanted: DeliveryFilter, page: PageRequest) -> Page[DeliveryView]:
        """A part of what was sent, the latest first."""
        ...

    def delivery(self, delivery: str) -> DeliveryView:
        """One thing that was sent."""
        ...

    def resend(self, delivery: str) -> DeliveryView:
        """Send something again."""
        ...
