"""Looks at sources and tasks for people who are defining them. Nothing is written, no cursor is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, field

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, DestinationError, GatewayError, UnavailableError
from intakegateway.model.schema import Field
from intakegateway.model.sources import AnySource
from intakegateway.model.task import TaskSpec
from intakegateway.model.views.previews import (
    FieldsView,
    FieldView,
    FindingView,
    PreviewView,
    SourceLook,
    TaskLook,
    TaskPreviewView,
    TouchedView,
    TrialView,
    TriedRowView,
)
from intakegateway.services.context import Context
from intakegateway.services.documents import storable
from intakegateway.services.limited import Deadline, Watched, Workbench
from intakegateway.services.previews import raw_lines, reshaping
from intakegateway.services.resolving import runnable
from intakegateway.services.rows_json import plain, plain_rows
from intakegateway.services.task_definitions import unmasked
from intakegateway.services.task_views import kept
from intakegateway.services.tasks import found
from intakegateway.services.trials import Trial, described, try_rows

if TYPE_CHECKING:
    from intakegateway.connectors.base import Destination
    from intakegateway.engine.nested import FieldNode
    from intakegateway.engine.preview import Preview

T = TypeVar("T")

_NOWHERE = {"to": "file:///preview/", "table": "preview"}
"""What stands in for the destination of a source that is looked at by itself; it is never opened."""


class Previews(Struct, frozen=True):
    """Each in a thread of its own, within the time that its request allows."""

    context: Context
    bench: Workbench = field(default_factory=Workbench)

    def source(self, actor: Actor, project_id: str, look: SourceLook) -> PreviewView:
        """The first rows of a source, or of pasted JSON (errors name line and column)."""
        if look.sample is not None:
            actor.require(project_id, Role.VIEWER)
            return self._pasted(look)
        if look.source is None:
            raise DefinitionError("there is nothing to look at.", hint="Give 'source' or 'sample'.")
        given = {"name": "preview", "source": look.source, "load": _NOWHERE}
        definition = self.definition(actor, project_id, given, look.task)

        def work(deadline: Deadline) -> PreviewView:
            with runnable(self.context, project_id, definition) as task:
                return shown(task.source, read(task.source, look.rows, deadline), look.rows)

        return self.bench.run(work, look.seconds)

    def fields(self, actor: Actor, project_id: str, look: SourceLook) -> FieldsView:
        """The fields of a source, by its first rows."""
        return _fields_only(self.source(actor, project_id, look))

    def task(self, actor: Actor, project_id: str, look: TaskLook) -> TaskPreviewView:
        """The first rows of a task's source, with what mapping and rules make of each."""
        definition = self.definition(actor, project_id, look.definition, look.task)

        def work(deadline: Deadline) -> TaskPreviewView:
            with runnable(self.context, project_id, definition) as task:
                if look.sample is None:
                    seen = read(task.source, look.rows, deadline)
                else:
                    path = getattr(task.source, "records", None), getattr(task.source, "key_field", None)
                    seen = paste(look.sample, look.rows, *path)
                return _both(task, seen, look.rows, look.sample)

        return self.bench.run(work, look.seconds)

    def task_fields(self, actor: Actor, project_id: str, look: TaskLook) -> FieldsView:
        """The fields of a task's source, by its first rows."""
        definition = self.definition(actor, project_id, look.definition, look.task)
        how = {"rows": look.rows, "seconds": look.seconds}
        source = {"source": definition["source"], **how}
        if look.sample is not None:
            places = {key: definition["source"].get(key) for key in ("records", "key_field")}
            source = {"sample": look.sample, **places, **how}
        return self.fields(actor, project_id, SourceLook.model_validate(source))

    def definition(
        self, actor: Actor, project_id: str, given: Mapping[str, Any] | None, reference: str | None
    ) -> dict[str, Any]:
        """A definition in clear: what was given, with the secrets of a kept task; or that task's own.

        Looking through a connection of the project needs the role editor, as defining it does; looking at
        a task that is kept needs operator, as running it does.
        """
        if given is None and reference is None:
            raise DefinitionError("there is no task to look at.", hint="Give 'definition' or 'task'.")
        actor.require(project_id, Role.EDITOR if given is not None else Role.OPERATOR)
        before, task_id = None, ""
        if reference is not None:
            with self.context.database.read() as session:
                task = found(session, actor, project_id, reference, Role.OPERATOR)
                before, task_id = kept(session, task).spec, task.id
        clear: dict[str, Any]
        if given is None:
            from intakegateway.services.sealing import opened
            from intakegateway.services.task_definitions import place

            clear = opened(before, self.context.box(), place(task_id))
        else:
            storable(given)
            clear = unmasked(given, before, self.context.box(), task_id)
        return clear

    def _pasted(self, look: SourceLook) -> PreviewView:
        sample = look.sample or ""

        def work(_deadline: Deadline) -> PreviewView:
            return shown(None, paste(sample, look.rows, look.records, look.key_field), look.rows, sample)

        return self.bench.run(work, look.seconds)


