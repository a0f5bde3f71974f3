"""A task as it is kept becomes one that can run: connections by name, uploaded files, secrets in clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.connectors import catalog
from intakegateway.connectors.guard import guarding
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.task import TaskSpec
from intakegateway.services import connectionconfigs as configs
from intakegateway.services.connections import configured
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.endpoints import KIND_OF_SCHEME
from intakegateway.services.fileconnections import anchored
from intakegateway.services.guarding import guard_of
from intakegateway.services.held_schemas import with_held_columns
from intakegateway.services.sealing import opened
from intakegateway.services.secretplaces import GUARDED
from intakegateway.services.variables import with_variables
from intakegateway.store import connections as store
from intakegateway.store.tables.definitions import Connection

_FILE_KEYS = ("ca", "client_cert", "client_key")
Path = tuple[str | int, ...]


@contextmanager
def runnable(
    context: Context, project_id: str, spec: Mapping[str, Any], task_id: str | None = None
) -> Iterator[TaskSpec]:
    """The task that ``spec`` describes, as long as the context is open; within it connectors are guarded.

    This is how a run, a plan and a preview get their task. Raises what ``resolve`` raises.
    """
    with ExitStack() as held:
        held.enter_context(guarding(guard_of(context.settings)))
        with context.database.read() as session:
            task = resolve(session, context, project_id, spec, task_id=task_id, held=held)
        yield task


def resolve(
    session: Session,
    context: Context,
    project_id: str,
    spec: Mapping[str, Any],
    *,
    task_id: str | None = None,
    held: ExitStack | None = None,
) -> TaskSpec:
    """The task that ``spec`` (as it is kept) describes, with its connections and secrets filled in.

    ``task_id``: whose sealed texts are in ``spec``. ``held`` keeps the content of an uploaded file at hand
    until it is closed; without it the file is only looked up, and the task can be checked but not run.
    Raises ``DefinitionError`` with the path of the key.
    """
    value = with_held_columns(session, project_id, with_variables(spec))
    if task_id is not None:
        value = opened(value, context.box(), sealed_place(task_id))
    for key in ("source", "load"):
        if not isinstance(value.get(key), dict):
            return validated(value)
    _complete_source(session, context, project_id, value, held)
    _complete_load(session, context, project_id, value["load"])
    task = validated(value)
    _check_places(context, task)
    return task


def sealed_place(task_id: str) -> tuple[str, str]:
    """What the secrets of all versions and runs of a task are bound to, before their own path."""
    return "task_versions", task_id


def _complete_source(
    session: Session, context: Context, project_id: str, value: dict[str, Any], held: ExitStack | None
) -> None:
    source: dict[str, Any] = value["source"]
    if source.get("connection"):
        found = _connection(session, project_id, source["connection"], ("source", "connection"))
        connector, config = _settings(context, found, ("source", "connection"))
        if not connector.source:
            raise DefinitionError(
                f"the connection '{found.name}' can only be loaded into.", path=("source", "connection")
            )
        if source.setdefault("kind", connector.source_kind) != connector.source_kind:
            raise DefinitionError(
                f"the connection '{found.name}' is not one for sources of the kind '{source['kind']}'.",
                hint=f"It is for the kind '{connector.source_kind}'.", path=("source", "connection"),
            )  # fmt: skip
        _keep_credentials_home(source, found)
        value["source"] = source = _over(connector.source_keys(config), source)
    elif source.get("file"):
        source.setdefault("kind", "file")
        source["path"], source["file"] = _uploaded(session, context, project_id, str(source["file"]), held)
        return
    home = context.settings.home
    if isinstance(source.get("path"), str) and source["path"] != "-":
        source["path"] = anchored(source["path"], home)
    if isinstance(source.get("url"), str) and _scheme(source["url"]) in KIND_OF_SCHEME:
        source["url"] = anchored(source["url"], home)
    for key in _FILE_KEYS:
        if isinstance(source.get(key), str) and "-----BEGIN" not in source[key]:
            source[key] = anchored(source[key], home)


def _complete_load(session: Session, context: Context, project_id: str, load: dict[str, Any]) -> None:
    if load.get("to") and load.get("connection"):
        raise DefinitionError("'load' has both 'to' and 'connection'; give one.", path=("load", "to"))
    if not load.get("to"):
        found = _destination(session, project_id, load.get("connection"))
        connector, config = _settings(context, found, ("load", "connection"))
        if not connector.destination:
            raise DefinitionError(
                f"the connection '{found.name}' can only be read from.", path=("load", "connection")
            )
        load["to"] = connector.address(config)
    for key in ("to", "keep_parquet"):
        if isinstance(load.get(key), str):
            load[key] = anchored(load[key], context.settings.home)


def _destination(session: Session, project_id: str, name: Any) -> Connection:
    if name:
        return _connection(session, project_id, name, ("load", "connection"))
    active = store.active_id(session, project_id)
    found = session.get(Connection, active) if active else None
    if found is None or found.project_id != project_id:
        raise DefinitionError(
            "the task names no destination, and the project has no active one.", path=("load", "connection"),
            hint="Give 'load.connection', or make one of the project's connections the active one.",
        )  # fmt: skip
    return found


def destination(session: Session, project_id: str, reference: str | None) -> str | None:
    """The name of the connection that runs are to load into instead of their task's; None: their task's.

    Raises ``DefinitionError`` for one that is not there, or can only be read from.
    """
    if reference is None:
        return None
    found = _connection(session, project_id, reference, ("connection",))
    if not catalog.find(found.kind).destination:
        raise DefinitionError(f"the connection '{found.name}' can only be read from.", path=("connection",))
    return found.name


def _connection(session: Session, project_id: str, name: Any, path: Path) -> Connection:
    found = store.find(session, project_id, name) if isinstance(name, str) else None
    if found is None:
        known = store.names(session, project_id)
        hint = nearest(str(name), known) if known else "The project has no connections."
        raise DefinitionError(f"there is no connection '{name}'.", hint=hint, path=path)
    return found


def _settings(context: Context, found: Connection, path: Path) -> tuple[catalog.Connector, dict[str, Any]]:
    try:
        connector, config = configured(context, found)
        configs.check(connector, config)
    except DefinitionError as error:
        raise DefinitionError(
            f"the connection '{found.name}': {error.message}", hint=error.hint, path=path
        ) from None
    return connector, config


def _keep_credentials_home(source: Mapping[str, Any], found: Connection) -> None:
    """A connection's credentials go to its own address; a task may only say what it asks for there."""
    request = source.get("request")
    whole = isinstance(request, Mapping) and request.get("url")
    if source.get("url") or whole:
        raise DefinitionError(
            f"the address comes from the connection '{found.name}'.",
            hint="Take this key out; 'request.path' continues the connection's address.",
            path=("source", "request", "url") if whole else ("source", "url"),
        )
    for key in GUARDED:
        if found.secrets and source.get(key) is not None:
            raise DefinitionError(
                f"'{key}' comes from the connection '{found.name}', whose secrets travel by it.",
                hint="Take this key out, or set it in the connection.",
                path=("source", key),
            )


def _uploaded(
    session: Session, context: Context, project_id: str, reference: str, held: ExitStack | None
) -> tuple[str, str]:
    """A path to its content, and its name."""
    found = store.file(session, project_id, reference)
    if found is None:
        raise DefinitionError(
            f"there is no uploaded file '{reference}' in this project.", path=("source", "file")
        )
    if found.status != "ready":
        raise DefinitionError(f"the file '{found.name}' has not arrived yet.", path=("source", "file"))
    if held is None:
        return found.name, found.name
    place = held.enter_context(context.blobs.local(found.blob))
    held.enter_context(guarding(guard_of(context.settings).granting(place)))
    return str(place), found.name


def _check_places(context: Context, task: TaskSpec) -> None:
    """Paths are refused when a task is checked, not only when it runs."""
    guard = guard_of(context.settings)
    if task.load.keep_parquet:
        guard.path(task.load.keep_parquet, "load.keep_parquet")


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of ``above`` win; objects are merged."""
    made = dict(below)
    for key, item in above.items():
        held = made.get(key)
        both = isinstance(held, Mapping) and isinstance(item, Mapping)
        made[key] = _over(held, item) if both and isinstance(held, Mapping) else item
    return made


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower().partition("+")[0] if "://" in url else ""
