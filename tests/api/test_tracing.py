from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from intakegateway.api.app import create_app, trace
from intakegateway.bootstrap import Gateway
from intakegateway.kit import tracing
from intakegateway.model.actor import Actor
from intakegateway.services import queue


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> Iterator[TracerProvider]:
    made = tracing.enable("tests", exporter)
    yield made
    tracing.disable()
    made.shutdown()


def test_a_request_has_a_span_with_its_route(
    gateway: Gateway, admin: Actor, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    _, token = gateway.tokens.issue(admin, "tests")
    app = create_app(gateway)
    trace(app, provider)
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        client.get("/api/v1/projects/default")
        client.get("/health")
    provider.force_flush()
    spans = [span.attributes for span in exporter.get_finished_spans() if span.kind.name == "SERVER"]
    assert [span["http.route"] for span in spans if span] == ["/api/v1/projects/{project}"]


def test_a_run_has_a_span_with_its_outcome(
    gateway: Gateway, admin: Actor, project: str, provider: TracerProvider, exporter: InMemorySpanExporter,
    tmp_path: Path,
) -> None:  # fmt: skip
    (tmp_path / "rows.csv").write_text("id\n1\n2\n")
    spec = {
        "name": "rows", "source": {"kind": "file", "path": str(tmp_path / "rows.csv")},
        "load": {"to": f"sqlite:///{tmp_path / 'out.db'}", "table": "rows"},
    }  # fmt: skip
    with gateway.context.database.write() as session:
        draft = queue.RunDraft(project, None, None, "api", spec=spec)
        queue.enqueue(session, admin, draft, gateway.context.now())
    gateway.executor("tests").drain()
    provider.force_flush()
    (span,) = [one for one in exporter.get_finished_spans() if one.name == "run"]
    assert span.attributes is not None
    assert span.attributes["intakegateway.status"] == "SUCCESS"
    assert span.attributes["intakegateway.rows.inserted"] == 2


def test_without_an_exporter_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert not tracing.wanted()
    with tracing.span("anything", {}) as found:
        assert found is None
