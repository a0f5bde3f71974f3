"""What an installation is made of."""

from typing import Literal

from intakegateway.model.views.accounts import ProviderView
from intakegateway.model.views.base import Shown


class SystemView(Shown):
    """How this installation is set up, without anything secret. Its settings are its operator's to change."""

    version: str
    database: str
    """Where the gateway keeps its own things: ``sqlite`` or ``postgresql``."""
    storage: Literal["folder", "object store"]
    """Where files and rejects are kept."""
    execution: str
    """Where runs take place: ``processes`` or ``inline``."""
    workers: int
    max_running: int
    max_running_per_task: int
    max_running_per_connection: int
    running: int
    """Runs of all projects that are under way."""
    pending: int
    base_url: str
    max_upload_bytes: int
    session_hours: int
    sends_mail: bool
    mail_from: str
    providers: list[ProviderView]
    keep_runs_days: int
    """0: for ever."""
    keep_runs_per_task: int
    """0: all."""
    keep_files_days: int
    """0: for ever."""
