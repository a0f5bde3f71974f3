"""What commands ask a gateway about how runs have gone, and about itself; see ``client``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from intakegateway.model.views.stats import Dashboard, RunStats, TaskStats
    from intakegateway.model.views.system import SystemView


class Stats(Protocol):
    """Numbers of a project, and of the whole installation."""

    def dashboard(self) -> Dashboard:
        """What the first page shows."""
        ...

    def runs(self, since: datetime | None, until: datetime | None, bucket: str, task: str | None) -> RunStats:
        """Runs over time. ``bucket``: ``hour`` or ``day``."""
        ...

    def tasks(self, since: datetime | None, until: datetime | None) -> list[TaskStats]:
        """How each task has gone, the busiest first."""
        ...

    def system(self) -> SystemView:
        """How this installation is set up."""
        ...
