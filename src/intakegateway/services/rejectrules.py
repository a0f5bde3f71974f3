"""Edits become a step of the task's mapping, so that the next run needs none."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError
from intakegateway.model.rejects import column_of
from intakegateway.model.views.rejects import RuleProposal
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.rejectedits import Value
from intakegateway.services.rejects import Rejects
from intakegateway.services.sealing import masked
from intakegateway.store import tasks as task_store
from intakegateway.store.tables.definitions import Task


class Proposals(Struct, frozen=True):
    """The use case of making a rule of edits."""

    context: Context
    rejects: Rejects

    def propose(self, actor: Actor, run_id: str, field: str) -> RuleProposal:
        """The task's mapping with what all edits of equal values in ``field`` do; nothing is saved.

        Values that become others are looked up, values that become none are null. Raises ``ConflictError``
        where there is no such edit, no task, or no mapping that reads the field by itself.
        """
        with self.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file):
            self.rejects.column(state, file, field)
            edits = state.edits.everywhere.get(column_of(field), {})
        with self.context.database.read() as session:
            task = session.get(Task, state.run.task_id) if state.run.task_id is not None else None
            version = task_store.version(session, task) if task is not None else None
        if version is None:
            raise ConflictError("the run has no task that a rule could be added to.")
        changes = {old: new for old, new in edits.items() if old != new}
        if not changes:
            raise ConflictError(
                f"no equal values of '{field}' were edited together.",
                hint="Apply an edit to all rejects with the same value first.",
            )
        mapping = [dict(one) for one in version.spec.get("mapping") or ()]
        place = next(
            (n for n, one in enumerate(mapping) if one.get("from", one.get("source")) == field), None
        )
        if place is None:
            if mapping:
                raise ConflictError(
                    f"the task's mapping does not read '{field}' into a column of its own.",
                    hint="Change the mapping by hand.",
                )
            raise ConflictError(
                "the task has no mapping: its fields go to the columns of the same names.",
                hint=f"Give it a mapping with '{field}' in it, then make the rule.",
            )
        before = mapping[place]
        after = {**before, "transforms": [*_steps(changes), *(before.get("transforms") or ())]}
        if None in changes:
            # Of a null, transforms make nothing: that is what a mapping's default is for.
            after["default"] = changes[None]
        mapping[place] = after
        validated({**masked(version.spec), "mapping": mapping})
        return RuleProposal(
            sentence=_sentence(field, changes), mapping=mapping, place=place, before=before, after=after,
            version=version.number,
        )  # fmt: skip


def _steps(changes: dict[Value, Value]) -> list[dict[str, Any]]:
    values = {old: new for old, new in changes.items() if old is not None and new is not None}
    nulls = [old for old, new in changes.items() if old is not None and new is None]
    steps: list[dict[str, Any]] = []
    if values:
        steps.append({"lookup": {"values": values}})
    if nulls:
        steps.append({"null_if": nulls})
    return steps


def _sentence(field: str, changes: dict[Value, Value]) -> str:
    def said(value: Value) -> str:
        return "no value" if value is None else f"'{value}'"

    each = [f"{said(old)} becomes {said(new)}" for old, new in list(changes.items())[:5]]
    more = f", and {len(changes) - 5:,} more" if len(changes) > 5 else ""
    return f"In '{field}', {', '.join(each)}{more}."
