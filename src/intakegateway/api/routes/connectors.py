"""``/connectors``."""

from __future__ import annotations

from typing import Any

from intakegateway.api.deps import CurrentActor
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.connections import ConnectorView
from intakegateway.services.connections import connector_schema, connectors

router = nouns("/connectors", tags=["connectors"])


@router.get("", summary="Kinds of connections")
def find_connectors(actor: CurrentActor) -> list[ConnectorView]:
    """What each can do, and whether its driver is installed."""
    return connectors()


@router.get("/{kind}/schema", summary="The settings of a kind", responses=answers(404))
def get_connector_schema(actor: CurrentActor, kind: str) -> dict[str, Any]:
    """A JSON Schema from which a form is made; `order`, `secret`, `advanced` and `when` tell how."""
    return connector_schema(kind)