def read(source: AnySource, rows: int, deadline: Deadline) -> Preview:
    """The first rows of a source, in the time that is left."""
    from intakegateway.connectors.registry import open_source
    from intakegateway.engine.preview import preview

    return preview(Watched(open_source(source), deadline), rows, reshape=reshaping(source))


def paste(sample: str, rows: int, records: str | None = None, key_field: str | None = None) -> Preview:
    """The first rows of pasted JSON. Raises ``SourceError`` with line and column."""
    from msgspec.structs import replace

    from intakegateway.engine.preview import fields_of
    from intakegateway.engine.preview import paste as pasted

    seen = pasted(sample, records, key_field)
    if seen.frame.height <= rows:
        return seen
    frame = seen.frame.head(rows)
    return replace(
        seen, frame=frame, locators=seen.locators.head(rows), whole=False,
        fields=fields_of([frame], whole=False),
    )  # fmt: skip


def shown(source: AnySource | None, seen: Preview, rows: int, sample: str | None = None) -> PreviewView:
    """A preview as it is sent: table, tree and raw text at once."""
    raw = sample.splitlines()[:rows] if source is None and sample else []
    if source is not None:
        raw = raw_lines(source, seen, rows)
    return PreviewView(
        source=seen.name,
        fields=[field_view(one, seen.frame.height) for one in seen.fields],
        tree=[_node(one) for one in seen.tree],
        whole=seen.whole,
        rows=seen.frame.height,
        warnings=[plain(one) for one in seen.warnings],
        data=plain_rows(seen.frame),
        locators=[str(one) for one in seen.locators.to_list()],
        raw=[plain(one) for one in raw],
        broken=plain_rows(seen.broken),
        detected=_detected(seen.detected),
    )


def field_view(one: Field, rows: int) -> FieldView:
    """A field as it is sent."""
    return FieldView(
        name=plain(one.name),
        type=str(one.type),
        nulls=one.nulls,
        values=one.values,
        null_share=one.nulls / rows if rows else 0.0,
        max_length=one.max_length,
        date_format=one.date_format,
        decimal_comma=one.decimal_comma,
        notes=list(one.notes),
        samples=[plain(sample) for sample in one.samples],
    )


def trial_view(trial: Trial, before: Sequence[dict[str, Any]], locators: Sequence[str]) -> TrialView:
    """A trial as it is sent, each row beside what was read."""
    return TrialView(
        columns=described(trial.columns),
        rows=[
            TriedRowView(
                number=row.number, locator=locators[row.number], outcome=row.outcome, before=before[row.number],
                after=row.after, problems=[plain(one) for one in row.problems],
            )
            for row in trial.rows
        ],
        findings=[
            FindingView(code=one.code, column=one.column, message=plain(one.message), rows=one.rows,
                        severity=one.severity)
            for one in trial.findings
        ],
        counts=trial.counts,
        stop=trial.stop,
        warnings=[plain(one) for one in trial.warnings],
        touched=[
            TouchedView(place=one.place, outcome=one.outcome, rows=list(one.rows)) for one in trial.touched
        ],
    )  # fmt: skip


def _both(task: TaskSpec, seen: Preview, rows: int, sample: str | None) -> TaskPreviewView:
    view = shown(task.source if sample is None else None, seen, rows, sample)
    notes: list[str] = []
    try:
        trial = _trial(task, seen, notes)
    except GatewayError as error:
        place = [*getattr(error, "path", ())]
        told = {"code": error.code, "message": error.message, "hint": error.hint, "path": place}
        return TaskPreviewView(preview=view, trial=None, error=told)
    made = trial_view(trial, view.data, view.locators)
    return TaskPreviewView(preview=view, trial=made.model_copy(update={"warnings": [*notes, *made.warnings]}))


def _trial(task: TaskSpec, seen: Preview, notes: list[str]) -> Trial:
    from intakegateway.connectors.registry import open_destination

    fixed = seen.detected is not None and getattr(seen.detected, "fields", ()) != ()
    if task.load.to is None:
        notes.append("The task has no destination: a new table is imagined.")
        return try_rows(task, seen.frame, None, fixed_fields=fixed)
    try:
        destination: Destination = open_destination(task.load.to)
        with closing(destination):
            return try_rows(task, seen.frame, destination, fixed_fields=fixed)
    except (UnavailableError, DestinationError) as error:
        notes.append(f"The destination could not be asked, so a new table is imagined: {error}")
    return try_rows(task, seen.frame, None, fixed_fields=fixed)


def _fields_only(seen: PreviewView) -> FieldsView:
    return FieldsView(**{name: getattr(seen, name) for name in FieldsView.model_fields})


def _node(node: FieldNode) -> dict[str, Any]:
    return {
        "name": plain(node.name),
        "path": plain(node.path),
        "type": node.type,
        "null_share": node.null_share,
        "samples": [plain(one) for one in node.samples],
        "is_array": node.is_array,
        "column": node.column,
        "children": [_node(child) for child in node.children],
    }


def _detected(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    names = ("format", "encoding", "delimiter", "quote", "skip_rows", "header", "decimal_comma")
    return {name: plain(getattr(found, name, None)) for name in names}
