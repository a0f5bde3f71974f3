"""A project comes in as a file: what is new is made, what differs is changed, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import nearest
from intakegateway.model.project import ProjectSpec
from intakegateway.model.views.projectdocs import Action, Applied, ApplyRequest, Change
from intakegateway.model.views.projects import ProjectChange, ProjectDraft
from intakegateway.services.applyingparts import Parts
from intakegateway.services.applyingvalues import IN_ORDER
from intakegateway.services.context import Context
from intakegateway.services.explain import as_definition_error
from intakegateway.services.projects import DEFAULT, Projects
from intakegateway.services.references import References
from intakegateway.services.yamlfiles import Document, parse_document
from intakegateway.store import projects as store

_SETTINGS = ("defaults", "table_naming", "tables")


class _UndoneError(Exception):
    """Ends the transaction of a dry run."""


@dataclass(frozen=True, slots=True)
class Applying:
    """Projects come in."""

    context: Context
    projects: Projects
    parts: Parts = field(repr=False)

    def apply(self, actor: Actor, request: ApplyRequest, name: str | None = None) -> Applied:
        """Make the project like the file; ``name``: under another name than the file's.

        A dry run does the very same and undoes it, so that what it says is what would happen. Raises
        ``DefinitionError`` with line, column and key; nothing has changed then.
        """
        document = parse_document(request.document, "project")
        top = document.value
        if not isinstance(top, dict):
            raise document.error("a project file has keys with values at its top.", ())
        for key in top:
            if key not in ProjectSpec.model_fields:
                hint = nearest(str(key), ProjectSpec.model_fields)
                raise document.error(f"'{key}' is not a key of a project.", (key,), key=True, hint=hint)
        wanted = name or str(top.get("project") or DEFAULT)
        try:
            with self.context.database.write() as session:
                applied = self._apply(session, actor, document, top, wanted, request)
                if request.dry_run:
                    raise _UndoneError
        except _UndoneError:
            applied = applied.model_copy(update={"created_secrets": {}})
        return applied

    def _apply(
        self, session: Session, actor: Actor, document: Document, top: dict[str, Any], wanted: str,
        request: ApplyRequest,
    ) -> Applied:  # fmt: skip
        changes: list[Change] = []
        project_id = self._project(session, actor, document, top, wanted, changes)
        references = References(document, request.variables)
        spec = self._spec(document, references, top)
        work = self.parts.work(session, actor, project_id, references, changes)
        work.connections(_mapping(document, top, "connections"))
        work.activate(spec.active_connection)
        for noun in ("schemas", "templates"):
            work.shelf(noun, _mapping(document, top, noun))
        work.notifications(_mapping(document, top, "notifications"))
        work.tasks(top.get("tasks") or [], spec.defaults)
        if request.prune:
            work.prune(top)
        warnings = []
        if spec.defaults.files:
            warnings.append(
                "'defaults.files' is kept; a server makes no tasks of files on its own disk. They are made"
                " of uploaded files, by 'defaults', 'table_naming' and 'tables', one by one."
            )
        return Applied(
            project=wanted, dry_run=request.dry_run, changes=changes, created_secrets=work.created_secrets,
            warnings=warnings,
        )  # fmt: skip

    def _project(
        self, session: Session, actor: Actor, document: Document, top: dict[str, Any], wanted: str,
        changes: list[Change],
    ) -> str:  # fmt: skip
        about = {key: top.get(key, "") for key in ("title", "description")}
        found = store.find(session, wanted)
        if found is None:
            draft = _checked(document, ProjectDraft, {"name": wanted, **about}, ("project",))
            self.projects.create(actor, draft)
            changes.append(Change(noun="project", name=wanted, action="create"))
            found = store.find(session, wanted)
            assert found is not None
        else:
            actor.require(found.id, Role.EDITOR)
            settings = {key: top[key] for key in _SETTINGS if top.get(key)}
            differ = [key for key in about if about[key] != getattr(found, key) and key in top]
            differ += [key for key in _SETTINGS if settings.get(key, {}) != found.settings.get(key, {})]
            if any(key in about for key in differ):
                given = {key: about[key] for key in differ if key in about}
                self.projects.change(actor, wanted, _checked(document, ProjectChange, given, ()))
            action: Action = "update" if differ else "unchanged"
            changes.append(Change(noun="project", name=wanted, action=action, fields=differ))
        given = {key: top.get(key) or {} for key in _SETTINGS}
        found.settings = {**found.settings, **given, IN_ORDER: json.dumps(given, default=str)}
        session.flush()
        return found.id

    def _spec(self, document: Document, references: References, top: dict[str, Any]) -> ProjectSpec:
        keys = ("project", "title", "description", "active_connection", *_SETTINGS)
        value = {key: references.filled(top[key], (key,)) for key in keys if key in top}
        spec: ProjectSpec = _checked(document, ProjectSpec, value, ())
        return spec


def _checked(document: Document, model: type[Any], value: dict[str, Any], at: tuple[str, ...]) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = as_definition_error(error, model, value)
        raise document.error(found.message, at or found.path, hint=found.hint) from None


def _mapping(document: Document, top: dict[str, Any], key: str) -> Mapping[str, Any]:
    found = top.get(key) or {}
    if not isinstance(found, Mapping):
        raise document.error(f"'{key}' must be names with their definitions.", (key,))
    return found
