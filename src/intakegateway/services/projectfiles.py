"""YAML files that hold one task, or a project of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.load import LoadSpec
from intakegateway.model.project import Defaults, ProjectSpec, TableEntry
from intakegateway.model.sources import FileSource
from intakegateway.model.task import TaskSpec
from intakegateway.services.explain import Problem, problems, shown
from intakegateway.services.fileconnections import Connections, anchored
from intakegateway.services.layers import Layer, merged, origin_of, without_weaker_destinations
from intakegateway.services.tablesets import FileTask, file_tasks
from intakegateway.services.yamlfiles import Document, KeyPath, read_document

PROJECT_KEYS = frozenset(ProjectSpec.model_fields) - {"description"}
_PATHS = ("ca", "client_cert", "client_key")
_NOT_HERE = frozenset({"connections", "tasks", "schemas", "templates", "notifications"})
"""Keys that are read one by one, or that only a server looks at."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What a file defines, ready to run. ``warnings`` are sentences about the file itself."""

    name: str
    tasks: tuple[TaskSpec, ...]
    document: Document = field(repr=False)
    places: Mapping[str, tuple[Mapping[KeyPath, KeyPath], KeyPath]] = field(repr=False)
    """For each task: where its keys stand in the document."""
    warnings: tuple[str, ...] = ()

    def located(self, task: str, error: DefinitionError) -> DefinitionError:
        """An error about a key of a task, with the key's place in the file."""
        if task not in self.places or (error.where is not None and not error.path):
            return error
        origins, base = self.places[task]
        inside = f"{error.where}: " if error.where else ""
        return self.document.error(
            inside + error.message, origin_of(error.path, origins, base), hint=error.hint
        )


def read_project(path: str | Path, tasks: Sequence[str] = ()) -> ProjectFile:
    """Read a task or project file; with ``tasks``, only those of it.

    Paths in the file start from the file's folder. ``${NAME}`` references are resolved for what is used.
    Raises ``DefinitionError`` that names file, line, column and key.
    """
    path = Path(path).expanduser()
    document = read_document(path)
    if not isinstance(document.value, dict):
        raise document.error("a task or project file has keys with values at its top.", ())
    return _Reader(document, path).read(tasks)


