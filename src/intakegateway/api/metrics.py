"""Prometheus metrics: what this process answers, and what the store knows."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import UnauthenticatedError
from intakegateway.store import stats


class StoreCollector:
    """Reads the store whenever metrics are asked for."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def collect(self) -> Iterable[Metric]:
        """Runs and rows; totals go down when old runs are removed."""
        context = self._gateway.context
        with context.database.read() as session:
            active, ended = stats.by_status(session), stats.ended_by_status(session)
            oldest, rows = stats.oldest_pending(session), stats.rows_by_outcome(session)
        waiting = max((context.now() - oldest).total_seconds(), 0.0) if oldest is not None else 0.0
        states = GaugeMetricFamily("intakegateway_runs_active", "Runs that wait or run.", labels=["status"])
        for status in ("PENDING", "RUNNING"):
            states.add_metric([status], active.get(status, 0))
        yield states
        yield GaugeMetricFamily(
            "intakegateway_queue_oldest_seconds", "How long the oldest run has been waiting.", value=waiting
        )
        finished = CounterMetricFamily("intakegateway_runs", "Runs that have ended.", labels=["status"])
        for status in stats.ENDED:
            finished.add_metric([status], ended.get(status, 0))
        yield finished
        outcomes = CounterMetricFamily("intakegateway_rows", "Rows of runs, by outcome.", labels=["outcome"])
        for outcome, count in rows.items():
            outcomes.add_metric([outcome], count)
        yield outcomes


class Measured:
    """Middleware that counts requests and their time, by route and status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "intakegateway_http_requests", "Requests.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "intakegateway_http_seconds", "Time until an answer was begun.", ["method", "route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10), registry=registry,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = _template(scope)
                method = (
                    scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 8 else "(other)"
                )
                self._seconds.labels(method, route).observe(time.perf_counter() - started)
                self._requests.labels(method, route, str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, noting)


def _template(scope: Scope) -> str:
    """The address as it was declared, so that ids do not make a series each."""
    declared: str | None = getattr(scope.get("route"), "path", None)
    if declared is None:
        return "(none)"
    prefix = "/api/v1" if scope["path"].startswith(scope.get("root_path", "") + "/api/v1/") else ""
    return declared if declared.startswith(prefix) else prefix + declared


def install(app: FastAPI, gateway: Gateway) -> None:
    """Measure requests and answer ``/metrics``; with ``metrics_token``, only to who sends it."""
    registry = CollectorRegistry()
    registry.register(StoreCollector(gateway))
    ProcessCollector(registry=registry)
    app.add_middleware(Measured, registry=registry)
    token = gateway.context.settings.metrics_token

    def metrics(request: Request) -> Response:
        """For Prometheus."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and not hmac.compare_digest(given.encode(), token.encode()):
            raise UnauthenticatedError("metrics need a token.", hint="Send 'Authorization: Bearer …'.")
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/metrics", metrics, include_in_schema=False)
