"""``/system``."""

from __future__ import annotations

from fastapi import Request

from intakegateway.api.clients import origin
from intakegateway.api.deps import CurrentActor, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.system import SystemView

router = nouns(tags=["health"])


@router.get("/system", summary="How this installation is set up", responses=answers(403))
def get_system(gateway: TheGateway, actor: CurrentActor, request: Request) -> SystemView:
    """For administrators: limits, retention, mail, single sign-on; no secrets."""
    return gateway.system.view(actor, origin(request))
