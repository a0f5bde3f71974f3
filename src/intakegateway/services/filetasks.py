"""An uploaded file as a task, by the project's ``defaults``, ``table_naming`` and ``tables``."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.engine.naming import new_names
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError
from intakegateway.model.project import Defaults, ProjectSpec, TableEntry
from intakegateway.model.views.files import FileTaskView
from intakegateway.services.applyingvalues import kept_settings, valid
from intakegateway.services.context import Context
from intakegateway.services.endpoints import stem_of
from intakegateway.services.files import found
from intakegateway.services.layers import Layer, merged, without_weaker_destinations
from intakegateway.services.tablesets import entries_of, table_of
from intakegateway.store import connections as connection_store
from intakegateway.store import tasks as task_store
from intakegateway.store.files import READY
from intakegateway.store.tables.definitions import File, Project

_DETECTED = ("delimiter", "quote", "skip_rows", "header", "decimal_comma")
_LONGEST = 190


class FileTasks(Struct, frozen=True):
    """Proposes tasks; nothing is kept."""

    context: Context

    def propose(self, actor: Actor, project_id: str, reference: str) -> FileTaskView:
        """The definition of a task that loads the file. Raises ``NotFoundError``, ``ConflictError``."""
        with self.context.database.read() as session:
            file = found(session, actor, project_id, reference, Role.EDITOR)
            if file.status != READY:
                raise ConflictError(f"the file '{file.name}' has not arrived yet.")
            if file.error:
                raise DefinitionError(f"the file '{file.name}' cannot be read: {file.error}", path=("file",))
            project = _settings(session, project_id)
            stem = stem_of(file.name)
            table = project.table_naming.table(stem)
            entries = entries_of(project, file.name, stem, table)
            definition = _definition(project, file, entries, table_of(table, project, entries))
            definition["name"] = _free_name(session, project_id, table)
            warnings = [*file.detected.get("warnings", ())]
            if any(entry.skip for _, entry in entries):
                warnings.append("The project's 'tables' leave files of this name out.")
            if not {"to", "connection"} & definition["load"].keys() and not connection_store.active_id(
                session, project_id
            ):
                warnings.append("The project has no active connection: choose where the rows go.")
        return FileTaskView(
            definition=definition, table=definition["load"]["table"], rules_of=[glob for glob, _ in entries],
            warnings=warnings,
        )  # fmt: skip


def _settings(session: Session, project_id: str) -> ProjectSpec:
    kept = kept_settings(session.get_one(Project, project_id).settings)
    names = ("defaults", "table_naming", "tables")
    spec: ProjectSpec = valid(ProjectSpec, {key: kept[key] for key in names if kept.get(key)})
    return spec


def _definition(
    project: ProjectSpec, file: File, entries: tuple[tuple[str, TableEntry], ...], table: str
) -> dict[str, Any]:
    """What was found out about the file, over it the defaults, over them what is said for its name."""
    detected = {key: file.detected[key] for key in _DETECTED if file.detected.get(key) is not None}
    looks = {"format": file.format, "encoding": file.encoding, **detected}
    parts: list[Defaults | TableEntry] = [project.defaults, *(entry for _, entry in entries)]
    layers: list[Layer] = [
        ({"source": {key: value for key, value in looks.items() if value != ""}}, ()),
        *(({"source": part.source, "load": part.load}, ()) for part in parts),
        ({"source": {"kind": "file", "file": file.name}, "load": {"table": table}}, ()),
    ]
    made = merged(without_weaker_destinations(layers), (), {})
    for part in parts:
        for key in ("mapping", "rules"):
            if getattr(part, key) not in (None, ()):
                made[key] = list(getattr(part, key))
    if "mapping" not in made and file.detected.get("fields"):
        fields = file.detected["fields"]
        columns = new_names(fields, 0, False, lambda names, _most, _folds: {one: one for one in names})
        made["mapping"] = [{"to": columns[field], "from": field} for field in columns]
    return made


def _free_name(session: Session, project_id: str, wanted: str) -> str:
    """The table's name, or that and a number where a task has it already."""
    base = "".join("_" if c == "/" or c < " " else c for c in wanted)[:_LONGEST].strip() or "file"
    name, number = base, 1
    while task_store.find(session, project_id, name) is not None:
        number += 1
        name = f"{base} {number}"
    return name
