"""Data to try the gateway with."""

from pydantic import Field

from intakegateway.model.views.base import Shown


class SampleView(Shown):
    """A task that is ready to run, with what it needs."""

    task_id: str
    task: str = Field(examples=["sample orders"])
    connection: str = Field(examples=["sample database"])
    """An SQLite file in the data folder."""
    file: str = Field(examples=["sample-orders.json"])
    created: bool
    """False: the task was there already, and is as its people left it."""
