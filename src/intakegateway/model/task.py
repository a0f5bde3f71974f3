"""The definition of one import."""

from typing import TYPE_CHECKING, Annotated, Any

from intakegateway.model.definition import Definition
from intakegateway.model.lazily import Lazily
from intakegateway.model.load import LoadSpec
from intakegateway.model.mapping import Mapping
from intakegateway.model.sources import AnySource

if TYPE_CHECKING:
    from intakegateway.model.notify import NotifySpec
    from intakegateway.model.rules import Rule
    from intakegateway.model.schedule import ScheduleSpec
else:
    NotifySpec = Annotated[Any, Lazily("intakegateway.model.notify", "NotifySpec")]
    ScheduleSpec = Annotated[Any, Lazily("intakegateway.model.schedule", "ScheduleSpec")]
    Rule = Annotated[Any, Lazily("intakegateway.model.rules", "Rule")]


class TaskSpec(Definition):
    """One import: source, mapping, rules, load. What YAML holds and the API takes."""

    name: str
    description: str = ""
    source: AnySource
    mapping: tuple[Mapping, ...] = ()
    rules: tuple[Rule, ...] = ()
    load: LoadSpec
    schedule: ScheduleSpec | None = None
    """Kept for the service; running a file by hand does not look at it."""
    notify: tuple[NotifySpec, ...] = ()
