"""Places that are told about runs: webhooks, e-mail, Slack, Teams and whatever Apprise reaches."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.kit.masking import MASK, public_url
from intakegateway.kit.secretbox import SealError
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, StaleEditError
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.notifications import (
    CreatedNotification,
    DeliveryView,
    NotificationChange,
    NotificationDraft,
    NotificationView,
)
from intakegateway.services import deliveries
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.explain import as_definition_error
from intakegateway.services.sealing import open_secret
from intakegateway.services.totals import Totals
from intakegateway.store import notifications as store
from intakegateway.store.paging import page, part
from intakegateway.store.rows import listing, made
from intakegateway.store.tables.definitions import Notification
from intakegateway.store.tables.runs import Delivery

_DELIVERY = listing(Delivery, DeliveryView)


@dataclass(frozen=True, slots=True)
class Notifications:
    """Defined by editors; secrets are sealed and never shown again."""

    context: Context
    totals: Totals = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """The list of deliveries is long."""
        object.__setattr__(self, "totals", Totals(self.context.clock))

    def find_all(self, actor: Actor, project_id: str, request: PageRequest) -> Page[NotificationView]:
        """The places of a project, by name."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            found, total = page(session, store.of_project(project_id), request, store.SORTABLE, "name")
        items = [_view(one) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, project_id: str, reference: str) -> NotificationView:
        """One place, by name or id."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            return _view(_found(session, project_id, reference))

    def create(self, actor: Actor, project_id: str, draft: NotificationDraft) -> CreatedNotification:
        """Add a place; for a webhook, its signing secret is in the answer, once."""
        actor.require(project_id, Role.EDITOR)
        secret = _new_secret() if draft.kind == "webhook" else None
        with self.context.database.write() as session:
            _free(session, project_id, draft.name)
            made = Notification(
                id=uuid7(), project_id=project_id, name=draft.name, kind=draft.kind,
                events=[str(status) for status in draft.events], is_enabled=draft.enabled,
            )  # fmt: skip
            made.config, made.secrets = {}, {}
            self._fill(made, draft.model_dump(mode="json"))
            if secret is not None:
                self._seal(made, "secret", secret)
            session.add(made)
            session.flush()
            record(
                session, actor, "created", "notification", project_id=project_id, noun_id=made.id,
                name=made.name, after={"kind": made.kind, "target": made.config["target"], "events": made.events},
            )  # fmt: skip
            return CreatedNotification(**_view(made).model_dump(), secret=secret)

    def change(
        self, actor: Actor, project_id: str, reference: str, change: NotificationChange,
        version: int | None = None,
    ) -> NotificationView:  # fmt: skip
        """Change a place; secrets that are left out stay."""
        actor.require(project_id, Role.EDITOR)
        given = change.model_dump(mode="json", exclude_none=True)
        with self.context.database.write() as session:
            kept = _found(session, project_id, reference)
            if version is not None and version != kept.version:
                raise StaleEditError("notification")
            if change.name is not None and change.name != kept.name:
                _free(session, project_id, change.name)
                kept.name = change.name
            _check(kept, given)
            self._check_headers(kept, given)
            before = {"target": kept.config["target"], "events": kept.events, "enabled": kept.is_enabled}
            self._fill(kept, given)
            if change.events is not None:
                kept.events = [str(status) for status in change.events]
            if change.enabled is not None:
                kept.is_enabled = change.enabled
            kept.version += 1
            record(
                session, actor, "updated", "notification", project_id=project_id, noun_id=kept.id, name=kept.name,
                before=before,
                after={"target": kept.config["target"], "events": kept.events, "enabled": kept.is_enabled},
            )  # fmt: skip
            return _view(kept)

    def delete(self, actor: Actor, project_id: str, reference: str) -> None:
        """Take a place away; what it was sent stays listed."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            kept = _found(session, project_id, reference)
            record(
                session, actor, "deleted", "notification", project_id=project_id, noun_id=kept.id, name=kept.name
            )  # fmt: skip
            session.delete(kept)

    def test(self, actor: Actor, project_id: str, reference: str) -> DeliveryView:
        """Send a test message now, and say what came back."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            kept = _found(session, project_id, reference)
            payload = {"type": "test", "timestamp": self.context.now().isoformat(),
                       "data": {"message": f"A test message from IntakeGateway to '{kept.name}'."}}  # fmt: skip
            delivery = deliveries.add(session, self.context.now(), project_id, "test", payload, kept)
        deliveries.Deliverer(self.context).send(delivery.id, last=True)
        with self.context.database.read() as session:
            return DeliveryView.model_validate(session.get(Delivery, delivery.id))

    def deliveries(
        self, actor: Actor, project_id: str, request: PageRequest, *, notification: str | None = None,
        run_id: str | None = None, status: str | None = None,
    ) -> Page[DeliveryView]:  # fmt: skip
        """What was sent, the latest first."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            place = _found(session, project_id, notification).id if notification else None
            key = (project_id, place, run_id, status)
            found, total = part(
                session, _DELIVERY, key,
                lambda: store.deliveries(project_id, notification_id=place, run_id=run_id, status=status),
                request, store.DELIVERIES, "-id", lambda count: self.totals.of(key, count),
            )  # fmt: skip
        return Page(items=made(DeliveryView, found), total=total, limit=request.limit, offset=request.offset)

    def delivery(self, actor: Actor, project_id: str, delivery_id: str) -> DeliveryView:
        """One thing that was sent. Raises ``NotFoundError``."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            return DeliveryView.model_validate(_sent(session, project_id, delivery_id))

    def resend(self, actor: Actor, project_id: str, delivery_id: str) -> DeliveryView:
        """Send something again; the receiver knows it by the same id."""
        actor.require(project_id, Role.OPERATOR)
        with self.context.database.write() as session:
            kept = _sent(session, project_id, delivery_id)
            if kept.status not in ("delivered", "failed"):
                raise ConflictError("this is still being sent.")
            kept.status, kept.attempts, kept.finished_at = "pending", 0, None
            kept.next_attempt_at = self.context.now()
            record(session, actor, "resent", "delivery", project_id=project_id, noun_id=kept.id)
            view = DeliveryView.model_validate(kept)
        self.context.bus.wake(deliveries.TOPIC)
        return view

    def callback_secret(self, actor: Actor, project_id: str) -> str:
        """What signs the calls to ``callback_url`` in a project; made when first asked for."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            try:
                return deliveries.callback_secret(session, self.context.box(), project_id)
            except SealError as error:
                what = "the secret that signs calls to 'callback_url'"
                raise DefinitionError(f"{what} cannot be read: {error}.", hint="Put the key back.") from None

    def secrets_that_differ(self, place: Notification, given: Mapping[str, Any]) -> list[str]:
        """Of ``url`` and ``headers`` in ``given``, those that are not what is kept."""
        differ = []
        for name, text in (("url", given.get("url")), ("headers", given.get("headers"))):
            if text is None:
                continue
            kept = self._kept(place, name)
            same = json.loads(kept or "{}") == text if name == "headers" else kept == text
            if not same:
                differ.append(name)
        return differ

    def with_kept_headers(
        self, place: Notification, headers: Mapping[str, str], url: str | None
    ) -> dict[str, str]:
        """``headers`` with the value that is kept wherever there is a mask instead of one.

        ``url``: the address to be, or a mask for the one that is kept. Raises ``DefinitionError`` if kept
        values would follow to another one.
        """
        if MASK not in headers.values():
            return dict(headers)
        self._check_headers(place, {"url": None if url == MASK else url})
        kept = json.loads(self._kept(place, "headers") or "{}")
        return {name: kept.get(name, text) if text == MASK else text for name, text in headers.items()}

    def _kept(self, place: Notification, name: str) -> str | None:
        sealed = place.secrets.get(name)
        what = f"the secret '{name}' of the notification"
        box = self.context.box()
        return open_secret(str(sealed), box, what, "notifications", place.id, name) if sealed else None

    def _check_headers(self, place: Notification, given: Mapping[str, Any]) -> None:
        """Headers with secrets in them do not follow to an address that their owner has not seen."""
        follow = place.config.get("headers") and given.get("headers") is None
        if follow and "url" in self.secrets_that_differ(place, {"url": given.get("url")}):
            raise DefinitionError(
                "the headers have to be entered again: the address is another one.", path=("headers",),
                hint="Send them with this change; {} takes them away.",
            )  # fmt: skip

    def _fill(self, place: Notification, given: dict[str, Any]) -> None:
        """Take over address and headers; what is secret among them is sealed."""
        config = dict(place.config)
        if given.get("url"):
            if place.kind == "webhook":
                config["target"] = public_url(str(given["url"]))
            else:
                config["target"] = f"{str(given['url']).partition('://')[0]}://***"
            self._seal(place, "url", str(given["url"]))
        if given.get("to"):
            config["to"] = list(given["to"])
            config["target"] = ", ".join(given["to"])
        if given.get("headers") is not None:
            wrong = [name for name in given["headers"] if not name.replace("-", "").isalnum()]
            if wrong:
                raise DefinitionError(f"'{wrong[0]}' is not the name of a header.", path=("headers",))
            config["headers"] = sorted(given["headers"])
            self._seal(place, "headers", json.dumps(given["headers"]))
        place.config = config

    def _seal(self, place: Notification, field: str, text: str) -> None:
        sealed = self.context.box().seal(text, "notifications", place.id, field)
        place.secrets = {**place.secrets, field: sealed}


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def _check(place: Notification, given: dict[str, Any]) -> None:
    """A change must leave a place that could have been made so. Raises ``DefinitionError``."""
    kept = {"url": "https://kept.example"} if place.kind != "email" else {"to": ["kept@example.org"]}
    whole = {"name": place.name, "kind": place.kind, **kept, **given}
    try:
        NotificationDraft.model_validate(whole)
    except ValidationError as error:
        raise as_definition_error(error, NotificationDraft, whole) from None


def _found(session: Session, project_id: str, reference: str) -> Notification:
    found = store.find(session, project_id, reference)
    if found is None:
        raise NotFoundError("notification", reference)
    return found


def _sent(session: Session, project_id: str, delivery_id: str) -> Delivery:
    kept = session.get(Delivery, delivery_id)
    if kept is None or kept.project_id != project_id:
        raise NotFoundError("delivery", delivery_id)
    return kept


def _free(session: Session, project_id: str, name: str) -> None:
    if store.find(session, project_id, name) is not None:
        raise ConflictError(f"the name '{name}' is taken by another notification.")


def _view(place: Notification) -> NotificationView:
    shown = {name: getattr(place, name) for name in NotificationView.model_fields if name != "target"}
    return NotificationView.model_validate({**shown, "target": place.config.get("target", "")})
