"""Sample data: a file of orders, a database to load them into, and a task between them, ready to run."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, NotFoundError
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.model.views.samples import SampleView
from intakegateway.services.connections import Connections
from intakegateway.services.context import Context
from intakegateway.services.files import Files
from intakegateway.services.tasks import Tasks

TASK, CONNECTION, FILE = "sample orders", "sample database", "sample-orders.json"
ORDERS = 240
_NAMES = ("Ada Novak", "Ben Okafor", "Chloé Martin", "Dara Singh", "Elif Kaya", "Femke Visser", "Gil Santos")
_CITIES = ("Lyon", "Ghent", "Porto", "Graz", "Aarhus", "Brno")
_GOODS = (("Desk lamp", "39.90"), ("Notebook", "4.50"), ("Chair", "129.00"), ("Monitor arm", "84.95"))
_BAD: dict[int, dict[str, Any]] = {
    37: {"quantity": 0},
    74: {"placed_at": "next Tuesday"},
    111: {"email": "elif.kaya(at)example.org"},
    148: {"quantity": "a dozen"},
    185: {"email": ""},
    222: {"id": "S-1200"},
}
"""What is wrong with an order, by its place: so that there is something to look at and to fix."""


def definition() -> dict[str, Any]:
    """The task, as a person would have written it."""
    return {
        "name": TASK,
        "description": "Orders of a small shop, to try things with. A few rows are wrong on purpose.",
        "source": {"file": FILE},
        "mapping": [
            {"to": "order_id", "from": "id", "transforms": ["trim"]},
            {"to": "customer", "from": "customer.name", "transforms": ["trim"]},
            {"to": "email", "from": "customer.email", "transforms": ["trim", "lower"]},
            {"to": "city", "from": "customer.city"},
            {"to": "product", "from": "product"},
            {"to": "quantity", "from": "quantity", "transforms": ["to_int"]},
            {"to": "unit_price", "from": "unit_price", "type": "decimal(10,2)"},
            {"to": "total", "expression": "quantity * unit_price", "type": "decimal(12,2)"},
            {"to": "ordered_at", "from": "placed_at", "transforms": ["to_timestamp"]},
        ],
        "rules": [
            {"dedupe": {"keys": "order_id", "keep": "first"}},
            {"range": {"column": "quantity", "min": 1, "max": 500}, "message": "order at least one."},
            {
                "regex": {"column": "email", "pattern": "^[^@ ]+@[^@ ]+\\.[a-z]+$"},
                "message": "this is no e-mail address.",
            },
        ],
        "load": {"connection": CONNECTION, "table": "sample_orders", "mode": "upsert", "keys": "order_id"},
    }


def orders() -> bytes:
    """The file; the same at each call, so that it is known again."""
    first = datetime(2026, 1, 5, 8, 15, tzinfo=UTC)
    return json.dumps([_order(at, first) for at in range(ORDERS)], ensure_ascii=False, indent=1).encode()


def _order(at: int, first: datetime) -> dict[str, Any]:
    name, (product, price) = _NAMES[at % len(_NAMES)], _GOODS[at % len(_GOODS)]
    wrong = dict(_BAD.get(at, {}))
    address = f"{name.split()[0].lower()}.{name.split()[1].lower()}@example.org".replace("é", "e")
    order = {
        "id": f"S-{1001 + at}",
        "placed_at": (first + timedelta(hours=7 * at, minutes=13 * at % 60)).isoformat(),
        "customer": {"name": name, "email": wrong.pop("email", address), "city": _CITIES[at % len(_CITIES)]},
        "product": product,
        "quantity": 1 + at * 7 % 12,
        "unit_price": price,
    }
    return order | wrong


class Samples(Struct, frozen=True):
    """Something to try the gateway with, in any project."""

    context: Context
    connections: Connections
    files: Files
    tasks: Tasks

    def provide(self, actor: Actor, project_id: str) -> SampleView:
        """The task with its file and database; made where they are missing. Does not run it.

        Raises ``ConflictError`` when the connection's name belongs to something that is no destination.
        """
        actor.require(project_id, Role.EDITOR)
        try:
            return _view(self.tasks.get(actor, project_id, TASK).id, created=False)
        except NotFoundError:
            pass
        self._file(actor, project_id)
        self._connection(actor, project_id)
        return _view(self.tasks.create(actor, project_id, definition(), "Sample data").id, created=True)

    def _file(self, actor: Actor, project_id: str) -> None:
        content = orders()
        try:
            kept = self.files.get(actor, project_id, FILE)
            if kept.sha256 == hashlib.sha256(content).hexdigest():
                return
        except NotFoundError:
            pass
        self.files.receive(actor, project_id, FILE, [content])

    def _connection(self, actor: Actor, project_id: str) -> None:
        try:
            kept = self.connections.get(actor, project_id, CONNECTION)
        except NotFoundError:
            # Each project has a file of its own, so that none sees what another one loads.
            self.connections.create(
                actor, project_id,
                ConnectionDraft(
                    name=CONNECTION, kind="sqlite", config={"path": f"sample-{project_id[-12:]}.db"},
                    description="An SQLite file in the gateway's data folder, to try things with.",
                ),
            )  # fmt: skip
            return
        if not kept.destination:
            raise ConflictError(
                f"the connection '{CONNECTION}' cannot be loaded into.", hint="Rename it, then try again."
            )


def _view(task_id: str, *, created: bool) -> SampleView:
    return SampleView(task_id=task_id, task=TASK, connection=CONNECTION, file=FILE, created=created)
