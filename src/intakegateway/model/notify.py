"""Who a task tells about its runs."""

from typing import Self

from pydantic import Field, model_validator

from intakegateway.model.definition import Definition
from intakegateway.model.run import Status

ENDED = (Status.SUCCESS, Status.PARTIAL_SUCCESS, Status.FAILED, Status.CANCELLED)
"""What a run can be told of: how it ended."""


class NotifySpec(Definition):
    """``{on: [FAILED], webhook: ops}``: the place ``ops`` is told when a run ends so."""

    on: tuple[Status, ...] = Field(default=(Status.FAILED, Status.PARTIAL_SUCCESS), min_length=1)
    webhook: str | None = None
    email: str | None = None
    slack: str | None = None
    teams: str | None = None
    notification: str | None = None
    """The name of a place of any kind."""

    @model_validator(mode="after")
    def _is_clear(self) -> Self:
        if len(self.names) != 1:
            raise ValueError(
                "give exactly one of webhook, email, slack, teams and notification: the name of a place to tell."
            )
        wrong = [status for status in self.on if status not in ENDED]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is not an end. Allowed: {', '.join(ENDED)}.")
        return self

    @property
    def names(self) -> list[str]:
        """The one name that was given."""
        given = (self.webhook, self.email, self.slack, self.teams, self.notification)
        return [name for name in given if name is not None]
