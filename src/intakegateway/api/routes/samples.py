"""``/projects/{project}/sample``."""

from __future__ import annotations

from intakegateway.api.deps import CurrentActor, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.samples import SampleView

router = nouns("/projects", tags=["projects"])


@router.post(
    "/{project}/sample", summary="Sample data, ready to run", responses=answers(403, 404, 409)
)  # fmt: skip
def provide_sample(gateway: TheGateway, actor: CurrentActor, project: str) -> SampleView:
    """A file of orders, an SQLite database and a task between them; once, however often it is asked for."""
    return gateway.samples.provide(actor, gateway.projects.id_of(actor, project))