class _Reader:
    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.folder = path.absolute().parent
        self.stem = path.stem
        self.connections = Connections(document, self.folder)
        self.places: dict[str, tuple[Mapping[KeyPath, KeyPath], KeyPath]] = {}

    def read(self, wanted: Sequence[str]) -> ProjectFile:
        top: dict[str, Any] = self.document.value
        if not PROJECT_KEYS & top.keys():
            raw = self.document.resolved(())
            name = str(raw.get("name") or self.stem)
            self._select([name], wanted)
            return self._file("default", [self._task(name, [(raw, ())], {})])
        stray = sorted({"source", "load", "mapping", "rules"} & top.keys())
        if stray:
            raise self.document.error(
                f"'{stray[0]}' belongs to a task, but this file is a project.", (stray[0],), key=True,
                hint="Put the task into the list under 'tasks'.",
            )  # fmt: skip
        project = self._project(top)
        return self._tasks(project, wanted)

    def _project(self, top: dict[str, Any]) -> ProjectSpec:
        value = {key: self.document.resolved((key,)) for key in top if key not in _NOT_HERE}
        if not isinstance(top.get("connections", {}), dict):
            raise self.document.error("'connections' must be keys with values.", ("connections",))
        try:
            project = ProjectSpec.model_validate(value)
        except ValidationError as error:
            raise self._refused(problems(error, ProjectSpec, value), {}, ()) from None
        self._check_part(project.defaults, ("defaults",))
        for glob, entry in project.tables.items():
            self._check_part(entry, ("tables", glob))
        return project

    def _check_part(self, part: Defaults | TableEntry, at: KeyPath) -> None:
        """Faults in parts of a task are told even when no task uses them."""
        for key, model, rest in (("load", LoadSpec, {"table": ""}), ("source", FileSource, {"path": "."})):
            given = getattr(part, key)
            try:
                model.model_validate({**rest, **given})
            except ValidationError as error:
                found = [one for one in problems(error, model, given) if one.path]
                if found:
                    raise self._refused(found, {}, (*at, key)) from None

    def _tasks(self, project: ProjectSpec, wanted: Sequence[str]) -> ProjectFile:
        written = self._written()
        found, warnings = file_tasks(project, self.folder, self.document)
        names = [*written, *(one.name for one in found)]
        for name in written:
            if names.count(name) > 1:
                raise self.document.error(
                    f"the name '{name}' is taken by a file of 'defaults.files' too.", written[name]
                )
        if not names:
            raise self.document.error(
                "this project has no task.", (), hint="Add 'tasks', or 'defaults' with 'files'."
            )
        chosen = self._select(names, wanted)
        built = [self._written_task(name, path, project) for name, path in written.items() if name in chosen]
        built += [self._file_task(one, project) for one in found if one.name in chosen]
        return self._file(project.project, built, () if wanted else warnings)

    def _file(self, name: str, tasks: list[TaskSpec], warnings: tuple[str, ...] = ()) -> ProjectFile:
        return ProjectFile(name, tuple(tasks), self.document, self.places, warnings)

    def _select(self, names: Sequence[str], wanted: Sequence[str]) -> set[str]:
        for name in wanted:
            if name not in names:
                raise DefinitionError(
                    f"there is no task '{name}'.", where=self.document.name, hint=nearest(name, names)
                )
        return set(wanted or names)

    def _written(self) -> dict[str, KeyPath]:
        """The tasks that are written out: their names, and where they stand."""
        tasks = self.document.value.get("tasks")
        found: dict[str, KeyPath] = {}
        if isinstance(tasks, dict):
            return {str(name): ("tasks", name) for name in tasks}
        if tasks is not None and not isinstance(tasks, list):
            raise self.document.error("'tasks' must be a list of tasks.", ("tasks",))
        for index, task in enumerate(tasks or ()):
            path: KeyPath = ("tasks", index)
            if not isinstance(task, dict):
                raise self.document.error("a task must be keys with values.", path)
            name = task.get("name")
            if not isinstance(name, str) or not name:
                raise self.document.error("the key 'name' is missing in this task.", path)
            if name in found:
                line = self.document.where(found[name]).split(":")[-2]
                raise self.document.error(
                    f"there are two tasks named '{name}'; the first is in line {line}.", (*path, "name")
                )
            found[name] = path
        return found

    def _written_task(self, name: str, path: KeyPath, project: ProjectSpec) -> TaskSpec:
        raw = self.document.resolved(path)
        if not isinstance(raw, dict):
            raise self.document.error("a task must be keys with values.", path)
        defaults: dict[str, Any] = {"load": project.defaults.load, "source": project.defaults.source}
        if self._kind(raw.get("source"), (*path, "source")) != "file":
            del defaults["source"]
        return self._task(name, [(defaults, ("defaults",)), (raw, path)], _rows(project.defaults))

    def _file_task(self, one: FileTask, project: ProjectSpec) -> TaskSpec:
        layers: list[Layer] = [
            ({"source": project.defaults.source, "load": project.defaults.load}, ("defaults",)),
            *(
                ({"source": entry.source, "load": entry.load}, ("tables", glob))
                for glob, entry in one.entries
            ),
            ({"source": {"path": str(one.path)}, "load": {"table": one.table}}, ("defaults",)),
        ]
        rows = _rows(project.defaults)
        for glob, entry in one.entries:
            rows.update({key: (value, ("tables", glob, key)) for key, (value, _) in _rows(entry).items()})
        return self._task(one.name, layers, rows)

    def _task(self, name: str, layers: list[Layer], rows: dict[str, tuple[Any, KeyPath]]) -> TaskSpec:
        origins: dict[KeyPath, KeyPath] = {}
        layers = without_weaker_destinations(layers)
        value = merged(layers, (), origins)
        for key, (default, origin) in rows.items():
            if key not in value:
                value[key] = default
                origins[(key,)] = origin
        value.setdefault("name", name)
        self._complete_source(value, origins)
        self._complete_load(value, name, origins)
        self.places[str(value["name"])] = (origins, layers[-1][1])
        try:
            return TaskSpec.model_validate(value)
        except ValidationError as error:
            raise self._refused(problems(error, TaskSpec, value), origins, layers[-1][1]) from None
        except DefinitionError as error:
            if error.where is not None:
                raise
            place = origin_of(error.path, origins, layers[-1][1])
            raise self.document.error(error.message, place, hint=error.hint) from None

    def _kind(self, source: Any, path: KeyPath) -> str | None:
        if not isinstance(source, dict):
            return None
        if isinstance(source.get("kind"), str):
            return str(source["kind"])
        if "path" in source or "file" in source:
            return "file"
        if "connection" in source:
            return self.connections.kind(source["connection"], (*path, "connection"))
        return None

    def _complete_source(self, value: dict[str, Any], origins: dict[KeyPath, KeyPath]) -> None:
        source = value.get("source")
        if not isinstance(source, dict):
            if source is None:
                return
            raise self.document.error(
                f"'source' must be keys with values, not {shown(source)}.",
                origin_of(("source",), origins, ()),
                hint="Write 'path: …' for a file, 'url: …' for an API, 'query: …' for a database under it.",
            )
        at = origin_of(("source",), origins, ())
        kind = self._kind(source, at)
        if kind is not None:
            source.setdefault("kind", kind)
        if source.get("connection") is not None:
            keys = self.connections.source_keys(
                source["connection"], kind or "", origin_of(("source", "connection"), origins, at)
            )
            inherited: dict[KeyPath, KeyPath] = {}
            layers: list[Layer] = [(keys, ("connections", source["connection"])), (source, ("source",))]
            value["source"] = source = merged(layers, ("source",), inherited)
            origins.update({path: place for path, place in inherited.items() if place[0] == "connections"})
        if isinstance(source.get("path"), str) and source["path"] != "-" and "://" not in source["path"]:
            source["path"] = anchored(source["path"], self.folder)
        if kind == "sql" and isinstance(source.get("url"), str):
            source["url"] = anchored(source["url"], self.folder)
        for key in _PATHS:
            text = source.get(key)
            if isinstance(text, str) and "-----BEGIN" not in text:
                source[key] = anchored(text, self.folder)

    def _complete_load(self, value: dict[str, Any], name: str, origins: dict[KeyPath, KeyPath]) -> None:
        load = value.get("load")
        if not isinstance(load, dict):
            return
        at = origin_of(("load",), origins, ())
        if load.get("to") is not None and load.get("connection") is not None:
            raise self.document.error(
                "'load' has both 'to' and 'connection'; give one.", origin_of(("load", "to"), origins, at)
            )
        if load.get("connection") is not None:
            asked_at = origin_of(("load", "connection"), origins, at)
            load["to"] = self.connections.url(load["connection"], asked_at)
        elif isinstance(load.get("to"), str):
            load["to"] = anchored(load["to"], self.folder)
        elif load.get("to") is None:
            raise self.document.error(
                f"the task '{name}' has no destination.", at,
                hint="Give 'load.to' (a URL) or 'load.connection' (a name under 'connections').",
            )  # fmt: skip
        if isinstance(load.get("table"), str):
            load["table"] = load["table"].replace("{table}", name)
        if isinstance(load.get("keep_parquet"), str):
            load["keep_parquet"] = anchored(load["keep_parquet"], self.folder)

    def _refused(
        self, found: list[Problem], origins: dict[KeyPath, KeyPath], base: KeyPath
    ) -> DefinitionError:
        """One error for all problems; the first one gives its place."""
        return self.document.refused(found, lambda path: origin_of(path, origins, base))


def _rows(holder: Any) -> dict[str, tuple[Any, KeyPath]]:
    """Mapping and rules of defaults or of an entry, where it has some."""
    return {
        key: (list(getattr(holder, key)), ("defaults", key))
        for key in ("mapping", "rules")
        if getattr(holder, key) not in (None, ())
    }
