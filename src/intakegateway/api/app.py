"""The web application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from intakegateway import __version__
from intakegateway.api import document, errors, metrics, reference, security
from intakegateway.api.bodies import JsonBodies
from intakegateway.api.hub import Hub
from intakegateway.api.idempotency import Idempotency
from intakegateway.api.kept_answers import KeptAnswers
from intakegateway.api.methods import Heads
from intakegateway.api.request_ids import RequestIds
from intakegateway.api.routing import PREFIX
from intakegateway.api.web import WebPage
from intakegateway.bootstrap import Gateway, build
from intakegateway.kit import tracing
from intakegateway.kit.imports import without
from intakegateway.services.logs import configure
from intakegateway.settings import read_settings

ROUTES = (
    "runs",
    "tasks",
    "stats",
    "schedules",
    "files",
    "connections",
    "notifications",
    "audit",
    "accounts",
    "connectors",
    "projectdocs",
    "projects",
    "samples",
    "signing_in",
    "sso",
    "users",
    "rejects",
    "imports",
    "live",
    "file_looks",
    "previews",
    "helpers",
    "pushes",
    "mappings",
    "schemas",
    "templates",
    "system",
)
"""The nouns under ``/api/v1``; each is a module of ``api.routes`` with a ``router``.

They are looked through in this order: those that pages ask most come first.
"""
OUTSIDE = ("health",)
"""Routes that stand beside ``/api/v1``."""


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = document.described(super().openapi())
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Around all middleware, also what answers unexpected errors; OpenTelemetry rebuilds those.
        scope["app"] = self
        await RequestIds(Heads(super().__call__))(scope, receive, send)


def create_app(gateway: Gateway) -> FastAPI:
    """The application over a gateway that is built already; whoever built it closes it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.hub.close()
        await asyncio.to_thread(app.state.hub.join)

    app = _Application(
        title="IntakeGateway", version=__version__, docs_url=None, redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json", lifespan=lifespan,
    )  # fmt: skip
    app.state.gateway = gateway
    app.state.kept_answers = KeptAnswers.of(gateway.context.database)
    if tracing.wanted():
        trace(app, tracing.enable("intakegateway"))
    app.state.hub = Hub(gateway.context)
    errors.install(app)
    app.add_middleware(Idempotency, gateway=gateway)
    app.add_middleware(JsonBodies, uploads=security.UPLOADS, base_path=gateway.context.settings.base_path)
    security.install(app, gateway.context.settings)
    metrics.install(app, gateway)
    reference.install(app, gateway.context.settings.base_path)
    # Not included, which would make every route anew, but shared: a route knows no application.
    with without("pydantic.v1"):  # whose models the framework would look for, and there are none
        for name in (*ROUTES, *OUTSIDE):
            app.router.routes.extend(import_module(f"intakegateway.api.routes.{name}").router.routes)
    app.router.default = WebPage()  # not a mount: that would take what a route refuses for its method
    return app


def trace(app: FastAPI, provider: Any) -> None:
    """A span for each request, in a provider of OpenTelemetry."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="health,metrics")


def from_environment() -> FastAPI:
    """For servers that make the application themselves (``uvicorn --factory``)."""
    settings = read_settings()
    configure(settings)
    return create_app(build(settings))
