"""A gateway that answers on a port, with a few rows of every noun, so that ids in addresses can exist."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from intakegateway.api.app import create_app
from intakegateway.api.wire import Http
from intakegateway.bootstrap import Gateway

API = "/api/v1"
TABLE = [{"name": "id", "type": "integer"}, {"name": "name", "type": "text"}]


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """The address of the application behind a real server, while it is open."""
    settings = uvicorn.Config(
        create_app(gateway),
        "127.0.0.1",
        0,
        log_level="critical",
        ws="none",
        timeout_graceful_shutdown=1,
        http=Http,
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def fill(client: httpx.Client, folder: Path) -> dict[str, list[str]]:
    """Make what people make. Returns what stands for each name in addresses: names and ids."""

    def made(path: str, json: Any = None, method: str = "POST", **more: Any) -> Any:
        answer = client.request(method, f"{API}{path}", json=json, **more)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    csv = "id,name\n1,Ann\n2,Bob\nthree,Cy\n"
    file = made("/files?name=people.csv", content=csv, headers={"Content-Type": "text/csv"})["items"][0]
    project = made("/projects", {"name": "sales", "title": "Sales"})
    connection = made(
        "/connections", {"name": "shop", "kind": "sqlite", "config": {"path": str(folder / "shop.db")}}
    )
    definition = {
        "name": "people", "source": {"kind": "file", "file": "people.csv"},
        "mapping": [
            {"to": "id", "from": "id", "transforms": ["to_int"]},
            {"to": "name", "from": "name", "transforms": ["trim"]},
        ],
        "load": {"connection": "shop", "table": "people", "mode": "append"},
    }  # fmt: skip
    task = made("/tasks", definition)
    made("/tasks/people", {**definition, "rules": [{"not_null": "id"}]}, "PUT")
    run = made("/runs", {"task": "people", "wait": True})
    waiting = made("/runs", {"task": "people", "wait": False})
    schedule = made("/tasks/people/schedule", {"cron": "0 6 * * *"}, "PUT")
    place = made(
        "/notifications",
        {"name": "ops", "kind": "webhook", "url": "http://127.0.0.1:9/hook", "events": ["FAILED"]},
    )
    made(f"/notifications/{place['id']}/test")
    delivery = client.get(f"{API}/deliveries").json()["items"]
    schema = made("/schemas", {"name": "people", "columns": TABLE})
    template = made("/templates", {"name": "people", "mappings": [{"to": "id", "from": "id"}]})
    user = made("/users", {"email": "bea@example.org"})["user"]
    made(f"/projects/{project['id']}/members", {"email": "bea@example.org", "role": "viewer"}, "PUT")
    token = made("/auth/tokens", {"name": "spare", "role": "viewer"})
    return {
        "project": ["sales", project["id"], "default"],
        "connection": ["shop", connection["id"]],
        "file": ["people.csv", file["id"]],
        "task": ["people", task["id"]],
        "mapping": [f"{task['id']}.0", f"{task['id']}.1"],
        "number": ["1", "2"],
        "run_id": [run["id"], waiting["id"]],
        "schedule": [schedule["id"]],
        "notification": ["ops", place["id"]],
        "delivery": [one["id"] for one in delivery],
        "schema": ["people", schema["id"]],
        "template": ["people", template["id"]],
        "user_id": [user["id"]],
        "token_id": [token["id"]],
        "session_id": ["none"],
        "table": ["people"],
        "kind": ["postgresql", "http", "file"],
        "provider": ["nobody"],
    }
