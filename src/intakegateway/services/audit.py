"""Who changed what: entries are written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.kit.masking import MASK, looks_secret, public_url
from intakegateway.model.actor import Actor
from intakegateway.store.tables.people import AuditEntry


def record(
    session: Session,
    actor: Actor,
    action: str,
    noun: str,
    *,
    project_id: str | None = None,
    noun_id: str = "",
    name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a change. ``before`` and ``after`` are plain JSON values; whatever looks secret is masked."""
    session.add(
        AuditEntry(
            project_id=project_id, user_id=actor.user_id or None, user_name=actor.name, ip=actor.ip,
            action=action, noun=noun, noun_id=noun_id, noun_name=name[:300], before=_public(before),
            after=_public(after),
        )
    )  # fmt: skip


def _public(value: Any) -> Any:
    """Without what is secret by its name, and without the passwords of URLs."""
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(item, str) and item and looks_secret(key) else _public(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_public(item) for item in value]
    if isinstance(value, str) and "://" in value:
        return public_url(value)
    return value
