"""Who changed what: entries are written in the transaction of the change itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy.orm import Session

from intakegateway.kit.masking import MASK, looks_secret, public_url
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ForbiddenError, NotFoundError
from intakegateway.model.views.audit import Action, AuditFilter, AuditView, Noun
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.services.context import Context
from intakegateway.services.totals import Totals
from intakegateway.store import audit as store
from intakegateway.store import projects
from intakegateway.store.paging import part
from intakegateway.store.rows import listing, made
from intakegateway.store.tables.people import AuditEntry

_ENTRY = listing(AuditEntry, AuditView)
_Writer = Callable[[list[AuditView], bool], bytes]


def record(
    session: Session,
    actor: Actor,
    action: Action,
    noun: Noun,
    *,
    project_id: str | None = None,
    noun_id: str = "",
    name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a change. ``before`` and ``after`` are plain JSON values; whatever looks secret is masked."""
    session.add(
        AuditEntry(
            project_id=project_id, user_id=actor.user_id or None, user_name=actor.name, ip=actor.ip,
            action=action, noun=noun, noun_id=noun_id, noun_name=name[:300], before=_public(before),
            after=_public(after),
        )
    )  # fmt: skip


def _public(value: Any) -> Any:
    """Without what is secret by its name, and without the passwords of URLs."""
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(item, str) and item and looks_secret(key) else _public(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_public(item) for item in value]
    if isinstance(value, str) and "://" in value:
        return public_url(value)
    return value


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Look at the entries: administrators at all, admins of a project at their project's."""

    context: Context
    totals: Totals = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """It only grows."""
        object.__setattr__(self, "totals", Totals(self.context.clock))

    def find_all(self, actor: Actor, request: PageRequest, wanted: AuditFilter) -> Page[AuditView]:
        """One page, the newest first. Raises ``ForbiddenError`` and ``NotFoundError``."""
        with self.context.database.read() as session:
            visible = _visible(session, actor, wanted)
            key = (wanted, tuple(visible) if visible is not None else None)
            found, total = part(
                session,
                _ENTRY,
                key,
                lambda: store.entries(wanted, visible),
                request,
                store.SORTABLE,
                "-id",
                lambda count: self.totals.of(key, count),
            )
        return Page(items=made(AuditView, found), total=total, limit=request.limit, offset=request.offset)

    def export(self, actor: Actor, wanted: AuditFilter, *, as_csv: bool) -> Iterator[bytes]:
        """All entries in the order they were written, as CSV with a header or as JSON lines.

        Entries that are written meanwhile are left out. Raises ``ForbiddenError`` and ``NotFoundError``
        at once, not when the first part is asked for.
        """
        with self.context.database.read() as session:
            visible = _visible(session, actor, wanted)
            last = store.newest(session)
        return self._parts(wanted, visible, last, _csv if as_csv else _json_lines)

    def _parts(
        self, wanted: AuditFilter, visible: list[str] | None, last: int, written: _Writer
    ) -> Iterator[bytes]:
        after, is_first = 0, True
        while True:
            with self.context.database.read() as session:
                found = store.after(session, store.entries(wanted, visible), after, last)
            if found or is_first:
                yield written([AuditView.model_validate(one) for one in found], is_first)
            if len(found) < store.PART:
                return
            after, is_first = found[-1].id, False


def _visible(session: Session, actor: Actor, wanted: AuditFilter) -> list[str] | None:
    """The projects whose entries they may see; None: all entries, also those of no project."""
    if wanted.project is not None:
        project = projects.find(session, wanted.project)
        if project is None or actor.role_in(project.id) is None:
            raise NotFoundError("project", wanted.project)
        actor.require(project.id, Role.ADMIN)
        return [project.id]
    if actor.is_admin and actor.only_project is None and actor.limit in (None, Role.ADMIN):
        return None
    known = actor.roles if actor.only_project is None else [actor.only_project]
    mine = [one for one in known if actor.may(one, Role.ADMIN)]
    if not mine:
        raise ForbiddenError("only admins of a project see its audit log.")
    return mine


def _json_lines(entries: list[AuditView], is_first: bool) -> bytes:
    return b"".join(orjson.dumps(one.model_dump(mode="json")) + b"\n" for one in entries)


def _csv(entries: list[AuditView], is_first: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if is_first:
        writer.writerow(AuditView.model_fields)
    for one in entries:
        writer.writerow([_cell(value) for value in one.model_dump(mode="json").values()])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = orjson.dumps(value).decode() if isinstance(value, dict) else str(value)
    # A spreadsheet would take a name that begins like a formula for one.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
