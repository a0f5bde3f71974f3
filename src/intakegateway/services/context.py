"""What every service is given: the store, the secrets, the clock, the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.kit.pubsub import Bus
from intakegateway.kit.secretbox import SecretBox
from intakegateway.settings import Settings
from intakegateway.store.blobs import Blobs
from intakegateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all services of one process; built once.

    ``box`` is asked each time, because a key ring may be rotated while the process runs.
    """

    settings: Settings
    database: Database
    blobs: Blobs
    box: Callable[[], SecretBox] = field(repr=False)
    bus: Bus = field(default_factory=Bus)
    clock: Clock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        """The clock's time in UTC."""
        return datetime.fromtimestamp(self.clock.now(), UTC)
