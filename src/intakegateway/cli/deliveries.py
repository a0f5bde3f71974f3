"""``intakegateway deliveries``: what the places of a gateway were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected

if TYPE_CHECKING:
    from intakegateway.model.views.notifications import DeliveryView

deliveries = typer.Typer(
    help="What was sent about runs, and how it was answered.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id.")]


@deliveries.command("list")
def find_all(
    notification: Annotated[
        str | None, typer.Option("--notification", metavar="NAME", help="Only to this place.")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only about this run.")] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS", help="Only pending, sending, delivered or failed ones."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=500, help="At most so many.")] = 20,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """What was sent, the latest first."""
    from intakegateway.cli.printing import listed, moment
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.base import PageRequest
    from intakegateway.model.views.notifications import DeliveryFilter

    wanted = valid(
        DeliveryFilter, {"notification": notification, "run": run, "status": status and status.lower()}
    )
    with connected(server, token, project) as client:
        page = client.notifications.deliveries(wanted, PageRequest(limit=limit))
    return listed(
        page.items, "deliveries", ["id", "event", "target", "status", "tries", "at (UTC)", "answer"],
        lambda one: [one.id, one.event, one.target, one.status, one.attempts, moment(one.created_at), answer_of(one)],
        as_json=as_json, total=page.total, right=(4,), wrapped=(6,),
    )  # fmt: skip


@deliveries.command()
def show(
    delivery: Id,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """One thing that was sent: what it carried, and how it was answered."""
    import json

    from intakegateway.cli.printing import moment, shown

    with connected(server, token, project) as client:
        found = client.notifications.delivery(delivery)
    facts = {
        "delivery": found.id, "event": found.event, "target": found.target, "run": found.run_id,
        "status": found.status, "tries": found.attempts, "answer": answer_of(found),
        "sent": f"{moment(found.created_at)} UTC", "next try": moment(found.next_attempt_at),
        "carried": json.dumps(found.payload, ensure_ascii=False),
    }  # fmt: skip
    return shown(found, facts, as_json=as_json)


@deliveries.command()
def resend(
    delivery: Id,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Send something again; the receiver knows it by the same id."""
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        found = client.notifications.resend(delivery)
    words = "was sent again" if found.status == "delivered" else "waits to be sent again"
    if found.answer and found.status != "delivered":
        words += f"; the last answer: {answer_of(found)}"
    return told(found, f"The delivery {found.id} {words}.", as_json=as_json)


def answer_of(one: DeliveryView) -> str:
    """What came back, in a line."""
    answer = {key: value for key, value in (one.answer or {}).items() if value not in (None, "")}
    error = answer.pop("error", None)
    if error is not None and "status" not in answer:
        return str(error)
    rest = ", ".join(f"{key} {value}" for key, value in answer.items()) or one.status
    return f"{error} ({rest})" if error is not None else rest
