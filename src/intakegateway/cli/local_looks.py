"""How runs have gone, and the installation, of the store of this machine; see ``local_client``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from intakegateway.bootstrap import Gateway
from intakegateway.model.views.stats import Dashboard, RunStats, TaskStats
from intakegateway.model.views.system import SystemView
from intakegateway.services.accounts import COMMAND_LINE


class LocalStats(Struct, frozen=True):
    """Numbers of a project, and of the whole installation."""

    gateway: Gateway
    project: Callable[[], str]

    def dashboard(self) -> Dashboard:
        """What the first page shows."""
        return self.gateway.stats.dashboard(COMMAND_LINE, self.project())

    def runs(self, since: datetime | None, until: datetime | None, bucket: str, task: str | None) -> RunStats:
        """Runs over time."""
        return self.gateway.stats.runs(
            COMMAND_LINE, self.project(), since=since, until=until, bucket=bucket, task=task
        )

    def tasks(self, since: datetime | None, until: datetime | None) -> list[TaskStats]:
        """How each task has gone, the busiest first."""
        return self.gateway.stats.tasks(COMMAND_LINE, self.project(), since=since, until=until)

    def system(self) -> SystemView:
        """How this installation is set up."""
        settings = self.gateway.context.settings
        return self.gateway.system.view(COMMAND_LINE, f"http://{settings.host}:{settings.port}")
