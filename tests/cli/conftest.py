"""A stand-in for the engine, for what the command line itself decides: codes, words, what is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from intakegateway.cli.main import program
from intakegateway.connectors import registry
from intakegateway.engine.options import RunOptions
from intakegateway.model import run as model
from intakegateway.model.task import TaskSpec
from service_fixtures import template_file

__all__ = ["Engine", "gateway", "stand_in", "template_file"]


class Closed:
    """A destination that can only be closed."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Engine:
    """Answers each load with ``result``, or with what ``outcome`` does; remembers what it was asked."""

    result: model.Result = field(
        default_factory=lambda: model.Result("", model.Status.SUCCESS, model.Counts(read=3, inserted=3))
    )
    outcome: Callable[[TaskSpec, RunOptions], model.Result] | None = None
    tasks: list[TaskSpec] = field(default_factory=list)
    options: list[RunOptions] = field(default_factory=list)

    def run(self, source: Any, task: TaskSpec, destination: Any, options: RunOptions) -> model.Result:
        self.tasks.append(task)
        self.options.append(options)
        if self.outcome is not None:
            return self.outcome(task, options)
        return replace(self.result, run_id=options.run_id, table=task.load.table, destination_kind="test")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The command line without an engine behind it."""
    found = Engine()
    module = ModuleType("intakegateway.engine.load")
    module.run = found.run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "open_source", lambda spec: object())
    monkeypatch.setattr(registry, "open_destination", lambda url: Closed())
    return found


@pytest.fixture
def gateway() -> Callable[..., Result]:
    """Run a command line in this process."""
    app = program()
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])
