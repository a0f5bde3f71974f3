"""How runs have gone, and the installation, of a gateway that serves elsewhere; see ``remote_client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from intakegateway.cli.remote_calls import Calls
from intakegateway.model.views.stats import Dashboard, RunStats, TaskStats
from intakegateway.model.views.system import SystemView


class RemoteStats(Struct, frozen=True):
    """Numbers of a project, and of the whole installation."""

    calls: Calls

    def dashboard(self) -> Dashboard:
        """What the first page shows."""
        return self.calls.view(Dashboard, "GET", "/dashboard")

    def runs(self, since: datetime | None, until: datetime | None, bucket: str, task: str | None) -> RunStats:
        """Runs over time."""
        query: dict[str, Any] = {"since": _sent(since), "until": _sent(until), "bucket": bucket, "task": task}
        return self.calls.view(RunStats, "GET", "/stats/runs", **query)

    def tasks(self, since: datetime | None, until: datetime | None) -> list[TaskStats]:
        """How each task has gone, the busiest first."""
        return self.calls.views(TaskStats, "GET", "/stats/tasks", since=_sent(since), until=_sent(until))

    def system(self) -> SystemView:
        """How this installation is set up."""
        return self.calls.view(SystemView, "GET", "/system")


def _sent(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
