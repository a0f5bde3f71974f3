"""A gateway that executes runs in real processes, and tasks to give it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from intakegateway.bootstrap import Gateway, Operation, build, operate
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import SYSTEM
from intakegateway.settings import Settings
from intakegateway.store.tables.definitions import Task, TaskVersion

# The server that makes workers is a process of its own, made once: it must find the sources too.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).resolve().parents[1] / "src"), os.environ.get("PYTHONPATH", "")]
)


@contextmanager
def working(settings: Settings, workers: int = 2, **more: Any) -> Iterator[tuple[Gateway, Operation]]:
    """A gateway with a pool of processes, closed at the end."""
    gateway = build(replace(settings, execution="processes", workers=workers, **more))
    operation = operate(gateway)
    try:
        yield gateway, operation
    finally:
        operation.close(1.0)
        gateway.close()


def until(what: str, holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until ``holds`` gives something true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def ready(operation: Operation, workers: int = 1) -> None:
    """Wait until so many processes of the pool are warm."""
    until("workers are warm", lambda: sum(w.is_ready for w in operation.launcher.state()) >= workers)


def make_task(gateway: Gateway, spec: dict[str, Any], name: str) -> str:
    """A task in the default project; its id."""
    project = gateway.projects.id_of(SYSTEM, "default")
    with gateway.context.database.write() as session:
        task = Task(id=uuid7(), project_id=project, name=name, connection=spec["load"].get("connection", ""))
        session.add(task)
        session.flush()
        session.add(TaskVersion(task_id=task.id, number=1, spec={**spec, "name": name}))
        return task.id


def orders(path: Path, rows: int, start: int = 0) -> Path:
    """A CSV file of orders with the ids from ``start`` on."""
    with path.open("w") as file:
        file.write("id,name,qty\n")
        file.writelines(f"{n},order {n},{n % 100}\n" for n in range(start, start + rows))
    return path


def spec_of(source: Path, to: str, **load: Any) -> dict[str, Any]:
    """A task that loads ``source`` into the table ``orders``."""
    return {
        "name": "orders",
        "source": {"kind": "file", "path": str(source)},
        "load": {"to": to, "table": "orders", "mode": "append", **load},
    }
