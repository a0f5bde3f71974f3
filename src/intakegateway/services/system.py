"""What an installation is made of, for its administrators."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import func, select

from intakegateway import __version__
from intakegateway.model.actor import Actor
from intakegateway.model.views.system import SystemView
from intakegateway.services.context import Context
from intakegateway.services.sso import Sso
from intakegateway.store.tables.runs import Run

_TOLD = (
    "execution", "workers", "max_running", "max_running_per_task", "max_running_per_connection", "base_url",
    "max_upload_bytes", "session_hours", "mail_from", "keep_runs_days", "keep_runs_per_task", "keep_files_days",
)  # fmt: skip


class System(Struct, frozen=True):
    """Read only: settings come from the environment."""

    context: Context
    sso: Sso

    def view(self, actor: Actor, origin: str) -> SystemView:
        """The settings that are no secrets, and how busy it is. Only for administrators."""
        actor.require_admin()
        settings = self.context.settings
        query = select(Run.status, func.count()).where(Run.status.in_(("PENDING", "RUNNING")))
        with self.context.database.read() as session:
            busy = {row[0]: row[1] for row in session.execute(query.group_by(Run.status))}
        return SystemView(
            version=__version__, database="postgresql" if self.context.database.is_shared else "sqlite",
            storage="object store" if settings.storage_url else "folder", running=busy.get("RUNNING", 0),
            pending=busy.get("PENDING", 0), sends_mail=bool(settings.smtp_url),
            providers=self.sso.providers(origin), **{name: getattr(settings, name) for name in _TOLD},
        )  # fmt: skip
