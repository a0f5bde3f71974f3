"""IntakeGateway: any file, API or query into a table, every row accounted for, at bulk speed.

::

    import intakegateway as ig

    result = ig.load("orders.csv", to="sqlite:///shop.db", table="orders", mode="upsert", keys=["id"])
    print(result.counts)

Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intakegateway.engine.preview import Preview, paste
    from intakegateway.model.errors import (
        BalanceError,
        CancelledError,
        DefinitionError,
        DestinationError,
        GatewayError,
        LimitError,
        MissingDriverError,
        SourceError,
        StaleFenceError,
        UnavailableError,
    )
    from intakegateway.model.run import Counts, Progress, Result, Status
    from intakegateway.services.local_runs import load, plan
    from intakegateway.services.previews import preview
    from intakegateway.services.pythontasks import Task

__version__ = "0.1.0"

__all__ = [
    "BalanceError",
    "CancelledError",
    "Counts",
    "DefinitionError",
    "DestinationError",
    "GatewayError",
    "LimitError",
    "MissingDriverError",
    "Preview",
    "Progress",
    "Result",
    "SourceError",
    "StaleFenceError",
    "Status",
    "Task",
    "UnavailableError",
    "__version__",
    "load",
    "paste",
    "plan",
    "preview",
]

_MODULES = {
    "engine.preview": ("Preview", "paste"),
    "model.errors": (
        "BalanceError", "CancelledError", "DefinitionError", "DestinationError", "GatewayError", "LimitError",
        "MissingDriverError", "SourceError", "StaleFenceError", "UnavailableError",
    ),
    "model.run": ("Counts", "Progress", "Result", "Status"),
    "services.local_runs": ("load", "plan"),
    "services.previews": ("preview",),
    "services.pythontasks": ("Task",),
}  # fmt: skip
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _HOMES.get(name)
    if module is None:
        raise AttributeError(f"module 'intakegateway' has no attribute '{name}'")
    value = getattr(import_module(f"intakegateway.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
