"""Where sealed texts are kept: the columns, and what the texts in them are bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.store.tables.base import Table
from intakegateway.store.tables.definitions import Connection, Notification, Project, Task, TaskVersion
from intakegateway.store.tables.people import SignIn
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.service import Fact

Place = tuple[str, ...]


class SealedColumn(Struct, frozen=True):
    """A column with sealed texts: a text, or JSON with texts in it.

    ``places`` are what its texts may be bound to, with their own path in the JSON behind it or without.
    """

    table: type[Table]
    key: InstrumentedAttribute[Any]
    column: InstrumentedAttribute[Any]
    places: Callable[[Any], tuple[Place, ...]]
    short_lived: bool = False
    """Whether what cannot be read is worthless soon anyway."""

    @property
    def name(self) -> str:
        """``table.column``."""
        return f"{self.table.__tablename__}.{self.column.key}"


COLUMNS = (
    SealedColumn(
        Connection, Connection.id, Connection.secrets, lambda row: (("connections", row.id),)
    ),
    SealedColumn(
        Notification, Notification.id, Notification.secrets, lambda row: (("notifications", row.id),)
    ),
    SealedColumn(
        TaskVersion, TaskVersion.id, TaskVersion.spec, lambda row: (("task_versions", row.task_id),)
    ),
    SealedColumn(
        Run, Run.id, Run.spec,
        lambda row: (("task_versions", row.task_id or ""), ("runs", row.load_id), ("runs", row.id)),
    ),
    SealedColumn(Task, Task.id, Task.push_secret, lambda row: (("tasks", row.id, "push_secret"),)),
    SealedColumn(Project, Project.id, Project.settings, lambda row: (("projects", row.id),)),
    SealedColumn(
        SignIn, SignIn.id, SignIn.sealed,
        lambda row: (("sign_ins", row.state_hash), ("sign_ins", row.id)),
        short_lived=True,
    ),
    SealedColumn(Fact, Fact.name, Fact.value, lambda row: (("facts", row.name),)),
)  # fmt: skip


def batches(session: Session, column: SealedColumn, after: str, size: int, *, hold: bool) -> list[Any]:
    """The next rows by key that have a value in the column; ``hold``: against others, to the end."""
    query: Select[Any] = select(column.table).where(column.key > after, column.column.is_not(None))
    ordered = query.order_by(column.key).limit(size)
    return list(session.scalars(ordered.with_for_update() if hold else ordered))


def write(session: Session, column: SealedColumn, row: Any, value: Any) -> None:
    """Put a value in place without counting it as a change: version and times stay."""
    values: dict[str, Any] = {column.column.key: value}
    if hasattr(row, "updated_at"):
        values["updated_at"] = row.updated_at
    key = getattr(row, column.key.key)
    session.execute(
        update(column.table).where(column.key == key).values(values),
        execution_options={"synchronize_session": False},
    )


def texts(value: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text of a value with its path; the marker key of sealed texts is not a step."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, path if key == "$sealed" else (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, (*path, str(number)))
    elif isinstance(value, str):
        yield path, value
