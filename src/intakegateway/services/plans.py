"""Dry runs while somebody waits: what a load would do, found out against the real destination."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.model.errors import CancelledError, DefinitionError
from intakegateway.model.task import TaskSpec
from intakegateway.model.views.previews import PlanDraft, PlanView
from intakegateway.services.limited import Deadline, Watched, too_slow
from intakegateway.services.resolving import runnable
from intakegateway.services.rows_json import plain
from intakegateway.services.task_previews import Previews


class Plans(Struct, frozen=True):
    """Statements, counts by outcome, samples and warnings; nothing is written."""

    previews: Previews

    def plan(self, actor: Actor, project_id: str, draft: PlanDraft) -> PlanView:
        """What a run of the task would do. Raises what a run raises, and ``UnavailableError`` when it
        takes longer than ``draft.seconds``."""
        definition = self.previews.definition(actor, project_id, draft.definition, draft.task)
        context = self.previews.context

        def work(deadline: Deadline) -> PlanView:
            with runnable(context, project_id, definition) as task:
                return _planned(task, deadline, draft.rows, context.settings.memory_budget)

        return self.previews.bench.run(work, draft.seconds)


def _planned(task: TaskSpec, deadline: Deadline, rows: int | None, budget: int) -> PlanView:
    from intakegateway.connectors.registry import open_destination, open_source
    from intakegateway.engine.load import run
    from intakegateway.engine.options import RunOptions

    if task.load.to is None:
        raise DefinitionError(
            f"the task '{task.name}' has no destination.", hint="Give 'load.connection'.", path=("load",)
        )
    source = Watched(open_source(task.source), deadline, rows)
    with tempfile.TemporaryDirectory(prefix="intakegateway-") as folder:
        options = RunOptions(
            load_id=uuid7(), run_id=uuid7(), rejects=Path(folder) / "rejects.parquet", scratch=Path(folder),
            cancelled=deadline.expired, dry_run=True, memory_budget=budget,
        )  # fmt: skip
        try:
            with closing(open_destination(task.load.to)) as destination:
                result = run(source, task, destination, options)
        except CancelledError:
            raise too_slow(deadline.seconds) from None
    shown = replace(result, rejects_path=None).as_json()
    return PlanView(result=plain(shown), partial=source.cut)
