"""``/health``: is it alive, can it work."""

from __future__ import annotations

from sqlalchemy import text

from intakegateway.api.deps import TheGateway
from intakegateway.api.door import ALIVE
from intakegateway.api.errors import answers
from intakegateway.api.queries import takes_any_query
from intakegateway.api.routing import nouns

router = nouns(tags=["health"], outside=True)


@router.get("/health", summary="Is the process alive?")
@takes_any_query
def get_health() -> dict[str, str]:
    """Answers without looking at anything else."""
    return ALIVE


@router.get("/health/ready", summary="Can it work?", responses=answers(503))
@takes_any_query
def get_readiness(gateway: TheGateway) -> dict[str, str]:
    """Looks whether the store answers."""
    with gateway.context.database.read() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ready"}
