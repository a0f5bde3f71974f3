"""Connections tested step by step, within five seconds in all."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from typing import Any

from msgspec import Struct

from intakegateway.connectors import catalog
from intakegateway.connectors.catalog import Connector
from intakegateway.connectors.guard import guarding
from intakegateway.connectors.probing import SECONDS, Probe
from intakegateway.kit.masking import Scrubber
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, GatewayError
from intakegateway.model.views.connections import ConnectionTrial, TestStep, TestView
from intakegateway.services import connectionconfigs as configs
from intakegateway.services import limits
from intakegateway.services.connections import configured, require
from intakegateway.services.connectionsecrets import opened_secrets
from intakegateway.services.context import Context
from intakegateway.services.guarding import guard_of
from intakegateway.services.secretplaces import check_connection
from intakegateway.services.variables import with_variables
from intakegateway.store.tables.definitions import Connection

PER_MINUTE = 10
_WORDS = {"resolve": "find the address", "connect": "connect", "sign_in": "sign in", "read": "read"}


class ConnectionTests(Struct, frozen=True):
    """Tests of connections, saved or not."""

    context: Context

    def test(self, actor: Actor, project_id: str, reference: str) -> TestView:
        """Test a connection and keep the result with it. Raises ``RateLimitError``."""
        actor.require(project_id, Role.OPERATOR)
        with self.context.database.read() as session:
            found = require(session, actor, project_id, reference, Role.OPERATOR)
        self._count(actor)
        connector, config = configured(self.context, found)
        view = self._run(connector, config)
        with self.context.database.write() as session:
            kept = session.get(Connection, found.id)
            if kept is not None and kept.version == found.version:
                kept.test, kept.updated_at = view.model_dump(mode="json"), kept.updated_at
        return view

    def test_settings(self, actor: Actor, project_id: str, trial: ConnectionTrial) -> TestView:
        """Test settings that are not saved; ``trial.id`` lends its secrets to those that are left out."""
        actor.require(project_id, Role.EDITOR)
        connector = catalog.find(trial.kind)
        public, given = configs.split(connector, configs.expanded(connector, trial.config))
        secrets = {path: value for path, value in given.items() if value is not None}
        if trial.id is not None:
            with self.context.database.read() as session:
                saved = require(session, actor, project_id, trial.id, Role.EDITOR)
            secrets = {**self._lent(saved, connector, public, given), **secrets}
        config = configs.joined(with_variables(public, ("config",)), secrets)
        configs.check(connector, config)
        self._count(actor)
        return self._run(connector, config)

    def _lent(
        self, saved: Connection, connector: Connector, public: Mapping[str, Any], given: configs.Secrets
    ) -> dict[str, str]:
        """The secrets of a saved connection that were not given, in clear; only for its own address."""
        if catalog.find(saved.kind).kind != connector.kind:
            raise DefinitionError(
                f"the connection '{saved.name}' is of another kind, and lends its secrets only to its own.",
                path=("id",),
            )
        lent = [path for path in saved.secrets if configs.belongs(path, saved.config, public)]
        check_connection(connector, saved.config, public, lent, given)
        wanted = {path: saved.secrets[path] for path in lent if path not in given}
        return opened_secrets(self.context.box(), saved.id, wanted)

    def _count(self, actor: Actor) -> None:
        now = self.context.now()
        with self.context.database.write() as session:
            for key in (f"connection-test user {actor.user_id}", f"connection-test address {actor.ip}"):
                limits.check(session, key, PER_MINUTE, 60, now)

    def _run(self, connector: Connector, config: Mapping[str, Any]) -> TestView:
        connector.require_driver()
        scrub = Scrubber.of(secrets_in(connector, config))
        started = time.monotonic()
        with guarding(guard_of(self.context.settings)):
            steps, version = probed(connector, config, SECONDS)
        steps = [
            step.model_copy(
                update={"message": scrub(step.message), "hint": scrub(step.hint) if step.hint else None}
            )
            for step in steps
        ]
        failed = next((step for step in steps if step.verdict == "failed"), None)
        said = (
            "The connection works."
            if failed is None
            else f"It fails to {_WORDS[failed.name]}: {failed.message}"
        )
        return TestView(
            ok=failed is None, at=self.context.now(), seconds=round(time.monotonic() - started, 3),
            server_version=scrub(version), message=said, steps=steps,
        )  # fmt: skip


def secrets_in(connector: Connector, config: Mapping[str, Any]) -> Sequence[str]:
    """Every secret value of settings, to be taken out of what drivers say."""
    _, secrets = configs.split(connector, config)
    return [value for value in secrets.values() if value]


def probed(connector: Connector, config: Mapping[str, Any], seconds: float) -> tuple[list[TestStep], str]:
    """The steps of a test, and the server's version.

    Drivers cannot be stopped from outside, so the test has a thread of its own; one that is still busy when
    the time is over is left alone, and ends by the driver's own timeout.
    """
    if connector.probe is None:
        return [
            TestStep(name="connect", verdict="skipped", seconds=0, message="There is nothing to test.")
        ], ""
    probe = connector.probe(config)
    steps = probe.steps()
    found: queue.SimpleQueue[TestStep | None] = queue.SimpleQueue()
    context = copy_context()
    threading.Thread(
        target=lambda: context.run(_work, probe, found), name="connection test", daemon=True
    ).start()
    deadline, done = time.monotonic() + seconds, list[TestStep]()
    began = time.monotonic()
    while True:
        try:
            step = found.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            step = TestStep(
                name=steps[len(done)][0] if len(done) < len(steps) else "read", verdict="failed",
                seconds=round(time.monotonic() - began, 3), message=f"no answer within {seconds:g} seconds in all.",
                hint="Check host and port, and that a firewall lets it through.",
            )  # fmt: skip
        if step is None:
            break
        done.append(step)
        began = time.monotonic()
        if step.verdict == "failed":
            break
    done += [
        TestStep(name=name, verdict="skipped", seconds=0, message="Not tried.")
        for name, _ in steps[len(done) :]
    ]
    return done, probe.version


def _work(probe: Probe, found: queue.SimpleQueue[TestStep | None]) -> None:
    try:
        for name, work in probe.steps():
            began = time.monotonic()
            hint, verdict = None, "ok"
            try:
                message = work()
            except GatewayError as error:
                verdict, message, hint = "failed", error.message, error.hint
            except Exception as error:  # noqa: BLE001 a driver's defect is an answer as well
                verdict, message = "failed", f"{type(error).__name__}: {error}"
            took = round(time.monotonic() - began, 3)
            found.put(TestStep(name=name, verdict=verdict, seconds=took, message=message, hint=hint))
            if verdict == "failed":
                return
        found.put(None)
    finally:
        probe.close()
